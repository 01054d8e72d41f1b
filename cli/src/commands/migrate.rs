//! `coinpay migrate`: makes the tables, or brings them up to this version.

use std::process::ExitCode;

use clap::Args;
use coinpay_core::Result;
use serde_json::json;

use crate::output::{Exit, Report, finish};
use crate::settings::ConfigArgument;
use crate::shop;

const EXAMPLES: &str = "\
Examples:
  coinpay migrate
  coinpay migrate --config /etc/shop/coinpay.json --json

Exit status: 0, or 1 where the database refuses, 2 for a wrong command line or configuration.";

/// Makes the tables, or brings them up to this program's version, and proves that the database
/// undoes what fails.
///
/// Harmless when repeated, also from several machines at once. The shop and coinpay work do the
/// same at their first use; this is for those who want to do it before.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Migrate {
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArgument,
}

impl Migrate {
    pub(crate) fn run(&self) -> ExitCode {
        finish("migrate", self.json, self.migrate())
    }

    fn migrate(&self) -> Result<Report> {
        let engine = shop::open(&self.config.read()?)?;
        let prepared = engine.prepare_store()?;
        let (from, to) = (prepared.from, prepared.to);
        let text = if from == to {
            format!("the tables are up to date: version {to}")
        } else {
            format!("the tables went from version {from} to {to}")
        };
        Ok(Report {
            text,
            json: json!({ "from": from, "to": to }),
            exit: Exit::Fine,
        })
    }
}
