//! The `coinpay` command against servers: migrate, doctor, and moving a shop from a file to a
//! server, cut off on the way.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use coinpay_core::SqliteExecutor;
use coinpay_core::store::{Executor, Statement, tables};
use coinpay_stores::{Kind, Server, server};
use serde_json::{Value as Json, json};

use crate::support::{BUSINESS, NoGateway, SECRET, count, engine};

/// The program, built once.
fn program() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut build = Command::new(env!("CARGO"));
        build.args([
            "build",
            "--quiet",
            "--package",
            "coinpay-cli",
            "--bin",
            "coinpay",
        ]);
        build.arg("--message-format=json").current_dir(root);
        let built = build.stderr(Stdio::inherit()).output().expect("cargo");
        assert!(built.status.success(), "the command does not build");
        let said = String::from_utf8_lossy(&built.stdout).into_owned();
        let mut paths = said.lines().filter_map(|line| {
            let message: Json = serde_json::from_str(line).ok()?;
            message["executable"].as_str().map(PathBuf::from)
        });
        paths.next_back().expect("cargo names the program")
    })
}

fn coinpay(arguments: &[&str], database: &str) -> Command {
    let mut command = Command::new(program());
    command.args(arguments).env_clear();
    command
        .env("COINPAY_MODE", "test")
        .env("COINPAY_API_KEY", "cp_test_stores");
    command
        .env("COINPAY_BUSINESS_ID", BUSINESS)
        .env("COINPAY_WEBHOOK_SECRETS", SECRET);
    command.env("COINPAY_DATABASE", database);
    command
}

fn said(output: &Output) -> Json {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|_| {
        panic!("{text}\n{}", String::from_utf8_lossy(&output.stderr));
    })
}

fn run(arguments: &[&str], database: &str) -> (bool, Json) {
    let output = coinpay(arguments, database).output().expect("it runs");
    (output.status.success(), said(&output))
}

/// What doctor found by this check.
fn found(report: &Json, check: &str) -> Vec<(String, String)> {
    let all = report["checks"].as_array().expect("checks");
    let some = all.iter().filter(|one| one["check"] == check);
    let text = |one: &Json, field: &str| one[field].as_str().expect("text").to_owned();
    some.map(|one| (text(one, "result"), text(one, "message")))
        .collect()
}

const DOCTOR: [&str; 3] = ["doctor", "--offline", "--json"];

#[test]
fn a_new_database_is_migrated_once_and_is_then_sound() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let url = server(kind).new_database();
        let (_, before) = run(&DOCTOR, &url);
        assert_eq!(found(&before, "schema")[0].0, "warning", "{before}");
        let (fine, first) = run(&["migrate", "--json"], &url);
        assert!(fine && first["from"] == 0 && first["to"] == 1, "{first}");
        let (fine, again) = run(&["migrate", "--json"], &url);
        assert!(fine && again["from"] == 1, "{again}");
        let (_, after) = run(&DOCTOR, &url);
        for check in ["database", "durability", "schema", "checks"] {
            let found = found(&after, check);
            assert_eq!(found.len(), 1, "{check}: {after}");
            assert_eq!(found[0].0, "ok", "{check}: {after}");
        }
        let (fine, worked) = run(&["work", "--once", "--json"], &url);
        assert!(fine, "{worked}");
    }
}

