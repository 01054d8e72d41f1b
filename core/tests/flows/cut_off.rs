//! Every flow is cut off or misused at every step, before and after the step is carried out, and
//! then simply called again. The end has to be the same as if nothing had happened.

use serde_json::{Value as Json, json};

use crate::report::outcome;
use crate::world::{Cut, HOUR_MS, MINUTE_MS, World};

/// What must not depend on where a flow was cut off.
#[derive(Debug, PartialEq, Eq)]
struct End {
    orders: Vec<String>,
    effects: Vec<String>,
    shelf: (i64, i64),
    payments: usize,
    events: i64,
    versions_are_whole: bool,
}

fn end(world: &mut World) -> End {
    let text = |world: &World, sql: &str| -> Vec<String> {
        let rows = world.select(sql);
        rows.iter()
            .map(|row| serde_json::to_string(row).expect("a row"))
            .collect()
    };
    let gaps = world.count(
        "SELECT COUNT(*) FROM coinpay_orders o WHERE o.version <> \
         (SELECT COUNT(*) FROM coinpay_order_log l WHERE l.order_id = o.id)",
    );
    End {
        orders: text(
            world,
            "SELECT status, payment_status, attention, refund_due FROM coinpay_orders ORDER BY id",
        ),
        effects: text(
            world,
            "SELECT kind, state FROM coinpay_effects WHERE kind <> 'order_status_changed' \
             ORDER BY order_id, kind, subject",
        ),
        shelf: world.shelf("book"),
        payments: world.gateway.payments.len(),
        events: world.count("SELECT COUNT(*) FROM coinpay_webhook_events"),
        versions_are_whole: gaps == 0,
    }
}

/// Runs `operation` (after `before`) uncut, then with a cut at each step and again uncut.
fn at_every_step(
    name: &str,
    settings: Json,
    before: impl Fn(&mut World) -> Json,
    operation: impl Fn(&mut World, &Json, Option<Cut>) -> bool,
) {
    let run = |cut: Option<Cut>| {
        let mut world = World::with(settings.clone());
        let context = before(&mut world);
        let finished = operation(&mut world, &context, cut);
        if cut.is_some() {
            // As after a crash: leases run out, then the same is called again.
            operation(&mut world, &context, None);
        }
        (finished, end(&mut world))
    };
    let (_, wanted) = run(None);
    assert!(wanted.versions_are_whole, "{name}");
    let mut cuts = 0;
    for step in 1.. {
        let mut all_finished = true;
        for cut in [
            Cut::Before(step),
            Cut::After(step),
            Cut::WrongNumber(step),
            Cut::WrongKind(step),
        ] {
            let (finished, found) = run(Some(cut));
            all_finished &= finished;
            assert_eq!(found, wanted, "{name}: {cut:?}");
            cuts += 1;
        }
        if all_finished {
            break;
        }
    }
    assert!(cuts > 2, "{name} has steps to be cut off at");
}

fn by_name(world: &mut World, name: &str, input: &Json, cut: Option<Cut>) -> bool {
    let start = world.start();
    let flow = world
        .shop
        .start(start, name, &input.to_string(), Vec::new())
        .expect("starts");
    world.drive_until(flow, cut).is_some()
}

#[test]
fn prepare_store() {
    at_every_step(
        "prepare_store",
        json!({}),
        |world| {
            world.stock("book", 10);
            json!({})
        },
        |world, input, cut| by_name(world, "prepare_store", input, cut),
    );
}

#[test]
fn create_checkout() {
    for (currency, price) in [("USD", "150.00"), ("EUR", "100.00")] {
        at_every_step(
            "create_checkout",
            json!({}),
            |world| {
                world.stock("book", 10);
                let mut input = world.checkout_input("cart-1");
                input["currency"] = json!(currency);
                input["items"][0]["price"] = json!(price);
                input
            },
            |world, input, cut| {
                let flow = world.checkout_flow(input);
                world.drive_until(flow, cut).is_some()
            },
        );
    }
}

#[test]
fn create_checkout_on_another_chain() {
    at_every_step(
        "switch of chain",
        json!({}),
        |world| {
            world.open_order();
            let mut input = world.checkout_input("cart-1");
            input["blockchain"] = json!("USDC_POL");
            input
        },
        |world, input, cut| {
            let flow = world.checkout_flow(input);
            world.drive_until(flow, cut).is_some()
        },
    );
}

#[test]
fn handle_webhook() {
    at_every_step(
        "handle_webhook",
        json!({}),
        |world| {
            let (_, payment) = world.open_order();
            world.thin(&payment, "confirmed")
        },
        |world, event, cut| {
            let flow = world.webhook_flow(event);
            world.drive_until(flow, cut).is_some()
        },
    );
}

#[test]
fn handle_webhook_of_an_unknown_payment_and_of_an_adopted_one() {
    for adopted in [false, true] {
        at_every_step(
            "handle_webhook",
            json!({"budget_ms": 1000}),
            |world| {
                world.stock("book", 10);
                world.gateway.trouble = vec![crate::gateway::Trouble::AnswerLost; 40];
                let input = world.checkout_input("cart-1");
                world.checkout(&input).expect_err("unknown");
                world.gateway.trouble.clear();
                let payment = world.gateway.payments[0].clone();
                let mut event = world.thin(&payment.id, "confirmed");
                if adopted {
                    let order = payment.request["metadata"]["order_id"]
                        .as_str()
                        .expect("an id");
                    event["data"]["metadata"] = json!({"idempotency_key": format!("{order}:1")});
                }
                event
            },
            |world, event, cut| {
                let flow = world.webhook_flow(event);
                world.drive_until(flow, cut).is_some()
            },
        );
    }
}

