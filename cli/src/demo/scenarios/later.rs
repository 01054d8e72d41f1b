//! Time passes: payments expire, orders expire, and money comes late.

use serde_json::json;

use super::Scenario;
use crate::demo::stage::{Article, Order, Scene, Trouble};

const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "new-address-after-expiry",
        title: "The quote runs out, and the shopper takes a new one",
        expected: "hint quote expired; another address of the same order; fulfilled, 1 mail, \
                   1 shipment, stock 9, 2 payments",
        play: new_address_after_expiry,
    },
    Scenario {
        name: "expired",
        title: "Nobody pays: the order expires and the goods go back on the shelf",
        expected: "expired, no mail, no shipment, stock 10",
        play: expired,
    },
    Scenario {
        name: "last-look",
        title: "Every webhook was lost, and the worker was off: the last look finds the money",
        expected: "fulfilled, 1 mail, 1 shipment, stock 9, no refund due",
        play: last_look,
    },
    Scenario {
        name: "no-last-look",
        title: "The gateway is away at the deadline: without a last look nothing expires",
        expected: "awaiting payment, stock 10 with 1 reserved; the gateway is back: fulfilled, \
                   1 mail, 1 shipment, stock 9",
        play: no_last_look,
    },
    Scenario {
        name: "late-and-lost",
        title: "Money comes late, and no webhook says so: the shop still asks",
        expected: "expired, stock 10; asked: fulfilled, 1 mail, 1 shipment, stock 9",
        play: late_and_lost,
    },
    Scenario {
        name: "late-payment",
        title: "Money comes after the order expired, and the goods are still there",
        expected: "expired, stock 10; late: fulfilled, 1 mail, 1 shipment, stock 9, no refund due",
        play: late_payment,
    },
    Scenario {
        name: "late-and-sold-out",
        title: "Money comes late, and somebody else has bought the last one",
        expected: "expired; late: needs review (no stock), no mail, no shipment, \
                   12.00 USD refund due (no stock), stock 0; the other: fulfilled, 1 shipment",
        play: late_and_sold_out,
    },
    Scenario {
        name: "a-week-later",
        title: "Money comes a week later: a person decides",
        expected: "needs review (too late), no mail, no shipment, \
                   12.00 USD refund due (too late); accepted: fulfilled (too late), 1 mail, \
                   1 shipment, no refund due, stock 9",
        play: a_week_later,
    },
];

fn book_order(scene: &mut Scene, pieces: i64) -> Result<(Article, Order), Trouble> {
    let book = scene.article("e-book", pieces)?;
    let cart = scene.cart(&book, "USDC_POL");
    let order = scene.checkout(&cart)?;
    Ok((book, order))
}

/// An hour and a bit, with the worker doing its rounds.
fn let_it_expire(scene: &mut Scene) -> Result<(), Trouble> {
    scene.advance(HOUR + 1)?;
    scene.pump()?;
    Ok(())
}

fn new_address_after_expiry(scene: &mut Scene) -> Result<String, Trouble> {
    let book = scene.article("e-book", 10)?;
    let cart = scene.cart(&book, "USDC_POL");
    let first = scene.checkout(&cart)?;
    scene.advance(16)?;
    scene.pump()?;
    let over = scene.facts().hint(&first).told()?;
    let second = scene.checkout(&cart)?;
    let another = match (first.id == second.id, first.payment_id == second.payment_id) {
        (true, false) => "another address of the same order",
        (true, true) => "the same address again",
        (false, _) => "another order",
    };
    scene.pay(&second)?;
    scene.pump()?;
    let facts = scene.facts().status(&second).mails(&second);
    let facts = facts.shipments(&second).stock(&book).payments(&second);
    Ok(format!("{over}; {another}; {}", facts.told()?))
}

fn expired(scene: &mut Scene) -> Result<String, Trouble> {
    let (book, order) = book_order(scene, 10)?;
    let_it_expire(scene)?;
    let facts = scene.facts().status(&order).mails(&order);
    facts.shipments(&order).stock(&book).told()
}

