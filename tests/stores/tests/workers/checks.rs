//! The promises, looked up with plain SQL and held against the book. Shares nothing with the
//! decisions that it judges.

use std::collections::BTreeMap;

use coinpay_core::store::{Executor, Value};

use super::book::Told;
use super::shelf;
use crate::gateway::{Fate, fate};
use crate::support::{count, rows};

/// Statements that look for what must not be.
const NEVER: [(&str, &str); 8] = [
    (
        "8: an order's versions have gaps",
        "SELECT o.id FROM coinpay_orders o JOIN (SELECT order_id, COUNT(*) AS entries, \
         MAX(version) AS newest FROM coinpay_order_log GROUP BY order_id) l \
         ON l.order_id = o.id WHERE o.version <> l.entries OR o.version <> l.newest",
    ),
    (
        "8: an order has no log",
        "SELECT id FROM coinpay_orders o WHERE NOT EXISTS \
         (SELECT 1 FROM coinpay_order_log l WHERE l.order_id = o.id)",
    ),
    (
        "1: two mails or two shipments of one order",
        "SELECT order_id FROM coinpay_effects \
         WHERE kind IN ('ship_order', 'send_confirmation_email') \
         GROUP BY order_id, kind HAVING COUNT(*) > 1",
    ),
    (
        "10: a cart has two orders that go on",
        "SELECT checkout_key FROM coinpay_orders \
         WHERE status IN ('awaiting_payment', 'paid', 'fulfilled') \
         GROUP BY checkout_key HAVING COUNT(*) > 1",
    ),
    (
        "4: goods are held or sold twice for one order",
        "SELECT order_id FROM coinpay_reservations WHERE state IN ('held', 'sold') \
         GROUP BY order_id HAVING COUNT(*) > 1",
    ),
    (
        "4: goods are not where the order's status wants them",
        "SELECT o.id FROM coinpay_orders o LEFT JOIN coinpay_reservations r \
         ON r.order_id = o.id AND r.state IN ('held', 'sold') \
         WHERE (o.status IN ('awaiting_payment', 'paid') AND COALESCE(r.state, '') <> 'held') \
         OR (o.status = 'fulfilled' AND COALESCE(r.state, '') <> 'sold') \
         OR (o.status = 'needs_review' AND COALESCE(r.state, '') = 'sold') \
         OR (o.status IN ('expired', 'cancelled', 'refunded') AND r.state IS NOT NULL)",
    ),
    (
        "1 and 2: a shipment is done for an order that is not fulfilled, or the other way round",
        "SELECT o.id FROM coinpay_effects e JOIN coinpay_orders o ON o.id = e.order_id \
         WHERE e.kind = 'ship_order' AND ((e.state = 'completed' AND o.status <> 'fulfilled') \
         OR (e.state <> 'completed' AND o.status = 'fulfilled'))",
    ),
    (
        "4: more is reserved than is there",
        "SELECT sku FROM coinpay_stock WHERE reserved < 0 OR on_hand < reserved",
    ),
];

pub(crate) fn at_any_time(store: &dyn Executor, told: &Told) {
    for (what, sql) in NEVER {
        let found = rows(store, sql);
        assert!(found.is_empty(), "promise {what}: {}", shown(&found));
    }
    for (sku, first) in shelf() {
        let sum = |state: &str| {
            count(
                store,
                &format!(
                    "SELECT COUNT(*) FROM coinpay_reservations \
                     WHERE sku = '{sku}' AND state = '{state}'"
                ),
            )
        };
        let shelf = |column: &str| {
            let sql = format!("SELECT {column} FROM coinpay_stock WHERE sku = '{sku}'");
            count(store, &sql)
        };
        assert_eq!(shelf("reserved"), sum("held"), "promise 4: {sku}");
        assert_eq!(shelf("on_hand"), first - sum("sold"), "promise 4: {sku}");
    }
    still_there(store, told);
    happened_once(told);
}

fn shown(rows: &[Vec<Value>]) -> String {
    let text = serde_json::to_string(rows).unwrap_or_default();
    text.chars().take(300).collect()
}

/// Rows of two or three texts, by the first.
fn texts(store: &dyn Executor, sql: &str) -> BTreeMap<String, Vec<String>> {
    let text = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Null => String::new(),
    };
    let all = rows(store, sql);
    let pairs = all.iter().map(|row| {
        let mut texts = row.iter().map(text);
        (texts.next().unwrap_or_default(), texts.collect())
    });
    pairs.collect()
}

