//! The shapes of events, their ids and their signatures.

use coinpay_cli::sandbox::SandboxConfig;
use serde_json::{Value, json};

use crate::support::{Scene, fields, order_with};

#[test]
fn an_event_is_signed_over_seconds_dot_body() {
    let scene = Scene::new();
    scene.control("/clock/set", json!({ "signature_time": "sandbox" }));
    let id = scene.payment_id();
    scene.act(&id, "pay", Value::Null);
    let hook = scene.only_hook();
    assert_eq!(
        hook.signed_at(SandboxConfig::WEBHOOK_SECRET),
        Some(1_795_392_000)
    );
    assert_eq!(hook.signed_at("another secret"), None);
    assert_eq!(hook.header("content-type"), "application/json");
    assert_eq!(hook.header("user-agent"), "CoinPay-Webhook/1.0");
}

#[test]
fn an_envelope_has_five_fields_and_those_that_are_configured() {
    let scene = Scene::new();
    scene.control("/webhooks/config", json!({ "extra": { "region": "eu" } }));
    let id = scene.payment_id();
    scene.act(&id, "pay", Value::Null);
    let event = scene.only_hook().json();
    assert_eq!(
        fields(&event),
        ["business_id", "created_at", "data", "id", "region", "type"]
    );
    assert_eq!(event["id"], format!("evt_{id}_1795392000"));
    assert_eq!(event["business_id"], SandboxConfig::BUSINESS_ID);
    assert_eq!(event["created_at"], "2026-11-23T00:00:00.000Z");
}

#[test]
fn the_monitor_writes_confirmed_without_metadata_usd_or_currency() {
    let scene = Scene::new();
    let payment = scene.payment();
    scene.act(
        payment["id"].as_str().unwrap(),
        "pay",
        json!({ "shape": "monitor" }),
    );
    let event = scene.only_hook().json();
    assert_eq!(event["type"], "payment.confirmed");
    assert_eq!(
        event["data"],
        json!({
            "payment_id": payment["id"], "status": "confirmed", "blockchain": "BTC",
            "amount_crypto": payment["amount_crypto"],
            "payment_address": payment["payment_address"],
            "received_amount": payment["crypto_amount"],
            "confirmed_at": "2026-11-23T00:00:00.000Z",
        })
    );
}

#[test]
fn the_monitor_writes_expired_with_its_reason() {
    let scene = Scene::new();
    let id = scene.payment_id();
    scene.act(&id, "expire", Value::Null);
    let event = scene.only_hook().json();
    assert_eq!(event["type"], "payment.expired");
    assert_eq!(
        fields(&event["data"]),
        [
            "amount_crypto",
            "blockchain",
            "expired_at",
            "payment_address",
            "payment_id",
            "reason",
            "status"
        ]
    );
    assert_eq!(event["data"]["status"], "expired");
}

#[test]
fn the_balance_check_writes_amounts_metadata_and_an_upper_case_code() {
    let scene = Scene::new();
    let id = scene.payment_id();
    scene.act(&id, "pay", json!({ "shape": "balance_check" }));
    let data = scene.only_hook().json()["data"].clone();
    assert_eq!(
        fields(&data),
        [
            "amount",
            "amount_crypto",
            "amount_usd",
            "confirmed_at",
            "currency",
            "metadata",
            "payment_address",
            "payment_id",
            "received_amount",
            "status",
            "tx_hash"
        ]
    );
    assert_eq!(data["currency"], "BTC");
    assert_eq!(data["metadata"], json!({ "order_id": "order-7" }));
    assert!(data["tx_hash"].is_string());
}

#[test]
fn forwarding_writes_the_payout_and_a_lower_case_code() {
    let scene = Scene::new();
    let id = scene.payment_id();
    scene.act(&id, "pay", json!({ "confirm": false }));
    let payment = scene.act(&id, "forward", Value::Null);
    let event = scene.only_hook().json();
    assert_eq!(event["type"], "payment.forwarded");
    let data = &event["data"];
    assert_eq!(data["currency"], "btc");
    assert_eq!(data["tx_hash"], payment["forward_tx_hash"]);
    assert_ne!(data["tx_hash"], payment["deposits"][0]["tx_hash"]);
    assert_eq!(data["merchant_tx_hash"], payment["forward_tx_hash"]);
    assert!(data["platform_tx_hash"].is_string());
    assert_eq!(data["platform_fee"].to_string(), "0.0000016");
    assert_eq!(data["merchant_amount"].to_string(), "0.00031872");
    assert_eq!(data.get("received_amount"), None);
    assert_eq!(scene.status_of(&id), "forwarded");
}

