//! The decision: one thing learnt or asked, added to what is known, and everything that follows.
//! Knows no clock, no database and no gateway.

#![deny(clippy::wildcard_enum_match_arm, clippy::arithmetic_side_effects)]

use crate::money::Units;

use super::absorb::absorb_report;
use super::commands::{accept, cancel, close, record_refund, rejected, set};
use super::effect::{Alert, Ask, ShipCall, StockMove};
use super::evidence::{Evidence, RecordedRefund, StockState};
use super::input::{Input, Outcome, Rejection};
use super::status::{Line, Status};
use super::stock;
use super::terms::{Ship, Terms};
use super::view::{View, view};

/// What the world looks like at the moment of a decision.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    pub now_ms: i64,
    /// All articles of the order are on the shelf and not reserved for others.
    pub stock_available: bool,
    /// A newer order has the checkout key.
    pub newer_order: bool,
}

/// What an input led to. Where `changed` is false nothing is to be stored.
#[derive(Clone, Debug)]
pub struct Decision {
    pub outcome: Outcome,
    pub changed: bool,
    pub evidence: Evidence,
    pub before: View,
    pub after: View,
    pub stock: StockMove,
    pub ship: ShipCall,
    pub asks: Vec<Ask>,
}

/// Decides on one input.
#[must_use]
pub fn decide(
    terms: &Terms,
    evidence: &Evidence,
    input: &Input,
    circumstances: &Circumstances,
) -> Decision {
    let before = view(terms, evidence);
    let mut next = evidence.clone();
    let outcome = absorb(terms, &before, &mut next, input, circumstances);
    if next == *evidence && !starts_something(input, &outcome) {
        return unchanged(outcome, evidence, before);
    }
    let (stock, mut asks) = stock::settle(terms, &mut next, input, circumstances);
    if matches!(input, Input::Accepted { .. }) && !next.stock.is_held() {
        if next.stock != StockState::Awaiting {
            return unchanged(rejected(Rejection::NoStock), evidence, before);
        }
        if next.claimed() {
            // The host says later whether it could reserve; until then nothing is paid.
        } else {
            return unchanged(rejected(Rejection::AwaitingStock), evidence, before);
        }
    }
    let after = view(terms, &next);
    next.review_since_ms = match after.status {
        Status::NeedsReview => next.review_since_ms.or(Some(circumstances.now_ms)),
        Status::AwaitingPayment
        | Status::Paid
        | Status::Fulfilled
        | Status::Expired
        | Status::Cancelled
        | Status::Refunded => None,
    };
    if next == *evidence {
        return unchanged(outcome, evidence, before);
    }
    let ship = ship_call(terms, &before, &after);
    asks.extend(announcements(evidence, &next, &before, &after, input));
    Decision {
        outcome,
        changed: true,
        evidence: next,
        before,
        after,
        stock,
        ship,
        asks,
    }
}

/// Some inputs change nothing by themselves but may move the goods.
fn starts_something(input: &Input, outcome: &Outcome) -> bool {
    *outcome == Outcome::Applied && matches!(input, Input::ReviewAged | Input::Accepted { .. })
}

fn unchanged(outcome: Outcome, evidence: &Evidence, view: View) -> Decision {
    Decision {
        outcome,
        changed: false,
        evidence: evidence.clone(),
        before: view.clone(),
        after: view,
        stock: StockMove::None,
        ship: ShipCall::Leave,
        asks: Vec::new(),
    }
}

/// Adds one input to the evidence.
fn absorb(
    terms: &Terms,
    before: &View,
    evidence: &mut Evidence,
    input: &Input,
    circumstances: &Circumstances,
) -> Outcome {
    match input {
        Input::PaymentReported { attempt, facts } => {
            let mut known = evidence.attempts.get(attempt).cloned().unwrap_or_default();
            let outcome = absorb_report(terms, &mut known, facts, circumstances);
            if matches!(outcome, Outcome::Applied | Outcome::Conflicting { .. }) {
                evidence.attempts.insert(*attempt, known);
            }
            outcome
        }
        Input::AttemptRequested {
            attempt,
            deadline_at_ms,
        } => request(evidence, *attempt, *deadline_at_ms),
        Input::AttemptOpened { attempt, quote } => {
            let known = evidence.attempts.slot(*attempt);
            match &known.quote {
                None => {
                    known.quote = Some(quote.clone());
                    Outcome::Applied
                }
                Some(same) if same == quote => Outcome::AlreadyApplied,
                Some(_) => Outcome::Conflicting {
                    field: "quote".into(),
                },
            }
        }
        Input::Cancelled { by } => cancel(before, evidence, *by),
        Input::PaidElsewhere => set(&mut evidence.paid_elsewhere),
        Input::Accepted { reasons } => accept(before, evidence, reasons),
        Input::Closed => close(before, evidence),
        Input::RefundRecorded {
            id,
            amount,
            ends_order,
            waived,
        } => {
            let refund = RecordedRefund {
                amount: *amount,
                ends_order: *ends_order,
                waived: *waived,
                at_ms: circumstances.now_ms,
            };
            record_refund(before, evidence, id, refund)
        }
        Input::MarkedFulfilled => match before.line {
            Line::Paid => set(&mut evidence.fulfilled),
            Line::Fulfilled => Outcome::AlreadyApplied,
            Line::EndedByRefund if evidence.fulfilled => Outcome::AlreadyApplied,
            Line::EndedByRefund
            | Line::Closed
            | Line::NeedsAPerson
            | Line::Cancelled
            | Line::DeadlinePassed
            | Line::Open => rejected(Rejection::NotPaid),
        },
        Input::Shipped => set(&mut evidence.fulfilled),
        Input::DeadlinePassed => pass_deadline(before, evidence, circumstances),
        Input::StockAnswered {
            reservation_no,
            reserved,
        } => stock::answer(evidence, *reservation_no, *reserved),
        Input::ReviewAged => stock::review_aged(evidence, circumstances),
    }
}

