//! Shops, and their operations a step at a time. A step and its answer are the documents of
//! `core/src/flow/document.rs`; an HTTP answer's body travels as bytes beside its document.

use std::fmt;
use std::sync::Arc;

use coinpay_core::flow::{Flow, Start};
use coinpay_core::pure::error_document;
use coinpay_core::store::Dialect;
use coinpay_core::{Config, Error};
use serde_json::Value;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::answer;
use crate::number::whole;

/// What every operation of one shop shares.
#[wasm_bindgen]
pub struct Shop(Arc<coinpay_core::Shop>);

impl fmt::Debug for Shop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[wasm_bindgen]
impl Shop {
    /// `configuration` is the shop's settings as a JSON document, `dialect` what its database
    /// speaks.
    ///
    /// # Errors
    /// A text: the error as a document.
    #[wasm_bindgen(constructor)]
    pub fn new(configuration: &str, dialect: &str) -> Result<Self, JsValue> {
        let open = || {
            let config = Config::from_json(configuration)?;
            let dialect = Dialect::parse(dialect)
                .ok_or_else(|| Error::invalid("dialect", "is sqlite, postgres or mysql"))?;
            coinpay_core::Shop::new(config, dialect)
        };
        open().map(Self).map_err(|error| thrown(&error))
    }

    /// Starts the operation `name`. `randomness` are 32 bytes from a cryptographic source.
    ///
    /// # Errors
    /// A text: the error as a document.
    pub fn start(
        &self,
        name: &str,
        document: &str,
        body: Vec<u8>,
        now_ms: f64,
        randomness: &[u8],
    ) -> Result<Operation, JsValue> {
        let start = || {
            let randomness = randomness
                .try_into()
                .map_err(|_| Error::invalid("randomness", "is 32 bytes"))?;
            let now_ms = whole(now_ms);
            begin(&self.0, Start { now_ms, randomness }, name, document, body)
        };
        start().map(Operation).map_err(|error| thrown(&error))
    }
}

#[cfg(feature = "flows")]
fn begin(
    shop: &Arc<coinpay_core::Shop>,
    start: Start,
    name: &str,
    document: &str,
    body: Vec<u8>,
) -> Result<Flow<Value>, Error> {
    shop.start(start, name, document, body)
}

/// Of all operations those of operators alone, and what these run by themselves, so that the linker
/// leaves the others out.
#[cfg(not(feature = "flows"))]
fn begin(
    shop: &Arc<coinpay_core::Shop>,
    start: Start,
    name: &str,
    document: &str,
    _body: Vec<u8>,
) -> Result<Flow<Value>, Error> {
    shop.start_for_operators(start, name, document)
}

fn thrown(error: &Error) -> JsValue {
    JsValue::from_str(&answer::written("error", error_document(error)))
}

/// An operation on its way.
#[wasm_bindgen]
pub struct Operation(Flow<Value>);

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[wasm_bindgen]
impl Operation {
    /// Where it stands, as a document.
    #[must_use]
    pub fn step(&self) -> String {
        serde_json::to_string(&self.0.step_document()).unwrap_or_default()
    }

    /// Hands in an answer, and says where it stands then.
    pub fn answer(&mut self, document: &str, body: Vec<u8>) -> String {
        self.0.answer_document(document, body);
        self.step()
    }
}
