//! What happens without anybody asking.

use coinpay_core::order::Status;
use serde_json::{Value as Json, json};

use crate::gateway::Trouble;
use crate::world::{DAY_MS, HOUR_MS, MINUTE_MS, World};

#[test]
fn a_payment_whose_webhook_never_came_is_learnt_by_asking() {
    let mut world = World::new();
    let (order, payment) = world.open_order();
    world.gateway.set_status(&payment, "confirmed");
    world.now_ms += 2 * MINUTE_MS;
    let report = world.work();
    assert_eq!((report.looked, report.learnt), (1, 1));
    assert_eq!(world.status(&order).status, Status::Paid);
    assert!(
        world
            .gateway
            .requests
            .last()
            .expect("a request")
            .starts_with("Get /payments/")
    );
}

#[test]
fn money_that_came_by_the_deadline_is_found_by_the_last_look() {
    let mut world = World::new();
    let (order, payment) = world.open_order();
    world.gateway.set_status(&payment, "forwarded");
    world.now_ms += 5 * HOUR_MS;
    world.work();
    assert_eq!(world.status(&order).status, Status::Paid);
    assert_eq!(world.shelf("book"), (10, 1));
}

#[test]
fn money_that_comes_a_month_late_is_still_found() {
    let mut world = World::new();
    let (order, payment) = world.open_order();
    world.now_ms += 2 * HOUR_MS;
    world.work();
    assert_eq!(world.status(&order).status, Status::Expired);
    world.gateway.set_status(&payment, "confirmed");
    for _ in 0..8 {
        world.now_ms += 4 * DAY_MS;
        world.work();
    }
    assert_eq!(world.status(&order).status, Status::NeedsReview);
}

#[test]
fn late_money_whose_webhook_never_came_is_found_while_it_still_pays() {
    let mut world = World::new();
    let (order, payment) = world.open_order();
    for hour in 0..30 {
        world.now_ms += HOUR_MS;
        world.work();
        if hour == 3 {
            assert_eq!(world.status(&order).status, Status::Expired);
            world.gateway.set_status(&payment, "confirmed");
        }
    }
    assert_eq!(world.status(&order).status, Status::Paid);
}

#[test]
fn an_order_waits_beyond_its_deadline_while_the_gateway_is_away() {
    let mut world = World::new();
    let (order, _) = world.open_order();
    world.now_ms += HOUR_MS + MINUTE_MS;
    world.gateway.trouble = vec![Trouble::NotSent; 50];
    assert_eq!(world.work().expired, 0);
    assert_eq!(world.status(&order).status, Status::AwaitingPayment);
    world.now_ms += 2 * HOUR_MS;
    assert_eq!(world.work().expired, 1);
    assert_eq!(world.status(&order).status, Status::Expired);
}

#[test]
fn a_payment_on_its_way_is_let_arrive() {
    let mut world = World::new();
    let (order, payment) = world.open_order();
    world.webhook(&world.thin(&payment, "confirming"));
    world.now_ms += HOUR_MS + MINUTE_MS;
    assert_eq!(world.work().expired, 0);
    world.webhook(&world.thin(&payment, "confirmed"));
    assert_eq!(world.status(&order).status, Status::Paid);
}

#[test]
fn an_unknown_create_is_repeated_with_the_same_key_while_the_order_is_open() {
    let mut world = World::with(json!({"budget_ms": 1000}));
    world.stock("book", 3);
    world.gateway.trouble = vec![Trouble::AnswerLost; 40];
    let input = world.checkout_input("cart-1");
    world.checkout(&input).expect_err("unknown");
    world.gateway.trouble.clear();
    world.now_ms += 2 * MINUTE_MS;
    world.work();
    assert_eq!(world.gateway.payments.len(), 1);
    assert_eq!(
        world.count("SELECT COUNT(*) FROM coinpay_payments WHERE state = 'open'"),
        1
    );
}

#[test]
fn questions_stay_within_the_minutes_budget() {
    let mut world = World::with(json!({"requests_per_minute": 20, "max_open_orders": 0}));
    world.stock("book", 100);
    for cart in 0..40 {
        world.open_cart(&format!("cart-{cart}"));
    }
    // To the start of a minute.
    world.now_ms += 3 * MINUTE_MS - world.now_ms % MINUTE_MS;
    let before = world.gateway.requests.len();
    let mut left_over = false;
    for _ in 0..5 {
        left_over |= world.work().looks_left_over;
    }
    let asked = world.gateway.requests.len() - before;
    assert!(asked <= 15, "{asked} in one minute");
    assert!(left_over);
    world.now_ms += MINUTE_MS;
    world.work();
    assert!(world.gateway.requests.len() > before + asked);
}

