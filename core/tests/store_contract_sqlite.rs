//! The store contract on SQLite, the committed suites, and what is SQLite's own: the file, what
//! is there after opening anew, two processes.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "these tests make files and start a second process"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use coinpay_core::store::contract::{self, FaultyExecutor, Injected, Verb};
use coinpay_core::store::{Dialect, Executor, FaultClass, Rows, Statement, StoreFault, Value};
use coinpay_core::{ErrorCode, SqliteExecutor};

/// A folder of its own for each test, gone at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("coinpay-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("shop.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Shared(Arc<SqliteExecutor>);

impl Executor for Shared {
    fn dialect(&self) -> Dialect {
        self.0.dialect()
    }

    fn load(&self, statements: &[Statement]) -> Result<Vec<Rows>, StoreFault> {
        self.0.load(statements)
    }

    fn commit(&self, statements: &[Statement]) -> Result<(), StoreFault> {
        self.0.commit(statements)
    }
}

fn statement(sql: &str, params: Vec<Value>) -> Statement {
    Statement {
        sql: sql.into(),
        params,
    }
}

fn insert(lock: &str, version: i64) -> Statement {
    let sql = "INSERT INTO log (lock, version) VALUES (?, ?)";
    statement(sql, vec![lock.into(), version.into()])
}

fn newest(executor: &dyn Executor, lock: &str) -> i64 {
    let sql = "SELECT COALESCE(MAX(version), 0) FROM log WHERE lock = ?";
    let rows = executor.load(&[statement(sql, vec![lock.into()])]).unwrap();
    let Value::Integer(version) = rows[0][0][0] else {
        panic!("a version is a number");
    };
    version
}

fn with_log(path: &Path) -> SqliteExecutor {
    let executor = SqliteExecutor::open(path).unwrap();
    let table = "CREATE TABLE IF NOT EXISTS log \
        (lock TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (lock, version)) STRICT";
    executor.commit(&[statement(table, vec![])]).unwrap();
    executor
}

const CASES: usize = 28;

#[test]
fn a_file_keeps_the_contract_and_keeps_it_again_on_what_is_left() {
    let folder = Folder::new("contract");
    let open = || -> Box<dyn Executor> { Box::new(SqliteExecutor::open(&folder.file()).unwrap()) };
    assert_eq!(contract::run(&open), Ok(CASES));
    assert_eq!(contract::run(&open), Ok(CASES));
}

#[test]
fn a_store_in_memory_keeps_the_contract() {
    let one = Arc::new(SqliteExecutor::open_in_memory().unwrap());
    let open = || -> Box<dyn Executor> { Box::new(Shared(one.clone())) };
    assert_eq!(contract::run(&open), Ok(CASES));
}

/// Does `spoil` to what an executor answers; the suite has to notice.
struct Wrong {
    inner: SqliteExecutor,
    kind: &'static str,
}

impl Executor for Wrong {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn load(&self, statements: &[Statement]) -> Result<Vec<Rows>, StoreFault> {
        if self.kind != "torn loads" {
            return self.inner.load(statements);
        }
        let mut all = Vec::new();
        for one in statements {
            all.extend(self.inner.load(std::slice::from_ref(one))?);
        }
        Ok(all)
    }

    fn commit(&self, statements: &[Statement]) -> Result<(), StoreFault> {
        match self.kind {
            "torn commits" => statements
                .iter()
                .try_for_each(|one| self.inner.commit(std::slice::from_ref(one))),
            "no classes" => self.inner.commit(statements).map_err(|mut fault| {
                fault.class = FaultClass::Fatal;
                fault
            }),
            "lost commits" if statements.len() == 1 => Ok(()),
            _ => self.inner.commit(statements),
        }
    }
}

#[test]
fn executors_that_do_it_wrong_fail_the_contract() {
    for kind in ["torn loads", "torn commits", "no classes", "lost commits"] {
        let folder = Folder::new(&kind.replace(' ', "-"));
        let open = || -> Box<dyn Executor> {
            let inner = SqliteExecutor::open(&folder.file()).unwrap();
            Box::new(Wrong { inner, kind })
        };
        assert!(contract::run(&open).is_err(), "{kind}");
    }
}

