//! When to look at a payment again. Looking is how money is found whose webhook never came.

use crate::order::{AttemptEvidence, Status};
use crate::store::{AttemptRecord, AttemptState};

pub(crate) const MINUTE_MS: i64 = 60_000;
pub(crate) const HOUR_MS: i64 = 60 * MINUTE_MS;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;

/// While the order is open: minutes between looks, the last one repeated.
const OPEN_MINUTES: [i64; 5] = [1, 1, 2, 5, 10];
/// After it ended: how long after the deadline. The second one is taken while late money still
/// pays the order by itself, which it does for a day.
const LATE_MS: [i64; 4] = [HOUR_MS, 23 * HOUR_MS, 7 * DAY_MS, 30 * DAY_MS];

/// Ranks in the order in which looks are taken.
pub(crate) const RANK_OPEN: u32 = 1;
pub(crate) const RANK_LATE: u32 = 2;

/// Sets rank and time of the next look, where the present ones do not fit any more.
pub(crate) fn plan_look(
    attempt: &mut AttemptRecord,
    known: Option<&AttemptEvidence>,
    status: Status,
    deadline_ms: i64,
    now_ms: i64,
) {
    let next = next_look(attempt, known, status, deadline_ms, now_ms);
    let (rank, at_ms) = next.map_or((0, None), |(rank, at_ms)| (rank, Some(at_ms)));
    let planned = attempt
        .next_look_at_ms
        .filter(|_| attempt.look_rank == rank);
    // A look that is planned and comes sooner stays.
    attempt.next_look_at_ms = match (planned, at_ms) {
        (Some(planned_ms), Some(at_ms)) => Some(planned_ms.min(at_ms)),
        (_, other) => other,
    };
    attempt.look_rank = rank;
}

/// The rank and time of the look after this one; `None` when there is nothing left to learn.
pub(crate) fn next_look(
    attempt: &AttemptRecord,
    known: Option<&AttemptEvidence>,
    status: Status,
    deadline_ms: i64,
    now_ms: i64,
) -> Option<(u32, i64)> {
    let open = match status {
        Status::AwaitingPayment | Status::NeedsReview => now_ms < deadline_ms,
        Status::Paid
        | Status::Fulfilled
        | Status::Expired
        | Status::Cancelled
        | Status::Refunded => false,
    };
    match attempt.state {
        AttemptState::Refused => return None,
        // The call is repeated while the order is open; after that nobody can pay it.
        AttemptState::Creating => {
            return (status == Status::AwaitingPayment)
                .then_some((RANK_OPEN, now_ms.saturating_add(MINUTE_MS)));
        }
        AttemptState::Open | AttemptState::Superseded => {}
    }
    let claimed = known.is_some_and(AttemptEvidence::claimed);
    if known.is_some_and(|known| known.forwarded || known.refunded.is_some()) {
        return None;
    }
    if open {
        let seen = known.is_some_and(|known| known.seen);
        let step = usize::try_from(attempt.looks).unwrap_or(usize::MAX);
        let minutes = if seen {
            1
        } else {
            *OPEN_MINUTES.get(step).unwrap_or(&10)
        };
        return Some((
            RANK_OPEN,
            now_ms.saturating_add(minutes.saturating_mul(MINUTE_MS)),
        ));
    }
    // What is paid has only its payout left to tell, which is not worth a month.
    let marks = if claimed {
        LATE_MS.get(..2)
    } else {
        Some(LATE_MS.as_slice())
    };
    let times = marks
        .unwrap_or_default()
        .iter()
        .map(|after| deadline_ms.saturating_add(*after));
    // Where nobody worked for so long that all of them have passed, one is still to be taken.
    let last_ms = times.clone().max()?;
    let looked = attempt.looked_at_ms.is_some_and(|at_ms| at_ms >= last_ms);
    let overdue = (!looked).then_some(now_ms);
    times
        .filter(|at_ms| *at_ms > now_ms)
        .min()
        .or(overdue)
        .map(|at_ms| (RANK_LATE, at_ms))
}
