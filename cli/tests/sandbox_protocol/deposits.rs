//! What becomes of a payment when money comes, comes short, comes late, or does not come.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Scene, order_with};

const DAY: i64 = 24 * 60 * 60;

#[test]
fn deposits_add_up_and_only_the_whole_quote_confirms() {
    let scene = Scene::new();
    let id = scene.payment_id();
    scene.act(&id, "underpay", json!({ "by": "0.01 usd" }));
    assert_eq!(
        (scene.status_of(&id).as_str(), scene.hooks().len()),
        ("pending", 0)
    );
    let payment = scene.act(&id, "pay_rest", Value::Null);
    assert_eq!(payment["received"], payment["quote"]);
    assert_eq!(payment["deposits"].as_array().unwrap().len(), 2);
    let event = scene.only_hook().json();
    assert_eq!(
        event["data"]["received_amount"].to_string(),
        payment["quote"].as_str().unwrap()
    );
    assert_eq!(scene.status_of(&id), "confirmed");
}

#[test]
fn one_part_in_a_thousand_million_may_be_missing() {
    let scene = Scene::new();
    let order = order_with(&json!({ "amount": 32_000, "blockchain": "ETH" }));
    for (missing, status) in [("0.00000001", "confirmed"), ("0.0000001", "pending")] {
        let id = scene.create(missing, &order).json()["payment"]["id"].clone();
        let id = id.as_str().unwrap();
        scene.act(id, "underpay", json!({ "by": missing }));
        assert_eq!(scene.status_of(id), status);
    }
}

#[test]
fn amounts_can_be_dollars_parts_percentages_and_coin() {
    let scene = Scene::new();
    for (amount, received) in [
        (json!("full"), "0.00032032"),
        (json!("0.5 usd"), "0.00000781"),
        (json!("50%"), "0.00016016"),
        (json!("1/4"), "0.00008008"),
        (json!("0.0001 btc"), "0.0001"),
        (json!(0.0002), "0.0002"),
    ] {
        let id = scene.payment_id();
        let payment = scene.act(&id, "pay", json!({ "amount": amount }));
        assert_eq!(payment["received"], received, "{amount}");
    }
}

#[test]
fn too_much_is_reported_as_received() {
    let scene = Scene::new();
    let id = scene.payment_id();
    scene.act(&id, "overpay", Value::Null);
    let data = scene.only_hook().json()["data"].clone();
    assert_eq!(data["received_amount"].to_string(), "0.00035235");
    assert_eq!(data["amount_crypto"], "0.00032032");
}

#[test]
fn a_payment_can_be_seen_before_it_is_confirmed() {
    let scene = Scene::new();
    let id = scene.payment_id();
    scene.act(&id, "pay", json!({ "confirm": false }));
    let unseen = scene.get(&format!("/payments/{id}")).json()["payment"].clone();
    assert_eq!(
        (&unseen["tx_hash"], &unseen["confirmations"]),
        (&Value::Null, &json!(0))
    );
    scene.act(&id, "see", Value::Null);
    let seen = scene.get(&format!("/payments/{id}")).json()["payment"].clone();
    assert_eq!(
        (&seen["status"], &seen["confirmations"]),
        (&json!("pending"), &json!(1))
    );
    assert!(seen["tx_hash"].is_string());
    assert_eq!(scene.hooks().len(), 0);
    scene.act(&id, "check", Value::Null);
    assert_eq!(scene.kinds(), ["payment.confirmed"]);
}

#[test]
fn seen_first_fills_in_the_transaction_of_the_deposit() {
    let scene = Scene::new();
    let id = scene.payment_id();
    let payment = scene.act(&id, "pay", json!({ "confirm": false, "seen_first": true }));
    assert_eq!(payment["tx_hash"], payment["deposits"][0]["tx_hash"]);
    assert_eq!(payment["confirmations"], 1);
}

#[test]
fn a_payment_expires_when_the_clock_passes_its_window() {
    let scene = Scene::new();
    let id = scene.payment_id();
    scene.advance(15 * 60 - 1);
    assert_eq!(
        (scene.status_of(&id).as_str(), scene.hooks().len()),
        ("pending", 0)
    );
    scene.advance(1);
    assert_eq!(scene.status_of(&id), "expired");
    let event = scene.only_hook().json();
    assert_eq!(event["data"]["expired_at"], "2026-11-23T00:15:00.000Z");
    scene.advance(DAY);
    assert_eq!(scene.hooks().len(), 1);
}

