//! Webhooks of every shape, and what they do to an order.

use coinpay_core::flow::{Hint, WebhookOutcome};
use coinpay_core::order::{PaymentStatus, Reason, Status};
use coinpay_core::webhook::sign_webhook;
use serde_json::{Value as Json, json};

use crate::gateway::Trouble;
use crate::world::{BUSINESS, DAY_MS, HOUR_MS, MINUTE_MS, SECRET, World};

fn received(mut event: Json, amount: &str) -> Json {
    event["data"]["received_amount"] = serde_json::from_str(amount).expect("a number");
    event
}

#[test]
fn the_thin_event_pays_ships_and_mails_once() {
    let mut world = World::new();
    let (order, payment) = world.open_order();
    let event = world.thin(&payment, "confirmed");
    let answer = world.webhook(&event);
    assert_eq!(
        (answer.http_status, answer.outcome),
        (200, WebhookOutcome::Applied)
    );
    assert_eq!(answer.order_id.as_deref(), Some(order.as_str()));
    for _ in 0..5 {
        assert_eq!(
            world.webhook(&event).outcome,
            WebhookOutcome::AlreadyApplied
        );
    }
    let done = world.run_effects();
    assert_eq!(
        done.iter()
            .filter(|one| one.starts_with("ship_order"))
            .count(),
        1
    );
    assert_eq!(
        done.iter()
            .filter(|one| one.starts_with("send_confirmation"))
            .count(),
        1
    );
    let status = world.status(&order);
    assert_eq!(
        (status.status, status.hint),
        (Status::Fulfilled, Hint::Paid)
    );
    assert_eq!(world.shelf("book"), (9, 0));
    assert_eq!(
        world.count("SELECT COUNT(*) FROM coinpay_webhook_events"),
        1
    );
}

#[test]
fn two_events_with_one_id_are_both_heard() {
    let mut world = World::new();
    let (order, payment) = world.open_order();
    let confirmed = world.thin(&payment, "confirmed");
    let forwarded = world.thin(&payment, "forwarded");
    assert_eq!(confirmed["id"], forwarded["id"]);
    world.webhook(&confirmed);
    assert_eq!(world.webhook(&forwarded).outcome, WebhookOutcome::Applied);
    assert_eq!(
        world.status(&order).payment_status,
        PaymentStatus::Forwarded
    );
}

#[test]
fn forwarded_alone_is_paid_and_a_late_confirmed_is_old_news() {
    let mut world = World::new();
    let (order, payment) = world.open_order();
    let confirmed = world.thin(&payment, "confirmed");
    world.webhook(&world.thin(&payment, "forwarded"));
    assert_eq!(world.status(&order).status, Status::Paid);
    assert_eq!(
        world.webhook(&confirmed).outcome,
        WebhookOutcome::AlreadyApplied
    );
    assert_eq!(world.effects_of("send_confirmation_email"), 1);
}

#[test]
fn one_cent_is_short_and_the_rest_completes_it() {
    let mut world = World::new();
    let (order, payment) = world.open_order();
    let event = received(world.thin(&payment, "confirmed"), "8.3e-7");
    world.webhook(&event);
    let status = world.status(&order);
    assert_eq!(
        (status.status, status.hint),
        (Status::NeedsReview, Hint::SendTheRest)
    );
    assert_eq!(status.attention, [Reason::Short]);
    assert_eq!(world.effects_of("ship_order"), 0);
    assert_eq!(world.effects_of("alert_operations"), 1);
    // A bare assertion does not outrank what was measured.
    world.webhook(&world.thin(&payment, "forwarded"));
    assert_eq!(world.status(&order).status, Status::NeedsReview);
    world.now_ms += MINUTE_MS;
    let event = received(world.thin(&payment, "confirmed"), "0.0125");
    world.webhook(&event);
    assert_eq!(world.status(&order).status, Status::Paid);
    assert_eq!(world.effects_of("ship_order"), 1);
}

