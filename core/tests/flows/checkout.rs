//! Opening checkouts.

use coinpay_core::ErrorCode;
use coinpay_core::flow::{CheckoutOutcome, Hint};
use coinpay_core::order::Status;
use serde_json::json;

use crate::gateway::Trouble;
use crate::world::{HOUR_MS, MINUTE_MS, World};

#[test]
fn a_checkout_reserves_the_goods_and_shows_what_to_pay() {
    let mut world = World::new();
    world.stock("book", 3);
    let checkout = world
        .checkout(&world.checkout_input("cart-1"))
        .expect("opens");
    assert_eq!(checkout.outcome, CheckoutOutcome::Created);
    let order = checkout.order.expect("an order");
    assert_eq!(
        (order.status, order.hint),
        (Status::AwaitingPayment, Hint::SendPayment)
    );
    let payment = order.payment.expect("a payment");
    assert_eq!(payment.crypto_amount, "0.0125");
    assert!(payment.qr_svg.is_some());
    assert_eq!(world.shelf("book"), (3, 1));
    assert_eq!(world.gateway.payments.len(), 1);
    let metadata = &world.gateway.payments[0].request["metadata"];
    assert_eq!(metadata["order_id"], json!(checkout.order_id));
    assert_eq!(metadata.as_object().expect("metadata").len(), 3);
}

#[test]
fn the_same_key_is_the_same_order_and_payment() {
    let mut world = World::new();
    world.stock("book", 3);
    let input = world.checkout_input("cart-1");
    let first = world.checkout(&input).expect("opens");
    let second = world.checkout(&input).expect("opens again");
    assert_eq!(second.outcome, CheckoutOutcome::Exists);
    assert_eq!(second.order_id, first.order_id);
    assert_eq!(world.gateway.payments.len(), 1);
    assert_eq!(world.shelf("book"), (3, 1));
}

#[test]
fn a_double_click_is_one_order_and_one_payment() {
    let mut world = World::new();
    world.stock("book", 3);
    let input = world.checkout_input("cart-1");
    // The second click runs from beginning to end between any two steps of the first.
    for pause in 1..12 {
        let mut input = input.clone();
        input["cart_id"] = json!(format!("cart-{pause}"));
        input["customer_id"] = json!(format!("customer-{pause}"));
        world.stock("book", 1);
        let before = world.gateway.payments.len();
        let mut first = world.checkout_flow(&input);
        let mut step = 0;
        let outcome = loop {
            use coinpay_core::flow::Step;
            let (number, request) = match first.step() {
                Step::Done(_) => break first.into_outcome().expect("done"),
                Step::Ask { number, request } => (*number, request.clone()),
            };
            step += 1;
            if step == pause {
                world.checkout(&input).expect("the second click");
            }
            let answer = world.carry_out(&request);
            first.answer(number, answer, world.now_ms);
        };
        let first = outcome.expect("the first click");
        let again = world.checkout(&input).expect("a third");
        assert_eq!(again.order_id, first.order_id, "pause {pause}");
        assert_eq!(world.gateway.payments.len(), before + 1, "pause {pause}");
    }
}

#[test]
fn the_slower_of_two_clicks_tells_of_money_that_came_between_their_calls() {
    use coinpay_core::flow::{Request, Step};
    let mut world = World::new();
    world.stock("book", 1);
    let input = world.checkout_input("cart-1");
    let mut slower = world.checkout_flow(&input);
    let mut paid = None;
    let outcome = loop {
        let (number, request) = match slower.step() {
            Step::Done(_) => break slower.into_outcome().expect("done"),
            Step::Ask { number, request } => (*number, request.clone()),
        };
        if matches!(request, Request::Http(_)) {
            let faster = world.checkout(&input).expect("the other click");
            let payment_id = world.gateway.payments[0].id.clone();
            world.gateway.set_status(&payment_id, "confirmed");
            paid = Some(faster.order_id);
        }
        let answer = world.carry_out(&request);
        slower.answer(number, answer, world.now_ms);
    };
    let slower = outcome.expect("answers");
    assert_eq!(Some(&slower.order_id), paid.as_ref());
    assert_eq!(world.status(&slower.order_id).status, Status::Paid);
}

