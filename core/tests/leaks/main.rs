//! No secret and nothing that a customer gave shows where things are printed: errors, health,
//! explanations, and the `Debug` of what a host may log. No step carries a secret.
#![cfg(all(feature = "contract", feature = "engine", feature = "sqlite"))]

mod net;
#[cfg(all(feature = "http", feature = "tracing"))]
mod subscriber;
mod world;

use coinpay_core::api::{HttpFault, HttpRequest, HttpResponse};
use coinpay_core::flow::{Answer, CreateCheckout, OPERATIONS};
use coinpay_core::store::FaultClass;
use coinpay_core::store::contract::Injected;
use coinpay_core::webhook::sign_webhook;
use coinpay_core::{Config, Engine, Shop, SqliteExecutor, Transport};
use net::{ADDRESS, CUSTOMER, DESCRIPTION, HOOK, KEY, MAIL, METADATA, NAME, Net, PLAIN_HOOK};
use serde_json::{Value as Json, json};
use world::{World, checkout, configuration, response};

fn assert_tight(net: &Net, at_least: u32) {
    assert!(net.found.is_empty(), "{:#?}", net.found);
    assert!(net.looked > at_least, "only {} texts", net.looked);
}

/// An input with which each operation does something in a world with a paid order.
fn input(name: &str, world: &World, order_id: &str) -> (Json, Vec<u8>) {
    let document = match name {
        "create_checkout" => {
            let mut other = checkout();
            other["cart_id"] = json!("cart-2");
            other
        }
        "handle_webhook" => {
            let (document, body) = world.webhook("forwarded", PLAIN_HOOK);
            return (serde_json::from_str(&document).unwrap(), body);
        }
        "order_status" => json!({"order_id": order_id, "customer_id": CUSTOMER}),
        "cancel_order" => json!({"order_id": order_id, "reason": "shop", "actor": "clerk"}),
        "resolve_review" => json!({"order_id": order_id, "decision": "close", "actor": "clerk"}),
        "record_refund" => json!({"order_id": order_id, "refund_id": "r", "amount": "1",
            "actor": "clerk"}),
        "mark_fulfilled" => json!({"order_id": order_id, "actor": "clerk"}),
        "adjust_stock" => json!({"adjustment_id": "b", "sku": "book", "delta": 1,
            "actor": "clerk"}),
        "complete_effect" | "fail_effect" | "renew_effect" | "settle_effect" => json!({
            "order_id": order_id, "kind": "ship_order", "claim_no": 1, "error": "closed",
            "settlement": "done", "actor": "clerk"}),
        "report_effects" => json!({"outcomes": [
            {"order_id": order_id, "kind": "ship_order"},
            {"order_id": order_id, "kind": "send_confirmation_email", "claim_no": 1,
                "error": "closed"}], "claim": {}}),
        "explain_order" => json!({"order_id": order_id}),
        "erase_customer" => json!({"customer_id": CUSTOMER}),
        "list_orders" => json!({"search": CUSTOMER}),
        "dash" => json!({"method": "GET", "path": format!("/orders/{order_id}"),
            "actor": "clerk", "csrf": "c", "nonce": "n"}),
        "prepare_store" | "work" | "claim_effects" | "health" | "export" | "list_coins"
        | "list_effects" | "report_figures" => json!({}),
        other => panic!("{other} has no input here"),
    };
    (document, Vec::new())
}

/// What operators look at afterwards.
fn look_back(world: &mut World, net: &mut Net) {
    world.recover();
    world.answers.clear();
    let health = world.run(net, "health", "", Vec::new());
    assert!(health["output"].is_object(), "{health}");
    if let Some(order_id) = world.order_id() {
        let document = json!({"order_id": order_id}).to_string();
        let explained = world.run(net, "explain_order", &document, Vec::new());
        let story =
            serde_json::from_value::<coinpay_core::flow::Explanation>(explained["output"].clone());
        net.printed("an explanation as text", &story.unwrap().to_text());
    }
}

/// The operator's view, which is for people who see many customers' orders.
#[cfg(feature = "dash")]
fn look_at_pages(world: &mut World, net: &mut Net, order_id: &str) {
    for path in [
        "/",
        "/review",
        "/effects",
        "/metrics",
        &format!("/orders/{order_id}"),
    ] {
        let request = json!({"method": "GET", "path": path, "actor": "clerk", "nonce": "n"});
        let page = world.run(net, "dash", &request.to_string(), Vec::new());
        let body = page["output"]["body"].as_str().unwrap();
        assert_eq!(page["output"]["http_status"], json!(200), "{path}: {body}");
        net.printed("the operator's view", body);
    }
}

