//! Every call that asks for nothing, by its name.

use coinpay_core::pure;

use crate::abi::{coinpay_buffer, coinpay_slice};
use crate::answer::give;
use crate::status::coinpay_status;

/// Makes a call that needs no network, database or clock, by its name, with its `arguments` as a
/// JSON document and a webhook's or an answer's bytes in `body`: the gateway's requests and
/// answers, exact money, and what the exports beside this one do. docs/c.md lists them.
///
/// Ownership: `out` is the caller's, a JSON document. Threads: any. Errors: the call's own;
/// `invalid_input` for an unknown call or arguments that do not fit. `err` is a JSON document with
/// `code`, `message`, `retryable` and `http_status`, as it is for every other export, and with what
/// else is known.
///
/// # Safety
/// The slices are readable; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coinpay_call(
    name: coinpay_slice,
    arguments: coinpay_slice,
    body: coinpay_slice,
    out: *mut coinpay_buffer,
    err: *mut coinpay_buffer,
) -> coinpay_status {
    let call = || {
        // SAFETY: the caller's promise.
        let name = unsafe { name.text("name") }?;
        // SAFETY: the caller's promise.
        let arguments = unsafe { arguments.text("arguments") }?;
        // SAFETY: the caller's promise.
        let body = unsafe { body.bytes("body") }?;
        Ok(pure::call(name, arguments, body)?.to_string().into_bytes())
    };
    // SAFETY: the caller's promise.
    unsafe { give(out, err, call) }
}

/// Panics, inside of the guard, to show what a host sees of it. No header declares it.
///
/// # Safety
/// As [`coinpay_call`].
#[cfg(feature = "provoke")]
#[unsafe(no_mangle)]
#[expect(clippy::panic, reason = "this is what it is for")]
pub unsafe extern "C" fn coinpay_provoke_panic(
    out: *mut coinpay_buffer,
    err: *mut coinpay_buffer,
) -> coinpay_status {
    // SAFETY: the caller's promise.
    unsafe { give(out, err, || panic!("hunter2")) }
}
