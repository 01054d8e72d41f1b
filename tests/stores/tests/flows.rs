//! The tests of the flows, which run on SQLite otherwise, on each server: every operation, and
//! every operation cut off at every step.

use std::path::Path;
use std::process::Command;

use coinpay_stores::{Kind, server};

fn play_the_flows(kind: Kind) {
    let server = server(kind);
    let url = server.new_database();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut tests = Command::new(env!("CARGO"));
    tests.current_dir(root).env("COINPAY_TEST_STORE", url);
    tests.args([
        "test",
        "--quiet",
        "--package",
        "coinpay-core",
        "--all-features",
    ]);
    let played = tests
        .args(["--test", "flows"])
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&played.stdout);
    assert!(
        played.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&played.stderr)
    );
    let counted = said
        .lines()
        .find(|line| line.starts_with("test result: ok."));
    let counted = counted.expect("cargo counts the tests");
    assert!(!counted.contains(" 0 passed"), "{counted}");
    println!("{kind:?}: {counted}");
}

#[test]
fn every_flow_and_every_cut_ends_on_postgres_as_it_does_on_sqlite() {
    play_the_flows(Kind::Postgres);
}

#[test]
fn every_flow_and_every_cut_ends_on_mariadb_as_it_does_on_sqlite() {
    play_the_flows(Kind::Mariadb);
}
