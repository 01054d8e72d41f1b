//! `cargo xtask fuzz`: coverage-guided fuzzing of the bodies in `core/src/fuzz`, one target after
//! the other, through cargo-fuzz. The core forbids `unsafe`, so the fuzzers run without a
//! sanitizer, and the repository's own toolchain builds them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use coinpay_core::fuzz;

use crate::tools;
use crate::workspace::Workspace;

const PACKAGE: &str = "tests/fuzz";

/// Everything that is built and found; nothing in it is committed.
const FOLDER: &str = "target/fuzz";

/// How long one input may take before it counts as a defect, in seconds.
const SLOWEST_INPUT_S: u32 = 30;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Fuzz this target only; may be given several times.
    #[arg(long, value_name = "TARGET")]
    target: Vec<String>,
    /// Stop each target after so many executions.
    #[arg(long, default_value_t = 100_000)]
    runs: u64,
    /// Stop each target after so many minutes, if that is sooner.
    #[arg(long)]
    minutes: Option<u64>,
    /// Run one input, such as one that broke the target, and stop.
    #[arg(long, value_name = "FILE", requires = "target")]
    replay: Option<PathBuf>,
}

/// What the fuzzer prints of itself when it ends.
#[derive(Debug, PartialEq, Eq)]
struct Statistics {
    executions: u64,
    /// The target's inputs that reached something new, and the edges of code they reach.
    corpus: u64,
    edges: u64,
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    for name in &options.target {
        ensure!(
            fuzz::NAMES.contains(&name.as_str()),
            "there is no target {name}; there are {}",
            fuzz::NAMES.join(", ")
        );
    }
    tools::provide(workspace, tools::CARGO_FUZZ)?;
    let folder = workspace.path(FOLDER);
    build(workspace, &folder)?;
    let is_wanted =
        |name: &&&str| options.target.is_empty() || options.target.iter().any(|one| one == **name);
    for name in fuzz::NAMES.iter().filter(is_wanted) {
        let program = program(&folder, name)?;
        if let Some(input) = &options.replay {
            let arguments = [input.as_os_str()];
            return workspace.run(&program.to_string_lossy(), &arguments);
        }
        fuzz_one(workspace, &folder, &program, name, options)?;
    }
    Ok(())
}

fn build(workspace: &Workspace, folder: &Path) -> Result<()> {
    let package = Workspace {
        root: workspace.path(PACKAGE),
    };
    let folder = folder.to_string_lossy();
    let arguments = ["fuzz", "build", "--fuzz-dir", ".", "--sanitizer", "none"];
    package.run(
        "cargo",
        &[&arguments[..], &["--target-dir", &folder]].concat(),
    )
}

/// Cargo-fuzz builds for a target by its triple, which is the name of a folder.
fn program(folder: &Path, name: &str) -> Result<PathBuf> {
    let folders = fs::read_dir(folder).context("nothing was built")?;
    let programs = folders.filter_map(|entry| {
        let program = entry.ok()?.path().join("release").join(name);
        program.is_file().then_some(program)
    });
    let mut programs: Vec<_> = programs.collect();
    programs
        .pop()
        .with_context(|| format!("{name} was not built"))
}

fn fuzz_one(
    workspace: &Workspace,
    folder: &Path,
    program: &Path,
    name: &str,
    options: &Options,
) -> Result<()> {
    let corpus = folder.join("corpus").join(name);
    let seeds = folder.join("seeds").join(name);
    let findings = folder.join("findings").join(name);
    for one in [&corpus, &findings] {
        fs::create_dir_all(one)?;
    }
    write_seeds(workspace, name, &seeds)?;
    let log = folder.join(format!("{name}.log"));
    let mut command = Command::new(program);
    command
        .args([&corpus, &seeds])
        .arg(format!("-runs={}", options.runs))
        .arg(format!("-timeout={SLOWEST_INPUT_S}"))
        .arg(format!("-artifact_prefix={}/", findings.display()))
        .arg("-print_final_stats=1")
        .stdout(Stdio::null())
        .stderr(File::create(&log)?);
    if let Some(minutes) = options.minutes {
        command.arg(format!("-max_total_time={}", minutes.saturating_mul(60)));
    }
    let began = Instant::now();
    let status = command.status().context("cannot start the fuzzer")?;
    let seconds = began.elapsed().as_secs_f64();
    let text = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    if !status.success() {
        let from = text.lines().count().saturating_sub(40);
        let end: Vec<_> = text.lines().skip(from).collect();
        println!("{}", end.join("\n"));
        bail!(
            "{name} broke after {seconds:.0} s; the input is in {}; the whole log is {}",
            findings.display(),
            log.display()
        );
    }
    let statistics = statistics(&text).context("the fuzzer did not say what it did")?;
    let Statistics {
        executions,
        corpus,
        edges,
    } = statistics;
    let rate = executions as f64 / seconds.max(0.001);
    println!(
        "{name:<15} {executions:>10} executions in {seconds:>6.0} s, {rate:>6.0} a second, \
         {edges:>6} edges by {corpus:>5} inputs: nothing found"
    );
    Ok(())
}

fn write_seeds(workspace: &Workspace, name: &str, folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let read = |file: &str| {
        let text = workspace.read(&format!("tests/vectors/{file}"));
        text.expect("the vectors are in the repository")
    };
    for (number, seed) in fuzz::seeds(name, &read).iter().enumerate() {
        fs::write(folder.join(format!("{number:04}")), seed)?;
    }
    Ok(())
}

fn statistics(log: &str) -> Option<Statistics> {
    let executions = log
        .lines()
        .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))?;
    // `#125863 DONE cov: 912 ft: 4000 corp: 310/24Kb …`
    let last = log.lines().rev().find(|line| line.contains(" cov: "))?;
    let after = |mark: &str| {
        let rest = last.split(mark).nth(1)?.trim_start();
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        rest.get(..end)?.parse().ok()
    };
    Some(Statistics {
        executions: executions.trim().parse().ok()?,
        corpus: after(" corp: ")?,
        edges: after(" cov: ")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_fuzzer_says_of_itself_is_read() {
        let log = "#2\tINITED cov: 10 ft: 11 corp: 1/2b exec/s: 0 rss: 30Mb\n\
            #125863\tDONE   cov: 912 ft: 4000 corp: 310/24Kb lim: 120 exec/s: 13984 rss: 33Mb\n\
            Done 125863 runs in 9 second(s)\n\
            stat::number_of_executed_units: 125863\n";
        let read = Statistics {
            executions: 125_863,
            corpus: 310,
            edges: 912,
        };
        assert_eq!(statistics(log), Some(read));
        assert_eq!(statistics("INFO: Seed: 1\n"), None);
    }

    #[test]
    fn every_target_has_its_shim_and_its_row_in_the_package() {
        let workspace = Workspace::of_this_crate();
        let package = workspace
            .read(&format!("{PACKAGE}/Cargo.toml"))
            .expect("reads");
        for name in fuzz::NAMES {
            assert!(package.contains(&format!("name = \"{name}\"")), "{name}");
        }
    }
}
