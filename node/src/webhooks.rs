//! Webhooks: is it authentic, what does it say, and how would the gateway sign it. A call that is
//! made for every request makes no object on its way: bytes go in, a number or a text comes out.

use std::fmt;

use coinpay_core::pure::event_document;
use coinpay_core::webhook::{self, Verified};
use coinpay_core::{Error, Secret};
use napi_derive::napi;
use serde_json::json;

use crate::answer::{self, thrown, whole};

/// A shop's webhook secrets, read once and kept ready.
#[napi]
pub struct Secrets(Vec<Secret>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secrets]")
    }
}

/// More than there are secrets that are looked at.
const PLACES: f64 = 16.0;
const REFUSED: f64 = -1.0;

#[napi]
impl Secrets {
    /// `secrets` are a JSON list of texts.
    #[napi(constructor, catch_unwind)]
    pub fn new(secrets: String) -> napi::Result<Self> {
        let read = serde_json::from_str(&secrets).map(Self);
        read.map_err(|_| thrown(&Error::invalid("secrets", "is not a list of texts")))
    }

    /// The signature's time in seconds, times 16, and the place of the secret that signed it; or
    /// -1 for a webhook that is refused. `header` is empty where there is none.
    #[napi(catch_unwind)]
    pub fn check(&self, body: &[u8], header: String, now_ms: f64, tolerance_s: u32) -> f64 {
        self.judge(body, &header, now_ms, tolerance_s)
    }

    /// The same for a body that is a text, which was sent in UTF-8.
    #[napi(catch_unwind)]
    pub fn check_text(&self, body: String, header: String, now_ms: f64, tolerance_s: u32) -> f64 {
        self.judge(body.as_bytes(), &header, now_ms, tolerance_s)
    }

    fn judge(&self, body: &[u8], header: &str, now_ms: f64, tolerance_s: u32) -> f64 {
        let tolerance_s = u64::from(tolerance_s);
        let verified =
            webhook::verify_webhook(body, Some(header), &self.0, whole(now_ms), tolerance_s);
        verified.map_or(REFUSED, |verified| number_of(&verified))
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds of a signature and the place in a short list are far below 2^48"
)]
fn number_of(verified: &Verified) -> f64 {
    (verified.timestamp_s as f64).mul_add(PLACES, verified.secret_index as f64)
}

/// Why a webhook is refused; or, as `check`, that it is not.
#[napi(catch_unwind)]
pub fn verify_webhook(
    body: &[u8],
    header: String,
    secrets: String,
    now_ms: f64,
    tolerance_s: u32,
) -> String {
    let Ok(secrets) = serde_json::from_str::<Vec<Secret>>(&secrets) else {
        return answer::of::<bool>(Err(Error::invalid("secrets", "is not a list of texts")));
    };
    let tolerance_s = u64::from(tolerance_s);
    let verified =
        webhook::verify_webhook(body, Some(&header), &secrets, whole(now_ms), tolerance_s);
    let verified = verified.map(|verified| {
        json!({
            "timestamp_s": verified.timestamp_s,
            "secret_index": verified.secret_index,
        })
    });
    answer::of(verified.map_err(Error::from))
}

/// What an authentic webhook says.
#[napi(catch_unwind)]
pub fn parse_webhook(body: &[u8]) -> String {
    answer::of(webhook::parse_webhook(body).map(|event| event_document(&event)))
}

/// The header with which the gateway would send this body.
#[napi(catch_unwind)]
pub fn sign_webhook(body: &[u8], secret: String, timestamp_s: f64) -> String {
    webhook::sign_webhook(body, &secret, whole(timestamp_s))
}
