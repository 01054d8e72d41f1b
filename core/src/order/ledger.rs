//! The sums of an order: what was due, what came, what has to go back.

use serde::Deserialize;

use crate::money::{Chain, Currency, Units, tolerance};

use super::evidence::Evidence;
use super::status::{Line, Reason, names};
use super::terms::Terms;
use crate::sorted::SortedSet;

/// Why money has to go back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundReason {
    Overpaid,
    TooLate,
    NewerOrder,
    Cancelled,
    PaidElsewhere,
    NoStock,
    Closed,
    AfterRefund,
}

names!(pub RefundReason {
    Overpaid = "overpaid",
    TooLate = "too_late",
    NewerOrder = "newer_order",
    Cancelled = "cancelled",
    PaidElsewhere = "paid_elsewhere",
    NoStock = "no_stock",
    Closed = "closed",
    AfterRefund = "after_refund",
});

/// What is still to be given back, in minor units of the order's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundDue {
    pub amount: Units,
    pub reason: RefundReason,
}

crate::document::written! {
    RefundDue {
        amount, reason,
    }
}

crate::document::readable! {
    RefundDue {
        amount: get,
        reason: get,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AttemptCredit {
    pub attempt: u32,
    pub blockchain: Option<Chain>,
    /// Base units of the chain that were quoted.
    pub quoted: Option<Units>,
    /// Base units of the chain that were measured.
    pub received: Option<Units>,
    /// What that is worth, in minor units of the order's currency.
    pub credit: Units,
    pub transactions: Vec<String>,
    pub payouts: Vec<String>,
}

crate::document::written! {
    AttemptCredit {
        attempt, blockchain, quoted, received, credit, transactions, payouts,
    }
}

/// The sums of an order; amounts are minor units of `currency` unless they say otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Ledger {
    pub currency: Currency,
    pub due: Units,
    pub credited: Units,
    /// What is missing before the order counts as paid.
    pub missing: Units,
    /// The larger of what the gateway reports refunded and what was recorded.
    pub refunded: Units,
    pub waived: Units,
    #[serde(default)]
    pub refund_due: Option<RefundDue>,
    pub attempts: Vec<AttemptCredit>,
}

crate::document::written! {
    Ledger {
        currency, due, credited, missing, refunded, waived, refund_due, attempts,
    }
}

/// The least that pays the order.
pub(super) fn enough(terms: &Terms) -> Units {
    let slack = tolerance(terms.due, terms.underpaid_tolerance_bps);
    terms.due.saturating_sub(slack).max(Units(1))
}

/// `reasons` are those that nobody has accepted.
pub(super) fn ledger(
    terms: &Terms,
    evidence: &Evidence,
    line: Line,
    reasons: &SortedSet<Reason>,
) -> Ledger {
    let credited = evidence.credited();
    let recorded: Units = evidence
        .refunds
        .values()
        .filter(|one| !one.waived)
        .map(|one| one.amount)
        .sum();
    let waived: Units = evidence
        .refunds
        .values()
        .filter(|one| one.waived)
        .map(|one| one.amount)
        .sum();
    let reported: Units = evidence
        .attempts
        .values()
        .map(|one| one.refunded_credit())
        .sum();
    let refunded = recorded.max(reported);
    let settled = refunded.saturating_add(waived);
    let refund_due = to_give_back(terms, credited, line, reasons).and_then(|whole| {
        let amount = whole.amount.saturating_sub(settled);
        (!amount.is_zero()).then_some(RefundDue { amount, ..whole })
    });
    let missing = if credited >= enough(terms) {
        Units::ZERO
    } else {
        terms.due.saturating_sub(credited)
    };
    let attempts = evidence
        .attempts
        .iter()
        .map(|(attempt, known)| AttemptCredit {
            attempt: *attempt,
            blockchain: known.quote.as_ref().map(|quote| quote.chain),
            quoted: known.quote.as_ref().map(|quote| quote.crypto),
            received: known.received,
            credit: known.credit(),
            transactions: known.transactions.iter().cloned().collect(),
            payouts: known.payouts.iter().cloned().collect(),
        });
    Ledger {
        currency: terms.currency,
        due: terms.due,
        credited,
        missing,
        refunded,
        waived,
        refund_due,
        attempts: attempts.collect(),
    }
}

/// Before anything that was already given back is taken off.
fn to_give_back(
    terms: &Terms,
    credited: Units,
    line: Line,
    reasons: &SortedSet<Reason>,
) -> Option<RefundDue> {
    let all = |reason| {
        Some(RefundDue {
            amount: credited,
            reason,
        })
    };
    match line {
        Line::EndedByRefund => all(RefundReason::AfterRefund),
        Line::Closed => all(RefundReason::Closed),
        Line::NeedsAPerson => match reasons.iter().find_map(|reason| sends_back(*reason)) {
            Some(reason) => all(reason),
            None => excess(terms, credited),
        },
        Line::Paid | Line::Fulfilled => excess(terms, credited),
        Line::Cancelled | Line::DeadlinePassed | Line::Open => None,
    }
}

/// The reasons for which the money goes back unless a person accepts the order. A short payment
/// may still be completed, and a contradiction has to be looked at first.
fn sends_back(reason: Reason) -> Option<RefundReason> {
    match reason {
        Reason::Conflict | Reason::Short | Reason::PartiallyRefunded | Reason::AwaitingStock => {
            None
        }
        Reason::TooLate => Some(RefundReason::TooLate),
        Reason::NewerOrder => Some(RefundReason::NewerOrder),
        Reason::Cancelled => Some(RefundReason::Cancelled),
        Reason::PaidElsewhere => Some(RefundReason::PaidElsewhere),
        Reason::NoStock => Some(RefundReason::NoStock),
    }
}

fn excess(terms: &Terms, credited: Units) -> Option<RefundDue> {
    let slack = tolerance(terms.due, terms.overpaid_tolerance_bps);
    let amount = credited.saturating_sub(terms.due);
    (amount > slack).then_some(RefundDue {
        amount,
        reason: RefundReason::Overpaid,
    })
}