#[test]
fn a_server_that_would_lose_commits_or_ignores_checks_is_a_problem() {
    let own = Server::start(Kind::Mariadb).expect("a server of its own");
    let url = own.new_database();
    let database = url.rsplit('/').next().expect("its name");
    assert!(run(&["migrate", "--json"], &url).0);
    own.admin("SET GLOBAL innodb_flush_log_at_trx_commit = 2")
        .expect("it obeys");
    own.ask(database, "ALTER TABLE coinpay_meta ENGINE=MyISAM")
        .expect("it obeys");
    let constraint = "ALTER TABLE coinpay_stock DROP CONSTRAINT coinpay_stock_check_1";
    own.ask(database, constraint).expect("it obeys");
    let (fine, report) = run(&DOCTOR, &url);
    assert!(!fine);
    for check in ["durability", "engines", "checks"] {
        assert_eq!(found(&report, check)[0].0, "problem", "{check}: {report}");
    }
    let own = Server::start(Kind::Postgres).expect("a server of its own");
    own.admin("ALTER SYSTEM SET fsync = off").expect("it obeys");
    own.admin("SELECT pg_reload_conf()").expect("it obeys");
    std::thread::sleep(Duration::from_millis(500));
    let (fine, report) = run(&DOCTOR, &own.new_database());
    assert!(!fine);
    assert_eq!(found(&report, "durability")[0].0, "problem", "{report}");
}

