//! Webhooks without an engine: is it authentic, what does it say, and how would it be signed.

use coinpay_core::pure::event_document;
use coinpay_core::webhook::{parse_webhook, sign_webhook, verify_webhook};
use coinpay_core::{Error, Secret};

use crate::abi::{coinpay_buffer, coinpay_slice};
use crate::answer::{Fault, give, guard, null};
use crate::handle;
use crate::status::coinpay_status;

/// Webhook secrets, ready for use. They are never printed, and no call hands them out again.
///
/// Threads: any number may use it at the same time.
#[derive(Debug)]
pub struct coinpay_secrets {
    list: Vec<Secret>,
}

/// What is known of an authentic webhook.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct coinpay_verified {
    /// When it was signed, in seconds since 1970, UTC.
    pub timestamp_s: i64,
    /// Which secret signed it, counted from 0 in the order in which they were given.
    pub secret_index: usize,
}

/// Keeps webhook secrets for `coinpay_webhook_verify`: a JSON list of texts, newest first. Blank
/// ones are never used, and of the others only the first eight.
///
/// Ownership: `*secrets` is the caller's, to be handed back with `coinpay_secrets_free`; NULL if
/// the call fails. Threads: any. Errors: `invalid_input`.
///
/// # Safety
/// `list` is readable; `secrets` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coinpay_secrets_new(
    list: coinpay_slice,
    secrets: *mut *mut coinpay_secrets,
    err: *mut coinpay_buffer,
) -> coinpay_status {
    // SAFETY: the caller's promise.
    unsafe { handle::clear(secrets) };
    let make = || -> Result<coinpay_secrets, Fault> {
        // SAFETY: the caller's promise.
        let list = unsafe { list.text("list") }?;
        let list = serde_json::from_str(list)
            .map_err(|_| Error::invalid("list", "is not a JSON list of texts"))?;
        Ok(coinpay_secrets { list })
    };
    // SAFETY: the caller's promise.
    let run = || unsafe { handle::give("secrets", secrets, make) };
    // SAFETY: the caller's promise.
    unsafe { guard(err, run) }
}

/// Forgets secrets.
///
/// Ownership: taken back; NULL is nothing. Threads: any, when no call uses it. Errors: none.
///
/// # Safety
/// `secrets` is NULL, or was made and not freed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coinpay_secrets_free(secrets: *mut coinpay_secrets) {
    // SAFETY: the caller's promise.
    unsafe { handle::take(secrets) };
}

/// Whether the gateway signed exactly these bytes, no more than `tolerance_s` seconds from `now_ms`
/// (milliseconds since 1970, UTC). `signature` is the value of the header X-CoinPay-Signature; one
/// of `{NULL, 0}` means that there was no header. `verified` may be NULL.
///
/// Ownership: nothing is kept; `err` is the caller's. Threads: any number at once. Errors:
/// `body_too_large`, `secret_missing`, `signature_missing`, `signature_malformed`,
/// `signature_stale`, `signature_wrong`. `coinpay_call` with `verify_webhook` also says the likely
/// cause, which costs more.
///
/// # Safety
/// `secrets` was made; the slices are readable; `verified` and `err` are writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coinpay_webhook_verify(
    secrets: *const coinpay_secrets,
    body: coinpay_slice,
    signature: coinpay_slice,
    now_ms: i64,
    tolerance_s: u64,
    verified: *mut coinpay_verified,
    err: *mut coinpay_buffer,
) -> coinpay_status {
    let call = || {
        // SAFETY: the caller's promise.
        let secrets = unsafe { handle::lend("secrets", secrets) }?;
        // SAFETY: the caller's promise.
        let body = unsafe { body.bytes("body") }?;
        // SAFETY: the caller's promise.
        let header = unsafe { signature.text("signature") }?;
        let header = (!signature.is_none()).then_some(header);
        let found = verify_webhook(body, header, &secrets.list, now_ms, tolerance_s);
        let found = found.map_err(Error::from)?;
        if !verified.is_null() {
            let found = coinpay_verified {
                timestamp_s: found.timestamp_s,
                secret_index: found.secret_index,
            };
            // SAFETY: the caller's promise, and it is not NULL. No reference is made: C's variable
            // may hold nothing yet.
            unsafe { verified.write(found) };
        }
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { guard(err, call) }
}

/// What a webhook says, as a JSON document: `kind`, `type_name`, `data` and so on, only what is
/// present, amounts as plain decimals in texts. Call it with a body that was verified.
///
/// Ownership: `out` is the caller's. Threads: any. Errors: `webhook_unreadable`.
///
/// # Safety
/// `body` is readable; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coinpay_webhook_parse(
    body: coinpay_slice,
    out: *mut coinpay_buffer,
    err: *mut coinpay_buffer,
) -> coinpay_status {
    let call = || {
        // SAFETY: the caller's promise.
        let body = unsafe { body.bytes("body") }?;
        let event = parse_webhook(body)?;
        Ok(event_document(&event).to_string().into_bytes())
    };
    // SAFETY: the caller's promise.
    unsafe { give(out, err, call) }
}

/// The value of X-CoinPay-Signature that the gateway would send for `body`: for tests.
///
/// Ownership: `out` is the caller's, a text. Threads: any. Errors: `invalid_input`.
///
/// # Safety
/// The slices are readable; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coinpay_webhook_sign(
    body: coinpay_slice,
    secret: coinpay_slice,
    timestamp_s: i64,
    out: *mut coinpay_buffer,
    err: *mut coinpay_buffer,
) -> coinpay_status {
    let call = || {
        // SAFETY: the caller's promise.
        let body = unsafe { body.bytes("body") }?;
        if secret.is_none() {
            return Err(null("secret"));
        }
        // SAFETY: the caller's promise.
        let secret = unsafe { secret.text("secret") }?;
        Ok(sign_webhook(body, secret, timestamp_s).into_bytes())
    };
    // SAFETY: the caller's promise.
    unsafe { give(out, err, call) }
}