#[test]
fn the_rest_can_be_paid_to_a_new_address() {
    let mut world = World::new();
    let (order, payment) = world.open_order();
    world.webhook(&received(world.thin(&payment, "confirmed"), "0.005"));
    let status = world.status(&order);
    assert_eq!((status.missing.as_str(), status.payment), ("90.00", None));
    let renewed = world
        .checkout(&world.checkout_input("cart-1"))
        .expect("another attempt");
    let view = renewed.order.expect("order").payment.expect("payment");
    assert_ne!(view.payment_id, payment);
    assert_eq!(
        world.gateway.payments[1].request["amount"].to_string(),
        "90"
    );
    world.webhook(&world.thin(&view.payment_id, "confirmed"));
    assert_eq!(world.status(&order).status, Status::Paid);
}

#[test]
fn too_much_is_a_refund_due_and_a_recorded_refund_settles_it() {
    let mut world = World::new();
    let (order, payment) = world.open_order();
    world.webhook(&received(world.thin(&payment, "confirmed"), "0.025"));
    let status = world.status(&order);
    assert_eq!(status.status, Status::Paid);
    assert_eq!(status.refund_due.expect("due").amount.to_string(), "15000");
    let refund = json!({
        "order_id": order, "refund_id": "r1", "amount": "150.00", "actor": "anna",
    });
    let done: Json = world
        .run("record_refund", refund.clone())
        .expect("recorded");
    assert_eq!(done["applied"], json!(true));
    let again: Json = world.run("record_refund", refund).expect("known");
    assert_eq!(again["applied"], json!(false));
    let status = world.status(&order);
    assert_eq!((status.status, status.refund_due), (Status::Paid, None));
}

#[test]
fn both_addresses_of_a_switched_order_can_be_paid_and_it_ships_once() {
    let mut world = World::new();
    let (order, first) = world.open_order();
    let mut other = world.checkout_input("cart-1");
    other["blockchain"] = json!("USDC_POL");
    let second = world
        .checkout(&other)
        .expect("switches")
        .order
        .expect("order");
    let second = second.payment.expect("payment").payment_id;
    world.webhook(&world.thin(&second, "confirmed"));
    world.webhook(&world.thin(&first, "confirmed"));
    let status = world.status(&order);
    assert_eq!(status.status, Status::Paid);
    assert_eq!(status.refund_due.expect("due").amount.to_string(), "15000");
    assert_eq!(world.effects_of("ship_order"), 1);
}

#[test]
fn a_contradiction_needs_a_person_who_can_accept_it_by_name() {
    let mut world = World::new();
    let (order, payment) = world.open_order();
    let mut event = world.thin(&payment, "confirmed");
    event["data"]["payment_address"] = json!("0x00000000000000000000000000000000000000ff");
    let answer = world.webhook(&event);
    assert_eq!(
        answer.outcome,
        WebhookOutcome::Conflicting {
            field: "payment_address".into()
        }
    );
    assert_eq!(world.status(&order).status, Status::NeedsReview);
    let accept = |reasons: Json| {
        let mut input = json!({"order_id": order, "decision": "accept", "actor": "anna"});
        input["reasons"] = reasons;
        input
    };
    let error = world
        .run::<Json>("resolve_review", accept(json!(["short"])))
        .expect_err("no");
    assert!(error.message.contains("reasons_changed"), "{error}");
    let _: Json = world
        .run("resolve_review", accept(json!(["conflict"])))
        .expect("accepted");
    assert_eq!(world.status(&order).status, Status::Paid);
}

