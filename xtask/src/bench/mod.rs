//! `cargo xtask bench`: what things cost. A suite is a row here, by the name that is typed after
//! `bench`; without a name it is `core`.

mod callgrind;
mod counts;
mod node;
mod php;

use anyhow::{Context, Result};

use crate::tools::{self, Tool};
use crate::workspace::Workspace;

pub(crate) use counts::check as check_counts;
pub(crate) use node::try_out as try_out_node;

/// One set of measurements.
struct Suite {
    name: &'static str,
    run: fn(&Workspace, &[String]) -> Result<()>,
}

const SUITES: &[Suite] = &[
    Suite {
        name: "core",
        run: core,
    },
    Suite {
        name: "stores",
        run: stores,
    },
    Suite {
        name: "counts",
        run: counts::run,
    },
    Suite {
        name: "node",
        run: node::run,
    },
    Suite {
        name: "php",
        run: php::run,
    },
];

/// Runs the suite that the first word names, or `core`, with the words after it.
pub(crate) fn run(workspace: &Workspace, words: &[String]) -> Result<()> {
    let (name, options) = split(words);
    let suite = SUITES.iter().find(|suite| suite.name == name);
    let known: Vec<_> = SUITES.iter().map(|suite| suite.name).collect();
    let suite =
        suite.with_context(|| format!("no suite {name}; there are {}", known.join(", ")))?;
    (suite.run)(workspace, options)
}

fn split(words: &[String]) -> (&str, &[String]) {
    match words {
        [name, options @ ..] if !name.starts_with('-') => (name, options),
        options => ("core", options),
    }
}

/// Measures the core, in release.
fn core(workspace: &Workspace, options: &[String]) -> Result<()> {
    let run = ["run", "--quiet", "--release", "--package", "coinpay-bench"];
    let program = ["--bin", "coinpay-bench", "--"];
    let options = options.iter().map(String::as_str);
    let words: Vec<_> = run.into_iter().chain(program).chain(options).collect();
    workspace.run("cargo", &words)
}

/// Measures the stores, compiled as what users install, on servers of its own.
fn stores(workspace: &Workspace, options: &[String]) -> Result<()> {
    tools::provide(workspace, Tool::Databases)?;
    let run = [
        "run",
        "--quiet",
        "--profile",
        "dist",
        "--package",
        "coinpay-bench",
    ];
    let program = [
        "--features",
        "servers",
        "--bin",
        "coinpay-bench-stores",
        "--",
    ];
    let options = options.iter().map(String::as_str);
    let words: Vec<_> = run.into_iter().chain(program).chain(options).collect();
    workspace.run("cargo", &words)
}

/// Proves that every measurement of the stores runs, without the time that optimising takes.
pub(crate) fn try_out_stores(workspace: &Workspace) -> Result<()> {
    let run = ["run", "--quiet", "--package", "coinpay-bench"];
    let program = [
        "--features",
        "servers",
        "--bin",
        "coinpay-bench-stores",
        "--",
    ];
    workspace.run("cargo", &[&run[..], &program, &["--quick"]].concat())
}

/// Proves that every measurement runs; judges nothing by the clock.
pub(crate) fn try_out(workspace: &Workspace) -> Result<()> {
    let package = ["test", "--quiet", "--release", "--package", "coinpay-bench"];
    workspace.run("cargo", &package)?;
    core(workspace, &["--quick".to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_names_the_suite_unless_it_is_an_option() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let given: Vec<String> = words(&["counts", "--write"]);
        assert_eq!(split(&given), ("counts", &given[1..]));
        let given: Vec<String> = words(&["--only", "verify"]);
        assert_eq!(split(&given), ("core", &given[..]));
        assert_eq!(split(&[]), ("core", &[][..]));
    }
}
