//! Answers of the shop: documents, errors with their status, and who may not ask at all.

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use coinpay_core::{Error, ErrorCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

/// A document with its status, or an error of the engine's.
pub(crate) type Answer = Result<Document, Failed>;

#[derive(Debug)]
pub(crate) struct Document(pub(crate) StatusCode, pub(crate) serde_json::Value);

#[derive(Debug)]
pub(crate) struct Failed(Error);

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

/// 200 with anything that can be written as a document.
pub(crate) fn found(value: &impl Serialize) -> Answer {
    let document = serde_json::to_value(value).map_err(|_| Error::from(ErrorCode::Internal))?;
    Ok(Document(StatusCode::OK, document))
}

/// A body of JSON. An absent one counts as an empty object.
pub(crate) fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Failed> {
    let bytes: &[u8] = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(bytes).map_err(|error| Error::invalid("body", &error.to_string()).into())
}

/// The body of a form, as a browser sends it.
pub(crate) fn read_form(body: &Bytes) -> Vec<(String, String)> {
    let fields = body.split(|byte| *byte == b'&');
    let fields = fields.filter(|field| !field.is_empty());
    fields
        .map(|field| {
            let mut halves = field.splitn(2, |byte| *byte == b'=');
            let mut half = || decode(halves.next().unwrap_or_default());
            (half(), half())
        })
        .collect()
}

fn decode(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, behind @ ..] = rest {
        let hex = behind.get(..2).filter(|_| *first == b'%');
        let decoded = hex.and_then(|hex| {
            let digits = std::str::from_utf8(hex).ok()?;
            u8::from_str_radix(digits, 16).ok()
        });
        bytes.push(decoded.unwrap_or(if *first == b'+' { b' ' } else { *first }));
        rest = behind
            .get(2..)
            .filter(|_| decoded.is_some())
            .unwrap_or(behind);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl IntoResponse for Document {
    fn into_response(self) -> Response {
        let kind = HeaderValue::from_static("application/json");
        let headers = [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        (self.0, headers, self.1.to_string()).into_response()
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let Self(error) = self;
        let status = StatusCode::from_u16(error.code.http_status());
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let document = json!({
            "error": error.code,
            "message": error.message,
            "retryAfterMs": error.retry_after_ms,
        });
        let mut response = Document(status, document).into_response();
        let wait_s = error.retry_after_ms.map(|wait_ms| wait_ms.div_ceil(1_000));
        if let Some(value) =
            wait_s.and_then(|wait_s| HeaderValue::from_str(&wait_s.to_string()).ok())
        {
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    }
}

pub(crate) fn see_other(place: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(value) = HeaderValue::from_str(place) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

/// Pages of other sites reach loopback through somebody's browser; they are not to order goods
/// or to ship them.
pub(crate) async fn refuse_other_sites(request: Request, next: Next) -> Response {
    let site = request.headers().get("sec-fetch-site");
    let elsewhere = site.is_some_and(|site| site == "cross-site");
    if elsewhere && request.method() != Method::GET {
        let error = json!({ "error": "the request comes from a page of another site" });
        return Document(StatusCode::FORBIDDEN, error).into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_browsers_write_it() {
        let body = Bytes::from_static(b"a=1&b=x%2By+z&broken=%zz&c");
        let expected = [("a", "1"), ("b", "x+y z"), ("broken", "%zz"), ("c", "")];
        let expected: Vec<_> = expected
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        assert_eq!(read_form(&body), expected);
    }
}
