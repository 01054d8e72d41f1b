//! What the servers' own refusals and losses are called: each is brought about, on a real server.

use std::thread;
use std::time::{Duration, Instant};

use coinpay_core::store::{Executor, FaultClass, Statement, StoreFault, Value};
use coinpay_stores::{Kind, Proxy, Server, Weather, server, statement};

use crate::support::count;

fn with_params(sql: &str, params: Vec<Value>) -> Statement {
    Statement {
        sql: sql.into(),
        params,
    }
}

/// A table of the test's own; its rows are `a` and `b`.
fn with_table(server: &Server) -> (String, Box<dyn Executor>) {
    let url = server.new_database();
    let executor = server.executor(&url);
    let table = "CREATE TABLE t (k VARCHAR(20) NOT NULL PRIMARY KEY, v BIGINT NOT NULL)";
    executor.commit(&[statement(table)]).expect("a table");
    let rows = "INSERT INTO t (k, v) VALUES ('a', 0), ('b', 0)";
    executor.commit(&[statement(rows)]).expect("two rows");
    (url, executor)
}

fn add(key: &str) -> Statement {
    statement(&format!("UPDATE t SET v = v + 1 WHERE k = '{key}'"))
}

/// A statement that takes about so long.
fn sleep(kind: Kind, seconds: &str) -> Statement {
    match kind {
        Kind::Postgres => statement(&format!("SELECT pg_sleep({seconds})::text")),
        Kind::Mariadb => statement(&format!("DO SLEEP({seconds})")),
    }
}

fn class(outcome: Result<impl Sized, StoreFault>) -> FaultClass {
    outcome.err().expect("a fault").class
}

#[test]
fn of_two_that_wait_for_each_other_one_is_told_to_come_again() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let (url, first) = with_table(server(kind));
        let second = server(kind).executor(&url);
        let run = |executor: &dyn Executor, one: &str, other: &str| {
            executor.commit(&[add(one), sleep(kind, "0.5"), add(other)])
        };
        let (one, other) = thread::scope(|scope| {
            let other = scope.spawn(|| run(second.as_ref(), "b", "a"));
            (
                run(first.as_ref(), "a", "b"),
                other.join().expect("no panic"),
            )
        });
        let faults: Vec<_> = [one, other].into_iter().filter_map(Result::err).collect();
        let classes: Vec<_> = faults.iter().map(|fault| fault.class).collect();
        assert_eq!(classes, [FaultClass::Retry], "{kind:?}");
        let sum = "SELECT v FROM t WHERE k = 'a'";
        assert_eq!(
            count(first.as_ref(), sum),
            1,
            "{kind:?}: one of them counts"
        );
    }
}

#[test]
fn a_lock_that_is_held_for_long_is_not_waited_for_for_ever() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let (url, first) = with_table(server(kind));
        let second = server(kind).executor(&url);
        thread::scope(|scope| {
            let holder = scope.spawn(|| first.commit(&[add("a"), sleep(kind, "8")]));
            thread::sleep(Duration::from_millis(500));
            let begun = Instant::now();
            assert_eq!(
                class(second.commit(&[add("a")])),
                FaultClass::Retry,
                "{kind:?}"
            );
            assert!(begun.elapsed() < Duration::from_secs(7), "{kind:?}");
            assert_eq!(holder.join().expect("no panic"), Ok(()));
        });
        second.commit(&[add("a")]).expect("the lock is free again");
    }
}

