//! The whole table of status × input, written out by asking `decide`, for a person to check by
//! eye. Generated, committed, and compared by a test. Decides nothing.

mod diagram;
mod examples;

use std::fmt::Write as _;

use crate::money::Currency;

use super::decide::Decision;
use super::effect::{Alert, Ask, ShipCall, StockMove};
use super::evidence::Evidence;
use super::input::Outcome;
use super::status::Line;

use examples::{Example, example_inputs, example_orders};
#[cfg(test)]
pub(super) use examples::{ONE_ETH, example_quote, example_terms};

const HEAD: &str = "\
# What every input does in every status

<!-- Written by `cargo xtask codegen` by asking `decide` in core/src/order. -->

The order is 100.00 USD of digital goods from our own stock, with one attempt that was quoted at
1 ETH. Everything is told half an hour before the deadline, with the goods on the shelf; only
`deadline passed` is told at the deadline, and `confirmed, too late` and `review is a day old` are
told 25 hours after it.
";

/// The table as Markdown: the rules, all of it at a glance, a diagram, and each status in full.
#[must_use]
pub fn transition_table() -> String {
    let (inputs, orders) = (example_inputs(), example_orders());
    let mut text = HEAD.to_owned();
    rules(&mut text);
    glance(&mut text, &inputs, &orders);
    text.push_str(&diagram::section(&inputs));
    for (name, evidence) in &orders {
        in_full(&mut text, name, evidence, &inputs);
    }
    text
}

fn rules(text: &mut String) {
    text.push_str("\n## The rules: the first that holds\n\n");
    text.push_str("| | rule | status | holds when |\n|---|---|---|---|\n");
    for (number, line) in (1..).zip(Line::ALL) {
        let (status, rule) = (line.status(), line.rule());
        let _ = writeln!(text, "| {number} | {line} | {status} | {rule} |");
    }
}

fn glance(text: &mut String, inputs: &[Example], orders: &[(&str, Evidence)]) {
    text.push_str(
        "\n## At a glance\n\n\
         The status that an input leads to. `·` is the same status with more known, `=` changes\n\
         nothing, `✗` is refused.\n\n| input |",
    );
    for (name, _) in orders {
        let _ = write!(text, " {name} |");
    }
    let _ = writeln!(text, "\n|---|{}", "---|".repeat(orders.len()));
    for input in inputs {
        let _ = write!(text, "| {} |", input.label);
        for (_, evidence) in orders {
            let decision = input.tell(evidence);
            let cell = match &decision.outcome {
                Outcome::Rejected { .. } => "✗",
                _ if !decision.changed => "=",
                _ if decision.before.status == decision.after.status => "·",
                _ => decision.after.status.as_str(),
            };
            let _ = write!(text, " {cell} |");
        }
        text.push('\n');
    }
}

/// What changes something in a table; what does not in a list below.
fn in_full(text: &mut String, name: &str, evidence: &Evidence, inputs: &[Example]) {
    let _ = write!(
        text,
        "\n## {name}\n\n| input | status | payment | attention | what happens |\n\
         |---|---|---|---|---|\n"
    );
    let mut unchanged: Vec<(String, Vec<&str>)> = Vec::new();
    for input in inputs {
        let decision = input.tell(evidence);
        if decision.changed {
            let _ = writeln!(text, "| {} | {} |", input.label, row(&decision));
            continue;
        }
        let outcome = outcome(&decision.outcome);
        match unchanged.iter_mut().find(|(known, _)| *known == outcome) {
            Some((_, labels)) => labels.push(input.label),
            None => unchanged.push((outcome, vec![input.label])),
        }
    }
    text.push_str("\nNothing changes:\n\n");
    unchanged.sort();
    for (outcome, labels) in unchanged {
        let _ = writeln!(text, "- {outcome}: {}", labels.join("; "));
    }
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Applied => "applied".to_owned(),
        Outcome::AlreadyApplied => "already applied".to_owned(),
        Outcome::Stale => "stale".to_owned(),
        Outcome::Conflicting { field } => format!("conflicting ({field})"),
        Outcome::Rejected { reason } => format!("rejected ({reason})"),
    }
}

fn row(decision: &Decision) -> String {
    let after = &decision.after;
    let attention = after.attention.iter().map(|reason| reason.as_str());
    let mut happens = consequences(decision);
    if decision.outcome != Outcome::Applied {
        happens.insert(0, outcome(&decision.outcome));
    }
    format!(
        "{} | {} | {} | {}",
        after.status,
        after.payment_status,
        attention.collect::<Vec<_>>().join(", "),
        happens.join(", ")
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
        ShipCall::Void => words.push("ship no more".to_owned()),
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
