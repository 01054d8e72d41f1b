//! Cases in which the decision was wrong once.

use super::*;

#[test]
fn a_report_that_says_nothing_of_an_unknown_attempt_leaves_no_trace() {
    let story = Story::new().then(reported(7, PaymentFacts::default()));
    assert_eq!(*story.outcome(), Outcome::Stale);
    assert!(!story.last().changed);
    assert_eq!(story.evidence, Story::new().evidence);
}
