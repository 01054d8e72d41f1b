//! Cases in which the decision was wrong once.

use super::*;

#[test]
fn a_report_that_says_nothing_of_an_unknown_attempt_leaves_no_trace() {
    let story = Story::new().then(reported(7, PaymentFacts::default()));
    assert_eq!(*story.outcome(), Outcome::Stale);
    assert!(!story.last().changed);
    assert_eq!(story.evidence, Story::new().evidence);
}

#[test]
fn a_request_moves_the_deadline_although_the_payment_was_heard_of_first() {
    let asked = another_attempt(2, 2 * HOUR_MS);
    let heard_first = Story::new().then(asserted(2)).then(asked.clone());
    let asked_first = Story::new().then(asked).then(asserted(2));
    assert_eq!(heard_first.evidence.deadline_at_ms, 2 * HOUR_MS);
    assert_eq!(asked_first.evidence.deadline_at_ms, 2 * HOUR_MS);
}
