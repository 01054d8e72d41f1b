//! Side work: leases, order, loss, settlement.

use coinpay_core::ErrorCode;
use coinpay_core::flow::Effect;
use coinpay_core::order::{EffectKind, Status};
use serde_json::{Value as Json, json};

use crate::world::{DAY_MS, HOUR_MS, World};

fn paid(world: &mut World) -> String {
    let (order, payment) = world.open_order();
    world.webhook(&world.thin(&payment, "confirmed"));
    order
}

fn claim_kind(world: &mut World, kind: &str) -> Vec<Effect> {
    world
        .run("claim_effects", json!({"kinds": [kind]}))
        .expect("claims")
}

fn id(effect: &Effect) -> Json {
    json!({"order_id": effect.order_id, "kind": effect.kind, "subject": effect.subject})
}

fn with(mut document: Json, more: Json) -> Json {
    for (key, value) in more.as_object().expect("fields") {
        document[key] = value.clone();
    }
    document
}

#[test]
fn an_effect_is_handed_to_one_worker_and_carries_its_order() {
    let mut world = World::new();
    let order = paid(&mut world);
    let first = claim_kind(&mut world, "send_confirmation_email");
    assert_eq!(first.len(), 1);
    assert_eq!(
        first[0].idempotency_key,
        format!("{order}/send_confirmation_email")
    );
    let summary = first[0].order.as_ref().expect("its order");
    assert_eq!(summary.customer, Some(json!({"email": "a@example.com"})));
    assert!(claim_kind(&mut world, "send_confirmation_email").is_empty());
}

#[test]
fn a_failed_effect_comes_back_later_with_the_same_key_and_dies_at_last() {
    let mut world = World::with(json!({"max_tries": 3}));
    paid(&mut world);
    let mut keys = Vec::new();
    for _ in 0..3 {
        let effect = claim_kind(&mut world, "send_confirmation_email").remove(0);
        keys.push(effect.idempotency_key.clone());
        let fail = with(
            id(&effect),
            json!({"claim_no": effect.claim_no, "error": "smtp"}),
        );
        let _: Json = world.run("fail_effect", fail).expect("failed");
        assert!(
            claim_kind(&mut world, "send_confirmation_email").is_empty(),
            "not at once"
        );
        world.now_ms += HOUR_MS;
    }
    keys.dedup();
    assert_eq!(keys.len(), 1);
    assert!(
        claim_kind(&mut world, "send_confirmation_email").is_empty(),
        "dead"
    );
    let alerts = claim_kind(&mut world, "alert_operations");
    assert!(
        alerts
            .iter()
            .any(|one| one.payload["alert"] == json!("effect_dead"))
    );
    let health: Json = world.run("health", json!({})).expect("health");
    assert_eq!(health["effects"]["dead"], json!(1));
    let order = alerts[0].order_id.clone();
    let settle = json!({
        "order_id": order, "kind": "send_confirmation_email", "settlement": "again",
        "actor": "anna",
    });
    let _: Json = world.run("settle_effect", settle).expect("settled");
    assert_eq!(claim_kind(&mut world, "send_confirmation_email").len(), 1);
}

#[test]
fn a_worker_that_lost_its_lease_is_told_so_and_a_done_thing_is_done() {
    let mut world = World::new();
    paid(&mut world);
    let first = claim_kind(&mut world, "send_confirmation_email").remove(0);
    world.now_ms += 10 * 60_000;
    let second = claim_kind(&mut world, "send_confirmation_email").remove(0);
    assert_eq!(second.claim_no, first.claim_no + 1);
    let stale = with(
        id(&first),
        json!({"claim_no": first.claim_no, "error": "late"}),
    );
    assert_eq!(
        world
            .run::<Json>("fail_effect", stale.clone())
            .expect_err("lost")
            .code,
        ErrorCode::LeaseLost
    );
    assert!(world.run::<Json>("renew_effect", stale).is_err());
    let answer: Json = world
        .run("complete_effect", id(&first))
        .expect("it was done all the same");
    assert_eq!(answer["applied"], json!(true));
    let answer: Json = world.run("complete_effect", id(&second)).expect("known");
    assert_eq!(answer["applied"], json!(false));
    assert!(claim_kind(&mut world, "send_confirmation_email").is_empty());
}

