//! A shop whose gateway and store do as they are told, and whose every step goes over the net.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use coinpay_core::api::{HttpFault, HttpResponse, Method};
use coinpay_core::flow::{Answer, Flow, Request, Start, Step};
use coinpay_core::store::contract::{FaultyExecutor, Injected};
use coinpay_core::store::{Dialect, Executor, Statement, Value};
use coinpay_core::webhook::sign_webhook;
use coinpay_core::{Config, Shop, SqliteExecutor};
use serde_json::{Value as Json, json};

use crate::net::{
    ADDRESS, CUSTOMER, DESCRIPTION, HOOK, KEY, MAIL, METADATA, NAME, Net, PASSWORD, PLAIN_HOOK,
};

pub(crate) const PAYMENT: &str = "00000000-0000-4000-8000-000000000001";
const BUSINESS: &str = "7b8f2c1e-5d5c-4c6e-9a51-2f6f3f1d9f10";

/// Fail so after so many more calls, and from then on.
type Fault = Arc<Mutex<Option<(u32, Injected)>>>;

pub(crate) struct World {
    pub shop: Arc<Shop>,
    store: FaultyExecutor<SqliteExecutor>,
    fault: Fault,
    pub answers: VecDeque<Result<HttpResponse, HttpFault>>,
    pub now_ms: i64,
    starts: u8,
}

pub(crate) fn configuration() -> Json {
    json!({
        "mode": "test",
        "api_key": KEY,
        "business_id": BUSINESS,
        "webhook_secrets": [HOOK, PLAIN_HOOK],
        "stock": "managed",
        "database": format!("postgres://shop:{PASSWORD}@db/shop"),
        "base_url": "http://127.0.0.1:1/api",
    })
}

pub(crate) fn checkout() -> Json {
    json!({
        "cart_id": "cart-1",
        "customer_id": CUSTOMER,
        "customer": {"name": NAME, "email": MAIL, "address": [ADDRESS]},
        "currency": "USD",
        "items": [{"sku": "book", "quantity": 1, "price": "15.00"}],
        "blockchain": "ETH",
        "description": DESCRIPTION,
        "metadata": {"note": METADATA},
        "ship": "effect",
    })
}

pub(crate) fn response(status: u16, body: &str) -> HttpResponse {
    HttpResponse {
        status,
        headers: vec![
            ("Location".into(), format!("https://example.com/?key={KEY}")),
            ("Retry-After".into(), "1".into()),
        ],
        body: body.as_bytes().to_vec(),
    }
}

impl World {
    pub(crate) fn new(net: &mut Net) -> Self {
        let config = Config::from_json(&configuration().to_string()).unwrap();
        let fault = Fault::default();
        let told = Arc::clone(&fault);
        let store = FaultyExecutor::new(SqliteExecutor::open_in_memory().unwrap(), move |_, _| {
            let mut told = told.lock().unwrap();
            match told.as_mut() {
                Some((0, injected)) => Some(*injected),
                Some((left, _)) => {
                    *left -= 1;
                    None
                }
                None => None,
            }
        });
        let mut world = Self {
            shop: Shop::new(config, Dialect::Sqlite).unwrap(),
            store,
            fault,
            answers: VecDeque::new(),
            now_ms: 1_750_000_000_000,
            starts: 0,
        };
        world.run(net, "prepare_store", "", Vec::new());
        let stock = json!({"adjustment_id": "a", "sku": "book", "delta": 9, "actor": "clerk"});
        world.run(net, "adjust_stock", &stock.to_string(), Vec::new());
        world
    }

    /// The same with an order that is paid and has side work.
    pub(crate) fn with_order(net: &mut Net) -> (Self, String) {
        let mut world = Self::new(net);
        let made = world.run(net, "create_checkout", &checkout().to_string(), Vec::new());
        let order_id = made["output"]["order_id"].as_str().unwrap().to_owned();
        let (document, body) = world.webhook("confirmed", HOOK);
        let heard = world.run(net, "handle_webhook", &document, body);
        assert_eq!(heard["output"]["outcome"], json!("applied"), "{heard}");
        (world, order_id)
    }

    pub(crate) fn fail_after(&self, calls: u32, injected: Injected) {
        *self.fault.lock().unwrap() = Some((calls, injected));
    }

