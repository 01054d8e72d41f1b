//! Stores on which a failed commit leaves something behind are refused before anything is kept
//! in them.

use coinpay_core::ErrorCode;
use coinpay_core::store::Executor;
use coinpay_stores::{Kind, Server, server};
use serde_json::json;

use crate::naive::{Autocommitting, Connection, Reconnecting};
use crate::support::{NoGateway, count, engine};

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

fn prepare(executor: Box<dyn Executor>) -> Result<(), ErrorCode> {
    let engine = engine(executor, Box::new(NoGateway), &json!({}));
    engine.prepare_store().map(drop).map_err(|error| error.code)
}

/// Nothing of a probe is left, whichever way it went.
fn is_clean(server: &Server, url: &str) {
    let executor = server.executor(url);
    for table in TABLES {
        let sql = format!("SELECT COUNT(*) FROM coinpay_{table}");
        // The lock of the migration and the schema's version.
        let expected = i64::from(matches!(table, "meta" | "order_log"));
        assert_eq!(count(executor.as_ref(), &sql), expected, "{table}");
    }
}

#[test]
fn the_built_in_executors_are_proved_atomic_also_when_their_connection_is_lost() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let server = server(kind);
        let url = server.new_database();
        assert_eq!(prepare(server.executor(&url)), Ok(()), "{kind:?}");
        is_clean(server, &url);
    }
}

#[test]
fn an_executor_that_commits_each_statement_is_refused() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let server = server(kind);
        let url = server.new_database();
        let refused = prepare(Box::new(Autocommitting(server.executor(&url))));
        assert_eq!(refused, Err(ErrorCode::StoreNotAtomic), "{kind:?}");
        is_clean(server, &url);
    }
}

#[test]
fn a_table_without_transactions_is_refused_whichever_it_is() {
    let server = server(Kind::Mariadb);
    let url = server.new_database();
    let database = url.rsplit('/').next().expect("its name");
    assert_eq!(prepare(server.executor(&url)), Ok(()));
    let mut refused = 0;
    for table in TABLES {
        let engine = |name: &str| {
            let sql = format!("ALTER TABLE coinpay_{table} ENGINE={name}");
            server.ask(database, &sql)
        };
        // The keys of some are longer than these engines take.
        if engine("MyISAM").is_err() && engine("Aria TRANSACTIONAL=0").is_err() {
            continue;
        }
        let prepared = prepare(server.executor(&url));
        assert_eq!(prepared, Err(ErrorCode::StoreNotAtomic), "{table}");
        engine("InnoDB").expect("as it was");
        is_clean(server, &url);
        refused += 1;
    }
    assert!(refused >= 6, "{refused} tables were tried");
    assert_eq!(prepare(server.executor(&url)), Ok(()));
}

fn silently_reconnecting<C: Connection + 'static>(kind: Kind) {
    let server = server(kind);
    let url = server.new_database();
    let naive = Reconnecting::<C>::new(server.executor(&url), url.clone());
    let refused = prepare(Box::new(naive));
    assert_eq!(refused, Err(ErrorCode::StoreNotAtomic), "{kind:?}");
    is_clean(server, &url);
}

#[test]
fn an_executor_that_silently_reconnects_within_a_commit_is_refused() {
    silently_reconnecting::<postgres::Client>(Kind::Postgres);
    silently_reconnecting::<mysql::Conn>(Kind::Mariadb);
}
