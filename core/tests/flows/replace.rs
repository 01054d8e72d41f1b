//! Replacing an unpaid order by one with other contents.

use coinpay_core::ErrorCode;
use coinpay_core::flow::{Checkout, CheckoutOutcome, Step};
use coinpay_core::order::Status;
use serde_json::json;

use crate::world::World;

/// A cart of two books for one of one book, under the same key.
fn changed(input: &serde_json::Value) -> serde_json::Value {
    let mut changed = input.clone();
    changed["items"][0]["quantity"] = json!(2);
    changed["replace"] = json!(true);
    changed
}

#[test]
fn a_replaced_order_gives_its_goods_to_the_new_one_in_the_same_commit() {
    let mut world = World::new();
    world.stock("book", 2);
    let input = world.checkout_input("cart-1");
    let first = world.checkout(&input).expect("opens");
    let second = world.checkout(&changed(&input)).expect("replaces");
    assert_eq!(second.outcome, CheckoutOutcome::Created);
    assert_ne!(second.order_id, first.order_id);
    assert_eq!(world.status(&first.order_id).status, Status::Cancelled);
    assert_eq!(world.shelf("book"), (2, 2));
}

#[test]
fn an_order_stays_where_the_goods_for_its_replacement_are_missing() {
    let mut world = World::new();
    world.stock("book", 1);
    let input = world.checkout_input("cart-1");
    let first = world.checkout(&input).expect("opens");
    let error = world.checkout(&changed(&input)).expect_err("one book");
    assert_eq!(error.code, ErrorCode::OutOfStock);
    assert_eq!(
        world.status(&first.order_id).status,
        Status::AwaitingPayment
    );
    assert_eq!(world.shelf("book"), (1, 1));
}

fn payment_of(checkout: &Checkout) -> String {
    let order = checkout.order.as_ref().expect("an order");
    order
        .payment
        .as_ref()
        .expect("a payment")
        .payment_id
        .clone()
}

#[test]
fn money_that_is_heard_of_during_a_replacement_finds_both_orders_or_one() {
    // The money is heard of between any two steps of the replacement.
    for pause in 1..12 {
        let mut world = World::new();
        world.stock("book", 9);
        let input = world.checkout_input("cart-1");
        let first = world.checkout(&input).expect("opens");
        let payment_id = payment_of(&first);
        let mut flow = world.checkout_flow(&changed(&input));
        let mut step = 0;
        let outcome = loop {
            let (number, request) = match flow.step() {
                Step::Done(_) => break flow.into_outcome().expect("done"),
                Step::Ask { number, request } => (*number, request.clone()),
            };
            step += 1;
            if step == pause {
                let paid = world.thin(&payment_id, "confirmed");
                world.webhook(&paid);
            }
            let answer = world.carry_out(&request);
            flow.answer(number, answer, world.now_ms);
        };
        let second = outcome.expect("answers");
        if second.order_id == first.order_id {
            assert_eq!(second.outcome.to_string(), "exists_with_different_total");
            assert_eq!(
                world.status(&first.order_id).status,
                Status::Paid,
                "pause {pause}"
            );
        } else {
            assert_eq!(second.outcome, CheckoutOutcome::Created, "pause {pause}");
            let late = world.status(&first.order_id).status;
            let expected = if step < pause {
                Status::Cancelled
            } else {
                Status::NeedsReview
            };
            assert_eq!(late, expected, "pause {pause}");
            assert_eq!(
                world.status(&second.order_id).status,
                Status::AwaitingPayment
            );
        }
    }
}

#[test]
fn a_replaced_order_does_not_count_against_the_most_open_ones() {
    let mut world = World::new();
    world.stock("book", 9);
    for cart in ["cart-1", "cart-2", "cart-3"] {
        world.checkout(&world.checkout_input(cart)).expect("opens");
    }
    let fourth = world.checkout_input("cart-4");
    let error = world.checkout(&fourth).expect_err("three are open");
    assert_eq!(error.code, ErrorCode::TooManyOpenOrders);
    let replaced = changed(&world.checkout_input("cart-1"));
    world.checkout(&replaced).expect("still three");
}
