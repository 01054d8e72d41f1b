//! `coinpay explain`: the story of an order, from its log.

use std::process::ExitCode;

use clap::Args;
use coinpay_core::{Error, ErrorCode, Result};
use serde_json::json;

use crate::output::{Exit, Report, finish};
use crate::settings::ConfigArgument;
use crate::shop;

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
        let engine = shop::open_existing(&self.config.read()?)?;
        let explanation = engine.explain_order(self.order.clone());
        let explanation = explanation.map_err(for_an_operator)?;
        Ok(Report {
            text: explanation.to_text(),
            json: serde_json::to_value(&explanation).unwrap_or_else(|_| json!({})),
            exit: Exit::Fine,
        })
    }
}

fn for_an_operator(error: Error) -> Error {
    match error.code {
        ErrorCode::NotFound => Error::new(
            error.code,
            "no order has this id; give the order's own, not the payment's or the cart's",
        ),
        ErrorCode::StoreUnavailable => {
            let hint = "If the database is new, the shop or coinpay work has to open it first.";
            Error::new(error.code, format!("{} {hint}", error.message))
        }
        _ => error,
    }
}
