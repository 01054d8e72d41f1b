//! The body of an authentic webhook, and what it states of a payment. How it was written says
//! nothing, fields that nobody knows say nothing, and what is not confirmed pays for nothing.

use serde_json::{Value, json};

use crate::ErrorCode;
use crate::api::PaymentReport;
use crate::money::{Chain, Decimal, Units};
use crate::order::{Expected, Quote, facts_of};
use crate::webhook::{Event, EventKind, parse_webhook};

pub(super) fn run(data: &[u8]) {
    let event = match parse_webhook(data) {
        Ok(event) => event,
        Err(error) => {
            assert_eq!(error.code, ErrorCode::WebhookUnreadable);
            assert!(
                error.message.is_ascii() && error.message.len() < 200,
                "{error}"
            );
            return;
        }
    };
    assert_eq!(event.kind, EventKind::of_type(&event.type_name));
    assert!((1..=512).contains(&event.type_name.len()));
    let document: Value = serde_json::from_slice(data).expect("it was read");
    assert_same(&event, &document);
    let mut larger = document;
    larger["field_of_tomorrow"] = json!([1, { "deep": null }]);
    if larger["data"].is_object() {
        larger["data"]["field_of_tomorrow"] = json!("x");
    }
    assert_same(&event, &larger);
    amounts(&event.data);
    facts(&event);
}

fn assert_same(event: &Event, document: &Value) {
    let pretty = serde_json::to_vec_pretty(document).expect("writes");
    assert_eq!(parse_webhook(&pretty).as_ref(), Ok(event));
}

fn amounts(report: &PaymentReport) {
    let amounts = [
        &report.amount,
        &report.amount_usd,
        &report.amount_crypto,
        &report.received_amount,
        &report.refunded_amount,
    ];
    for amount in amounts.into_iter().flatten() {
        assert_eq!(Decimal::parse(&amount.to_string()).as_ref(), Ok(amount));
    }
}

fn facts(event: &Event) {
    let quote = Quote {
        chain: Chain::Eth,
        crypto: Units(1_000_000_000_000_000_000),
        worth: Units(10_000),
    };
    let expected = Expected {
        business_id: "b-1",
        address: Some("0x52908400098527886E0F7030069857D2E4169EE7"),
        quote: &quote,
        usd_cents: Units(10_000),
    };
    let facts = facts_of(&event.data, Some(event.kind), &expected);
    if !event.kind.is_payment() {
        assert!(facts == facts_of(&PaymentReport::default(), Some(EventKind::Other), &expected));
        return;
    }
    let unconfirmed = [
        EventKind::PaymentCreated,
        EventKind::PaymentPending,
        EventKind::PaymentDetected,
        EventKind::PaymentConfirming,
    ];
    if unconfirmed.contains(&event.kind) {
        assert!(!facts.claims_money(), "{facts:?}");
    }
    if facts.received.is_some() {
        assert!(event.data.received_amount.is_some());
    }
}