fn last_look(scene: &mut Scene) -> Result<String, Trouble> {
    let (book, order) = book_order(scene, 10)?;
    scene.fault(&json!({ "name": "lose_webhooks" }))?;
    scene.pay(&order)?;
    let_it_expire(scene)?;
    let facts = scene.facts().status(&order).mails(&order);
    let facts = facts.shipments(&order).stock(&book);
    facts.refund_due(&order).told()
}

fn no_last_look(scene: &mut Scene) -> Result<String, Trouble> {
    let (book, order) = book_order(scene, 10)?;
    scene.fault(&json!({ "name": "lose_webhooks" }))?;
    scene.pay(&order)?;
    scene.fault(&json!({ "name": "unavailable", "route": "get" }))?;
    let_it_expire(scene)?;
    let away = scene.facts().status(&order).stock(&book).told()?;
    scene.no_faults()?;
    scene.advance(6)?;
    scene.pump()?;
    let facts = scene.facts().status(&order).mails(&order);
    let facts = facts.shipments(&order).stock(&book).told()?;
    Ok(format!("{away}; the gateway is back: {facts}"))
}

fn late_and_lost(scene: &mut Scene) -> Result<String, Trouble> {
    let (book, order) = book_order(scene, 10)?;
    let_it_expire(scene)?;
    let expired = scene.facts().status(&order).stock(&book).told()?;
    scene.fault(&json!({ "name": "lose_webhooks" }))?;
    scene.pay(&order)?;
    scene.advance(HOUR)?;
    scene.pump()?;
    let facts = scene.facts().status(&order).mails(&order);
    let facts = facts.shipments(&order).stock(&book).told()?;
    Ok(format!("{expired}; asked: {facts}"))
}

fn late_payment(scene: &mut Scene) -> Result<String, Trouble> {
    let (book, order) = book_order(scene, 10)?;
    let_it_expire(scene)?;
    let expired = scene.facts().status(&order).stock(&book).told()?;
    scene.advance(HOUR)?;
    scene.pay(&order)?;
    scene.pump()?;
    let facts = scene.facts().status(&order).mails(&order);
    let facts = facts.shipments(&order).stock(&book).refund_due(&order);
    Ok(format!("{expired}; late: {}", facts.told()?))
}

fn late_and_sold_out(scene: &mut Scene) -> Result<String, Trouble> {
    let (book, late) = book_order(scene, 1)?;
    let_it_expire(scene)?;
    let expired = scene.facts().status(&late).told()?;
    let cart = scene.cart(&book, "SOL");
    let other = scene.checkout(&cart)?;
    scene.pay(&other)?;
    scene.pump()?;
    scene.pay(&late)?;
    scene.pump()?;
    let facts = scene.facts().status(&late).mails(&late).shipments(&late);
    let facts = facts.refund_due(&late).stock(&book).told()?;
    let others = scene.facts().status(&other).shipments(&other).told()?;
    Ok(format!("{expired}; late: {facts}; the other: {others}"))
}

fn a_week_later(scene: &mut Scene) -> Result<String, Trouble> {
    let (book, order) = book_order(scene, 10)?;
    let_it_expire(scene)?;
    scene.advance(7 * DAY)?;
    scene.pay(&order)?;
    scene.pump()?;
    let facts = scene.facts().status(&order).mails(&order);
    let late = facts.shipments(&order).refund_due(&order).told()?;
    let accept = json!({ "accept": ["too_late"], "note": "a good customer" });
    scene.operate(&order, "review", &accept, "accepts the order all the same")?;
    scene.pump()?;
    let facts = scene.facts().status(&order).mails(&order);
    let facts = facts.shipments(&order).refund_due(&order).stock(&book);
    Ok(format!("{late}; accepted: {}", facts.told()?))
}
