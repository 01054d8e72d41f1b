//! `cargo xtask`: the commands that a person or CI runs. This file only names them; what a
//! command does is in the module of its name.

#![forbid(unsafe_code)]

mod bench;
mod codegen;
mod deny;
mod dist;
mod edge;
mod fuzz;
mod miri;
mod npm;
mod simulator;
mod steps;
mod tidy;
mod tools;
mod vectors;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

use workspace::Workspace;

/// Everything that a person or CI runs.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// Install what the tests need, then run every one of them, in order, until one fails.
    Test {
        /// Run this step only; may be given several times.
        #[arg(long, value_name = "STEP")]
        only: Vec<String>,
        /// Print the steps and stop.
        #[arg(long, conflicts_with = "only")]
        list: bool,
    },
    /// Write every generated file.
    Codegen {
        /// Change nothing; fail if a file is not what would be written.
        #[arg(long)]
        check: bool,
    },
    /// Check the house rules that no compiler knows.
    Tidy,
    /// Play whole shops from seeds and audit every promise; options go to the simulator.
    Simulate {
        /// `--schedules N`, `--from SEED`, `--minutes M`, `--threads N`, or `--replay SEED`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Break the core on purpose, one way at a time; the simulator has to notice each.
    Mutants {
        /// Try this one only.
        #[arg(long, value_name = "MUTANT")]
        only: Option<String>,
    },
    /// Measure what things cost. The first word may name a suite: `core`, the default, measures
    /// with `--json FILE`, `--plot FILE.svg`, `--only NAME`, `--quick`, `--list`; `counts`
    /// counts instructions and compares them, or with `--write` writes them down.
    Bench {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// Hand changed inputs to the parsers and flows, guided by the code that they reach.
    Fuzz(fuzz::Options),
    /// Run the tests that touch no database under Miri; needs a nightly toolchain.
    Miri(miri::Options),
    /// Write what users download into `dist/`.
    Dist { archive: dist::Archive },
    /// Build the npm package into `js/dist`.
    Edge,
    /// Write the npm package's reference from its types into `target/reference`.
    Reference,
    /// Check the licences and sources of all dependencies with cargo-deny.
    Deny {
        /// Also ask the advisory database; needs the network.
        #[arg(long)]
        advisories: bool,
    },
}

fn main() -> ExitCode {
    let workspace = Workspace::of_this_crate();
    let outcome = match Command::parse() {
        Command::Test { list: true, .. } => {
            steps::list();
            Ok(())
        }
        Command::Test { only, .. } => steps::run(&workspace, &only),
        Command::Codegen { check: true } => codegen::check(&workspace),
        Command::Codegen { check: false } => codegen::write(&workspace),
        Command::Tidy => tidy::check(&workspace),
        Command::Simulate { options } => simulator::simulate(&workspace, &options),
        Command::Mutants { only } => simulator::mutants(&workspace, only.as_deref()),
        Command::Bench { words } => bench::run(&workspace, &words),
        Command::Fuzz(options) => fuzz::run(&workspace, &options),
        Command::Miri(options) => miri::run(&workspace, &options),
        Command::Dist { archive } => dist::run(&workspace, archive),
        Command::Edge => edge::build(&workspace),
        Command::Reference => edge::reference(&workspace),
        Command::Deny { advisories } => deny::check(&workspace, advisories),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
