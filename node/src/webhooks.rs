//! Webhooks: is it authentic, what does it say, and how would the gateway sign it. A call that is
//! made for every request makes no object on its way: bytes go in, a number or a text comes out.

use std::cell::RefCell;

use coinpay_core::pure::event_document;
use coinpay_core::webhook::{self, Verified};
use coinpay_core::{Error, Secret};
use napi_derive::napi;
use serde_json::json;

use crate::answer::{self, whole};

/// The number for a webhook that is refused.
const REFUSED: f64 = -1.0;

/// The signature's time in seconds; or -1 for a webhook that is refused. `texts` begin with the
/// secret's `secret` bytes and the header's `header` bytes.
#[napi(catch_unwind)]
pub fn check_webhook(
    texts: &[u8],
    secret: u32,
    header: u32,
    body: &[u8],
    now_ms: f64,
    tolerance_s: u32,
) -> f64 {
    judge(texts, [secret, header], Some(body), now_ms, tolerance_s).unwrap_or(REFUSED)
}

/// The same where the rest of `texts` is the body.
#[napi(catch_unwind)]
pub fn check_webhook_text(
    texts: &[u8],
    secret: u32,
    header: u32,
    body: u32,
    now_ms: f64,
    tolerance_s: u32,
) -> f64 {
    let length = [secret, header, body]
        .iter()
        .try_fold(0, |sum: usize, part| {
            sum.checked_add(usize::try_from(*part).ok()?)
        });
    let texts = length
        .and_then(|length| texts.get(..length))
        .unwrap_or_default();
    judge(texts, [secret, header], None, now_ms, tolerance_s).unwrap_or(REFUSED)
}

fn judge(
    texts: &[u8],
    [secret, header]: [u32; 2],
    body: Option<&[u8]>,
    now_ms: f64,
    tolerance_s: u32,
) -> Option<f64> {
    let (secret, rest) = texts.split_at_checked(usize::try_from(secret).ok()?)?;
    let (header, rest) = rest.split_at_checked(usize::try_from(header).ok()?)?;
    let header = std::str::from_utf8(header).ok()?;
    let secret = std::str::from_utf8(secret).ok()?;
    let (now_ms, tolerance_s) = (whole(now_ms), u64::from(tolerance_s));
    let body = body.unwrap_or(rest);
    with_secret(secret, |secret| {
        let secrets = std::slice::from_ref(secret);
        let verified = webhook::verify_webhook(body, Some(header), secrets, now_ms, tolerance_s);
        verified.ok().map(|verified| number_of(&verified))
    })
}

thread_local! {
    static LAST: RefCell<Option<Secret>> = const { RefCell::new(None) };
}

/// The secret is mostly the one of the call before, which keeps what it prepared of it.
fn with_secret<T>(text: &str, run: impl FnOnce(&Secret) -> T) -> T {
    LAST.with_borrow_mut(|last| {
        let same = last.take().filter(|last| last.expose() == text);
        run(last.insert(same.unwrap_or_else(|| Secret::new(text))))
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds of a signature are far below 2^53"
)]
const fn number_of(verified: &Verified) -> f64 {
    verified.timestamp_s as f64
}

/// Whether a webhook is authentic, and why it is refused.
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
