//! Runs the shared vectors for webhooks and for the gateway's API. Every binding runs the same
//! files. Only facts that are present are listed in them, so absent ones are taken out here.

#![allow(
    clippy::disallowed_methods,
    reason = "reads files and arguments as a program does"
)]

mod wire_vectors;

use std::collections::BTreeSet;

use coinpay_core::api::{
    self, API_BASE_URL, ApiError, CreatePayment, CreatedPayment, HttpFault, HttpRequest,
    PaymentReport, Rate,
};
use coinpay_core::money::Decimal;
use coinpay_core::webhook::{
    Event, TOLERANCE_S, likely_cause, parse_webhook, sign_webhook, verify_webhook,
};
use coinpay_core::{Error, Secret};
use serde_json::{Value, json};
use wire_vectors::{Case, Vectors};

#[test]
fn webhook_signatures_are_judged_as_the_vectors_say() {
    let file = Vectors::read("webhook_signatures.json");
    file.run(128, |case| match case.text("call") {
        "verify_webhook" => verify(case),
        "sign_webhook" => {
            let timestamp_s = case.get("timestamp_s").as_i64().unwrap();
            json!(sign_webhook(&case.body(), case.text("secret"), timestamp_s))
        }
        other => panic!("{other} is no call"),
    });
}

#[test]
fn webhook_events_are_read_as_the_vectors_say() {
    let file = Vectors::read("webhook_events.json");
    file.run(101, |case| match parse_webhook(&case.body()) {
        Ok(event) => event_document(&event),
        Err(error) => error_document(case, &error),
    });
    let rows = [
        "balance check",
        "card rail",
        "envelope",
        "event types",
        "fields",
        "forwarding",
        "payment monitor",
        "plain forwarding",
        "test button",
        "unreadable",
        "what was received",
    ];
    assert_eq!(file.rows(), BTreeSet::from(rows));
}

#[test]
fn requests_to_the_gateway_are_built_as_the_vectors_say() {
    let file = Vectors::read("api_requests.json");
    file.run(52, |case| match build(case) {
        Ok(gives) => gives,
        Err(error) => error_document(case, &error),
    });
    let rows = [
        "GET /businesses",
        "GET /payments/{id}",
        "GET /payments/{id}/qr",
        "GET /rates?coin=&fiat=",
        "GET /rates?coins=&fiat=",
        "GET /supported-coins",
        "GET /tokens",
        "POST /payments/create",
    ];
    assert_eq!(file.rows(), BTreeSet::from(rows));
}

#[test]
fn answers_of_the_gateway_are_read_as_the_vectors_say() {
    let file = Vectors::read("api_answers.json");
    file.run(160, |case| match read(case) {
        Ok(gives) => gives,
        Err(error) => api_error_document(case, &error),
    });
    let rows = [
        "GET /businesses",
        "GET /payments",
        "GET /payments/{id}",
        "GET /rates?coin=&fiat=",
        "GET /rates?coins=&fiat=",
        "GET /supported-coins",
        "GET /tokens",
        "create answers",
        "errors",
        "faults",
    ];
    assert_eq!(file.rows(), BTreeSet::from(rows));
}

#[test]
fn no_answer_makes_a_reader_panic() {
    let file = Vectors::read("api_answers.json");
    for case in file.cases.iter().filter(|case| case.has("body")) {
        let whole = case.body();
        for length in 0..whole.len().min(400) {
            let mut cut = case.response();
            cut.body.truncate(length);
            let mut bent = case.response();
            bent.body[length] ^= 0x15;
            for response in [cut, bent] {
                let _ = api::read_create_payment(&response);
                let _ = api::read_payment(&response);
                let _ = api::read_rate(&response, "BTC", "EUR");
                let _ = api::read_rates(&response, &["BTC"], "EUR");
                let _ = api::read_tokens(&response);
                let _ = api::read_supported_coins(&response);
                let _ = api::read_businesses(&response);
            }
        }
    }
}

fn verify(case: &Case) -> Value {
    let body = case.body();
    let header = case.get("header").as_str();
    let secrets: Vec<_> = case.texts("secrets").into_iter().map(Secret::new).collect();
    let now_ms = case.get("now_ms").as_i64().unwrap();
    let tolerance_s = case.optional("tolerance_s").and_then(Value::as_u64);
    let tolerance_s = tolerance_s.unwrap_or(TOLERANCE_S);
    match verify_webhook(&body, header, &secrets, now_ms, tolerance_s) {
        Ok(verified) => json!({
            "timestamp_s": verified.timestamp_s,
            "secret_index": verified.secret_index,
        }),
        Err(rejection) => {
            let cause = likely_cause(&body, header, &secrets, now_ms, &rejection);
            let (error, cause_document) = (json!(rejection), json!(cause));
            assert_eq!(
                cause_document["cause"],
                *case.get("cause"),
                "{}",
                case.name()
            );
            assert_eq!(
                error.get("skew_s"),
                case.optional("skew_s"),
                "{}",
                case.name()
            );
            if let Some(skew_s) = cause_document.get("skew_s") {
                assert_eq!(skew_s, case.get("skew_s"), "{}", case.name());
            }
            let words = format!("{} {rejection} {rejection:?}", cause.advice());
            for secret in secrets.iter().filter(|secret| secret.expose().len() > 4) {
                assert!(!words.contains(secret.expose()), "{}: {words}", case.name());
            }
            error["code"].clone()
        }
    }
}

