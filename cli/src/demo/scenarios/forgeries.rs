//! Webhooks that are not what they seem: refused, and nothing changes.

use serde_json::json;

use super::Scenario;
use crate::demo::stage::{Scene, Trouble};

const REFUSED: &str = "answered 401, awaiting payment, payment pending, no mail, no shipment, \
                       stock 10 with 1 reserved";

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "forged-webhook",
        title: "A forged webhook: signed with another secret",
        expected: REFUSED,
        play: forged,
    },
    Scenario {
        name: "stale-webhook",
        title: "A stale webhook: signed an hour ago",
        expected: REFUSED,
        play: stale,
    },
    Scenario {
        name: "unsigned-webhook",
        title: "An unsigned webhook",
        expected: REFUSED,
        play: unsigned,
    },
    Scenario {
        name: "reserialised-webhook",
        title: "A webhook whose JSON was written anew on the way",
        expected: REFUSED,
        play: reserialised,
    },
];

fn forged(scene: &mut Scene) -> Result<String, Trouble> {
    refused(scene, "wrong")
}

fn stale(scene: &mut Scene) -> Result<String, Trouble> {
    refused(scene, "stale")
}

fn unsigned(scene: &mut Scene) -> Result<String, Trouble> {
    refused(scene, "missing")
}

fn reserialised(scene: &mut Scene) -> Result<String, Trouble> {
    refused(scene, "reserialised")
}

fn refused(scene: &mut Scene, signature: &str) -> Result<String, Trouble> {
    let book = scene.article("e-book", 10)?;
    let cart = scene.cart(&book, "USDC_POL");
    let order = scene.checkout(&cart)?;
    let event = json!({
        "type": "payment.confirmed",
        "payment_id": order.payment_id,
        "shape": "monitor",
        "signature": signature,
    });
    scene.control("/webhooks/send", &event)?;
    scene.flush()?;
    scene.pump()?;
    let facts = scene
        .facts()
        .answers()
        .status(&order)
        .payment_status(&order);
    facts.mails(&order).shipments(&order).stock(&book).told()
}
