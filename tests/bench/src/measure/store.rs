//! A shop on a SQLite file with a gateway that answers in the same process: real orders, opened
//! by the real flow.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, ensure};
use coinpay_core::api::{HttpFault, HttpRequest, HttpResponse};
use coinpay_core::flow::{AdjustStock, Answer, CreateCheckout, OrderAccess, Request, Start};
use coinpay_core::store::Executor;
use coinpay_core::{Clock, Engine, Shop, SqliteExecutor, Transport};
use serde_json::json;

use crate::recorded::{Recording, START, record};
use crate::samples::{self, NOW_MS, Payment, Webhook};

/// Enough of one article for everybody.
const SHELF: i64 = 100_000_000;

/// Noon, for good: no deadline passes while something is measured.
struct Noon;

impl Clock for Noon {
    fn now_ms(&self) -> i64 {
        NOW_MS
    }
}

/// Makes a payment for every create call.
struct Gateway;

impl Gateway {
    fn answer(request: &HttpRequest) -> HttpResponse {
        let mut headers = request.headers.iter();
        let key = headers.find(|(name, _)| name == "Idempotency-Key");
        let key = key.map_or("", |(_, value)| value);
        HttpResponse {
            status: 201,
            headers: Vec::new(),
            body: Payment::of_key(key).created().to_string().into_bytes(),
        }
    }
}

impl Transport for Gateway {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFault> {
        Ok(Self::answer(request))
    }
}

/// The engine of a shop on this executor.
///
/// # Errors
/// Where the settings are refused.
pub fn engine(executor: Box<dyn Executor>) -> Result<Engine> {
    let shop = samples::shop_on(executor.dialect())?;
    Ok(Engine::new(shop, Box::new(Gateway), executor).with_clock(Box::new(Noon)))
}

/// The engine of the shop in this file.
///
/// # Errors
/// Where the file is no store.
pub fn open(file: &Path) -> Result<Engine> {
    engine(Box::new(SqliteExecutor::open(file)?))
}

/// What is sold where nothing else is said.
const HANDBOOK: &str = "handbook";

/// A new file with the tables and a full shelf.
///
/// # Errors
/// Where it cannot be made.
pub fn create(file: &Path) -> Result<Engine> {
    begin(Box::new(SqliteExecutor::open(file)?))
}

/// The same on any executor.
///
/// # Errors
/// Where the store is refused.
pub fn begin(executor: Box<dyn Executor>) -> Result<Engine> {
    let engine = engine(executor)?;
    engine.prepare_store()?;
    engine.adjust_stock(shelf(HANDBOOK))?;
    Ok(engine)
}

/// Puts enough of a further article on the shelf.
///
/// # Errors
/// What the flow fails with.
pub fn stock(engine: &Engine, sku: &str) -> Result<()> {
    engine.adjust_stock(shelf(sku))?;
    Ok(())
}

fn shelf(sku: &str) -> AdjustStock {
    AdjustStock {
        adjustment_id: format!("first of {sku}"),
        sku: sku.into(),
        delta: SHELF,
        actor: "bench".into(),
        note: None,
    }
}

/// One download for 49.90 dollars, in dollars on Polygon.
fn cart(number: usize, sku: &str) -> Result<CreateCheckout> {
    let cart = json!({
        "cart_id": format!("cart-{number:016}"),
        "customer_id": customer(number),
        "customer": { "name": "Ada Lovelace", "email": "ada@example.org" },
        "currency": "USD",
        "blockchain": "USDC_POL",
        "description": "Handbook, second edition",
        "items": [{ "sku": sku, "quantity": 1, "price": "49.90", "digital": true }],
    });
    Ok(serde_json::from_value(cart)?)
}

/// Long, so that none of a million copies with random digits has the name of a real one.
fn customer(number: usize) -> String {
    format!("customer-{number:016}")
}

/// Opens checkouts with these numbers, one after the other, and gives their orders' ids.
///
/// # Errors
/// What a checkout fails with.
pub fn check_out(engine: &Engine, numbers: std::ops::Range<usize>) -> Result<Vec<String>> {
    numbers
        .map(|number| check_out_of(engine, number, HANDBOOK))
        .collect()
}

/// Opens the checkout with this number, of this article, and gives its order's id.
///
/// # Errors
/// What a checkout fails with.
pub fn check_out_of(engine: &Engine, number: usize, sku: &str) -> Result<String> {
    Ok(engine.create_checkout(cart(number, sku)?)?.order_id)
}

/// Runs the flows that are played again later on a store in memory, always the same.
///
/// # Errors
/// What a flow fails with.
pub fn record_sample() -> Result<Recording> {
    let shop: Arc<Shop> = samples::shop()?;
    let executor = SqliteExecutor::open_in_memory()?;
    let carry_out = |request: &Request| match request {
        Request::Http(request) => Answer::Http(Ok(Gateway::answer(request))),
        Request::Load(statements) => Answer::Load(executor.load(statements)),
        Request::Commit(statements) => Answer::Commit(executor.commit(statements)),
        Request::Wait(_) => Answer::Wait,
    };
    let before = |number: u8| Start {
        randomness: [number; 32],
        ..START
    };
    record(shop.prepare_store(before(1)), carry_out)?;
    record(shop.adjust_stock(before(2), shelf(HANDBOOK)), carry_out)?;
    let (checkout, _) = record(
        shop.create_checkout(before(3), cart(1, HANDBOOK)?),
        carry_out,
    )?;
    let order_id = checkout.order_id;
    let access = OrderAccess {
        order_id: order_id.clone(),
        customer_id: Some(customer(1)),
        status_token: None,
    };
    let (_, order_status) = record(shop.order_status(START, access), carry_out)?;
    let webhook = Webhook::paying(&order_id);
    let flow = shop.handle_webhook(START, webhook.body, Some(webhook.signature));
    let (answer, handle_webhook) = record(flow, carry_out)?;
    ensure!(answer.http_status == 200, "the sample webhook is taken");
    Ok(Recording {
        order_id,
        customer_id: customer(1),
        handle_webhook,
        order_status,
    })
}