/// Another payment is to be asked for; the deadline moves, never back.
fn request(evidence: &mut Evidence, attempt: u32, deadline_at_ms: i64) -> Outcome {
    let known = evidence.attempts.contains_key(&attempt);
    if known && deadline_at_ms <= evidence.deadline_at_ms {
        return Outcome::AlreadyApplied;
    }
    evidence.attempts.slot(attempt);
    evidence.deadline_at_ms = evidence.deadline_at_ms.max(deadline_at_ms);
    Outcome::Applied
}

/// Only an order that still waits for money expires, and not before its time.
fn pass_deadline(before: &View, evidence: &mut Evidence, circumstances: &Circumstances) -> Outcome {
    let due = circumstances.now_ms >= evidence.deadline_at_ms;
    if before.line == Line::DeadlinePassed {
        Outcome::AlreadyApplied
    } else if before.line == Line::Open && due {
        set(&mut evidence.deadline_passed)
    } else {
        Outcome::Stale
    }
}

fn ship_call(terms: &Terms, before: &View, after: &View) -> ShipCall {
    if terms.ship == Ship::Manual || before.line == after.line {
        return ShipCall::Leave;
    }
    match after.line {
        Line::Paid => ShipCall::Start,
        Line::NeedsAPerson => ShipCall::Hold,
        Line::EndedByRefund | Line::Fulfilled | Line::Closed => ShipCall::Void,
        Line::Cancelled | Line::DeadlinePassed | Line::Open => ShipCall::Leave,
    }
}

/// Who has to hear of the difference.
fn announcements(
    known: &Evidence,
    next: &Evidence,
    before: &View,
    after: &View,
    input: &Input,
) -> Vec<Ask> {
    let mut asks = Vec::new();
    let standing = |view: &View| (view.status, view.payment_status, view.attention.clone());
    if standing(before) != standing(after) {
        asks.push(Ask::OrderStatusChanged);
    }
    if after.line == Line::Paid && before.line != Line::Paid {
        asks.push(Ask::SendConfirmationEmail);
    }
    let attempt = match input {
        Input::PaymentReported { attempt, .. }
        | Input::AttemptRequested { attempt, .. }
        | Input::AttemptOpened { attempt, .. } => Some(*attempt),
        Input::Cancelled { .. }
        | Input::PaidElsewhere
        | Input::Accepted { .. }
        | Input::Closed
        | Input::RefundRecorded { .. }
        | Input::MarkedFulfilled
        | Input::Shipped
        | Input::DeadlinePassed
        | Input::StockAnswered { .. }
        | Input::ReviewAged => None,
    };
    let mut alert = |alert| asks.push(Ask::Alert { alert, attempt });
    for reason in after.attention.difference(&before.attention) {
        alert(Alert::Review { reason: *reason });
    }
    if let Some(due) = after.ledger.refund_due {
        let was = before
            .ledger
            .refund_due
            .map_or(Units::ZERO, |earlier| earlier.amount);
        if due.amount > was {
            alert(Alert::RefundDue {
                amount: due.amount,
                reason: due.reason,
            });
        }
    }
    let news = |pick: fn(&super::evidence::AttemptEvidence) -> bool| {
        let count =
            |evidence: &Evidence| evidence.attempts.values().filter(|one| pick(one)).count();
        count(next) > count(known)
    };
    if news(|one| one.forwarding_failed) {
        alert(Alert::ForwardingFailed);
    }
    if news(|one| one.failed) {
        alert(Alert::PaymentFailed);
    }
    asks
}