#[test]
fn a_running_clock_expires_payments_by_itself() {
    let scene = Scene::with(|config| config.frozen_at_seconds = None);
    scene.control(
        "/faults",
        json!({ "name": "short_window", "times": 1, "ms": 1 }),
    );
    let id = scene.payment_id();
    // Nobody moves the clock; asking goes on until it has moved itself.
    let give_up = Instant::now() + Duration::from_secs(20);
    while scene.status_of(&id) != "expired" {
        assert!(Instant::now() < give_up, "the payment does not expire");
    }
    assert_eq!(scene.kinds(), ["payment.expired"]);
}

#[test]
fn money_in_the_address_does_not_stop_expiry() {
    let scene = Scene::new();
    let id = scene.payment_id();
    scene.act(&id, "pay", json!({ "confirm": false }));
    scene.advance(15 * 60);
    assert_eq!(scene.status_of(&id), "expired");
    scene.act(&id, "check", Value::Null);
    assert_eq!(scene.kinds(), ["payment.expired", "payment.confirmed"]);
}

#[test]
fn a_late_deposit_is_found_for_thirty_days() {
    let scene = Scene::new();
    let (found, lost) = (scene.payment_id(), scene.payment_id());
    scene.act(&found, "expire", Value::Null);
    scene.act(&lost, "expire", Value::Null);
    scene.advance(30 * DAY);
    scene.act(&found, "pay", Value::Null);
    scene.advance(1);
    scene.act(&lost, "pay", Value::Null);
    assert_eq!(
        scene.kinds(),
        ["payment.expired", "payment.expired", "payment.confirmed"]
    );
    assert_eq!(scene.status_of(&lost), "expired");
}

#[test]
fn pay_late_expires_first_and_confirms_then() {
    let scene = Scene::new();
    let id = scene.payment_id();
    scene.act(&id, "pay_late", Value::Null);
    assert_eq!(scene.kinds(), ["payment.expired", "payment.confirmed"]);
    assert_eq!(scene.status_of(&id), "confirmed");
}

#[test]
fn confirmed_is_sent_again_with_all_that_was_received() {
    let scene = Scene::new();
    let id = scene.payment_id();
    scene.act(&id, "pay", Value::Null);
    scene.act(&id, "pay", json!({ "amount": "50%" }));
    let events = scene.events();
    assert_eq!(
        events[0]["data"]["received_amount"].to_string(),
        "0.00032032"
    );
    assert_eq!(
        events[1]["data"]["received_amount"].to_string(),
        "0.00048048"
    );
}

#[test]
fn every_status_of_the_database_can_be_set_without_an_event() {
    let scene = Scene::new();
    let id = scene.payment_id();
    for status in [
        "forwarding",
        "forwarding_failed",
        "forwarded",
        "confirmed",
        "cancelled",
    ] {
        scene.act(&id, "status", json!({ "status": status }));
        assert_eq!(scene.status_of(&id), status);
    }
    scene.act(&id, "status", json!({ "status": "pending" }));
    scene.act(&id, "cancel", Value::Null);
    assert_eq!(scene.status_of(&id), "cancelled");
    assert_eq!(scene.hooks().len(), 0);
}

#[test]
fn what_cannot_happen_is_refused() {
    let scene = Scene::new();
    let id = scene.payment_id();
    let refused = |action: &str, body: Value| {
        scene
            .try_control("POST", &format!("/payments/{id}/{action}"), &body)
            .status
    };
    assert_eq!(refused("forward", Value::Null), 409);
    assert_eq!(refused("confirm_again", Value::Null), 409);
    assert_eq!(refused("see", Value::Null), 409);
    assert_eq!(refused("pay", json!({ "amount": "lots" })), 400);
    assert_eq!(refused("pay", json!({ "amount": "0" })), 400);
    assert_eq!(refused("pay", json!({ "by": "10%" })), 400);
    assert_eq!(refused("pay", json!({ "amuont": "full" })), 400);
    assert_eq!(refused("pay", json!({ "shape": "pigeon" })), 400);
    assert_eq!(refused("underpay", json!({ "by": "100%" })), 400);
    assert_eq!(refused("status", json!({ "status": "refunded" })), 400);
    assert_eq!(refused("vanish", Value::Null), 404);
    scene.act(&id, "expire", Value::Null);
    assert_eq!(refused("expire", Value::Null), 409);
    let unknown = scene.try_control("POST", "/payments/nothing/pay", &Value::Null);
    assert_eq!(unknown.status, 404);
}
