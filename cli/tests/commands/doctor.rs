//! `coinpay doctor`.

use coinpay_cli::sandbox::SandboxConfig;
use coinpay_core::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::endpoint::Endpoint;
use crate::place::Place;
use crate::run::{API_KEY, SECRET};

const ALL: [&str; 12] = [
    "configuration",
    "api_key",
    "webhook_secrets",
    "gateway_key",
    "business",
    "clock",
    "coins",
    "database",
    "file_mode",
    "durability",
    "schema",
    "health",
];

/// A place where nothing is to be found fault with.
fn healthy() -> Place {
    let place = Place::new();
    place.run(&["work", "--once"]).ends(0);
    place
}

fn examine(place: &Place, code: i32) -> Value {
    place.run(&["doctor", "--json"]).ends(code).json()
}

/// The results of the checks that are not ok, by name.
fn faults(report: &Value) -> Vec<(String, String)> {
    let checks = report["checks"].as_array().expect("checks");
    let text = |check: &Value, field: &str| check[field].as_str().expect("text").to_owned();
    let all = checks
        .iter()
        .map(|check| (text(check, "check"), text(check, "result")));
    all.filter(|(_, result)| result != "ok").collect()
}

#[track_caller]
fn finds(report: &Value, expected: &[(&str, &str)]) {
    let own = |(check, result): &(&str, &str)| ((*check).to_owned(), (*result).to_owned());
    let expected: Vec<_> = expected.iter().map(own).collect();
    assert_eq!(faults(report), expected, "{report:#}");
}

#[track_caller]
fn message(report: &Value, check: &str) -> String {
    let checks = report["checks"].as_array().expect("checks");
    let found = checks.iter().find(|one| one["check"] == check);
    format!("{}", found.expect("the check")["message"])
}

#[test]
fn a_healthy_shop_passes_every_check() {
    let place = healthy();
    let report = examine(&place, 0);
    finds(&report, &[]);
    assert_eq!(report["ok"], true);
    assert_eq!(
        (&report["problems"], &report["warnings"]),
        (&json!(0), &json!(0))
    );
    let checks = report["checks"].as_array().expect("checks");
    let names: Vec<_> = checks
        .iter()
        .filter_map(|check| check["check"].as_str())
        .collect();
    assert_eq!(names, ALL);
    assert!(message(&report, "coins").contains("BTC, BCH, ETH"));
    place
        .run(&["doctor"])
        .ends(0)
        .says("ok       api_key ")
        .says("0 problems, 0 warnings");
}

#[test]
fn offline_asks_the_gateway_nothing() {
    let place = healthy();
    place.control("/faults", &json!({ "name": "no_answer" }));
    let report = place.run(&["doctor", "--offline", "--json"]).ends(0).json();
    let skipped = ["gateway_key", "business", "clock", "coins"].map(|check| (check, "skipped"));
    finds(&report, &skipped);
}

#[test]
fn a_new_shop_is_warned_of_what_is_not_there_yet_and_nothing_is_made() {
    let place = Place::new();
    finds(&examine(&place, 0), &[("database", "warning")]);
    assert!(!place.folder.path().join("shop.db").exists());
    place.folder.write("shop.db", "");
    let report = examine(&place, 0);
    let expected = [
        ("file_mode", "warning"),
        ("schema", "warning"),
        ("health", "skipped"),
    ];
    finds(&report, &expected[usize::from(!cfg!(unix))..]);
    assert!(message(&report, "schema").contains("no tables yet"));
}

#[test]
fn a_key_that_the_gateway_refuses_hides_no_other_check() {
    let mut place = healthy();
    place.set("COINPAY_API_KEY", Some("cp_test_another"));
    let report = examine(&place, 1);
    let expected = [
        ("gateway_key", "problem"),
        ("business", "skipped"),
        ("coins", "problem"),
    ];
    finds(&report, &expected);
    let text = place.run(&["doctor"]).ends(1);
    assert!(!text.stdout.contains("cp_test_another"), "{text:#?}");
    text.says("-> Make a new API key at the gateway");
}

#[test]
fn a_key_of_the_wrong_mode_is_never_sent() {
    let mut place = healthy();
    place.set("COINPAY_MODE", Some("live"));
    let report = examine(&place, 1);
    let expected = [
        ("configuration", "problem"),
        ("api_key", "problem"),
        ("gateway_key", "skipped"),
        ("business", "skipped"),
        ("coins", "skipped"),
    ];
    finds(&report, &expected);
    assert!(message(&report, "api_key").contains("is a test key, and mode is live"));
}

