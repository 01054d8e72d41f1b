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
}

/// Has all of them wait for their turn, and the first one commit for them.
fn together(executor: &SqliteExecutor, commits: &[Vec<Statement>]) -> Vec<Outcome> {
    let (own, others) = commits.split_first().unwrap();
    let Taken::Turn(turn) = executor.turns.take(own) else {
        panic!("nobody else has the turn");
    };
    std::thread::scope(|scope| {
        let mut threads = Vec::new();
        for other in others {
            let before = executor.turns.waiting();
            threads.push(scope.spawn(|| executor.commit(other)));
            while executor.turns.waiting() == before {
                std::thread::yield_now();
            }
        }
        let mut outcomes = vec![executor.lead(&turn, own)];
        drop(turn);
        outcomes.extend(threads.into_iter().map(|thread| thread.join().unwrap()));
        outcomes
    })
}

fn classes(outcomes: &[Outcome]) -> Vec<Option<FaultClass>> {
    let class = |outcome: &Outcome| outcome.as_ref().err().map(|fault| fault.class);
    outcomes.iter().map(class).collect()
}

fn numbers(executor: &SqliteExecutor) -> Vec<i64> {
    let all = executor.load(&[statement("SELECT a FROM t ORDER BY a", vec![])]);
    let number = |row: &Vec<Value>| match row[0] {
        Value::Integer(number) => number,
        _ => panic!("a number"),
    };
    all.unwrap()[0].iter().map(number).collect()
}

#[test]
fn a_conflict_undoes_its_own_commit_and_no_other_of_the_same_transaction() {
    for clashing in 0..3 {
        let executor = in_memory();
        executor.commit(&[insert(100, "there")]).unwrap();
        let commits: Vec<_> = (0..3)
            .map(|number| {
                let second = if number == clashing { 100 } else { number + 10 };
                vec![insert(number, "x"), insert(second, "y")]
            })
            .collect();
        let outcomes = classes(&together(&executor, &commits));
        let mut expected = vec![100];
        for number in 0..3_i64 {
            let ended = outcomes[usize::try_from(number).unwrap()];
            let clashed = number == clashing;
            assert_eq!(ended, clashed.then_some(FaultClass::Conflict));
            if !clashed {
                expected.extend([number, number + 10]);
            }
        }
        expected.sort_unstable();
        assert_eq!(numbers(&executor), expected);
    }
}

#[test]
fn of_two_that_want_the_same_in_one_transaction_the_first_in_line_gets_it() {
    let executor = in_memory();
    let commits = [
        vec![insert(1, "x")],
        vec![insert(1, "y")],
        vec![insert(2, "z")],
    ];
    let outcomes = classes(&together(&executor, &commits));
    assert_eq!(outcomes, [None, Some(FaultClass::Conflict), None]);
    let kept = executor.load(&[statement("SELECT b FROM t WHERE a = 1", vec![])]);
    assert_eq!(kept.unwrap()[0][0][0], Value::from("x"));
}

#[test]
fn what_undoes_the_whole_transaction_is_the_fault_of_its_own_commit_alone() {
    let rollback = |a: i64| {
        let sql = "INSERT OR ROLLBACK INTO t (a) VALUES (?)";
        statement(sql, vec![a.into()])
    };
    let unknown = statement("INSERT INTO no_table VALUES (1)", vec![]);
    for (bad, class) in [
        (rollback(1), FaultClass::Conflict),
        (unknown, FaultClass::Fatal),
    ] {
        let executor = in_memory();
        let commits = [
            vec![insert(1, "x")],
            vec![insert(5, "y"), bad],
            vec![insert(1, "y")],
            vec![insert(2, "z")],
        ];
        let outcomes = classes(&together(&executor, &commits));
        let conflict = Some(FaultClass::Conflict);
        assert_eq!(outcomes, [None, Some(class), conflict, None]);
        assert_eq!(numbers(&executor), [1, 2]);
    }
}

#[test]
fn more_than_share_a_transaction_are_committed_all_the_same() {
    let executor = in_memory();
    let commits: Vec<_> = (0..100).map(|number| vec![insert(number, "x")]).collect();
    assert!(together(&executor, &commits).iter().all(Result::is_ok));
    assert_eq!(numbers(&executor), (0..100).collect::<Vec<_>>());
}

#[test]
fn whoever_has_the_turn_and_panics_holds_up_nobody() {
    let executor = in_memory();
    let Taken::Turn(turn) = executor.turns.take(&[]) else {
        panic!("nobody else has the turn");
    };
    std::thread::scope(|scope| {
        let mut threads = Vec::new();
        for number in 0..2 {
            let before = executor.turns.waiting();
            let executor = &executor;
            threads.push(scope.spawn(move || executor.commit(&[insert(number, "x")])));
            while executor.turns.waiting() == before {
                std::thread::yield_now();
            }
        }
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let turn = turn;
            let _others = turn.others(1);
            panic!("in the middle of a commit for another");
        }));
        assert!(panicked.is_err());
        let outcomes = threads.into_iter().map(|thread| thread.join().unwrap());
        let outcomes: Vec<_> = outcomes.collect();
        assert_eq!(classes(&outcomes), [Some(FaultClass::Unknown), None]);
    });
    assert_eq!(numbers(&executor), [1]);
}
