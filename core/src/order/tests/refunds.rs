//! What the gateway gives back, in part and in full.

use super::*;

/// So many hundredths of 1 ETH were given back by the gateway.
fn given_back(attempt: u32, hundredths: u128) -> Input {
    let units = Units(ONE_ETH.0 / 100 * hundredths);
    gateway_refund(attempt, GatewayRefund::Amount(units))
}

#[test]
fn what_was_given_back_in_part_does_not_pay_any_more() {
    let paid_first = Story::new().then(measured(1, 100)).then(given_back(1, 90));
    let refund_first = Story::new().then(given_back(1, 90)).then(measured(1, 100));
    for story in [paid_first, refund_first] {
        assert_eq!(story.line(), Line::NeedsAPerson);
        assert_eq!(story.attention(), [Reason::PartiallyRefunded]);
        let accepted = story.clone().then(accepted([Reason::PartiallyRefunded]));
        assert_eq!(accepted.line(), Line::Paid);
        assert_eq!(story.then(given_back(1, 100)).line(), Line::EndedByRefund);
    }
    let held = Story::new().then(measured(1, 100)).then(given_back(1, 90));
    assert_eq!(held.ship_calls(), [ShipCall::Start, ShipCall::Hold]);
    let needed = Alert::Review {
        reason: Reason::PartiallyRefunded,
    };
    assert_eq!(held.alerts(), [needed]);
}

#[test]
fn the_excess_may_go_back_and_the_order_stays_paid() {
    let over = Story::new().then(measured(1, 150));
    assert_eq!(over.refund_due(), Some((5_000, RefundReason::Overpaid)));
    let settled = over.then(given_back(1, 50));
    assert_eq!((settled.line(), settled.attention()), (Line::Paid, vec![]));
    assert_eq!(settled.refund_due(), None);
    let below = settled.then(given_back(1, 52));
    assert_eq!(below.attention(), [Reason::PartiallyRefunded]);
}

#[test]
fn a_part_given_back_after_shipping_needs_nobody() {
    let story = Story::new()
        .then(measured(1, 100))
        .then(Input::Shipped)
        .then(given_back(1, 30));
    assert_eq!((story.line(), story.attention()), (Line::Fulfilled, vec![]));
    assert_eq!(story.view().ledger.refunded, Units(3_000));
}

#[test]
fn what_is_left_of_all_attempts_pays_together() {
    let both = Story::new()
        .then(another_attempt(2, DEADLINE_MS))
        .then(opened(2, Units(10_000)))
        .then(measured(1, 60))
        .then(measured(2, 60));
    let left = both.clone().then(given_back(1, 20));
    assert_eq!((left.line(), left.attention()), (Line::Paid, vec![]));
    let less = both.clone().then(given_back(1, 22));
    assert_eq!(less.attention(), [Reason::PartiallyRefunded]);
    // The gateway gave back one whole attempt, and what is left of the other is too little.
    let ended = less.then(given_back(2, 60));
    assert_eq!(ended.line(), Line::EndedByRefund);
}
