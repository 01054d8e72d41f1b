//! Authentic webhooks in all the ways in which the gateway sends them, or does not.

use serde_json::json;

use super::Scenario;
use crate::demo::stage::{Article, Order, Scene, Trouble};

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "five-at-once",
        title: "The same webhook five times at the same moment",
        expected: "answered 200 200 200 200 200, fulfilled, 1 mail, 1 shipment, stock 9",
        play: five_at_once,
    },
    Scenario {
        name: "one-id-two-events",
        title: "confirmed and forwarded in one second, with one id",
        expected: "answered 200 200, fulfilled, 1 mail, 1 shipment, stock 9, payment forwarded",
        play: one_id_two_events,
    },
    Scenario {
        name: "one-event-two-ids",
        title: "Two schedulers notice the same payment, with two ids",
        expected: "answered 200 200, fulfilled, 1 mail, 1 shipment, stock 9",
        play: one_event_two_ids,
    },
    Scenario {
        name: "thin-event",
        title: "The monitor's thin event: no metadata, no dollars",
        expected: "no metadata in the event, answered 200, fulfilled, 1 mail, 1 shipment, stock 9",
        play: thin_event,
    },
    Scenario {
        name: "forwarded-only",
        title: "forwarded is the only event that ever comes",
        expected: "answered 200, fulfilled, 1 mail, 1 shipment, stock 9, payment forwarded",
        play: forwarded_only,
    },
    Scenario {
        name: "out-of-order",
        title: "forwarded overtakes confirmed",
        expected: "answered 200 200, fulfilled, 1 mail, 1 shipment, stock 9, payment forwarded",
        play: out_of_order,
    },
    Scenario {
        name: "contradicting-event",
        title: "An authentic event that names another chain and address",
        expected: "answered 200, needs review (conflict), no mail, no shipment, \
                   stock 10 with 1 reserved; accepted by a person: fulfilled (conflict), 1 mail, \
                   1 shipment, stock 9",
        play: contradicting_event,
    },
    Scenario {
        name: "webhooks-lost",
        title: "Every webhook is lost: the shop learns by asking",
        expected: "awaiting payment, no mail; asked: fulfilled, 1 mail, 1 shipment, stock 9",
        play: webhooks_lost,
    },
    Scenario {
        name: "test-button",
        title: "The dashboard's test button",
        expected: "answered 200, the test shows in the shop's health",
        play: test_button,
    },
    Scenario {
        name: "unknown-event-type",
        title: "An event of a type that nobody has heard of",
        expected: "answered 200, awaiting payment, no mail, stock 10 with 1 reserved",
        play: unknown_event_type,
    },
    Scenario {
        name: "payment-failed",
        title: "The payment fails: operations hear of it",
        expected: "answered 200, awaiting payment, payment failed, no mail, no shipment, \
                   alert payment_failed",
        play: payment_failed,
    },
    Scenario {
        name: "failed-then-paid",
        title: "The first payment fails, the second try is paid",
        expected: "another address of the same order, fulfilled, 1 mail, 1 shipment, stock 9, \
                   2 payments, no refund due",
        play: failed_then_paid,
    },
    Scenario {
        name: "foreign-payment",
        title: "A stranger's payment that carries our order's id",
        expected: "answered 200, awaiting payment, no mail, no shipment, \
                   stock 10 with 1 reserved; ten minutes later: alert unmatched_money",
        play: foreign_payment,
    },
];

/// A download in a cart of its own.
fn book_order(scene: &mut Scene) -> Result<(Article, Order), Trouble> {
    let book = scene.article("e-book", 10)?;
    let cart = scene.cart(&book, "USDC_POL");
    let order = scene.checkout(&cart)?;
    Ok((book, order))
}

/// What matters of an order that shipped by itself.
fn outcome(scene: &Scene, order: &Order, book: &Article) -> Result<String, Trouble> {
    let facts = scene.facts().status(order).mails(order).shipments(order);
    facts.stock(book).told()
}

fn answered(scene: &Scene) -> Result<String, Trouble> {
    scene.facts().answers().told()
}

fn five_at_once(scene: &mut Scene) -> Result<String, Trouble> {
    let (book, order) = book_order(scene)?;
    scene.fault(&json!({ "name": "repeat", "times": 1, "count": 5 }))?;
    scene.fault(&json!({ "name": "concurrent", "times": 1 }))?;
    scene.pay(&order)?;
    scene.pump()?;
    let answers = answered(scene)?;
    Ok(format!("{answers}, {}", outcome(scene, &order, &book)?))
}

fn one_id_two_events(scene: &mut Scene) -> Result<String, Trouble> {
    let (book, order) = book_order(scene)?;
    scene.fault(&json!({ "name": "shared_event_ids" }))?;
    scene.pay(&order)?;
    scene.wallet(&order, "forward", &json!({}), "pays out to the shop")?;
    scene.pump()?;
    let answers = answered(scene)?;
    let outcome = outcome(scene, &order, &book)?;
    let forwarded = scene.facts().payment_status(&order).told()?;
    Ok(format!("{answers}, {outcome}, {forwarded}"))
}

fn one_event_two_ids(scene: &mut Scene) -> Result<String, Trouble> {
    let (book, order) = book_order(scene)?;
    scene.fault(&json!({ "name": "two_schedulers", "times": 1 }))?;
    scene.pay(&order)?;
    scene.pump()?;
    let answers = answered(scene)?;
    Ok(format!("{answers}, {}", outcome(scene, &order, &book)?))
}