#[test]
fn other_contents_under_the_same_key_are_named_and_change_nothing() {
    let mut world = World::new();
    world.stock("book", 3);
    let input = world.checkout_input("cart-1");
    world.checkout(&input).expect("opens");
    let mut two = input.clone();
    two["items"][0]["quantity"] = json!(2);
    let answer = world.checkout(&two).expect("answers");
    assert_eq!(answer.outcome.to_string(), "exists_with_different_total");
    assert_eq!(world.shelf("book"), (3, 1));
    let mut foreign = input.clone();
    foreign["customer_id"] = json!("somebody-else");
    let answer = world.checkout(&foreign).expect("answers");
    assert_eq!(
        answer.outcome.to_string(),
        "exists_with_different_customer_id"
    );
    assert!(answer.order.is_none() && answer.status_token.is_none() && answer.order_id.is_empty());
    two["replace"] = json!(true);
    let answer = world.checkout(&two).expect("replaces");
    assert_eq!(answer.outcome, CheckoutOutcome::Created);
    assert_eq!(world.shelf("book"), (3, 2));
}

#[test]
fn another_chain_is_another_attempt_and_back_is_the_first_again() {
    let mut world = World::new();
    world.stock("book", 3);
    let input = world.checkout_input("cart-1");
    let first = world.checkout(&input).expect("opens").order.expect("order");
    let mut other = input.clone();
    other["blockchain"] = json!("USDC_POL");
    let second = world.checkout(&other).expect("switches");
    assert_eq!(second.outcome, CheckoutOutcome::Exists);
    let second = second.order.expect("order");
    assert_ne!(
        first.payment.as_ref().expect("payment").payment_id,
        second.payment.expect("payment").payment_id
    );
    let back = world.checkout(&input).expect("back").order.expect("order");
    assert_eq!(
        back.payment.expect("payment").payment_id,
        first.payment.expect("p").payment_id
    );
    assert_eq!(world.gateway.payments.len(), 2);
    assert_eq!(world.shelf("book"), (3, 1));
}

#[test]
fn a_quote_that_is_nearly_over_is_replaced() {
    let mut world = World::new();
    world.stock("book", 3);
    let input = world.checkout_input("cart-1");
    let first = world.checkout(&input).expect("opens");
    world.now_ms += 13 * MINUTE_MS;
    let second = world.checkout(&input).expect("renews");
    assert_eq!(second.order_id, first.order_id);
    assert_eq!(world.gateway.payments.len(), 2);
    let order = second.order.expect("order");
    assert!(order.deadline_at_ms > first.order.expect("order").deadline_at_ms);
}

#[test]
fn an_attempt_is_asked_ten_times_at_most() {
    let mut world = World::with(json!({"window_minutes": 600}));
    world.stock("book", 3);
    let input = world.checkout_input("cart-1");
    for _ in 0..10 {
        world.checkout(&input).expect("renews");
        world.now_ms += 16 * MINUTE_MS;
    }
    assert_eq!(
        world.checkout(&input).expect_err("no more").code,
        ErrorCode::TooManyAttempts
    );
}

#[test]
fn a_lost_answer_is_made_up_for_with_the_same_key() {
    let mut world = World::new();
    world.stock("book", 3);
    world.gateway.trouble = vec![Trouble::AnswerLost];
    let checkout = world
        .checkout(&world.checkout_input("cart-1"))
        .expect("opens");
    assert!(checkout.order.expect("order").payment.is_some());
    assert_eq!(world.gateway.payments.len(), 1);
    assert_eq!(world.gateway.requests.len(), 2);
}

#[test]
fn when_the_gateway_stays_away_the_caller_is_told_and_the_next_call_goes_on() {
    let mut world = World::with(json!({"budget_ms": 1000}));
    world.stock("book", 3);
    world.gateway.trouble = vec![Trouble::AnswerLost; 40];
    let input = world.checkout_input("cart-1");
    let error = world.checkout(&input).expect_err("unknown");
    assert_eq!(error.code, ErrorCode::CreateUnknown);
    assert!(error.retry_after_ms.is_some());
    assert_eq!(world.shelf("book"), (3, 1), "the goods stay set aside");
    world.gateway.trouble.clear();
    let checkout = world.checkout(&input).expect("goes on");
    assert_eq!(checkout.outcome, CheckoutOutcome::Exists);
    assert_eq!(world.gateway.payments.len(), 1);
}

