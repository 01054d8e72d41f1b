//! The power fails at the worst moments, and workers get into each other's way.

use serde_json::json;

use super::Scenario;
use crate::demo::stage::{Order, Scene, Trouble};

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "killed-before-mail",
        title: "The shop is killed between the payment and the mail",
        expected: "answered 200, no mail, no shipment; started again: fulfilled, 1 mail, \
                   1 shipment, stock 9",
        play: killed_before_mail,
    },
    Scenario {
        name: "killed-after-mail",
        title: "The shop is killed after the mail, before it wrote that down",
        expected: "fulfilled, 1 mail, 1 shipment, stock 9, no alert",
        play: killed_after_mail,
    },
    Scenario {
        name: "four-workers",
        title: "Four workers reach for the same mail and the same parcel",
        expected: "fulfilled, 1 mail, 1 shipment, stock 9, no alert",
        play: four_workers,
    },
    Scenario {
        name: "killed-after-shipping",
        title: "The worker dies with the parcel just gone: a person looks, none is sent again",
        expected: "paid, 1 shipment, alert effect_uncertain; settled as done: fulfilled, 1 mail, \
                   1 shipment, stock 9",
        play: killed_after_shipping,
    },
    Scenario {
        name: "killed-before-shipping",
        title: "The worker dies with the parcel still there: a person looks, and it is sent",
        expected: "paid, no shipment, alert effect_uncertain; settled as to be done again: \
                   fulfilled, 1 mail, 1 shipment, stock 9",
        play: killed_before_shipping,
    },
];

fn killed_before_mail(scene: &mut Scene) -> Result<String, Trouble> {
    let book = scene.article("e-book", 10)?;
    let cart = scene.cart(&book, "USDC_POL");
    let order = scene.checkout(&cart)?;
    scene.pay(&order)?;
    scene.kill()?;
    let facts = scene.facts().answers().mails(&order).shipments(&order);
    let killed = facts.told()?;
    scene.restart()?;
    scene.pump()?;
    let facts = scene.facts().status(&order).mails(&order).shipments(&order);
    Ok(format!(
        "{killed}; started again: {}",
        facts.stock(&book).told()?
    ))
}

fn killed_after_mail(scene: &mut Scene) -> Result<String, Trouble> {
    let book = scene.article("e-book", 10)?;
    let cart = scene.cart(&book, "USDC_POL");
    let order = scene.checkout(&cart)?;
    scene.pay(&order)?;
    let id = order.clone();
    scene.pump_until_killed("after_mail", move |scene| {
        Ok(scene.facts().mails(&id).told()? == "1 mail")
    })?;
    scene.restart()?;
    // The lease of what the dead worker held runs out.
    scene.advance(3)?;
    scene.pump()?;
    let facts = scene.facts().status(&order).mails(&order).shipments(&order);
    facts.stock(&book).alerts(&order).told()
}

fn four_workers(scene: &mut Scene) -> Result<String, Trouble> {
    let book = scene.article("e-book", 10)?;
    let cart = scene.cart(&book, "USDC_POL");
    let order = scene.checkout(&cart)?;
    scene.pay(&order)?;
    scene.workers_at_once(4)?;
    scene.pump()?;
    let facts = scene.facts().status(&order).mails(&order).shipments(&order);
    facts.stock(&book).alerts(&order).told()
}

fn killed_after_shipping(scene: &mut Scene) -> Result<String, Trouble> {
    let words = "settled as done";
    killed_while_shipping(scene, "after_shipping", "done", words, |scene, order| {
        Ok(scene.facts().shipments(order).told()? == "1 shipment")
    })
}

fn killed_before_shipping(scene: &mut Scene) -> Result<String, Trouble> {
    let words = "settled as to be done again";
    killed_while_shipping(scene, "before_shipping", "again", words, |scene, order| {
        Ok(effect_state(scene, order, "ship_order")? == "claimed")
    })
}

fn killed_while_shipping(
    scene: &mut Scene,
    point: &str,
    settlement: &str,
    words: &str,
    reached: fn(&Scene, &Order) -> Result<bool, Trouble>,
) -> Result<String, Trouble> {
    let voucher = scene.article("voucher", 10)?;
    let cart = scene.cart(&voucher, "SOL");
    let order = scene.checkout(&cart)?;
    scene.pay(&order)?;
    let held = order.clone();
    scene.pump_until_killed(point, move |scene| reached(scene, &held))?;
    scene.restart()?;
    scene.advance(3)?;
    scene.pump()?;
    let facts = scene.facts().status(&order).shipments(&order);
    let uncertain = facts.alerts(&order).told()?;
    settle(scene, &order, settlement)?;
    let facts = scene.facts().status(&order).mails(&order).shipments(&order);
    Ok(format!(
        "{uncertain}; {words}: {}",
        facts.stock(&voucher).told()?
    ))
}

fn settle(scene: &mut Scene, order: &Order, settlement: &str) -> Result<(), Trouble> {
    let settle = json!({ "kind": "ship_order", "settlement": settlement });
    let words = match settlement {
        "done" => "asks the carrier: it is on its way; settles it as done",
        _ => "asks the carrier: it never left; has it sent again",
    };
    scene.operate(order, "settle", &settle, words)?;
    scene.pump()?;
    Ok(())
}

/// Where an effect of an order stands, as the operator's page shows it.
fn effect_state(scene: &Scene, order: &Order, kind: &str) -> Result<String, Trouble> {
    let story = scene.shop_get(&format!("/admin/orders/{}", order.id))?;
    let effects = story["effects"].as_array().cloned().unwrap_or_default();
    let found = effects.iter().find(|effect| effect["kind"] == *kind);
    let state = found.and_then(|effect| effect["state"].as_str());
    Ok(state.unwrap_or_default().to_owned())
}
