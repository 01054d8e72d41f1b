//! The crank with drivers that write down what they are asked.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use super::*;
use crate::api::{Auth, Method};
use crate::config::Config;
use crate::flow::Request;
use crate::store::{Dialect, FaultClass, Rows, Statement, StoreFault, Value};

/// A transport and an executor that write down what they are asked.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>);

impl Recorder {
    fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }
}

impl Transport for Recorder {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFault> {
        self.note(format!("http {}", request.url));
        Err(HttpFault::NotSent)
    }
}

impl Executor for Recorder {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn load(&self, statements: &[Statement]) -> Result<Vec<Rows>, StoreFault> {
        self.note(format!("load {}", statements.len()));
        Ok(vec![vec![vec![Value::Integer(7)]]])
    }

    fn commit(&self, statements: &[Statement]) -> Result<(), StoreFault> {
        self.note(format!("commit {}", statements.len()));
        Err(StoreFault::new(FaultClass::Conflict, "TAKEN"))
    }
}

/// Goes on by a second each time it is looked at.
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now_ms(&self) -> i64 {
        self.0.fetch_add(1_000, Ordering::SeqCst)
    }
}

fn shop(dialect: Dialect) -> Arc<Shop> {
    Shop::new(config("sqlite::memory:"), dialect).unwrap()
}

fn config(database: &str) -> Config {
    Config::from_json(&format!(
        r#"{{"mode": "test", "api_key": "cp_test_a", "database": "{database}",
            "business_id": "7b8f2c1e-5d5c-4c6e-9a51-2f6f3f1d9f10"}}"#
    ))
    .unwrap()
}

fn engine(recorder: &Recorder) -> Engine {
    let shop = shop(Dialect::Sqlite);
    Engine::new(shop, Box::new(recorder.clone()), Box::new(recorder.clone()))
        .with_clock(Box::new(Ticking(AtomicI64::new(5_000))))
}

fn statement() -> Statement {
    Statement {
        sql: "SELECT 7".into(),
        params: Vec::new(),
    }
}

fn request() -> HttpRequest {
    HttpRequest {
        method: Method::Get,
        url: "https://example.com/".to_owned(),
        headers: Vec::new(),
        body: None,
        auth: Auth::None,
        timeout_ms: 1,
        max_answer_bytes: 1,
    }
}

#[test]
fn every_step_is_answered_by_the_one_who_can() {
    let recorder = Recorder::default();
    let outcome = engine(&recorder).run(|start| {
        assert_eq!(start.now_ms, 5_000);
        Flow::start(start, |channel| async move {
            let http = channel.ask(Request::Http(request())).await;
            let load = channel.ask(Request::Load(vec![statement()])).await;
            let commit = channel
                .ask(Request::Commit(vec![statement(), statement()]))
                .await;
            let wait = channel.ask(Request::Wait(1)).await;
            assert!(matches!(http, Answer::Http(Err(HttpFault::NotSent))));
            assert!(matches!(load, Answer::Load(Ok(rows)) if rows.len() == 1));
            assert!(matches!(commit, Answer::Commit(Err(fault)) if fault.code == "TAKEN"));
            assert!(matches!(wait, Answer::Wait));
            Ok(channel.now_ms())
        })
    });
    assert_eq!(
        outcome,
        Ok(9_000),
        "each answer comes with the clock's time"
    );
    assert_eq!(
        *recorder.0.lock().unwrap(),
        ["http https://example.com/", "load 1", "commit 2"]
    );
}

#[test]
#[cfg(all(feature = "http", feature = "sqlite"))]
fn an_operation_runs_by_its_name_with_documents() {
    let engine = Engine::open(config("sqlite::memory:")).unwrap();
    let health = engine.call("health", "", Vec::new()).unwrap();
    assert_eq!(health["ok"], false, "nobody has called work");
    let refused = engine.call("destroy", "", Vec::new()).unwrap_err();
    assert_eq!(refused.code, ErrorCode::InvalidInput);
}

#[test]
fn a_flow_ends_in_its_own_error() {
    let outcome: Result<()> = engine(&Recorder::default())
        .run(|start| Flow::start(start, |_| async { Err(ErrorCode::NotFound.into()) }));
    assert_eq!(outcome.unwrap_err().code, ErrorCode::NotFound);
}

#[test]
fn a_wait_takes_real_time_whatever_the_clock_says() {
    let before = SystemClock.now_ms();
    let wait = |start| {
        Flow::start(start, |channel| async move {
            channel.ask(Request::Wait(30)).await;
            Ok(())
        })
    };
    engine(&Recorder::default()).run(wait).unwrap();
    assert!(SystemClock.now_ms() - before >= 29);
}

#[test]
fn every_flow_starts_with_randomness_of_its_own() {
    let engine = engine(&Recorder::default());
    let draw = || {
        let mut drawn = [0; 32];
        let run = engine.run(|start| {
            drawn = start.randomness;
            Flow::start(start, |_| async { Ok(()) })
        });
        run.unwrap();
        drawn
    };
    assert_ne!(draw(), draw());
    assert_ne!(draw(), [0; 32]);
}

#[test]
fn a_shop_for_another_database_is_refused_before_anything_is_asked() {
    let recorder = Recorder::default();
    let engine = Engine::new(
        shop(Dialect::Postgres),
        Box::new(recorder.clone()),
        Box::new(recorder.clone()),
    );
    let outcome: Result<()> = engine.run(|start| Flow::start(start, |_| async { Ok(()) }));
    assert_eq!(outcome.unwrap_err().code, ErrorCode::StoreRefused);
    assert!(recorder.0.lock().unwrap().is_empty());
}

#[test]
fn an_engine_is_shared_by_threads_and_prints_no_key() {
    const fn shareable<T: Send + Sync>() {}
    shareable::<Engine>();
    let shown = format!("{:?}", engine(&Recorder::default()));
    assert!(shown.starts_with("Engine"));
    assert!(!shown.contains("cp_test_a"), "{shown}");
}

#[test]
fn the_system_clock_counts_milliseconds_of_this_century() {
    let now_ms = SystemClock.now_ms();
    assert!((1_700_000_000_000..4_102_444_800_000).contains(&now_ms));
}

#[test]
#[cfg(all(feature = "http", feature = "sqlite"))]
fn only_known_databases_open_and_a_password_is_not_repeated() {
    assert!(Engine::open(config("sqlite::memory:")).is_ok());
    for database in [
        "oracle://shop:hunter2@db/shop",
        "postgres:hunter2",
        "mysql://shop:hunter2@127.0.0.1",
        "postgres://shop:hunter2@127.0.0.1/shop?sslmode=prefer",
        "hunter2.db",
        "sqlite:",
        "sqlite:///hunter2.db",
        "",
    ] {
        let error = Engine::open(config(database)).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidConfiguration, "{database}");
        assert!(error.message.starts_with("database:"), "{}", error.message);
        assert!(!error.message.contains("hunter2"), "{}", error.message);
    }
}