/// `COINPAY_WRITE_VECTORS=1` writes them anew.
#[test]
fn the_committed_suites_are_the_ones_that_run_here() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors");
    for (dialect, name) in [
        (Dialect::Sqlite, "sqlite"),
        (Dialect::Postgres, "postgres"),
        (Dialect::Mysql, "mysql"),
    ] {
        assert_eq!(contract::suite(dialect).cases.len(), CASES);
        let text = contract::document(dialect).unwrap();
        let path = folder.join(format!("store_contract_{name}.json"));
        if std::env::var_os("COINPAY_WRITE_VECTORS").is_some() {
            fs::write(&path, &text).unwrap();
        }
        let same = fs::read_to_string(&path).unwrap() == text;
        assert!(same, "{name}: run this test with COINPAY_WRITE_VECTORS=1");
    }
}

#[test]
fn what_was_committed_is_there_after_opening_anew() {
    let folder = Folder::new("reopen");
    let executor = with_log(&folder.file());
    executor.commit(&[insert("a", 1), insert("a", 2)]).unwrap();
    drop(executor);
    let executor = SqliteExecutor::open(&folder.file()).unwrap();
    assert_eq!(newest(&executor, "a"), 2);
    let taken = executor.commit(&[insert("a", 3), insert("a", 2)]);
    assert_eq!(taken.unwrap_err().class, FaultClass::Conflict);
    assert_eq!(newest(&executor, "a"), 2);
}

#[test]
fn readers_do_not_wait_for_a_writer() {
    let folder = Folder::new("readers");
    let executor = with_log(&folder.file());
    executor.commit(&[insert("a", 1)]).unwrap();
    let other = rusqlite::Connection::open(folder.file()).unwrap();
    other
        .execute_batch("BEGIN IMMEDIATE; INSERT INTO log VALUES ('a', 2);")
        .unwrap();
    let start = std::time::Instant::now();
    assert_eq!(newest(&executor, "a"), 1);
    assert!(start.elapsed().as_millis() < 1_000);
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(newest(&executor, "a"), 2);
}

#[test]
fn a_writer_that_waited_too_long_is_told_to_come_again() {
    let folder = Folder::new("busy");
    let executor = with_log(&folder.file());
    let other = rusqlite::Connection::open(folder.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let fault = executor.commit(&[insert("a", 1)]).unwrap_err();
    assert_eq!(fault, StoreFault::new(FaultClass::Retry, "SQLITE_BUSY"));
    drop(other);
    executor.commit(&[insert("a", 1)]).unwrap();
}

#[test]
#[cfg(unix)]
fn the_file_and_what_lies_beside_it_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("mode");
    let mode = |ending: &str| {
        let path = folder.0.join(format!("shop.db{ending}"));
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    };
    let executor = with_log(&folder.file());
    executor.commit(&[insert("a", 1)]).unwrap();
    for ending in ["", "-wal", "-shm"] {
        assert_eq!(mode(ending), 0o600, "{ending}");
    }
    drop(executor);
    fs::set_permissions(folder.file(), fs::Permissions::from_mode(0o644)).unwrap();
    let executor = with_log(&folder.file());
    executor.commit(&[insert("a", 2)]).unwrap();
    for ending in ["", "-wal", "-shm"] {
        assert_eq!(mode(ending), 0o600, "{ending}");
    }
}

#[test]
fn what_is_no_database_file_is_refused_with_a_reason() {
    let folder = Folder::new("refused");
    let text = folder.0.join("notes.txt");
    fs::write(
        &text,
        "this is no database, and long enough to be read as one ".repeat(20),
    )
    .unwrap();
    let before = fs::metadata(&text).unwrap().permissions();
    let missing = folder.0.join("no folder/shop.db");
    for path in [folder.0.as_path(), &text, &missing, Path::new("")] {
        let error = SqliteExecutor::open(path).unwrap_err();
        assert_eq!(error.code, ErrorCode::StoreRefused, "{}", path.display());
        assert!(error.message.starts_with("database: "), "{}", error.message);
    }
    let left = fs::read_to_string(&text).unwrap();
    assert!(left.starts_with("this is no database"));
    let after = fs::metadata(&text).unwrap().permissions();
    assert_eq!(after, before, "it is left as it was");
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_is_not_on_a_disk_is_refused() {
    let error = SqliteExecutor::open(Path::new("/dev/null")).unwrap_err();
    assert_eq!(error.code, ErrorCode::StoreRefused);
}

#[test]
fn many_threads_of_one_executor_lose_nothing() {
    let folder = Folder::new("threads");
    let executor = with_log(&folder.file());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| contend(&executor, "a", 25));
        }
    });
    assert_eq!(newest(&executor, "a"), 200);
}

