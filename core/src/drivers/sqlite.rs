//! Runs statements in one SQLite file: one connection writes, a few others read beside it.
//! Decides how the file is opened and what becomes of a transaction that fails; knows nothing of
//! orders.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, ToSql, Transaction, TransactionBehavior, params_from_iter};

use crate::store::{Dialect, Executor, FaultClass, Rows, Statement, StoreFault, Value};
use crate::{Error, ErrorCode, Result};

use super::sqlite_fault::{fault, of_the_disk};
use super::sqlite_file::{close_to_others, opening, prepare, refused};
use super::turns::{Taken, Turn, Turns};
use super::values;
use group::Outcome;

mod group;

/// How long, and how often, a statement waits for another process's lock: 5 seconds in all.
/// SQLite's own waits become longer and longer, and would hardly ever meet a process that commits
/// without a pause in one of its short ones.
const BUSY_PAUSE: Duration = Duration::from_millis(2);
const BUSY_TRIES: i32 = 2_500;

/// How long, and how often, opening waits for another process that is opening the file too.
const OPEN_PAUSE: Duration = Duration::from_millis(10);
const OPEN_TRIES: u32 = 500;

/// When to try again what could not be opened.
const RETRY_AFTER_MS: u64 = 1_000;

/// More than there are statements.
const STATEMENTS: usize = 128;

/// How many idle connections are kept for reading: opening one takes longer than most loads, and
/// those whose commits were written together load together.
const READERS: usize = 16;

/// A store in one SQLite file.
///
/// The file belongs to this library: a second copy of SQLite in the same process, another
/// library's say, would break its locks. Several executors on one file are fine, in one process
/// and in several. After a fork the child has to open its own: this one refuses every call there
/// with `FORKED`.
pub struct SqliteExecutor {
    /// `None` in memory, where there is one connection for everything.
    path: Option<PathBuf>,
    process: u32,
    /// `None` after a transaction that could not be undone; opened anew by the next commit.
    writer: Mutex<Option<Connection>>,
    turns: Turns<()>,
    readers: Mutex<Vec<Connection>>,
}

impl fmt::Debug for SqliteExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteExecutor")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl SqliteExecutor {
    /// Opens the file, or creates it for its owner alone (mode 0600). A file that others may
    /// read is tightened to that.
    ///
    /// # Errors
    /// `store_refused` where the file is not ours to tighten, is on a network file system, or
    /// is no SQLite database; `store_busy` while another process holds it; `store_unavailable`
    /// while the disk is full or fails.
    pub fn open(path: &Path) -> Result<Self> {
        let _opening = opening();
        let path = prepare(path)?;
        let writer = connect(Some(&path)).map_err(|fault| unusable(&fault))?;
        close_to_others(&path)?;
        Ok(Self::new(Some(path), writer))
    }

    /// A store that lives as long as this value: for tests and demonstrations.
    ///
    /// # Errors
    /// `store_refused` with SQLite's code.
    pub fn open_in_memory() -> Result<Self> {
        let connection = connect(None).map_err(|fault| unusable(&fault))?;
        Ok(Self::new(None, connection))
    }

    fn new(path: Option<PathBuf>, writer: Connection) -> Self {
        Self {
            path,
            process: process_id(),
            writer: Mutex::new(Some(writer)),
            turns: Turns::new(1, FaultClass::Unknown, Duration::MAX),
            readers: Mutex::new(Vec::new()),
        }
    }

    fn check(&self, statements: &[Statement]) -> Result<(), StoreFault> {
        if self.process != process_id() {
            return Err(StoreFault::new(FaultClass::Fatal, "FORKED"));
        }
        values::check(statements)
    }

    fn load_from_file(&self, statements: &[Statement]) -> Result<Vec<Rows>, StoreFault> {
        let idle = lock(&self.readers).pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => connect(self.path.as_deref())?,
        };
        let loaded = read(&mut reader, statements);
        let sound = !matches!(&loaded, Err(fault) if fault.class == FaultClass::Fatal);
        let mut readers = lock(&self.readers);
        if sound && reader.is_autocommit() && readers.len() < READERS {
            readers.push(reader);
        }
        loaded
    }

    /// Commits, and does so for those that wait for their turn.
    fn lead(&self, turn: &Turn<'_, ()>, statements: &[Statement]) -> Outcome {
        let mut others = group::behind(turn);
        let outcome =
            self.with_writer(|connection| group::write(connection, statements, &mut others, turn));
        // Those that were not told could not be begun with either.
        for other in others {
            other.done(outcome.clone());
        }
        outcome
    }

    /// Runs `work` on the one connection that writes, with no transaction open before or after.
    fn with_writer<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreFault>,
    ) -> Result<T, StoreFault> {
        let mut writer = lock(&self.writer);
        let mut connection = match writer.take() {
            Some(connection) => connection,
            None => connect(self.path.as_deref())?,
        };
        let outcome = work(&mut connection);
        // A connection that could not undo its transaction is closed, which undoes it; the
        // database in memory has only this one.
        if connection.is_autocommit() || self.path.is_none() {
            *writer = Some(connection);
        }
        outcome
    }
}

impl Executor for SqliteExecutor {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn load(&self, statements: &[Statement]) -> Result<Vec<Rows>, StoreFault> {
        self.check(statements)?;
        if self.path.is_some() {
            self.load_from_file(statements)
        } else {
            self.with_writer(|connection| read(connection, statements))
        }
    }

    fn commit(&self, statements: &[Statement]) -> Result<(), StoreFault> {
        self.check(statements)?;
        if statements.is_empty() {
            return Ok(());
        }
        match self.turns.take(statements) {
            Taken::Turn(turn) => self.lead(&turn, statements),
            Taken::Done(outcome) => outcome,
        }
    }
}

