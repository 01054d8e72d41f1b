//! Where sums are just enough, just too little and just too much.

use crate::api::PaymentReport;
use crate::money::{Chain, Currency, Decimal};
use crate::webhook::EventKind;

use super::*;

/// An order of so many units, with 1 ETH quoted for all of it.
fn order(currency: Currency, due: u128) -> Story {
    Story::of(Terms {
        currency,
        due: Units(due),
        ..example_terms()
    })
}

/// Measured so much that it is worth exactly `cents` of `due`.
fn worth(due: u128, cents: u128) -> Input {
    measured_units(1, (cents * ONE_ETH.0).div_ceil(due))
}

#[test]
fn a_hundredth_less_is_enough_and_a_cent_below_is_not() {
    let enough = order(Currency::USD, 10_000).then(worth(10_000, 9_900));
    assert_eq!(
        (enough.line(), enough.view().ledger.missing),
        (Line::Paid, Units(0))
    );
    let short = order(Currency::USD, 10_000).then(worth(10_000, 9_899));
    assert_eq!(short.attention(), [Reason::Short]);
    assert_eq!(short.view().ledger.missing, Units(101));
}

#[test]
fn a_hundredth_more_is_the_shops_and_a_cent_above_is_to_be_refunded() {
    let kept = order(Currency::USD, 10_000).then(worth(10_000, 10_100));
    assert_eq!(kept.refund_due(), None);
    let over = order(Currency::USD, 10_000).then(worth(10_000, 10_101));
    assert_eq!(over.refund_due(), Some((101, RefundReason::Overpaid)));
    assert_eq!(over.line(), Line::Paid);
}

#[test]
fn yen_have_no_cents_but_one_unit_of_tolerance() {
    let yen = Currency::parse("JPY").unwrap();
    for (due, enough) in [(50, 49), (199, 198), (200, 198), (10_000, 9_900)] {
        assert_eq!(
            order(yen, due).then(worth(due, enough)).line(),
            Line::Paid,
            "{due}"
        );
        let short = order(yen, due).then(worth(due, enough - 1));
        assert_eq!(short.attention(), [Reason::Short], "{due}");
    }
}

#[test]
fn an_order_of_one_unit_is_not_paid_by_nothing() {
    let story = order(Currency::USD, 1).then(measured_units(1, ONE_ETH.0 - 1));
    assert_eq!(story.view().ledger.credited, Units(0));
    assert_eq!(story.attention(), [Reason::Short]);
    assert_eq!(story.then(measured_units(1, ONE_ETH.0)).line(), Line::Paid);
}

#[test]
fn a_tolerance_of_nothing_is_still_one_unit_and_one_of_all_asks_for_something() {
    let with = |bps| {
        Story::of(Terms {
            underpaid_tolerance_bps: bps,
            ..example_terms()
        })
    };
    assert_eq!(with(0).then(worth(10_000, 9_999)).line(), Line::Paid);
    assert_eq!(
        with(0).then(worth(10_000, 9_998)).line(),
        Line::NeedsAPerson
    );
    assert_eq!(with(u32::MAX).then(worth(10_000, 1)).line(), Line::Paid);
    assert_eq!(
        with(u32::MAX).then(measured_units(1, 1)).line(),
        Line::NeedsAPerson
    );
}

fn received(chain: Chain, crypto: u128, text: &str) -> Option<Units> {
    let quote = Quote {
        chain,
        crypto: Units(crypto),
        worth: Units(10_000),
    };
    let expected = Expected {
        business_id: "b-1",
        address: None,
        quote: &quote,
        usd_cents: Units(10_000),
    };
    let report = PaymentReport {
        received_amount: Some(Decimal::parse(text).unwrap()),
        ..PaymentReport::default()
    };
    facts_of(&report, Some(EventKind::PaymentConfirmed), &expected).received
}

#[test]
fn what_passed_through_a_double_is_rounded_to_the_chain() {
    let cases = [
        (Chain::Btc, "0.30000000000000004", 30_000_000),
        (Chain::Btc, "0.29999999999999999", 30_000_000),
        (Chain::Btc, "5e-7", 50),
        (Chain::Eth, "5e-7", 500_000_000_000),
        (Chain::Eth, "0.30000000000000004", 300_000_000_000_000_040),
        (Chain::Sol, "5E-7", 500),
    ];
    for (chain, text, units) in cases {
        assert_eq!(
            received(chain, units, text),
            Some(Units(units)),
            "{chain} {text}"
        );
    }
    assert_eq!(
        received(Chain::Btc, 1, "4e-9"),
        Some(Units(0)),
        "less than half a satoshi"
    );
}

