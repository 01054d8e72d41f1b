//! The decision: one thing learnt or asked, added to what is known, and everything that follows.
//! Knows no clock, no database and no gateway.

#![deny(clippy::wildcard_enum_match_arm, clippy::arithmetic_side_effects)]

use std::collections::BTreeSet;

use super::absorb::absorb_report;
use super::effect::{Alert, Ask, ShipCall, StockMove};
use super::evidence::{CancelledBy, Evidence, RecordedRefund, StockState};
use super::input::{Input, Outcome, Rejection};
use super::status::{Line, Reason, Status};
use super::terms::{Ship, StockMode, Terms};
use super::view::{View, outstanding, view};
use crate::money::Units;

/// How long goods stay aside for an order that needs a person.
pub(super) const REVIEW_HOLDS_STOCK_MS: i64 = 24 * 60 * 60 * 1000;

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
    let (stock, mut asks) = settle_stock(terms, &mut next, input, circumstances);
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

fn rejected(reason: Rejection) -> Outcome {
    Outcome::Rejected { reason }
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
            let known = evidence.attempts.entry(*attempt).or_default();
            absorb_report(terms, known, facts, circumstances)
        }
        Input::AttemptRequested {
            attempt,
            deadline_at_ms,
        } => {
            if evidence.attempts.contains_key(attempt) {
                return Outcome::AlreadyApplied;
            }
            evidence.attempts.entry(*attempt).or_default();
            evidence.deadline_at_ms = evidence.deadline_at_ms.max(*deadline_at_ms);
            Outcome::Applied
        }
        Input::AttemptOpened { attempt, quote } => {
            let known = evidence.attempts.entry(*attempt).or_default();
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
        Input::DeadlinePassed => {
            let due = circumstances.now_ms >= evidence.deadline_at_ms;
            if before.line == Line::DeadlinePassed {
                Outcome::AlreadyApplied
            } else if before.line == Line::Open && due {
                set(&mut evidence.deadline_passed)
            } else {
                Outcome::Stale
            }
        }
        Input::StockAnswered {
            reservation_no,
            reserved,
        } => {
            if *reservation_no != evidence.reservation_no || evidence.stock != StockState::Awaiting
            {
                return Outcome::Stale;
            }
            evidence.stock = if *reserved {
                StockState::Held
            } else {
                StockState::Missing
            };
            Outcome::Applied
        }
        Input::ReviewAged => {
            let aged = evidence.review_since_ms.is_some_and(|since_ms| {
                since_ms.saturating_add(REVIEW_HOLDS_STOCK_MS) <= circumstances.now_ms
            });
            if aged && evidence.stock == StockState::Held {
                Outcome::Applied
            } else {
                Outcome::Stale
            }
        }
    }
}

fn set(flag: &mut bool) -> Outcome {
    if std::mem::replace(flag, true) {
        Outcome::AlreadyApplied
    } else {
        Outcome::Applied
    }
}

fn cancel(before: &View, evidence: &mut Evidence, by: CancelledBy) -> Outcome {
    if evidence.cancelled.is_some() {
        return Outcome::AlreadyApplied;
    }
    let taken = evidence.claimed() || evidence.accepted.is_some();
    match before.line {
        Line::Open => {}
        // The shop may still say that it does not want to sell; money then waits for a person.
        Line::NeedsAPerson | Line::Paid if by == CancelledBy::Shop && evidence.claimed() => {}
        Line::NeedsAPerson | Line::Paid => return rejected(Rejection::MoneyClaimed),
        Line::Cancelled => return rejected(Rejection::AlreadyCancelled),
        Line::EndedByRefund | Line::Fulfilled | Line::Closed | Line::DeadlinePassed => {
            return rejected(if taken {
                Rejection::MoneyClaimed
            } else {
                Rejection::Ended
            });
        }
    }
    evidence.cancelled = Some(by);
    Outcome::Applied
}

