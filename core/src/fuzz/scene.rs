//! What the bodies begin with that look at a shop: an order that waits and one that is paid.
//! Nothing that they commit is carried out, so that it stays as it is.

use serde_json::{Value as Json, json};

use crate::webhook::sign_webhook;

use super::world::{BUSINESS, SECRET, World};

pub(super) const MAIL: &str = "scene@example.com";

/// A shop with an order that waits and one that is paid, with its shipment claimed.
pub(super) struct Scene {
    pub(super) world: World,
    open: String,
    paid: String,
    payment: String,
}

impl Scene {
    pub(super) fn new() -> Self {
        let mut world = World::apart(&json!({ "stock": "managed" }));
        let mut call = |name: &str, input: Json| -> Json {
            let start = world.start();
            let flow = world
                .shop
                .start(start, name, &input.to_string(), Vec::new());
            let outcome = world
                .drive(flow.expect("starts"))
                .expect("nothing cuts it off");
            outcome.expect("the scene is set")
        };
        call(
            "adjust_stock",
            json!({ "adjustment_id": "a", "sku": "book", "delta": 9, "actor": "anna" }),
        );
        let mut checkout = |cart: &str| {
            let output = call(
                "create_checkout",
                json!({
                    "cart_id": cart, "customer_id": "customer-1", "customer": { "email": MAIL },
                    "currency": "USD", "blockchain": "ETH",
                    "items": [{ "sku": "book", "quantity": 1, "price": "150", "digital": true }],
                }),
            );
            let text = |value: &Json| value.as_str().expect("a text").to_owned();
            (
                text(&output["order_id"]),
                text(&output["order"]["payment"]["payment_id"]),
            )
        };
        let (paid, payment) = checkout("cart-paid");
        let (open, waiting) = checkout("cart-open");
        let mut scene = Self {
            world,
            open,
            paid,
            payment,
        };
        let event = json!({ "type": "payment.confirmed", "business_id": BUSINESS, "data": {
            "payment_id": scene.payment, "status": "confirmed",
        }});
        let body = event.to_string().into_bytes();
        let signature = scene.signature(&body);
        let start = scene.world.start();
        let flow = scene
            .world
            .shop
            .handle_webhook(start, body, Some(signature));
        let answer = scene
            .world
            .drive(flow)
            .expect("nothing cuts it off")
            .expect("answers");
        assert_eq!(answer.http_status, 200);
        scene.payment = waiting;
        scene
    }

    fn signature(&self, body: &[u8]) -> String {
        sign_webhook(body, SECRET, self.world.now_ms / 1_000)
    }

    /// A fuzzer guesses neither ids nor signatures.
    pub(super) fn filled(&self, document: &str, body: &[u8]) -> String {
        let mut text = document.to_owned();
        if text.contains('$') {
            for (mark, value) in [
                ("$open", &self.open),
                ("$paid", &self.paid),
                ("$payment", &self.payment),
                ("$signature", &self.signature(body)),
            ] {
                text = text.replace(mark, value);
            }
        }
        text
    }
}
