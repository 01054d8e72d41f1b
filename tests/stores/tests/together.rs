//! Callers that wait at the same time share statements on PostgreSQL. Each hears of its own batch
//! alone, and a row that two of them change is changed twice.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use coinpay_core::store::{Executor, FaultClass, Rows, Statement, StoreFault, Value};
use coinpay_stores::{Kind, Proxy, Server, Weather, server, statement};

use crate::support::{count, sha256};

const CALLERS: i64 = 64;

/// A database with tables of the test's own, spoken to through a proxy that counts.
struct Scene {
    server: &'static Server,
    url: String,
    proxy: Proxy,
    executor: Box<dyn Executor>,
}

fn with_params(sql: &str, params: Vec<Value>) -> Statement {
    Statement {
        sql: sql.into(),
        params,
    }
}

/// A log whose keys are unique, and a shelf with 1,000 of each article but the last.
fn scene() -> Scene {
    let server = server(Kind::Postgres);
    let url = server.new_database();
    let direct = server.executor(&url);
    let tables = [
        "CREATE TABLE log (id TEXT PRIMARY KEY, note TEXT, number BIGINT)",
        "CREATE TABLE shelf (sku TEXT PRIMARY KEY, here BIGINT CHECK (here >= 0), seen BIGINT)",
        "INSERT INTO shelf (sku, here) \
         SELECT 'sku-' || n, 1000 FROM generate_series(0, 63) n",
        "INSERT INTO shelf (sku, here) VALUES ('last', 3)",
    ];
    for sql in tables {
        direct.commit(&[statement(sql)]).expect("made ready");
    }
    let calm = Weather {
        cut: 0,
        delay: 0,
        half_close: 0,
    };
    let proxy = Proxy::start(server.port(), calm).expect("a proxy");
    let database = url.rsplit('/').next().expect("its name");
    let executor = server.executor(&server.url_by(database, proxy.port()));
    Scene {
        server,
        url,
        proxy,
        executor,
    }
}

impl Scene {
    /// Has all callers begin while nobody gets at the log, and lets them go on together.
    fn rush<T: Send>(&self, work: impl Fn(i64) -> T + Sync) -> Vec<T> {
        let lock = "LOCK TABLE log IN ACCESS EXCLUSIVE MODE";
        let mut holder = postgres::Client::connect(&self.url, postgres::NoTls).expect("opened");
        let mut held = holder.transaction().expect("begun");
        held.batch_execute(lock).expect("held");
        thread::scope(|scope| {
            let work = &work;
            let callers = (0..CALLERS).map(|caller| scope.spawn(move || work(caller)));
            let callers: Vec<_> = callers.collect();
            // Shorter than anybody's patience.
            thread::sleep(Duration::from_millis(150));
            held.rollback().expect("let go");
            let ended = callers.into_iter().map(|caller| caller.join());
            ended.map(|outcome| outcome.expect("no panic")).collect()
        })
    }

    fn sell(&self, key: &str, sku: &str, number: i64) -> Result<(), StoreFault> {
        sell(self.executor.as_ref(), key, sku, number)
    }

    fn count(&self, sql: &str) -> i64 {
        count(self.server.executor(&self.url).as_ref(), sql)
    }
}

/// One line of the log, and one piece off the shelf.
fn sell(executor: &dyn Executor, key: &str, sku: &str, number: i64) -> Result<(), StoreFault> {
    let note = if number % 2 == 0 {
        Value::Null
    } else {
        format!("note {number}").into()
    };
    let seen = if number % 3 == 0 {
        Value::Null
    } else {
        number.into()
    };
    let insert = "INSERT INTO log (id, note, number) VALUES ($1, $2, $3)";
    let update = "UPDATE shelf SET here = here - $1, seen = $2 WHERE sku = $3";
    executor.commit(&[
        with_params(insert, vec![key.into(), note, number.into()]),
        with_params(update, vec![1_i64.into(), seen, sku.into()]),
    ])
}