#[test]
fn a_renewed_lease_keeps_the_effect() {
    let mut world = World::new();
    paid(&mut world);
    let effect = claim_kind(&mut world, "ship_order").remove(0);
    world.now_ms += 100_000;
    let renew = with(id(&effect), json!({"claim_no": effect.claim_no}));
    let _: Json = world.run("renew_effect", renew).expect("renewed");
    world.now_ms += 100_000;
    assert_eq!(world.work().lost_effects, 0);
}

#[test]
fn a_shipment_whose_worker_died_is_uncertain_and_waits_for_a_person() {
    let mut world = World::new();
    let order = paid(&mut world);
    let effect = claim_kind(&mut world, "ship_order").remove(0);
    world.now_ms += 10 * 60_000;
    assert!(
        claim_kind(&mut world, "ship_order").is_empty(),
        "never handed out again by itself"
    );
    assert_eq!(world.work().lost_effects, 1);
    assert_eq!(world.work().lost_effects, 0);
    let alerts = claim_kind(&mut world, "alert_operations");
    assert_eq!(alerts[0].payload["alert"], json!("effect_uncertain"));
    let settle = with(id(&effect), json!({"settlement": "done", "actor": "anna"}));
    let _: Json = world.run("settle_effect", settle).expect("settled");
    assert_eq!(world.status(&order).status, Status::Fulfilled);
    assert_eq!(world.shelf("book"), (9, 0));
}

#[test]
fn a_worker_gets_one_shipment_at_a_time() {
    let mut world = World::new();
    world.stock("book", 10);
    for cart in ["cart-1", "cart-2", "cart-3"] {
        let (_, payment) = world.open_cart(cart);
        world.webhook(&world.thin(&payment, "confirmed"));
    }
    assert_eq!(claim_kind(&mut world, "ship_order").len(), 1);
    assert_eq!(claim_kind(&mut world, "send_confirmation_email").len(), 3);
}

#[test]
fn shipments_that_wait_their_turn_keep_no_mail_back() {
    let mut world = World::with(json!({"max_open_orders": 0}));
    world.stock("book", 20);
    for cart in 0..12 {
        let (_, payment) = world.open_cart(&format!("cart-{cart}"));
        world.webhook(&world.thin(&payment, "confirmed"));
    }
    let (mut mails, mut shipments) = (0, 0);
    for _ in 0..3 {
        let effects: Vec<Effect> = world.run("claim_effects", json!({})).expect("claims");
        let count = |kind| effects.iter().filter(|effect| effect.kind == kind).count();
        mails += count(EffectKind::SendConfirmationEmail);
        shipments += count(EffectKind::ShipOrder);
        for effect in &effects {
            let _: Json = world.run("complete_effect", id(effect)).expect("done");
        }
    }
    assert_eq!(mails, 12);
    assert!((1..=3).contains(&shipments), "{shipments} shipments");
}

#[test]
fn a_carrier_that_honours_the_key_gets_the_shipment_again() {
    let mut world = World::with(json!({"carrier_honours_key": true}));
    paid(&mut world);
    let first = claim_kind(&mut world, "ship_order").remove(0);
    world.now_ms += 10 * 60_000;
    world.work();
    let second = claim_kind(&mut world, "ship_order").remove(0);
    assert_eq!(first.idempotency_key, second.idempotency_key);
}

