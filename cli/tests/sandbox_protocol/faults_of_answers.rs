//! Every habit of the API's answers.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{KEY, Scene, agent, order};

#[test]
fn too_many_requests_say_how_long_to_wait() {
    let scene = Scene::new();
    scene.control(
        "/faults",
        json!({ "name": "rate_limited", "times": 1, "ms": 1500 }),
    );
    let reply = scene.create("key", &order());
    assert_eq!(
        (reply.status, reply.header("retry-after")),
        (429, Some("2"))
    );
    assert_eq!(reply.json().get("usage"), None);
    assert_eq!(scene.create("key", &order()).status, 201);
}

#[test]
fn the_hundred_and_first_request_of_a_minute_is_one_too_many() {
    let scene = Scene::new();
    scene.always("enforce_rate_limit");
    assert!((0..100).all(|_| scene.get("/rates?coin=BTC").status == 200));
    scene.advance(20);
    let reply = scene.get("/rates?coin=BTC");
    assert_eq!(
        (reply.status, reply.header("retry-after")),
        (429, Some("40"))
    );
    scene.advance(40);
    assert_eq!(scene.get("/rates?coin=BTC").status, 200);
}

#[test]
fn a_used_up_quota_carries_usage_and_no_time_to_wait() {
    let scene = Scene::new();
    scene.once("quota_exceeded");
    let reply = scene.create("key", &order());
    assert_eq!((reply.status, reply.header("retry-after")), (429, None));
    assert_eq!(reply.json()["usage"]["remaining"], 0);
}

#[test]
fn failures_have_their_status_and_body() {
    let scene = Scene::new();
    for (name, status, content_type) in [
        ("server_error", 500, Some("text/html; charset=utf-8")),
        ("unavailable", 503, None),
        ("unauthorized", 401, Some("application/json")),
        ("forbidden", 403, Some("application/json")),
        ("not_found", 404, Some("application/json")),
        ("redirected", 302, None),
        ("not_json", 200, Some("text/html; charset=utf-8")),
        ("oversized_answer", 200, Some("application/json")),
        ("fraud_block", 403, Some("application/json")),
    ] {
        scene.once(name);
        let reply = scene.create("key", &order());
        assert_eq!(
            (reply.status, reply.header("content-type")),
            (status, content_type),
            "{name}"
        );
        if name == "oversized_answer" {
            assert!(reply.body.len() > 1 << 20);
        }
        if name == "redirected" {
            assert!(reply.header("location").is_some());
        }
    }
    assert_eq!(scene.look("/payments")["payments"], json!([]));
}

#[test]
fn amount_too_large_has_its_code() {
    let scene = Scene::new();
    scene.once("amount_too_large");
    let reply = scene.create("key", &order());
    assert_eq!(
        (reply.status, &reply.json()["code"]),
        (400, &json!("AMOUNT_TOO_LARGE"))
    );
}

#[test]
fn an_error_can_be_an_object() {
    let scene = Scene::new();
    scene.once("error_as_object");
    scene.once("amount_too_large");
    let error = scene.create("key", &order()).json()["error"].clone();
    assert_eq!(error["code"], "AMOUNT_TOO_LARGE");
    assert!(error["message"].is_string());
    scene.once("error_as_object");
    assert!(scene.get("/payments/nothing").json()["error"]["message"].is_string());
    assert!(scene.get("/payments/nothing").json()["error"].is_string());
}

#[test]
fn a_dropped_connection_did_nothing() {
    let scene = Scene::new();
    scene.once("drop_connection");
    assert!(scene.try_create("key", &order()).is_err());
    assert_eq!(scene.look("/payments")["payments"], json!([]));
    assert_eq!(
        scene.look("/requests")["requests"][0]["status"],
        Value::Null
    );
    assert_eq!(scene.create("key", &order()).status, 201);
}

