//! What the host has to do: ship, mail, be told, be alerted.

use super::*;

fn mails(story: &Story) -> usize {
    let asks = story.decisions.iter().flat_map(|one| &one.asks);
    asks.filter(|ask| **ask == Ask::SendConfirmationEmail)
        .count()
}

fn told(story: &Story) -> bool {
    story.last().asks.contains(&Ask::OrderStatusChanged)
}

#[test]
fn payment_starts_shipping_and_mails_once() {
    let story = Story::new().then(measured(1, 100));
    assert_eq!(story.last().ship, ShipCall::Start);
    assert_eq!(mails(&story), 1);
    let facts = PaymentFacts {
        forwarded: true,
        payout: Some("0xpayout".into()),
        ..PaymentFacts::default()
    };
    let story = story
        .then(measured(1, 100))
        .then(measured(1, 150))
        .then(reported(1, facts))
        .then(Input::Shipped);
    assert_eq!(mails(&story), 1);
    assert_eq!(story.ship_calls(), [ShipCall::Start, ShipCall::Void]);
}

#[test]
fn a_review_holds_shipping_until_a_person_has_accepted() {
    let story = Story::new()
        .then(measured(1, 100))
        .then(Input::PaidElsewhere)
        .then(accepted([Reason::PaidElsewhere]));
    let calls = [ShipCall::Start, ShipCall::Hold, ShipCall::Start];
    assert_eq!(story.ship_calls(), calls);
}

#[test]
fn the_end_of_an_order_voids_shipping() {
    for end in [
        Input::Closed,
        refund("a", 10_000),
        gateway_refund(1, GatewayRefund::All),
    ] {
        let story = Story::new().then(measured(1, 100)).then(end);
        assert_eq!(story.ship_calls(), [ShipCall::Start, ShipCall::Void]);
    }
}

#[test]
fn goods_that_a_person_ships_are_never_shipped_by_effect() {
    let story = Story::manual()
        .then(measured(1, 50))
        .then(accepted([Reason::Short]))
        .then(Input::MarkedFulfilled)
        .then(refund("a", 5_000));
    assert_eq!(story.line(), Line::EndedByRefund);
    assert_eq!(story.ship_calls(), []);
    assert_eq!(mails(&story), 1);
}

#[test]
fn the_host_is_told_of_every_change_it_can_see_and_of_no_other() {
    let seen = |transaction: &str| {
        let facts = PaymentFacts {
            seen: true,
            transaction: Some(transaction.into()),
            ..PaymentFacts::default()
        };
        reported(1, facts)
    };
    let story = Story::new().then(seen("0x1"));
    assert!(told(&story), "pending became confirming");
    let story = story.then(seen("0x2"));
    assert!(story.last().changed && !told(&story));
    let story = story.then(measured(1, 50));
    assert!(told(&story), "it needs a person");
    let story = story.then(Input::PaidElsewhere);
    assert!(told(&story), "there is another reason");
}

#[test]
fn operations_hear_of_each_reason_once() {
    let review = |reason| Alert::Review { reason };
    let story = Story::new().then(measured(1, 40));
    assert_eq!(story.alerts(), [review(Reason::Short)]);
    let story = story.then(measured(1, 50));
    assert_eq!(story.alerts(), []);
    let story = story.then(conflicting(1));
    assert_eq!(story.alerts(), [review(Reason::Conflict)]);
}

#[test]
fn operations_hear_when_the_money_to_give_back_grows() {
    let due = |amount, reason| Alert::RefundDue {
        amount: Units(amount),
        reason,
    };
    let story = Story::new().then(measured(1, 150));
    assert_eq!(story.alerts(), [due(5_000, RefundReason::Overpaid)]);
    let story = story.then(measured(1, 160));
    assert_eq!(story.alerts(), [due(6_000, RefundReason::Overpaid)]);
    let story = story.then(refund("a", 2_000));
    assert_eq!(story.alerts(), []);
    assert_eq!(story.refund_due(), Some((4_000, RefundReason::Overpaid)));
    let story = story.then(Input::Closed);
    assert_eq!(story.alerts(), [due(14_000, RefundReason::Closed)]);
}

#[test]
fn operations_hear_once_that_forwarding_or_a_payment_failed() {
    let failing = |forwarding_failed| {
        let facts = PaymentFacts {
            paid_asserted: forwarding_failed,
            forwarding_failed,
            failed: !forwarding_failed,
            ..PaymentFacts::default()
        };
        reported(1, facts)
    };
    let story = Story::new().then(failing(false));
    assert_eq!(story.alerts(), [Alert::PaymentFailed]);
    assert_eq!(story.line(), Line::Open);
    let story = story.then(failing(true));
    assert_eq!(story.alerts(), [Alert::ForwardingFailed]);
    assert_eq!(story.line(), Line::Paid);
    let story = story.then(failing(true)).then(failing(false));
    assert_eq!(story.alerts(), []);
}

#[test]
fn an_alert_names_the_attempt_that_it_came_from() {
    let story = Story::new().then(measured(1, 50));
    let alert = Alert::Review {
        reason: Reason::Short,
    };
    let attempt = Some(1);
    assert!(story.last().asks.contains(&Ask::Alert { alert, attempt }));
}

#[test]
fn every_kind_of_effect_has_a_lane() {
    let lanes: Vec<_> = EffectKind::ALL.iter().map(|kind| kind.lane()).collect();
    let expected = [
        Lane::Mail,
        Lane::Ship,
        Lane::Stock,
        Lane::Stock,
        Lane::Status,
        Lane::Alert,
    ];
    assert_eq!(lanes, expected);
}
