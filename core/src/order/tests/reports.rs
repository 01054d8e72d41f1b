//! What a report of the gateway means, from `facts_of` to the order. The shared vectors of
//! `tests/vectors/matching.json` go further; here stands what is easier said in Rust.

use crate::api::PaymentReport;
use crate::money::Decimal;
use crate::webhook::EventKind;

use super::*;

fn expected(quote: &Quote) -> Expected<'_> {
    Expected {
        business_id: "b-1",
        address: Some("0x52908400098527886E0F7030069857D2E4169EE7"),
        quote,
        usd_cents: Units(10_000),
    }
}

fn facts(kind: Option<EventKind>, report: &PaymentReport) -> PaymentFacts {
    facts_of(report, kind, &expected(&example_quote()))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "every amount of a report may be absent"
)]
fn said(amount: &str) -> Option<Decimal> {
    Some(Decimal::parse(amount).unwrap())
}

#[test]
fn an_event_of_no_payment_states_nothing_whatever_it_carries() {
    let report = PaymentReport {
        received_amount: said("1"),
        amount_usd: said("7"),
        tx_hash: Some("0xabc".into()),
        ..PaymentReport::default()
    };
    for kind in [EventKind::Other, EventKind::Test] {
        assert_eq!(facts(Some(kind), &report), PaymentFacts::default());
    }
    let unknown = PaymentReport {
        status: Some("on_holiday".into()),
        ..report
    };
    assert_eq!(facts(None, &unknown), PaymentFacts::default());
}

#[test]
fn a_refund_of_zero_says_no_amount() {
    let report = PaymentReport {
        refunded_amount: said("0"),
        ..PaymentReport::default()
    };
    let facts = facts(Some(EventKind::PaymentRefunded), &report);
    assert_eq!(facts.refunded, Some(GatewayRefund::All));
}

#[test]
fn an_amount_too_small_for_cents_is_held_against_the_coins() {
    let of = |amount| PaymentReport {
        amount: said(amount),
        ..PaymentReport::default()
    };
    let conflicts = |amount| facts(Some(EventKind::PaymentConfirmed), &of(amount)).conflicts;
    assert_eq!(conflicts("0.0042"), SortedSet::from(["amount".to_owned()]));
    for agreeing in ["100.00", "100.01", "1", "0.99991", "0"] {
        assert!(conflicts(agreeing).is_empty(), "{agreeing}");
    }
}

#[test]
fn an_echo_too_large_to_count_contradicts() {
    let huge = "1e60";
    let report = PaymentReport {
        amount: said(huge),
        amount_usd: said(huge),
        amount_crypto: said(huge),
        ..PaymentReport::default()
    };
    let conflicts = facts(Some(EventKind::PaymentConfirmed), &report).conflicts;
    let all = ["amount", "amount_crypto", "amount_usd"].map(str::to_owned);
    assert_eq!(conflicts, SortedSet::from(all));
}

#[test]
fn the_gateways_own_answer_tells_the_customers_transaction_from_the_payout() {
    let report = PaymentReport {
        status: Some("forwarded".into()),
        tx_hash: Some("0xcustomer".into()),
        forward_tx_hash: Some("0xpayout".into()),
        ..PaymentReport::default()
    };
    let answer = facts(None, &report);
    assert_eq!(answer.transaction.as_deref(), Some("0xcustomer"));
    assert_eq!(answer.payout.as_deref(), Some("0xpayout"));
    let event = facts(
        Some(EventKind::PaymentForwarded),
        &PaymentReport {
            forward_tx_hash: None,
            tx_hash: Some("0xpayout".into()),
            ..report
        },
    );
    assert_eq!(
        (event.transaction, event.payout.as_deref()),
        (None, Some("0xpayout"))
    );
}
