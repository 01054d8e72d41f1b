//! The example shop in Rust, as a user would run it: a cart is checked out, paid and shipped.

#[path = "../../examples/rust/shop.rs"]
mod shop;

use serde_json::{Value as Json, json};

fn get(url: &str) -> Json {
    let mut answer = ureq::get(url).call().expect("an answer");
    answer.body_mut().read_json().expect("JSON")
}

#[test]
fn the_example_shop_sells_an_ebook_once() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("threads");
    let (url, sandbox) = runtime.block_on(shop::open());
    let cart = json!({
        "cart_id": "cart-7", "currency": "USD", "blockchain": "USDC_POL",
        "items": [{"sku": "e-book", "quantity": 1, "price": "19.90", "digital": true}],
    });
    let mut answer = ureq::post(format!("{url}/checkout/crypto"))
        .send_json(&cart)
        .expect("a checkout");
    let checkout: Json = answer.body_mut().read_json().expect("JSON");
    let payment = checkout["order"]["payment"]["payment_id"]
        .as_str()
        .expect("a payment");
    let status_url = format!(
        "{url}/orders/{}/status?token={}",
        checkout["order_id"].as_str().expect("an id"),
        checkout["status_token"].as_str().expect("a token"),
    );
    assert_eq!(get(&status_url)["status"], json!("awaiting_payment"));
    let pay = format!("{}/payments/{payment}/pay", sandbox.control_url());
    ureq::post(pay).send_json(json!({})).expect("paid");
    let flush = format!("{}/webhooks/flush", sandbox.control_url());
    ureq::post(flush)
        .send_json(json!({"timeout_ms": 10_000}))
        .expect("delivered");
    let status = get(&status_url);
    assert!(
        ["paid", "fulfilled"].contains(&status["status"].as_str().expect("a status")),
        "{status}"
    );
}