#[test]
fn an_event_that_races_the_create_answer_is_not_lost() {
    let mut world = World::new();
    world.stock("book", 3);
    let input = world.checkout_input("cart-1");
    let mut flow = world.checkout_flow(&input);
    // The event comes right after the gateway made the payment, at every later step.
    for pause in 0..6 {
        let mut told = false;
        let mut since = 0;
        loop {
            use coinpay_core::flow::{Request, Step};
            let (number, request) = match flow.step() {
                Step::Done(_) => break,
                Step::Ask { number, request } => (*number, request.clone()),
            };
            let answer = world.carry_out(&request);
            let made = matches!(request, Request::Http(_));
            if made || since > 0 {
                since += 1;
            }
            if since == pause + 1 && !told {
                told = true;
                let payment = world.gateway.payments.last().expect("made").id.clone();
                world.webhook(&world.thin(&payment, "confirmed"));
            }
            flow.answer(number, answer, world.now_ms);
        }
        let order = flow.into_outcome().expect("done").expect("opens");
        if told {
            let rows = world.count(&format!(
                "SELECT COUNT(*) FROM coinpay_orders WHERE id = '{}' AND status = 'paid'",
                order.order_id
            ));
            assert_eq!(rows, 1, "pause {pause}");
        }
        world.stock("book", 1);
        let mut next = input.clone();
        next["cart_id"] = json!(format!("cart-x{pause}"));
        next["customer_id"] = json!(format!("customer-x{pause}"));
        flow = world.checkout_flow(&next);
    }
}

#[test]
fn a_payment_whose_create_answer_never_came_is_adopted_by_its_key() {
    let mut world = World::with(json!({"budget_ms": 1000}));
    world.stock("book", 3);
    world.gateway.trouble = vec![Trouble::AnswerLost; 40];
    let input = world.checkout_input("cart-1");
    world.checkout(&input).expect_err("unknown");
    world.gateway.trouble.clear();
    let payment = world.gateway.payments[0].clone();
    let mut event = world.thin(&payment.id, "confirmed");
    // Metadata that names our order but not our key moves nothing.
    event["data"]["metadata"] = payment.request["metadata"].clone();
    assert_eq!(world.webhook(&event).outcome, WebhookOutcome::Unmatched);
    let order = payment.request["metadata"]["order_id"]
        .as_str()
        .expect("an id")
        .to_owned();
    event["data"]["metadata"]["idempotency_key"] = json!(format!("{order}:1"));
    // Linking applies what was kept unmatched, so this event has nothing new to say.
    assert_eq!(
        world.webhook(&event).outcome,
        WebhookOutcome::AlreadyApplied
    );
    assert_eq!(world.status(&order).status, Status::Paid);
}

#[test]
fn a_foreign_payment_with_our_order_id_moves_nothing() {
    let mut world = World::new();
    let (order, payment) = world.open_order();
    let mut event = world.thin(&payment, "confirmed");
    event["data"]["payment_id"] = json!("99999999-0000-4000-8000-000000000000");
    event["data"]["metadata"] =
        json!({"order_id": order, "orderId": order, "idempotency_key": format!("{order}:1")});
    assert_eq!(world.webhook(&event).outcome, WebhookOutcome::Unmatched);
    event["data"]["metadata"]["shop_id"] = json!("another-shop");
    assert_eq!(world.webhook(&event).outcome, WebhookOutcome::Foreign);
    assert_eq!(world.status(&order).status, Status::AwaitingPayment);
    world.now_ms += 11 * MINUTE_MS;
    assert_eq!(world.work().alerted, 1);
    assert_eq!(world.work().alerted, 0);
    let alerts = world.claim();
    assert!(
        alerts.iter().any(|one| one.order_id == "shop"),
        "{alerts:?}"
    );
    world.run_effects();
}

