//! Every pure call by its name.

use coinpay_core::pure::{self, Refusal};
use napi_derive::napi;

use crate::answer;

/// The package's version, so that an addon of another one is not taken.
#[napi(catch_unwind)]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// `arguments` are a JSON document, `body` the bytes of a webhook or of an answer.
#[napi(catch_unwind)]
pub fn call(name: String, arguments: String, body: &[u8]) -> String {
    let outcome = pure::call(&name, &arguments, body);
    answer::document(outcome.map_err(|refusal: Refusal| refusal.document()))
}
