//! The whole table of status × input, written out by asking `decide`, for a person to check by
//! eye. Generated, committed, and compared by a test.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::money::{Chain, Currency, Units};

use super::decide::{Circumstances, Decision, decide};
use super::effect::{Alert, Ask, ShipCall, StockMove};
use super::evidence::{CancelledBy, Evidence, GatewayRefund, Quote, StockState};
use super::input::{Input, Outcome, PaymentFacts};
use super::status::{Reason, Status};
use super::terms::{Ship, StockMode, Terms};

const HOUR_MS: i64 = 60 * 60 * 1000;
const DEADLINE_MS: i64 = HOUR_MS;

/// The order that the table speaks of: 100.00 USD, digital, our own stock tables, one attempt
/// quoted at 1.00 ETH.
pub(super) fn example_terms() -> Terms {
    Terms {
        currency: Currency::USD,
        due: Units(10_000),
        ship: Ship::Effect,
        stock: StockMode::Managed,
        underpaid_tolerance_bps: 100,
        overpaid_tolerance_bps: 100,
        late_window_ms: 24 * HOUR_MS,
        opened_at_ms: 0,
    }
}

pub(super) const ONE_ETH: Units = Units(1_000_000_000_000_000_000);

pub(super) fn example_quote() -> Quote {
    Quote {
        chain: Chain::Eth,
        crypto: ONE_ETH,
        worth: Units(10_000),
    }
}

pub(super) fn at(now_ms: i64) -> Circumstances {
    Circumstances {
        now_ms,
        stock_available: true,
        newer_order: false,
    }
}

fn report(facts: PaymentFacts) -> Input {
    Input::PaymentReported { attempt: 1, facts }
}

fn measured(units: u128) -> PaymentFacts {
    PaymentFacts {
        paid_asserted: true,
        received: Some(Units(units)),
        ..PaymentFacts::default()
    }
}

/// Every input that the table shows, with its name.
#[expect(clippy::too_many_lines, reason = "a list, one line for each input")]
pub(super) fn example_inputs() -> Vec<(&'static str, Input)> {
    let facts = PaymentFacts::default;
    let conflict = BTreeSet::from(["payment_address".to_owned()]);
    let refund = |id: &str, amount, ends_order, waived| Input::RefundRecorded {
        id: id.into(),
        amount: Units(amount),
        ends_order,
        waived,
    };
    vec![
        (
            "seen on the chain",
            report(PaymentFacts {
                seen: true,
                ..facts()
            }),
        ),
        (
            "confirmed",
            report(PaymentFacts {
                paid_asserted: true,
                ..facts()
            }),
        ),
        ("measured: half", report(measured(ONE_ETH.0 / 2))),
        ("measured: all", report(measured(ONE_ETH.0))),
        ("measured: double", report(measured(ONE_ETH.0 * 2))),
        ("confirmed, other address", {
            report(PaymentFacts {
                paid_asserted: true,
                conflicts: conflict,
                ..facts()
            })
        }),
        (
            "forwarded",
            report(PaymentFacts {
                forwarded: true,
                ..facts()
            }),
        ),
        (
            "forwarding failed",
            report(PaymentFacts {
                paid_asserted: true,
                forwarding_failed: true,
                ..facts()
            }),
        ),
        (
            "payment expired",
            report(PaymentFacts {
                expired: true,
                ..facts()
            }),
        ),
        (
            "payment failed",
            report(PaymentFacts {
                failed: true,
                ..facts()
            }),
        ),
        (
            "refunded by the gateway",
            report(PaymentFacts {
                refunded: Some(GatewayRefund::All),
                ..facts()
            }),
        ),
        (
            "another attempt",
            Input::AttemptRequested {
                attempt: 2,
                deadline_at_ms: 2 * HOUR_MS,
            },
        ),
        (
            "its quote",
            Input::AttemptOpened {
                attempt: 1,
                quote: example_quote(),
            },
        ),
        (
            "customer cancels",
            Input::Cancelled {
                by: CancelledBy::Customer,
            },
        ),
        (
            "shop cancels",
            Input::Cancelled {
                by: CancelledBy::Shop,
            },
        ),
        ("paid elsewhere", Input::PaidElsewhere),
        (
            "accept: no reason",
            Input::Accepted {
                reasons: BTreeSet::new(),
            },
        ),
        (
            "accept: short",
            Input::Accepted {
                reasons: BTreeSet::from([Reason::Short]),
            },
        ),
        ("close", Input::Closed),
        ("refund of half", refund("half", 5_000, false, false)),
        ("waive half", refund("waived", 5_000, false, true)),
        ("marked fulfilled", Input::MarkedFulfilled),
        ("shipped", Input::Shipped),
        ("deadline passed", Input::DeadlinePassed),
        (
            "stock answered: yes",
            Input::StockAnswered {
                reservation_no: 1,
                reserved: true,
            },
        ),
        ("review is a day old", Input::ReviewAged),
    ]
}

