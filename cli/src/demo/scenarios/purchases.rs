//! Days on which nothing goes wrong.

use serde_json::{Value, json};

use super::Scenario;
use crate::demo::stage::{Order, Scene, Trouble};

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "digital-goods",
        title: "A download is bought and delivered by itself",
        expected: "fulfilled, 1 mail, 1 shipment, stock 9, 1 payment, no alert",
        play: digital_goods,
    },
    Scenario {
        name: "physical-goods",
        title: "A mug is bought, and a person packs it",
        expected: "paid, 1 mail, no shipment, stock 10 with 1 reserved; \
                   then fulfilled, 1 mail, 1 shipment, stock 9",
        play: physical_goods,
    },
    Scenario {
        name: "euro-cart",
        title: "A cart in euros: the gateway is asked for dollars, rounded up",
        expected: "16.50 EUR asked as 17.94 USD, fulfilled, 1 mail, 1 shipment, no refund due",
        play: euro_cart,
    },
    Scenario {
        name: "yen-cart",
        title: "A cart in yen, which have no cents",
        expected: "2700 JPY asked as 17.95 USD, fulfilled, 1 mail, 1 shipment, no refund due",
        play: yen_cart,
    },
];

fn digital_goods(scene: &mut Scene) -> Result<String, Trouble> {
    let book = scene.article("e-book", 10)?;
    let cart = scene.cart(&book, "USDC_POL");
    let order = scene.checkout(&cart)?;
    scene.pay(&order)?;
    scene.pump()?;
    let facts = scene.facts().status(&order).mails(&order).shipments(&order);
    facts.stock(&book).payments(&order).alerts(&order).told()
}

fn physical_goods(scene: &mut Scene) -> Result<String, Trouble> {
    let mug = scene.article("mug", 10)?;
    let cart = scene.cart(&mug, "BTC");
    let order = scene.checkout(&cart)?;
    scene.pay(&order)?;
    scene.pump()?;
    let facts = scene.facts().status(&order).mails(&order).shipments(&order);
    let paid = facts.stock(&mug).told()?;
    let words = "packs the parcel and marks the order fulfilled";
    scene.operate(&order, "fulfil", &json!({}), words)?;
    scene.operate(&order, "fulfil", &json!({}), "presses the button again")?;
    scene.pump()?;
    let facts = scene.facts().status(&order).mails(&order).shipments(&order);
    Ok(format!("{paid}; then {}", facts.stock(&mug).told()?))
}

fn euro_cart(scene: &mut Scene) -> Result<String, Trouble> {
    abroad(scene, "EUR")
}

fn yen_cart(scene: &mut Scene) -> Result<String, Trouble> {
    abroad(scene, "JPY")
}

fn abroad(scene: &mut Scene, currency: &str) -> Result<String, Trouble> {
    let mug = scene.article("mug", 10)?;
    let mut cart = scene.cart(&mug, "ETH");
    cart["currency"] = json!(currency);
    let order = scene.checkout(&cart)?;
    let total = scene.status(&order)?["total"].clone();
    let total = total.as_str().unwrap_or_default();
    let asked = format!(
        "{total} {currency} asked as {} USD",
        asked_usd(scene, &order)?
    );
    scene.pay(&order)?;
    scene.pump()?;
    scene.operate(&order, "fulfil", &json!({}), "packs the parcel")?;
    scene.pump()?;
    let facts = scene.facts().say(asked).status(&order).mails(&order);
    facts.shipments(&order).refund_due(&order).told()
}

/// What the gateway was asked for.
fn asked_usd(scene: &Scene, order: &Order) -> Result<String, Trouble> {
    let payments = scene.payments_of(order)?;
    let amount = payments.first().map(|payment| &payment["amount_usd"]);
    Ok(amount
        .and_then(Value::as_str)
        .unwrap_or("nothing")
        .to_owned())
}
