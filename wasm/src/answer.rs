//! How a call's outcome is written: `{"output": …}` or `{"error": {…}}`.

use serde_json::{Map, Value};

#[cfg(any(
    feature = "calls",
    feature = "page",
    feature = "pay",
    feature = "webhook"
))]
pub(crate) fn document(outcome: Result<Value, Value>) -> String {
    match outcome {
        Ok(output) => written("output", output),
        Err(error) => written("error", error),
    }
}

#[cfg(any(feature = "page", feature = "pay", feature = "webhook"))]
pub(crate) fn of<T: Into<Value>>(outcome: Result<T, coinpay_core::Error>) -> String {
    document(
        outcome
            .map(Into::into)
            .map_err(|error| coinpay_core::pure::error_document(&error)),
    )
}

/// An object with one field.
pub(crate) fn written(name: &str, value: Value) -> String {
    let mut fields = Map::new();
    fields.insert(name.to_owned(), value);
    serde_json::to_string(&Value::Object(fields)).unwrap_or_default()
}
