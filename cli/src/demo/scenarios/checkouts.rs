//! What shoppers do at the till: impatience, second thoughts, the last piece.

use serde_json::{Value, json};

use super::Scenario;
use crate::demo::stage::{Reply, Scene, Trouble, order_of};

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "double-click",
        title: "An impatient shopper clicks twice",
        expected: "the same order and address twice, 1 payment, stock 10 with 1 reserved",
        play: double_click,
    },
    Scenario {
        name: "changed-cart",
        title: "The cart has changed since the first checkout",
        expected: "409 exists_with_different_total, first order awaiting payment, \
                   stock 10 with 1 reserved; replaced: first order cancelled, \
                   second awaiting payment, stock 10 with 2 reserved",
        play: changed_cart,
    },
    Scenario {
        name: "both-addresses-paid",
        title: "The shopper changes from Bitcoin to Ether, and pays both addresses",
        expected: "1 order, 2 payments, fulfilled, 1 mail, 1 shipment, \
                   12.00 USD refund due (overpaid), stock 9",
        play: both_addresses_paid,
    },
    Scenario {
        name: "last-item",
        title: "Two shoppers want the last T-shirt",
        expected: "201 and 409 out_of_stock, stock 1 with 1 reserved",
        play: last_item,
    },
    Scenario {
        name: "cancelled-then-paid",
        title: "A shopper cancels, and the money comes all the same",
        expected: "cancelled, stock 10; then needs review (cancelled), no mail, no shipment, \
                   12.00 USD refund due (cancelled); closed and refunded: refunded, \
                   no shipment, no refund due, stock 10, alert cancelled and alert refund_due",
        play: cancelled_then_paid,
    },
];

fn double_click(scene: &mut Scene) -> Result<String, Trouble> {
    let mug = scene.article("mug", 10)?;
    let cart = scene.cart(&mug, "USDC_POL");
    let replies = scene.checkout_at_once(&[&cart, &cart])?;
    let order = replies.first().ok_or("no answer").map(order_of)??;
    let field = |name: &str| {
        let said: Vec<_> = replies.iter().map(|reply| reply.text(name)).collect();
        said.windows(2)
            .all(|pair| pair[0] == pair[1] && !pair[0].is_empty())
    };
    let same = match (field("orderId"), field("address")) {
        (true, true) => "the same order and address twice".to_owned(),
        (true, false) => "the same order with different addresses".to_owned(),
        (false, _) => in_short(&replies),
    };
    let facts = scene.facts().say(same).payments(&order);
    facts.stock(&mug).told()
}

fn changed_cart(scene: &mut Scene) -> Result<String, Trouble> {
    let mug = scene.article("mug", 10)?;
    let mut cart = scene.cart(&mug, "USDC_POL");
    let first = scene.checkout(&cart)?;
    cart["items"][0]["quantity"] = json!(2);
    let refused = scene.try_checkout(&cart)?;
    let facts = scene.facts().say(refused.in_short());
    let facts = facts.say(first_order("first order", scene.status(&first)?));
    let before = facts.stock(&mug).told()?;
    cart["replace"] = json!(true);
    let second = scene.checkout(&cart)?;
    scene.pump()?;
    let facts = scene.facts();
    let facts = facts.say(first_order("first order", scene.status(&first)?));
    let facts = facts.say(first_order("second", scene.status(&second)?));
    Ok(format!("{before}; replaced: {}", facts.stock(&mug).told()?))
}

fn first_order(which: &str, status: Value) -> String {
    let word = status["status"].as_str().unwrap_or_default();
    format!("{which} {}", word.replace('_', " "))
}

fn both_addresses_paid(scene: &mut Scene) -> Result<String, Trouble> {
    let book = scene.article("e-book", 10)?;
    let mut cart = scene.cart(&book, "BTC");
    let bitcoin = scene.checkout(&cart)?;
    cart["blockchain"] = json!("ETH");
    let ether = scene.checkout(&cart)?;
    let orders = match bitcoin.id == ether.id {
        true => "1 order",
        false => "2 orders",
    };
    scene.pay(&ether)?;
    scene.pump()?;
    scene.pay(&bitcoin)?;
    scene.pump()?;
    let facts = scene.facts().say(orders).payments(&ether).status(&ether);
    let facts = facts.mails(&ether).shipments(&ether).refund_due(&ether);
    facts.stock(&book).told()
}

fn last_item(scene: &mut Scene) -> Result<String, Trouble> {
    let shirt = scene.article("t-shirt", 1)?;
    let carts = [scene.cart(&shirt, "SOL"), scene.cart(&shirt, "ETH")];
    let replies = scene.checkout_at_once(&[&carts[0], &carts[1]])?;
    let facts = scene.facts().say(in_short(&replies));
    facts.stock(&shirt).told()
}

fn in_short(replies: &[Reply]) -> String {
    let mut said: Vec<_> = replies.iter().map(Reply::in_short).collect();
    said.sort();
    said.join(" and ")
}

fn cancelled_then_paid(scene: &mut Scene) -> Result<String, Trouble> {
    let book = scene.article("e-book", 10)?;
    let cart = scene.cart(&book, "USDC_POL");
    let order = scene.checkout(&cart)?;
    scene.cancel(&order)?;
    scene.pump()?;
    let cancelled = scene.facts().status(&order).stock(&book).told()?;
    scene.pay(&order)?;
    scene.pump()?;
    let facts = scene.facts().status(&order).mails(&order).shipments(&order);
    let review = facts.refund_due(&order).told()?;
    scene.operate(&order, "review", &json!({}), "closes the order")?;
    let refund = json!({ "id": "refund-1", "amount": "12.00" });
    scene.operate(
        &order,
        "refund",
        &refund,
        "sends 12.00 USD back and records it",
    )?;
    scene.pump()?;
    let facts = scene.facts().say(status_word(&scene.status(&order)?));
    let facts = facts.shipments(&order).refund_due(&order).stock(&book);
    let facts = facts.alerts(&order);
    Ok(format!(
        "{cancelled}; then {review}; closed and refunded: {}",
        facts.told()?
    ))
}

fn status_word(status: &Value) -> String {
    status["status"]
        .as_str()
        .unwrap_or_default()
        .replace('_', " ")
}