#[test]
fn with_no_settings_at_all_each_is_asked_for() {
    let mut place = Place::new();
    place.settings.clear();
    let report = place.run(&["doctor", "--offline", "--json"]).ends(1).json();
    let problems = [("configuration", "problem"), ("api_key", "problem")];
    assert_eq!(
        faults(&report)[..2],
        problems.map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
    assert!(message(&report, "api_key").contains("COINPAY_MODE is not set"));
    assert!(message(&report, "webhook_secrets").contains("there is none"));
}

#[test]
fn a_business_that_is_not_the_keys_is_found() {
    let mut place = healthy();
    place.set(
        "COINPAY_BUSINESS_ID",
        Some("7b8f2c1e-5d5c-4c6e-9a51-2f6f3f1d9f10"),
    );
    finds(
        &examine(&place, 1),
        &[("business", "problem"), ("coins", "problem")],
    );
    place.set("COINPAY_BUSINESS_ID", Some("my shop"));
    let report = examine(&place, 1);
    finds(
        &report,
        &[
            ("configuration", "problem"),
            ("business", "problem"),
            ("coins", "skipped"),
        ],
    );
    assert!(message(&report, "business").contains("is not a UUID"));
}

#[test]
fn a_clock_that_is_off_is_warned_about_and_then_a_problem() {
    for (behind_s, code, result) in [(100, 0, "warning"), (-1_000, 1, "problem")] {
        let now_s = SystemClock.now_ms().div_euclid(1_000);
        let frozen = |config: &mut SandboxConfig| config.frozen_at_seconds = Some(now_s - behind_s);
        let place = Place::with(frozen);
        place.run(&["work", "--once"]).ends(0);
        let report = examine(&place, code);
        finds(&report, &[("clock", result)]);
        let side = if behind_s > 0 {
            "s ahead of the gateway"
        } else {
            "s behind the gateway"
        };
        assert!(message(&report, "clock").contains(side), "{report:#}");
    }
}

#[test]
fn a_gateway_that_is_not_there_leaves_the_rest_to_be_checked() {
    let mut place = healthy();
    place.set("COINPAY_BASE_URL", Some("http://127.0.0.1:9/api"));
    let expected = [
        ("gateway_key", "problem"),
        ("business", "skipped"),
        ("clock", "problem"),
        ("coins", "problem"),
    ];
    finds(&examine(&place, 1), &expected);
}

#[test]
fn a_business_without_wallets_can_be_paid_in_nothing() {
    let place = healthy();
    let coins = message(&examine(&place, 0), "coins");
    let coins = coins
        .trim_matches('"')
        .strip_prefix("can be paid in ")
        .expect("a list");
    for coin in coins.split(", ") {
        place.control(
            "/wallets",
            &json!({ "blockchain": coin, "has_wallet": false }),
        );
    }
    finds(&examine(&place, 1), &[("coins", "problem")]);
}

#[test]
fn webhook_secrets_have_to_be_there_and_whole() {
    let mut place = healthy();
    for (secrets, result) in [(None, "problem"), (Some("\"quoted\""), "warning")] {
        place.set("COINPAY_WEBHOOK_SECRETS", secrets);
        let code = i32::from(result == "problem");
        finds(&examine(&place, code), &[("webhook_secrets", result)]);
    }
    place.set("COINPAY_WEBHOOK_SECRETS", None);
    place.set("COINPAY_WEBHOOK_SECRET", Some(SECRET));
    let report = examine(&place, 1);
    finds(
        &report,
        &[("configuration", "warning"), ("webhook_secrets", "problem")],
    );
    let ran = place.run(&["doctor"]).ends(1);
    ran.says("no setting is called COINPAY_WEBHOOK_SECRET\n");
}

#[test]
fn what_the_gateway_says_is_printed_without_secrets() {
    let mut place = healthy();
    let gateway = Endpoint::answering(|_| {
        let error = format!("{API_KEY} is wrong, and so is {SECRET}\u{1b}[2J");
        (401, json!({ "success": false, "error": error }).to_string())
    });
    place.set("COINPAY_BASE_URL", Some(&gateway.url));
    // The run itself fails where a secret is printed.
    let report = examine(&place, 1);
    assert!(
        message(&report, "gateway_key").contains("is wrong, and so is [secret]"),
        "{report:#}"
    );
    let ran = place.run(&["doctor"]).ends(1);
    assert!(!ran.stdout.contains('\u{1b}'), "{ran:#?}");
}

#[test]
fn a_key_of_another_form_is_warned_about() {
    let mut place = healthy();
    place.set("COINPAY_API_KEY", Some("rather-plain-key"));
    let report = examine(&place, 1);
    assert!(
        !report.to_string().contains("rather-plain-key"),
        "{report:#}"
    );
    assert_eq!(
        faults(&report)[0],
        ("api_key".to_owned(), "warning".to_owned())
    );
}

#[cfg(unix)]
#[test]
fn a_database_that_others_could_read_is_reported_and_closed() {
    use std::fs::{Permissions, metadata, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    let place = healthy();
    let database = place.folder.path().join("shop.db");
    set_permissions(&database, Permissions::from_mode(0o644)).expect("set");
    let report = examine(&place, 0);
    finds(&report, &[("file_mode", "warning")]);
    assert!(message(&report, "file_mode").contains("(mode 644); it is now 600"));
    let mode = metadata(&database).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    finds(&examine(&place, 0), &[]);
}

#[cfg(unix)]
#[test]
fn a_settings_file_that_everybody_may_read_is_warned_about() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    let place = healthy();
    let settings = json!({
        "mode": "test", "api_key": API_KEY, "business_id": crate::place::BUSINESS,
        "base_url": place.sandbox.base_url(), "webhook_secrets": [SECRET],
        "database": "sqlite:shop.db",
    });
    let file = place.folder.write("coinpay.json", settings.to_string());
    for (mode, expected) in [(0o640, &[][..]), (0o644, &[("configuration", "warning")])] {
        set_permissions(&file, Permissions::from_mode(mode)).expect("set");
        let report = place
            .run(&["doctor", "--json", "--config", &file])
            .ends(0)
            .json();
        finds(&report, expected);
    }
}

#[test]
fn a_database_that_is_none_is_a_problem_and_stays_as_it_is() {
    let mut place = Place::new();
    let text = "This is no database, however long one looks at it.";
    place.folder.write("shop.db", text);
    finds(&examine(&place, 1), &[("database", "problem")]);
    let kept = std::fs::read_to_string(place.folder.path().join("shop.db"));
    assert_eq!(kept.expect("there"), text);
    place.set("COINPAY_DATABASE", Some("postgres://localhost/shop"));
    finds(&examine(&place, 1), &[("database", "problem")]);
    place.set("COINPAY_DATABASE", Some("sqlite::memory:"));
    finds(&examine(&place, 0), &[("database", "warning")]);
}

#[test]
fn tables_of_a_newer_program_are_a_problem() {
    use coinpay_core::SqliteExecutor;
    use coinpay_core::store::{Executor, Statement};

    let place = healthy();
    let path = place.folder.path().join("shop.db");
    let newer = Statement {
        sql: "UPDATE coinpay_meta SET value = '999' WHERE name = 'schema_version'".into(),
        params: Vec::new(),
    };
    let executor = SqliteExecutor::open(&path).expect("it opens");
    executor.commit(&[newer]).expect("written");
    drop(executor);
    finds(
        &examine(&place, 1),
        &[("schema", "problem"), ("health", "skipped")],
    );
}

#[test]
fn a_shop_that_nobody_works_for_and_a_refused_webhook_are_warned_about() {
    let place = Place::new();
    let engine = place.engine(0);
    let body = b"{}".to_vec();
    let answer = engine.run(|start| engine.shop().handle_webhook(start, body, None));
    assert_eq!(answer.expect("an answer").http_status, 401);
    finds(
        &examine(&place, 0),
        &[("health", "warning"), ("health", "warning")],
    );
    place
        .run(&["doctor"])
        .ends(0)
        .says("-> Run coinpay work as a service")
        .says("signature_missing");
}

#[test]
fn a_webhook_goes_there_and_back() {
    let place = healthy();
    let endpoint = Endpoint::of_shop(place.engine(0));
    let report = place.run(&["doctor", "--json", "--webhook", &endpoint.url]);
    let report = report.ends(0).json();
    finds(&report, &[]);
    assert!(message(&report, "webhook_unsigned").contains("refused (401)"));
    assert!(message(&report, "webhook_signed").contains("taken (200)"));
    assert!(message(&report, "webhook_arrives").contains("in the database"));
    assert_eq!(endpoint.count(), 2);
}

#[test]
fn an_endpoint_of_another_shop_or_without_a_check_is_told_from_ours() {
    let place = healthy();
    let other = healthy();
    let endpoint = Endpoint::of_shop(other.engine(0));
    let report = place.run(&["doctor", "--json", "--webhook", &endpoint.url]);
    finds(&report.ends(1).json(), &[("webhook_arrives", "problem")]);

    let careless = Endpoint::answering(|_| (200, "{}".to_owned()));
    let report = place.run(&["doctor", "--json", "--webhook", &careless.url]);
    let expected = [
        ("webhook_unsigned", "problem"),
        ("webhook_arrives", "problem"),
    ];
    finds(&report.ends(1).json(), &expected);

    let report = place.run(&["doctor", "--json", "--webhook", "http://127.0.0.1:9/"]);
    let expected = [
        ("webhook_unsigned", "problem"),
        ("webhook_signed", "problem"),
    ];
    finds(&report.ends(1).json(), &expected);
    let report = place.run(&["doctor", "--json", "--webhook", "http://shop.example/"]);
    finds(&report.ends(1).json(), &[("webhook_signed", "problem")]);
}
