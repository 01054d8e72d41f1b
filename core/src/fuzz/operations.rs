//! Sequences of operations on one shop: the first byte chooses its settings, then each byte is
//! an operation and takes the bytes it needs from those that follow. After each of them the
//! tables have to be in order; at the end everything has to answer.

use serde_json::{Value as Json, json};

use crate::ErrorCode;
use crate::flow::{Effect, Reported, WebhookAnswer, WebhookOutcome};
use crate::time::format_rfc3339;
use crate::webhook::sign_webhook;

use super::tables::{Seen, text};
use super::world::{BUSINESS, SECRET, World};

const MOST_OPERATIONS: usize = 48;

/// The bytes, one after the other; zeros when there are no more.
struct Bytes<'a>(std::slice::Iter<'a, u8>);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        self.0.next().copied().unwrap_or(0)
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::from(self.next()) % choices.len()]
    }
}

struct Play {
    world: World,
    host_stock: bool,
    claimed: Vec<Effect>,
    seen: Seen,
}

pub(super) fn run(data: &[u8]) {
    let mut bytes = Bytes(data.iter());
    let settings = bytes.next();
    let stock = ["managed", "managed", "off", "host"][usize::from(settings % 4)];
    let world = World::new(&json!({
        "stock": stock,
        "order_window": if settings & 4 == 0 { "order" } else { "payment" },
        "carrier_honours_key": settings & 8 != 0,
        "max_open_orders": u32::from(settings >> 4 & 3),
        "max_tries": 2,
    }));
    let mut play = Play {
        world,
        host_stock: stock == "host",
        claimed: Vec::new(),
        seen: Seen::default(),
    };
    for _ in 0..MOST_OPERATIONS {
        let Some(operation) = bytes.0.next() else {
            break;
        };
        play.operation(*operation, &mut bytes);
        play.seen.check(&play.world);
    }
    play.end();
}

impl Play {
    fn operation(&mut self, operation: u8, bytes: &mut Bytes<'_>) {
        match operation % 20 {
            0 | 1 => self.checkout(bytes),
            2..=4 => self.webhook(bytes),
            5 => self.adjust(bytes),
            6 => self.gateway_knows(bytes),
            7 => self.call("work", &json!({})),
            8 => self.claim(),
            9 | 10 => self.effect(bytes),
            11 => self.cancel(bytes),
            12 => self.resolve(bytes),
            13 => self.refund(bytes),
            14 => self.on_order("mark_fulfilled", json!({ "actor": "anna" }), bytes),
            15 => self.pass_time(bytes),
            16 => self.world.faults = vec![bytes.next(), 0, bytes.next()],
            17 => self.world.gateway.troubles = vec![bytes.next(), bytes.next()],
            18 => self.world.cut_after = Some(u32::from(bytes.next() % 12)),
            _ => self.look_on(bytes),
        }
    }

    /// Runs an operation by its name. It may refuse; it must not break.
    fn run(&mut self, name: &str, input: &Json) -> Option<Json> {
        let start = self.world.start();
        let flow = self
            .world
            .shop
            .start(start, name, &input.to_string(), Vec::new());
        let flow = flow.expect("an input of this operation");
        let outcome = self.world.drive(flow);
        self.world.faults.clear();
        match outcome? {
            Ok(output) => Some(output),
            Err(error) => {
                let broken = [
                    ErrorCode::FlowMisused,
                    ErrorCode::Internal,
                    ErrorCode::StoreCorrupt,
                    ErrorCode::StoreRefused,
                ];
                assert!(!broken.contains(&error.code), "{name}: {error}");
                None
            }
        }
    }

    fn call(&mut self, name: &str, input: &Json) {
        self.run(name, input);
    }

    fn order(&self, bytes: &mut Bytes<'_>) -> Option<String> {
        let ids = self
            .world
            .select("SELECT id FROM coinpay_orders ORDER BY created_at, id");
        let number = usize::from(bytes.next());
        let index = number.checked_rem(ids.len())?;
        Some(text(&ids[index][0]).to_owned())
    }

    fn on_order(&mut self, name: &str, mut input: Json, bytes: &mut Bytes<'_>) {
        if let Some(order) = self.order(bytes) {
            input["order_id"] = json!(order);
            self.call(name, &input);
        }
    }

    fn checkout(&mut self, bytes: &mut Bytes<'_>) {
        let cart = bytes.next() % 4;
        let shape = bytes.next();
        let mut input = json!({
            "cart_id": format!("cart-{cart}"),
            "customer_id": format!("customer-{}", cart % 2),
            "customer": { "email": "a@example.com" },
            "currency": (["USD", "USD", "EUR", "JPY"][usize::from(shape & 3)]),
            "items": [{
                "sku": if shape & 4 == 0 { "book" } else { "pen" },
                "quantity": 1 + (shape >> 3 & 1),
                "price": "150",
                "digital": shape & 16 == 0,
            }],
            "blockchain": bytes.of(&["ETH", "BTC", "USDC_POL"]),
            "again": shape & 32 != 0,
            "replace": shape & 64 != 0,
        });
        if self.host_stock {
            input["reservation_id"] = json!(format!("r-{cart}"));
        }
        self.call("create_checkout", &input);
    }

