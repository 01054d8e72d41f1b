//! `cargo xtask miri`: the tests of coinpay-core that touch neither SQLite nor a socket, under
//! Miri, which notices undefined behaviour in everything they call. It needs a nightly toolchain
//! and takes a few minutes.

use anyhow::{Result, bail};

use crate::workspace::Workspace;

/// Miri is about a thousand times slower than the processor.
const CASES: &str = "PROPTEST_CASES=4";

/// Left out: what only repeats, thousands of times, what other tests do once.
const SKIPPED: &[&str] = &["every_vector_that_needs_nothing_comes_out_by_the_name_of_its_call"];

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    provide(workspace)?;
    let mut arguments = vec![
        CASES,
        // Vectors and snapshots are files.
        "MIRIFLAGS=-Zmiri-disable-isolation",
        "rustup",
        "run",
        "nightly",
        "cargo",
        "miri",
        "test",
        "--package",
        "coinpay-core",
        "--features",
        "page",
        "--lib",
        "--",
    ];
    for name in SKIPPED {
        arguments.extend(["--skip", name]);
    }
    workspace.run("env", &arguments)
}

fn provide(workspace: &Workspace) -> Result<()> {
    if workspace.succeeds("rustup", &["run", "nightly", "cargo", "miri", "--version"]) {
        return Ok(());
    }
    if !workspace.succeeds("rustup", &["--version"]) {
        bail!("Miri is needed, but there is no rustup: install it from rustup.rs");
    }
    let components = ["miri", "rust-src"];
    if workspace.succeeds("rustup", &["run", "nightly", "rustc", "--version"]) {
        println!("installing: rustup component add miri rust-src --toolchain nightly");
        let add = [
            &["component", "add"],
            &components[..],
            &["--toolchain", "nightly"],
        ];
        return workspace.run("rustup", &add.concat());
    }
    println!("installing: a nightly toolchain with the components miri and rust-src");
    let install = ["toolchain", "install", "nightly", "--profile", "minimal"];
    let with = ["--component", components[0], "--component", components[1]];
    workspace.run("rustup", &[&install[..], &with].concat())
}
