//! The peer of the store: SQLite as it comes, writing the rows that the flows write, in as many
//! transactions, with the same settings. It reads nothing and decides nothing.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use coinpay_core::SqliteExecutor;
use coinpay_core::store::{Dialect, Executor, Rows, Statement, StoreFault, Value};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, TransactionBehavior, params_from_iter};

/// Keeps what is committed through it.
#[derive(Clone, Debug)]
pub struct Recorder {
    inner: Arc<SqliteExecutor>,
    commits: Arc<Mutex<Vec<Vec<Statement>>>>,
}

impl Recorder {
    /// # Errors
    /// Where the file is no store.
    pub fn open(file: &Path) -> Result<Self> {
        Ok(Self {
            inner: Arc::new(SqliteExecutor::open(file)?),
            commits: Arc::default(),
        })
    }

    /// What was committed since the last call.
    #[must_use]
    pub fn take(&self) -> Vec<Vec<Statement>> {
        let mut commits = self.commits.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *commits)
    }
}

impl Executor for Recorder {
    fn dialect(&self) -> Dialect {
        self.inner.dialect()
    }

    fn load(&self, statements: &[Statement]) -> Result<Vec<Rows>, StoreFault> {
        self.inner.load(statements)
    }

    fn commit(&self, statements: &[Statement]) -> Result<(), StoreFault> {
        self.inner.commit(statements)?;
        let mut commits = self.commits.lock().unwrap_or_else(PoisonError::into_inner);
        commits.push(statements.to_vec());
        Ok(())
    }
}

/// One connection with the settings of the built-in driver.
#[derive(Debug)]
pub struct Bare(Connection);

impl Bare {
    /// # Errors
    /// Where SQLite refuses the file or a setting.
    pub fn open(file: &Path) -> Result<Self> {
        let connection = Connection::open(file).context("SQLite opens the file")?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.set_prepared_statement_cache_capacity(128);
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA fullfsync = ON;
             PRAGMA checkpoint_fullfsync = ON;
             PRAGMA foreign_keys = OFF;
             PRAGMA temp_store = MEMORY;
             PRAGMA trusted_schema = OFF;",
        )?;
        Ok(Self(connection))
    }

    /// Writes all of it in one transaction.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn write(&mut self, statements: &[Statement]) -> Result<()> {
        let behavior = TransactionBehavior::Immediate;
        let transaction = self.0.transaction_with_behavior(behavior)?;
        for statement in statements {
            let mut prepared = transaction.prepare_cached(&statement.sql)?;
            let touched = prepared.execute(params_from_iter(statement.params.iter().map(Bound)))?;
            ensure!(touched == 1, "the same row as in the flow");
        }
        transaction.commit()?;
        Ok(())
    }
}

struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}