fn thin_event(scene: &mut Scene) -> Result<String, Trouble> {
    let (book, order) = book_order(scene)?;
    let monitor = json!({ "shape": "monitor" });
    scene.wallet(&order, "pay", &monitor, "pays the whole amount")?;
    scene.pump()?;
    let thin = match scene.last_event(&order)?["data"]["metadata"].is_null() {
        true => "no metadata in the event",
        false => "metadata in the event",
    };
    let answers = answered(scene)?;
    Ok(format!(
        "{thin}, {answers}, {}",
        outcome(scene, &order, &book)?
    ))
}

fn forwarded_only(scene: &mut Scene) -> Result<String, Trouble> {
    let (book, order) = book_order(scene)?;
    scene.fault(&json!({ "name": "no_confirmed" }))?;
    scene.pay(&order)?;
    scene.wallet(&order, "forward", &json!({}), "pays out to the shop")?;
    scene.pump()?;
    let answers = answered(scene)?;
    let outcome = outcome(scene, &order, &book)?;
    let forwarded = scene.facts().payment_status(&order).told()?;
    Ok(format!("{answers}, {outcome}, {forwarded}"))
}

fn out_of_order(scene: &mut Scene) -> Result<String, Trouble> {
    let (book, order) = book_order(scene)?;
    scene.fault(&json!({ "name": "reorder" }))?;
    let path = format!("/payments/{}", order.payment_id);
    scene.control(&format!("{path}/pay"), &json!({}))?;
    scene.wallet(
        &order,
        "forward",
        &json!({}),
        "is paid, and pays out to the shop",
    )?;
    scene.pump()?;
    let answers = answered(scene)?;
    let outcome = outcome(scene, &order, &book)?;
    let forwarded = scene.facts().payment_status(&order).told()?;
    Ok(format!("{answers}, {outcome}, {forwarded}"))
}

fn contradicting_event(scene: &mut Scene) -> Result<String, Trouble> {
    let (book, order) = book_order(scene)?;
    scene.fault(&json!({ "name": "wrong_content", "times": 1 }))?;
    scene.pay(&order)?;
    scene.pump()?;
    let answers = answered(scene)?;
    let review = outcome(scene, &order, &book)?;
    let accept = json!({ "accept": ["conflict"], "note": "compared with the gateway" });
    scene.operate(
        &order,
        "review",
        &accept,
        "compares with the gateway and accepts",
    )?;
    scene.pump()?;
    let accepted = outcome(scene, &order, &book)?;
    Ok(format!(
        "{answers}, {review}; accepted by a person: {accepted}"
    ))
}

fn webhooks_lost(scene: &mut Scene) -> Result<String, Trouble> {
    let (book, order) = book_order(scene)?;
    scene.fault(&json!({ "name": "lose_webhooks" }))?;
    scene.pay(&order)?;
    let before = scene.facts().status(&order).mails(&order).told()?;
    scene.advance(2)?;
    scene.pump()?;
    Ok(format!(
        "{before}; asked: {}",
        outcome(scene, &order, &book)?
    ))
}

fn test_button(scene: &mut Scene) -> Result<String, Trouble> {
    scene.control("/webhooks/test", &json!({}))?;
    scene.flush()?;
    let shown = !scene.shop_get("/admin/health")?["webhook_test"].is_null();
    let shown = match shown {
        true => "the test shows in the shop's health",
        false => "the test does not show in the shop's health",
    };
    Ok(format!("{}, {shown}", answered(scene)?))
}

fn unknown_event_type(scene: &mut Scene) -> Result<String, Trouble> {
    let (book, order) = book_order(scene)?;
    scene.fault(&json!({ "name": "unknown_event_type", "times": 1 }))?;
    let event = json!({ "type": "payment.confirmed", "payment_id": order.payment_id });
    scene.control("/webhooks/send", &event)?;
    scene.flush()?;
    scene.pump()?;
    let facts = scene.facts().answers().status(&order).mails(&order);
    facts.stock(&book).told()
}

fn payment_failed(scene: &mut Scene) -> Result<String, Trouble> {
    let (_, order) = book_order(scene)?;
    scene.wallet(&order, "fail", &json!({}), "says that the payment failed")?;
    scene.pump()?;
    let facts = scene
        .facts()
        .answers()
        .status(&order)
        .payment_status(&order);
    facts.mails(&order).shipments(&order).alerts(&order).told()
}

fn failed_then_paid(scene: &mut Scene) -> Result<String, Trouble> {
    let book = scene.article("e-book", 10)?;
    let cart = scene.cart(&book, "USDC_POL");
    let first = scene.checkout(&cart)?;
    scene.wallet(&first, "fail", &json!({}), "says that the payment failed")?;
    scene.pump()?;
    let second = scene.checkout(&cart)?;
    let another = match (first.id == second.id, first.payment_id == second.payment_id) {
        (true, false) => "another address of the same order",
        (true, true) => "the same address again",
        (false, _) => "another order",
    };
    scene.pay(&second)?;
    scene.pump()?;
    let outcome = outcome(scene, &second, &book)?;
    let facts = scene.facts().payments(&second).refund_due(&second);
    Ok(format!("{another}, {outcome}, {}", facts.told()?))
}

fn foreign_payment(scene: &mut Scene) -> Result<String, Trouble> {
    let (book, order) = book_order(scene)?;
    let words = "confirms a stranger's payment that has our metadata";
    scene.wallet(&order, "foreign", &json!({}), words)?;
    scene.pump()?;
    let nothing = outcome(scene, &order, &book)?;
    let answers = answered(scene)?;
    scene.advance(10)?;
    scene.pump()?;
    let alerts = scene.facts().shop_alerts().told()?;
    Ok(format!("{answers}, {nothing}; ten minutes later: {alerts}"))
}
