//! The eight lines of the status table, and the reasons that need a person.

use super::*;

fn late(story: Story) -> Story {
    let expired = story.at(DEADLINE_MS).then(Input::DeadlinePassed);
    assert_eq!(expired.line(), Line::DeadlinePassed);
    expired.at(DEADLINE_MS + DAY_MS + 1)
}

#[test]
fn line_1_a_refund_that_reaches_what_was_credited_ends_even_a_fulfilled_order() {
    let story = Story::new()
        .then(measured(1, 100))
        .then(Input::Shipped)
        .then(refund("a", 4_000));
    assert_eq!(story.line(), Line::Fulfilled);
    let story = story.then(refund("b", 6_000));
    assert_eq!(story.line(), Line::EndedByRefund);
    assert_eq!(story.view().status, Status::Refunded);
}

#[test]
fn line_1_a_refund_before_the_order_was_paid_ends_it_however_small() {
    let story = Story::new().then(measured(1, 50)).then(refund("a", 1));
    assert_eq!(story.line(), Line::EndedByRefund);
    let later = story.then(measured(1, 100));
    assert_eq!(later.line(), Line::EndedByRefund);
    assert_eq!(later.refund_due(), Some((9_999, RefundReason::AfterRefund)));
}

#[test]
fn line_1_a_refund_may_say_that_it_ends_the_order() {
    let ends = Input::RefundRecorded {
        id: "a".into(),
        amount: Units(1),
        ends_order: true,
        waived: false,
    };
    let story = Story::new().then(measured(1, 100)).then(ends);
    assert_eq!(story.line(), Line::EndedByRefund);
    assert_eq!(story.refund_due(), Some((9_999, RefundReason::AfterRefund)));
}

#[test]
fn line_1_the_gateways_refund_ends_the_order_unless_the_rest_pays_for_it() {
    let story = Story::new().then(gateway_refund(1, GatewayRefund::All));
    assert_eq!(story.line(), Line::EndedByRefund);
    assert_eq!(story.refund_due(), None);
    let twice_paid = Story::new()
        .then(another_attempt(2, DEADLINE_MS))
        .then(opened(2, Units(10_000)))
        .then(measured(1, 100))
        .then(measured(2, 100));
    assert_eq!(
        twice_paid.refund_due(),
        Some((10_000, RefundReason::Overpaid))
    );
    let story = twice_paid.then(gateway_refund(2, GatewayRefund::All));
    assert_eq!(story.line(), Line::Paid);
    assert_eq!(story.refund_due(), None);
}

#[test]
fn a_waived_refund_never_ends_an_order() {
    let story = Story::new()
        .then(measured(1, 200))
        .then(waiver("a", 10_000));
    assert_eq!(story.line(), Line::Paid);
    assert_eq!(story.refund_due(), None);
    let short = Story::new().then(measured(1, 50)).then(waiver("a", 5_000));
    assert_eq!(short.line(), Line::NeedsAPerson);
}

#[test]
fn refunds_are_the_larger_of_what_was_reported_and_recorded_not_their_sum() {
    let half = GatewayRefund::Amount(Units(ONE_ETH.0 / 2));
    let story = Story::new()
        .then(measured(1, 200))
        .then(gateway_refund(1, half))
        .then(refund("a", 3_000));
    assert_eq!(story.view().ledger.refunded, Units(5_000));
    assert_eq!(story.refund_due(), Some((5_000, RefundReason::Overpaid)));
    let story = story.then(refund("b", 7_000));
    assert_eq!(story.view().ledger.refunded, Units(10_000));
    assert_eq!(story.refund_due(), None);
}

#[test]
fn line_2_what_was_handed_over_stays_fulfilled_whatever_is_heard_later() {
    let story = Story::new().then(measured(1, 100)).then(Input::Shipped);
    for later in [conflicting(1), measured(1, 300), Input::PaidElsewhere] {
        assert_eq!(story.clone().then(later).line(), Line::Fulfilled);
    }
    let unpaid = Story::new().then(Input::Shipped);
    assert_eq!(unpaid.line(), Line::Fulfilled);
}

#[test]
fn line_3_a_closed_order_is_cancelled_and_all_money_is_a_refund_due() {
    let story = Story::new().then(measured(1, 100)).then(Input::Closed);
    assert_eq!(story.line(), Line::Closed);
    assert_eq!(story.view().status, Status::Cancelled);
    assert_eq!(story.refund_due(), Some((10_000, RefundReason::Closed)));
    let more = story.then(measured(1, 150));
    assert_eq!(more.refund_due(), Some((15_000, RefundReason::Closed)));
}

