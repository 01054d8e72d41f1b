//! The gateway on a bad day: too late, too busy, out of order.

use serde_json::{Value, json};

use super::Scenario;
use crate::demo::stage::{Scene, Trouble, order_of};

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "event-before-answer",
        title: "The webhook is faster than the answer to the create call",
        expected: "checkout 201, fulfilled, 1 mail, 1 shipment, stock 9, 1 payment",
        play: event_before_answer,
    },
    Scenario {
        name: "create-times-out",
        title: "The payment is made, and the answer never comes",
        expected: "503 create_unknown, 1 payment at the gateway, stock 10 with 1 reserved; \
                   second try 200: fulfilled, 1 mail, 1 shipment, stock 9, 1 payment",
        play: create_times_out,
    },
    Scenario {
        name: "quota-exceeded",
        title: "The gateway's monthly quota is used up: the goods go back on the shelf",
        expected: "502 gateway_quota_exceeded, stock 10; next month: 201, stock 10 with 1 reserved",
        play: quota_exceeded,
    },
    Scenario {
        name: "gateway-busy",
        title: "Too many requests: the gateway asks for a second's patience",
        expected: "checkout 201, awaiting payment, 1 payment, stock 10 with 1 reserved",
        play: gateway_busy,
    },
    Scenario {
        name: "gateway-broken",
        title: "A 500 with HTML, after the payment was made",
        expected: "checkout 201, awaiting payment, 1 payment, stock 10 with 1 reserved",
        play: gateway_broken,
    },
    Scenario {
        name: "gateway-behind-proxy",
        title: "A proxy's page with status 200 instead of an answer",
        expected: "checkout 201, awaiting payment, 1 payment, stock 10 with 1 reserved",
        play: gateway_behind_proxy,
    },
    Scenario {
        name: "rate-exactly-one",
        title: "A euro for exactly a dollar: no rate, no order",
        expected: "503 rate_doubtful, stock 10; with a rate again: 201, stock 10 with 1 reserved",
        play: rate_exactly_one,
    },
];

fn event_before_answer(scene: &mut Scene) -> Result<String, Trouble> {
    let book = scene.article("e-book", 10)?;
    let cart = scene.cart(&book, "USDC_POL");
    scene.fault(&json!({ "name": "webhook_before_answer", "times": 1 }))?;
    let reply = scene.try_checkout(&cart)?;
    let order = order_of(&reply)?;
    scene.flush()?;
    scene.pump()?;
    let facts = scene.facts().say(format!("checkout {}", reply.in_short()));
    let facts = facts.status(&order).mails(&order).shipments(&order);
    facts.stock(&book).payments(&order).told()
}

fn create_times_out(scene: &mut Scene) -> Result<String, Trouble> {
    let book = scene.article("e-book", 10)?;
    let cart = scene.cart(&book, "USDC_POL");
    let before = scene.payments()?.len();
    scene.fault(&json!({ "name": "timeout_after_create", "times": 1 }))?;
    let first = scene.try_checkout(&cart)?;
    let made = scene.payments()?.len().saturating_sub(before);
    let facts = scene.facts().say(first.in_short());
    let facts = facts
        .say(format!("{made} payment at the gateway"))
        .stock(&book);
    let first = facts.told()?;
    let reply = scene.try_checkout(&cart)?;
    let order = order_of(&reply)?;
    scene.pay(&order)?;
    scene.pump()?;
    let facts = scene.facts().status(&order).mails(&order).shipments(&order);
    let facts = facts.stock(&book).payments(&order).told()?;
    Ok(format!("{first}; second try {}: {facts}", reply.in_short()))
}

fn quota_exceeded(scene: &mut Scene) -> Result<String, Trouble> {
    let fault = json!({ "name": "quota_exceeded" });
    refused_then_open(scene, "USD", &fault, "next month")
}

fn rate_exactly_one(scene: &mut Scene) -> Result<String, Trouble> {
    let fault = json!({ "name": "rate_exactly_one" });
    refused_then_open(scene, "EUR", &fault, "with a rate again")
}

/// Nothing is kept of a checkout that the gateway refuses; the same cart works later.
fn refused_then_open(
    scene: &mut Scene,
    currency: &str,
    fault: &Value,
    later: &str,
) -> Result<String, Trouble> {
    let mug = scene.article("mug", 10)?;
    let mut cart = scene.cart(&mug, "USDC_POL");
    cart["currency"] = json!(currency);
    scene.fault(fault)?;
    let refused = scene.try_checkout(&cart)?;
    let facts = scene.facts().say(refused.in_short());
    let first = facts.stock(&mug).told()?;
    scene.no_faults()?;
    let opened = scene.try_checkout(&cart)?;
    let facts = scene.facts().say(opened.in_short());
    Ok(format!("{first}; {later}: {}", facts.stock(&mug).told()?))
}

fn gateway_busy(scene: &mut Scene) -> Result<String, Trouble> {
    let fault = json!({ "name": "rate_limited", "times": 1, "route": "create", "ms": 1000 });
    tried_again(scene, &fault)
}

fn gateway_broken(scene: &mut Scene) -> Result<String, Trouble> {
    tried_again(scene, &json!({ "name": "error_after_create", "times": 1 }))
}

fn gateway_behind_proxy(scene: &mut Scene) -> Result<String, Trouble> {
    tried_again(
        scene,
        &json!({ "name": "not_json", "times": 1, "route": "create" }),
    )
}

/// The shopper notices nothing.
fn tried_again(scene: &mut Scene, fault: &Value) -> Result<String, Trouble> {
    let mug = scene.article("mug", 10)?;
    let cart = scene.cart(&mug, "USDC_POL");
    scene.fault(fault)?;
    let reply = scene.try_checkout(&cart)?;
    let order = order_of(&reply)?;
    let facts = scene.facts().say(format!("checkout {}", reply.in_short()));
    let facts = facts.status(&order).payments(&order);
    facts.stock(&mug).told()
}
