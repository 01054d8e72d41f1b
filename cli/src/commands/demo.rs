//! `coinpay demo`: plays a day in a shop and leaves the shop open.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser};
use coinpay_cli::demo::{DemoOptions, play};

const EXAMPLES: &str = "\
Examples:
  The whole day, then a shop to click through:
    coinpay demo

  For a machine, which reads the exit status:
    coinpay demo --once --json

  The scenarios with webhooks in their name, keeping the database:
    coinpay demo --once --only webhook --dir ./kept";

/// Plays a day in a shop against a sandbox gateway: purchases, lost webhooks, late money, crashes.
///
/// No money moves and nothing leaves this machine.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Demo {
    /// End after the scenarios instead of leaving the shop open
    #[arg(long)]
    once: bool,
    /// Print one JSON document a line
    #[arg(long)]
    json: bool,
    /// Keep the database and the journal in this folder [default: ./coinpay-demo, or with --once
    /// a folder that is deleted]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Play only scenarios whose name contains this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Open the shop at once
    #[arg(long, conflicts_with_all = ["once", "only"])]
    no_scenarios: bool,
    /// A program in place of the demo's own shop, with its first arguments; it is started as
    /// `coinpay demo-shop` is
    #[arg(long, value_name = "WORD", num_args = 1.., hide = true)]
    shop: Vec<String>,
    /// `cargo demo -- --once` hands over the dashes too
    #[arg(last = true, hide = true, allow_hyphen_values = true)]
    behind_dashes: Vec<String>,
}

/// The options alone, to read those that came behind dashes.
#[derive(Parser)]
#[command(name = "coinpay demo", no_binary_name = true)]
struct Alone {
    #[command(flatten)]
    demo: Demo,
}

impl Demo {
    pub(crate) fn run(self) -> ExitCode {
        if !self.behind_dashes.is_empty() {
            return Alone::parse_from(self.behind_dashes).demo.run();
        }
        let options = DemoOptions {
            json: self.json,
            once: self.once,
            folder: self.dir,
            only: self.only,
            no_scenarios: self.no_scenarios,
            shop: self.shop,
        };
        match play(&options) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("coinpay demo: {error}");
                ExitCode::FAILURE
            }
        }
    }
}