#[test]
fn a_server_that_is_not_there_is_named_without_its_password() {
    for url in [
        "postgres://shop:hunter2@127.0.0.1:1/shop",
        "mysql://shop:hunter2@127.0.0.1:1/shop",
    ] {
        for arguments in [
            &DOCTOR[..],
            &["migrate", "--json"],
            &["work", "--once", "--json"],
        ] {
            let output = coinpay(arguments, url).output().expect("it runs");
            assert!(!output.status.success());
            let text = format!("{output:?}");
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
}

/// A shop in a file with so many orders, each with a payment, an event, two effects and a log.
fn fill_file(path: &Path, orders: usize) {
    let executor = SqliteExecutor::open(path).expect("a file");
    let shop = engine(Box::new(executor), Box::new(NoGateway), &json!({}));
    shop.prepare_store().expect("made ready");
    let executor = SqliteExecutor::open(path).expect("a file");
    for begin in (0..orders).step_by(500) {
        let mut rows = Vec::new();
        for n in begin..(begin + 500).min(orders) {
            for table in tables().iter().filter(|table| table.name != "meta") {
                rows.push(sample_row(table.name, &table.columns, n));
            }
        }
        executor.commit(&rows).expect("rows");
    }
}

/// A row whose texts are not all plain.
fn sample_row(table: &str, columns: &[&str], n: usize) -> Statement {
    let integers = [
        "version",
        "at",
        "expires_at",
        "deadline_at",
        "due_at",
        "paid_at",
        "forwarded_at",
        "failed_at",
        "created_at",
        "updated_at",
        "attempt",
        "answered_at",
        "looks",
        "looked_at",
        "next_look_at",
        "look_rank",
        "processed_at",
        "alert_at",
        "claim_no",
        "lease_until",
        "tries",
        "next_at",
        "on_hand",
        "reserved",
        "reservation_no",
        "quantity",
    ];
    let values = columns.iter().map(|column| match *column {
        "on_hand" => 9_i64.into(),
        "user_id" | "note" | "alert_at" if n.is_multiple_of(3) => coinpay_core::store::Value::Null,
        name if integers.contains(&name) => i64::try_from(n % 9 + 1).expect("small").into(),
        name => format!("{name} {n} Zoë 🛒 'q' \\ {}", n % 7).into(),
    });
    let marks = vec!["?"; columns.len()].join(", ");
    Statement {
        sql: format!(
            "INSERT INTO coinpay_{table} ({}) VALUES ({marks})",
            columns.join(", ")
        )
        .into(),
        params: values.collect(),
    }
}

fn copy(from: &str, to: &str) -> Command {
    let arguments = [
        "copy", "--json", "--rows", "200", "--from", from, "--to", "env:TO",
    ];
    let mut command = coinpay(&arguments, "");
    command.env("TO", to);
    command
}

fn orders() -> usize {
    let told = std::env::var("COINPAY_COPY_ORDERS");
    told.map_or(10_000, |text| text.parse().expect("a number of orders"))
}

fn move_house(kind: Kind) {
    let folder = std::env::temp_dir().join(format!("coinpay-copy-{kind:?}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("shop.db");
    fill_file(&file, orders());
    let from = format!("sqlite:{}", file.display());
    let url = server(kind).new_database();
    let store = server(kind).executor(&url);
    let so_far = || count(store.as_ref(), "SELECT COUNT(*) FROM coinpay_orders");
    let all = i64::try_from(orders()).expect("a few");
    let patience = Duration::from_secs(120 + orders().div_ceil(500) as u64);
    let mut counts = Vec::new();
    for _ in 0..2 {
        let mut moving = copy(&from, &url);
        moving.stdout(Stdio::null()).stderr(Stdio::null());
        let mut moving = moving.spawn().expect("it runs");
        // Somewhere in the middle of the table of orders, further each time.
        let enough = counts.last().copied().unwrap_or(0) + all / 25;
        let begun = std::time::Instant::now();
        loop {
            std::thread::sleep(Duration::from_millis(10));
            let made = store.load(&[coinpay_stores::statement(
                "SELECT COUNT(*) FROM coinpay_orders",
            )]);
            if made.is_ok() && so_far() >= enough {
                break;
            }
            assert!(begun.elapsed() < patience, "it does not begin");
        }
        moving.kill().expect("it is ours to kill");
        moving.wait().expect("it ends");
        counts.push(so_far());
    }
    assert!(
        counts[0] < counts[1] && counts[1] < all,
        "{counts:?} of {all}"
    );
    // Nobody opens half a shop.
    let half = engine(server(kind).executor(&url), Box::new(NoGateway), &json!({}));
    let refused = half.prepare_store().expect_err("refused");
    assert_eq!(refused.code, coinpay_core::ErrorCode::StoreRefused);
    let begun = std::time::Instant::now();
    let output = copy(&from, &url).output().expect("it runs");
    let report = said(&output);
    assert!(output.status.success(), "{report}");
    assert_eq!(report["tables"].as_array().map(Vec::len), Some(8));
    println!(
        "{kind:?}: {counts:?} then all of {all} in {:?}",
        begun.elapsed()
    );
    half.prepare_store().expect("a whole shop opens");
    let again = copy(&from, &url).output().expect("it runs");
    assert!(!again.status.success(), "the tables are not empty any more");
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
}

#[test]
fn a_shop_in_a_file_moves_to_postgres_and_is_interrupted_twice() {
    move_house(Kind::Postgres);
}

#[test]
fn a_shop_in_a_file_moves_to_mariadb_and_is_interrupted_twice() {
    move_house(Kind::Mariadb);
}

#[test]
fn a_source_that_changes_while_it_is_copied_is_noticed() {
    let folder = std::env::temp_dir().join(format!("coinpay-changed-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("shop.db");
    fill_file(&file, 300);
    let from = format!("sqlite:{}", file.display());
    let url = server(Kind::Postgres).new_database();
    let mut moving = copy(&from, &url);
    moving.stdout(Stdio::null()).stderr(Stdio::null());
    let mut moving = moving.spawn().expect("it runs");
    let store = server(Kind::Postgres).executor(&url);
    // A row that is copied already: the copy will not look at it again, the comparison does.
    let copied = coinpay_stores::statement("SELECT COUNT(*) FROM coinpay_payments");
    for _ in 0..2_000 {
        let found = store.load(std::slice::from_ref(&copied));
        if found.is_ok_and(|rows| rows[0][0][0] != 0_i64.into()) {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    moving.kill().expect("it is ours to kill");
    moving.wait().expect("it ends");
    let shop = SqliteExecutor::open(&file).expect("the file");
    let change = "UPDATE coinpay_orders SET status = 'changed' WHERE version = 2";
    shop.commit(&[coinpay_stores::statement(change)])
        .expect("a shop goes on");
    let output = copy(&from, &url).output().expect("it runs");
    let report = said(&output);
    assert!(
        !output.status.success() && report["same"] == false,
        "{report}"
    );
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
}
