//! Which store the flows run on: SQLite in memory, or the server whose address is in
//! `COINPAY_TEST_STORE`. There each world has the tables of its own to itself, empty.
#![expect(
    clippy::disallowed_methods,
    reason = "the store under test is named from outside"
)]

use std::sync::{Arc, Mutex};

use coinpay_core::store::{Dialect, Executor, Rows, Statement, StoreFault};
use coinpay_core::{SqliteExecutor, open_executor};

const VARIABLE: &str = "COINPAY_TEST_STORE";

const TABLES: [&str; 7] = [
    "order_log",
    "orders",
    "payments",
    "webhook_events",
    "effects",
    "stock",
    "reservations",
];

/// Databases that no world is using, and how many there are in all.
static IDLE: Mutex<(Vec<Leased>, u32)> = Mutex::new((Vec::new(), 0));

pub(crate) fn fresh() -> Arc<dyn Executor> {
    match std::env::var(VARIABLE) {
        Ok(url) => Arc::new(Lease::take(&url)),
        Err(_) => Arc::new(SqliteExecutor::open_in_memory().expect("a store in memory")),
    }
}

fn statement(sql: &str) -> Statement {
    Statement {
        sql: sql.into(),
        params: Vec::new(),
    }
}

type Leased = Box<dyn Executor>;

/// A database that goes back among the idle ones at the end.
struct Lease(Option<Leased>);

impl Lease {
    fn take(url: &str) -> Self {
        let (idle, number) = {
            let mut idle = IDLE.lock().expect("no test panics in here");
            idle.1 += 1;
            (idle.0.pop(), idle.1)
        };
        let store = idle.unwrap_or_else(|| make(url, number));
        let mut wipe: Vec<_> = TABLES
            .iter()
            .map(|table| statement(&format!("DELETE FROM coinpay_{table}")))
            .collect();
        let rest = "DELETE FROM coinpay_meta WHERE name <> 'schema_version'";
        wipe.push(statement(rest));
        // Tables that are not there yet have nothing to delete.
        let _ = store.commit(&wipe);
        Self(Some(store))
    }

    fn store(&self) -> &dyn Executor {
        self.0.as_deref().expect("a lease that lasts")
    }
}

/// A schema or a database of its own, by the way of each server.
fn make(url: &str, number: u32) -> Leased {
    let server = open_executor(url).expect("an address");
    let name = format!("flows_{}_{number}", std::process::id());
    let (sql, own) = match server.dialect() {
        Dialect::Mysql => {
            let (server, _) = url.rsplit_once('/').expect("a database in the address");
            ("CREATE DATABASE", format!("{server}/{name}"))
        }
        Dialect::Postgres | Dialect::Sqlite => {
            let path = format!("{url}?options=-csearch_path%3D{name}");
            ("CREATE SCHEMA", path)
        }
    };
    let made = server.commit(&[statement(&format!("{sql} {name}"))]);
    made.expect("a database of its own");
    open_executor(&own).expect("an address")
}

impl Executor for Lease {
    fn dialect(&self) -> Dialect {
        self.store().dialect()
    }

    fn load(&self, statements: &[Statement]) -> Result<Vec<Rows>, StoreFault> {
        self.store().load(statements)
    }

    fn commit(&self, statements: &[Statement]) -> Result<(), StoreFault> {
        self.store().commit(statements)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let (Ok(mut idle), Some(store)) = (IDLE.lock(), self.0.take()) {
            idle.0.push(store);
        }
    }
}
