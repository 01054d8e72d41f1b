//! Who tries again, when, and until when; and sending again by hand.

use serde_json::{Value, json};

use crate::support::Scene;

/// The moments of a delivery's attempts, in seconds since the first.
fn moments(delivery: &Value) -> Vec<i64> {
    let attempts = delivery["attempts"].as_array().expect("attempts");
    let seconds = |attempt: &Value| {
        let time = attempt["time"].as_str().expect("a time");
        let day: i64 = time[8..10].parse().expect("a day");
        let part = |range: std::ops::Range<usize>| time[range].parse::<i64>().expect("a number");
        ((day * 24 + part(11..13)) * 60 + part(14..16)) * 60 + part(17..19)
    };
    let first = seconds(&attempts[0]);
    attempts
        .iter()
        .map(|attempt| seconds(attempt) - first)
        .collect()
}

#[test]
fn the_monitor_tries_once_and_never_again() {
    let scene = Scene::new();
    scene.shop.answer_always(500);
    let id = scene.payment_id();
    scene.act(&id, "pay", json!({ "shape": "monitor" }));
    scene.advance(2 * 24 * 3600);
    let deliveries = scene.deliveries();
    assert_eq!(moments(&deliveries[0]), [0]);
    assert_eq!(
        (&deliveries[0]["state"], &deliveries[0]["status"]),
        (&json!("dead"), &json!(500))
    );
}

#[test]
fn other_senders_try_three_times_then_queue_then_give_up() {
    for shape in ["balance_check", "forwarding", "card"] {
        let scene = Scene::new();
        scene.shop.answer_always(503);
        let id = scene.payment_id();
        scene.act(&id, "pay", json!({ "shape": shape }));
        // In one step: every retry still happens at its own time.
        scene.advance(2 * 24 * 3600);
        let minutes = [0, 1, 6, 21, 81, 261, 621, 1341].map(|minutes| minutes * 60 + 3);
        let expected: Vec<_> = [0, 1].into_iter().chain(minutes).collect();
        let deliveries = scene.deliveries();
        assert_eq!(moments(&deliveries[0]), expected, "{shape}");
        assert_eq!(deliveries[0]["state"], "dead");
        assert_eq!(deliveries[0]["next_attempt_at"], Value::Null);
    }
}

#[test]
fn a_retry_is_due_by_the_clock_and_ends_with_the_first_2xx() {
    let scene = Scene::new();
    scene.shop.answer_next(&[500, 500, 500]);
    let id = scene.payment_id();
    scene.act(&id, "pay", json!({ "shape": "balance_check" }));
    scene.advance(3);
    let flushed = scene.control("/webhooks/flush", Value::Null);
    assert_eq!(flushed["scheduled"], 1);
    assert_eq!(flushed["next_due_at"], "2026-11-23T00:01:03.000Z");
    scene.advance(59);
    assert_eq!(scene.hooks().len(), 3);
    scene.advance(1);
    assert_eq!(scene.hooks().len(), 4);
    assert_eq!(scene.deliveries()[0]["state"], "delivered");
    scene.advance(24 * 3600);
    assert_eq!(
        scene.deliveries()[0]["attempts"].as_array().unwrap().len(),
        4
    );
}

#[test]
fn a_retry_signs_the_same_body_with_a_fresh_time() {
    let scene = Scene::new();
    scene.control("/clock/set", json!({ "signature_time": "sandbox" }));
    scene.shop.answer_next(&[500]);
    let id = scene.payment_id();
    scene.act(&id, "pay", json!({ "shape": "balance_check" }));
    scene.advance(1);
    let hooks = scene.hooks();
    assert_eq!(hooks[0].body, hooks[1].body);
    let signed: Vec<_> = hooks
        .iter()
        .filter_map(|hook| hook.signed_at("whsec_sandbox"))
        .collect();
    assert_eq!(signed, [1_795_392_000, 1_795_392_001]);
}

