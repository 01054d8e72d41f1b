//! docs/sandbox.md and the tests keep up with the list of habits.

use serde_json::Value;

use crate::support::Scene;

const DOCUMENT: &str = include_str!("../../../docs/sandbox.md");
const TESTS: [&str; 3] = [
    include_str!("faults_of_answers.rs"),
    include_str!("faults_of_events.rs"),
    include_str!("deposits.rs"),
];

fn habits() -> Vec<Value> {
    Scene::new().look("/faults")["known"]
        .as_array()
        .expect("a list")
        .clone()
}

#[test]
fn every_habit_is_documented_as_the_sandbox_describes_it() {
    for habit in habits() {
        let name = habit["name"].as_str().unwrap();
        let counts = habit["counts"].as_str().unwrap();
        let what = habit["what"].as_str().unwrap();
        let row = format!("| `{name}` | {counts} | {what} |");
        assert!(DOCUMENT.contains(&row), "docs/sandbox.md lacks: {row}");
    }
}

#[test]
fn every_habit_is_tested() {
    for habit in habits() {
        let name = format!("\"{}\"", habit["name"].as_str().unwrap());
        assert!(
            TESTS.iter().any(|test| test.contains(&name)),
            "no test switches on {name}"
        );
    }
}

#[test]
fn every_control_route_is_documented() {
    let source = include_str!("../../src/sandbox/control/mod.rs");
    let routes = source
        .split('"')
        .filter(|text| text.starts_with("/control"));
    let mut count = 0;
    for route in routes {
        assert!(
            DOCUMENT.contains(&format!("{route}`")),
            "docs/sandbox.md lacks {route}"
        );
        count += 1;
    }
    assert!(count > 15, "found only {count} routes");
}
