//! `coinpay orders`: which orders there are, newest first.

use std::process::ExitCode;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use coinpay_core::Result;
use coinpay_core::flow::{ListOrders, ListedOrder};
use coinpay_core::order::Status;
use coinpay_core::time::format_rfc3339;
use serde_json::json;

use crate::operator::{for_an_operator, open, table};
use crate::output::{Exit, Report, finish};
use crate::settings::ConfigArgument;

const EXAMPLES: &str = "\
Examples:
  coinpay orders
  coinpay orders --status paid --limit 5
  coinpay orders --search 4d2f0c39-6a55-4c0b-8f0a-1b7c9a3e5d20
  coinpay orders --refund-due --json | jq -r '.orders[].order_id'

Exit status: 0, also where there is none, 1 where the database does not answer, 2 for a wrong
command line or configuration.";

/// Lists orders, newest first, with what is due and what came.
///
/// Only reads. Nothing that a customer gave is shown.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Orders {
    /// Only those that are awaiting_payment, paid, fulfilled, needs_review, expired, cancelled or
    /// refunded; may be given several times
    #[arg(long, value_name = "STATUS", value_parser = read_status)]
    status: Vec<Status>,
    /// Only those of an order's id or its beginning, a payment's id, a checkout key or a customer
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only those with money to give back
    #[arg(long)]
    refund_due: bool,
    /// Only those made before this moment, such as 2026-11-25T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = read_moment)]
    before: Option<i64>,
    /// At most so many
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<u32>::new().range(1..=500))]
    limit: Option<u32>,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArgument,
}

fn read_status(text: &str) -> Result<Status, String> {
    let names: Vec<_> = Status::ALL.iter().map(|status| status.as_str()).collect();
    Status::parse(text).ok_or_else(|| format!("is one of {}", names.join(", ")))
}

fn read_moment(text: &str) -> Result<i64, String> {
    let read = coinpay_core::time::parse_rfc3339_ms(text);
    read.ok_or_else(|| "is no moment such as 2026-11-25T00:00:00Z".to_owned())
}

impl Orders {
    pub(crate) fn run(&self) -> ExitCode {
        finish("orders", self.json, self.list())
    }

    fn list(&self) -> Result<Report> {
        let engine = open(&self.config)?;
        let listed = engine.list_orders(ListOrders {
            statuses: self.status.clone(),
            refund_due: self.refund_due,
            search: self.search.clone(),
            before_ms: self.before,
            limit: self.limit,
        });
        let listed = listed.map_err(for_an_operator)?;
        let mut text = rows(&listed.orders);
        if let Some(next_ms) = listed.next_before_ms {
            text.push_str(&format!("\nmore: --before {}", format_rfc3339(next_ms)));
        }
        Ok(Report {
            text,
            json: json!(listed),
            exit: Exit::Fine,
        })
    }
}

/// Orders as people read them.
pub(crate) fn rows(orders: &[ListedOrder]) -> String {
    if orders.is_empty() {
        return "no orders".to_owned();
    }
    let rows: Vec<_> = orders.iter().map(row).collect();
    let heads = ["order", "made", "status", "total", "came", "with", "why"];
    table(&heads, &rows)
}

fn row(order: &ListedOrder) -> Vec<String> {
    let reasons = order.attention.iter().map(|reason| reason.as_str());
    let mut why: Vec<String> = reasons.map(str::to_owned).collect();
    if let Some(amount) = &order.refund_due_amount {
        why.push(format!("refund_due {amount}"));
    }
    vec![
        order.order_id.clone(),
        format_rfc3339(order.created_at_ms),
        order.status.to_string(),
        format!("{} {}", order.total, order.currency),
        order.credited.clone(),
        order.blockchain.to_string(),
        why.join(", "),
    ]
}