#[test]
fn lines_4_and_5_a_person_accepts_every_reason_or_the_order_waits() {
    let story = Story::new()
        .then(Input::PaidElsewhere)
        .then(measured(1, 50));
    assert_eq!(story.line(), Line::NeedsAPerson);
    assert_eq!(story.attention(), [Reason::Short, Reason::PaidElsewhere]);
    let story = story.then(accepted([Reason::Short]));
    assert_eq!(*story.outcome(), rejected(Rejection::ReasonsChanged));
    let story = story.then(accepted([Reason::Short, Reason::PaidElsewhere]));
    assert_eq!(story.line(), Line::Paid);
    assert_eq!(story.attention(), [Reason::Short, Reason::PaidElsewhere]);
}

#[test]
fn line_5_an_order_may_be_accepted_without_money() {
    for story in [
        Story::new(),
        Story::new().then(cancelled(CancelledBy::Customer)),
        late(Story::new()),
    ] {
        let story = story.then(accepted([]));
        assert_eq!(story.line(), Line::Paid);
        assert_eq!(story.evidence.stock, StockState::Held);
        assert_eq!(story.attention(), []);
    }
}

#[test]
fn line_6_comes_before_line_7() {
    let expired = Story::new().at(DEADLINE_MS).then(Input::DeadlinePassed);
    assert_eq!(expired.line(), Line::DeadlinePassed);
    assert_eq!(expired.then(Input::PaidElsewhere).line(), Line::Cancelled);
    for by in [
        CancelledBy::Customer,
        CancelledBy::Shop,
        CancelledBy::Refusal,
    ] {
        let story = Story::new().then(cancelled(by));
        assert_eq!((story.line(), story.attention()), (Line::Cancelled, vec![]));
    }
}

#[test]
fn line_7_only_the_deadline_expires_an_order() {
    let payment_expired = reported(
        1,
        PaymentFacts {
            expired: true,
            ..PaymentFacts::default()
        },
    );
    let story = Story::new().then(payment_expired);
    assert_eq!(story.line(), Line::Open);
    assert_eq!(story.view().payment_status, PaymentStatus::Expired);
    let story = story.at(DEADLINE_MS - 1).then(Input::DeadlinePassed);
    assert_eq!(
        (story.outcome(), story.line()),
        (&Outcome::Stale, Line::Open)
    );
    let story = story.at(DEADLINE_MS).then(Input::DeadlinePassed);
    assert_eq!(story.view().status, Status::Expired);
}

#[test]
fn line_8_a_transaction_on_its_way_proves_nothing_yet() {
    let seen = PaymentFacts {
        seen: true,
        conflicts: SortedSet::from(["payment_address".into()]),
        ..PaymentFacts::default()
    };
    let story = Story::new().then(reported(1, seen));
    assert_eq!(story.line(), Line::Open);
    assert_eq!(story.view().payment_status, PaymentStatus::Confirming);
    assert!(
        story
            .evidence
            .attempts
            .get(&1)
            .unwrap()
            .conflicts
            .is_empty()
    );
}

#[test]
fn a_contradiction_needs_a_person_only_while_clean_money_is_not_enough() {
    let story = Story::new().then(conflicting(1));
    assert_eq!(story.attention(), [Reason::Conflict]);
    let field = "payment_address".to_owned();
    assert_eq!(*story.outcome(), Outcome::Conflicting { field });
    let story = story
        .then(another_attempt(2, DEADLINE_MS))
        .then(opened(2, Units(10_000)))
        .then(measured(2, 100));
    assert_eq!((story.line(), story.attention()), (Line::Paid, vec![]));
}

#[test]
fn money_is_too_late_from_a_millisecond_after_the_late_window() {
    let expired = Story::new().at(DEADLINE_MS).then(Input::DeadlinePassed);
    let last = expired.clone().at(DEADLINE_MS + DAY_MS).then(asserted(1));
    assert_eq!(last.line(), Line::Paid);
    let late = expired.at(DEADLINE_MS + DAY_MS + 1).then(asserted(1));
    assert_eq!(late.attention(), [Reason::TooLate]);
    assert_eq!(late.refund_due(), Some((10_000, RefundReason::TooLate)));
}

