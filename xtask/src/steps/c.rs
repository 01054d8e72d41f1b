//! The C library as C and C++ see it: the header and the exports agree, the tests of `tests/c` pass
//! plain, under the address sanitizer and under valgrind, and the archive that `dist c` writes is
//! enough to build the example with.

mod compiler;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::dist::{self, Profile};
use crate::workspace::Workspace;
use compiler::{Compiler, Dialect, Library};

/// Always both packages: cargo would build the dependencies of one alone with other features.
const BUILD: [&str; 5] = [
    "build",
    "--package",
    "coinpay-ffi",
    "--package",
    "coinpay-cli",
];
const HEADER: &str = "include/coinpay.h";
const VECTORS: &str = "tests/vectors";

/// Enough for valgrind to see every kind of call a hundred times; alone it is a million.
const CALLS_UNDER_VALGRIND: &str = "600";

const WATCHED: &[&str] = &[
    "valgrind",
    "--quiet",
    "--error-exitcode=9",
    "--leak-check=full",
    // The standard library keeps a thread's handle by a pointer into its middle.
    "--show-leak-kinds=definite",
    "--errors-for-leak-kinds=definite",
];

/// What no thread waits in may not even seem to be lost.
const STRICTLY: &[&str] = &[
    "--show-leak-kinds=definite,possible",
    "--errors-for-leak-kinds=definite,possible",
];

pub(super) fn run(workspace: &Workspace) -> Result<()> {
    let folder = workspace.target_folder()?.join("c");
    fs::create_dir_all(&folder)?;
    let provoking = provoking_library(workspace, &folder)?;
    workspace.run("cargo", &BUILD)?;
    let built = workspace.target_folder()?.join("debug");
    let compiler = Compiler::new(workspace, folder.clone());
    exports_are_those_of_the_header(workspace, &built)?;

    let shared = Library::Shared(built.clone());
    let misuse = compiler.build(
        "misuse",
        &Library::Shared(provoking),
        Dialect::C,
        &["-DPROVOKE"],
    )?;
    run_test(workspace, &misuse, &[])?;
    for dialect in [Dialect::C, Dialect::Cpp] {
        for test in ["vectors", "misuse", "leaks", "main_path"] {
            compiler.build(test, &shared, dialect, &[])?;
        }
        run_test(workspace, &compiler.program("vectors", dialect), &[VECTORS])?;
        run_test(workspace, &compiler.program("misuse", dialect), &[])?;
    }
    run_test(workspace, &compiler.program("leaks", Dialect::C), &[])?;
    let whole = compiler.build("vectors", &Library::Static(built.clone()), Dialect::C, &[])?;
    run_test(workspace, &whole, &[VECTORS])?;

    sanitized(workspace, &compiler, &shared)?;
    for (test, arguments) in [("misuse", ""), ("leaks", CALLS_UNDER_VALGRIND)] {
        compiler.build(test, &shared, Dialect::C, &[])?;
        valgrind(workspace, &compiler.program(test, Dialect::C), &[arguments])?;
    }
    let example = packaged(workspace, &compiler, &folder)?;
    main_path(workspace, &compiler, &built, &example)
}

/// The library with one export more, which panics.
fn provoking_library(workspace: &Workspace, folder: &Path) -> Result<PathBuf> {
    let provoking = ["--features", "coinpay-ffi/provoke"];
    workspace.run("cargo", &[&BUILD[..], &provoking].concat())?;
    let place = folder.join("provoking");
    fs::create_dir_all(&place)?;
    let name = "libcoinpay.so";
    let built = workspace.target_folder()?.join("debug").join(name);
    fs::copy(built, place.join(name)).context("the library with a panic")?;
    Ok(place)
}

fn exports_are_those_of_the_header(workspace: &Workspace, built: &Path) -> Result<()> {
    let library = built.join("libcoinpay.so");
    let question = [
        "-D".as_ref(),
        "--defined-only".as_ref(),
        library.as_os_str(),
    ];
    let printed = workspace.output("nm", &question)?;
    let exported: BTreeSet<&str> = printed
        .lines()
        .filter_map(|line| line.split(' ').nth(2))
        .collect();
    let header = workspace.read(HEADER)?;
    let declared: BTreeSet<&str> = header.lines().filter_map(declared_in).collect();
    ensure!(
        exported == declared,
        "exported and declared differ in {:?}",
        exported.symmetric_difference(&declared).collect::<Vec<_>>()
    );
    println!("{} exports, all of them declared", exported.len());
    Ok(())
}

/// The name of the function that a line begins to declare.
fn declared_in(line: &str) -> Option<&str> {
    if line.starts_with([' ', '/', '#', '*']) {
        return None;
    }
    let before = line.split_once('(')?.0;
    let name = before.rsplit([' ', '*']).next()?;
    name.starts_with("coinpay_").then_some(name)
}