/// A person names the reasons in spite of which the order counts as paid. They have to be those
/// that hold now, or the person was looking at an older page.
fn accept(before: &View, evidence: &mut Evidence, reasons: &BTreeSet<Reason>) -> Outcome {
    match before.line {
        Line::EndedByRefund | Line::Fulfilled | Line::Closed => return rejected(Rejection::Ended),
        Line::NeedsAPerson | Line::Paid | Line::Cancelled | Line::DeadlinePassed | Line::Open => {}
    }
    let open: BTreeSet<Reason> = outstanding(evidence, &before.attention)
        .into_iter()
        .filter(|one| one.acceptable())
        .collect();
    let named: BTreeSet<Reason> = reasons
        .iter()
        .copied()
        .filter(|one| one.acceptable())
        .collect();
    if !named.is_superset(&open) || !named.is_subset(&before.attention) {
        return rejected(Rejection::ReasonsChanged);
    }
    if before.attention.contains(&Reason::AwaitingStock) {
        return rejected(Rejection::AwaitingStock);
    }
    let nothing_new = open.is_empty() && before.line == Line::Paid;
    if nothing_new {
        return Outcome::AlreadyApplied;
    }
    evidence.accepted.get_or_insert_default().extend(named);
    Outcome::Applied
}

fn close(before: &View, evidence: &mut Evidence) -> Outcome {
    match before.line {
        Line::NeedsAPerson | Line::Paid => set(&mut evidence.closed),
        Line::Closed => Outcome::AlreadyApplied,
        Line::EndedByRefund | Line::Fulfilled => rejected(Rejection::Ended),
        Line::Cancelled | Line::DeadlinePassed | Line::Open => rejected(Rejection::NoMoney),
    }
}

fn record_refund(
    before: &View,
    evidence: &mut Evidence,
    id: &str,
    refund: RecordedRefund,
) -> Outcome {
    if let Some(known) = evidence.refunds.get(id) {
        let same = known.amount == refund.amount && known.waived == refund.waived;
        return if same {
            Outcome::AlreadyApplied
        } else {
            Outcome::Conflicting {
                field: "amount".into(),
            }
        };
    }
    let credited = before.ledger.credited;
    if credited.is_zero() {
        return rejected(Rejection::NoMoney);
    }
    let sum = |waived: bool| -> Units {
        evidence
            .refunds
            .values()
            .filter(|one| one.waived == waived)
            .map(|one| one.amount)
            .sum()
    };
    let sent = sum(false).saturating_add(if refund.waived {
        Units::ZERO
    } else {
        refund.amount
    });
    let all = sum(true)
        .saturating_add(sum(false))
        .saturating_add(refund.amount);
    if all > credited {
        return rejected(Rejection::MoreThanCredited);
    }
    let ends_order = match before.status {
        Status::Paid | Status::Fulfilled => refund.ends_order || sent >= credited,
        Status::AwaitingPayment
        | Status::NeedsReview
        | Status::Expired
        | Status::Cancelled
        | Status::Refunded => true,
    };
    let ends_order = ends_order && !refund.waived;
    evidence.refunds.insert(
        id.to_owned(),
        RecordedRefund {
            ends_order,
            ..refund
        },
    );
    Outcome::Applied
}

/// Sets goods aside, gives them back or lets them go, as the status asks.
fn settle_stock(
    terms: &Terms,
    evidence: &mut Evidence,
    input: &Input,
    circumstances: &Circumstances,
) -> (StockMove, Vec<Ask>) {
    let mut if_held = evidence.clone();
    if !if_held.stock.is_held() {
        if_held.stock = StockState::Held;
    }
    let line = view(terms, &if_held).line;
    match evidence.stock {
        StockState::Off | StockState::Sold => (StockMove::None, Vec::new()),
        StockState::Held => match line {
            Line::Fulfilled => leave(terms, evidence, StockState::Sold, StockMove::Sell),
            Line::EndedByRefund | Line::Closed | Line::Cancelled | Line::DeadlinePassed => {
                // Goods that were handed over do not come back by a refund.
                if evidence.fulfilled {
                    leave(terms, evidence, StockState::Sold, StockMove::Sell)
                } else {
                    leave(terms, evidence, StockState::Released, StockMove::Release)
                }
            }
            Line::NeedsAPerson if matches!(input, Input::ReviewAged) => {
                leave(terms, evidence, StockState::Released, StockMove::Release)
            }
            Line::NeedsAPerson | Line::Paid | Line::Open => (StockMove::None, Vec::new()),
        },
        StockState::Awaiting => match line {
            Line::Fulfilled => {
                evidence.stock = StockState::Sold;
                (StockMove::None, Vec::new())
            }
            Line::EndedByRefund | Line::Closed | Line::Cancelled | Line::DeadlinePassed => {
                // The release follows the reservation in the same lane, whatever its answer.
                leave(terms, evidence, StockState::Released, StockMove::None)
            }
            Line::NeedsAPerson | Line::Paid | Line::Open => (StockMove::None, Vec::new()),
        },
        StockState::Released | StockState::Missing => {
            let wanted = match line {
                Line::Paid | Line::Open => true,
                Line::NeedsAPerson => {
                    !matches!(input, Input::ReviewAged) && young(evidence, circumstances)
                }
                Line::Fulfilled => return take(terms, evidence, circumstances),
                Line::EndedByRefund | Line::Closed | Line::Cancelled | Line::DeadlinePassed => {
                    false
                }
            };
            if wanted && !matches!(input, Input::StockAnswered { .. }) {
                reserve_again(terms, evidence, circumstances)
            } else {
                (StockMove::None, Vec::new())
            }
        }
    }
}

