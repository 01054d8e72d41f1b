//! What the tests share: a shop on a store, flows driven to their end, and a gateway that only
//! says what it is told to.

use std::sync::Arc;

use coinpay_core::api::{HttpFault, HttpRequest, HttpResponse};
use coinpay_core::store::{Dialect, Executor, Rows, Statement, StoreFault, Value};
use coinpay_core::{Config, Engine, Shop, Transport};
use serde_json::{Value as Json, json};

pub(crate) const BUSINESS: &str = "7b8f2c1e-5d5c-4c6e-9a51-2f6f3f1d9f10";
pub(crate) const SECRET: &str = "whsec_stores";

/// One executor behind several engines.
pub(crate) struct Shared(pub(crate) Arc<dyn Executor>);

impl Executor for Shared {
    fn dialect(&self) -> Dialect {
        self.0.dialect()
    }

    fn load(&self, statements: &[Statement]) -> Result<Vec<Rows>, StoreFault> {
        self.0.load(statements)
    }

    fn commit(&self, statements: &[Statement]) -> Result<(), StoreFault> {
        self.0.commit(statements)
    }
}

/// Nobody answers.
pub(crate) struct NoGateway;

impl Transport for NoGateway {
    fn send(&self, _: &HttpRequest) -> Result<HttpResponse, HttpFault> {
        Err(HttpFault::NotSent)
    }
}

pub(crate) fn config(settings: &Json) -> Config {
    let mut config = json!({
        "mode": "test",
        "api_key": "cp_test_stores",
        "business_id": BUSINESS,
        "webhook_secrets": [SECRET],
        "stock": "managed",
        "base_url": "http://127.0.0.1:1/api",
        "requests_per_minute": 100_000,
        "max_open_orders": 0,
        "max_tries": 50,
    });
    for (key, value) in settings.as_object().expect("settings") {
        config[key] = value.clone();
    }
    Config::from_json(&config.to_string()).expect("a configuration")
}

pub(crate) fn engine(
    executor: Box<dyn Executor>,
    transport: Box<dyn Transport>,
    settings: &Json,
) -> Engine {
    let shop = Shop::new(config(settings), executor.dialect()).expect("a shop");
    Engine::new(shop, transport, executor)
}

pub(crate) fn rows(executor: &dyn Executor, sql: &str) -> Rows {
    let statement = coinpay_stores::statement(sql);
    executor.load(&[statement]).expect("rows").remove(0)
}

pub(crate) fn count(executor: &dyn Executor, sql: &str) -> i64 {
    match rows(executor, sql).first().and_then(|row| row.first()) {
        Some(Value::Integer(count)) => *count,
        other => panic!("not a count: {other:?}"),
    }
}

/// The same number for the same text in every process (FNV-1a, stirred).
pub(crate) fn hash(text: &str) -> u64 {
    let mut mixed = text.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed ^ (mixed >> 31)
}

pub(crate) fn sha256(text: &str) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(text))
}