/// One order in each status, and the ways to get there that the table shows.
pub(super) fn example_orders() -> Vec<(&'static str, Evidence)> {
    let terms = example_terms();
    let open = Evidence::opened(DEADLINE_MS, StockState::Held);
    let reach = |inputs: &[Input]| {
        let mut evidence = open.clone();
        let quoted = [
            Input::AttemptRequested {
                attempt: 1,
                deadline_at_ms: DEADLINE_MS,
            },
            Input::AttemptOpened {
                attempt: 1,
                quote: example_quote(),
            },
        ];
        for input in quoted.iter().chain(inputs) {
            let now_ms = if *input == Input::DeadlinePassed {
                DEADLINE_MS
            } else {
                0
            };
            evidence = decide(&terms, &evidence, input, &at(now_ms)).evidence;
        }
        evidence
    };
    let paid = report(measured(ONE_ETH.0));
    let short = report(measured(ONE_ETH.0 / 2));
    let cancel = Input::Cancelled {
        by: CancelledBy::Customer,
    };
    vec![
        ("awaiting_payment", reach(&[])),
        ("paid", reach(std::slice::from_ref(&paid))),
        ("fulfilled", reach(&[paid.clone(), Input::Shipped])),
        ("needs_review (short)", reach(std::slice::from_ref(&short))),
        ("expired", reach(&[Input::DeadlinePassed])),
        ("cancelled", reach(&[cancel])),
        ("cancelled (closed)", reach(&[short, Input::Closed])),
        (
            "refunded",
            reach(&[
                paid,
                Input::RefundRecorded {
                    id: "all".into(),
                    amount: Units(10_000),
                    ends_order: true,
                    waived: false,
                },
            ]),
        ),
    ]
}

/// The table as Markdown: a section for each status, a row for each input.
#[must_use]
pub fn transition_table() -> String {
    let terms = example_terms();
    let mut text = String::from(
        "# What every input does in every status\n\n\
         Generated by `cargo xtask codegen` from `decide`; do not edit. The order is 100.00 USD of\n\
         digital goods with managed stock, one attempt quoted at 1 ETH, looked at 25 hours after\n\
         its deadline for `review is a day old`, 30 minutes before it otherwise (at it for\n\
         `deadline passed`), with the goods on the shelf.\n",
    );
    for (name, evidence) in example_orders() {
        let _ = write!(
            text,
            "\n## {name}\n\n| input | outcome | status | attention | what happens |\n|---|---|---|---|---|\n"
        );
        for (label, input) in example_inputs() {
            let now_ms = match input {
                Input::ReviewAged => DEADLINE_MS + 25 * HOUR_MS,
                Input::DeadlinePassed => DEADLINE_MS,
                _ => DEADLINE_MS / 2,
            };
            let decision = decide(&terms, &evidence, &input, &at(now_ms));
            let _ = writeln!(text, "| {label} | {} |", row(&decision));
        }
    }
    let _ = write!(
        text,
        "\n## The rules, in order\n\n| rule | status | holds when |\n|---|---|---|\n"
    );
    for line in super::status::Line::ALL {
        let _ = writeln!(text, "| {line} | {} | {} |", line.status(), line.rule());
    }
    text
}

fn row(decision: &Decision) -> String {
    let outcome = match &decision.outcome {
        Outcome::Applied => "applied".to_owned(),
        Outcome::AlreadyApplied => "already applied".to_owned(),
        Outcome::Stale => "stale".to_owned(),
        Outcome::Conflicting { field } => format!("conflicting: {field}"),
        Outcome::Rejected { reason } => format!("rejected: {reason}"),
    };
    let status = |status: Status, payment| format!("{status} / {payment}");
    let after = &decision.after;
    let standing = if decision.changed {
        status(after.status, after.payment_status)
    } else {
        "–".to_owned()
    };
    let attention: Vec<_> = after
        .attention
        .iter()
        .map(|reason| reason.as_str())
        .collect();
    let attention = if decision.changed {
        attention.join(", ")
    } else {
        String::new()
    };
    format!(
        "{outcome} | {standing} | {attention} | {}",
        consequences(decision).join(", ")
    )
}

fn consequences(decision: &Decision) -> Vec<String> {
    let mut words = Vec::new();
    match decision.stock {
        StockMove::None => {}
        StockMove::Reserve => words.push("reserve the goods".to_owned()),
        StockMove::Release => words.push("release the goods".to_owned()),
        StockMove::Sell => words.push("goods sold".to_owned()),
        StockMove::Take => words.push("goods taken unreserved".to_owned()),
    }
    match decision.ship {
        ShipCall::Leave => {}
        ShipCall::Start => words.push("ship".to_owned()),
        ShipCall::Hold => words.push("hold shipping".to_owned()),
        ShipCall::Void => words.push("never ship".to_owned()),
    }
    for ask in &decision.asks {
        words.push(match ask {
            Ask::SendConfirmationEmail => "mail".to_owned(),
            Ask::OrderStatusChanged => "tell the host".to_owned(),
            Ask::ReserveStock { .. } => "ask the host to reserve".to_owned(),
            Ask::ReleaseStock { .. } => "ask the host to release".to_owned(),
            Ask::Alert { alert, .. } => match alert {
                Alert::Review { reason } => format!("alert: {reason}"),
                Alert::RefundDue { amount, reason } => {
                    format!("alert: refund {} ({reason})", Currency::USD.format(*amount))
                }
                Alert::ForwardingFailed => "alert: forwarding failed".to_owned(),
                Alert::PaymentFailed => "alert: payment failed".to_owned(),
                Alert::Oversold => "alert: oversold".to_owned(),
            },
        });
    }
    words
}
