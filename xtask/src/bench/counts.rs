//! Instructions of the hot calls, counted by callgrind and held against the committed figures.
//!
//! Time is never tested: a machine that is busy would fail, one that is fast would hide what got
//! slower. Instructions are the same on every machine, as long as the same code runs. So SHA-256
//! is compiled without the processor's own instructions, which valgrind may not know; the crate is
//! one unit of code generation; the C library is not counted; and each figure is the difference
//! of two runs that differ by a number of calls.

mod figures;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::callgrind::{self, Cost};
use crate::tools::{self, Tool};
use crate::workspace::Workspace;
use figures::{Counted, Figures};

const PROGRAM: &str = "coinpay-hot-calls";
/// Two runs make so many calls each; the figure is of the difference.
const FEW: u64 = 10;
const MANY: u64 = 60;

/// `--write` writes the committed figures anew; without it they are compared.
pub(super) fn run(workspace: &Workspace, options: &[String]) -> Result<()> {
    match options {
        [] => check(workspace),
        [write] if write == "--write" => {
            let figures = Figures::of(compiler(workspace)?, host(workspace)?, count(workspace)?);
            figures.write(workspace)
        }
        _ => anyhow::bail!("`bench counts` knows only the option --write"),
    }
}

/// Counts, and fails where a call has become dearer than the committed figure allows.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    if !cfg!(target_os = "linux") {
        println!("instructions are only counted on Linux");
        return Ok(());
    }
    let committed = Figures::read(workspace)?;
    let (compiler, host) = (compiler(workspace)?, host(workspace)?);
    let counted = count(workspace)?;
    if committed.host != host {
        println!(
            "the committed figures are for {}, here is {host}",
            committed.host
        );
        return Ok(());
    }
    ensure!(
        committed.compiler == compiler,
        "the committed figures are of {}, here is {compiler}; {}",
        committed.compiler,
        figures::WRITE
    );
    committed.compare(&counted)
}

fn count(workspace: &Workspace) -> Result<Counted> {
    tools::provide(workspace, Tool::Valgrind)?;
    let folder = workspace.target_folder()?.join("counts");
    fs::create_dir_all(&folder)?;
    let recording = folder.join("recording.json");
    record(workspace, &recording)?;
    let program = build(workspace, &folder)?;
    let list = workspace.output(text(&program)?, &["--list"])?;
    let mut counted = Counted::new();
    for name in list.lines() {
        let few = profile(workspace, &program, &recording, name, FEW)?;
        let many = profile(workspace, &program, &recording, name, MANY)?;
        let all = many - few;
        let cost = Cost {
            instructions: all.instructions / (MANY - FEW),
            allocations: all.allocations / (MANY - FEW),
        };
        ensure!(cost.instructions > 0, "{name}: no instruction was counted");
        counted.insert(name.to_owned(), cost);
    }
    ensure!(!counted.is_empty(), "there are no hot calls");
    Ok(counted)
}

/// Writes down what a real store answers to the flows that are counted.
fn record(workspace: &Workspace, file: &Path) -> Result<()> {
    let run = ["run", "--quiet", "--release", "--package", "coinpay-bench"];
    let program = ["--bin", "coinpay-bench", "--", "--record", text(file)?];
    workspace.run("cargo", &[&run[..], &program].concat())
}

fn build(workspace: &Workspace, folder: &Path) -> Result<PathBuf> {
    // In its own folder: everything else is built with other flags.
    let build = [
        "-u",
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTFLAGS=--cfg sha2_backend=\"soft\"",
        "cargo",
        "build",
        "--quiet",
        "--release",
        "--package",
        "coinpay-bench",
        "--no-default-features",
        "--bin",
        PROGRAM,
        "--config",
        "profile.release.codegen-units=1",
        "--target-dir",
        text(folder)?,
    ];
    workspace.run("env", &build)?;
    Ok(folder.join("release").join(PROGRAM))
}

fn profile(
    workspace: &Workspace,
    program: &Path,
    recording: &Path,
    name: &str,
    times: u64,
) -> Result<Cost> {
    let out = recording.with_extension("callgrind");
    let out_option = format!("--callgrind-out-file={}", text(&out)?);
    let times = times.to_string();
    let valgrind = [
        "--quiet",
        "--tool=callgrind",
        "--compress-strings=no",
        "--compress-pos=no",
        &out_option,
        text(program)?,
        text(recording)?,
        name,
        &times,
    ];
    workspace
        .run("valgrind", &valgrind)
        .context(name.to_owned())?;
    callgrind::read(&fs::read_to_string(&out)?, PROGRAM)
}

fn compiler(workspace: &Workspace) -> Result<String> {
    Ok(workspace.output("rustc", &["--version"])?.trim().to_owned())
}

fn host(workspace: &Workspace) -> Result<String> {
    let said = workspace.output("rustc", &["--version", "--verbose"])?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not name its host")?.to_owned())
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("the path is no text")
}