/// An order whose shipment is in a worker's hands when it is refunded.
fn refunded_while_shipping(settings: Json) -> (World, Effect) {
    let mut world = World::with(settings);
    let order = paid(&mut world);
    let effect = claim_kind(&mut world, "ship_order").remove(0);
    let refund = json!({
        "order_id": order, "refund_id": "all", "amount": "150", "ends_order": true,
        "actor": "anna",
    });
    let _: Json = world.run("record_refund", refund).expect("refunded");
    assert_eq!(world.status(&order).status, Status::Refunded);
    (world, effect)
}

#[test]
fn a_shipment_that_failed_is_not_handed_out_for_an_order_that_was_refunded_meanwhile() {
    let (mut world, effect) = refunded_while_shipping(json!({}));
    let fail = with(
        id(&effect),
        json!({"claim_no": effect.claim_no, "error": "no paper"}),
    );
    let failed: Json = world.run("fail_effect", fail).expect("taken");
    assert_eq!(failed["state"], json!("void"));
    world.now_ms += HOUR_MS;
    world.work();
    assert!(claim_kind(&mut world, "ship_order").is_empty());
}

#[test]
fn a_lost_shipment_is_not_made_again_for_an_order_that_was_refunded_meanwhile() {
    let (mut world, effect) = refunded_while_shipping(json!({}));
    world.now_ms += HOUR_MS;
    assert_eq!(world.work().lost_effects, 1);
    let settle = with(id(&effect), json!({"settlement": "again", "actor": "anna"}));
    let settled: Json = world.run("settle_effect", settle).expect("taken");
    assert_eq!(settled["state"], json!("void"));
    assert!(claim_kind(&mut world, "ship_order").is_empty());

    let (mut world, _) = refunded_while_shipping(json!({"carrier_honours_key": true}));
    world.now_ms += HOUR_MS;
    assert!(claim_kind(&mut world, "ship_order").is_empty());
    world.work();
    assert!(claim_kind(&mut world, "ship_order").is_empty());
}

#[test]
fn a_shipment_that_failed_waits_while_a_person_is_needed_and_goes_on_then() {
    let mut world = World::new();
    let order = paid(&mut world);
    let effect = claim_kind(&mut world, "ship_order").remove(0);
    let elsewhere = json!({"order_id": order, "reason": "paid_elsewhere"});
    let _: Json = world.run("cancel_order", elsewhere).expect("noted");
    let fail = with(
        id(&effect),
        json!({"claim_no": effect.claim_no, "error": "no paper"}),
    );
    let failed: Json = world.run("fail_effect", fail).expect("taken");
    assert_eq!(failed["state"], json!("held"));
    world.now_ms += HOUR_MS;
    assert!(claim_kind(&mut world, "ship_order").is_empty());
    let accept = json!({
        "order_id": order, "decision": "accept", "reasons": ["paid_elsewhere"], "actor": "anna",
    });
    let _: Json = world.run("resolve_review", accept).expect("accepted");
    assert_eq!(claim_kind(&mut world, "ship_order").len(), 1);
}

#[test]
fn shipping_waits_while_a_person_is_needed_and_is_void_when_the_order_ends() {
    let mut world = World::new();
    let order = paid(&mut world);
    let elsewhere = json!({"order_id": order, "reason": "paid_elsewhere"});
    let _: Json = world.run("cancel_order", elsewhere).expect("noted");
    assert_eq!(world.status(&order).status, Status::NeedsReview);
    assert!(claim_kind(&mut world, "ship_order").is_empty(), "held");
    let accept = json!({
        "order_id": order, "decision": "accept", "reasons": ["paid_elsewhere"], "actor": "anna",
    });
    let _: Json = world.run("resolve_review", accept).expect("accepted");
    assert_eq!(
        world.count("SELECT COUNT(*) FROM coinpay_effects WHERE kind = 'ship_order'"),
        1
    );
    let refund = json!({
        "order_id": order, "refund_id": "all", "amount": "150", "ends_order": true,
        "actor": "anna",
    });
    let _: Json = world.run("record_refund", refund).expect("refunded");
    assert_eq!(world.status(&order).status, Status::Refunded);
    assert!(claim_kind(&mut world, "ship_order").is_empty(), "void");
    assert_eq!(world.shelf("book"), (10, 0));
}

