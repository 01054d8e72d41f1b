//! Every habit of payments, events, deliveries and signatures.

use serde_json::{Value, json};

use crate::support::{Scene, order, order_with};

#[test]
fn a_short_deposit_can_be_confirmed_with_what_was_received() {
    let scene = Scene::new();
    scene.once("confirm_short");
    let id = scene.payment_id();
    scene.act(&id, "pay", json!({ "amount": "50%" }));
    let data = scene.only_hook().json()["data"].clone();
    assert_eq!(data["received_amount"].to_string(), "0.00016016");
    assert_eq!(data["amount_crypto"], "0.00032032");
    assert_eq!(scene.status_of(&id), "confirmed");
}

#[test]
fn a_deposit_can_be_found_late() {
    let scene = Scene::new();
    scene.once("late_deposit");
    let id = scene.payment_id();
    scene.act(&id, "pay", Value::Null);
    assert_eq!(scene.kinds(), ["payment.expired", "payment.confirmed"]);
}

#[test]
fn a_short_deposit_can_be_confirmed_and_forwarded() {
    let scene = Scene::new();
    scene.once("short_then_forwarded");
    let id = scene.payment_id();
    scene.act(&id, "underpay", Value::Null);
    assert_eq!(scene.kinds(), ["payment.confirmed", "payment.forwarded"]);
    assert_eq!(
        scene.events()[0]["data"]["received_amount"].to_string(),
        "0.00028829"
    );
    assert_eq!(scene.status_of(&id), "forwarded");
}

#[test]
fn a_stranger_can_pay_with_our_order_in_the_metadata() {
    let scene = Scene::new();
    scene.once("foreign_payment");
    let id = scene.payment_id();
    scene.act(&id, "pay", json!({ "confirm": false }));
    let event = scene.only_hook().json();
    assert_ne!(event["data"]["payment_id"], id);
    assert_eq!(event["data"]["metadata"]["order_id"], "order-7");
    assert_eq!(event["business_id"], scene.look("")["stranger_business_id"]);
    assert_eq!(scene.status_of(&id), "pending");
    let foreign = scene.act(&id, "foreign", Value::Null);
    assert_eq!(
        (&foreign["foreign"], &foreign["status"]),
        (&json!(true), &json!("confirmed"))
    );
}

#[test]
fn thin_events_are_thin_whoever_writes_them() {
    let scene = Scene::new();
    scene.once("thin_events");
    let id = scene.payment_id();
    scene.act(&id, "pay", json!({ "shape": "balance_check" }));
    let data = scene.only_hook().json()["data"].clone();
    assert_eq!((data.get("metadata"), data.get("amount_usd")), (None, None));
    assert_eq!(scene.deliveries()[0]["sender"], "balance_check");
}

#[test]
fn ids_of_events_can_all_be_shared_or_all_differ() {
    let ids = |fault: &str| {
        let scene = Scene::new();
        scene.always(fault);
        let id = scene.payment_id();
        scene.act(&id, "pay", Value::Null);
        scene.act(&id, "confirm_again", Value::Null);
        scene.advance(5);
        scene.act(&id, "forward", Value::Null);
        scene
            .events()
            .iter()
            .map(|event| event["id"].clone())
            .collect::<Vec<_>>()
    };
    let shared = ids("shared_event_ids");
    assert!(shared[0] == shared[1] && shared[1] == shared[2]);
    let unique = ids("unique_event_ids");
    assert!(unique[0] != unique[1] && unique[1] != unique[2] && unique[0] != unique[2]);
}

#[test]
fn confirmed_can_be_missing_so_that_forwarded_is_all() {
    let scene = Scene::new();
    scene.always("no_confirmed");
    let id = scene.payment_id();
    scene.act(&id, "pay", Value::Null);
    assert_eq!(scene.status_of(&id), "confirmed");
    scene.act(&id, "forward", Value::Null);
    assert_eq!(scene.kinds(), ["payment.forwarded"]);
}

#[test]
fn an_in_process_monitor_tells_neither_confirmation_nor_expiry() {
    let scene = Scene::new();
    scene.always("in_process_monitor");
    let (paid, unpaid) = (scene.payment_id(), scene.payment_id());
    scene.act(&paid, "pay", Value::Null);
    scene.advance(15 * 60);
    assert_eq!(
        (scene.status_of(&paid), scene.status_of(&unpaid)),
        ("confirmed".to_owned(), "expired".to_owned())
    );
    scene.act(&paid, "forward", Value::Null);
    assert_eq!(scene.kinds(), ["payment.forwarded"]);
}