fn run_test(workspace: &Workspace, program: &Path, arguments: &[&str]) -> Result<()> {
    workspace.run(&program.to_string_lossy(), arguments)
}

/// The sanitizer has to stop a misuse first, or its silence would mean nothing.
fn sanitized(workspace: &Workspace, compiler: &Compiler<'_>, library: &Library) -> Result<()> {
    let flags = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    let broken = compiler.build("sanitized", library, Dialect::C, &flags)?;
    let stopped = Command::new(&broken).output().context("a broken program")?;
    let said = String::from_utf8_lossy(&stopped.stderr);
    ensure!(
        !stopped.status.success() && said.contains("heap-use-after-free"),
        "the address sanitizer does not watch the library's memory: {said}"
    );
    for (test, arguments) in [("vectors", VECTORS), ("misuse", ""), ("leaks", "6000")] {
        let program = compiler.build(test, library, Dialect::C, &flags)?;
        run_test(workspace, &program, &[arguments])?;
    }
    println!("clean under the address sanitizer, which stops a misuse");
    Ok(())
}

fn valgrind(workspace: &Workspace, program: &Path, arguments: &[&str]) -> Result<()> {
    let program = program.to_string_lossy();
    workspace.run(
        "env",
        &[WATCHED, STRICTLY, &[program.as_ref()], arguments].concat(),
    )
}

/// The example, built with nothing but what the archive holds, as a user would.
fn packaged(workspace: &Workspace, compiler: &Compiler<'_>, folder: &Path) -> Result<PathBuf> {
    let archive = dist::c(workspace, Profile::Debug, folder)?;
    let unpack = [
        "-xzf".as_ref(),
        archive.as_os_str(),
        "-C".as_ref(),
        folder.as_os_str(),
    ];
    workspace.run("tar", &unpack)?;
    let name = archive.file_name().unwrap_or_default().to_string_lossy();
    let root = folder.join(name.trim_end_matches(".tar.gz"));
    compiler.build_example("examples/c/shop.c", &root)
}

fn main_path(
    workspace: &Workspace,
    compiler: &Compiler<'_>,
    built: &Path,
    example: &Path,
) -> Result<()> {
    let sandbox = Sandbox::start(&built.join("coinpay"))?;
    let database = example.with_extension("db");
    for ending in ["", "-wal", "-shm"] {
        let _absent = fs::remove_file(format!("{}{ending}", database.display()));
    }
    let config = json!({
        "mode": "test",
        "api_key": "cp_test_sandbox",
        "business_id": sandbox.answer.get("business_id"),
        "webhook_secrets": ["whsec_sandbox"],
        "base_url": sandbox.answer.get("base_url"),
        "database": format!("sqlite:{}", database.display()),
    });
    let port = sandbox.port()?;
    let program = compiler.program("main_path", Dialect::C);
    let setting = format!("SHOP_CONFIG={config}");
    let (program, example) = (program.to_string_lossy(), example.to_string_lossy());
    let words = [program.as_ref(), &port, &example];
    // It waits for the clock more than it computes, so that it can be watched all the way.
    workspace.run("env", &[&[setting.as_str()], WATCHED, &words].concat())
}

/// A sandbox on a free port, which ends with this.
struct Sandbox {
    child: Child,
    answer: Value,
}

impl Sandbox {
    fn start(command: &Path) -> Result<Self> {
        let mut child = Command::new(command)
            .args(["sandbox", "--listen", "127.0.0.1:0", "--json"])
            .stdout(Stdio::piped())
            .spawn()
            .context("the sandbox does not start")?;
        let mut line = String::new();
        let output = child.stdout.take().context("the sandbox has no output")?;
        BufReader::new(output).read_line(&mut line)?;
        let answer = serde_json::from_str(&line).unwrap_or_default();
        Ok(Self { child, answer })
    }

    fn port(&self) -> Result<String> {
        let url = self.answer.get("page_url").and_then(Value::as_str);
        let port = url.and_then(|url| url.rsplit(':').next());
        Ok(port.context("the sandbox says no port")?.to_owned())
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_is_told_from_a_type_and_a_comment() {
        for (line, name) in [
            (
                "void coinpay_buffer_free(struct coinpay_buffer *buffer);",
                Some("coinpay_buffer_free"),
            ),
            (
                "enum coinpay_status coinpay_x(struct coinpay_slice a,",
                Some("coinpay_x"),
            ),
            ("const char *coinpay_y(void);", Some("coinpay_y")),
            ("                   struct coinpay_buffer *coinpay_z(", None),
            (" * `coinpay_call(`", None),
            ("typedef struct coinpay_engine coinpay_engine;", None),
        ] {
            assert_eq!(declared_in(line), name, "{line}");
        }
    }
}
