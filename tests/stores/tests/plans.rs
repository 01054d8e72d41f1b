//! How the servers run every statement of the store when there are 100,000 orders: by an index,
//! never by reading a table from its one end to the other.

use std::time::Duration;

use coinpay_core::flow::AdjustStock;
use coinpay_core::store::Dialect;
use coinpay_core::store::contract::statements;
use coinpay_core::{Clock, Engine, SystemClock};
use coinpay_stores::{Kind, Server, fill, server};
use serde_json::json;

use crate::gateway::{Gateway, event};
use crate::support::{NoGateway, engine};

const ORDERS: u32 = 100_000;

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
    fill(server, &database, ORDERS).expect("rows");
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
    let before = whole_tables_read(server, &database);
    rush(&server.url_by(&database, server.port()), server);
    assert_eq!(whole_tables_read(server, &database), before);
}

/// How often each table was read from its one end to the other.
fn whole_tables_read(server: &Server, database: &str) -> String {
    // The server counts a second late.
    std::thread::sleep(Duration::from_millis(1_500));
    let sql = "SELECT relname, seq_scan FROM pg_stat_user_tables ORDER BY relname";
    server.ask(database, sql).expect("statistics")
}

/// What many callers ask for at once goes out in statements of its own.
fn rush(url: &str, server: &Server) {
    let gateway = Gateway {
        now_ms: Box::new(|| SystemClock.now_ms()),
    };
    let engine = engine(server.executor(url), Box::new(gateway), &json!({}));
    let stock = AdjustStock {
        adjustment_id: "first".into(),
        sku: "mug".into(),
        delta: 1_000,
        actor: "test".into(),
        note: None,
    };
    engine.adjust_stock(stock).expect("stock comes in");
    std::thread::scope(|scope| {
        for caller in 0..32 {
            let engine = &engine;
            scope.spawn(move || (0..5).for_each(|nth| buy(engine, &format!("{caller}-{nth}"))));
        }
    });
}

fn buy(engine: &Engine, cart: &str) {
    let input = json!({
        "cart_id": cart, "currency": "USD", "blockchain": "ETH", "ship": "effect",
        "items": [{"sku": "mug", "quantity": 1, "price": "15.00"}],
    });
    let input = serde_json::from_value(input).expect("an input");
    let opened = engine.create_checkout(input).expect("a checkout");
    let payment = opened.order.and_then(|order| order.payment);
    let payment = payment.expect("a payment").payment_id;
    let (body, signature) = event(&payment, "confirmed", SystemClock.now_ms());
    let answer = engine.handle_webhook(body, Some(signature));
    assert_eq!(answer.expect("an answer").http_status, 200);
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
            // What a subquery finds is no table.
            let is_table = *table != "NULL" && !table.starts_with("<derived");
            if !inserts && is_table && whole {
                scans.push(format!("{name}: {sql}\n{plan}"));
            }
        }
    }
    assert!(scans.is_empty(), "{}", scans.join("\n\n"));
}