#[test]
fn a_newer_status_overtakes_one_that_nobody_picked_up() {
    let mut world = World::new();
    let (order, payment) = world.open_order();
    world.webhook(&world.thin(&payment, "confirmed"));
    world.webhook(&world.thin(&payment, "forwarded"));
    let effects = claim_kind(&mut world, "order_status_changed");
    assert_eq!(effects.len(), 1, "{order}");
    assert_eq!(effects[0].payload["payment_status"], json!("forwarded"));
}

#[test]
fn a_host_that_counts_its_stock_is_asked_to_release_and_to_reserve_again() {
    let mut world = World::with(json!({"stock": "host"}));
    let mut input = world.checkout_input("cart-1");
    input["reservation_id"] = json!("res-7");
    let checkout = world.checkout(&input).expect("opens");
    let payment = checkout
        .order
        .expect("order")
        .payment
        .expect("payment")
        .payment_id;
    world.now_ms += 2 * HOUR_MS;
    world.work();
    let release = claim_kind(&mut world, "release_stock").remove(0);
    assert_eq!(release.payload["reservation_id"], json!("res-7"));
    let _: Json = world
        .run("complete_effect", id(&release))
        .expect("released");
    world.webhook(&world.thin(&payment, "confirmed"));
    assert_eq!(world.status(&checkout.order_id).status, Status::NeedsReview);
    let reserve = claim_kind(&mut world, "reserve_stock").remove(0);
    let no = with(id(&reserve), json!({"result": {"reserved": true}}));
    let _: Json = world.run("complete_effect", no).expect("reserved");
    assert_eq!(world.status(&checkout.order_id).status, Status::Paid);
}

#[test]
fn review_holds_the_goods_for_a_day() {
    let mut world = World::new();
    let (order, payment) = world.open_order();
    let mut event = world.thin(&payment, "confirmed");
    event["data"]["received_amount"] = json!("0.001");
    world.webhook(&event);
    assert_eq!(world.shelf("book"), (10, 1));
    world.now_ms += DAY_MS + HOUR_MS;
    assert_eq!(world.work().released, 1);
    assert_eq!(world.shelf("book"), (10, 0));
    // A person who accepts sets them aside again, in the same commit.
    let accept = json!({
        "order_id": order, "decision": "accept", "reasons": ["short", "no_stock"],
        "actor": "anna",
    });
    let _: Json = world.run("resolve_review", accept).expect("accepted");
    assert_eq!(world.status(&order).status, Status::Paid);
    assert_eq!(world.shelf("book"), (10, 1));
}

#[test]
fn physical_goods_end_by_a_person() {
    let mut world = World::new();
    world.stock("mug", 2);
    let mut input = world.checkout_input("cart-1");
    input["items"] = json!([{"sku": "mug", "quantity": 2, "price": "9.99"}]);
    let checkout = world.checkout(&input).expect("opens");
    let order = checkout.order_id;
    let mark = json!({"order_id": order, "actor": "anna"});
    let error = world
        .run::<Json>("mark_fulfilled", mark.clone())
        .expect_err("not paid");
    assert_eq!(error.code, ErrorCode::Rejected);
    let payment = world.gateway.payments[0].id.clone();
    world.webhook(&world.thin(&payment, "confirmed"));
    assert!(claim_kind(&mut world, EffectKind::ShipOrder.as_str()).is_empty());
    let _: Json = world.run("mark_fulfilled", mark.clone()).expect("done");
    let again: Json = world.run("mark_fulfilled", mark).expect("known");
    assert_eq!(again["applied"], json!(false));
    assert_eq!(world.shelf("mug"), (0, 0));
}
