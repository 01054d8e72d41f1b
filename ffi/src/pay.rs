//! What a shopper pays by: the URI for a wallet, its QR code, the page.

use coinpay_core::money::{Chain, Units};
use coinpay_core::pay::page::pay_page;
use coinpay_core::pay::{payment_uri, qr_svg};
use coinpay_core::{Error, ErrorCode};
use serde::de::DeserializeOwned;

use crate::abi::{coinpay_buffer, coinpay_slice};
use crate::answer::{Fault, give};
use crate::status::coinpay_status;

/// The URI that asks a wallet for `amount` base units of `chain`, digits in a text, to `address`.
///
/// Ownership: `out` is the caller's, a text. Threads: any. Errors: `unknown_blockchain`,
/// `invalid_amount`, `invalid_input` for an address that is none on that chain.
///
/// # Safety
/// The slices are readable; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coinpay_payment_uri(
    chain: coinpay_slice,
    address: coinpay_slice,
    amount: coinpay_slice,
    out: *mut coinpay_buffer,
    err: *mut coinpay_buffer,
) -> coinpay_status {
    let call = || {
        // SAFETY: the caller's promise.
        let chain = Chain::parse(unsafe { chain.text("chain") }?)?;
        // SAFETY: the caller's promise.
        let address = unsafe { address.text("address") }?;
        // SAFETY: the caller's promise.
        let amount = unsafe { amount.text("amount") }?.parse().map(Units);
        let amount = amount
            .map_err(|_| Error::new(ErrorCode::InvalidAmount, "amount: are no base units"))?;
        Ok(payment_uri(chain, address, amount)?.into_bytes())
    };
    // SAFETY: the caller's promise.
    unsafe { give(out, err, call) }
}

/// The QR code of `text` as one SVG element, without a size of its own.
///
/// Ownership: `out` is the caller's, a text. Threads: any. Errors: `invalid_input` for a text that
/// is empty or too long.
///
/// # Safety
/// `text` is readable; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coinpay_qr_svg(
    text: coinpay_slice,
    out: *mut coinpay_buffer,
    err: *mut coinpay_buffer,
) -> coinpay_status {
    let call = || {
        // SAFETY: the caller's promise.
        let text = unsafe { text.text("text") }?;
        Ok(qr_svg(text)?.into_bytes())
    };
    // SAFETY: the caller's promise.
    unsafe { give(out, err, call) }
}

/// The page that a shopper pays on, an HTML document. `status` is what the operation `order_status`
/// gave; `options` is a JSON document and may be empty. Send it with a Content-Security-Policy;
/// `coinpay_call` with `pay_page` gives both.
///
/// Ownership: `out` is the caller's, a text. Threads: any. Errors: `invalid_input`.
///
/// # Safety
/// The slices are readable; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coinpay_pay_page(
    status: coinpay_slice,
    options: coinpay_slice,
    out: *mut coinpay_buffer,
    err: *mut coinpay_buffer,
) -> coinpay_status {
    let call = || {
        // SAFETY: the caller's promise.
        let status = unsafe { status.text("status") }?;
        // SAFETY: the caller's promise.
        let options = unsafe { options.text("options") }?;
        let options = if options.is_empty() { "{}" } else { options };
        let page = pay_page(&document("status", status)?, &document("options", options)?);
        Ok(page.into_bytes())
    };
    // SAFETY: the caller's promise.
    unsafe { give(out, err, call) }
}

fn document<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, Fault> {
    let read = serde_json::from_str(text);
    read.map_err(|_| Error::invalid(name, "is no document of this call").into())
}