fn build(case: &Case) -> Result<Value, Error> {
    let base_url = case
        .optional("base_url")
        .and_then(Value::as_str)
        .unwrap_or(API_BASE_URL);
    let document = |request: HttpRequest| json!(request);
    Ok(match case.text("call") {
        "create_payment" => {
            let payment = create_payment_argument(case.get("payment"));
            let key = case.text("idempotency_key");
            let request = api::create_payment(base_url, &payment, key)?;
            assert_eq!(request.body, Some(api::create_payment_body(&payment)?));
            document(request)
        }
        "create_payment_with_body" => {
            let (body, key) = (case.text("body").to_owned(), case.text("idempotency_key"));
            document(api::create_payment_with_body(base_url, body, key))
        }
        "get_payment" => document(api::get_payment(base_url, case.text("payment_id"))?),
        "payment_qr_url" => json!(api::payment_qr_url(base_url, case.text("payment_id"))),
        "rate" => document(api::rate(base_url, case.text("coin"), case.text("fiat"))?),
        "rates" => document(api::rates(
            base_url,
            &case.texts("coins"),
            case.text("fiat"),
        )?),
        "tokens" => document(api::tokens(base_url, case.text("business_id"))?),
        "supported_coins" => document(api::supported_coins(base_url, case.text("business_id"))?),
        "businesses" => document(api::businesses(base_url)),
        other => panic!("{other} is no call"),
    })
}

fn create_payment_argument(payment: &Value) -> CreatePayment {
    let text = |field: &str| payment[field].as_str().map(str::to_owned);
    CreatePayment {
        business_id: text("business_id").unwrap(),
        amount_usd: Decimal::from_json(&payment["amount_usd"]).unwrap(),
        blockchain: text("blockchain").unwrap(),
        description: text("description"),
        metadata: payment["metadata"].as_object().cloned().unwrap_or_default(),
        payment_method: text("payment_method"),
        success_url: text("success_url"),
        cancel_url: text("cancel_url"),
        redirect_url: text("redirect_url"),
        merchant_wallet_address: text("merchant_wallet_address"),
    }
}

fn read(case: &Case) -> Result<Value, ApiError> {
    if let Some(fault) = case.optional("fault") {
        let fault: HttpFault = serde_json::from_value(fault.clone()).unwrap();
        return Err(api::fault_error(fault));
    }
    let response = case.response();
    Ok(match case.text("call") {
        "read_create_payment" => {
            let created = api::read_create_payment(&response)?;
            let raw: Value = serde_json::from_slice(&response.body).unwrap();
            assert_eq!(created.raw, raw, "{}", case.name());
            created_document(&created)
        }
        "read_payment" => report_document(&api::read_payment(&response)?),
        "read_rate" => {
            let rate = api::read_rate(&response, case.text("coin"), case.text("fiat"))?;
            rate_document(&rate)
        }
        "read_rates" => {
            let rates = api::read_rates(&response, &case.texts("coins"), case.text("fiat"))?;
            let rates = rates
                .iter()
                .map(|(coin, rate)| (coin.clone(), rate_document(rate)));
            Value::Object(rates.collect())
        }
        "read_tokens" => coins_document(api::read_tokens(&response)?),
        "read_supported_coins" => coins_document(api::read_supported_coins(&response)?),
        "read_businesses" => {
            let read = api::read_businesses(&response)?.into_iter();
            read.map(|shop| present(json!({ "id": shop.id, "name": shop.name })))
                .collect()
        }
        other => panic!("{other} is no call"),
    })
}

fn event_document(event: &Event) -> Value {
    let mut document = present(json!({
        "id": event.id,
        "kind": event.kind,
        "type_name": event.type_name,
        "created_at_ms": event.created_at_ms,
        "business_id": event.business_id,
    }));
    document["data"] = report_document(&event.data);
    document
}

fn report_document(report: &PaymentReport) -> Value {
    let amount = |amount: &Option<Decimal>| amount.as_ref().map(Decimal::to_string);
    present(json!({
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
    }))
}

fn created_document(created: &CreatedPayment) -> Value {
    let usage = created.usage.map(|usage| {
        present(json!({
            "current": usage.current,
            "limit": usage.limit,
            "remaining": usage.remaining,
        }))
    });
    present(json!({
        "report": report_document(&created.report),
        "idempotent_replay": created.idempotent_replay,
        "usage": usage,
        "date_ms": created.date_ms,
        "stripe_checkout_url": created.stripe_checkout_url,
    }))
}

fn rate_document(rate: &Rate) -> Value {
    present(json!({ "rate": rate.rate.to_string(), "timestamp_ms": rate.timestamp_ms }))
}

fn coins_document(coins: Vec<api::Coin>) -> Value {
    let document = |coin: api::Coin| {
        present(json!({
            "symbol": coin.symbol,
            "name": coin.name,
            "is_active": coin.is_active,
            "has_wallet": coin.has_wallet,
        }))
    };
    coins.into_iter().map(document).collect()
}

/// Without the fields that are null or empty.
fn present(mut document: Value) -> Value {
    let fields = document.as_object_mut().unwrap();
    fields.retain(|_, value| *value != Value::Null && *value != json!([]) && *value != json!({}));
    document
}

fn error_document(case: &Case, error: &Error) -> Value {
    case.check_words(&error.message);
    json!(error.code)
}

fn api_error_document(case: &Case, error: &ApiError) -> Value {
    case.check_words(&error.error.message);
    assert!(
        error.error.message.chars().count() <= 220,
        "{}",
        error.error.message
    );
    present(json!({
        "status": error.status,
        "code": error.error.code,
        "outcome": error.outcome,
        "retry_after_ms": error.error.retry_after_ms,
        "gateway_code": error.gateway_code,
    }))
}
