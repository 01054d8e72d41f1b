//! Webhooks: is it authentic, what does it say, and how would the gateway sign it.

use coinpay_core::pure::event_document;
use coinpay_core::{Error, Secret, webhook};
use serde_json::{Map, Value};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::answer;
use crate::number::whole;

/// `secrets` are a JSON list of texts; `header` is empty where there is none.
#[wasm_bindgen]
#[must_use]
pub fn verify_webhook(
    body: &[u8],
    header: &str,
    secrets: &str,
    now_ms: f64,
    tolerance_s: u32,
) -> String {
    let Some(secrets) = list(secrets) else {
        return answer::of::<bool>(Err(Error::invalid("secrets", "is not a list of texts")));
    };
    let verified = webhook::verify_webhook(
        body,
        Some(header),
        &secrets,
        whole(now_ms),
        u64::from(tolerance_s),
    );
    let verified = verified.map(|verified| {
        let mut fields = Map::new();
        fields.insert("timestamp_s".to_owned(), verified.timestamp_s.into());
        fields.insert("secret_index".to_owned(), verified.secret_index.into());
        Value::Object(fields)
    });
    answer::of(verified.map_err(Error::from))
}

fn list(secrets: &str) -> Option<Vec<Secret>> {
    let secrets: Value = serde_json::from_str(secrets).ok()?;
    let texts = secrets.as_array()?.iter().map(Value::as_str);
    texts.map(|text| text.map(Secret::new)).collect()
}

/// What an authentic webhook says.
#[wasm_bindgen]
#[must_use]
pub fn parse_webhook(body: &[u8]) -> String {
    answer::of(webhook::parse_webhook(body).map(|event| event_document(&event)))
}

/// The header with which the gateway would send this body.
#[wasm_bindgen]
#[must_use]
pub fn sign_webhook(body: &[u8], secret: &str, timestamp_s: f64) -> String {
    webhook::sign_webhook(body, secret, whole(timestamp_s))
}
