//! A shop with many orders, written by the server itself: fast, and with documents that are empty.

use anyhow::Result;

use crate::{Kind, Server};

/// Fills the tables: one payment, three effects, four entries of the log, one event and one
/// reservation for each order. Most is over, a hundredth is open.
///
/// # Errors
/// What the server says.
pub fn fill(server: &Server, database: &str, orders: u32) -> Result<()> {
    for sql in rows_of_all_tables(server.kind(), orders) {
        server.ask(database, &sql)?;
    }
    let analyze = match server.kind() {
        Kind::Postgres => "VACUUM ANALYZE".to_owned(),
        Kind::Mariadb => format!("ANALYZE TABLE coinpay_{}", TABLES.join(", coinpay_")),
    };
    server.ask(database, &analyze)?;
    Ok(())
}

fn rows_of_all_tables(kind: Kind, orders: u32) -> Vec<String> {
    let (numbers, padded, text) = match kind {
        Kind::Postgres => (
            format!("(SELECT generate_series(1, {orders}) AS n) s"),
            "LPAD(n::text, 8, '0')",
            "n::text",
        ),
        Kind::Mariadb => (
            format!("(SELECT seq AS n FROM seq_1_to_{orders}) s"),
            "LPAD(n, 8, '0')",
            "n",
        ),
    };
    let id = format!("CONCAT('order-', {padded})");
    let open = |yes: &str, no: &str| format!("CASE WHEN n % 100 = 0 THEN {yes} ELSE {no} END");
    let mut all = rows_by_table(&numbers, text, &id, &open);
    let at = AT;
    for (kind, lane) in [("ship_order", "ship"), ("order_status_changed", "status")] {
        all.push(format!(
            "INSERT INTO coinpay_effects (order_id, kind, subject, lane, version, state, \
             idempotency_key, payload, claim_no, tries, next_at, created_at, updated_at) \
             SELECT {id}, '{kind}', '', '{lane}', 2, {}, 'key', '{{}}', 1, 1, {at}, {at}, {at} \
             FROM {numbers}",
            open("'due'", "'completed'"),
        ));
    }
    for version in 1..=4 {
        all.push(format!(
            "INSERT INTO coinpay_order_log (order_id, version, commit_id, at, kind, document) \
             SELECT {id}, {version}, 'commit', {at}, 'test', '{{}}' FROM {numbers}"
        ));
    }
    all
}

/// When the order with the number n was made.
const AT: &str = "1700000000000 + n * 1000";

fn rows_by_table(
    numbers: &str,
    text: &str,
    id: &str,
    open: &dyn Fn(&str, &str) -> String,
) -> Vec<String> {
    let at = AT;
    vec![
        format!(
            "INSERT INTO coinpay_orders (id, version, checkout_key, key_lock, user_id, currency, \
             total, payment_method, payment_blockchain, status, payment_status, attention, \
             deadline_at, due_at, created_at, updated_at, status_token, terms, evidence, contents) \
             SELECT {id}, 4, CONCAT('cart-', {text}), CONCAT('key:', {text}), \
             CONCAT('customer-', n % 5000), 'USD', '1500', 'crypto', 'ETH', {}, 'pending', '', \
             {at}, {}, {at}, {at}, 'token', '{{}}', '{{}}', '{{}}' FROM {numbers}",
            open("'awaiting_payment'", "'fulfilled'"),
            open(at, "NULL"),
        ),
        format!(
            "INSERT INTO coinpay_payments (order_id, attempt, idempotency_key, \
             coinpay_payment_id, payment_blockchain, state, request_body, amount_usd, worth, \
             created_at, looks, next_look_at, look_rank, learnt_by) \
             SELECT {id}, 1, CONCAT({id}, ':1'), CONCAT('payment-', {text}), 'ETH', 'open', \
             '{{}}', '15', '15', {at}, 1, {}, {}, 'webhook' FROM {numbers}",
            open(at, "NULL"),
            open("1", "2"),
        ),
        format!(
            "INSERT INTO coinpay_webhook_events (body_hash, event_type, payment_id, order_id, \
             outcome, body, body_encoding, processed_at) SELECT CONCAT('hash-', {text}), \
             'payment.confirmed', CONCAT('payment-', {text}), {id}, 'applied', '{{}}', 'utf8', \
             {at} FROM {numbers}"
        ),
        format!(
            "INSERT INTO coinpay_stock (sku, on_hand, reserved) \
             SELECT CONCAT('sku-', {text}), 10, 1 FROM {numbers} WHERE n <= 10000"
        ),
        format!(
            "INSERT INTO coinpay_meta (name, value) \
             SELECT CONCAT('note-', {text}), '1' FROM {numbers} WHERE n <= 5000"
        ),
        format!(
            "INSERT INTO coinpay_reservations (order_id, reservation_no, sku, quantity, state) \
             SELECT {id}, 1, CONCAT('sku-', n % 10000), 1, 'sold' FROM {numbers}"
        ),
    ]
}

const TABLES: [&str; 8] = [
    "meta",
    "order_log",
    "orders",
    "payments",
    "webhook_events",
    "effects",
    "stock",
    "reservations",
];
