//! What the evidence makes of an order: the first rule that holds, the reasons that need a
//! person, and the sums. Derived anew each time, never stepped.

use crate::sorted::SortedSet;

use serde::{Deserialize, Serialize};

use crate::money::Units;

use super::evidence::{AttemptEvidence, Evidence, StockState};
use super::ledger::{Ledger, enough, ledger};
use super::status::{Line, PaymentStatus, Reason, Status};
use super::terms::Terms;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    pub line: Line,
    pub status: Status,
    pub payment_status: PaymentStatus,
    /// Why a person should look at this order, also where the reasons have been accepted.
    pub attention: SortedSet<Reason>,
    pub ledger: Ledger,
}

/// Derives everything that follows from what is known.
#[must_use]
pub fn view(terms: &Terms, evidence: &Evidence) -> View {
    let attention = reasons(terms, evidence);
    let line = first_line_that_holds(terms, evidence, &attention);
    let ledger = ledger(terms, evidence, line, &outstanding(evidence, &attention));
    let ranks = evidence.attempts.values().map(payment_status);
    let payment_status = ranks.max().unwrap_or(PaymentStatus::Pending);
    View {
        line,
        status: line.status(),
        payment_status,
        attention,
        ledger,
    }
}

fn first_line_that_holds(
    terms: &Terms,
    evidence: &Evidence,
    attention: &SortedSet<Reason>,
) -> Line {
    let claimed = evidence.claimed();
    if ended_by_refund(terms, evidence) {
        Line::EndedByRefund
    } else if evidence.fulfilled {
        Line::Fulfilled
    } else if evidence.closed {
        Line::Closed
    } else if claimed && !outstanding(evidence, attention).is_empty() {
        Line::NeedsAPerson
    } else if (claimed || evidence.accepted.is_some()) && evidence.stock.is_held() {
        Line::Paid
    } else if evidence.cancelled.is_some() || evidence.paid_elsewhere {
        Line::Cancelled
    } else if evidence.deadline_passed {
        Line::DeadlinePassed
    } else {
        Line::Open
    }
}

/// The reasons that nobody has accepted, or that nobody can.
pub(super) fn outstanding(evidence: &Evidence, attention: &SortedSet<Reason>) -> SortedSet<Reason> {
    let accepted = |reason: &Reason| {
        reason.acceptable()
            && evidence
                .accepted
                .as_ref()
                .is_some_and(|set| set.contains(reason))
    };
    attention
        .iter()
        .copied()
        .filter(|reason| !accepted(reason))
        .collect()
}

/// A recorded refund says by itself whether it ends the order. One that the gateway reports ends
/// it when what is left of the other attempts does not pay for it.
fn ended_by_refund(terms: &Terms, evidence: &Evidence) -> bool {
    if evidence.refunds.values().any(|refund| refund.ends_order) {
        return true;
    }
    let any = evidence
        .attempts
        .values()
        .any(AttemptEvidence::fully_refunded);
    let kept: Units = evidence.attempts.values().map(AttemptEvidence::kept).sum();
    any && kept < enough(terms)
}

fn reasons(terms: &Terms, evidence: &Evidence) -> SortedSet<Reason> {
    let mut reasons = SortedSet::new();
    if !evidence.claimed() {
        return reasons;
    }
    let mut note = |reason, holds: bool| {
        if holds {
            reasons.insert(reason);
        }
    };
    let late_after_ms = evidence.deadline_at_ms.saturating_add(terms.late_window_ms);
    let too_late = |attempt: &AttemptEvidence| {
        attempt
            .first_claimed_at_ms
            .is_some_and(|at_ms| at_ms > late_after_ms)
    };
    let clean = |attempt: &AttemptEvidence| {
        let doubtful = !attempt.conflicts.is_empty() || attempt.newer_order || too_late(attempt);
        !doubtful
    };
    // What was given back pays for nothing, unless the goods are gone already.
    let over = evidence.fulfilled || evidence.closed;
    let pays = |attempt: &AttemptEvidence| {
        if over && attempt.partially_refunded() {
            attempt.credit()
        } else {
            attempt.kept()
        }
    };
    let claimed = || {
        evidence
            .attempts
            .values()
            .filter(|attempt| attempt.claimed())
    };
    let clean_credit: Units = claimed().filter(|attempt| clean(attempt)).map(pays).sum();
    if clean_credit < enough(terms) {
        note(
            Reason::Conflict,
            claimed().any(|attempt| !attempt.conflicts.is_empty()),
        );
        note(Reason::TooLate, claimed().any(too_late));
        note(
            Reason::NewerOrder,
            claimed().any(|attempt| attempt.newer_order),
        );
        note(Reason::Short, evidence.credited() < enough(terms));
        note(
            Reason::PartiallyRefunded,
            !over && claimed().any(AttemptEvidence::partially_refunded),
        );
    }
    note(Reason::Cancelled, evidence.cancelled.is_some());
    note(Reason::PaidElsewhere, evidence.paid_elsewhere);
    match evidence.stock {
        StockState::Off | StockState::Held | StockState::Sold => {}
        // Nobody waits for the goods of an order that is over.
        _ if evidence.closed || ended_by_refund(terms, evidence) => {}
        StockState::Released | StockState::Missing => note(Reason::NoStock, true),
        StockState::Awaiting => note(Reason::AwaitingStock, true),
    }
    reasons
}

fn payment_status(attempt: &AttemptEvidence) -> PaymentStatus {
    if attempt.refunded.is_some() {
        PaymentStatus::Refunded
    } else if attempt.forwarded {
        PaymentStatus::Forwarded
    } else if attempt.paid_asserted {
        PaymentStatus::Confirmed
    } else if attempt.failed {
        PaymentStatus::Failed
    } else if attempt.expired {
        PaymentStatus::Expired
    } else if attempt.seen || attempt.claimed() {
        PaymentStatus::Confirming
    } else {
        PaymentStatus::Pending
    }
}
