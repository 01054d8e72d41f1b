//! What was read from the gateway, as documents: only what is present, amounts as plain decimals.

use serde_json::{Map, Value as Json};

use crate::api::{Business, Coin, CreatedPayment, PaymentReport, Rate};
use crate::document::json;
use crate::money::Decimal;
use crate::webhook::Event;

/// The fields that are neither null nor empty.
pub(super) fn present(document: Json) -> Map<String, Json> {
    let Json::Object(mut fields) = document else {
        return Map::new();
    };
    fields.retain(|_, value| match value {
        Json::Null => false,
        Json::Array(items) => !items.is_empty(),
        Json::Object(inner) => !inner.is_empty(),
        Json::Bool(_) | Json::Number(_) | Json::String(_) => true,
    });
    fields
}

/// An event as a document.
#[must_use]
pub fn event_document(event: &Event) -> Json {
    let mut fields = present(json!({
        "id": event.id,
        "kind": event.kind,
        "type_name": event.type_name,
        "created_at_ms": event.created_at_ms,
        "business_id": event.business_id,
    }));
    fields.insert("data".to_owned(), report(&event.data));
    Json::Object(fields)
}

pub(super) fn report(report: &PaymentReport) -> Json {
    let amount = |amount: &Option<Decimal>| amount.as_ref().map(Decimal::to_string);
    Json::Object(present(json!({
        "payment_id": report.payment_id,
        "business_id": report.business_id,
        "status": report.status,
        "amount": amount(&report.amount),
        "amount_usd": amount(&report.amount_usd),
        "amount_crypto": amount(&report.amount_crypto),
        "received_amount": amount(&report.received_amount),
        "refunded_amount": amount(&report.refunded_amount),
        "currency": report.currency,
        "blockchain": report.blockchain,
        "payment_address": report.payment_address,
        "tx_hash": report.tx_hash,
        "forward_tx_hash": report.forward_tx_hash,
        "confirmations": report.confirmations,
        "confirmed_at_ms": report.confirmed_at_ms,
        "expires_at_ms": report.expires_at_ms,
        "created_at_ms": report.created_at_ms,
        "metadata": report.metadata,
        "payment_rail": report.payment_rail,
        "reason": report.reason,
        "unreadable": report.unreadable,
    })))
}

pub(super) fn created(created: &CreatedPayment) -> Json {
    let usage = created.usage.map(|usage| {
        present(json!({
            "current": usage.current,
            "limit": usage.limit,
            "remaining": usage.remaining,
        }))
    });
    Json::Object(present(json!({
        "report": report(&created.report),
        "idempotent_replay": created.idempotent_replay,
        "usage": usage,
        "date_ms": created.date_ms,
        "stripe_checkout_url": created.stripe_checkout_url,
    })))
}

pub(super) fn rate(rate: &Rate) -> Json {
    let (number, timestamp_ms) = (rate.rate.to_string(), rate.timestamp_ms);
    Json::Object(present(
        json!({ "rate": number, "timestamp_ms": timestamp_ms }),
    ))
}

pub(super) fn coins(coins: &[Coin]) -> Json {
    let document = |coin: &Coin| {
        Json::Object(present(json!({
            "symbol": coin.symbol,
            "name": coin.name,
            "is_active": coin.is_active,
            "has_wallet": coin.has_wallet,
        })))
    };
    coins.iter().map(document).collect()
}

pub(super) fn businesses(businesses: &[Business]) -> Json {
    let document = |one: &Business| {
        let (id, name) = (&one.id, &one.name);
        Json::Object(present(json!({ "id": id, "name": name })))
    };
    businesses.iter().map(document).collect()
}
