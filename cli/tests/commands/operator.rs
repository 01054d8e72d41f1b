//! What those who run a shop type: `orders`, `review`, `effects`, `export`, `report`, `health`.

use coinpay_core::flow::{ClaimEffects, EffectId, FailEffect};
use coinpay_core::money::Chain;
use coinpay_core::order::{EffectKind, Status};
use serde_json::{Value, json};

use crate::endpoint::Endpoint;
use crate::place::{MINUTE_MS, Place, payment_of};

/// A shop that takes webhooks.
fn shop() -> (Place, Endpoint) {
    let place = Place::new();
    let endpoint = Endpoint::of_shop(place.engine(0));
    place.control("/webhooks/config", &json!({ "url": endpoint.url }));
    (place, endpoint)
}

/// An order for which a tenth is missing.
fn underpaid(place: &Place) -> String {
    let order = place.order(0);
    let payment = payment_of(&order);
    place.control("/faults", &json!({ "name": "confirm_short", "times": 1 }));
    place.control(&format!("/payments/{payment}/underpay"), &json!({}));
    place.control("/webhooks/flush", &json!({}));
    order.order_id
}

fn status(place: &Place, order: &str) -> String {
    let story = place.run(&["explain", order, "--json"]).ends(0).json();
    story["order"]["status"].as_str().expect("text").to_owned()
}

#[test]
fn orders_are_listed_newest_first_and_found_by_whatever_one_remembers() {
    let (place, _endpoint) = shop();
    let older = place.order_of("cart-1", 2 * MINUTE_MS);
    let newer = place.order_of("cart-2", MINUTE_MS);
    let listed = place.run(&["orders", "--json"]).ends(0).json();
    let ids = |listed: &Value| -> Vec<String> {
        let orders = listed["orders"].as_array().expect("a list");
        let ids = orders.iter().map(|order| order["order_id"].as_str());
        ids.map(|id| id.expect("an id").to_owned()).collect()
    };
    assert_eq!(
        ids(&listed),
        [&newer.order_id, &older.order_id].map(String::clone)
    );
    assert!(!listed.to_string().contains("a-customer") && !listed.to_string().contains("@"));

    let payment = payment_of(&older);
    let (prefix, _) = older.order_id.split_at(18);
    for search in [&payment, &older.order_id, "cart-1"] {
        let found = place.run(&["orders", "--search", search, "--json"]).ends(0);
        assert_eq!(ids(&found.json()).concat(), older.order_id, "{search}");
    }
    let found = place.run(&["orders", "--search", prefix, "--json"]).ends(0);
    assert!(ids(&found.json()).contains(&older.order_id));
    let found = place.run(&["orders", "--search", "a-customer", "--json"]);
    assert_eq!(ids(&found.ends(0).json()).len(), 2);

    let page = place.run(&["orders", "--limit", "1"]).ends(0);
    let page = page.says(&newer.order_id).says("more: --before ");
    assert!(!page.stdout.contains(&older.order_id));
    place
        .run(&["orders", "--status", "paid"])
        .ends(0)
        .says("no orders");
    place.run(&["orders", "--status", "lost"]).ends(2);
}

#[test]
fn an_underpaid_order_waits_for_a_person_and_is_accepted_by_name() {
    let (place, _endpoint) = shop();
    place.run(&["work", "--once"]).ends(0);
    place
        .run(&["review"])
        .ends(0)
        .says("nothing needs a person");
    let order = underpaid(&place);
    let waiting = place.run(&["review"]).ends(1);
    waiting.says("Need a person: 1").says(&order).says("short");
    place
        .run(&["review", "accept", &order, "--reason", "no_such"])
        .ends(2);
    // Another reason than the one that holds.
    let wrong = ["review", "accept", &order, "--reason", "too_late", "--json"];
    let refused = place.run(&wrong).ends(1).json();
    assert_eq!(refused["error"]["code"], "rejected", "{refused}");
    let accept = [
        "review", "accept", &order, "--reason", "short", "--actor", "anna", "--note", "knows us",
    ];
    place.run(&accept).ends(0).says("done: ").says("paid");
    place.run(&accept).ends(0).says("was so before");
    place
        .run(&["explain", &order])
        .ends(0)
        .says("by anna: knows us");
    place.run(&["review"]).ends(0);
    place.run(&["review", "fulfilled", &order]).ends(0);
    assert_eq!(status(&place, &order), "fulfilled");
}

#[test]
fn a_closed_order_has_money_to_give_back_until_the_refund_is_written_down() {
    let (place, _endpoint) = shop();
    let order = underpaid(&place);
    let closed = place.run(&["review", "close", &order]).ends(0);
    closed.says("cancelled").says("18.00 USD to give back");
    let owing = place.run(&["orders", "--refund-due", "--json"]).ends(0);
    assert_eq!(owing.json()["orders"][0]["refund_due_amount"], "18.00");
    place.run(&["review"]).ends(1).says("refund_due 18.00");
    let refund = [
        "review", "refund", &order, "--amount", "18.00", "--id", "r1", "--actor", "anna", "--json",
    ];
    let done = place.run(&refund).ends(0).json();
    assert_eq!(
        (&done["applied"], &done["refund_due"]),
        (&json!(true), &Value::Null)
    );
    let again = place.run(&refund).ends(0).json();
    assert_eq!(again["applied"], false);
    place.run(&["review"]).ends(0);
    place.run(&["review", "close", "nobody"]).ends(1);
}