    /// An event of a payment, signed; now and then one that contradicts, or of nobody's payment.
    fn webhook(&mut self, bytes: &mut Bytes<'_>) {
        let kind = bytes.of(&[
            "confirmed",
            "forwarded",
            "expired",
            "pending",
            "failed",
            "refunded",
            "detected",
            "forwarding_failed",
            "completed",
            "cancelled",
        ]);
        let shape = bytes.next();
        let number = usize::from(bytes.next());
        let payments = &self.world.gateway.payments;
        let known = number
            .checked_rem(payments.len())
            .map(|index| &payments[index]);
        let mut data = json!({ "payment_id": "99999999-0000-4000-8000-000000000000" });
        if let Some(payment) = known.filter(|_| shape & 128 == 0) {
            data = json!({
                "payment_id": payment.id,
                "status": kind,
                "blockchain": payment.request["blockchain"],
                "amount_crypto": payment.crypto,
                "payment_address": payment.address,
                "metadata": payment.request["metadata"],
            });
            match shape & 7 {
                1 => data["received_amount"] = json!(payment.crypto),
                2 => data["received_amount"] = json!("0.001"),
                3 => data["received_amount"] = json!("5"),
                4 => data["payment_address"] = json!("0x000000000000000000000000000000000000dead"),
                5 => data["metadata"] = json!({ "order_id": "another" }),
                6 => data["refunded_amount"] = json!("0.01"),
                _ => {}
            }
        }
        if shape & 8 != 0 {
            data["confirmed_at"] = json!(format_rfc3339(self.world.now_ms - 3_600_000));
        }
        let event = json!({
            "id": format!("evt_{}", self.world.now_ms / 1_000),
            "type": format!("payment.{kind}"),
            "created_at": format_rfc3339(self.world.now_ms),
            "business_id": BUSINESS,
            "data": data,
        });
        self.deliver(&event, shape & 16 != 0);
    }

    fn deliver(&mut self, event: &Json, twice: bool) {
        let body = event.to_string().into_bytes();
        let troubled = !self.world.faults.is_empty();
        let signature = sign_webhook(&body, SECRET, self.world.now_ms / 1_000);
        for _ in 0..=u8::from(twice) {
            let start = self.world.start();
            let (body, signature) = (body.clone(), signature.clone());
            let flow = self.world.shop.handle_webhook(start, body, Some(signature));
            let outcome = self.world.drive(flow);
            self.world.faults.clear();
            let Some(answer) = outcome else { continue };
            let answer: WebhookAnswer = answer.expect("the endpoint always answers");
            if let WebhookOutcome::Refused { code } = answer.outcome {
                assert!(
                    troubled && answer.http_status == 503,
                    "an authentic event: {code:?}"
                );
            } else {
                assert_eq!(answer.http_status, 200);
            }
        }
    }

    fn adjust(&mut self, bytes: &mut Bytes<'_>) {
        let number = bytes.next();
        let delta = i64::from(number % 16) - 4;
        let sku = if number & 16 == 0 { "book" } else { "pen" };
        let id = format!("adjustment-{}", number >> 5);
        let input = json!({ "adjustment_id": id, "sku": sku, "delta": delta, "actor": "anna" });
        self.call("adjust_stock", &input);
    }

    fn gateway_knows(&mut self, bytes: &mut Bytes<'_>) {
        let status = bytes.of(&["confirmed", "forwarded", "expired", "pending", "forwarding"]);
        let number = usize::from(bytes.next());
        let payments = &mut self.world.gateway.payments;
        if let Some(index) = number.checked_rem(payments.len()) {
            payments[index].status = status;
        }
    }

    fn claim(&mut self) {
        if let Some(effects) = self.run("claim_effects", &json!({ "limit": 10 })) {
            let effects: Vec<Effect> = serde_json::from_value(effects).expect("effects");
            self.claimed.extend(effects);
        }
    }

    fn effect(&mut self, bytes: &mut Bytes<'_>) {
        let (what, number) = (bytes.next(), usize::from(bytes.next()));
        let Some(index) = number.checked_rem(self.claimed.len()) else {
            return;
        };
        if what & 48 == 48 {
            return self.report(what & 64 != 0);
        }
        let effect = &self.claimed[index];
        let mut input = json!({
            "order_id": effect.order_id, "kind": effect.kind, "subject": effect.subject,
            "claim_no": effect.claim_no, "error": "no", "actor": "anna",
        });
        let settle = |settlement: &str, input: &mut Json| {
            input["settlement"] = json!(settlement);
            "settle_effect"
        };
        let name = match what % 8 {
            0..=2 => "complete_effect",
            3 => "fail_effect",
            4 => "renew_effect",
            5 => settle("done", &mut input),
            6 => settle("again", &mut input),
            _ => settle("void", &mut input),
        };
        if effect.kind == crate::order::EffectKind::ReserveStock && name == "complete_effect" {
            input["result"] = json!({ "reserved": what & 8 == 0 });
        }
        self.call(name, &input);
    }