#[test]
fn a_request_that_is_never_answered_did_nothing() {
    let mut scene = Scene::new();
    scene.once("no_answer");
    let patient = std::mem::replace(&mut scene.agent, agent(Duration::from_millis(300)));
    assert!(scene.try_create("key", &order()).is_err());
    scene.agent = patient;
    assert_eq!(scene.look("/payments")["payments"], json!([]));
}

#[test]
fn an_answer_can_be_delayed() {
    let scene = Scene::new();
    scene.control("/faults", json!({ "name": "delay", "times": 1, "ms": 200 }));
    let start = Instant::now();
    assert_eq!(scene.create("key", &order()).status, 201);
    assert!(start.elapsed() >= Duration::from_millis(200));
}

#[test]
fn a_lost_answer_leaves_the_payment_for_the_same_key_to_find() {
    for name in ["timeout_after_create", "drop_after_create"] {
        let mut scene = Scene::new();
        scene.once(name);
        let patient = std::mem::replace(&mut scene.agent, agent(Duration::from_millis(300)));
        assert!(scene.try_create("key", &order()).is_err(), "{name}");
        scene.agent = patient;
        let stored = scene.look("/payments")["payments"][0]["id"].clone();
        let again = scene.create("key", &order());
        assert_eq!(
            (again.status, &again.json()["payment"]["id"]),
            (200, &stored),
            "{name}"
        );
        assert_eq!(
            scene.look("/payments")["payments"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
    }
    let scene = Scene::new();
    scene.once("error_after_create");
    let reply = scene.create("key", &order());
    assert_eq!(
        (reply.status, reply.header("content-type").unwrap()),
        (500, "text/html; charset=utf-8")
    );
    assert_eq!(scene.create("key", &order()).status, 200);
}

#[test]
fn of_two_calls_with_one_key_in_flight_one_fails() {
    let scene = Scene::new();
    scene.control(
        "/faults",
        json!({ "name": "key_in_flight", "times": 1, "ms": 20_000 }),
    );
    let mut statuses: Vec<_> = thread::scope(|scope| {
        let calls = [(), ()].map(|()| scope.spawn(|| scene.create("key", &order()).status));
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 500]);
    assert_eq!(scene.create("key", &order()).status, 200);
}

#[test]
fn a_key_in_flight_is_not_held_for_ever() {
    let scene = Scene::new();
    scene.control(
        "/faults",
        json!({ "name": "key_in_flight", "times": 1, "ms": 50 }),
    );
    assert_eq!(scene.create("key", &order()).status, 201);
}

#[test]
fn an_expired_payment_can_be_replayed_for_a_fresh_key() {
    let scene = Scene::new();
    scene.once("replay_expired");
    let reply = scene.create("key", &order());
    let answer = reply.json();
    assert_eq!(
        (reply.status, &answer["idempotent_replay"]),
        (200, &json!(true))
    );
    assert_eq!(answer["payment"]["status"], "expired");
    assert_eq!(answer["payment"]["expires_at"], "2026-11-22T23:59:00.000Z");
}

#[test]
fn an_answer_can_be_for_another_request() {
    let scene = Scene::new();
    scene.once("answer_for_other_chain");
    let chain = scene.create("a", &order());
    assert_eq!(
        (chain.status, &chain.json()["idempotent_replay"]),
        (200, &json!(true))
    );
    assert_ne!(chain.json()["payment"]["blockchain"], "BTC");
    assert_eq!(chain.json()["payment"]["amount_usd"], "20");
    scene.once("answer_for_other_amount");
    let amount = scene.create("b", &order());
    assert_eq!(
        (amount.status, &amount.json()["payment"]["amount_usd"]),
        (200, &json!("40"))
    );
    assert_eq!(amount.json()["payment"]["blockchain"], "BTC");
}

#[test]
fn a_window_can_be_short() {
    let scene = Scene::new();
    scene.control(
        "/faults",
        json!({ "name": "short_window", "times": 1, "ms": 90_000 }),
    );
    assert_eq!(scene.payment()["expires_at"], "2026-11-23T00:01:30.000Z");
    assert_eq!(scene.payment()["expires_at"], "2026-11-23T00:15:00.000Z");
}

#[test]
fn a_webhook_can_arrive_before_the_answer() {
    let scene = Scene::new();
    scene.control(
        "/faults",
        json!({ "name": "webhook_before_answer", "times": 1, "ms": 20_000 }),
    );
    let answer = scene.create("key", &order()).json();
    // Not flushed: it has arrived already.
    let hooks = scene.shop.hooks();
    assert_eq!(hooks.len(), 1);
    assert_eq!(hooks[0].json()["type"], "payment.confirmed");
    assert_eq!(
        hooks[0].json()["data"]["payment_id"],
        answer["payment"]["id"]
    );
    assert_eq!(answer["payment"]["status"], "pending");
}

#[test]
fn an_answer_can_lack_its_address() {
    let scene = Scene::new();
    scene.once("answer_without_address");
    assert_eq!(scene.payment().get("payment_address"), None);
    assert!(scene.payment()["payment_address"].is_string());
}

#[test]
fn amounts_come_as_strings_and_as_numbers() {
    let scene = Scene::new();
    scene.always("amounts_as_strings");
    let strings = scene.payment();
    for field in ["amount", "amount_usd", "crypto_amount", "amount_crypto"] {
        assert!(strings[field].is_string(), "{field}");
    }
    let id = strings["id"].as_str().unwrap();
    let view = scene.get(&format!("/payments/{id}")).json()["payment"].clone();
    assert_eq!(
        (&view["amount"], &view["crypto_amount"]),
        (&json!("20"), &json!("0.00032032"))
    );
    scene.control(
        "/faults",
        json!({ "name": "amounts_as_strings", "on": false }),
    );
    scene.always("amounts_as_numbers");
    let numbers = scene.payment();
    for field in ["amount", "amount_usd", "crypto_amount", "amount_crypto"] {
        assert!(numbers[field].is_number(), "{field}");
    }
}

#[test]
fn either_name_of_the_crypto_amount_can_be_missing() {
    let scene = Scene::new();
    for (name, field) in [
        ("crypto_amount_missing", "crypto_amount"),
        ("amount_crypto_missing", "amount_crypto"),
    ] {
        scene.once(name);
        assert_eq!(scene.payment().get(field), None, "{name}");
        assert!(!scene.payment()[field].is_null());
    }
}

#[test]
fn a_payment_can_be_nested_and_carry_fields_nobody_knows() {
    let scene = Scene::new();
    let id = scene.payment_id();
    scene.once("nested_answer");
    scene.once("unknown_fields");
    let answer = scene.get(&format!("/payments/{id}")).json();
    assert_eq!(answer["data"]["payment"]["id"], id);
    assert!(answer["data"]["payment"]["surprise"].is_object());
    assert_eq!(answer.get("payment"), None);
}

#[test]
fn rates_can_be_no_rates() {
    let scene = Scene::new();
    let rate = |name: &str| {
        scene.once(name);
        scene.get("/rates?coin=USDC&fiat=EUR").json()
    };
    assert_eq!(rate("rate_exactly_one")["rate"].to_string(), "1.0");
    assert_eq!(rate("rate_null")["rate"], Value::Null);
    let wrong = rate("rate_wrong_fiat");
    assert_eq!(
        (&wrong["fiat"], wrong["rate"].to_string().as_str()),
        (&json!("USD"), "1")
    );
    scene.once("rate_null");
    assert!(scene.get("/rates?coins=BTC&fiat=EUR").json()["errors"]["BTC"].is_string());
    assert_eq!(
        scene.get("/rates?coin=USDC&fiat=EUR").json()["rate"].to_string(),
        "0.92"
    );
}

#[test]
fn a_refused_key_is_not_used_up() {
    let scene = Scene::new();
    scene.once("unauthorized");
    let headers = [KEY, ("idempotency-key", "key")];
    let call = || scene.try_call("POST", "/payments/create", &headers, &order().to_string());
    assert_eq!(call().unwrap().status, 401);
    assert_eq!(call().unwrap().status, 201);
}
