//! The engine with built-in I/O: one call for each operation, which blocks until it is done.

use coinpay_core::{Config, Engine};

use crate::abi::{coinpay_buffer, coinpay_slice};
use crate::answer::{Fault, give, guard};
use crate::handle;
use crate::status::coinpay_status;

/// A shop with its own HTTP and its own database.
///
/// Threads: any number may call at the same time. After a fork the child opens one of its own: in
/// the child this one's calls fail, before anything is sent.
#[derive(Debug)]
pub struct coinpay_engine {
    engine: Engine,
}

/// Opens the shop that `config` describes, a JSON document, and makes or upgrades its tables.
///
/// Ownership: `*engine` is the caller's, to be handed back with `coinpay_engine_free`; NULL if the
/// call fails. Threads: any. Errors: `invalid_configuration`, naming the setting;
/// `store_refused`, `store_not_atomic`, `store_busy`, `store_unavailable`.
///
/// # Safety
/// `config` is readable; `engine` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coinpay_engine_open(
    config: coinpay_slice,
    engine: *mut *mut coinpay_engine,
    err: *mut coinpay_buffer,
) -> coinpay_status {
    // SAFETY: the caller's promise.
    unsafe { open(config, engine, err, Engine::open) }
}

/// The same without a look at the tables, for a process that lives for one request: whoever
/// deploys calls `coinpay_engine_open`, the operation `prepare_store` or `coinpay migrate` once. A
/// database server is not spoken to before the first operation.
///
/// Ownership, threads: as `coinpay_engine_open`. Errors: `invalid_configuration`; from a SQLite
/// file also `store_refused`, `store_busy`, `store_unavailable`.
///
/// # Safety
/// As `coinpay_engine_open`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coinpay_engine_connect(
    config: coinpay_slice,
    engine: *mut *mut coinpay_engine,
    err: *mut coinpay_buffer,
) -> coinpay_status {
    // SAFETY: the caller's promise.
    unsafe { open(config, engine, err, Engine::connect) }
}

/// # Safety
/// As [`coinpay_engine_open`].
unsafe fn open(
    config: coinpay_slice,
    place: *mut *mut coinpay_engine,
    err: *mut coinpay_buffer,
    open: fn(Config) -> coinpay_core::Result<Engine>,
) -> coinpay_status {
    // SAFETY: the caller's promise.
    unsafe { handle::clear(place) };
    let make = || -> Result<coinpay_engine, Fault> {
        // SAFETY: the caller's promise.
        let text = unsafe { config.text("config") }?;
        let engine = open(Config::from_json(text)?)?;
        Ok(coinpay_engine { engine })
    };
    // SAFETY: the caller's promise.
    let run = || unsafe { handle::give("engine", place, make) };
    // SAFETY: the caller's promise.
    unsafe { guard(err, run) }
}

/// Runs one operation to its end: `create_checkout`, `handle_webhook`, `order_status`, `work` and
/// so on, as docs/c.md lists them. `input` is its JSON document and may be empty; `body` are the
/// raw bytes of a webhook, else empty. It may take as long as the setting `budget_ms` says.
///
/// Ownership: `out` is the caller's, a JSON document. Threads: any number at once. Errors: the
/// operation's own; `invalid_input` for an unknown operation or a document that does not fit. `err`
/// says whether an error is `retryable`; every call may be repeated, operations are idempotent.
///
/// # Safety
/// `engine` is open; the slices are readable; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coinpay_engine_call(
    engine: *const coinpay_engine,
    operation: coinpay_slice,
    input: coinpay_slice,
    body: coinpay_slice,
    out: *mut coinpay_buffer,
    err: *mut coinpay_buffer,
) -> coinpay_status {
    let call = || {
        // SAFETY: the caller's promise.
        let shop = unsafe { handle::lend("engine", engine) }?;
        // SAFETY: the caller's promise.
        let operation = unsafe { operation.text("operation") }?;
        // SAFETY: the caller's promise.
        let input = unsafe { input.text("input") }?;
        // SAFETY: the caller's promise.
        let body = unsafe { body.bytes("body") }?.to_vec();
        let output = shop.engine.call(operation, input, body)?;
        Ok(output.to_string().into_bytes())
    };
    // SAFETY: the caller's promise.
    unsafe { give(out, err, call) }
}

/// Closes an engine and its connections.
///
/// Ownership: taken back; NULL is nothing. Threads: any, when no call of it is under way. Errors:
/// none; what was committed stays, a call that was cut off is taken up by the next engine.
///
/// # Safety
/// `engine` is NULL, or was opened and not freed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coinpay_engine_free(engine: *mut coinpay_engine) {
    // SAFETY: the caller's promise.
    unsafe { handle::take(engine) };
}