#[test]
fn many_orders_end_within_one_minutes_budget() {
    let mut world = World::with(json!({"max_open_orders": 0}));
    world.stock("book", 100);
    for cart in 0..50 {
        world.open_cart(&format!("cart-{cart}"));
    }
    // To the start of a minute, so that the whole of it is there.
    world.now_ms += 2 * HOUR_MS;
    world.now_ms += MINUTE_MS - world.now_ms % MINUTE_MS;
    assert_eq!(world.work().expired, 50);
}

#[test]
fn work_says_when_to_come_back_and_health_when_nobody_does() {
    let mut world = World::new();
    let (_, _) = world.open_order();
    let report = world.work();
    assert!(report.next_at_ms > world.now_ms && report.next_at_ms <= world.now_ms + MINUTE_MS);
    let health: Json = world.run("health", json!({})).expect("health");
    assert_eq!(
        health["worked_at_ms"].as_i64().map(|at_ms| at_ms > 0),
        Some(true)
    );
    world.now_ms += HOUR_MS;
    let health: Json = world.run("health", json!({})).expect("health");
    assert_eq!(health["warnings"][0]["code"], json!("work_not_called"));
    let next_step = health["warnings"][0]["next_step"].as_str();
    assert!(next_step.is_some_and(|text| text.contains("coinpay work")));
}

#[test]
fn old_bodies_and_old_orders_go_and_their_sums_are_not_needed() {
    let mut world = World::with(json!({"keep_events_days": 2, "keep_orders_days": 31}));
    let (order, payment) = world.open_order();
    world.webhook(&world.thin(&payment, "confirmed"));
    world.run_effects();
    world.now_ms += 3 * DAY_MS;
    world.work();
    assert_eq!(
        world.count("SELECT COUNT(*) FROM coinpay_webhook_events"),
        0
    );
    assert_eq!(world.status(&order).status, Status::Fulfilled);
    world.now_ms += 40 * DAY_MS;
    world.work();
    assert_eq!(world.count("SELECT COUNT(*) FROM coinpay_orders"), 0);
    assert_eq!(world.shelf("book"), (9, 0));
}

#[test]
fn one_unreadable_order_does_not_stop_the_others() {
    let mut world = World::new();
    let (broken, _) = world.open_order();
    let (well, _) = world.open_cart("cart-2");
    let sql = format!("UPDATE coinpay_orders SET evidence = 'x' WHERE id = '{broken}'");
    let statement = coinpay_core::store::Statement {
        sql: sql.into(),
        params: Vec::new(),
    };
    world.store.commit(&[statement]).expect("broken by hand");
    world.now_ms += 2 * HOUR_MS;
    let report = world.work();
    assert!(report.unreadable >= 1);
    assert_eq!(world.status(&well).status, Status::Expired);
}

#[test]
fn a_payment_is_looked_at_once_more_where_nobody_worked_for_a_month() {
    let mut world = World::new();
    let (order, payment) = world.open_order();
    world.gateway.set_status(&payment, "confirmed");
    world.now_ms += 40 * DAY_MS;
    let cancel = json!({"order_id": order, "reason": "customer", "customer_id": "customer-1"});
    let _: Json = world.run("cancel_order", cancel).expect("nothing is known");
    let report = world.work();
    assert_eq!((report.looked, report.learnt), (1, 1));
    assert_eq!(world.status(&order).status, Status::NeedsReview);
    world.now_ms += DAY_MS;
    assert_eq!(world.work().looked, 0, "the last look is the last");
}

#[test]
fn an_answer_that_was_long_on_its_way_is_not_the_last_look() {
    use coinpay_core::flow::{Request, Step};
    let mut world = World::new();
    let (order, payment) = world.open_order();
    world.now_ms += 2 * HOUR_MS;
    world.work();
    world.now_ms += 25 * HOUR_MS;
    let start = world.start();
    let work = world.shop.start(start, "work", "{}", Vec::new());
    let mut work = work.expect("starts");
    let mut looks = 0;
    loop {
        let (number, request) = match work.step() {
            Step::Done(_) => break,
            Step::Ask { number, request } => (*number, request.clone()),
        };
        let answer = world.carry_out(&request);
        if matches!(request, Request::Http(_)) {
            looks += 1;
            world.now_ms += 40 * DAY_MS;
        }
        work.answer(number, answer, world.now_ms);
    }
    assert_eq!(looks, 1);
    world.gateway.set_status(&payment, "confirmed");
    world.work();
    assert_eq!(world.status(&order).status, Status::NeedsReview);
}
