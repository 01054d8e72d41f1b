//! The calls that only look.

use serde_json::{Value, json};

use crate::support::{Scene, fields};

#[test]
fn anybody_may_look_at_a_payment_and_sees_limited_fields() {
    let scene = Scene::new();
    let id = scene.payment_id();
    let reply = scene.get(&format!("/payments/{id}"));
    assert_eq!(reply.status, 200);
    let expected = [
        "amount",
        "blockchain",
        "confirmations",
        "created_at",
        "crypto_amount",
        "crypto_currency",
        "currency",
        "expires_at",
        "forward_tx_hash",
        "id",
        "payment_address",
        "status",
        "tx_hash",
    ];
    assert_eq!(fields(&reply.json()["payment"]), expected);
}

#[test]
fn an_unknown_payment_or_path_is_404() {
    let scene = Scene::new();
    for path in [
        "/payments/nothing",
        "/payments/nothing/qr",
        "/rates/batch",
        "/nonsense",
    ] {
        let reply = scene.get(path);
        assert_eq!(reply.status, 404, "{path}");
        assert_eq!(reply.json()["success"], false);
    }
}

#[test]
fn the_qr_code_is_a_png() {
    let scene = Scene::new();
    let id = scene.payment_id();
    let reply = scene.get(&format!("/payments/{id}/qr"));
    assert_eq!(reply.header("content-type"), Some("image/png"));
    let decoder = png::Decoder::new(std::io::Cursor::new(reply.body));
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let picture = reader.next_frame(&mut pixels).unwrap();
    assert_eq!(picture.width, picture.height);
    assert!(pixels.contains(&0) && pixels.contains(&255));
    // The quiet zone is white.
    assert!(
        pixels[..picture.width as usize * 16]
            .iter()
            .all(|pixel| *pixel == 255)
    );
}

#[test]
fn a_business_key_may_not_list_payments() {
    let scene = Scene::new();
    assert_eq!(scene.get_with_key("/payments?limit=10").status, 401);
}

#[test]
fn a_rate_says_what_a_coin_costs_in_the_fiat_it_names() {
    let scene = Scene::new();
    let answer = scene.get("/rates?coin=BTC&fiat=EUR").json();
    assert_eq!(
        fields(&answer),
        ["cached", "coin", "fiat", "rate", "success", "timestamp"]
    );
    assert_eq!(
        (answer["rate"].to_string().as_str(), &answer["fiat"]),
        ("58880", &json!("EUR"))
    );
    assert_eq!(
        scene.get("/rates?coin=USDC&fiat=EUR").json()["rate"].to_string(),
        "0.92"
    );
    assert_eq!(
        scene.get("/rates?coin=usdc_pol&fiat=jpy").json()["rate"].to_string(),
        "150.5"
    );
    assert_eq!(
        scene.get("/rates?coin=NOPE&fiat=EUR").json()["rate"],
        Value::Null
    );
    assert_eq!(scene.get("/rates?fiat=EUR").status, 400);
}

#[test]
fn an_unknown_fiat_silently_becomes_usd() {
    let scene = Scene::new();
    let answer = scene.get("/rates?coin=ETH&fiat=XXX").json();
    assert_eq!(
        (answer["rate"].to_string().as_str(), &answer["fiat"]),
        ("3200", &json!("USD"))
    );
    let batch = scene.get("/rates?coins=ETH&fiat=XXX").json();
    assert_eq!(batch["fiat"], "USD");
}

#[test]
fn a_batch_of_rates_names_its_errors_only_when_there_are_some() {
    let scene = Scene::new();
    let answer = scene.get("/rates?coins=BTC,NOPE,ETH&fiat=USD").json();
    assert_eq!(fields(&answer["rates"]), ["BTC", "ETH"]);
    assert_eq!(fields(&answer["errors"]), ["NOPE"]);
    assert_eq!(
        scene.get("/rates?coins=BTC&fiat=USD").json().get("errors"),
        None
    );
}

#[test]
fn rates_can_be_set_and_move_new_quotes() {
    let scene = Scene::new();
    scene.control("/rates", json!({ "name": "BTC", "rate": "32000" }));
    assert_eq!(
        scene.get("/rates?coin=BTC&fiat=USD").json()["rate"].to_string(),
        "32000"
    );
    assert_eq!(scene.payment()["amount_crypto"], "0.00064063");
    for bad in [
        json!({ "name": "LTC", "rate": "1" }),
        json!({ "name": "BTC", "rate": "0" }),
    ] {
        assert_eq!(
            scene.try_control("POST", "/rates", &bad).status,
            400,
            "{bad}"
        );
    }
}

#[test]
fn tokens_and_coins_are_listed_for_the_key() {
    let scene = Scene::new();
    scene.control(
        "/wallets",
        json!({ "blockchain": "ADA", "has_wallet": false }),
    );
    let tokens = scene.get_with_key("/tokens").json()["tokens"].clone();
    assert_eq!(tokens.as_array().unwrap().len(), 18);
    let token = tokens
        .as_array()
        .unwrap()
        .iter()
        .find(|token| token["symbol"] == "USDC_POL");
    assert_eq!(
        token.unwrap(),
        &json!({
            "code": "usdc_pol", "symbol": "USDC_POL", "ticker": "USDC", "chain": "POL",
            "name": "USD Coin on Polygon", "is_active": true, "has_wallet": true,
            "wallet_source": "merchant",
        })
    );
    let active = scene.get_with_key("/tokens?active_only=true").json()["tokens"].clone();
    assert_eq!(active.as_array().unwrap().len(), 17);
    let coins = scene.get_with_key("/supported-coins").json()["coins"].clone();
    assert_eq!(
        fields(&coins[0]),
        ["has_wallet", "is_active", "name", "symbol", "wallet_source"]
    );
    assert_eq!(scene.get("/tokens").status, 401);
    assert_eq!(scene.get_with_key("/tokens?business_id=other").status, 404);
}

#[test]
fn businesses_is_a_cheap_check_of_a_key() {
    let scene = Scene::new();
    assert_eq!(scene.get_with_key("/businesses").status, 200);
    assert_eq!(scene.get("/businesses").status, 401);
}