fn young(evidence: &Evidence, circumstances: &Circumstances) -> bool {
    evidence.review_since_ms.is_none_or(|since_ms| {
        since_ms.saturating_add(REVIEW_HOLDS_STOCK_MS) > circumstances.now_ms
    })
}

/// Moves held goods on: in our tables, or by asking the host.
fn leave(
    terms: &Terms,
    evidence: &mut Evidence,
    state: StockState,
    step: StockMove,
) -> (StockMove, Vec<Ask>) {
    evidence.stock = state;
    match terms.stock {
        StockMode::Managed => (step, Vec::new()),
        StockMode::Off => (StockMove::None, Vec::new()),
        StockMode::Host => {
            let release = Ask::ReleaseStock {
                reservation_no: evidence.reservation_no,
            };
            let asks = if state == StockState::Released {
                vec![release]
            } else {
                Vec::new()
            };
            (StockMove::None, asks)
        }
    }
}

fn reserve_again(
    terms: &Terms,
    evidence: &mut Evidence,
    circumstances: &Circumstances,
) -> (StockMove, Vec<Ask>) {
    match terms.stock {
        StockMode::Off => (StockMove::None, Vec::new()),
        StockMode::Managed if circumstances.stock_available => {
            evidence.reservation_no = evidence.reservation_no.saturating_add(1);
            evidence.stock = StockState::Held;
            (StockMove::Reserve, Vec::new())
        }
        StockMode::Managed => {
            evidence.stock = StockState::Missing;
            (StockMove::None, Vec::new())
        }
        StockMode::Host => {
            evidence.reservation_no = evidence.reservation_no.saturating_add(1);
            evidence.stock = StockState::Awaiting;
            let reservation_no = evidence.reservation_no;
            (StockMove::None, vec![Ask::ReserveStock { reservation_no }])
        }
    }
}

/// The goods went out although they were not reserved any more: the shelf has to follow.
fn take(
    terms: &Terms,
    evidence: &mut Evidence,
    circumstances: &Circumstances,
) -> (StockMove, Vec<Ask>) {
    evidence.stock = StockState::Sold;
    match terms.stock {
        StockMode::Managed if circumstances.stock_available => (StockMove::Take, Vec::new()),
        StockMode::Managed | StockMode::Host => (
            StockMove::None,
            vec![Ask::Alert {
                alert: Alert::Oversold,
                attempt: None,
            }],
        ),
        StockMode::Off => (StockMove::None, Vec::new()),
    }
}

fn ship_call(terms: &Terms, before: &View, after: &View) -> ShipCall {
    if terms.ship == Ship::Manual || before.line == after.line {
        return ShipCall::Leave;
    }
    match after.line {
        Line::Paid => ShipCall::Start,
        Line::NeedsAPerson => ShipCall::Hold,
        Line::EndedByRefund | Line::Closed => ShipCall::Void,
        Line::Fulfilled | Line::Cancelled | Line::DeadlinePassed | Line::Open => ShipCall::Leave,
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
