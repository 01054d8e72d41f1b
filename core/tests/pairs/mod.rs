//! Threads that commit to one SQLite file at the same time, and so share transactions. Each commit
//! is a pair of rows, to be there together or not at all; some meet a row that is there already.

use std::collections::BTreeSet;
use std::path::Path;

use coinpay_core::SqliteExecutor;
use coinpay_core::store::{Executor, FaultClass, Statement, StoreFault};

pub(crate) const THREADS: i64 = 8;

/// A thread, and which commit of its own.
pub(crate) type Pair = (i64, i64);

fn statement(sql: &str, params: &[i64]) -> Statement {
    Statement {
        sql: sql.into(),
        params: params.iter().map(|number| (*number).into()).collect(),
    }
}

fn row(pair: Pair, half: i64) -> Statement {
    let sql = "INSERT INTO pairs (thread, number, half) VALUES (?, ?, ?)";
    statement(sql, &[pair.0, pair.1, half])
}

pub(crate) fn open(path: &Path) -> Result<SqliteExecutor, StoreFault> {
    let executor = SqliteExecutor::open(path)
        .map_err(|error| StoreFault::new(FaultClass::Fatal, error.into_message()))?;
    let table = "CREATE TABLE IF NOT EXISTS pairs \
        (thread INTEGER, number INTEGER, half INTEGER, PRIMARY KEY (thread, number, half)) STRICT";
    executor.commit(&[statement(table, &[])])?;
    Ok(executor)
}

pub(crate) fn commit(executor: &SqliteExecutor, pair: Pair) -> Result<(), StoreFault> {
    executor.commit(&[row(pair, 1), row(pair, 2)])
}

/// The first row of a new pair, and one that is there already.
pub(crate) fn clash(executor: &SqliteExecutor, new: Pair, there: Pair) -> Result<(), StoreFault> {
    executor.commit(&[row(new, 1), row(there, 1)])
}

/// What is in the file, which has to be in order.
pub(crate) fn whole(path: &Path) -> BTreeSet<Pair> {
    let file = rusqlite::Connection::open(path).unwrap();
    let check: String = file
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
    let sql = "SELECT thread, number, COUNT(*) FROM pairs GROUP BY thread, number";
    let mut select = file.prepare(sql).unwrap();
    let rows = select.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)));
    let rows = rows.unwrap().map(|row| {
        let (pair, halves): (Pair, i64) = row.unwrap();
        assert_eq!(halves, 2, "half of {pair:?}");
        pair
    });
    rows.collect()
}