#[test]
fn a_commit_whose_answer_is_lost_is_unknown_and_the_next_call_finds_another_connection() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let (url, direct) = with_table(server(kind));
        let database = url.rsplit('/').next().expect("its name");
        // Cuts each connection at its tenth piece of traffic or so.
        let weather = Weather {
            cut: 1_000,
            ..Weather::default()
        };
        let proxy = Proxy::start(server(kind).port(), weather).expect("a proxy");
        let far = server(kind).executor(&server(kind).url_by(database, proxy.port()));
        let (mut done, mut unknown, mut again) = (0, 0, 0);
        for _ in 0..300 {
            match far.commit(&[add("a"), add("b")]) {
                Ok(()) => done += 1,
                Err(fault) => match fault.class {
                    FaultClass::Unknown => unknown += 1,
                    // No connection could be opened, or it went before the batch was sent.
                    FaultClass::Fatal | FaultClass::Retry => again += 1,
                    FaultClass::Conflict => panic!("{kind:?}: {fault}"),
                },
            }
        }
        let a = count(direct.as_ref(), "SELECT v FROM t WHERE k = 'a'");
        let b = count(direct.as_ref(), "SELECT v FROM t WHERE k = 'b'");
        assert_eq!(a, b, "{kind:?}: a commit is never half");
        let bounds = done..=done + unknown;
        assert!(
            bounds.contains(&a),
            "{kind:?}: {a} of {done}, {unknown}, {again}"
        );
        assert!(
            done > 20 && unknown > 20,
            "{kind:?}: {done}, {unknown}, {again}"
        );
    }
}

#[test]
fn an_answer_that_never_comes_is_given_up_in_time() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let (url, _) = with_table(server(kind));
        let database = url.rsplit('/').next().expect("its name");
        let weather = Weather {
            half_close: 10_000,
            ..Weather::default()
        };
        let proxy = Proxy::start(server(kind).port(), weather).expect("a proxy");
        let far = server(kind).url_by(database, proxy.port());
        let far = server(kind).executor(&format!("{far}?connect_timeout=1&answer_timeout=1"));
        let begun = Instant::now();
        assert!(far.load(&[statement("SELECT v FROM t")]).is_err());
        assert!(begun.elapsed() < Duration::from_secs(6), "{kind:?}");
    }
}

#[test]
fn a_server_that_crashed_is_found_again_with_all_that_was_committed() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let own = Server::start(kind).expect("a server of its own");
        let (_, executor) = with_table(&own);
        for _ in 0..20 {
            executor.commit(&[add("a")]).expect("it is there");
        }
        own.crash_and_restart().expect("it comes back");
        // The connections of before are gone; a load notices and opens another.
        let value = count(executor.as_ref(), "SELECT v FROM t WHERE k = 'a'");
        assert_eq!(value, 20, "{kind:?}");
        executor.commit(&[add("a")]).expect("it goes on");
    }
}

#[test]
fn a_load_cannot_write() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let (_, executor) = with_table(server(kind));
        let refused = executor.load(&[add("a"), statement("SELECT v FROM t WHERE k = 'a'")]);
        assert_eq!(class(refused), FaultClass::Fatal, "{kind:?}");
        assert_eq!(count(executor.as_ref(), "SELECT v FROM t WHERE k = 'a'"), 0);
        // Nor on a connection that has just written, alone or behind a name.
        executor.commit(&[add("b")]).expect("written");
        let behind =
            "WITH more AS (INSERT INTO t (k, v) VALUES ('a', 1) RETURNING v) SELECT v FROM more";
        for write in [add("a"), statement(behind)] {
            let refused = executor.load(&[write]);
            assert_eq!(class(refused), FaultClass::Fatal, "{kind:?}");
        }
        assert_eq!(count(executor.as_ref(), "SELECT v FROM t WHERE k = 'a'"), 0);
    }
}

#[test]
fn parameters_that_do_not_fit_are_refused_before_anything_is_sent() {
    for (kind, mark) in [(Kind::Postgres, "$1"), (Kind::Mariadb, "?")] {
        let (_, executor) = with_table(server(kind));
        let update = format!("UPDATE t SET v = {mark} WHERE k = 'a'");
        let too_few = executor.commit(&[add("b"), with_params(&update, Vec::new())]);
        assert_eq!(class(too_few), FaultClass::Fatal, "{kind:?}");
        let too_large = vec![Value::Integer(1 << 53)];
        let too_large = executor.commit(&[add("b"), with_params(&update, too_large)]);
        assert_eq!(too_large.unwrap_err().code, "INTEGER_TOO_LARGE");
        let text = executor.commit(&[add("b"), with_params(&update, vec!["many".into()])]);
        assert_eq!(class(text), FaultClass::Fatal, "{kind:?}");
        assert_eq!(count(executor.as_ref(), "SELECT v FROM t WHERE k = 'b'"), 0);
    }
}
