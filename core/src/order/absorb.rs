//! How a report about a payment is added to what is known of its attempt. Every field only
//! grows, so that any order of the same reports ends in the same evidence.

use crate::money::Units;

use super::decide::Circumstances;
use super::evidence::{AttemptEvidence, GatewayRefund};
use super::input::{Outcome, PaymentFacts};
use super::terms::Terms;

/// Adds `facts` to `known` and says what became of them.
pub(super) fn absorb_report(
    terms: &Terms,
    known: &mut AttemptEvidence,
    facts: &PaymentFacts,
    circumstances: &Circumstances,
) -> Outcome {
    let before = known.clone();
    let claims = facts.claims_money();
    known.seen |= facts.seen || claims;
    known.paid_asserted |= facts.paid_asserted || facts.forwarded || facts.refunded.is_some();
    known.received = known.received.max(facts.received);
    known.forwarded |= facts.forwarded;
    known.forwarding_failed |= facts.forwarding_failed;
    known.expired |= facts.expired;
    known.failed |= facts.failed;
    known.refunded = larger_refund(known.refunded, facts.refunded);
    known.transactions.extend(facts.transaction.clone());
    known.payouts.extend(facts.payout.clone());
    if claims {
        known.conflicts.extend(facts.conflicts.iter().cloned());
        if !before.claimed() {
            known.newer_order = circumstances.newer_order;
        }
        // A payment cannot be older than its order, whatever the clocks say.
        let said_ms = facts
            .confirmed_at_ms
            .unwrap_or(circumstances.now_ms)
            .max(terms.opened_at_ms);
        let heard_ms = said_ms.min(circumstances.now_ms);
        known.first_claimed_at_ms = Some(
            known
                .first_claimed_at_ms
                .map_or(heard_ms, |earlier_ms| earlier_ms.min(heard_ms)),
        );
    }
    outcome(&before, known, facts)
}

fn outcome(before: &AttemptEvidence, after: &AttemptEvidence, facts: &PaymentFacts) -> Outcome {
    if before != after {
        // Only a report that claims money can contradict: nothing else moves the order.
        return match facts.conflicts.first().filter(|_| facts.claims_money()) {
            Some(field) => Outcome::Conflicting {
                field: field.clone(),
            },
            None => Outcome::Applied,
        };
    }
    let repeats_the_most = facts.claims_money()
        || (facts.failed && !before.paid_asserted)
        || (facts.expired && !before.paid_asserted)
        || (facts.seen && !before.paid_asserted && !before.expired);
    if repeats_the_most {
        Outcome::AlreadyApplied
    } else {
        Outcome::Stale
    }
}

fn larger_refund(
    known: Option<GatewayRefund>,
    said: Option<GatewayRefund>,
) -> Option<GatewayRefund> {
    match (known, said) {
        (None, other) | (other, None) => other,
        (Some(GatewayRefund::All), Some(_)) | (Some(_), Some(GatewayRefund::All)) => {
            Some(GatewayRefund::All)
        }
        (Some(GatewayRefund::Amount(Units(a))), Some(GatewayRefund::Amount(Units(b)))) => {
            Some(GatewayRefund::Amount(Units(a.max(b))))
        }
    }
}
