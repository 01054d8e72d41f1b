//! A shop on a real store, SQLite in memory unless told otherwise, a gateway beside it, and a hand
//! on the clock.

use std::sync::Arc;

use coinpay_core::flow::{
    Answer, Checkout, CreateCheckout, Effect, Flow, OrderStatus, Request, Start, Step,
    WebhookAnswer, WorkReport,
};
use coinpay_core::store::{Executor, Value};
use coinpay_core::webhook::sign_webhook;
use coinpay_core::{Config, Result, Shop};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use crate::gateway::Gateway;

pub(crate) const BUSINESS: &str = "7b8f2c1e-5d5c-4c6e-9a51-2f6f3f1d9f10";
pub(crate) const SECRET: &str = "whsec_test";
pub(crate) const MINUTE_MS: i64 = 60_000;
pub(crate) const HOUR_MS: i64 = 60 * MINUTE_MS;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;

/// Where a flow is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The request of this step is never carried out.
    Before(u32),
    /// It is carried out, and the flow never hears of it.
    After(u32),
    /// It is carried out, and answered under the number of another step.
    WrongNumber(u32),
    /// It is answered with something else than it asked for.
    WrongKind(u32),
}

pub(crate) struct World {
    pub shop: Arc<Shop>,
    pub store: Arc<dyn Executor>,
    pub gateway: Gateway,
    pub now_ms: i64,
    starts: u64,
    /// What `drive` has carried out: `http`, `load`, `commit`, `wait`.
    pub steps: Vec<&'static str>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(json!({}))
    }

    /// A shop with more settings than the least.
    pub(crate) fn with(settings: Json) -> Self {
        Self::on(crate::stores::fresh(), settings)
    }

    pub(crate) fn on(store: Arc<dyn Executor>, settings: Json) -> Self {
        let mut config = json!({
            "mode": "test",
            "api_key": "cp_test_secret_key",
            "business_id": BUSINESS,
            "webhook_secrets": [SECRET],
            "stock": "managed",
            "base_url": "http://127.0.0.1:1/api",
        });
        for (key, value) in settings.as_object().expect("settings") {
            config[key] = value.clone();
        }
        let config = Config::from_json(&config.to_string()).expect("a configuration");
        let shop = Shop::new(config, store.dialect()).expect("a shop");
        let mut world = Self {
            shop,
            store,
            gateway: Gateway::default(),
            now_ms: 1_750_000_000_000,
            starts: 0,
            steps: Vec::new(),
        };
        let start = world.start();
        let flow = world.shop.prepare_store(start);
        world.drive(flow).expect("the store is made ready");
        world.gateway.rates.insert("EUR".into(), json!(0.9));
        world
    }

    pub(crate) fn start(&mut self) -> Start {
        self.starts += 1;
        let mut randomness = [0; 32];
        randomness[..8].copy_from_slice(&self.starts.to_be_bytes());
        Start {
            now_ms: self.now_ms,
            randomness,
        }
    }

    /// Carries out whatever the flow asks for until it is done.
    pub(crate) fn drive<T: Send + 'static>(&mut self, flow: Flow<T>) -> Result<T> {
        self.drive_until(flow, None).expect("nothing cuts it off")
    }

    /// The same; `None` where it was cut off.
    pub(crate) fn drive_until<T: Send + 'static>(
        &mut self,
        mut flow: Flow<T>,
        cut: Option<Cut>,
    ) -> Option<Result<T>> {
        loop {
            let (number, request) = match flow.step() {
                Step::Done(_) => return Some(flow.into_outcome().expect("done")),
                Step::Ask { number, request } => (*number, request.clone()),
            };
            if cut == Some(Cut::Before(number)) {
                return None;
            }
            let answer = self.carry_out(&request);
            if cut == Some(Cut::After(number)) {
                return None;
            }
            if cut == Some(Cut::WrongNumber(number)) {
                flow.answer(number + 1, answer, self.now_ms);
                return self.misused(flow);
            }
            if cut == Some(Cut::WrongKind(number)) {
                let other = match answer {
                    Answer::Wait => Answer::Commit(Ok(())),
                    Answer::Http(_) | Answer::Load(_) | Answer::Commit(_) => Answer::Wait,
                };
                flow.answer(number, other, self.now_ms);
                return self.misused(flow);
            }
            flow.answer(number, answer, self.now_ms);
        }
    }

    /// The flow has ended, whatever else it is told.
    fn misused<T: Send + 'static>(&self, mut flow: Flow<T>) -> Option<Result<T>> {
        flow.answer(1, Answer::Wait, self.now_ms);
        let outcome = flow.into_outcome().expect("a misused flow has ended");
        let error = outcome.err().expect("with an error");
        assert_eq!(error.code, coinpay_core::ErrorCode::FlowMisused);
        None
    }

    pub(crate) fn carry_out(&mut self, request: &Request) -> Answer {
        match request {
            Request::Http(request) => {
                self.steps.push("http");
                self.now_ms += 50;
                Answer::Http(self.gateway.send(request, self.now_ms))
            }
            Request::Load(statements) => {
                self.steps.push("load");
                self.now_ms += 1;
                Answer::Load(self.store.load(statements))
            }
            Request::Commit(statements) => {
                self.steps.push("commit");
                self.now_ms += 1;
                Answer::Commit(self.store.commit(statements))
            }
            Request::Wait(wait_ms) => {
                self.steps.push("wait");
                self.now_ms += i64::try_from(*wait_ms).expect("a short wait");
                Answer::Wait
            }
        }
    }

    /// Runs an operation by its name, as hosts in other languages do.
    pub(crate) fn run<T: DeserializeOwned>(&mut self, name: &str, input: Json) -> Result<T> {
        let start = self.start();
        let flow = self
            .shop
            .start(start, name, &input.to_string(), Vec::new())?;
        let output = self.drive(flow)?;
        Ok(serde_json::from_value(output).expect("the output reads back"))
    }

    pub(crate) fn checkout_input(&self, cart: &str) -> Json {
        json!({
            "cart_id": cart,
            "customer_id": "customer-1",
            "customer": {"email": "a@example.com"},
            "currency": "USD",
            "items": [{"sku": "book", "quantity": 1, "price": "150.00", "digital": true}],
            "blockchain": "ETH",
        })
    }

    pub(crate) fn checkout_flow(&mut self, input: &Json) -> Flow<Checkout> {
        let start = self.start();
        let input: CreateCheckout = serde_json::from_value(input.clone()).expect("an input");
        self.shop.create_checkout(start, input)
    }

    pub(crate) fn checkout(&mut self, input: &Json) -> Result<Checkout> {
        let flow = self.checkout_flow(input);
        self.drive(flow)
    }

    /// A fresh order for one book, with its payment open.
    pub(crate) fn open_order(&mut self) -> (String, String) {
        self.stock("book", 10);
        self.open_cart("cart-1")
    }

    pub(crate) fn open_cart(&mut self, cart: &str) -> (String, String) {
        let input = self.checkout_input(cart);
        let checkout = self.checkout(&input).expect("a checkout");
        let order = checkout.order.expect("its order");
        (
            checkout.order_id,
            order.payment.expect("its payment").payment_id,
        )
    }

    pub(crate) fn stock(&mut self, sku: &str, pieces: i64) {
        let id = format!("delivery-{sku}-{}", self.starts);
        let input = json!({"adjustment_id": id, "sku": sku, "delta": pieces, "actor": "test"});
        let _: Json = self.run("adjust_stock", input).expect("stock comes in");
    }

    /// On hand and reserved.
    pub(crate) fn shelf(&self, sku: &str) -> (i64, i64) {
        let rows = self.select(&format!(
            "SELECT on_hand, reserved FROM coinpay_stock WHERE sku = '{sku}'"
        ));
        match rows.first().map(Vec::as_slice) {
            Some([Value::Integer(on_hand), Value::Integer(reserved)]) => (*on_hand, *reserved),
            other => panic!("no such article: {other:?}"),
        }
    }

    pub(crate) fn select(&self, sql: &str) -> Vec<Vec<Value>> {
        let statement = coinpay_core::store::Statement {
            sql: sql.into(),
            params: Vec::new(),
        };
        self.store.load(&[statement]).expect("rows").remove(0)
    }

    pub(crate) fn count(&self, sql: &str) -> i64 {
        match self.select(sql).first().and_then(|row| row.first()) {
            Some(Value::Integer(count)) => *count,
            other => panic!("not a count: {other:?}"),
        }
    }

    pub(crate) fn status(&mut self, order_id: &str) -> OrderStatus {
        self.run(
            "order_status",
            json!({"order_id": order_id, "customer_id": "customer-1"}),
        )
        .expect("the owner sees it")
    }

    /// The payment monitor's thin event.
    pub(crate) fn thin(&self, payment_id: &str, kind: &str) -> Json {
        let payment = self.gateway.payment(payment_id);
        json!({
            "id": format!("evt_{payment_id}_{}", self.now_ms / 1_000),
            "type": format!("payment.{kind}"),
            "created_at": coinpay_core::time::format_rfc3339(self.now_ms),
            "business_id": BUSINESS,
            "data": {
                "payment_id": payment_id,
                "status": kind,
                "blockchain": payment.request["blockchain"],
                "amount_crypto": payment.crypto,
                "payment_address": payment.address,
            },
        })
    }

    pub(crate) fn webhook_flow(&mut self, event: &Json) -> Flow<WebhookAnswer> {
        let body = event.to_string().into_bytes();
        let signature = sign_webhook(&body, SECRET, self.now_ms / 1_000);
        let start = self.start();
        self.shop.handle_webhook(start, body, Some(signature))
    }

    pub(crate) fn webhook(&mut self, event: &Json) -> WebhookAnswer {
        let flow = self.webhook_flow(event);
        self.drive(flow).expect("the endpoint always answers")
    }

    pub(crate) fn work(&mut self) -> WorkReport {
        self.run("work", json!({})).expect("work")
    }

    pub(crate) fn claim(&mut self) -> Vec<Effect> {
        self.run("claim_effects", json!({"limit": 100}))
            .expect("claims")
    }

    /// Claims and completes until nothing is due; answers what was handed out.
    pub(crate) fn run_effects(&mut self) -> Vec<String> {
        let mut done = Vec::new();
        loop {
            let effects = self.claim();
            if effects.is_empty() {
                return done;
            }
            for effect in effects {
                done.push(format!("{}/{}", effect.kind, effect.subject));
                let input = json!({
                    "order_id": effect.order_id, "kind": effect.kind, "subject": effect.subject,
                });
                let _: Json = self.run("complete_effect", input).expect("completes");
            }
        }
    }

    pub(crate) fn effects_of(&self, kind: &str) -> i64 {
        self.count(&format!(
            "SELECT COUNT(*) FROM coinpay_effects WHERE kind = '{kind}'"
        ))
    }
}