    /// What was claimed last, in one report: some of it done, some of it failed.
    fn report(&mut self, claims: bool) {
        let outcomes: Vec<_> = self
            .claimed
            .iter()
            .rev()
            .take(12)
            .enumerate()
            .map(|(number, effect)| {
                let mut outcome = json!({
                    "order_id": effect.order_id, "kind": effect.kind, "subject": effect.subject,
                    "claim_no": effect.claim_no, "result": { "reserved": number % 2 == 0 },
                });
                if number % 4 == 3 {
                    outcome["error"] = json!("no");
                }
                outcome
            })
            .collect();
        let claim = claims.then(|| json!({ "limit": 5 }));
        let input = json!({ "outcomes": outcomes, "claim": claim });
        let Some(reported) = self.run("report_effects", &input) else {
            return;
        };
        let reported: Reported = serde_json::from_value(reported).expect("a report's answer");
        assert_eq!(reported.answers.len(), outcomes.len());
        assert!(claims || reported.claimed.is_empty());
        self.claimed.extend(reported.claimed);
    }

    fn cancel(&mut self, bytes: &mut Bytes<'_>) {
        let reason = bytes.of(&["customer", "shop", "paid_elsewhere"]);
        let customer = format!("customer-{}", bytes.next() % 2);
        let input = json!({ "reason": reason, "customer_id": customer, "actor": "anna" });
        self.on_order("cancel_order", input, bytes);
    }

    fn resolve(&mut self, bytes: &mut Bytes<'_>) {
        let bits = bytes.next();
        if bits & 128 != 0 {
            let input = json!({ "decision": "close", "actor": "anna" });
            return self.on_order("resolve_review", input, bytes);
        }
        let Some(order) = self.order(bytes) else {
            return;
        };
        // The reasons that hold, as a person sees them, or a few that are chosen.
        let sql = format!("SELECT attention FROM coinpay_orders WHERE id = '{order}'");
        let rows = self.world.select(&sql);
        let holding: Vec<_> = text(&rows[0][0]).split_whitespace().collect();
        let chosen = [
            "short",
            "conflict",
            "too_late",
            "newer_order",
            "cancelled",
            "no_stock",
        ];
        let chosen = chosen
            .iter()
            .enumerate()
            .filter(|(bit, _)| bits >> bit & 1 == 1);
        let reasons = match bits & 64 {
            0 => holding,
            _ => chosen.map(|(_, reason)| *reason).collect(),
        };
        let input = json!({
            "order_id": order, "decision": "accept", "reasons": reasons, "actor": "anna",
        });
        self.call("resolve_review", &input);
    }

    fn refund(&mut self, bytes: &mut Bytes<'_>) {
        let shape = bytes.next();
        let input = json!({
            "refund_id": format!("refund-{}", shape & 3),
            "amount": (["150", "1", "300", "75"][usize::from(shape >> 2 & 3)]),
            "ends_order": shape & 16 != 0,
            "waived": shape & 32 != 0,
            "actor": "anna",
        });
        self.on_order("record_refund", input, bytes);
    }

    fn pass_time(&mut self, bytes: &mut Bytes<'_>) {
        let minutes = bytes.of(&[1, 5, 14, 16, 61, 125, 24 * 60, 25 * 60, 8 * 24 * 60]);
        self.world.now_ms += minutes * 60_000;
    }

    fn look_on(&mut self, bytes: &mut Bytes<'_>) {
        match bytes.next() % 5 {
            0 => self.on_order(
                "order_status",
                json!({ "customer_id": "customer-0" }),
                bytes,
            ),
            1 => self.on_order("explain_order", json!({}), bytes),
            2 => self.call("health", &json!({})),
            3 => self.call("export", &json!({})),
            _ => self.call("erase_customer", &json!({ "customer_id": "customer-1" })),
        }
    }

    /// Everything works again, so everything answers.
    fn end(&mut self) {
        self.world.cut_after = None;
        self.world.faults.clear();
        self.world.gateway.troubles.clear();
        self.world.now_ms += 10 * 60_000;
        for _ in 0..2 {
            assert!(self.run("work", &json!({})).is_some(), "work ends");
            self.claim();
            self.world.now_ms += 3 * 60_000;
        }
        self.seen.check(&self.world);
        for name in ["health", "export"] {
            assert!(self.run(name, &json!({})).is_some(), "{name} answers");
        }
        for row in self
            .world
            .select("SELECT id, status_token FROM coinpay_orders")
        {
            let (id, token) = (text(&row[0]), text(&row[1]));
            let access = json!({ "order_id": id, "status_token": token });
            for name in ["order_status", "explain_order"] {
                assert!(self.run(name, &access).is_some(), "{name} answers");
            }
        }
        self.seen.check(&self.world);
    }
}