#[test]
fn what_is_not_authentic_changes_nothing() {
    let mut world = World::new();
    let (order, payment) = world.open_order();
    let event = world.thin(&payment, "confirmed");
    let body = event.to_string().into_bytes();
    let now_s = world.now_ms / 1_000;
    let spaced = serde_json::to_vec_pretty(&event).expect("JSON");
    let cases: Vec<(&str, Vec<u8>, Option<String>, u16)> = vec![
        (
            "forged",
            body.clone(),
            Some(sign_webhook(&body, "guess", now_s)),
            401,
        ),
        (
            "stale",
            body.clone(),
            Some(sign_webhook(&body, SECRET, now_s - 301)),
            401,
        ),
        ("unsigned", body.clone(), None, 401),
        ("empty header", body.clone(), Some(String::new()), 401),
        (
            "reserialised",
            spaced,
            Some(sign_webhook(&body, SECRET, now_s)),
            401,
        ),
        ("too large", vec![b'a'; 256 * 1024 + 1], None, 413),
    ];
    let before = world.count("SELECT COUNT(*) FROM coinpay_order_log");
    for (name, body, signature, status) in cases {
        let start = world.start();
        let flow = world.shop.handle_webhook(start, body, signature);
        let answer = world.drive(flow).expect("answers");
        assert_eq!(answer.http_status, status, "{name}");
        assert!(
            matches!(answer.outcome, WebhookOutcome::Refused { .. }),
            "{name}"
        );
        assert!(!answer.body().contains(SECRET));
    }
    assert_eq!(
        world.count("SELECT COUNT(*) FROM coinpay_order_log"),
        before
    );
    assert_eq!(
        world.count("SELECT COUNT(*) FROM coinpay_webhook_events"),
        0
    );
    assert_eq!(world.status(&order).status, Status::AwaitingPayment);
    let health: Json = world.run("health", json!({})).expect("health");
    assert_eq!(health["webhook_rejected"]["code"], json!("signature_wrong"));
}

#[test]
fn what_is_authentic_and_not_for_orders_is_kept_and_acknowledged() {
    let mut world = World::new();
    for (event, outcome) in [
        (
            json!({"type": "invoice.paid", "data": {}}),
            WebhookOutcome::Ignored,
        ),
        (
            json!({"type": "payment.dreamt", "data": {"payment_id": "x"}}),
            WebhookOutcome::Ignored,
        ),
        (json!([1, 2]), WebhookOutcome::Unreadable),
        (
            json!({"type": "test.webhook", "data": {"payment_id": "test_1", "status": "test"}}),
            WebhookOutcome::Test,
        ),
    ] {
        let answer = world.webhook(&event);
        assert_eq!(
            (answer.http_status, answer.outcome),
            (200, outcome),
            "{event}"
        );
    }
    assert_eq!(
        world.count("SELECT COUNT(*) FROM coinpay_webhook_events"),
        3
    );
    let health: Json = world.run("health", json!({})).expect("health");
    assert!(health["webhook_test"]["at_ms"].is_i64());
}

#[test]
fn every_nul_and_wild_byte_is_stored() {
    let mut world = World::new();
    let body = b"{\"type\":\"a\0b\xff\"".to_vec();
    let signature = sign_webhook(&body, SECRET, world.now_ms / 1_000);
    let start = world.start();
    let flow = world.shop.handle_webhook(start, body, Some(signature));
    assert_eq!(
        world.drive(flow).expect("answers").outcome,
        WebhookOutcome::Unreadable
    );
}

#[test]
fn late_money_pays_with_stock_and_needs_a_person_without_or_after_a_day() {
    let late = |wait_ms: i64, stock_left: bool| {
        let mut world = World::new();
        world.stock("book", 1);
        let (order, payment) = world.open_cart("cart-1");
        world.now_ms += 2 * HOUR_MS;
        world.work();
        assert_eq!(world.status(&order).status, Status::Expired);
        if !stock_left {
            let mut other = world.checkout_input("cart-2");
            other["customer_id"] = json!("customer-2");
            world.checkout(&other).expect("buys the last one");
        }
        world.now_ms += wait_ms;
        world.webhook(&world.thin(&payment, "confirmed"));
        let status = world.status(&order);
        let due = status.refund_due.map(|due| due.amount.to_string());
        (status.status, status.attention, due)
    };
    assert_eq!(late(HOUR_MS, true), (Status::Paid, vec![], None));
    let all = Some("15000".to_owned());
    assert_eq!(
        late(HOUR_MS, false),
        (Status::NeedsReview, vec![Reason::NoStock], all.clone())
    );
    assert_eq!(
        late(7 * DAY_MS, true),
        (Status::NeedsReview, vec![Reason::TooLate], all)
    );
}

