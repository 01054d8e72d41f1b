//! What people may ask of an order, and when it is refused. A refusal changes nothing.

#![deny(clippy::wildcard_enum_match_arm, clippy::arithmetic_side_effects)]

use crate::sorted::SortedSet;

use crate::money::Units;

use super::evidence::{CancelledBy, Evidence, RecordedRefund};
use super::input::{Outcome, Rejection};
use super::status::{Line, Reason, Status};
use super::view::{View, outstanding};

pub(super) fn rejected(reason: Rejection) -> Outcome {
    Outcome::Rejected { reason }
}

pub(super) fn set(flag: &mut bool) -> Outcome {
    if std::mem::replace(flag, true) {
        Outcome::AlreadyApplied
    } else {
        Outcome::Applied
    }
}

pub(super) fn cancel(before: &View, evidence: &mut Evidence, by: CancelledBy) -> Outcome {
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
pub(super) fn accept(
    before: &View,
    evidence: &mut Evidence,
    reasons: &SortedSet<Reason>,
) -> Outcome {
    match before.line {
        Line::EndedByRefund | Line::Fulfilled | Line::Closed => return rejected(Rejection::Ended),
        Line::NeedsAPerson | Line::Paid | Line::Cancelled | Line::DeadlinePassed | Line::Open => {}
    }
    let open: SortedSet<Reason> = outstanding(evidence, &before.attention)
        .into_iter()
        .filter(|one| one.acceptable())
        .collect();
    let named: SortedSet<Reason> = reasons
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

pub(super) fn close(before: &View, evidence: &mut Evidence) -> Outcome {
    match before.line {
        Line::NeedsAPerson | Line::Paid => set(&mut evidence.closed),
        Line::Closed => Outcome::AlreadyApplied,
        Line::EndedByRefund | Line::Fulfilled => rejected(Rejection::Ended),
        Line::Cancelled | Line::DeadlinePassed | Line::Open => rejected(Rejection::NoMoney),
    }
}

pub(super) fn record_refund(
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
