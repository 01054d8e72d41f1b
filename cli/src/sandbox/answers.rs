//! The gateway's answers as JSON: the row of a created payment, the public view, errors.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::clock::iso;
use super::money::Form;
use super::payment::Payment;
use super::shapes::{amount_form, usd};
use super::world::World;

/// Payments that the account may make in a month.
const QUOTA: u64 = 10_000;

/// An answer that is an error, with the service's words for it.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub status: StatusCode,
    pub error: String,
    pub code: Option<&'static str>,
    pub usage: Option<Value>,
    pub retry_after_seconds: Option<u64>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self {
            status,
            error: error.into(),
            code: None,
            usage: None,
            retry_after_seconds: None,
        }
    }

    pub(crate) fn bad(error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "Unauthorized: this API key is not accepted here",
        )
    }

    pub(crate) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// As an answer; `as_object` for the older shape of the error field.
    pub(crate) fn into_answer(self, as_object: bool) -> Response {
        let mut body = Map::new();
        body.insert("success".to_owned(), Value::from(false));
        let error = if as_object {
            json!({ "code": self.code.unwrap_or("ERROR"), "message": self.error })
        } else {
            Value::from(self.error)
        };
        body.insert("error".to_owned(), error);
        if let Some(code) = self.code.filter(|_| !as_object) {
            body.insert("code".to_owned(), Value::from(code));
        }
        body.extend(self.usage.map(|usage| ("usage".to_owned(), usage)));
        let mut answer = json_answer(self.status, &Value::Object(body));
        if let Some(seconds) = self.retry_after_seconds {
            answer
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        answer
    }
}

pub(crate) fn json_answer(status: StatusCode, body: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json")];
    (status, headers, Body::from(body.to_string())).into_response()
}

pub(crate) fn html_answer(status: StatusCode, page: String) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    (status, headers, Body::from(page)).into_response()
}

pub(crate) fn usage(world: &World) -> Value {
    let remaining = QUOTA.saturating_sub(world.created);
    json!({ "current": world.created, "limit": QUOTA, "remaining": remaining })
}

pub(crate) fn used_up() -> Value {
    json!({ "current": QUOTA, "limit": QUOTA, "remaining": 0 })
}

/// The answer to a create call: a database row with aliases.
pub(crate) fn created(world: &mut World, index: usize, replay: bool) -> Value {
    let form = amount_form(world);
    let no_address = world.faults.is_due("answer_without_address");
    let mut row = row(&world.payments[index], form);
    drop_fields(world, &mut row);
    if no_address {
        row.remove("payment_address");
    }
    let mut answer = payment_answer(world, row);
    if replay {
        answer.insert("idempotent_replay".to_owned(), Value::from(true));
    }
    answer.insert("usage".to_owned(), usage(world));
    Value::Object(answer)
}

/// The answer to anybody who asks for a payment.
pub(crate) fn public(world: &mut World, index: usize) -> Value {
    let form = amount_form(world);
    let payment = &world.payments[index];
    let view = json!({
        "id": payment.id,
        "amount": form.usually_number(&payment.usd_text()),
        "currency": payment.chain.code.to_lowercase(),
        "blockchain": payment.chain.code,
        "status": payment.status.as_str(),
        "crypto_amount": form.usually_number(&payment.crypto_text()),
        "crypto_currency": payment.chain.code,
        "payment_address": payment.address,
        "confirmations": payment.confirmations,
        "created_at": iso(payment.created_at_ms),
        "expires_at": iso(payment.expires_at_ms),
        "tx_hash": payment.tx_hash,
        "forward_tx_hash": payment.forward_tx_hash,
    });
    let mut view = object(view);
    drop_fields(world, &mut view);
    Value::Object(payment_answer(world, view))
}

fn row(payment: &Payment, form: Form) -> Map<String, Value> {
    let total = payment.usd.saturating_add(payment.fee_usd);
    let mut metadata = payment.metadata.clone();
    metadata.insert(
        "network_fee_usd".to_owned(),
        form.usually_number(&usd(payment.fee_usd)),
    );
    metadata.insert(
        "total_amount_usd".to_owned(),
        form.usually_number(&usd(total)),
    );
    metadata.insert("wallet_source".to_owned(), Value::from("merchant"));
    let key = payment.idempotency_key.as_deref();
    metadata.extend(key.map(|key| ("idempotency_key".to_owned(), Value::from(key))));
    let mut row = object(json!({
        "id": payment.id,
        "business_id": payment.business_id,
        "amount": form.usually_number(&payment.usd_text()),
        "amount_usd": form.usually_text(&payment.usd_text()),
        "currency": payment.chain.code.to_lowercase(),
        "blockchain": payment.chain.code,
        "crypto_amount": form.usually_number(&payment.crypto_text()),
        "amount_crypto": form.usually_text(&payment.crypto_text()),
        "crypto_currency": payment.chain.code,
        "payment_address": payment.address,
        "status": payment.status.as_str(),
        "description": payment.description,
        "confirmations": payment.confirmations,
        "tx_hash": payment.tx_hash,
        "forward_tx_hash": payment.forward_tx_hash,
        "expires_at": iso(payment.expires_at_ms),
        "created_at": iso(payment.created_at_ms),
        "metadata": metadata,
    }));
    if let Some(session) = &payment.card_session {
        let url = format!("https://checkout.stripe.com/c/pay/{session}");
        row.insert(
            "stripe_session_id".to_owned(),
            Value::from(session.as_str()),
        );
        row.insert("stripe_checkout_url".to_owned(), Value::from(url));
    }
    row
}

fn drop_fields(world: &mut World, row: &mut Map<String, Value>) {
    if world.faults.is_due("crypto_amount_missing") {
        row.remove("crypto_amount");
    }
    if world.faults.is_due("amount_crypto_missing") {
        row.remove("amount_crypto");
    }
    if world.faults.is_due("unknown_fields") {
        row.insert("qr_code".to_owned(), Value::Null);
        row.insert(
            "surprise".to_owned(),
            json!({ "deep": [1, { "er": null }] }),
        );
    }
}

fn payment_answer(world: &mut World, payment: Map<String, Value>) -> Map<String, Value> {
    let nested = world.faults.is_due("nested_answer");
    object(if nested {
        json!({ "success": true, "data": { "payment": payment } })
    } else {
        json!({ "success": true, "payment": payment })
    })
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