#[test]
fn a_shop_that_is_down_is_an_error_without_a_status() {
    let scene = Scene::new();
    // Nothing listens on the port that the sandbox has just been given up.
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("http://{closed}/hook");
    scene.control("/webhooks/config", json!({ "url": url }));
    let id = scene.payment_id();
    scene.act(&id, "pay", Value::Null);
    let delivery = &scene.deliveries()[0];
    assert_eq!(
        (&delivery["state"], &delivery["status"]),
        (&json!("dead"), &Value::Null)
    );
    assert!(delivery["error"].is_string());
}

#[test]
fn a_delivery_tells_all_about_its_attempts() {
    let scene = Scene::new();
    let id = scene.payment_id();
    scene.act(&id, "pay", Value::Null);
    let hook = scene.only_hook();
    let delivery = &scene.deliveries()[0];
    assert_eq!(delivery["id"], "delivery_1");
    assert_eq!(delivery["event_id"], format!("evt_{id}_1795392000"));
    assert_eq!(delivery["type"], "payment.confirmed");
    assert_eq!(delivery["payment_id"], id);
    assert_eq!(delivery["sender"], "monitor");
    assert_eq!(delivery["body"], hook.body);
    assert_eq!(delivery["header"], hook.header("x-coinpay-signature"));
    assert_eq!(
        (&delivery["attempt"], &delivery["status"]),
        (&json!(1), &json!(200))
    );
    assert_eq!(delivery["time"], "2026-11-23T00:00:00.000Z");
}

#[test]
fn a_delivery_can_be_sent_again_many_times_at_once() {
    let scene = Scene::new();
    let id = scene.payment_id();
    scene.act(&id, "pay", Value::Null);
    scene.hooks();
    scene.shop.expect_together(5);
    let again = json!({ "delivery": "delivery_1", "times": 5, "concurrently": true });
    assert_eq!(scene.control("/webhooks/redeliver", again)["queued"], 5);
    let hooks = scene.hooks();
    assert_eq!(hooks.len(), 6);
    assert!(hooks.iter().all(|hook| hook.body == hooks[0].body));
    assert!(
        hooks
            .iter()
            .all(|hook| hook.signed_at("whsec_sandbox").is_some())
    );
}

#[test]
fn all_deliveries_of_a_payment_can_be_sent_again() {
    let scene = Scene::new();
    let id = scene.payment_id();
    scene.act(&id, "pay", Value::Null);
    scene.act(&id, "forward", Value::Null);
    scene.control("/webhooks/redeliver", json!({ "payment_id": id }));
    let twice = ["payment.confirmed", "payment.forwarded"].repeat(2);
    assert_eq!(scene.kinds(), twice);
    for (bad, status) in [
        (json!({}), 400),
        (json!({ "delivery": "delivery_9" }), 404),
        (json!({ "payment_id": "nothing" }), 404),
        (json!({ "delivery": "delivery_1", "times": 0 }), 400),
    ] {
        let reply = scene.try_control("POST", "/webhooks/redeliver", &bad);
        assert_eq!(reply.status, status, "{bad}");
    }
}

#[test]
fn sending_by_hand_does_not_use_up_a_retry() {
    let scene = Scene::new();
    scene.shop.answer_always(500);
    let id = scene.payment_id();
    scene.act(&id, "pay", json!({ "shape": "balance_check" }));
    scene.hooks();
    scene.control("/webhooks/redeliver", json!({ "payment_id": id }));
    assert_eq!(
        scene.deliveries()[0]["next_attempt_at"],
        "2026-11-23T00:00:01.000Z"
    );
    scene.shop.answer_always(200);
    scene.advance(1);
    assert_eq!(scene.deliveries()[0]["state"], "delivered");
}

#[test]
fn without_a_url_events_are_recorded_and_can_be_sent_later() {
    let scene = Scene::new();
    let url = scene.shop.url.clone();
    scene.control("/webhooks/config", json!({ "url": null }));
    let id = scene.payment_id();
    scene.act(&id, "pay", Value::Null);
    assert_eq!(scene.deliveries()[0]["state"], "no_url");
    let reply = scene.try_control("POST", "/webhooks/redeliver", &json!({ "payment_id": id }));
    assert_eq!(reply.status, 409);
    scene.control("/webhooks/config", json!({ "url": url }));
    scene.control("/webhooks/redeliver", json!({ "payment_id": id }));
    assert_eq!(scene.kinds(), ["payment.confirmed"]);
}