#[test]
fn commands() {
    let cases = [
        (
            "cancel_order",
            json!({"reason": "customer", "customer_id": "customer-1"}),
            false,
        ),
        ("cancel_order", json!({"reason": "paid_elsewhere"}), true),
        (
            "record_refund",
            json!({"refund_id": "r", "amount": "150", "actor": "anna"}),
            true,
        ),
        ("mark_fulfilled", json!({"actor": "anna"}), true),
        (
            "resolve_review",
            json!({"decision": "close", "actor": "anna"}),
            true,
        ),
        ("order_status", json!({"customer_id": "customer-1"}), true),
        ("explain_order", json!({}), true),
    ];
    for (name, rest, paid) in cases {
        at_every_step(
            name,
            json!({}),
            |world| {
                let (order, payment) = world.open_order();
                if paid {
                    world.webhook(&world.thin(&payment, "confirmed"));
                }
                let mut input = rest.clone();
                input["order_id"] = json!(order);
                input
            },
            |world, input, cut| by_name(world, name, input, cut),
        );
    }
}

#[test]
fn stock_and_customers() {
    for (name, input) in [
        (
            "adjust_stock",
            json!({"adjustment_id": "a", "sku": "book", "delta": 5, "actor": "a"}),
        ),
        (
            "adjust_stock",
            json!({"adjustment_id": "b", "sku": "new", "delta": 5, "actor": "a"}),
        ),
        ("erase_customer", json!({"customer_id": "customer-1"})),
        ("export", json!({})),
        ("health", json!({})),
    ] {
        at_every_step(
            name,
            json!({}),
            |world| {
                world.open_order();
                input.clone()
            },
            |world, input, cut| by_name(world, name, input, cut),
        );
    }
}

#[test]
fn effects_from_claim_to_completion() {
    for (name, rest) in [
        ("complete_effect", json!({})),
        ("fail_effect", json!({"claim_no": 1, "error": "no"})),
        ("renew_effect", json!({"claim_no": 1})),
    ] {
        at_every_step(
            name,
            json!({}),
            |world| {
                let (order, payment) = world.open_order();
                world.webhook(&world.thin(&payment, "confirmed"));
                world.claim();
                let mut input = rest.clone();
                input["order_id"] = json!(order);
                input["kind"] = json!("ship_order");
                input
            },
            |world, input, cut| by_name(world, name, input, cut),
        );
    }
    at_every_step(
        "report_effects",
        json!({"carrier_honours_key": true, "max_open_orders": 0}),
        |world| {
            world.stock("book", 10);
            for cart in ["cart-1", "cart-2", "cart-3"] {
                let (_, payment) = world.open_cart(cart);
                world.webhook(&world.thin(&payment, "confirmed"));
            }
            let outcomes: Vec<_> = world.claim().iter().map(outcome).collect();
            json!({ "outcomes": outcomes, "claim": { "kinds": ["order_status_changed"] } })
        },
        |world, input, cut| by_name(world, "report_effects", input, cut),
    );
    at_every_step(
        "claim_effects",
        json!({"carrier_honours_key": true}),
        |world| {
            let (_, payment) = world.open_order();
            world.webhook(&world.thin(&payment, "confirmed"));
            json!({})
        },
        |world, input, cut| {
            let finished = by_name(world, "claim_effects", input, cut);
            if cut.is_some() {
                world.now_ms += HOUR_MS;
            }
            finished
        },
    );
    at_every_step(
        "settle_effect",
        json!({}),
        |world| {
            let (order, payment) = world.open_order();
            world.webhook(&world.thin(&payment, "confirmed"));
            world.claim();
            world.now_ms += HOUR_MS;
            world.work();
            json!({
                "order_id": order, "kind": "ship_order", "settlement": "done", "actor": "anna",
            })
        },
        |world, input, cut| by_name(world, "settle_effect", input, cut),
    );
}

#[test]
fn work() {
    // An order that expires, one that is found paid, one whose create call is unknown, one in
    // review for a day, a lost shipment and an unknown payment: one call of work meets them all.
    at_every_step(
        "work",
        json!({"max_open_orders": 0}),
        |world| {
            world.stock("book", 10);
            let (_, lost) = world.open_cart("cart-lost");
            world.webhook(&world.thin(&lost, "confirmed"));
            world.claim();
            let (_, short) = world.open_cart("cart-short");
            let mut event = world.thin(&short, "confirmed");
            event["data"]["received_amount"] = json!("0.001");
            world.webhook(&event);
            let mut unknown = world.thin(&short, "confirmed");
            unknown["data"]["payment_id"] = json!("99999999-0000-4000-8000-000000000000");
            world.webhook(&unknown);
            world.now_ms += 24 * HOUR_MS;
            world.open_cart("cart-expires");
            let (_, found) = world.open_cart("cart-found");
            world.gateway.set_status(&found, "confirmed");
            world.now_ms += 2 * HOUR_MS;
            json!({"looks": 20, "rows": 50})
        },
        |world, input, cut| {
            let finished = by_name(world, "work", input, cut);
            if cut.is_some() {
                world.now_ms += 2 * MINUTE_MS;
            }
            finished
        },
    );
}
