//! How outcomes and errors are written for JavaScript.

use coinpay_core::Error;
use coinpay_core::pure::error_document;
use serde_json::{Value, json};

/// `{"output": …}` or `{"error": {…}}`.
pub(crate) fn document(outcome: Result<Value, Value>) -> String {
    match outcome {
        Ok(output) => json!({ "output": output }).to_string(),
        Err(error) => json!({ "error": error }).to_string(),
    }
}

pub(crate) fn of<T: Into<Value>>(outcome: Result<T, Error>) -> String {
    document(
        outcome
            .map(Into::into)
            .map_err(|error| error_document(&error)),
    )
}

/// The error as an exception whose message is the document that says it.
pub(crate) fn thrown(error: &Error) -> napi::Error {
    napi::Error::from_reason(json!({ "error": error_document(error) }).to_string())
}

/// JavaScript's numbers are doubles. Times stay far below 2^53, and what is no time is time zero.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a float that does not fit becomes the nearest that does"
)]
pub(crate) const fn whole(number: f64) -> i64 {
    number as i64
}
