//! `coinpay export`: every order with its sums, for a spreadsheet or another program.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use coinpay_core::flow::{Export as Asked, ExportedOrder};
use coinpay_core::time::format_rfc3339;
use coinpay_core::{Error, ErrorCode, Result};

use crate::operator::{for_an_operator, open};
use crate::output::{Exit, fail};
use crate::settings::ConfigArgument;

const EXAMPLES: &str = "\
Examples:
  coinpay export > orders.csv
  coinpay export --json > orders.jsonl
  coinpay export --json --with-customers | jq -r .customer.email

Exit status: 0, or 1 where the database does not answer or the output cannot be written, 2 for a
wrong command line or configuration.";

/// Writes every order with its sums as CSV, or with --json as one JSON object a line.
///
/// Only reads. What customers gave is left out unless it is asked for.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Export {
    /// One JSON object a line, with all that is known, in place of CSV
    #[arg(long)]
    json: bool,
    /// With --json: also what customers gave, which the law may protect
    #[arg(long, requires = "json")]
    with_customers: bool,
    #[command(flatten)]
    config: ConfigArgument,
}

const HEADS: &str = "order_id,created_at,paid_at,status,payment_status,currency,due,credited,\
                     missing,refunded,refund_due,refund_reason,blockchain,payment_id,attention";

impl Export {
    pub(crate) fn run(&self) -> ExitCode {
        match self.write(&mut io::stdout().lock()) {
            Ok(()) => Exit::Fine.into(),
            Err(error) => fail("export", self.json, &for_an_operator(error)),
        }
    }

    /// Page by page, so that a large shop does not have to fit into memory.
    fn write(&self, to: &mut impl Write) -> Result<()> {
        let engine = open(&self.config)?;
        let mut after = String::new();
        if !self.json {
            line(to, HEADS)?;
        }
        loop {
            let page = engine.export(Asked {
                after,
                limit: Some(500),
            })?;
            for order in page.orders {
                let text = if self.json {
                    self.document(order)?
                } else {
                    row(&order)
                };
                line(to, &text)?;
            }
            match page.next {
                Some(next) => after = next,
                None => return Ok(()),
            }
        }
    }

    fn document(&self, mut order: ExportedOrder) -> Result<String> {
        if !self.with_customers {
            order.order.customer = None;
            order.order.customer_id = None;
            order.order.description = None;
        }
        serde_json::to_string(&order).map_err(|_| Error::from(ErrorCode::Internal))
    }
}

fn line(to: &mut impl Write, text: &str) -> Result<()> {
    match writeln!(to, "{text}") {
        Ok(()) => Ok(()),
        Err(error) => {
            let message = format!("the output cannot be written: {}", error.kind());
            Err(Error::new(ErrorCode::Internal, message))
        }
    }
}

fn row(exported: &ExportedOrder) -> String {
    let (order, ledger) = (&exported.order, &exported.ledger);
    let sum = |units| ledger.currency.format(units);
    let due = ledger.refund_due;
    let reasons: Vec<_> = order.attention.iter().map(|one| one.as_str()).collect();
    let cells = [
        order.order_id.clone(),
        format_rfc3339(exported.created_at_ms),
        exported.paid_at_ms.map(format_rfc3339).unwrap_or_default(),
        order.status.to_string(),
        order.payment_status.to_string(),
        ledger.currency.code().to_owned(),
        sum(ledger.due),
        sum(ledger.credited),
        sum(ledger.missing),
        sum(ledger.refunded),
        due.map(|due| sum(due.amount)).unwrap_or_default(),
        due.map(|due| due.reason.to_string()).unwrap_or_default(),
        order.blockchain.to_string(),
        order.payment_id.clone().unwrap_or_default(),
        reasons.join(" "),
    ];
    let cells: Vec<_> = cells.iter().map(|text| cell(text)).collect();
    cells.join(",")
}

/// Quoted where it has to be. A text that a spreadsheet would take for a formula stays a text.
fn cell(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_one_cell_and_no_formula() {
        let cells = ["plain", "a,b", "say \"x\"", "=1+1"].map(cell);
        assert_eq!(cells, ["plain", "\"a,b\"", "\"say \"\"x\"\"\"", "'=1+1"]);
    }
}
