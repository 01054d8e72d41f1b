//! When a request is worth repeating within the time of one call, and how long to wait first.
//! The only place that decides it: no driver repeats anything.

use super::answer::{ApiError, Finality};

const BASE_WAIT_MS: u64 = 250;
const MAX_WAIT_MS: u64 = 4000;

/// What to do after a failed request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Wait, then send the same request again.
    Again { wait_ms: u64 },
    /// Give up for now. `retry_after_ms` says when a later call may do better, if any may.
    Stop { retry_after_ms: Option<u64> },
}

/// Decides after the `attempt`th request (the first is 1) failed with `error`, `elapsed_ms` after
/// the call began. `safe_to_repeat` says that a second request does no harm even if the first was
/// served: it only reads, or carries the same idempotency key. `jitter` is any random number.
///
/// The wait is random below a limit that doubles from 250 ms to 4 s, but never shorter than the
/// gateway asked for; what does not fit into `budget_ms` is left to a later call.
#[must_use]
pub fn retry(
    attempt: u32,
    error: &ApiError,
    safe_to_repeat: bool,
    elapsed_ms: u64,
    budget_ms: u64,
    jitter: u64,
) -> Retry {
    let asked_ms = error.error.retry_after_ms;
    match error.outcome {
        Finality::Final => {
            return Retry::Stop {
                retry_after_ms: None,
            };
        }
        Finality::Unknown if !safe_to_repeat => {
            return Retry::Stop {
                retry_after_ms: asked_ms,
            };
        }
        Finality::Unknown | Finality::Retryable => {}
    }
    let limit_ms = limit_ms(attempt);
    let wait_ms = jitter
        .checked_rem(limit_ms.saturating_add(1))
        .unwrap_or(limit_ms);
    let wait_ms = wait_ms.max(asked_ms.unwrap_or(0));
    if elapsed_ms.saturating_add(wait_ms) >= budget_ms {
        let retry_after_ms = Some(limit_ms.max(asked_ms.unwrap_or(0)));
        return Retry::Stop { retry_after_ms };
    }
    Retry::Again { wait_ms }
}

fn limit_ms(attempt: u32) -> u64 {
    let doublings = attempt.saturating_sub(1);
    let factor = 1_u64.checked_shl(doublings).unwrap_or(u64::MAX);
    BASE_WAIT_MS.saturating_mul(factor).min(MAX_WAIT_MS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Error, ErrorCode};

    fn failure(outcome: Finality, retry_after_ms: Option<u64>) -> ApiError {
        let mut error = Error::from(ErrorCode::GatewayUnavailable);
        error.retry_after_ms = retry_after_ms;
        ApiError {
            status: 500,
            error,
            gateway_code: None,
            outcome,
        }
    }

    fn longest_wait_ms(attempt: u32) -> u64 {
        let error = failure(Finality::Retryable, None);
        let waits =
            (0..=MAX_WAIT_MS).map(
                |jitter| match retry(attempt, &error, true, 0, 10_000, jitter) {
                    Retry::Again { wait_ms } => wait_ms,
                    Retry::Stop { .. } => panic!("there was time left"),
                },
            );
        waits.max().unwrap()
    }

    #[test]
    fn the_limit_of_the_wait_doubles_up_to_four_seconds() {
        let waits = [1, 2, 3, 4, 5, 6, 64, 65, u32::MAX].map(longest_wait_ms);
        assert_eq!(waits, [250, 500, 1000, 2000, 4000, 4000, 4000, 4000, 4000]);
    }

    #[test]
    fn what_is_final_is_never_repeated() {
        let error = failure(Finality::Final, Some(10));
        let stop = Retry::Stop {
            retry_after_ms: None,
        };
        assert_eq!(retry(1, &error, true, 0, 10_000, 0), stop);
    }

    #[test]
    fn what_may_have_been_done_is_repeated_only_if_that_is_safe() {
        let error = failure(Finality::Unknown, None);
        let stop = Retry::Stop {
            retry_after_ms: None,
        };
        assert_eq!(retry(1, &error, false, 0, 10_000, 7), stop);
        assert_eq!(
            retry(1, &error, true, 0, 10_000, 7),
            Retry::Again { wait_ms: 7 }
        );
    }

    #[test]
    fn what_was_surely_not_done_is_repeated_without_a_key_too() {
        let error = failure(Finality::Retryable, None);
        assert_eq!(
            retry(1, &error, false, 0, 10_000, 7),
            Retry::Again { wait_ms: 7 }
        );
    }

    #[test]
    fn the_gateway_s_wish_is_kept_and_handed_on_when_it_does_not_fit() {
        let error = failure(Finality::Retryable, Some(3000));
        assert_eq!(
            retry(1, &error, true, 0, 10_000, 7),
            Retry::Again { wait_ms: 3000 }
        );
        let stop = Retry::Stop {
            retry_after_ms: Some(3000),
        };
        assert_eq!(retry(1, &error, true, 7000, 10_000, 7), stop);
    }

    proptest! {
        #[test]
        fn no_wait_ends_past_the_budget_or_before_the_gateway_s_wish(
            attempt in any::<u32>(),
            asked_ms in prop::option::of(any::<u64>()),
            elapsed_ms in any::<u64>(),
            budget_ms in any::<u64>(),
            jitter in any::<u64>(),
        ) {
            let error = failure(Finality::Retryable, asked_ms);
            if let Retry::Again { wait_ms } =
                retry(attempt, &error, true, elapsed_ms, budget_ms, jitter)
            {
                prop_assert!(elapsed_ms.checked_add(wait_ms).unwrap() < budget_ms);
                prop_assert!(wait_ms >= asked_ms.unwrap_or(0));
            }
        }
    }
}
