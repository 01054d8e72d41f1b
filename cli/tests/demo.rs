//! The demo as a machine runs it: every scenario as expected, one document a line.

use std::process::Command;

use serde_json::Value;

/// Fewer would mean that scenarios got lost.
const LEAST_SCENARIOS: usize = 53;

#[test]
fn every_scenario_of_the_demo_goes_as_expected() {
    let run = Command::new(env!("CARGO_BIN_EXE_coinpay"))
        .args(["demo", "--once", "--json"])
        .output()
        .expect("the demo runs");
    let text = String::from_utf8(run.stdout).expect("text");
    let mut lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a document a line"))
        .collect();
    let summary = lines.pop().expect("a summary");
    let failed: Vec<_> = lines.iter().filter(|line| line["ok"] != true).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(lines.len() >= LEAST_SCENARIOS, "{} scenarios", lines.len());
    assert_eq!(summary["scenario"], "summary");
    assert_eq!(summary["total"], lines.len());
    assert_eq!(summary["ok"], lines.len());
    assert!(run.status.success());
}

#[test]
fn a_scenario_that_nobody_knows_is_refused() {
    let run = Command::new(env!("CARGO_BIN_EXE_coinpay"))
        .args(["demo", "--once", "--only", "no-such-scenario"])
        .output()
        .expect("the demo runs");
    assert!(!run.status.success());
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(said.contains("no scenario"), "{said}");
}
