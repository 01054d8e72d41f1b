//! `cargo xtask miri`: the tests of the C library and of coinpay-core that touch neither a database
//! nor a socket, under Miri, which notices undefined behaviour and leaks in everything they call.
//! It needs a nightly toolchain. The C library takes minutes, the core longer.

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::workspace::Workspace;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Run the tests of one only; otherwise of both.
    #[arg(long)]
    only: Option<Part>,
    /// Run tests only whose names contain one of these.
    filters: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    Ffi,
    Core,
}

/// Miri is about a thousand times slower than the processor.
const CASES: &str = "PROPTEST_CASES=4";

/// Left out, by parts of their names: what only repeats, hundreds of times and more, what other
/// tests do once.
const SKIPPED: &[&str] = &[
    "every_vector_that_needs_nothing_comes_out_by_the_name_of_its_call",
    "every_change_of_one_byte",
    "a_signature_is_read_as_hex_is_and_nothing_else_is_read",
    "order::tests::permutations::",
    "order::tests::snapshot::",
    "random_lives_come_by_every_line_reason_and_move",
    "the_document_says_what_the_suite_says",
];

/// Vectors and snapshots are files, and an engine looks at the clock.
const OPEN: &str = "MIRIFLAGS=-Zmiri-disable-isolation";

const FFI: (&str, &[&str]) = (
    OPEN,
    &["--package", "coinpay-ffi", "--lib", "--test", "pure"],
);

const CORE: (&str, &[&str]) = (
    OPEN,
    &["--package", "coinpay-core", "--features", "page", "--lib"],
);

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    provide(workspace)?;
    for (part, (flags, what)) in [(Part::Ffi, FFI), (Part::Core, CORE)] {
        if options.only.is_some_and(|only| only != part) {
            continue;
        }
        let start = [CASES, flags, "rustup", "run", "nightly"];
        let mut arguments = [&start[..], &["cargo", "miri", "test"], what, &["--"]].concat();
        for name in SKIPPED {
            arguments.extend(["--skip", name]);
        }
        arguments.extend(options.filters.iter().map(String::as_str));
        workspace.run("env", &arguments)?;
    }
    Ok(())
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