/// 6. What was acknowledged is there.
fn still_there(store: &dyn Executor, told: &Told) {
    let payments = texts(
        store,
        "SELECT p.coinpay_payment_id, o.id, o.checkout_key FROM coinpay_payments p \
         JOIN coinpay_orders o ON o.id = p.order_id WHERE p.coinpay_payment_id IS NOT NULL",
    );
    for (cart, all) in &told.checkouts {
        for (order, payment) in all {
            let found = payments.get(payment).map(Vec::as_slice);
            let expected = [order.clone(), cart.clone()];
            assert_eq!(found, Some(&expected[..]), "promise 6: {cart}");
        }
    }
    let events = texts(
        store,
        "SELECT body_hash, payment_id FROM coinpay_webhook_events",
    );
    for (body, payment) in &told.webhooks {
        let found = events.get(body).and_then(|row| row.first());
        assert_eq!(found, Some(payment), "promise 6: webhook {body}");
    }
    let effects = texts(
        store,
        "SELECT CONCAT(order_id, '|', kind, '|', subject), state FROM coinpay_effects",
    );
    for (order, kind, subject) in &told.completed {
        let found = effects.get(&format!("{order}|{kind}|{subject}"));
        let completed = found.is_some_and(|row| *row == ["completed"]);
        assert!(
            completed,
            "promise 6: {order} {kind} {subject} is {found:?}"
        );
    }
}

/// 1. The carrier was called once at most, and nobody was told to call it twice.
fn happened_once(told: &Told) {
    for ((order, kind, subject), one) in &told.effects {
        assert!(one.keys.len() <= 1, "{order} {kind} {subject}: one key");
        if kind == "ship_order" {
            assert!(
                one.done <= 1,
                "promise 1: {order} was shipped {} times",
                one.done
            );
            assert!(one.handed <= 1 + one.again, "promise 1: {order}, {one:?}");
        }
    }
}

/// 3, 5 and 9: all the money is accounted for, and nothing is left over.
pub(crate) fn at_the_end(store: &dyn Executor, told: &Told, carts: u64) {
    let open = "SELECT id FROM coinpay_orders WHERE status IN ('awaiting_payment', 'paid')";
    assert_eq!(shown(&rows(store, open)), "[]", "an order still waits");
    let left = "SELECT order_id, kind, state, error FROM coinpay_effects \
        WHERE state IN ('due', 'claimed', 'uncertain', 'dead')";
    assert_eq!(
        shown(&rows(store, left)),
        "[]",
        "promise 9: side work is left over"
    );
    let orders = texts(
        store,
        "SELECT p.coinpay_payment_id, o.status, o.attention FROM coinpay_payments p \
         JOIN coinpay_orders o ON o.id = p.order_id WHERE p.coinpay_payment_id IS NOT NULL",
    );
    for (payment, row) in &orders {
        let [status, attention] = row.as_slice() else {
            panic!("two columns");
        };
        let fits = match fate(payment) {
            Fate::Told | Fate::Silent => {
                // Its goods went to another while its order was over.
                let review = status == "needs_review" && attention.contains("no_stock");
                status == "fulfilled" || review
            }
            Fate::NeverPaid => ["expired", "cancelled"].contains(&status.as_str()),
        };
        assert!(
            fits,
            "promises 2 and 3: {payment} of {:?} is {row:?}",
            fate(payment)
        );
    }
    let served = told.checkouts.len() + told.out_of_stock.len();
    assert!(
        served as u64 >= carts,
        "{served} of {carts} carts were answered"
    );
    for (payment, _) in orders.iter().filter(|(_, row)| row[0] == "fulfilled") {
        let order = told.checkouts.values().flatten();
        let order = order.into_iter().find(|(_, known)| known == payment);
        let Some((order, _)) = order else { continue };
        let ship = (order.clone(), "ship_order".to_owned(), String::new());
        let shipped = told.effects.get(&ship).map_or(0, |one| one.done);
        assert_eq!(shipped, 1, "promise 1: {order} is fulfilled");
    }
}

pub(crate) fn story(store: &dyn Executor) -> String {
    let sql = "SELECT status, COUNT(*) FROM coinpay_orders GROUP BY status";
    let orders = texts(store, sql);
    let lost = "SELECT COUNT(*) FROM coinpay_order_log WHERE kind = 'effect_lost'";
    let sold = "SELECT COUNT(*) FROM coinpay_reservations \
        WHERE sku = 'popular' AND state = 'sold'";
    format!(
        "orders {orders:?}, {} lost claims, {} of the popular article sold",
        count(store, lost),
        count(store, sold)
    )
}