#[test]
fn operations_that_succeed_print_nothing_of_anybody() {
    let mut net = Net::default();
    for name in OPERATIONS {
        let (mut world, order_id) = World::with_order(&mut net);
        let (document, body) = input(name, &world, &order_id);
        world.run(&mut net, name, &document.to_string(), body);
        look_back(&mut world, &mut net);
        #[cfg(feature = "dash")]
        look_at_pages(&mut world, &mut net, &order_id);
    }
    assert_tight(&net, 1_000);
}

#[test]
fn a_failing_store_makes_no_operation_talk() {
    let mut net = Net::default();
    let mut failures = 0;
    let classes = [
        FaultClass::Conflict,
        FaultClass::Retry,
        FaultClass::Unknown,
        FaultClass::Fatal,
    ];
    let faults = classes.map(Injected::Before);
    for name in OPERATIONS {
        for injected in faults.into_iter().chain([Injected::After]) {
            for calls in 0..3 {
                let (mut world, order_id) = World::with_order(&mut net);
                let (document, body) = input(name, &world, &order_id);
                world.fail_after(calls, injected);
                let end = world.run(&mut net, name, &document.to_string(), body);
                failures += u32::from(end.get("error").is_some());
                look_back(&mut world, &mut net);
            }
        }
    }
    assert!(failures > 100, "only {failures} operations failed");
    assert_tight(&net, 10_000);
}

/// Every field in turn holds something else: of a customer's, of another type, or nothing.
fn spoilt(document: &Json) -> Vec<String> {
    let mut all: Vec<String> = [NAME, KEY, "[", "[1]", "7"].map(str::to_owned).into();
    all.push(json!(MAIL).to_string());
    for field in document.as_object().unwrap().keys() {
        for value in [
            json!(NAME),
            json!(format!("{MAIL}\u{7}{}", DESCRIPTION.repeat(600))),
            json!(-7),
            json!(null),
            json!([ADDRESS]),
            json!({ CUSTOMER: METADATA, "order_id": NAME }),
            json!([{"sku": NAME, "quantity": 0, "price": MAIL}]),
            json!([{"sku": ADDRESS, "quantity": 4_000_000, "price": "1.00001"}]),
        ] {
            let mut other = document.clone();
            other[field] = value;
            all.push(other.to_string());
        }
    }
    all
}

#[test]
fn an_input_that_is_refused_is_not_repeated() {
    let mut net = Net::default();
    let mut refused = 0;
    for name in OPERATIONS.iter().chain(&[KEY, NAME]) {
        let (mut world, order_id) = World::with_order(&mut net);
        let known = OPERATIONS.contains(name);
        let (document, body) = input(if known { name } else { "work" }, &world, &order_id);
        for spoilt in spoilt(&document) {
            let end = world.run(&mut net, name, &spoilt, body.clone());
            refused += u32::from(end.get("error").is_some());
        }
    }
    assert!(refused > 150, "only {refused} inputs were refused");
    assert_tight(&net, 1_000);
}

#[test]
fn a_gateway_that_repeats_the_key_is_not_quoted_with_it() {
    let said = [
        json!({"success": false, "error": format!("the key {KEY} is wrong")}),
        json!({"success": false, "error": {"code": KEY, "message": format!("Bearer {KEY}")}}),
        json!({"success": false, "error": format!("key=\"{KEY}\""), "code": KEY}),
        json!({"message": format!("Authorization:Bearer {KEY}"), "usage": {"current": 1}}),
        json!({"success": true, "payment": {"id": KEY, "payment_address": KEY}}),
        json!([KEY]),
    ];
    let mut bodies: Vec<String> = said.iter().map(Json::to_string).collect();
    bodies.push(format!("<html>{KEY} {HOOK}</html>"));
    bodies.push(KEY.to_owned());
    bodies.push(String::new());
    let statuses = [200, 201, 302, 400, 401, 403, 404, 409, 422, 429, 500, 503];
    let responses = statuses
        .iter()
        .flat_map(|status| bodies.iter().map(|body| Ok(response(*status, body))));
    let faults = [
        HttpFault::NotSent,
        HttpFault::Interrupted,
        HttpFault::TooLarge,
    ];
    let mut net = Net::default();
    for answer in responses.chain(faults.map(Err)) {
        let mut world = World::new(&mut net);
        world.answers = std::iter::repeat_n(answer.clone(), 30).collect();
        let document = checkout().to_string();
        let end = world.run(&mut net, "create_checkout", &document, Vec::new());
        assert!(end.get("error").is_some(), "{answer:?}: {end}");
        look_back(&mut world, &mut net);
        world.now_ms += 120_000;
        world.answers = std::iter::repeat_n(answer, 30).collect();
        world.run(&mut net, "work", "", Vec::new());
        look_back(&mut world, &mut net);
    }
    assert_tight(&net, 10_000);
}