    pub(crate) fn recover(&self) {
        *self.fault.lock().unwrap() = None;
    }

    pub(crate) fn order_id(&self) -> Option<String> {
        let statement = Statement {
            sql: "SELECT id FROM coinpay_orders".into(),
            params: Vec::new(),
        };
        match self.store.load(&[statement]).unwrap()[0].first()?.first()? {
            Value::Text(id) => Some(id.clone()),
            Value::Null | Value::Integer(_) => None,
        }
    }

    /// A webhook's document and body; it gives back what the customer gave.
    pub(crate) fn webhook(&self, kind: &str, secret: &str) -> (String, Vec<u8>) {
        let event = json!({
            "id": "evt_1", "type": format!("payment.{kind}"), "business_id": BUSINESS,
            "data": {
                "payment_id": PAYMENT, "status": kind, "blockchain": "ETH",
                "amount_crypto": "0.0125", "payment_address": format!("0x{:040x}", 1),
                "description": DESCRIPTION,
                "metadata": {"note": METADATA, "name": NAME, "mail": MAIL},
            },
        });
        let body = event.to_string().into_bytes();
        let signature = sign_webhook(&body, secret, self.now_ms / 1_000);
        (json!({ "signature": signature }).to_string(), body)
    }

    pub(crate) fn start(&mut self) -> Start {
        self.starts = self.starts.wrapping_add(1);
        Start {
            now_ms: self.now_ms,
            randomness: [self.starts; 32],
        }
    }

    /// Runs an operation by its name and answers its last document.
    pub(crate) fn run(&mut self, net: &mut Net, name: &str, input: &str, body: Vec<u8>) -> Json {
        let start = self.start();
        match self.shop.start(start, name, input, body) {
            Ok(flow) => self.drive(net, name, flow),
            Err(error) => {
                net.error(name, &error);
                json!({ "error": error })
            }
        }
    }

    fn drive(&mut self, net: &mut Net, name: &str, mut flow: Flow<Json>) -> Json {
        loop {
            net.debug("a flow", &flow);
            let document = flow.step_document();
            net.data(&format!("{name} (step)"), &document.to_string());
            let (number, request) = match flow.step() {
                Step::Done(Ok(output)) => {
                    let for_operators = [
                        "explain_order",
                        "health",
                        "handle_webhook",
                        "work",
                        "list_orders",
                        "list_effects",
                        "report_figures",
                    ];
                    if for_operators.contains(&name) {
                        net.json(name, output);
                    }
                    return document;
                }
                Step::Done(Err(error)) => {
                    net.error(name, error);
                    net.debug("a step that ends in an error", flow.step());
                    net.json(name, &document);
                    return document;
                }
                Step::Ask { number, request } => (*number, request.clone()),
            };
            let kind = document["request"].as_str().unwrap();
            net.debug(&format!("a step with {kind}"), flow.step());
            let answer = self.carry_out(&request);
            net.debug("an answer", &answer);
            self.now_ms += 20;
            flow.answer(number, answer, self.now_ms);
        }
    }

    fn carry_out(&mut self, request: &Request) -> Answer {
        match request {
            Request::Http(request) => {
                let told = self.answers.pop_front();
                Answer::Http(told.unwrap_or_else(|| Ok(truth(request.method, self.now_ms))))
            }
            Request::Load(statements) => Answer::Load(self.store.load(statements)),
            Request::Commit(statements) => Answer::Commit(self.store.commit(statements)),
            Request::Wait(wait_ms) => {
                self.now_ms += i64::try_from(*wait_ms).unwrap();
                Answer::Wait
            }
        }
    }
}

fn truth(method: Method, now_ms: i64) -> HttpResponse {
    let row = json!({"success": true, "payment": {
        "id": PAYMENT, "business_id": BUSINESS, "amount": 15, "blockchain": "ETH",
        "crypto_amount": "0.0125", "payment_address": format!("0x{:040x}", 1),
        "status": "pending", "metadata": {"note": METADATA, "name": NAME},
        "expires_at": coinpay_core::time::format_rfc3339(now_ms + 900_000),
    }});
    let status = if method == Method::Post { 201 } else { 200 };
    response(status, &row.to_string())
}