#[test]
fn late_money_for_a_cart_that_was_ordered_again_needs_a_person() {
    let mut world = World::new();
    let (first, payment) = world.open_order();
    world.now_ms += 2 * HOUR_MS;
    world.work();
    let (second, _) = world.open_cart("cart-1");
    world.webhook(&world.thin(&payment, "confirmed"));
    let status = world.status(&first);
    assert_eq!(status.status, Status::NeedsReview);
    assert_eq!(status.attention, [Reason::NewerOrder]);
    assert_eq!(world.status(&second).status, Status::AwaitingPayment);
}

#[test]
fn a_customer_cancels_before_money_and_not_after() {
    let mut world = World::new();
    let (order, payment) = world.open_order();
    let cancel = json!({"order_id": order, "customer_id": "customer-1", "reason": "customer"});
    let mut foreign = cancel.clone();
    foreign["customer_id"] = json!("customer-2");
    assert!(world.run::<Json>("cancel_order", foreign).is_err());
    let _: Json = world
        .run("cancel_order", cancel.clone())
        .expect("cancelled");
    assert_eq!(world.shelf("book"), (10, 0));
    world.webhook(&world.thin(&payment, "confirmed"));
    let status = world.status(&order);
    assert_eq!(
        (status.status, status.hint),
        (Status::NeedsReview, Hint::BeingChecked)
    );
    assert_eq!(status.attention, [Reason::Cancelled]);
    let close = json!({"order_id": order, "decision": "close", "actor": "anna"});
    let _: Json = world.run("resolve_review", close).expect("closed");
    let status = world.status(&order);
    assert_eq!(status.status, Status::Cancelled);
    assert_eq!(status.refund_due.expect("due").amount.to_string(), "15000");
    assert_eq!(world.shelf("book"), (10, 0));
}

#[test]
fn somebody_else_does_not_see_an_order() {
    let mut world = World::new();
    world.stock("book", 1);
    let checkout = world
        .checkout(&world.checkout_input("cart-1"))
        .expect("opens");
    let order_id = &checkout.order_id;
    for access in [
        json!({"order_id": order_id}),
        json!({"order_id": order_id, "customer_id": "customer-2"}),
        json!({"order_id": order_id, "status_token": "0".repeat(32)}),
        json!({"order_id": order_id, "status_token": ""}),
        json!({"order_id": "nonsense", "customer_id": "customer-1"}),
    ] {
        let error = world
            .run::<Json>("order_status", access.clone())
            .expect_err("hidden");
        assert_eq!(error.code, coinpay_core::ErrorCode::NotFound, "{access}");
    }
    let token = checkout.status_token.expect("a token");
    let by_token = json!({"order_id": order_id, "status_token": token});
    assert!(world.run::<Json>("order_status", by_token).is_ok());
}

#[test]
fn the_story_of_an_order_is_told_without_its_customer() {
    let mut world = World::new();
    let (order, payment) = world.open_order();
    world.webhook(&world.thin(&payment, "confirmed"));
    world.run_effects();
    let start = world.start();
    let flow = world.shop.explain_order(start, order);
    let story = world.drive(flow).expect("a story");
    let text = story.to_text();
    for word in [
        "opened",
        "payment_linked",
        "payment.confirmed",
        "fulfilled",
        "webhook",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(!text.contains("example.com") && !text.contains(SECRET));
    assert_eq!(story.order.customer, None);
    let _ = BUSINESS;
}

#[test]
fn an_erased_customer_leaves_the_sums() {
    let mut world = World::new();
    let (order, payment) = world.open_order();
    world.webhook(&world.thin(&payment, "confirmed"));
    let erased: Json = world
        .run("erase_customer", json!({"customer_id": "customer-1"}))
        .expect("erased");
    assert_eq!(erased["orders"], json!(1));
    let page: Json = world.run("export", json!({})).expect("a page");
    assert_eq!(page["orders"][0]["order_id"], json!(order));
    assert_eq!(page["orders"][0]["customer"], Json::Null);
    assert_eq!(page["orders"][0]["ledger"]["credited"], json!("15000"));
    assert!(!page.to_string().contains("example.com"));
}
