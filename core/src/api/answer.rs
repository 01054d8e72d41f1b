//! Good answers and bad ones: every shape in which the gateway, or a proxy before it, says no,
//! and whether the request may have had an effect all the same.

use std::fmt;

use serde_json::Value;

use super::gateway_text::gateway_text;
use super::http::{HttpFault, HttpResponse};
use crate::document;
use crate::time::parse_http_date_ms;
use crate::{Error, ErrorCode};

/// Whether a request that failed is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Finality {
    /// The gateway refused: nothing was done, and the same request will be refused again.
    Final,
    /// Nothing was done, or only something was read; the same request may succeed later.
    Retryable,
    /// It may have been done.
    Unknown,
}

crate::order::names!(pub Finality {
    Final = "final",
    Retryable = "retryable",
    Unknown = "unknown",
});

/// Why a call of the gateway gave nothing that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status, or 0 when no answer came.
    pub status: u16,
    pub error: Error,
    /// The gateway's own code, such as `AMOUNT_TOO_LARGE`.
    pub gateway_code: Option<String>,
    pub outcome: Finality,
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for ApiError {}

impl From<ApiError> for Error {
    fn from(error: ApiError) -> Self {
        error.error
    }
}

/// What a driver reports instead of an answer, as an error. The caller says whether the request
/// may be repeated; a request that only reads always may.
#[must_use]
pub fn fault_error(fault: HttpFault) -> ApiError {
    let (code, message, outcome) = match fault {
        HttpFault::NotSent => (
            ErrorCode::GatewayUnreachable,
            "the gateway cannot be reached; check name lookup, TLS and the way out of this network",
            Finality::Retryable,
        ),
        HttpFault::Interrupted => (
            ErrorCode::GatewayUnreachable,
            "no whole answer came in time; the gateway may have taken the request",
            Finality::Unknown,
        ),
        HttpFault::TooLarge => (
            ErrorCode::GatewayAnswerUnusable,
            "the answer is longer than any of the gateway; is the base URL right?",
            Finality::Unknown,
        ),
    };
    ApiError {
        status: 0,
        error: Error::new(code, message),
        gateway_code: None,
        outcome,
    }
}

/// What a request that got no usable answer may have done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// It may have made a payment.
    Create,
    /// It only reads.
    Read,
}

impl Call {
    const fn uncertain(self) -> Finality {
        match self {
            Self::Create => Finality::Unknown,
            Self::Read => Finality::Retryable,
        }
    }
}

/// The JSON of an answer that says it succeeded.
pub(super) fn success(response: &HttpResponse, call: Call) -> Result<Value, ApiError> {
    let body = document::parse_bytes(&response.body).ok();
    let body = body.filter(|body| body.is_object() || body.is_array());
    if !(200..300).contains(&response.status) {
        return Err(refusal(response, body.as_ref(), call));
    }
    match body {
        Some(body) if body.get("success") == Some(&Value::Bool(false)) => {
            Err(refusal(response, Some(&body), call))
        }
        Some(body) => Ok(body),
        None => Err(unusable(response, call, what_instead_of_json(response))),
    }
}

/// An answer that says it succeeded but lacks `what` the protocol promises.
pub(super) fn unusable(response: &HttpResponse, call: Call, what: &str) -> ApiError {
    let message = format!("HTTP {}: {what}", response.status);
    ApiError {
        status: response.status,
        error: Error::new(ErrorCode::GatewayAnswerUnusable, message),
        gateway_code: None,
        outcome: call.uncertain(),
    }
}

fn refusal(response: &HttpResponse, body: Option<&Value>, call: Call) -> ApiError {
    let gateway_code = body.and_then(gateway_code);
    let (code, outcome) = verdict(response.status, body, gateway_code.as_deref(), call);
    let words = match (body, response.status) {
        (_, 300..400) => "the gateway redirects; is the base URL right?".to_owned(),
        (Some(body), _) => gateway_words(body).unwrap_or_else(|| code.advice().to_owned()),
        (None, _) => what_instead_of_json(response).to_owned(),
    };
    let mut error = Error::new(code, format!("HTTP {}: {words}", response.status));
    if outcome != Finality::Final {
        error.retry_after_ms = retry_after_ms(response);
    }
    ApiError {
        status: response.status,
        error,
        gateway_code,
        outcome,
    }
}