impl Drop for SqliteExecutor {
    fn drop(&mut self) {
        if self.process == process_id() {
            return;
        }
        // The connections belong to the parent: closing them here could undo its locks.
        let writer = lock(&self.writer).take();
        let readers = std::mem::take(&mut *lock(&self.readers));
        Box::leak(Box::new((writer, readers)));
    }
}

/// A thread that panicked has left nothing behind that the next one could not use: its
/// transaction was undone when it was dropped.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a connection must not be used in a child of the process that opened it"
)]
fn process_id() -> u32 {
    std::process::id()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the SQLite driver opens the database"
)]
fn connect(path: Option<&Path>) -> Result<Connection, StoreFault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = match path {
        Some(path) => Connection::open_with_flags(path, flags),
        None => Connection::open_in_memory(),
    };
    let mut connection = opened.map_err(|error| fault(&error))?;
    if path.is_some() {
        use_wal(&connection)?;
    }
    settle(&mut connection).map_err(|error| fault(&error))?;
    Ok(connection)
}

fn unusable(fault: &StoreFault) -> Error {
    if fault.class == FaultClass::Retry {
        return Error::from(ErrorCode::StoreBusy).retry_after_ms(RETRY_AFTER_MS);
    }
    if of_the_disk(fault) {
        let message = format!("database: the disk is full or fails ({})", fault.code);
        let error = Error::new(ErrorCode::StoreUnavailable, message);
        return error.retry_after_ms(RETRY_AFTER_MS);
    }
    refused(format_args!("SQLite cannot use it ({})", fault.code))
}

/// Turning the log on needs the file alone for a moment, and SQLite does not always wait by
/// itself for a process that is doing the same.
#[expect(
    clippy::disallowed_methods,
    reason = "opening waits for another process"
)]
fn use_wal(connection: &Connection) -> Result<(), StoreFault> {
    let mut tries = OPEN_TRIES;
    loop {
        match turn_wal_on(connection) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(_) => return Err(StoreFault::new(FaultClass::Fatal, "NO_WRITE_AHEAD_LOG")),
            Err(error) => {
                let fault = fault(&error);
                tries = tries.saturating_sub(1);
                if tries == 0 || fault.class != FaultClass::Retry {
                    return Err(fault);
                }
                std::thread::sleep(OPEN_PAUSE);
            }
        }
    }
}

/// The change is committed after its row was given, so an error may still come then.
fn turn_wal_on(connection: &Connection) -> rusqlite::Result<String> {
    let mut change = connection.prepare("PRAGMA journal_mode = WAL")?;
    let mut rows = change.query([])?;
    let mut mode = String::new();
    while let Some(row) = rows.next()? {
        mode = row.get(0)?;
    }
    Ok(mode)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a statement waits for another process"
)]
fn wait_for_another(times: i32) -> bool {
    if times >= BUSY_TRIES {
        return false;
    }
    std::thread::sleep(BUSY_PAUSE);
    true
}

/// What has to be said on every connection. FULL makes each commit durable; the two settings
/// after it make it so on macOS, where an ordinary flush does not reach the disk.
fn settle(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_handler(Some(wait_for_another))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // One plan for a statement, whatever is bound: otherwise SQLite prepares it anew for each
    // value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON;
         PRAGMA foreign_keys = OFF;
         PRAGMA temp_store = MEMORY;
         PRAGMA trusted_schema = OFF;",
    )
}

fn begin(
    connection: &mut Connection,
    behavior: TransactionBehavior,
) -> Result<Transaction<'_>, StoreFault> {
    if !connection.is_autocommit() {
        connection
            .execute_batch("ROLLBACK")
            .map_err(|error| fault(&error))?;
    }
    connection
        .transaction_with_behavior(behavior)
        .map_err(|error| fault(&error))
}

fn read(connection: &mut Connection, statements: &[Statement]) -> Result<Vec<Rows>, StoreFault> {
    let transaction = begin(connection, TransactionBehavior::Deferred)?;
    statements
        .iter()
        .map(|one| select(&transaction, one))
        .collect()
}

fn select(transaction: &Transaction<'_>, statement: &Statement) -> Result<Rows, StoreFault> {
    let sqlite = |error| fault(&error);
    let mut prepared = transaction.prepare_cached(&statement.sql).map_err(sqlite)?;
    if !prepared.readonly() {
        return Err(StoreFault::new(FaultClass::Fatal, "WRITE_IN_A_LOAD"));
    }
    let width = prepared.column_count();
    let parameters = params_from_iter(statement.params.iter().map(Parameter));
    let mut found = prepared.query(parameters).map_err(sqlite)?;
    let mut rows = Rows::new();
    while let Some(row) = found.next().map_err(sqlite)? {
        let values = (0..width).map(|index| value(row.get_ref(index).map_err(sqlite)?));
        rows.push(values.collect::<Result<_, _>>()?);
    }
    Ok(rows)
}

struct Parameter<'a>(&'a Value);

impl ToSql for Parameter<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

fn value(stored: ValueRef<'_>) -> Result<Value, StoreFault> {
    match stored {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => values::integer(number),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Value::Text(text.to_owned())),
            Err(_) => Err(StoreFault::new(FaultClass::Fatal, "INVALID_UTF8")),
        },
        ValueRef::Real(_) | ValueRef::Blob(_) => {
            Err(StoreFault::new(FaultClass::Fatal, "UNKNOWN_TYPE"))
        }
    }
}

#[cfg(test)]
mod plans;
#[cfg(test)]
mod tests;
