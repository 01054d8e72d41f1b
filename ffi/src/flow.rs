//! The step protocol, for hosts with their own HTTP and database: an operation is a flow that asks
//! for one thing at a time. No callbacks cross the boundary, and a flow may be dropped anywhere.

use std::sync::{Arc, Mutex};

use coinpay_core::flow::{Flow, Start, Step};
use coinpay_core::store::Dialect;
use coinpay_core::{Config, Error, ErrorCode, Shop};
use serde_json::{Value as Json, json};

use crate::abi::{coinpay_buffer, coinpay_slice};
use crate::answer::{Fault, give, guard};
use crate::handle;
use crate::status::coinpay_status;

/// A shop's settings and statements, for flows. It holds no connection.
///
/// Threads: any number may use it at the same time, a forked child too.
#[derive(Debug)]
pub struct coinpay_shop {
    shop: Arc<Shop>,
}

/// An operation on its way. It keeps what it needs of its shop, which may be freed before.
///
/// Threads: any, one after the other; a second one waits.
#[derive(Debug)]
pub struct coinpay_flow {
    flow: Mutex<Flow<Json>>,
}

/// Opens a shop for flows. `config` is the JSON document of `coinpay_engine_open`, whose setting
/// `database` is not looked at; `dialect` is `sqlite`, `postgres` or `mysql`. The first flow has to
/// be `prepare_store`, once for each database and version.
///
/// Ownership: `*shop` is the caller's, to be handed back with `coinpay_shop_free`; NULL if the call
/// fails. Threads: any. Errors: `invalid_configuration`, naming the setting; `invalid_input`.
///
/// # Safety
/// The slices are readable; `shop` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coinpay_shop_open(
    config: coinpay_slice,
    dialect: coinpay_slice,
    shop: *mut *mut coinpay_shop,
    err: *mut coinpay_buffer,
) -> coinpay_status {
    // SAFETY: the caller's promise.
    unsafe { handle::clear(shop) };
    let make = || -> Result<coinpay_shop, Fault> {
        // SAFETY: the caller's promise.
        let config = unsafe { config.text("config") }?;
        // SAFETY: the caller's promise.
        let dialect = unsafe { dialect.text("dialect") }?;
        let shop = Shop::new(Config::from_json(config)?, dialect_named(dialect)?)?;
        Ok(coinpay_shop { shop })
    };
    // SAFETY: the caller's promise.
    let run = || unsafe { handle::give("shop", shop, make) };
    // SAFETY: the caller's promise.
    unsafe { guard(err, run) }
}

fn dialect_named(name: &str) -> Result<Dialect, Fault> {
    let read = serde_json::from_value(json!(name));
    read.map_err(|_| Error::invalid("dialect", "is sqlite, postgres or mysql").into())
}

/// Frees a shop; its flows go on.
///
/// Ownership: taken back; NULL is nothing. Threads: any, when no call of it is under way. Errors:
/// none.
///
/// # Safety
/// `shop` is NULL, or was opened and not freed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coinpay_shop_free(shop: *mut coinpay_shop) {
    // SAFETY: the caller's promise.
    unsafe { handle::take(shop) };
}

/// Starts an operation; `operation`, `input` and `body` are those of `coinpay_engine_call`.
/// `now_ms` is the time in milliseconds since 1970, UTC. `randomness` are 32 bytes from a
/// cryptographic source, or none, and then the system is asked for them.
///
/// `out` is the first step, a JSON document: `{"v":1,"step":1,"request":…,"with":…}`, to be
/// answered with `coinpay_flow_answer`, or `{"v":1,"done":true,"output":…}`. `request` is one of
///
/// - `http`: send `with` once, without redirects; `auth: bearer` asks for the header
///   `Authorization: Bearer <api key>`; answer no more than `max_answer_bytes`, in `timeout_ms`.
/// - `load`: run the statements in `with` in one read transaction.
/// - `commit`: run the statements in `with` in one transaction, all or nothing, and answer when
///   they are durable.
/// - `wait`: come back after `with` milliseconds.
///
/// Ownership: `*flow` is the caller's, to be handed back with `coinpay_flow_free` whatever became
/// of it; NULL if the call fails. `out` is the caller's. Threads: any. Errors: an operation that
/// ends in an error at once, `invalid_input`.
///
/// # Safety
/// `shop` is open; the slices are readable; `flow` and `out` are writable; `err` is writable or
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coinpay_flow_start(
    shop: *const coinpay_shop,
    operation: coinpay_slice,
    input: coinpay_slice,
    body: coinpay_slice,
    now_ms: i64,
    randomness: coinpay_slice,
    flow: *mut *mut coinpay_flow,
    out: *mut coinpay_buffer,
    err: *mut coinpay_buffer,
) -> coinpay_status {
    // SAFETY: the caller's promise.
    unsafe { handle::clear(flow) };
    let call = || {
        // SAFETY: the caller's promise.
        let shop = unsafe { handle::lend("shop", shop) }?;
        // SAFETY: the caller's promise.
        let operation = unsafe { operation.text("operation") }?;
        // SAFETY: the caller's promise.
        let input = unsafe { input.text("input") }?;
        // SAFETY: the caller's promise.
        let body = unsafe { body.bytes("body") }?.to_vec();
        // SAFETY: the caller's promise.
        let given = unsafe { randomness.bytes("randomness") }?;
        let start = Start {
            now_ms,
            randomness: drawn(given)?,
        };
        let started = shop.shop.start(start, operation, input, body)?;
        let step = step_of(&started)?;
        let make = || {
            let flow = Mutex::new(started);
            Ok(coinpay_flow { flow })
        };
        // SAFETY: the caller's promise.
        unsafe { handle::give("flow", flow, make) }?;
        Ok(step)
    };
    // SAFETY: the caller's promise.
    unsafe { give(out, err, call) }
}

