//! How the servers run every statement of the store when there are 100,000 orders: by an index,
//! never by reading a table from its one end to the other.

use coinpay_core::store::Dialect;
use coinpay_core::store::contract::statements;
use coinpay_stores::{Kind, Server, server};
use serde_json::json;

use crate::support::{NoGateway, engine};

/// A table of which one row in so many is what a worker looks for.
const ORDERS: u32 = 100_000;

/// Fills the tables: one payment, three effects, four entries of the log, one event and one
/// reservation for each order. Most is over, a hundredth is open.
fn fill(server: &Server, database: &str) {
    for sql in rows_of_all_tables(server.kind()) {
        server.ask(database, &sql).expect("rows");
    }
    let analyze = match server.kind() {
        Kind::Postgres => "ANALYZE".to_owned(),
        Kind::Mariadb => format!("ANALYZE TABLE coinpay_{}", TABLES.join(", coinpay_")),
    };
    server.ask(database, &analyze).expect("statistics");
}

fn rows_of_all_tables(kind: Kind) -> Vec<String> {
    let (numbers, padded, text) = match kind {
        Kind::Postgres => (
            format!("(SELECT generate_series(1, {ORDERS}) AS n) s"),
            "LPAD(n::text, 8, '0')",
            "n::text",
        ),
        Kind::Mariadb => (
            format!("(SELECT seq AS n FROM seq_1_to_{ORDERS}) s"),
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

/// A value that a worker would really ask with, by what stands before the parameter.
fn with_values(sql: &str) -> String {
    let mut text = String::new();
    let mut pieces = sql.split('?').peekable();
    while let Some(piece) = pieces.next() {
        text.push_str(piece);
        if pieces.peek().is_none() {
            break;
        }
        text.push_str(value_after(piece.trim_end()));
    }
    text
}

fn value_after(before: &str) -> &'static str {
    let words: Vec<&str> = before.split_whitespace().collect();
    let column = match words.as_slice() {
        [.., "LIMIT"] => return "50",
        [.., column, "=" | "<=" | "<" | ">" | ">="] => column.trim_start_matches('('),
        _ => return "'1'",
    };
    match column.rsplit('.').next().unwrap_or_default() {
        "state" => "'due'",
        "status" => "'awaiting_payment'",
        "id" | "order_id" => "'order-00050000'",
        "look_rank" | "attempt" | "version" | "reservation_no" => "1",
        "next_at" | "due_at" | "next_look_at" | "alert_at" => "1700050000000",
        "processed_at" | "created_at" => "1690000000000",
        "tries" | "claim_no" => "8",
        _ => "'1'",
    }
}

fn filled(kind: Kind) -> (&'static Server, String) {
    let server = server(kind);
    let url = server.new_database();
    let shop = engine(server.executor(&url), Box::new(NoGateway), &json!({}));
    shop.prepare_store().expect("made ready");
    let database = url.rsplit('/').next().expect("its name").to_owned();
    fill(server, &database);
    (server, database)
}

#[test]
fn no_statement_reads_a_whole_table_of_postgres() {
    let (server, database) = filled(Kind::Postgres);
    let mut scans = Vec::new();
    for (name, sql) in statements(Dialect::Postgres, "coinpay_") {
        let values = vec!["NULL"; sql.matches('$').count()].join(", ");
        let values = if values.is_empty() {
            values
        } else {
            format!("({values})")
        };
        // The plan for any value, as a prepared statement gets it.
        let plan = server.ask(
            &database,
            &format!(
                "SET plan_cache_mode = force_generic_plan; PREPARE asked AS {sql}; \
                 EXPLAIN EXECUTE asked{values}"
            ),
        );
        let plan = plan.unwrap_or_else(|error| panic!("{name}: {error}"));
        if plan.contains("Seq Scan") {
            scans.push(format!("{name}: {sql}\n{plan}"));
        }
    }
    assert!(scans.is_empty(), "{}", scans.join("\n\n"));
}

#[test]
fn no_statement_reads_a_whole_table_of_mariadb() {
    let (server, database) = filled(Kind::Mariadb);
    let mut scans = Vec::new();
    for (name, sql) in statements(Dialect::Mysql, "coinpay_") {
        let plan = server.ask(&database, &format!("EXPLAIN {}", with_values(&sql)));
        let plan = plan.unwrap_or_else(|error| panic!("{name}: {error}"));
        for line in plan.lines() {
            let columns: Vec<&str> = line.split('\t').collect();
            let [_, select, table, kind, .., read, _] = columns.as_slice() else {
                panic!("{name}: {plan}");
            };
            // An INSERT names its table, and reads nothing of it.
            let inserts = *select == "INSERT";
            // `index` goes through an index from its end, and is well where a limit ends it.
            let far = read.parse().is_ok_and(|rows: u32| rows > 1_000);
            let whole = *kind == "ALL" || (*kind == "index" && far);
            if !inserts && *table != "NULL" && whole {
                scans.push(format!("{name}: {sql}\n{plan}"));
            }
        }
    }
    assert!(scans.is_empty(), "{}", scans.join("\n\n"));
}
