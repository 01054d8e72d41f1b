//! What anybody outside can see of a scenario's end, as a sentence of facts: the shop's public
//! status, the world's journal, the shelf, the gateway's list of payments.

use coinpay_core::money::{Currency, Units};
use serde_json::Value;

use super::client::Trouble;
use super::scene::{Article, Order, Scene};

pub(crate) struct Facts<'a> {
    scene: &'a Scene,
    said: Result<Vec<String>, Trouble>,
}

impl<'a> Facts<'a> {
    pub(super) const fn new(scene: &'a Scene) -> Self {
        Self {
            scene,
            said: Ok(Vec::new()),
        }
    }

    /// The sentence, or what kept it from being seen.
    pub(crate) fn told(self) -> Result<String, Trouble> {
        Ok(self.said?.join(", "))
    }

    fn also(mut self, fact: impl FnOnce(&Scene) -> Result<String, Trouble>) -> Self {
        let scene = self.scene;
        self.said = self.said.and_then(|mut said| {
            said.push(fact(scene)?);
            Ok(said)
        });
        self
    }

    pub(crate) fn say(self, text: impl Into<String>) -> Self {
        let text = text.into();
        self.also(|_| Ok(text))
    }

    /// `paid`, or `needs review (short)`.
    pub(crate) fn status(self, order: &Order) -> Self {
        self.also(|scene| {
            let status = scene.status(order)?;
            let word = status["status"].as_str().unwrap_or_default();
            let reasons = status["attention"].as_array().cloned().unwrap_or_default();
            let reasons: Vec<_> = reasons.iter().filter_map(Value::as_str).collect();
            let text = match reasons.is_empty() {
                true => word.to_owned(),
                false => format!("{word} ({})", reasons.join(" and ")),
            };
            Ok(text.replace('_', " "))
        })
    }

    /// `payment forwarded`.
    pub(crate) fn payment_status(self, order: &Order) -> Self {
        self.also(|scene| {
            let status = scene.status(order)?;
            let word = status["paymentStatus"].as_str().unwrap_or_default();
            Ok(format!("payment {word}"))
        })
    }

    /// What the shopper is told to do: `hint send the rest`.
    pub(crate) fn hint(self, order: &Order) -> Self {
        self.also(|scene| {
            let status = scene.status(order)?;
            let hint = status["hint"].as_str().unwrap_or_default();
            Ok(format!("hint {}", hint.replace('_', " ")))
        })
    }

    pub(crate) fn mails(self, order: &Order) -> Self {
        self.count(order, "mail")
    }

    pub(crate) fn shipments(self, order: &Order) -> Self {
        self.count(order, "shipment")
    }

    fn count(self, order: &Order, kind: &str) -> Self {
        self.also(|scene| {
            let deeds = scene.watching.deeds()?;
            let mine = deeds
                .iter()
                .filter(|deed| deed["kind"] == *kind && deed["order_id"] == *order.id);
            Ok(counted(mine.count(), kind))
        })
    }

    /// `alert short` for each alert, by name.
    pub(crate) fn alerts(self, order: &Order) -> Self {
        self.also(|scene| Ok(alert_names(&scene.watching.deeds()?, &order.id)))
    }

    /// The same for alerts of this scenario that belong to no order.
    pub(crate) fn shop_alerts(self) -> Self {
        self.also(|scene| Ok(alert_names(&scene.watching.deeds_since()?, "shop")))
    }

    /// `stock 9`, or `stock 10 with 1 reserved`.
    pub(crate) fn stock(self, article: &Article) -> Self {
        self.also(|scene| {
            let path = format!("/admin/stock?sku={}", article.sku);
            let shelf = scene.shop_get(&path)?;
            let level = &shelf["stock"][0];
            let number = |field: &str| level[field].as_i64().unwrap_or(-1);
            Ok(match number("reserved") {
                0 => format!("stock {}", number("on_hand")),
                reserved => format!("stock {} with {reserved} reserved", number("on_hand")),
            })
        })
    }

    /// `12.00 USD refund due (overpaid)`.
    pub(crate) fn refund_due(self, order: &Order) -> Self {
        self.also(|scene| {
            let status = scene.status(order)?;
            let due = &status["refund_due"];
            if due.is_null() {
                return Ok("no refund due".to_owned());
            }
            let currency = Currency::parse(status["currency"].as_str().unwrap_or_default())?;
            let units = due["amount"].as_str().unwrap_or_default().parse()?;
            let reason = due["reason"].as_str().unwrap_or_default();
            Ok(format!(
                "{} {} refund due ({})",
                currency.format(Units(units)),
                currency.code(),
                reason.replace('_', " ")
            ))
        })
    }

    /// How many payments the gateway has for an order: `1 payment`.
    pub(crate) fn payments(self, order: &Order) -> Self {
        self.also(|scene| {
            let count = scene.payments_of(order)?.len();
            Ok(counted(count, "payment"))
        })
    }

    /// What the shop answered to the webhooks of this scenario: `answered 200 200`.
    pub(crate) fn answers(self) -> Self {
        self.also(|scene| {
            let answers = scene.watching.answers.iter().map(u64::to_string);
            Ok(format!(
                "answered {}",
                answers.collect::<Vec<_>>().join(" ")
            ))
        })
    }
}

impl Scene {
    /// The payments that the gateway has for an order and that are ours.
    pub(crate) fn payments_of(&self, order: &Order) -> Result<Vec<Value>, Trouble> {
        let mut payments = self.payments()?;
        payments.retain(|payment| {
            payment["metadata"]["order_id"] == *order.id && payment["foreign"] != true
        });
        Ok(payments)
    }
}

fn alert_names(deeds: &[Value], order_id: &str) -> String {
    let mine = deeds
        .iter()
        .filter(|deed| deed["kind"] == "alert" && deed["order_id"] == *order_id);
    let names = mine.filter_map(|deed| deed["text"].as_str()?.split([':', '/']).next());
    let names: Vec<_> = names.map(|name| format!("alert {name}")).collect();
    match names.is_empty() {
        true => "no alert".to_owned(),
        false => names.join(" and "),
    }
}

fn counted(count: usize, what: &str) -> String {
    match count {
        0 => format!("no {what}"),
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}
