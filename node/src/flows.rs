//! Shops, and their operations a step at a time, for databases that JavaScript brings. A step and
//! its answer are the documents of `core/src/flow/document.rs`; an HTTP answer's body travels as
//! bytes beside its document.

use std::fmt;
use std::sync::Arc;

use coinpay_core::flow::{Flow, Start};
use coinpay_core::store::Dialect;
use coinpay_core::{Config, Error};
use napi_derive::napi;
use serde_json::Value;

use crate::answer::{thrown, whole};

/// What every operation of one shop shares.
#[napi]
pub struct Shop(Arc<coinpay_core::Shop>);

impl fmt::Debug for Shop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Shop {
    pub(crate) fn shared(&self) -> Arc<coinpay_core::Shop> {
        Arc::clone(&self.0)
    }
}

#[napi]
impl Shop {
    /// `configuration` is the shop's settings as a JSON document, `dialect` what its database
    /// speaks.
    #[napi(constructor, catch_unwind)]
    pub fn new(configuration: String, dialect: String) -> napi::Result<Self> {
        let open = || {
            let config = Config::from_json(&configuration)?;
            let dialect: Dialect = serde_json::from_value(dialect.into())
                .map_err(|_| Error::invalid("dialect", "is sqlite, postgres or mysql"))?;
            coinpay_core::Shop::new(config, dialect)
        };
        open().map(Self).map_err(|error| thrown(&error))
    }

    /// Starts the operation `name`. `randomness` are 32 bytes from a cryptographic source.
    #[napi(catch_unwind)]
    pub fn start(
        &self,
        name: String,
        document: String,
        body: &[u8],
        now_ms: f64,
        randomness: &[u8],
    ) -> napi::Result<Operation> {
        let start = || {
            let randomness = randomness
                .try_into()
                .map_err(|_| Error::invalid("randomness", "is 32 bytes"))?;
            let now_ms = whole(now_ms);
            let start = Start { now_ms, randomness };
            self.0.start(start, &name, &document, body.to_vec())
        };
        let started = start().map_err(|error| thrown(&error))?;
        Ok(Operation(Some(started)))
    }
}

/// An operation on its way.
#[napi]
pub struct Operation(Option<Flow<Value>>);

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[napi]
impl Operation {
    /// Where it stands, as a document.
    #[napi(catch_unwind)]
    pub fn step(&self) -> napi::Result<String> {
        let flow = self.0.as_ref().ok_or_else(over)?;
        Ok(flow.step_document().to_string())
    }

    /// Hands in an answer, and says where it stands then.
    #[napi(catch_unwind)]
    pub fn answer(&mut self, document: String, body: &[u8]) -> napi::Result<String> {
        let flow = self.0.as_mut().ok_or_else(over)?;
        flow.answer_document(&document, body.to_vec());
        Ok(flow.step_document().to_string())
    }

    /// Leaves it where it stands, which equals a crash at this step.
    #[napi(catch_unwind)]
    pub fn free(&mut self) {
        self.0 = None;
    }
}

fn over() -> napi::Error {
    thrown(&coinpay_core::ErrorCode::FlowMisused.into())
}
