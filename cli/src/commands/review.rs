//! `coinpay review`: the orders that need a person, and what a person can do about one.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use coinpay_core::flow::{
    Commanded, ListOrders, MarkFulfilled, RecordRefund, Resolution, ResolveReview,
};
use coinpay_core::money::Decimal;
use coinpay_core::order::{Reason, Status};
use coinpay_core::{Engine, Result};
use serde_json::json;

use super::orders::rows;
use crate::operator::{ActorArguments, for_an_operator, open};
use crate::output::{Exit, Report, finish};
use crate::settings::ConfigArgument;

const EXAMPLES: &str = "\
Examples:
  What needs a person, and where money has to go back:
    coinpay review

  Take an order as paid although less came, or although it came late:
    coinpay review accept $ORDER --reason short --note 'a regular customer'
    coinpay review accept $ORDER --reason too_late --reason no_stock

  End an order, then write down that the money went back:
    coinpay review close $ORDER
    coinpay review refund $ORDER --amount 18.00 --id refund-17

  The goods were handed over:
    coinpay review fulfilled $ORDER --actor anna

Exit status: 0, 1 where something waits for a person or the order does not allow what was asked,
2 for a wrong command line or configuration.";

/// Lists what needs a person, or does what a person decided.
///
/// Without a subcommand it only reads. Everything else is written into the order's log with who
/// did it; doing it again changes nothing.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct Review {
    #[command(subcommand)]
    decision: Option<Decision>,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Args, Debug)]
struct Shared {
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArgument,
}

#[derive(Debug, Subcommand)]
enum Decision {
    /// The order counts as paid in spite of the reasons named
    Accept {
        order: String,
        /// conflict, too_late, newer_order, short, partially_refunded, cancelled or
        /// paid_elsewhere; each that holds
        #[arg(long, value_name = "REASON", required = true, value_parser = read_reason)]
        reason: Vec<Reason>,
        #[command(flatten)]
        by: ActorArguments,
        #[command(flatten)]
        shared: Shared,
    },
    /// The order is over; what came is to be given back
    Close {
        order: String,
        #[command(flatten)]
        by: ActorArguments,
        #[command(flatten)]
        shared: Shared,
    },
    /// Money was given back, or with --waived is left to the shop; this sends none
    Refund {
        order: String,
        /// In the order's currency, such as 18.00
        #[arg(long, value_name = "SUM")]
        amount: String,
        /// Says which refund it is, however often it is told
        #[arg(long, value_name = "ID")]
        id: String,
        /// The order is over with it
        #[arg(long)]
        ends_order: bool,
        /// The customer leaves it; nothing was sent
        #[arg(long)]
        waived: bool,
        #[command(flatten)]
        by: ActorArguments,
        #[command(flatten)]
        shared: Shared,
    },
    /// The goods of a paid order were handed over
    Fulfilled {
        order: String,
        #[command(flatten)]
        by: ActorArguments,
        #[command(flatten)]
        shared: Shared,
    },
}

fn read_reason(text: &str) -> Result<Reason, String> {
    let names: Vec<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    Reason::parse(text).ok_or_else(|| format!("is one of {}", names.join(", ")))
}

impl Review {
    pub(crate) fn run(&self) -> ExitCode {
        match &self.decision {
            None => finish("review", self.shared.json, list(&self.shared)),
            Some(decision) => {
                let shared = decision.shared();
                let done = open(&shared.config).and_then(|engine| decision.carry_out(&engine));
                let done = done.map_err(for_an_operator);
                finish("review", shared.json, done.map(|done| report(&done)))
            }
        }
    }
}

fn list(shared: &Shared) -> Result<Report> {
    let engine = open(&shared.config)?;
    let waiting = engine.list_orders(ListOrders {
        statuses: vec![Status::NeedsReview],
        limit: Some(500),
        ..ListOrders::default()
    });
    let waiting = waiting.map_err(for_an_operator)?.orders;
    let owing = engine.list_orders(ListOrders {
        refund_due: true,
        limit: Some(500),
        ..ListOrders::default()
    });
    let owing = owing.map_err(for_an_operator)?.orders;
    let text = format!(
        "Need a person: {}\n{}\n\nMoney to give back: {}\n{}",
        waiting.len(),
        rows(&waiting),
        owing.len(),
        rows(&owing)
    );
    let quiet = waiting.is_empty() && owing.is_empty();
    Ok(Report {
        text: if quiet {
            "nothing needs a person".to_owned()
        } else {
            text
        },
        json: json!({ "review": waiting, "refunds_due": owing }),
        exit: Exit::of(quiet),
    })
}

impl Decision {
    const fn shared(&self) -> &Shared {
        match self {
            Self::Accept { shared, .. }
            | Self::Close { shared, .. }
            | Self::Refund { shared, .. }
            | Self::Fulfilled { shared, .. } => shared,
        }
    }

    fn carry_out(&self, engine: &Engine) -> Result<Commanded> {
        let resolve = |order: &str, by: &ActorArguments, resolution| {
            engine.resolve_review(ResolveReview {
                order_id: order.to_owned(),
                resolution,
                actor: by.actor(),
                note: by.note.clone(),
            })
        };
        match self {
            Self::Accept {
                order, reason, by, ..
            } => {
                let reasons = reason.iter().copied().collect();
                resolve(order, by, Resolution::Accept { reasons })
            }
            Self::Close { order, by, .. } => resolve(order, by, Resolution::Close),
            Self::Refund {
                order,
                amount,
                id,
                ends_order,
                waived,
                by,
                ..
            } => engine.record_refund(RecordRefund {
                order_id: order.clone(),
                refund_id: id.clone(),
                amount: Decimal::parse(amount)?,
                ends_order: *ends_order,
                waived: *waived,
                actor: by.actor(),
                note: by.note.clone(),
            }),
            Self::Fulfilled { order, by, .. } => engine.mark_fulfilled(MarkFulfilled {
                order_id: order.clone(),
                actor: by.actor(),
                note: by.note.clone(),
            }),
        }
    }
}

fn report(done: &Commanded) -> Report {
    let order = &done.order;
    let word = if done.applied {
        "done"
    } else {
        "was so before"
    };
    let mut text = format!("{word}: order {} is {}", order.order_id, order.status);
    if let Some(due) = order.refund_due {
        let (amount, code) = (order.currency.format(due.amount), order.currency.code());
        text.push_str(&format!("; {amount} {code} to give back"));
    }
    Report {
        text,
        // Not the whole status: it has what the shopper sees.
        json: json!({
            "applied": done.applied,
            "order_id": order.order_id,
            "status": order.status,
            "attention": order.attention,
            "refund_due": order.refund_due,
        }),
        exit: Exit::Fine,
    }
}
