//! `coinpay explain`.

use crate::place::{Place, payment_of};

#[test]
fn the_story_of_an_order_is_told_as_text_and_as_json() {
    let place = Place::new();
    let checkout = place.order(0);
    let order = checkout.order_id.as_str();
    let payment = payment_of(&checkout);
    place
        .run(&["explain", order])
        .ends(0)
        .says(&format!("Order {order}\n  awaiting_payment / pending"))
        .says(&format!("attempt 1: BTC 20 USD, open ({payment})"))
        .says("\nLog\n");
    let json = place.run(&["explain", order, "--json"]).ends(0).json();
    assert_eq!(json["ok"], true);
    assert_eq!(json["order"]["order_id"], order);
    assert_eq!(json["order"]["status"], "awaiting_payment");
    assert_eq!(json["attempts"][0]["payment_id"], payment);
    assert!(json["log"].as_array().expect("a log").len() >= 2);
}

#[test]
fn nothing_of_the_customer_is_shown() {
    let place = Place::new();
    let order = place.order(0).order_id;
    for arguments in [vec!["explain", &order], vec!["explain", &order, "--json"]] {
        let ran = place.run(&arguments).ends(0);
        assert!(!ran.stdout.contains("someone@example.com"), "{ran:#?}");
    }
}

#[test]
fn an_order_that_is_not_there_is_a_problem() {
    let place = Place::new();
    place.order(0);
    let ran = place.run(&["explain", "no-such-order"]).ends(1);
    assert!(
        ran.stderr
            .contains("coinpay explain: not_found: no order has this id"),
        "{ran:#?}"
    );
    let json = place
        .run(&["explain", "no-such-order", "--json"])
        .ends(1)
        .json();
    assert_eq!(json["ok"], false);
    assert_eq!(json["error"]["code"], "not_found");
}

#[test]
fn a_database_that_is_not_there_is_not_begun() {
    let place = Place::new();
    let ran = place.run(&["explain", "an-order"]).ends(2);
    assert!(
        ran.stderr.contains("COINPAY_DATABASE: there is no file"),
        "{ran:#?}"
    );
    assert!(!place.folder.path().join("shop.db").exists());
}

#[test]
fn tables_that_are_not_there_are_not_made() {
    let place = Place::new();
    place.folder.write("shop.db", "");
    let ran = place.run(&["explain", "an-order"]).ends(1);
    assert!(
        ran.stderr.contains("coinpay work has to open it first"),
        "{ran:#?}"
    );
    place
        .run(&["doctor", "--offline"])
        .ends(0)
        .says("there are no tables yet");
}

#[test]
fn missing_settings_and_wrong_command_lines_end_with_2() {
    let mut place = Place::new();
    place.run(&["explain"]).ends(2);
    place.set("COINPAY_BUSINESS_ID", None);
    let json = place.run(&["explain", "an-order", "--json"]).ends(2).json();
    assert_eq!(json["error"]["code"], "invalid_configuration");
    let message = json["error"]["message"].as_str().expect("a message");
    assert!(message.contains("COINPAY_BUSINESS_ID"), "{message}");
}

#[test]
fn text_that_a_person_wrote_cannot_steer_the_terminal() {
    let place = Place::new();
    let checkout = place.order(0);
    let engine = place.engine(0);
    let cancel = serde_json::json!({
        "order_id": checkout.order_id, "reason": "shop", "actor": "someone",
        "note": "\u{1b}[2J\rall is well",
    });
    let cancel = serde_json::from_value(cancel).expect("a command");
    engine
        .run(|start| engine.shop().cancel_order(start, cancel))
        .expect("cancelled");
    let ran = place
        .run(&["explain", &checkout.order_id])
        .ends(0)
        .says("all is well");
    assert!(!ran.stdout.contains(['\u{1b}', '\r']), "{ran:#?}");
}