#[test]
fn received_amounts_can_have_passed_through_a_double() {
    let scene = Scene::new();
    scene.always("received_as_double");
    let order = order_with(&json!({ "blockchain": "XRP" }));
    let id = scene.create("key", &order).json()["payment"]["id"].clone();
    scene.act(id.as_str().unwrap(), "pay", json!({ "amount": "9.3" }));
    let tiny = scene.payment_id();
    scene.always("confirm_short");
    scene.act(&tiny, "pay", json!({ "amount": "0.0000005" }));
    let events = scene.hooks();
    assert!(
        events[0]
            .body
            .contains("\"received_amount\":9.300000000000002"),
        "{}",
        events[0].body
    );
    assert!(
        events[1].body.contains("\"received_amount\":5e-7"),
        "{}",
        events[1].body
    );
}

#[test]
fn amounts_in_events_come_as_strings_and_as_numbers() {
    for (fault, is_string) in [("amounts_as_strings", true), ("amounts_as_numbers", false)] {
        let scene = Scene::new();
        let id = scene.payment_id();
        scene.always(fault);
        scene.act(&id, "pay", json!({ "shape": "balance_check" }));
        let data = scene.only_hook().json()["data"].clone();
        for field in ["amount", "amount_usd", "amount_crypto"] {
            assert_eq!(data[field].is_string(), is_string, "{fault} {field}");
        }
    }
}

#[test]
fn forwarded_can_come_without_dollars() {
    let scene = Scene::new();
    scene.always("forwarded_without_usd");
    let id = scene.payment_id();
    scene.act(&id, "pay", json!({ "shape": "balance_check" }));
    scene.act(&id, "forward", Value::Null);
    let events = scene.events();
    assert_eq!(events[0]["data"]["amount_usd"], "20");
    assert_eq!(events[1]["data"]["amount_usd"], "0");
}

#[test]
fn a_card_event_can_name_its_session() {
    let scene = Scene::new();
    scene.once("card_session_id");
    let order = order_with(&json!({ "payment_method": "card" }));
    let payment = scene.create("key", &order).json()["payment"].clone();
    scene.act(
        payment["id"].as_str().unwrap(),
        "pay",
        json!({ "shape": "card" }),
    );
    let event = scene.only_hook().json();
    assert_eq!(event["data"]["payment_id"], payment["stripe_session_id"]);
}

#[test]
fn an_event_can_be_of_a_type_nobody_knows() {
    let scene = Scene::new();
    scene.once("unknown_event_type");
    let id = scene.payment_id();
    scene.act(&id, "pay", Value::Null);
    assert_eq!(scene.kinds(), ["escrow.released"]);
}

#[test]
fn an_event_can_speak_of_another_chain_and_address() {
    let scene = Scene::new();
    scene.once("wrong_content");
    let payment = scene.payment();
    scene.act(payment["id"].as_str().unwrap(), "pay", Value::Null);
    let hook = scene.only_hook();
    assert!(hook.signed_at("whsec_sandbox").is_some());
    let data = hook.json()["data"].clone();
    assert_ne!(data["blockchain"], "BTC");
    assert_ne!(data["payment_address"], payment["payment_address"]);
}

#[test]
fn a_body_can_break_off_or_be_too_large_and_still_be_signed() {
    let scene = Scene::new();
    let id = scene.payment_id();
    scene.once("unreadable_json");
    scene.act(&id, "pay", Value::Null);
    scene.once("oversized_body");
    scene.act(&id, "confirm_again", Value::Null);
    let hooks = scene.hooks();
    assert!(
        hooks
            .iter()
            .all(|hook| hook.signed_at("whsec_sandbox").is_some())
    );
    assert!(serde_json::from_str::<Value>(&hooks[0].body).is_err());
    assert!(hooks[1].body.len() > 256 * 1024 && hooks[1].json().is_object());
}

#[test]
fn two_schedulers_notice_one_event_under_two_ids() {
    let scene = Scene::new();
    scene.once("two_schedulers");
    let id = scene.payment_id();
    scene.act(&id, "pay", Value::Null);
    let events = scene.events();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["data"], events[1]["data"]);
    assert_ne!(events[0]["id"], events[1]["id"]);
}

