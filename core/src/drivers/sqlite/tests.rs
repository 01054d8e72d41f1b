//! What the contract does not ask of every executor: forks, panics, and what is refused.

use std::sync::Arc;

use super::*;

fn statement(sql: &str, params: Vec<Value>) -> Statement {
    Statement {
        sql: sql.into(),
        params,
    }
}

fn in_memory() -> SqliteExecutor {
    let executor = SqliteExecutor::open_in_memory().unwrap();
    let table = "CREATE TABLE t (a INTEGER PRIMARY KEY, b ANY) STRICT";
    executor.commit(&[statement(table, vec![])]).unwrap();
    executor
}

fn insert(a: i64, b: impl Into<Value>) -> Statement {
    statement(
        "INSERT INTO t (a, b) VALUES (?, ?)",
        vec![a.into(), b.into()],
    )
}

fn fatal(outcome: Result<impl Sized, StoreFault>) -> String {
    let fault = outcome.err().expect("a fault");
    assert_eq!(fault.class, FaultClass::Fatal, "{fault}");
    fault.code
}

fn count(executor: &SqliteExecutor) -> Value {
    let rows = executor.load(&[statement("SELECT COUNT(*) FROM t", vec![])]);
    rows.unwrap()[0][0][0].clone()
}

#[test]
fn a_child_of_the_process_that_opened_it_is_refused() {
    let mut executor = in_memory();
    executor.process = executor.process.wrapping_add(1);
    assert_eq!(fatal(executor.load(&[])), "FORKED");
    assert_eq!(fatal(executor.commit(&[insert(1, "x")])), "FORKED");
}

#[test]
fn integers_that_not_every_host_can_carry_are_refused_both_ways() {
    let executor = in_memory();
    let largest = i64::try_from(values::LARGEST_INTEGER).unwrap();
    for number in [largest + 1, -largest - 1, i64::MAX, i64::MIN] {
        assert_eq!(
            fatal(executor.commit(&[insert(1, number)])),
            "INTEGER_TOO_LARGE"
        );
    }
    executor.commit(&[insert(1, largest)]).unwrap();
    let double = statement("SELECT b * 2 FROM t", vec![]);
    assert_eq!(fatal(executor.load(&[double])), "INTEGER_TOO_LARGE");
}

#[test]
fn what_no_column_of_ours_holds_is_refused() {
    let executor = in_memory();
    for sql in ["SELECT 1.5", "SELECT x'00'"] {
        assert_eq!(
            fatal(executor.load(&[statement(sql, vec![])])),
            "UNKNOWN_TYPE"
        );
    }
    let broken = statement("SELECT CAST(x'ff' AS TEXT)", vec![]);
    assert_eq!(fatal(executor.load(&[broken])), "INVALID_UTF8");
}

#[test]
fn a_load_cannot_write() {
    let executor = in_memory();
    assert_eq!(fatal(executor.load(&[insert(1, "x")])), "WRITE_IN_A_LOAD");
    assert_eq!(count(&executor), Value::Integer(0));
}

#[test]
fn statements_that_the_driver_cannot_use_are_named_without_their_values() {
    let executor = in_memory();
    let too_few = statement("INSERT INTO t (a, b) VALUES (?, ?)", vec![1_i64.into()]);
    assert_eq!(fatal(executor.commit(&[too_few])), "PARAMETER_COUNT");
    let rows = statement("INSERT INTO t (a) VALUES (1) RETURNING a", vec![]);
    assert_eq!(fatal(executor.commit(&[rows])), "ROWS_FROM_A_WRITE");
    let unknown = statement("INSERT INTO no_table VALUES (1)", vec![]);
    assert_eq!(fatal(executor.commit(&[unknown])), "SQLITE_ERROR");
    let two = statement("INSERT INTO t (a) VALUES (1); DELETE FROM t", vec![]);
    assert_eq!(fatal(executor.commit(&[two])), "SEVERAL_STATEMENTS");
    assert_eq!(count(&executor), Value::Integer(0));
}

#[test]
fn a_panic_in_another_thread_leaves_a_usable_store_without_its_transaction() {
    let executor = Arc::new(in_memory());
    let other = executor.clone();
    let panicked = std::thread::scope(|scope| {
        let thread = scope.spawn(move || {
            let mut writer = lock(&other.writer);
            let connection = writer.as_mut().unwrap();
            let all = "BEGIN IMMEDIATE; INSERT INTO t (a) VALUES (9);";
            connection.execute_batch(all).unwrap();
            panic!("in the middle of a commit");
        });
        thread.join().is_err()
    });
    assert!(panicked && executor.writer.is_poisoned());
    executor.commit(&[insert(1, "x")]).unwrap();
    assert_eq!(count(&executor), Value::Integer(1));
}

#[test]
fn every_commit_is_durable_and_no_other_schema_is_trusted() {
    let connection = connect(None).unwrap();
    let setting = |name: &str| -> i64 {
        connection
            .pragma_query_value(None, name, |row| row.get(0))
            .unwrap()
    };
    assert_eq!(setting("synchronous"), 2, "FULL");
    assert_eq!(setting("fullfsync"), 1);
    assert_eq!(setting("foreign_keys"), 0);
    assert_eq!(setting("temp_store"), 2, "memory");
    assert_eq!(setting("trusted_schema"), 0);
    assert_eq!(setting("busy_timeout"), 5_000);
}
