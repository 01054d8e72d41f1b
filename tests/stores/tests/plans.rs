//! How the servers run every statement of the store when there are 100,000 orders: by an index,
//! never by reading a table from its one end to the other.

use coinpay_core::store::Dialect;
use coinpay_core::store::contract::statements;
use coinpay_stores::{Kind, Server, fill, server};
use serde_json::json;

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
