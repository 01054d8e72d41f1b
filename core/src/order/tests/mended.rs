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

#[test]
fn goods_shipped_after_the_refund_leave_the_shelf_as_if_shipped_before() {
    let paid = Story::new().then(measured(1, 100));
    let ends = refund("all", 10_000);
    let after = paid.clone().then(ends.clone()).then(Input::Shipped);
    let before = paid.clone().then(Input::Shipped).then(ends.clone());
    assert_eq!(after.line(), Line::EndedByRefund);
    assert_eq!(after.evidence.stock, StockState::Sold);
    assert_eq!(after.last().stock, StockMove::Take);
    assert_eq!(before.evidence.stock, StockState::Sold);
    let contested = paid.then(ends).shelf(false).then(Input::Shipped);
    assert_eq!(contested.evidence.stock, StockState::Sold);
    assert_eq!(contested.alerts(), [Alert::Oversold]);
}

#[test]
fn goods_shipped_after_a_refund_while_the_host_was_asked_are_sold() {
    let story = Story::with_stock(StockMode::Host)
        .then(cancelled(CancelledBy::Shop))
        .then(measured(1, 100));
    assert_eq!(story.evidence.stock, StockState::Awaiting);
    let story = story.then(refund("all", 10_000)).then(Input::Shipped);
    assert_eq!(story.evidence.stock, StockState::Sold);
}

#[test]
fn an_order_that_has_ended_does_not_miss_its_goods() {
    let paid = Story::new().then(measured(1, 100));
    for end in [Input::Closed, refund("all", 10_000)] {
        let story = paid.clone().then(end);
        assert_eq!(story.evidence.stock, StockState::Released);
        assert_eq!(story.attention(), []);
        let review = |alert: &Alert| matches!(alert, Alert::Review { .. });
        assert!(!story.alerts().iter().any(review), "{:?}", story.alerts());
    }
}

#[test]
fn an_accepted_reason_sends_no_money_back_when_another_comes_up() {
    let story = Story::new()
        .at(DEADLINE_MS)
        .then(Input::DeadlinePassed)
        .at(DEADLINE_MS + 2 * DAY_MS)
        .then(measured(1, 60))
        .then(accepted([Reason::TooLate, Reason::Short]));
    assert_eq!(story.line(), Line::Paid);
    let story = story.then(conflicting(1));
    assert_eq!(story.line(), Line::NeedsAPerson);
    assert_eq!(story.refund_due(), None);
}

#[test]
fn what_a_person_handed_over_is_not_shipped_once_more() {
    let story = Story::new()
        .then(measured(1, 100))
        .then(Input::MarkedFulfilled);
    assert_eq!(story.ship_calls(), [ShipCall::Start, ShipCall::Void]);
}

#[test]
fn money_that_the_gateway_gave_back_does_not_vouch_for_a_doubtful_payment() {
    let story = Story::new()
        .then(another_attempt(2, DEADLINE_MS))
        .then(opened(2, Units(10_000)))
        .then(conflicting(2))
        .then(gateway_refund(1, GatewayRefund::All));
    assert_eq!(story.line(), Line::NeedsAPerson);
    assert_eq!(story.attention(), [Reason::Conflict]);
    assert!(!story.ship_calls().contains(&ShipCall::Start));
}

#[test]
fn goods_taken_after_a_release_end_a_reservation_of_their_own() {
    let story = Story::new()
        .then(measured(1, 100))
        .then(Input::Closed)
        .then(Input::Shipped);
    assert_eq!(story.stock_moves(), [StockMove::Release, StockMove::Take]);
    assert_eq!(story.evidence.reservation_no, 2);
}

#[test]
fn a_new_attempt_sets_the_goods_aside_again_for_another_day() {
    let released = Story::new()
        .then(measured(1, 50))
        .at(HOUR_MS / 2 + DAY_MS)
        .then(Input::ReviewAged);
    assert_eq!(released.evidence.stock, StockState::Released);
    let back_ms = 2 * DAY_MS;
    let story = released.at(back_ms).then(another_attempt(2, back_ms));
    assert_eq!(story.evidence.stock, StockState::Held);
    assert_eq!(story.last().stock, StockMove::Reserve);
    let story = story.then(Input::ReviewAged);
    assert_eq!(*story.outcome(), Outcome::Stale);
    let story = story.at(back_ms + DAY_MS).then(Input::ReviewAged);
    assert_eq!(story.evidence.stock, StockState::Released);
}

#[test]
fn a_refund_too_large_to_count_is_as_large_as_a_credit_too_large_to_count() {
    let most = Units(u128::MAX);
    let everything = PaymentFacts {
        received: Some(most),
        refunded: Some(GatewayRefund::Amount(most)),
        ..PaymentFacts::default()
    };
    let story = Story::new()
        .then(another_attempt(2, DEADLINE_MS))
        .then(opened(2, Units(ONE_ETH.0 * 2)))
        .then(reported(2, everything));
    assert_eq!(story.line(), Line::EndedByRefund);
    assert_eq!(story.refund_due(), None);
}
