//! `coinpay work`.

use coinpay_core::order::Status;
use serde_json::json;

use crate::place::{MINUTE_MS, Place, payment_of};

/// Longer than a Bitcoin order may wait, and as long again for its last payment.
const LONG_AGO_MS: i64 = 7 * 60 * MINUTE_MS;

#[test]
fn a_payment_whose_webhook_never_came_is_found() {
    let place = Place::new();
    let checkout = place.order(5 * MINUTE_MS);
    let path = format!("/payments/{}/pay", payment_of(&checkout));
    place.control(&path, &json!({}));
    let json = place.run(&["work", "--once", "--json"]).ends(0).json();
    assert_eq!(json["ok"], true);
    assert_eq!(json["looked"], 1);
    assert_eq!(json["learnt"], 1);
    assert!(json["next_at_ms"].is_i64());
    assert_eq!(place.status_of(&checkout), Status::Paid);
    place
        .run(&["explain", &checkout.order_id])
        .ends(0)
        .says("money heard of by asking");
}

#[test]
fn an_order_whose_time_is_over_expires() {
    let place = Place::new();
    let checkout = place.order(LONG_AGO_MS);
    let ran = place.run(&["work", "--once"]).ends(0);
    assert!(ran.stdout.contains("1 expired"), "{ran:#?}");
    assert_eq!(place.status_of(&checkout), Status::Expired);
}

#[test]
fn no_more_is_asked_than_the_limit_says() {
    let place = Place::new();
    for cart in ["cart-1", "cart-2", "cart-3"] {
        place.order_of(cart, 5 * MINUTE_MS);
    }
    for (limit, looked) in [("2", 2), ("50", 1)] {
        let work = ["work", "--once", "--limit", limit, "--json"];
        assert_eq!(place.run(&work).ends(0).json()["looked"], looked);
    }
    place.run(&["work", "--once", "--limit", "0"]).ends(2);
}

#[test]
fn the_first_call_makes_the_tables_and_says_so() {
    let place = Place::new();
    let ran = place
        .run(&["work", "--once"])
        .ends(0)
        .says("nothing to do; next at ");
    assert!(ran.stderr.contains("from version 0 to "), "{ran:#?}");
    let again = place.run(&["work", "--once"]).ends(0);
    assert_eq!(again.stderr, "");
}

#[test]
fn settings_may_come_from_a_file_in_place_of_variables() {
    let mut place = Place::new();
    let settings = json!({
        "mode": "test", "api_key": crate::run::API_KEY, "business_id": crate::place::BUSINESS,
        "base_url": place.sandbox.base_url(), "database": "sqlite:other.db",
    });
    let file = place.folder.write("coinpay.json", settings.to_string());
    place.settings.clear();
    place.run(&["work", "--once", "--config", &file]).ends(0);
    assert!(place.folder.path().join("other.db").exists());
    let wrong = place
        .folder
        .write("wrong.json", "{\"mode\": newest-93ab17}");
    let ran = place.run(&["work", "--once", "--config", &wrong]).ends(2);
    assert!(
        ran.stderr.contains("wrong.json is no JSON object (line 1"),
        "{ran:#?}"
    );
    place
        .run(&["work", "--once", "--config", "not-there.json"])
        .ends(2);
}

#[test]
fn a_database_that_cannot_be_used_is_a_problem() {
    let place = Place::new();
    place.folder.write(
        "shop.db",
        "This is no database, however long one looks at it.",
    );
    let json = place.run(&["work", "--once", "--json"]).ends(1).json();
    assert_eq!(json["error"]["code"], "store_refused");
    place.run(&["work"]).ends(1);
}

#[cfg(unix)]
mod signals {
    use std::io::{BufRead, BufReader};
    use std::process::Command;

    use super::*;
    use crate::run::program;

    fn ends_cleanly_on(signal: &str) {
        let place = Place::new();
        let checkout = place.order(LONG_AGO_MS);
        let mut command = program(&["work", "--json"], &place.settings, place.folder.path());
        let mut child = command.spawn().expect("it starts");
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("its output"));
        stdout.read_line(&mut line).expect("a line");
        let report: serde_json::Value = serde_json::from_str(&line).expect("a line of JSON");
        assert_eq!(report["expired"], 1);
        let id = child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.expect("kill runs").success());
        let ended = child.wait().expect("it ends");
        assert_eq!(ended.code(), Some(0), "{signal}");
        assert_eq!(place.status_of(&checkout), Status::Expired);
    }

    #[test]
    fn a_worker_goes_on_until_it_is_asked_to_end() {
        ends_cleanly_on("-TERM");
        ends_cleanly_on("-INT");
    }
}