fn drawn(given: &[u8]) -> Result<[u8; 32], Fault> {
    if !given.is_empty() {
        let exact = <[u8; 32]>::try_from(given);
        return exact.map_err(|_| Error::invalid("randomness", "is not 32 bytes").into());
    }
    let mut randomness = [0; 32];
    getrandom::fill(&mut randomness)
        .map_err(|_| Error::new(ErrorCode::Internal, "The system has no randomness to give."))?;
    Ok(randomness)
}

/// The step's document, or the error that the flow has ended in.
fn step_of(flow: &Flow<Json>) -> Result<Vec<u8>, Fault> {
    match flow.step() {
        Step::Done(Err(error)) => Err(error.clone().into()),
        Step::Done(Ok(_)) | Step::Ask { .. } => Ok(flow.step_document().to_string().into_bytes()),
    }
}

/// Answers a flow's last step; `out` is the next. `answer` is a JSON document with the step's
/// number, the time, and what came of it:
///
/// - `{"step":1,"now_ms":…,"answer":"http","status":200,"headers":[["name","value"],…]}`, with the
///   answer's bytes in `body`; or `"answer":"http_fault"` with a `fault`: `not_sent` if no byte of
///   the request can have arrived, else `interrupted`, or `too_large`.
/// - `"answer":"rows"` with `rows`, a list of rows for each statement; or `load_fault`.
/// - `"answer":"committed"`; or `commit_fault`. A fault is `{"class":…,"code":…}` as docs/stores.md
///   says.
/// - `"answer":"elapsed"`.
///
/// Ownership: `out` is the caller's. Threads: any, one after the other. Errors: what the flow ends
/// in; `flow_misused` for an answer that cannot be read, has another number or answers something
/// else, which ends the flow too. A flow that has ended takes no further answers.
///
/// # Safety
/// `flow` was started and not freed; the slices are readable; `out` is writable; `err` is writable
/// or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coinpay_flow_answer(
    flow: *const coinpay_flow,
    answer: coinpay_slice,
    body: coinpay_slice,
    out: *mut coinpay_buffer,
    err: *mut coinpay_buffer,
) -> coinpay_status {
    let call = || {
        // SAFETY: the caller's promise.
        let held = unsafe { handle::lend("flow", flow) }?;
        // SAFETY: the caller's promise.
        let answer = unsafe { answer.text("answer") }?;
        // SAFETY: the caller's promise.
        let body = unsafe { body.bytes("body") }?.to_vec();
        // A panic while it was held poisons the flow, and nothing else.
        let mut flow = held.flow.lock().map_err(|_| ErrorCode::FlowMisused)?;
        flow.answer_document(answer, body);
        step_of(&flow)
    };
    // SAFETY: the caller's promise.
    unsafe { give(out, err, call) }
}

/// Drops a flow, at any step: the same as a crash there, from which the next call recovers.
///
/// Ownership: taken back; NULL is nothing. Threads: any, when no call of it is under way. Errors:
/// none.
///
/// # Safety
/// `flow` is NULL, or was started and not freed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coinpay_flow_free(flow: *mut coinpay_flow) {
    // SAFETY: the caller's promise.
    unsafe { handle::take(flow) };
}
