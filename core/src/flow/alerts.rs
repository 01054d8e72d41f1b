//! What operations are told: what happened, what caused it in this order's own figures, and what to
//! do next.

use serde_json::Value as Json;

use crate::document::json;
use crate::order::{Alert, Ledger, Reason, RefundReason, view};
use crate::store::OrderRecord;
use crate::time::format_rfc3339;

use super::change::alert_name;
use super::status::written;

/// The name and the words of an alert about an order.
pub(crate) fn order_alert(alert: &Alert, order: &OrderRecord) -> (String, Json) {
    let currency = order.terms.currency;
    let (message, next_step) = match alert {
        Alert::Review { reason } => review(*reason),
        Alert::RefundDue { amount, reason } => (
            format!(
                "{} {} {}",
                currency.format(*amount),
                currency.code(),
                refund(*reason)
            ),
            "Send it back to the customer, then record the refund or waive it.",
        ),
        Alert::ForwardingFailed => (
            "the gateway could not pay out to the shop; the customer has paid".to_owned(),
            "Check the payout wallet at the gateway; the order goes on as paid.",
        ),
        Alert::PaymentFailed => (
            "the gateway says that the payment failed".to_owned(),
            "Nothing was received; the customer can pay again until the order expires.",
        ),
        Alert::Oversold => (
            "goods were shipped that were no longer reserved, and there were not enough".to_owned(),
            "Count the shelf and correct it with adjust_stock.",
        ),
    };
    let name = alert_name(alert);
    let payload = json!({
        "alert": name,
        "message": message,
        "cause": cause(alert, order),
        "next_step": next_step,
        "command": command(alert, order),
        "status": order.status,
    });
    (name, payload)
}

/// Why, with what is known of this order; no word of what its customer gave.
fn cause(alert: &Alert, order: &OrderRecord) -> String {
    let ledger = view(&order.terms, &order.evidence).ledger;
    let sums = sums(&ledger);
    let deadline = format_rfc3339(order.evidence.deadline_at_ms);
    let attempts = || order.evidence.attempts.values();
    match alert {
        Alert::Review {
            reason: Reason::TooLate,
        } => {
            let first_ms = attempts().filter_map(|one| one.first_claimed_at_ms).min();
            let first = first_ms.map_or_else(|| "a time unknown".to_owned(), format_rfc3339);
            format!("The time to pay ended at {deadline}; the money was first heard of at {first}.")
        }
        Alert::Review {
            reason: Reason::Conflict,
        } => {
            let fields = attempts().flat_map(|one| one.conflicts.iter().map(String::as_str));
            let fields: Vec<_> = fields.collect();
            format!("The report differs in: {}. {sums}", fields.join(", "))
        }
        Alert::PaymentFailed => format!("The order can be paid until {deadline}. {sums}"),
        Alert::Review { .. }
        | Alert::RefundDue { .. }
        | Alert::ForwardingFailed
        | Alert::Oversold => sums,
    }
}

fn sums(ledger: &Ledger) -> String {
    let currency = ledger.currency;
    let mut text = format!(
        "Due {}, came {}",
        written(currency, ledger.due),
        written(currency, ledger.credited)
    );
    if !ledger.missing.is_zero() {
        text.push_str(&format!(", missing {}", written(currency, ledger.missing)));
    }
    text.push('.');
    text
}

/// What to type next, where there is one thing to type.
fn command(alert: &Alert, order: &OrderRecord) -> String {
    let id = &order.id;
    match alert {
        Alert::Review {
            reason: Reason::AwaitingStock,
        } => format!("coinpay explain {id}"),
        Alert::Review { reason } => {
            format!("coinpay review accept {id} --reason {reason}, or coinpay review close {id}")
        }
        Alert::RefundDue { amount, .. } => {
            let amount = order.terms.currency.format(*amount);
            format!("coinpay review refund {id} --amount {amount} --id REFUND")
        }
        Alert::ForwardingFailed | Alert::PaymentFailed | Alert::Oversold => {
            format!("coinpay explain {id}")
        }
    }
}

fn review(reason: Reason) -> (String, &'static str) {
    let accept_or_close = "Look at the order, then accept it or close it and refund.";
    let (message, next_step) = match reason {
        Reason::Conflict => (
            "money came with a report that contradicts what was stored of the payment",
            "Compare the payment at the gateway with the order before you accept or close it.",
        ),
        Reason::TooLate => (
            "money came after the time in which it pays by itself",
            accept_or_close,
        ),
        Reason::NewerOrder => (
            "money came for an expired order whose cart was ordered again",
            accept_or_close,
        ),
        Reason::Short => (
            "less came than is due",
            "The customer can send the rest; or accept the order, or close it and refund.",
        ),
        Reason::PartiallyRefunded => (
            "the gateway gave back a part, and what is left is less than is due",
            accept_or_close,
        ),
        Reason::Cancelled => ("money came for a cancelled order", accept_or_close),
        Reason::PaidElsewhere => (
            "money came for an order that was paid in another way",
            accept_or_close,
        ),
        Reason::NoStock => (
            "money came and the goods are not to be had any more",
            "Add stock and accept the order, or close it and refund.",
        ),
        Reason::AwaitingStock => (
            "money came late and the shop has not said yet whether it has the goods",
            "Complete the reserve_stock effect of this order.",
        ),
    };
    (message.to_owned(), next_step)
}

const fn refund(reason: RefundReason) -> &'static str {
    match reason {
        RefundReason::Overpaid => "came too much",
        RefundReason::TooLate => "came too late",
        RefundReason::NewerOrder => "came for an order whose cart was ordered again",
        RefundReason::Cancelled => "came for a cancelled order",
        RefundReason::PaidElsewhere => "came for an order that was paid in another way",
        RefundReason::NoStock => "came for goods that are not to be had",
        RefundReason::Closed => "is left on an order that was closed",
        RefundReason::AfterRefund => "is left on an order that was refunded",
    }
}