#[test]
fn others_on_the_file_get_their_turn_while_threads_commit_without_a_pause() {
    let folder = Folder::new("turns");
    let busy = with_log(&folder.file());
    let other = SqliteExecutor::open(&folder.file()).unwrap();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (busy, over) = (&busy, &over);
        for name in 0..8 {
            scope.spawn(move || {
                let lock = format!("busy-{name}");
                for version in 1.. {
                    if over.load(Ordering::Acquire) {
                        break;
                    }
                    busy.commit(&[insert(&lock, version)]).unwrap();
                }
            });
        }
        let refused = (1..=20).find_map(|version| other.commit(&[insert("other", version)]).err());
        over.store(true, Ordering::Release);
        assert_eq!(refused, None);
    });
    assert_eq!(newest(&busy, "other"), 20);
}

/// Adds `times` versions to a lock, each the one after the newest.
fn contend(executor: &dyn Executor, lock: &str, times: u32) {
    let mut won = 0;
    while won < times {
        let next = newest(executor, lock) + 1;
        match executor.commit(&[insert(lock, next)]) {
            Ok(()) => won += 1,
            Err(fault) => assert!(
                matches!(fault.class, FaultClass::Conflict | FaultClass::Retry),
                "{fault}"
            ),
        }
    }
}

/// Set in the other processes only.
const CONTENDER: &str = "COINPAY_TEST_DATABASE";
const EACH: u32 = 150;

#[test]
fn processes_on_one_file_lose_no_version_and_write_none_twice() {
    if let Some(path) = std::env::var_os(CONTENDER) {
        contend(&with_log(Path::new(&path)), "shared", EACH);
        return;
    }
    let folder = Folder::new("processes");
    let contender = || {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args([
            "--exact",
            "processes_on_one_file_lose_no_version_and_write_none_twice",
        ]);
        child.env(CONTENDER, folder.file()).stdout(Stdio::null());
        child.spawn().unwrap()
    };
    // They create the file at the same time, too.
    let mut children = [contender(), contender(), contender()];
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    let executor = SqliteExecutor::open(&folder.file()).unwrap();
    assert_eq!(newest(&executor, "shared"), 3 * i64::from(EACH));
    let count = statement("SELECT COUNT(*) FROM log", vec![]);
    let rows = executor.load(&[count]).unwrap();
    assert_eq!(rows[0][0][0], Value::Integer(3 * i64::from(EACH)));
}

#[test]
fn an_injected_fault_comes_before_or_after_what_it_spoils() {
    let folder = Folder::new("faulty");
    let executor = FaultyExecutor::new(with_log(&folder.file()), |number, verb| {
        match (number, verb) {
            (1, Verb::Commit) => Some(Injected::Before(FaultClass::Retry)),
            (2, Verb::Commit) => Some(Injected::After),
            (4, Verb::Load) => Some(Injected::Before(FaultClass::Fatal)),
            _ => None,
        }
    });
    let fault = executor.commit(&[insert("a", 1)]).unwrap_err();
    assert_eq!(fault, StoreFault::new(FaultClass::Retry, "INJECTED"));
    let fault = executor.commit(&[insert("a", 1)]).unwrap_err();
    assert_eq!(fault.class, FaultClass::Unknown);
    assert_eq!(newest(&executor, "a"), 1, "it was done all the same");
    assert_eq!(executor.load(&[]).unwrap_err().class, FaultClass::Fatal);
    assert_eq!(executor.calls(), 4);
    assert_eq!(newest(executor.inner(), "a"), 1);
}