#[test]
fn the_card_rail_writes_dollars_and_no_address() {
    let scene = Scene::new();
    let order = order_with(&json!({ "payment_method": "card" }));
    let id = scene.create("key", &order).json()["payment"]["id"].clone();
    scene.act(id.as_str().unwrap(), "pay", json!({ "shape": "card" }));
    let data = scene.only_hook().json()["data"].clone();
    assert_eq!(data["payment_id"], id);
    assert_eq!(
        (&data["currency"], &data["payment_address"]),
        (&json!("usd"), &Value::Null)
    );
    assert_eq!(
        (&data["amount_crypto"], data["amount_usd"].is_number()),
        (&Value::Null, true)
    );
    assert_eq!(
        data["metadata"],
        json!({ "order_id": "order-7", "payment_rail": "card" })
    );
    assert!(data["tx_hash"].as_str().unwrap().starts_with("pi_"));
}

#[test]
fn the_test_button_sends_an_event_about_nothing_of_ours() {
    let scene = Scene::new();
    let made = scene.control("/webhooks/test", Value::Null);
    assert_eq!(made["deliveries"], json!(["delivery_1"]));
    let event = scene.only_hook().json();
    assert_eq!(event["type"], "test.webhook");
    assert_eq!(fields(&event["data"]), ["message", "payment_id", "status"]);
    assert!(
        event["data"]["payment_id"]
            .as_str()
            .unwrap()
            .starts_with("test_")
    );
    assert_eq!(event["data"]["status"], "test");
}

#[test]
fn two_events_of_one_payment_in_one_second_share_an_id() {
    let scene = Scene::new();
    let id = scene.payment_id();
    scene.act(&id, "pay", Value::Null);
    scene.act(&id, "forward", Value::Null);
    scene.advance(1);
    scene.act(&id, "confirm_again", Value::Null);
    let events = scene.events();
    assert_eq!(events[0]["id"], events[1]["id"]);
    assert_ne!(events[0]["id"], events[2]["id"]);
    assert_eq!(
        scene.kinds(),
        [
            "payment.confirmed",
            "payment.forwarded",
            "payment.confirmed"
        ]
    );
}

#[test]
fn a_business_without_a_secret_sends_an_empty_header() {
    let scene = Scene::with(|config| config.webhook_secret = None);
    let id = scene.payment_id();
    scene.act(&id, "pay", Value::Null);
    assert_eq!(scene.only_hook().header("x-coinpay-signature"), "");
}

#[test]
fn an_event_made_by_hand_says_what_it_is_told_and_changes_nothing() {
    let scene = Scene::new();
    let id = scene.payment_id();
    scene.control(
        "/webhooks/send",
        json!({
            "type": "payment.completed", "payment_id": id, "shape": "monitor",
            "data": { "received_amount": 5, "payment_address": null },
        }),
    );
    let event = scene.only_hook().json();
    assert_eq!(event["type"], "payment.completed");
    assert_eq!(event["data"]["status"], "completed");
    assert_eq!(event["data"]["received_amount"], 5);
    assert_eq!(event["data"]["payment_address"], Value::Null);
    assert_eq!(scene.status_of(&id), "pending");
}

#[test]
fn an_event_made_by_hand_is_signed_as_badly_as_asked() {
    let scene = Scene::new();
    let id = scene.payment_id();
    for signature in ["good", "wrong", "stale", "missing", "reserialised"] {
        let send = json!({ "type": "payment.failed", "payment_id": id, "signature": signature });
        scene.control("/webhooks/send", send);
    }
    let hooks = scene.hooks();
    let signed: Vec<_> = hooks
        .iter()
        .map(|hook| hook.signed_at("whsec_sandbox"))
        .collect();
    let good = signed[0].expect("a good signature");
    assert_eq!(signed[1], None);
    let stale = signed[2].expect("a stale signature is right but for its time");
    assert!((3_590..=3_610).contains(&(good - stale)));
    assert_eq!(
        (signed[3], hooks[3].header("x-coinpay-signature")),
        (None, "")
    );
    assert_eq!((signed[4], hooks[4].json()), (None, hooks[0].json()));
}

#[test]
fn failed_and_refunded_are_told_but_not_stored() {
    let scene = Scene::new();
    let id = scene.payment_id();
    scene.act(&id, "fail", Value::Null);
    scene.act(&id, "refund", Value::Null);
    assert_eq!(scene.kinds(), ["payment.failed", "payment.refunded"]);
    assert_eq!(scene.status_of(&id), "pending");
    let card = scene
        .create("card", &order_with(&json!({ "payment_method": "card" })))
        .json();
    let card = card["payment"]["id"].as_str().unwrap();
    scene.act(card, "fail", json!({ "shape": "card" }));
    assert_eq!(scene.status_of(card), "failed");
}
