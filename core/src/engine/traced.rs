//! What a subscriber of `tracing` hears while the engine works: names, codes and times. Never a
//! body, a parameter, a customer's datum or a key; `core/tests/leaks` listens.

use serde_json::Value as Json;
use tracing::{Span, debug, debug_span, warn};

use crate::Result;
use crate::api::{HttpRequest, Method};
use crate::flow::{Answer, OPERATIONS, Request, WebhookAnswer};
use crate::store::{FaultClass, StoreFault};

/// The span of one operation. A name that a host made up is not repeated.
pub(super) fn operation(name: &str) -> Span {
    let known = OPERATIONS.iter().find(|known| **known == name);
    debug_span!("coinpay", operation = known.copied().unwrap_or("unknown"))
}

/// How an operation ended.
pub(super) fn ended<T>(outcome: &Result<T>) {
    match outcome {
        Ok(_) => debug!("done"),
        Err(error) => debug!(code = error.code.as_str(), "ended in an error"),
    }
}

/// How a step was answered, after so long.
pub(super) fn answered(request: &Request, answer: &Answer, took_ms: i64) {
    match (request, answer) {
        (Request::Http(request), Answer::Http(Ok(answer))) => {
            let (method, path) = (method(request), path(request));
            debug!(method, path, status = answer.status, took_ms, "gateway");
        }
        (Request::Http(request), Answer::Http(Err(fault))) => {
            let (method, path) = (method(request), path(request));
            warn!(method, path, ?fault, took_ms, "the gateway did not answer");
        }
        (_, Answer::Load(Err(fault)) | Answer::Commit(Err(fault))) => failed(fault, took_ms),
        (Request::Wait(wait_ms), _) => debug!(wait_ms, "waited"),
        _ => debug!(took_ms, "store"),
    }
}

/// A conflict is everyday: somebody was faster.
fn failed(fault: &StoreFault, took_ms: i64) {
    let StoreFault { class, code } = fault;
    match class {
        FaultClass::Conflict => debug!(code, took_ms, "somebody else was faster"),
        _ => warn!(?class, code, took_ms, "the store failed"),
    }
}

/// Why a webhook was probably refused, which its sender is not told.
pub(super) fn heard(answer: &WebhookAnswer) {
    if let Some(cause) = &answer.likely_cause {
        let status = answer.http_status;
        warn!(
            status,
            likely_cause = cause.as_str(),
            "a webhook was refused"
        );
    }
}

/// The same, from the answer as a document.
pub(super) fn heard_document(answer: &Json) {
    if let Some(cause) = answer["likely_cause"].as_str() {
        let status = answer["http_status"].as_u64();
        warn!(status, likely_cause = cause, "a webhook was refused");
    }
}

const fn method(request: &HttpRequest) -> &'static str {
    match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
    }
}

/// Without the host, which may be anything that was configured, and without a query.
fn path(request: &HttpRequest) -> &str {
    let after_scheme = request.url.split_once("://").map_or("", |(_, rest)| rest);
    let path = after_scheme.split_once('/').map_or("", |(_, path)| path);
    path.split(['?', '#']).next().unwrap_or_default()
}
