//! Too little, too much, and giving it back.

use serde_json::json;

use super::Scenario;
use crate::demo::stage::{Scene, Trouble};

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "one-cent",
        title: "One cent for an order of 150 dollars, and then the rest",
        expected: "needs review (short), hint send the rest, no mail, no shipment; the rest: \
                   paid, 1 mail, no refund due, stock 10 with 1 reserved",
        play: one_cent,
    },
    Scenario {
        name: "rest-to-new-address",
        title: "Half the money, and the rest to another address",
        expected: "needs review (short), hint send the rest; another address of the same order; \
                   fulfilled, 1 mail, 1 shipment, no refund due, stock 9, 2 payments",
        play: rest_to_new_address,
    },
    Scenario {
        name: "short-then-forwarded",
        title: "A tenth is missing, and the gateway pays out all the same",
        expected: "answered 200 200, needs review (short), payment forwarded, no mail, no shipment",
        play: short_then_forwarded,
    },
    Scenario {
        name: "short-by-a-hair",
        title: "Half a percent is missing: an exchange's fee, not worth a question",
        expected: "fulfilled, 1 mail, 1 shipment, no refund due, no alert",
        play: short_by_a_hair,
    },
    Scenario {
        name: "refunded-by-gateway",
        title: "The gateway says that it gave the money back, before anything was shipped",
        expected: "refunded, 1 mail, no shipment, no refund due, stock 10",
        play: refunded_by_gateway,
    },
    Scenario {
        name: "overpaid",
        title: "A quarter too much",
        expected: "fulfilled, 1 mail, 1 shipment, 3.00 USD refund due (overpaid), alert refund_due",
        play: overpaid,
    },
    Scenario {
        name: "refund-recorded",
        title: "Too much comes, is sent back, and the refund is recorded once",
        expected: "3.00 USD refund due (overpaid); recorded twice: fulfilled, no refund due; \
                   with another sum under the same id: 409 rejected",
        play: refund_recorded,
    },
];

fn one_cent(scene: &mut Scene) -> Result<String, Trouble> {
    let phones = scene.article("headphones", 10)?;
    let cart = scene.cart(&phones, "USDC_POL");
    let order = scene.checkout(&cart)?;
    scene.fault(&json!({ "name": "confirm_short", "times": 1 }))?;
    let cent = json!({ "amount": "0.01 usd" });
    scene.wallet(&order, "pay", &cent, "pays one cent of 150 dollars")?;
    scene.pump()?;
    let facts = scene.facts().status(&order).hint(&order);
    let short = facts.mails(&order).shipments(&order).told()?;
    scene.wallet(&order, "pay_rest", &json!({}), "pays the rest")?;
    scene.pump()?;
    let facts = scene.facts().status(&order).mails(&order);
    let facts = facts.refund_due(&order).stock(&phones).told()?;
    Ok(format!("{short}; the rest: {facts}"))
}

fn rest_to_new_address(scene: &mut Scene) -> Result<String, Trouble> {
    let voucher = scene.article("voucher", 10)?;
    let mut cart = scene.cart(&voucher, "USDC_POL");
    let first = scene.checkout(&cart)?;
    scene.fault(&json!({ "name": "confirm_short", "times": 1 }))?;
    let half = json!({ "amount": "50%" });
    scene.wallet(&first, "pay", &half, "pays half")?;
    scene.pump()?;
    let short = scene.facts().status(&first).hint(&first).told()?;
    cart["blockchain"] = json!("ETH");
    let second = scene.checkout(&cart)?;
    let another = match (first.id == second.id, first.payment_id == second.payment_id) {
        (true, false) => "another address of the same order",
        (true, true) => "the same address again",
        (false, _) => "another order",
    };
    scene.pay(&second)?;
    scene.pump()?;
    let facts = scene.facts().status(&second).mails(&second);
    let facts = facts.shipments(&second).refund_due(&second);
    let facts = facts.stock(&voucher).payments(&second).told()?;
    Ok(format!("{short}; {another}; {facts}"))
}

fn short_then_forwarded(scene: &mut Scene) -> Result<String, Trouble> {
    let book = scene.article("e-book", 10)?;
    let cart = scene.cart(&book, "USDC_POL");
    let order = scene.checkout(&cart)?;
    scene.fault(&json!({ "name": "short_then_forwarded", "times": 1 }))?;
    let tenth = json!({ "by": "1/10" });
    scene.wallet(&order, "underpay", &tenth, "pays a tenth too little")?;
    scene.pump()?;
    let facts = scene.facts().answers().status(&order);
    let facts = facts.payment_status(&order).mails(&order);
    facts.shipments(&order).told()
}

fn short_by_a_hair(scene: &mut Scene) -> Result<String, Trouble> {
    let book = scene.article("e-book", 10)?;
    let cart = scene.cart(&book, "USDC_POL");
    let order = scene.checkout(&cart)?;
    scene.fault(&json!({ "name": "confirm_short", "times": 1 }))?;
    let hair = json!({ "by": "0.5%" });
    scene.wallet(&order, "underpay", &hair, "pays half a percent too little")?;
    scene.pump()?;
    let facts = scene.facts().status(&order).mails(&order);
    let facts = facts.shipments(&order).refund_due(&order);
    facts.alerts(&order).told()
}

fn refunded_by_gateway(scene: &mut Scene) -> Result<String, Trouble> {
    let mug = scene.article("mug", 10)?;
    let cart = scene.cart(&mug, "USDC_POL");
    let order = scene.checkout(&cart)?;
    scene.pay(&order)?;
    scene.pump()?;
    scene.wallet(
        &order,
        "refund",
        &json!({}),
        "says that the money went back",
    )?;
    scene.pump()?;
    let facts = scene.facts().status(&order).mails(&order);
    let facts = facts.shipments(&order).refund_due(&order);
    facts.stock(&mug).told()
}

fn overpaid(scene: &mut Scene) -> Result<String, Trouble> {
    let book = scene.article("e-book", 10)?;
    let cart = scene.cart(&book, "USDC_POL");
    let order = scene.checkout(&cart)?;
    let quarter = json!({ "by": "1/4" });
    scene.wallet(&order, "overpay", &quarter, "pays a quarter too much")?;
    scene.pump()?;
    let facts = scene.facts().status(&order).mails(&order);
    let facts = facts.shipments(&order).refund_due(&order);
    facts.alerts(&order).told()
}

fn refund_recorded(scene: &mut Scene) -> Result<String, Trouble> {
    let book = scene.article("e-book", 10)?;
    let cart = scene.cart(&book, "USDC_POL");
    let order = scene.checkout(&cart)?;
    let quarter = json!({ "by": "1/4" });
    scene.wallet(&order, "overpay", &quarter, "pays a quarter too much")?;
    scene.pump()?;
    let due = scene.facts().refund_due(&order).told()?;
    let refund = json!({ "id": "refund-1", "amount": "3.00" });
    scene.operate(
        &order,
        "refund",
        &refund,
        "sends 3.00 USD back and records it",
    )?;
    scene.operate(&order, "refund", &refund, "records it again, by mistake")?;
    let facts = scene.facts().status(&order).refund_due(&order).told()?;
    let other = json!({ "id": "refund-1", "amount": "2.00" });
    let words = "records another sum under the same id";
    let reply = scene.operate(&order, "refund", &other, words)?;
    Ok(format!(
        "{due}; recorded twice: {facts}; with another sum under the same id: {}",
        reply.in_short()
    ))
}