/// What a refusal means, by its status; only quota, the amount and a strange 404 need more.
fn verdict(
    status: u16,
    body: Option<&Value>,
    gateway_code: Option<&str>,
    call: Call,
) -> (ErrorCode, Finality) {
    use ErrorCode as Code;
    let has_usage = body.is_some_and(|body| body.get("usage").is_some_and(Value::is_object));
    match status {
        400 | 422 if gateway_code == Some("AMOUNT_TOO_LARGE") => {
            (Code::AmountTooLarge, Finality::Final)
        }
        401 => (Code::GatewayUnauthorized, Finality::Final),
        403 => (Code::GatewayForbidden, Finality::Final),
        // Not the gateway's word that it does not know the payment: a proxy's, or a wrong path.
        404 if body.is_none() && call == Call::Read => {
            (Code::GatewayUnavailable, Finality::Retryable)
        }
        404 => (Code::GatewayNotFound, Finality::Final),
        // A time-out, a request with the same key still under way, and "too early".
        408 | 409 | 425 => (Code::GatewayUnavailable, call.uncertain()),
        429 if has_usage => (Code::GatewayQuotaExceeded, Finality::Final),
        429 => (Code::GatewayRateLimited, Finality::Retryable),
        200..300 | 400..500 => (Code::GatewayRefused, Finality::Final),
        500..600 => (Code::GatewayUnavailable, call.uncertain()),
        _ => (Code::GatewayAnswerUnusable, call.uncertain()),
    }
}

/// The gateway's code, beside `error` or in it. It is compared and logged, so it has to look
/// like one.
fn gateway_code(body: &Value) -> Option<String> {
    let places: [&[&str]; 2] = [&["code"], &["error", "code"]];
    let mut codes = places
        .iter()
        .filter_map(|place| document::at(body, place)?.as_str());
    let is_code = |text: &&str| {
        (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    codes.find(is_code).map(gateway_text)
}

fn gateway_words(body: &Value) -> Option<String> {
    let places: [&[&str]; 3] = [&["error"], &["error", "message"], &["message"]];
    let mut texts = places
        .iter()
        .filter_map(|place| document::at(body, place)?.as_str());
    texts.find(|text| !text.trim().is_empty()).map(gateway_text)
}

/// What came where JSON was promised. Never the body itself: it is somebody else's page.
fn what_instead_of_json(response: &HttpResponse) -> &'static str {
    let content_type = response.header("content-type").unwrap_or_default();
    let body = response.body.trim_ascii_start();
    if content_type.to_ascii_lowercase().contains("html") || body.starts_with(b"<") {
        "the gateway answered HTML, a proxy's page perhaps"
    } else if body.is_empty() {
        "the gateway answered nothing"
    } else {
        "the gateway answered something that is not a JSON document"
    }
}

/// No wait that is asked for is taken to be longer than a day.
const MAX_RETRY_AFTER_MS: u64 = 24 * 60 * 60 * 1000;

/// `Retry-After`, in seconds or as a date. A date counts from the answer's own `Date`, because
/// the two clocks may differ; without one it says nothing.
fn retry_after_ms(response: &HttpResponse) -> Option<u64> {
    let text = response.header("retry-after")?.trim();
    let wait_ms = if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse::<u64>().ok()?.saturating_mul(1000)
    } else {
        let until = parse_http_date_ms(text)?;
        let wait_ms = until.saturating_sub(date_ms(response)?).max(0);
        wait_ms.unsigned_abs()
    };
    Some(wait_ms.min(MAX_RETRY_AFTER_MS))
}

/// The gateway's own clock when it answered.
pub(super) fn date_ms(response: &HttpResponse) -> Option<i64> {
    parse_http_date_ms(response.header("date")?)
}