#[test]
fn side_work_that_died_is_listed_and_settled() {
    let (place, _endpoint) = shop();
    let order = place.order(0);
    place.control(&format!("/payments/{}/pay", payment_of(&order)), &json!({}));
    place.control("/webhooks/flush", &json!({}));
    place
        .run(&["effects"])
        .ends(0)
        .says("send_confirmation_email");
    // A mailer that is down through every try.
    let mut now_ms = 0;
    loop {
        let engine = place.engine(now_ms);
        let claimed = engine.claim_effects(ClaimEffects {
            limit: Some(1),
            kinds: vec![EffectKind::SendConfirmationEmail],
        });
        let Some(effect) = claimed.expect("an answer").into_iter().next() else {
            break;
        };
        let fail = FailEffect {
            effect: EffectId {
                order_id: effect.order_id,
                kind: effect.kind,
                subject: effect.subject,
            },
            claim_no: effect.claim_no,
            error: "the mailer is down".to_owned(),
        };
        engine.fail_effect(fail).expect("it failed");
        now_ms -= 120 * MINUTE_MS;
    }
    let dead = place.run(&["effects", "--state", "dead", "--json"]).ends(1);
    let dead = dead.json();
    assert_eq!(dead["effects"][0]["error"], "the mailer is down");
    let health = place.run(&["health", "--json"]).ends(1).json();
    let codes = health["warnings"].to_string();
    assert!(codes.contains("effects_dead"), "{codes}");
    let id = order.order_id.as_str();
    let settle = [
        "effects",
        "settle",
        id,
        "send_confirmation_email",
        "--as",
        "again",
        "--actor",
        "anna",
    ];
    place
        .run(&settle)
        .ends(0)
        .says("send_confirmation_email is due");
    place.run(&["effects", "--state", "dead"]).ends(0);
    place
        .run(&["effects", "settle", id, "ship_order", "--as", "done"])
        .ends(1);
    place.run(&["effects", "--state", "lost"]).ends(2);
}

#[test]
fn an_export_is_a_sheet_or_lines_of_json_without_customers_unless_asked_for() {
    let (place, _endpoint) = shop();
    let order = place.order(0);
    let sheet = place.run(&["export"]).ends(0).stdout;
    let lines: Vec<_> = sheet.lines().collect();
    assert_eq!(lines.len(), 2);
    let columns = |line: &str| line.split(',').count();
    assert_eq!(columns(lines[0]), columns(lines[1]));
    assert!(lines[1].starts_with(&order.order_id) && lines[1].contains("awaiting_payment"));
    let plain = place.run(&["export", "--json"]).ends(0);
    assert!(!plain.stdout.contains("someone@example.com"));
    assert_eq!(plain.json()["order_id"], json!(order.order_id));
    let all = place.run(&["export", "--json", "--with-customers"]).ends(0);
    assert_eq!(all.json()["customer"]["email"], "someone@example.com");
    place.run(&["export", "--with-customers"]).ends(2);
}

#[test]
fn a_report_counts_what_was_ordered_paid_and_stuck() {
    let (place, _endpoint) = shop();
    let paid = place.order_of("cart-1", 0);
    place.order_of("cart-2", 0);
    place.control(&format!("/payments/{}/pay", payment_of(&paid)), &json!({}));
    place.control("/webhooks/flush", &json!({}));
    assert_eq!(place.status_of(&paid), Status::Paid);
    let report = place
        .run(&["report", "--days", "2", "--json"])
        .ends(0)
        .json();
    let days = report["days"].as_array().expect("days");
    assert_eq!(days.len(), 2);
    let sum = |field: &str| -> u64 { days.iter().filter_map(|day| day[field].as_u64()).sum() };
    assert_eq!((sum("orders"), sum("paid")), (2, 1));
    let volume: Vec<_> = days
        .iter()
        .filter_map(|day| day["volume"]["USD"].as_str())
        .collect();
    assert_eq!(volume, ["20.00"]);
    let funnel = report["funnel"].as_array().expect("steps");
    let steps: Vec<_> = funnel.iter().map(|step| step["orders"].as_u64()).collect();
    assert_eq!(steps, [2, 2, 1, 1].map(Some));
    assert_eq!(report["statuses"]["awaiting_payment"], 1);
    assert_eq!(report["webhooks"]["applied"], 1);
    assert_eq!(report["truncated"], false);
    place
        .run(&["report"])
        .ends(0)
        .says("Time to paid (median ")
        .says("20.00 USD");
}

#[test]
fn health_is_told_by_codes_and_by_the_exit_status() {
    let place = Place::new();
    place.run(&["health"]).ends(2);
    place.run(&["work", "--once"]).ends(0);
    place.run(&["health"]).ends(0).says("ok ");
    assert_eq!(
        place.run(&["health", "--json"]).ends(0).json()["warnings"],
        json!([])
    );
}

#[test]
fn coins_are_those_with_a_wallet_and_are_remembered_while_nobody_answers() {
    let place = Place::new();
    let coins = |behind_ms| {
        place
            .engine(behind_ms)
            .list_coins()
            .map(|coins| coins.blockchains)
    };
    let all = coins(0).expect("the gateway answers");
    assert!(
        all.contains(&Chain::Btc) && all.contains(&Chain::UsdtEth),
        "{all:?}"
    );
    assert!(!all.contains(&Chain::Usdt), "the same as on Ethereum");
    let wallet = json!({ "blockchain": "ADA", "has_wallet": false });
    place.control("/wallets", &wallet);
    assert_eq!(coins(0), Ok(all), "remembered for ten minutes");
    let fewer = coins(-11 * MINUTE_MS).expect("asked again");
    assert!(!fewer.contains(&Chain::Ada));
    place.control("/faults", &json!({ "name": "forbidden" }));
    assert_eq!(coins(-60 * MINUTE_MS), Ok(fewer));
    let fresh = Place::new();
    fresh.control("/faults", &json!({ "name": "forbidden" }));
    assert!(fresh.engine(0).list_coins().is_err());
}