fn done_and_refused(outcomes: &[Result<(), StoreFault>]) -> (usize, usize) {
    let refused = outcomes.iter().filter_map(|one| one.as_ref().err());
    let refused: Vec<_> = refused.map(|fault| fault.class).collect();
    assert!(
        refused.iter().all(|class| *class == FaultClass::Conflict),
        "{refused:?}"
    );
    (outcomes.len() - refused.len(), refused.len())
}

#[test]
fn commits_that_wait_share_statements() {
    let scene = scene();
    let outcomes =
        scene.rush(|caller| scene.sell(&format!("key-{caller}"), &format!("sku-{caller}"), caller));
    assert_eq!(done_and_refused(&outcomes), (64, 0));
    // Opening a connection takes some, and so does preparing; alone each takes three at least.
    let trips = scene.proxy.round_trips();
    assert!(trips < 120, "{trips} round trips for {CALLERS} commits");
    for (sql, expected) in [
        ("SELECT COUNT(*) FROM log", 64),
        ("SELECT COUNT(*) FROM log WHERE id = 'key-' || number", 64),
        (
            "SELECT COUNT(*) FROM log WHERE note = 'note ' || number",
            32,
        ),
        ("SELECT COUNT(*) FROM log WHERE note IS NULL", 32),
        ("SELECT COUNT(*) FROM shelf WHERE here = 999", 64),
        ("SELECT COUNT(*) FROM shelf WHERE sku = 'sku-' || seen", 42),
    ] {
        assert_eq!(scene.count(sql), expected, "{sql}");
    }
}

#[test]
fn a_conflict_undoes_its_own_commit_alone() {
    let scene = scene();
    let outcomes = scene.rush(|caller| {
        let key = format!("key-{}", caller / 2);
        scene.sell(&key, &format!("sku-{caller}"), caller)
    });
    assert_eq!(done_and_refused(&outcomes), (32, 32));
    for pair in outcomes.chunks(2) {
        assert_eq!(done_and_refused(pair), (1, 1));
    }
    assert_eq!(scene.count("SELECT COUNT(*) FROM log"), 32);
    let sold = "SELECT COUNT(*) FROM shelf s JOIN log l ON s.sku = 'sku-' || l.number \
                WHERE s.here = 999";
    assert_eq!(scene.count(sold), 32);
    let left = "SELECT COUNT(*) FROM shelf WHERE here = 1000";
    assert_eq!(scene.count(left), 32);
}

#[test]
fn what_the_server_refuses_is_the_fault_of_its_own_commit_alone() {
    let scene = scene();
    // More than an entry of an index holds, however it is packed.
    let long: String = (0..2_000)
        .map(|number| sha256(&number.to_string()))
        .collect();
    let outcomes = scene.rush(|caller| {
        let key = format!("key-{caller}{}", if caller == 9 { &long } else { "" });
        scene.sell(&key, &format!("sku-{caller}"), caller)
    });
    for (caller, outcome) in outcomes.iter().enumerate() {
        let class = outcome.as_ref().err().map(|fault| fault.class);
        let expected = (caller == 9).then_some(FaultClass::Fatal);
        assert_eq!(class, expected, "caller {caller}: {outcome:?}");
    }
    assert_eq!(scene.count("SELECT COUNT(*) FROM log"), 63);
    assert_eq!(
        scene.count("SELECT COUNT(*) FROM shelf WHERE here = 999"),
        63
    );
}

#[test]
fn two_machines_that_want_the_same_rows_do_not_wait_for_each_other() {
    let scene = scene();
    let other = scene.server.executor(&scene.url);
    let outcomes = scene.rush(|caller| {
        let (executor, sku) = if caller < 32 {
            (&scene.executor, caller)
        } else {
            (&other, 63 - caller)
        };
        let (key, sku) = (format!("key-{caller}"), format!("sku-{sku}"));
        sell(executor.as_ref(), &key, &sku, caller)
    });
    assert_eq!(done_and_refused(&outcomes), (64, 0));
    let sold = "SELECT COUNT(*) FROM shelf WHERE here = 998";
    assert_eq!(scene.count(sold), 32);
}