#[test]
fn a_measurement_outranks_an_assertion_whichever_came_first() {
    let forwarded = || {
        let facts = PaymentFacts {
            forwarded: true,
            ..PaymentFacts::default()
        };
        reported(1, facts)
    };
    let measured_first = Story::new().then(measured(1, 50)).then(forwarded());
    let forwarded_first = Story::new().then(forwarded()).then(measured(1, 50));
    for story in [measured_first, forwarded_first] {
        assert_eq!(story.view().ledger.credited, Units(5_000));
        assert_eq!(story.attention(), [Reason::Short]);
        assert_eq!(story.view().payment_status, PaymentStatus::Forwarded);
    }
}

#[test]
fn a_paid_payment_that_received_nothing_needs_a_person() {
    let story = Story::new().then(measured(1, 0));
    assert_eq!(story.view().ledger.credited, Units(0));
    assert_eq!(story.attention(), [Reason::Short]);
    let story = story.then(measured(1, 100));
    assert_eq!(story.view().ledger.credited, Units(10_000));
}

#[test]
fn a_second_notice_of_one_attempt_is_no_new_money() {
    let story = Story::new()
        .then(asserted(1))
        .then(measured(1, 100))
        .then(measured(1, 100))
        .then(measured(1, 90));
    assert_eq!(story.view().ledger.credited, Units(10_000));
    assert_eq!(*story.outcome(), Outcome::AlreadyApplied);
}

#[test]
fn the_rest_may_come_later_to_the_same_address() {
    let story = Story::new().then(measured(1, 60));
    assert_eq!(story.view().ledger.missing, Units(4_000));
    let story = story.then(measured(1, 100));
    assert_eq!((story.line(), story.attention()), (Line::Paid, vec![]));
}

#[test]
fn the_rest_may_come_to_a_second_attempt() {
    let story = Story::new()
        .then(measured(1, 60))
        .then(another_attempt(2, 2 * HOUR_MS))
        .then(opened(2, Units(4_000)));
    assert_eq!(story.line(), Line::NeedsAPerson);
    let story = story.then(asserted(2));
    assert_eq!(story.line(), Line::Paid);
    assert_eq!(story.view().ledger.credited, Units(10_000));
}

#[test]
fn two_attempts_pay_together_and_two_whole_ones_leave_a_refund_due() {
    let both = Story::new()
        .then(another_attempt(2, DEADLINE_MS))
        .then(opened(2, Units(10_000)));
    let halves = both.clone().then(measured(1, 50)).then(measured(2, 50));
    assert_eq!((halves.line(), halves.refund_due()), (Line::Paid, None));
    let wholes = both.then(measured(1, 100)).then(measured(2, 100));
    let ledger = wholes.view().ledger;
    assert_eq!(ledger.credited, Units(20_000));
    let each: Vec<_> = ledger.attempts.iter().map(|one| one.credit).collect();
    assert_eq!(each, [Units(10_000), Units(10_000)]);
    assert_eq!(wholes.refund_due(), Some((10_000, RefundReason::Overpaid)));
    assert_eq!(wholes.line(), Line::Paid);
}

#[test]
fn money_without_a_quote_is_worth_nothing_until_the_quote_is_known() {
    let story = Story::new()
        .then(another_attempt(2, DEADLINE_MS))
        .then(measured(2, 100));
    assert_eq!(story.attention(), [Reason::Short]);
    assert_eq!(story.then(opened(2, Units(10_000))).line(), Line::Paid);
}

#[test]
fn clean_money_that_is_just_enough_needs_no_doubtful_money() {
    let both = Story::new()
        .then(another_attempt(2, DEADLINE_MS))
        .then(opened(2, Units(10_000)))
        .then(conflicting(2));
    let enough = both.clone().then(worth(10_000, 9_900));
    assert_eq!((enough.line(), enough.attention()), (Line::Paid, vec![]));
    let below = both.then(worth(10_000, 9_899));
    assert_eq!(below.attention(), [Reason::Conflict]);
}