#[test]
fn a_webhook_that_is_refused_tells_nothing() {
    let mut net = Net::default();
    let (mut world, _) = World::with_order(&mut net);
    let (_, body) = world.webhook("forwarded", HOOK);
    let now_s = world.now_ms / 1_000;
    let mut signatures = vec![
        None,
        Some(String::new()),
        Some(HOOK.to_owned()),
        Some(format!("t={NAME},v1={HOOK}")),
        Some(format!("t={now_s},v1={}", "0".repeat(64))),
        Some(sign_webhook(&body, HOOK, now_s - 4_000)),
        Some(sign_webhook(&body, HOOK, now_s + 4_000)),
    ];
    for secret in ["", KEY, &format!("\"{HOOK}\""), &format!(" {PLAIN_HOOK}\n")] {
        signatures.push(Some(sign_webhook(&body, secret, now_s)));
    }
    for signature in signatures {
        for sent in [body.clone(), [&body[..], b"\n"].concat(), Vec::new()] {
            world.now_ms += 60_000;
            let document = json!({ "signature": signature }).to_string();
            let end = world.run(&mut net, "handle_webhook", &document, sent);
            assert_eq!(end["output"]["outcome"], json!("refused"), "{end}");
            look_back(&mut world, &mut net);
        }
    }
    assert_tight(&net, 300);
}

#[test]
fn a_flow_that_is_misused_tells_nothing() {
    let mut net = Net::default();
    for name in OPERATIONS {
        let (mut world, order_id) = World::with_order(&mut net);
        let (document, body) = input(name, &world, &order_id);
        let document = document.to_string();
        for misuse in 0..4 {
            let start = world.start();
            let flow = world.shop.start(start, name, &document, body.clone());
            let mut flow = flow.unwrap();
            match misuse {
                0 => drop(flow.answer(9, Answer::Wait, 1)),
                1 => flow.answer_document(&json!({ KEY: NAME }).to_string(), MAIL.into()),
                2 => flow.answer_document(KEY, ADDRESS.into()),
                _ => {
                    let rows = json!({"step": 1, "now_ms": 1, "answer": "rows",
                        "rows": vec![vec![vec![NAME; 3]]; 9]});
                    flow.answer_document(&rows.to_string(), KEY.into());
                }
            }
            net.debug("a misused flow", &flow);
            net.debug("a misused flow's step", flow.step());
            net.json("a misused flow", &flow.step_document());
        }
    }
    assert_tight(&net, 500);
}

struct Silent;

impl Transport for Silent {
    fn send(&self, _: &HttpRequest) -> Result<HttpResponse, HttpFault> {
        Err(HttpFault::NotSent)
    }
}

fn print_settings(net: &mut Net) {
    let config = Config::from_json(&configuration().to_string()).unwrap();
    net.debug("the configuration", &config);
    let shop = Shop::new(config, coinpay_core::store::Dialect::Sqlite).unwrap();
    net.debug("the shop", &shop);
    let store = SqliteExecutor::open_in_memory().unwrap();
    net.debug("the store", &store);
    let engine = Engine::new(shop, Box::new(Silent), Box::new(store));
    net.debug("the engine", &engine);
    let input: CreateCheckout = serde_json::from_value(checkout()).unwrap();
    net.data("a checkout's input", &format!("{input:?}"));
}

#[test]
fn a_shop_and_its_settings_print_no_secret() {
    let mut net = Net::default();
    print_settings(&mut net);
    let keys = configuration();
    for field in keys.as_object().unwrap().keys() {
        for value in [
            json!(KEY),
            json!([KEY, 7]),
            json!(-7),
            json!({ MAIL: HOOK }),
        ] {
            let mut other = configuration();
            other[field] = value;
            if let Err(error) = Config::from_json(&other.to_string()) {
                net.error("the configuration", &error);
            }
        }
    }
    for text in spoilt(&configuration()) {
        if let Err(error) = Config::from_json(&text) {
            net.error("the configuration", &error);
        }
    }
    assert_tight(&net, 100);
}

#[test]
fn the_net_holds_what_it_is_to_hold() {
    for text in [KEY, HOOK, NAME, METADATA, &CUSTOMER.to_uppercase()] {
        let mut net = Net::default();
        net.printed("here", &format!("<{text}>"));
        assert_eq!(net.found.len(), 1, "{text}");
    }
    let mut net = Net::default();
    net.data("here", NAME);
    assert!(net.found.is_empty(), "data may carry data");
}