#[test]
fn an_event_can_be_repeated_in_turn_or_at_once() {
    let scene = Scene::new();
    scene.control(
        "/faults",
        json!({ "name": "repeat", "times": 2, "count": 4 }),
    );
    let id = scene.payment_id();
    scene.act(&id, "pay", Value::Null);
    let hooks = scene.hooks();
    assert_eq!(hooks.len(), 4);
    assert!(hooks.iter().all(|hook| hook.body == hooks[0].body));
    scene.shop.expect_together(4);
    scene.once("concurrent");
    scene.act(&id, "confirm_again", Value::Null);
    assert_eq!(scene.hooks().len(), 8);
    let deliveries = scene.deliveries();
    assert!(
        deliveries
            .iter()
            .all(|delivery| delivery["state"] == "delivered")
    );
}

#[test]
fn events_can_come_in_the_wrong_order() {
    let scene = Scene::new();
    scene.once("reorder");
    let id = scene.payment_id();
    scene.act(&id, "pay", Value::Null);
    assert_eq!(
        scene.look("/webhooks/deliveries")["deliveries"][0]["state"],
        "held"
    );
    scene.act(&id, "forward", Value::Null);
    assert_eq!(scene.kinds(), ["payment.forwarded", "payment.confirmed"]);
    scene.once("reorder");
    scene.act(&id, "confirm_again", Value::Null);
    assert_eq!(scene.kinds().len(), 3, "a flush lets go of what is held");
}

#[test]
fn webhooks_can_be_lost_and_sent_again_by_hand() {
    let scene = Scene::new();
    scene.always("lose_webhooks");
    let id = scene.payment_id();
    scene.act(&id, "pay", Value::Null);
    assert_eq!(scene.hooks().len(), 0);
    assert_eq!(scene.deliveries()[0]["state"], "lost");
    assert_eq!(scene.status_of(&id), "confirmed");
    scene.control("/webhooks/redeliver", json!({ "payment_id": id }));
    assert_eq!(scene.kinds(), ["payment.confirmed"]);
}

#[test]
fn senders_can_try_once_or_three_times_whoever_they_are() {
    for (fault, shape, attempts) in [
        ("one_try", "balance_check", 1),
        ("three_tries", "monitor", 3),
    ] {
        let scene = Scene::new();
        scene.once(fault);
        scene.shop.answer_always(500);
        let id = scene.payment_id();
        scene.act(&id, "pay", json!({ "shape": shape }));
        scene.advance(10);
        let delivery = &scene.deliveries()[0];
        assert_eq!(
            delivery["attempts"].as_array().unwrap().len(),
            attempts,
            "{fault}"
        );
        assert_eq!(delivery["state"] == "scheduled", attempts == 3, "{fault}");
    }
}

#[test]
fn an_attempt_can_be_badly_signed_and_the_next_one_well() {
    for fault in [
        "unsigned",
        "wrong_secret",
        "stale_timestamp",
        "reserialised_body",
    ] {
        let scene = Scene::new();
        scene.once(fault);
        scene.shop.answer_next(&[401]);
        let id = scene.payment_id();
        scene.act(&id, "pay", json!({ "shape": "balance_check" }));
        scene.advance(1);
        let hooks = scene.hooks();
        let signed: Vec<_> = hooks
            .iter()
            .map(|hook| hook.signed_at("whsec_sandbox"))
            .collect();
        let good = signed[1].expect("the second attempt is well signed");
        match fault {
            "stale_timestamp" => assert!(good - signed[0].unwrap() >= 3_600),
            _ => assert_eq!(signed[0], None, "{fault}"),
        }
        assert_eq!(
            hooks[0].header("x-coinpay-signature").is_empty(),
            fault == "unsigned"
        );
        assert_eq!(hooks[0].json(), hooks[1].json());
    }
}

#[test]
fn the_content_type_can_be_wrong() {
    let scene = Scene::new();
    scene.once("wrong_content_type");
    let id = scene.payment_id();
    scene.act(&id, "pay", Value::Null);
    assert_eq!(scene.only_hook().header("content-type"), "text/plain");
}

#[test]
fn habits_without_a_count_stay_on_until_they_are_cleared() {
    let scene = Scene::new();
    scene.always("unsigned");
    let id = scene.create("key", &order()).json()["payment"]["id"].clone();
    let id = id.as_str().unwrap();
    scene.act(id, "pay", Value::Null);
    scene.act(id, "forward", Value::Null);
    let hooks = scene.hooks();
    assert!(
        hooks
            .iter()
            .all(|hook| hook.header("x-coinpay-signature").is_empty())
    );
}
