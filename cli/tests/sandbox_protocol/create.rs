//! POST /payments/create.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::{KEY, START_SECONDS, Scene, order, order_with};

#[test]
fn a_payment_is_answered_with_201_and_a_row_with_aliases() {
    let scene = Scene::new();
    let reply = scene.create("key-1", &order());
    assert_eq!(reply.status, 201);
    let answer = reply.json();
    assert_eq!(answer["success"], true);
    assert_eq!(answer.get("idempotent_replay"), None);
    assert_eq!(
        answer["usage"],
        json!({ "current": 1, "limit": 10000, "remaining": 9999 })
    );
    let payment = &answer["payment"];
    assert_eq!(payment["currency"], "btc");
    assert_eq!(payment["blockchain"], "BTC");
    assert_eq!(payment["crypto_currency"], "BTC");
    assert_eq!(payment["status"], "pending");
    assert_eq!(payment["amount"].to_string(), "20");
    assert_eq!(payment["amount_usd"], "20");
    assert_eq!(payment["crypto_amount"].to_string(), "0.00032032");
    assert_eq!(payment["amount_crypto"], "0.00032032");
    assert_eq!(payment["created_at"], "2026-11-23T00:00:00.000Z");
    assert_eq!(payment["expires_at"], "2026-11-23T00:15:00.000Z");
    assert_eq!(payment["metadata"]["order_id"], "order-7");
    assert_eq!(payment["metadata"]["network_fee_usd"].to_string(), "0.5");
    assert_eq!(payment["metadata"]["total_amount_usd"].to_string(), "20.5");
    assert_eq!(payment["metadata"]["idempotency_key"], "key-1");
    assert!(payment["metadata"]["wallet_source"].is_string());
}

#[test]
fn the_amount_is_usd_whatever_the_currency_says() {
    let scene = Scene::new();
    let usd = scene.create("a", &order()).json();
    let eur = scene
        .create("b", &order_with(&json!({ "currency": "EUR" })))
        .json();
    assert_eq!(
        usd["payment"]["crypto_amount"],
        eur["payment"]["crypto_amount"]
    );
}

#[test]
fn a_key_used_again_returns_the_first_payment_whatever_was_asked() {
    let scene = Scene::new();
    let first = scene.create("key", &order()).json();
    let other = order_with(&json!({ "amount": 99, "blockchain": "ETH" }));
    let second = scene.create("key", &other);
    assert_eq!(second.status, 200);
    let second = second.json();
    assert_eq!(second["idempotent_replay"], true);
    assert_eq!(second["payment"], first["payment"]);
    assert_eq!(second["usage"]["current"], 1);
}

#[test]
fn a_key_used_again_after_expiry_returns_the_expired_payment() {
    let scene = Scene::new();
    let first = scene.create("key", &order()).json();
    scene.advance(16 * 60);
    let second = scene.create("key", &order());
    assert_eq!(second.status, 200);
    assert_eq!(second.json()["payment"]["id"], first["payment"]["id"]);
    assert_eq!(second.json()["payment"]["status"], "expired");
}

#[test]
fn calls_without_a_key_make_two_payments() {
    let scene = Scene::new();
    assert_ne!(scene.payment_id(), scene.payment_id());
}

#[test]
fn bad_requests_are_refused_with_400_and_store_nothing() {
    let scene = Scene::new();
    scene.control(
        "/wallets",
        json!({ "blockchain": "ADA", "has_wallet": false }),
    );
    let changes = [
        json!({ "business_id": null }),
        json!({ "business_id": "shop" }),
        json!({ "amount": null }),
        json!({ "amount": "20" }),
        json!({ "amount": 0 }),
        json!({ "amount": -1 }),
        json!({ "currency": null }),
        json!({ "blockchain": null }),
        json!({ "blockchain": "btc" }),
        json!({ "blockchain": "LTC" }),
        json!({ "blockchain": "ADA" }),
        json!({ "metadata": ["order"] }),
        json!({ "payment_method": "cash" }),
    ];
    for change in changes {
        let reply = scene.create("key", &order_with(&change));
        assert_eq!(reply.status, 400, "{change}");
        let answer = reply.json();
        assert_eq!(answer["success"], false);
        assert!(answer["error"].is_string(), "{change}");
    }
    for body in ["", "not json", "[]"] {
        let reply = scene
            .try_call("POST", "/payments/create", &[KEY], body)
            .unwrap();
        assert_eq!(reply.status, 400, "{body:?}");
    }
    let long = "k".repeat(256);
    assert_eq!(scene.create(&long, &order()).status, 400);
    assert_eq!(scene.look("/payments")["payments"], json!([]));
    assert_eq!(scene.create(&long[1..], &order()).status, 201);
}

