//! The store that schedules run on: SQLite in memory, wiped between schedules, or a file that
//! is closed and opened again wherever a worker crashes.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use coinpay_core::flow::{Answer, Request, Start, Step};
use coinpay_core::store::{Dialect, Executor};
use coinpay_core::{Config, Shop, SqliteExecutor};

use crate::auditor::rows::statement;

const TABLES: [&str; 7] = [
    "order_log",
    "orders",
    "payments",
    "webhook_events",
    "effects",
    "stock",
    "reservations",
];

#[derive(Debug)]
pub(crate) struct Store {
    executor: Option<SqliteExecutor>,
    folder: Option<PathBuf>,
}

impl Store {
    pub(crate) fn in_memory() -> Result<Self> {
        let store = Self {
            executor: Some(SqliteExecutor::open_in_memory()?),
            folder: None,
        };
        store.prepare()?;
        Ok(store)
    }

    /// A file in a folder of its own, which goes with this value.
    pub(crate) fn on_disk(name: &str) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("coinpay-simulator-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).context("cannot make a folder for the store")?;
        let store = Self {
            executor: Some(SqliteExecutor::open(&folder.join("shop.db"))?),
            folder: Some(folder),
        };
        store.prepare()?;
        Ok(store)
    }

    #[must_use]
    pub(crate) fn executor(&self) -> &dyn Executor {
        self.executor.as_ref().expect("a store is always open")
    }

    /// What a crash does to a file: everything that was not written is gone. `false` where there
    /// is no file.
    pub(crate) fn reopen(&mut self) -> bool {
        let Some(folder) = &self.folder else {
            return false;
        };
        self.executor = None;
        let opened = SqliteExecutor::open(&folder.join("shop.db"));
        self.executor = Some(opened.expect("a store opens again after a crash"));
        true
    }

    /// Makes the tables as empty as they were.
    pub(crate) fn wipe(&self) -> Result<()> {
        let mut sql: Vec<_> = TABLES
            .iter()
            .map(|table| statement(&format!("DELETE FROM coinpay_{table}")))
            .collect();
        // What `prepare_store` noted stays: the schema's version.
        sql.push(statement(
            "DELETE FROM coinpay_meta WHERE name LIKE 'work%' OR name LIKE 'webhook%'",
        ));
        self.executor()
            .commit(&sql)
            .context("cannot wipe the store")
    }

    fn prepare(&self) -> Result<()> {
        let config = r#"{"mode":"test","api_key":"cp_test_a",
            "business_id":"7b8f2c1e-5d5c-4c6e-9a51-2f6f3f1d9f10"}"#;
        let shop = Shop::new(Config::from_json(config)?, Dialect::Sqlite)?;
        let start = Start {
            now_ms: 1,
            randomness: [1; 32],
        };
        let mut flow = shop.prepare_store(start);
        loop {
            let (number, answer) = match flow.step() {
                Step::Done(_) => break,
                Step::Ask { number, request } => (
                    *number,
                    match request {
                        Request::Load(sql) => Answer::Load(self.executor().load(sql)),
                        Request::Commit(sql) => Answer::Commit(self.executor().commit(sql)),
                        Request::Http(_) | Request::Wait(_) => Answer::Wait,
                    },
                ),
            };
            flow.answer(number, answer, 1);
        }
        let Ok(outcome) = flow.into_outcome() else {
            anyhow::bail!("preparing the store did not end");
        };
        outcome.context("the store cannot be prepared")?;
        Ok(())
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.executor = None;
        if let Some(folder) = &self.folder {
            let _ = fs::remove_dir_all(folder);
        }
    }
}