#[test]
fn the_gateways_own_time_decides_whether_money_was_late_if_it_is_earlier() {
    let confirmed_at = |at_ms| {
        reported(
            1,
            PaymentFacts {
                paid_asserted: true,
                confirmed_at_ms: Some(at_ms),
                ..PaymentFacts::default()
            },
        )
    };
    let story = late(Story::new());
    assert_eq!(story.clone().then(confirmed_at(HOUR_MS)).line(), Line::Paid);
    let future = story.clone().then(confirmed_at(i64::MAX));
    assert_eq!(future.attention(), [Reason::TooLate]);
    let first = |story: &Story| story.evidence.attempts.get(&1).unwrap().first_claimed_at_ms;
    assert_eq!(first(&future), Some(story.around.now_ms));
    // Nor can a payment be older than its order.
    assert_eq!(first(&story.then(confirmed_at(i64::MIN))), Some(0));
}

#[test]
fn money_for_an_order_whose_key_has_gone_to_another_needs_a_person() {
    let mut story = Story::new().then(cancelled(CancelledBy::Shop));
    story.around.newer_order = true;
    story.tell(asserted(1));
    assert_eq!(story.attention(), [Reason::NewerOrder, Reason::Cancelled]);
    assert_eq!(story.refund_due(), Some((10_000, RefundReason::NewerOrder)));
}

#[test]
fn what_counts_is_who_had_the_key_when_the_money_was_first_claimed() {
    let mut story = Story::new().then(measured(1, 50));
    story.around.newer_order = true;
    story.tell(measured(1, 100));
    assert_eq!(story.line(), Line::Paid);
}

#[test]
fn money_for_a_cancelled_order_needs_a_person() {
    let story = Story::new()
        .then(cancelled(CancelledBy::Customer))
        .then(asserted(1));
    assert_eq!(story.attention(), [Reason::Cancelled]);
    assert_eq!(story.refund_due(), Some((10_000, RefundReason::Cancelled)));
}

#[test]
fn money_for_an_order_paid_elsewhere_needs_a_person() {
    let story = Story::new().then(asserted(1)).then(Input::PaidElsewhere);
    assert_eq!(story.attention(), [Reason::PaidElsewhere]);
    assert_eq!(
        story.refund_due(),
        Some((10_000, RefundReason::PaidElsewhere))
    );
}

#[test]
fn money_without_goods_needs_a_person_and_cannot_be_accepted() {
    let story = late(Story::new())
        .at(DEADLINE_MS + 1)
        .shelf(false)
        .then(asserted(1));
    assert_eq!(story.attention(), [Reason::NoStock]);
    assert_eq!(story.refund_due(), Some((10_000, RefundReason::NoStock)));
    let story = story.then(accepted([Reason::NoStock]));
    assert_eq!(*story.outcome(), rejected(Rejection::NoStock));
    let story = story.shelf(true).then(accepted([Reason::NoStock]));
    assert_eq!(story.line(), Line::Paid);
}

#[test]
fn money_waits_until_the_host_has_answered() {
    let story = late(Story::with_stock(StockMode::Host)).at(DEADLINE_MS + 1);
    let story = story.then(asserted(1));
    assert_eq!(story.attention(), [Reason::AwaitingStock]);
    assert_eq!(story.refund_due(), None);
    let paid = story.clone().then(stock_answered(2, true));
    assert_eq!((paid.line(), paid.attention()), (Line::Paid, vec![]));
    let missing = story.then(stock_answered(2, false));
    assert_eq!(missing.attention(), [Reason::NoStock]);
}

#[test]
fn payment_status_is_the_highest_rank_of_any_attempt() {
    let facts = PaymentFacts::default;
    let failed = PaymentFacts {
        failed: true,
        ..facts()
    };
    let expired = PaymentFacts {
        expired: true,
        ..facts()
    };
    let forwarded = PaymentFacts {
        forwarded: true,
        ..facts()
    };
    let mut story = Story::new().then(another_attempt(2, DEADLINE_MS));
    let mut ranks = vec![story.view().payment_status];
    for (attempt, facts) in [(1, expired), (2, failed), (1, forwarded)] {
        story.tell(reported(attempt, facts));
        ranks.push(story.view().payment_status);
    }
    story.tell(gateway_refund(2, GatewayRefund::All));
    ranks.push(story.view().payment_status);
    let expected = ["pending", "expired", "failed", "forwarded", "refunded"];
    let names: Vec<_> = ranks.iter().map(|rank| rank.as_str()).collect();
    assert_eq!(names, expected);
}

#[test]
fn a_stale_report_changes_no_status_and_a_repeated_one_nothing_at_all() {
    let story = Story::new().then(asserted(1)).then(asserted(1));
    assert_eq!(*story.outcome(), Outcome::AlreadyApplied);
    let seen = PaymentFacts {
        seen: true,
        ..PaymentFacts::default()
    };
    let story = story.then(reported(1, seen));
    assert_eq!(*story.outcome(), Outcome::Stale);
    assert!(!story.last().changed);
}