#[test]
fn more_than_a_million_dollars_is_too_large() {
    let scene = Scene::new();
    for amount in ["1000000.01", "1e300"] {
        let amount: Value = serde_json::from_str(amount).unwrap();
        let reply = scene.create("key", &order_with(&json!({ "amount": amount })));
        assert_eq!(reply.status, 400);
        assert_eq!(reply.json()["code"], "AMOUNT_TOO_LARGE");
    }
    let largest = order_with(&json!({ "amount": 1_000_000, "blockchain": "POL" }));
    assert_eq!(scene.create("key", &largest).status, 201);
}

#[test]
fn keys_and_businesses_are_checked() {
    let scene = Scene::new();
    let body = order().to_string();
    let wrong = ("authorization", "Bearer cp_test_other");
    let none = scene
        .try_call("POST", "/payments/create", &[], &body)
        .unwrap();
    let other = scene
        .try_call("POST", "/payments/create", &[wrong], &body)
        .unwrap();
    assert_eq!((none.status, other.status), (401, 401));
    let stranger = scene.look("")["stranger_business_id"].clone();
    let reply = scene.create("key", &order_with(&json!({ "business_id": stranger })));
    assert_eq!(reply.status, 403);
    let unknown = json!({ "business_id": "00000000-0000-4000-8000-000000000000" });
    assert_eq!(scene.create("key", &order_with(&unknown)).status, 404);
}

#[test]
fn a_card_payment_carries_a_checkout_session() {
    let scene = Scene::new();
    let reply = scene.create("key", &order_with(&json!({ "payment_method": "both" })));
    let payment = &reply.json()["payment"];
    let session = payment["stripe_session_id"].as_str().unwrap();
    assert!(session.starts_with("cs_test_"));
    assert!(
        payment["stripe_checkout_url"]
            .as_str()
            .unwrap()
            .ends_with(session)
    );
}

#[test]
fn addresses_look_like_their_chain_and_never_repeat() {
    let scene = Scene::new();
    let prefixes = [
        ("BTC", "bc1q", 42),
        ("BCH", "q", 42),
        ("ETH", "0x", 42),
        ("POL", "0x", 42),
        ("SOL", "", 44),
        ("DOGE", "D", 34),
        ("XRP", "r", 34),
        ("ADA", "addr1q", 103),
        ("BNB", "0x", 42),
        ("USDT", "0x", 42),
        ("USDT_ETH", "0x", 42),
        ("USDT_POL", "0x", 42),
        ("USDT_SOL", "", 44),
        ("USDC", "0x", 42),
        ("USDC_ETH", "0x", 42),
        ("USDC_POL", "0x", 42),
        ("USDC_SOL", "", 44),
        ("USDC_BASE", "0x", 42),
    ];
    let mut seen = HashSet::new();
    for (code, prefix, length) in prefixes.into_iter().chain(prefixes) {
        let order = order_with(&json!({ "blockchain": code }));
        let key = seen.len().to_string();
        let address = scene.create(&key, &order).json()["payment"]["payment_address"].clone();
        let address = address.as_str().unwrap().to_owned();
        assert!(address.starts_with(prefix), "{code}: {address}");
        assert_eq!(address.len(), length, "{code}");
        assert!(seen.insert(address));
    }
}

#[test]
fn the_same_seed_repeats_a_run_and_another_does_not() {
    let one = Scene::new().payment();
    assert_eq!(one, Scene::new().payment());
    assert_ne!(one, Scene::with(|config| config.seed = 2).payment());
}

#[test]
fn answers_carry_the_date_of_the_sandbox_clock() {
    let scene = Scene::with(|config| config.frozen_at_seconds = Some(START_SECONDS));
    let reply = scene.create("key", &order());
    assert_eq!(reply.header("date"), Some("Mon, 23 Nov 2026 00:00:00 GMT"));
}
