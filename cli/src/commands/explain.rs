//! `coinpay explain`: the story of an order, from its log.

use std::process::ExitCode;

use clap::Args;
use coinpay_core::Result;
use serde_json::json;

use crate::operator::{for_an_operator, open};
use crate::output::{Exit, Report, finish};
use crate::settings::ConfigArgument;

const EXAMPLES: &str = "\
Examples:
  coinpay explain 0f6cbb8e-8c1f-4a53-9d5f-0d3c4f0e9f11
  coinpay explain --json 0f6cbb8e-8c1f-4a53-9d5f-0d3c4f0e9f11 | jq .ledger

Exit status: 0, or 1 where there is no such order, 2 for a wrong command line or configuration.";

/// Tells the story of an order: what came, what was decided, by which rule.
///
/// Only reads. Nothing that the customer gave is shown.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Explain {
    /// The order's id
    order: String,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArgument,
}

impl Explain {
    pub(crate) fn run(&self) -> ExitCode {
        finish("explain", self.json, self.explain())
    }

    fn explain(&self) -> Result<Report> {
        let engine = open(&self.config)?;
        let explanation = engine.explain_order(self.order.clone());
        let explanation = explanation.map_err(for_an_operator)?;
        Ok(Report {
            text: explanation.to_text(),
            json: serde_json::to_value(&explanation).unwrap_or_else(|_| json!({})),
            exit: Exit::Fine,
        })
    }
}