#[test]
fn a_row_that_is_held_holds_up_only_those_who_want_it() {
    let scene = scene();
    let mut holder = postgres::Client::connect(&scene.url, postgres::NoTls).expect("opened");
    let mut held = holder.transaction().expect("begun");
    let hold = "SELECT 1 FROM shelf WHERE sku = 'sku-9' FOR UPDATE";
    held.batch_execute(hold).expect("held");
    let done = AtomicUsize::new(0);
    let outcomes = thread::scope(|scope| {
        let rush = scope.spawn(|| {
            scene.rush(|caller| {
                let outcome =
                    scene.sell(&format!("key-{caller}"), &format!("sku-{caller}"), caller);
                done.fetch_add(1, Ordering::SeqCst);
                outcome
            })
        });
        let begun = Instant::now();
        while done.load(Ordering::SeqCst) < 63 {
            assert!(begun.elapsed() < Duration::from_secs(60), "somebody waits");
            thread::sleep(Duration::from_millis(5));
        }
        held.rollback().expect("let go");
        rush.join().expect("no panic")
    });
    for (caller, outcome) in outcomes.iter().enumerate() {
        let gave_up = outcome.as_ref().err().map(|fault| fault.class);
        let waited = caller == 9 && gave_up == Some(FaultClass::Retry);
        assert!(outcome.is_ok() || waited, "caller {caller}: {outcome:?}");
    }
}

#[test]
fn a_row_that_many_change_is_changed_by_each() {
    let scene = scene();
    let outcomes = scene.rush(|caller| scene.sell(&format!("key-{caller}"), "sku-0", caller));
    assert_eq!(done_and_refused(&outcomes), (64, 0));
    assert_eq!(
        scene.count("SELECT here FROM shelf WHERE sku = 'sku-0'"),
        936
    );
    let outcomes = scene.rush(|caller| scene.sell(&format!("last-{caller}"), "last", caller));
    assert_eq!(done_and_refused(&outcomes), (3, 61));
    assert_eq!(scene.count("SELECT here FROM shelf WHERE sku = 'last'"), 0);
    assert_eq!(scene.count("SELECT COUNT(*) FROM log"), 67);
}

#[test]
fn loads_that_wait_share_statements_and_each_gets_its_own_rows() {
    let scene = scene();
    let fill = "INSERT INTO log (id, note, number) SELECT 'key-' || n, 'of ' || n, k \
                FROM generate_series(0, 63) n, generate_series(1, 3) k \
                WHERE n % 4 > 0 AND k = 1";
    let direct = scene.server.executor(&scene.url);
    direct.commit(&[statement(fill)]).expect("rows");
    // Two rows of each, or none.
    let sql = "SELECT id, note, number FROM log WHERE id = $1 AND number < $2 \
               UNION ALL SELECT id, NULL, number FROM log WHERE id = $3";
    let loads: Vec<Result<Vec<Rows>, StoreFault>> = scene.rush(|caller| {
        let id = format!("key-{caller}");
        let params = vec![id.clone().into(), 2_i64.into(), id.into()];
        scene.executor.load(&[with_params(sql, params)])
    });
    for (caller, loaded) in loads.into_iter().enumerate() {
        let id = Value::from(format!("key-{caller}"));
        let note = Value::from(format!("of {caller}"));
        let both = vec![
            vec![id.clone(), note, 1_i64.into()],
            vec![id, Value::Null, 1_i64.into()],
        ];
        let expected = if caller % 4 > 0 { both } else { Rows::new() };
        assert_eq!(loaded, Ok(vec![expected]), "caller {caller}");
    }
    let trips = scene.proxy.round_trips();
    assert!(trips < 120, "{trips} round trips for {CALLERS} loads");
}
