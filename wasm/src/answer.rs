//! How a call's outcome is written: `{"output": …}` or `{"error": {…}}`.

use coinpay_core::Error;
use coinpay_core::pure::error_document;
use serde_json::{Map, Value};

pub(crate) fn document(outcome: Result<Value, Value>) -> String {
    match outcome {
        Ok(output) => written("output", output),
        Err(error) => written("error", error),
    }
}

pub(crate) fn of<T: Into<Value>>(outcome: Result<T, Error>) -> String {
    document(
        outcome
            .map(Into::into)
            .map_err(|error| error_document(&error)),
    )
}

/// An object with one field.
pub(crate) fn written(name: &str, value: Value) -> String {
    let fields = Map::from_iter([(name.to_owned(), value)]);
    serde_json::to_string(&Value::Object(fields)).unwrap_or_default()
}