#[test]
fn a_final_refusal_gives_the_goods_back_and_frees_the_key() {
    for (status, body) in [
        (
            400,
            r#"{"success":false,"error":"no wallet for this blockchain"}"#,
        ),
        (401, r#"{"success":false,"error":"unauthorized"}"#),
        (
            403,
            r#"{"success":false,"error":{"code":"FORBIDDEN","message":"no"}}"#,
        ),
        (404, r#"{"success":false,"error":"business not found"}"#),
        (
            429,
            r#"{"success":false,"error":"quota","usage":{"current":5,"limit":5}}"#,
        ),
    ] {
        let mut world = World::new();
        world.stock("book", 3);
        world.gateway.trouble = vec![Trouble::Status(status, body)];
        let input = world.checkout_input("cart-1");
        let error = world.checkout(&input).expect_err("refused");
        assert!(!error.code.retryable(), "{status}: {error}");
        assert_eq!(world.shelf("book"), (3, 0), "{status}");
        let next = world.checkout(&input).expect("a new order");
        assert_eq!(next.outcome, CheckoutOutcome::Created, "{status}");
    }
}

#[test]
fn html_and_overload_are_waited_out() {
    let mut world = World::new();
    world.stock("book", 3);
    world.gateway.trouble = vec![
        Trouble::Html(502),
        Trouble::Status(429, r#"{"success":false,"error":"rate limit"}"#),
        Trouble::NotSent,
    ];
    let checkout = world
        .checkout(&world.checkout_input("cart-1"))
        .expect("opens");
    assert!(checkout.order.expect("order").payment.is_some());
    assert_eq!(world.gateway.payments.len(), 1);
}

#[test]
fn another_payment_under_our_key_is_not_believed() {
    let mut world = World::new();
    world.stock("book", 3);
    world.gateway.trouble = vec![Trouble::OtherPayment];
    let checkout = world
        .checkout(&world.checkout_input("cart-1"))
        .expect("opens");
    let payment = checkout.order.expect("order").payment.expect("payment");
    assert_eq!(payment.payment_id, world.gateway.payments[1].id);
    let known = world.count("SELECT COUNT(*) FROM coinpay_payments WHERE state = 'refused'");
    assert_eq!(known, 1);
}

#[test]
fn a_quote_with_too_little_time_is_kept_and_not_shown() {
    let mut world = World::new();
    world.stock("book", 3);
    world.gateway.trouble = vec![Trouble::ShortQuote(100)];
    let checkout = world
        .checkout(&world.checkout_input("cart-1"))
        .expect("opens");
    let payment = checkout.order.expect("order").payment.expect("payment");
    assert_eq!(payment.payment_id, world.gateway.payments[1].id);
    // Whoever got that address by another way is still heard.
    let early = world.gateway.payments[0].id.clone();
    world.webhook(&world.thin(&early, "confirmed"));
    assert_eq!(world.status(&checkout.order_id).status, Status::Paid);
}

#[test]
fn the_last_piece_goes_to_one_shopper() {
    let mut world = World::new();
    world.stock("book", 1);
    world.open_cart("cart-1");
    let mut second = world.checkout_input("cart-2");
    second["customer_id"] = json!("customer-2");
    assert_eq!(
        world.checkout(&second).expect_err("none left").code,
        ErrorCode::OutOfStock
    );
    assert_eq!(world.shelf("book"), (1, 1));
}

#[test]
fn a_customer_has_so_many_unpaid_orders_at_most() {
    let mut world = World::new();
    world.stock("book", 10);
    for cart in 0..3 {
        world.open_cart(&format!("cart-{cart}"));
    }
    let fourth = world.checkout_input("cart-4");
    assert_eq!(
        world.checkout(&fourth).expect_err("too many").code,
        ErrorCode::TooManyOpenOrders
    );
}

#[test]
fn a_cart_in_another_currency_is_converted_and_rounded_up() {
    let mut world = World::with(json!({"stock": "off"}));
    let mut input = world.checkout_input("cart-1");
    input["currency"] = json!("EUR");
    input["items"][0]["price"] = json!("100.00");
    let checkout = world.checkout(&input).expect("opens");
    assert_eq!(
        world.gateway.payments[0].request["amount"].to_string(),
        "111.12"
    );
    assert_eq!(checkout.order.expect("order").total, "100.00");
    // A rate of exactly 1 is the gateway's word for not knowing.
    world.gateway.rates.insert("JPY".into(), json!(1.0));
    input["cart_id"] = json!("cart-2");
    input["currency"] = json!("JPY");
    input["items"][0]["price"] = json!("1500");
    assert_eq!(
        world.checkout(&input).expect_err("doubtful").code,
        ErrorCode::RateDoubtful
    );
    assert_eq!(
        world.count("SELECT COUNT(*) FROM coinpay_orders"),
        1,
        "nothing is stored"
    );
    input["rate"] =
        json!({"rate": "150", "source": "bank", "at_ms": world.now_ms - 11 * MINUTE_MS});
    assert_eq!(
        world.checkout(&input).expect_err("too old").code,
        ErrorCode::RateDoubtful
    );
    input["rate"]["at_ms"] = json!(world.now_ms);
    world.checkout(&input).expect("the host's own rate");
    assert_eq!(
        world.gateway.payments[1].request["amount"].to_string(),
        "10"
    );
}

#[test]
fn what_cannot_be_paid_is_refused_before_anything_is_stored() {
    let mut world = World::with(json!({"stock": "off"}));
    let mut input = world.checkout_input("cart-1");
    input["total"] = json!("0");
    assert_eq!(
        world.checkout(&input).expect_err("free").code,
        ErrorCode::NothingToPay
    );
    input["total"] = json!("1000000.01");
    assert_eq!(
        world.checkout(&input).expect_err("too much").code,
        ErrorCode::AmountTooLarge
    );
    input["total"] = json!("1000000");
    world.checkout(&input).expect("just right");
    assert_eq!(world.count("SELECT COUNT(*) FROM coinpay_orders"), 1);
}

#[test]
fn an_expired_order_gives_its_key_to_a_new_one() {
    let mut world = World::new();
    let (first, _) = world.open_order();
    world.now_ms += 3 * HOUR_MS;
    world.work();
    assert_eq!(world.status(&first).status, Status::Expired);
    assert_eq!(world.shelf("book"), (10, 0));
    let (second, _) = world.open_cart("cart-1");
    assert_ne!(first, second);
}

#[test]
fn a_key_has_one_order_although_the_clock_of_a_worker_is_behind() {
    let mut world = World::new();
    let (first, _) = world.open_order();
    let cancel = json!({"order_id": first, "reason": "customer", "customer_id": "customer-1"});
    let _: serde_json::Value = world.run("cancel_order", cancel).expect("cancels");
    world.now_ms -= 30_000;
    let (second, _) = world.open_cart("cart-1");
    assert_ne!(first, second);
    world.now_ms += MINUTE_MS;
    let input = world.checkout_input("cart-1");
    let checkout = world.checkout(&input).expect("finds it");
    assert_eq!(checkout.outcome, CheckoutOutcome::Exists);
    assert_eq!(checkout.order_id, second);
    assert_eq!(world.count("SELECT COUNT(*) FROM coinpay_orders"), 2);
}

#[test]
fn a_gateway_that_repeats_the_key_is_not_quoted_with_it() {
    let mut world = World::with(json!({"api_key": "a-key-without-a-mark"}));
    world.stock("book", 1);
    let words = r#"{"success":false,"error":"the key a-key-without-a-mark may not do this"}"#;
    world.gateway.trouble = vec![Trouble::Status(403, words)];
    let error = world
        .checkout(&world.checkout_input("cart-1"))
        .expect_err("refused");
    assert!(!error.message.contains("without-a-mark"), "{error}");
    let kept = world.select("SELECT error FROM coinpay_payments");
    let kept = serde_json::to_string(&kept).expect("rows");
    assert!(kept.contains("may not do this"), "{kept}");
    assert!(!kept.contains("without-a-mark"), "{kept}");
}
