//! How a call's outcome is written: `{"output": …}` or `{"error": {…}}`.

use coinpay_core::Error;
use coinpay_core::pure::error_document;
use serde_json::{Value, json};

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
