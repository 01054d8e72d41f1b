//! Every pure call by its name.

use coinpay_core::pure::{self, Refusal};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::answer;

/// `arguments` are a JSON document, `body` the bytes of a webhook or of an answer.
#[wasm_bindgen]
#[must_use]
pub fn call(name: &str, arguments: &str, body: &[u8]) -> String {
    let outcome = pure::call(name, arguments, body);
    answer::document(outcome.map_err(|refusal: Refusal| refusal.document()))
}
