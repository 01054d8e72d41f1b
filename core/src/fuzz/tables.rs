//! What has to hold of the tables after every operation, read with plain SQL.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::order::{PaymentStatus, Status};
use crate::store::Value;

use super::world::World;

/// What was seen before, for what must not go back.
#[derive(Debug, Default)]
pub(super) struct Seen {
    orders: BTreeMap<String, (Status, PaymentStatus, bool)>,
    completed: BTreeMap<(String, String, String), ()>,
}

impl Seen {
    pub(super) fn check(&mut self, world: &World) {
        stock(world);
        versions(world);
        self.orders(world);
        self.effects(world);
    }

    fn orders(&mut self, world: &World) {
        let sql = "SELECT id, status, payment_status, evidence FROM coinpay_orders";
        for row in world.select(sql) {
            let id = text(&row[0]);
            let status = Status::parse(text(&row[1])).expect("a status");
            let payment = PaymentStatus::parse(text(&row[2])).expect("a payment's status");
            // Only money, or a person who accepts, leads here.
            let claims = matches!(
                status,
                Status::Paid | Status::Fulfilled | Status::NeedsReview | Status::Refunded
            );
            let before = self.orders.get(id).copied();
            let (last, last_payment, claimed) = before.unwrap_or((status, payment, false));
            assert!(payment >= last_payment, "{last_payment} became {payment}");
            let open = matches!(status, Status::AwaitingPayment | Status::Expired);
            assert!(!(claimed && open), "{last} became {status}");
            match last {
                // What the gateway gave back of one payment is no end where another pays.
                Status::Refunded => assert!(
                    status == Status::Refunded || !a_person_ended(text(&row[3])),
                    "refunded became {status}"
                ),
                Status::Fulfilled => assert!(
                    matches!(status, Status::Fulfilled | Status::Refunded),
                    "fulfilled became {status}"
                ),
                _ => {}
            }
            let now = (status, payment, claimed || claims);
            self.orders.insert(id.to_owned(), now);
        }
    }

    fn effects(&mut self, world: &World) {
        let sql = "SELECT order_id, kind, subject, state FROM coinpay_effects";
        let mut once = BTreeMap::new();
        for row in world.select(sql) {
            let [order, kind, subject, state] = [0, 1, 2, 3].map(|column| text(&row[column]));
            if ["ship_order", "send_confirmation_email"].contains(&kind) {
                let again = once.insert((order.to_owned(), kind.to_owned()), ());
                assert!(again.is_none(), "two {kind} for one order");
            }
            let key = (order.to_owned(), kind.to_owned(), subject.to_owned());
            if state == "completed" {
                self.completed.insert(key, ());
            } else {
                assert!(
                    !self.completed.contains_key(&key),
                    "a completed {kind} is {state}"
                );
            }
        }
    }
}

/// Whether somebody recorded a refund that ends the order.
fn a_person_ended(evidence: &str) -> bool {
    let evidence: Json = serde_json::from_str(evidence).expect("evidence");
    let refunds = evidence["refunds"].as_object().expect("refunds");
    refunds.values().any(|refund| refund["ends_order"] == true)
}

/// Nothing is promised twice, and what is reserved is what reservations say.
fn stock(world: &World) {
    for row in world.select("SELECT sku, on_hand, reserved FROM coinpay_stock") {
        let (on_hand, reserved) = (integer(&row[1]), integer(&row[2]));
        assert!(
            reserved >= 0 && on_hand >= reserved,
            "{on_hand} less {reserved}"
        );
        let sku = text(&row[0]);
        let held = world.select(&format!(
            "SELECT COALESCE(SUM(quantity), 0) FROM coinpay_reservations \
             WHERE sku = '{sku}' AND state = 'held'"
        ));
        assert_eq!(integer(&held[0][0]), reserved, "what is held of {sku}");
    }
}

/// The log of each order has its versions without a gap, up to the order's own.
fn versions(world: &World) {
    let gaps = world.select(
        "SELECT o.id FROM coinpay_orders o WHERE o.version <> \
         (SELECT COUNT(*) FROM coinpay_order_log l WHERE l.order_id = o.id)",
    );
    assert!(gaps.is_empty(), "a log with a gap");
}

pub(super) fn text(value: &Value) -> &str {
    match value {
        Value::Text(text) => text,
        Value::Null => "",
        Value::Integer(_) => panic!("an integer where a text belongs"),
    }
}

fn integer(value: &Value) -> i64 {
    match value {
        Value::Integer(number) => *number,
        Value::Text(_) | Value::Null => panic!("no integer"),
    }
}
