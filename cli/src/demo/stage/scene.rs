//! One gateway, one shop, one clock for both. What people and networks do in a scenario are the
//! methods here; each tells the timeline what it did.

use std::collections::HashSet;
use std::path::Path;
use std::thread;

use coinpay_core::time::parse_rfc3339_ms;
use coinpay_core::{Clock, SystemClock};
use serde_json::{Value, json};

use super::client::{Client, Reply, Trouble};
use super::facts::Facts;
use super::process::{ShopProcess, ShopSettings};
use super::story::{Actor, Story};
use super::watching::Watching;
use crate::sandbox::{Sandbox, SandboxConfig};

/// Monday, 2026-11-23, 08:00 UTC: the shop opens.
const OPENING_MS: i64 = 1_795_420_800_000;

#[derive(Debug)]
pub(crate) struct Scene {
    sandbox: Sandbox,
    settings: ShopSettings,
    pub(super) process: ShopProcess,
    pub(super) control: Client,
    pub(super) shop: Client,
    offset_ms: i64,
    pub(crate) story: Story,
    pub(super) watching: Watching,
    number: usize,
    carts: usize,
}

/// What a shopper was given at checkout.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) payment_id: String,
}

/// A batch on a shelf of its own, so that one scenario does not eat another's stock.
#[derive(Clone, Debug)]
pub(crate) struct Article {
    pub(crate) sku: String,
}

impl Scene {
    /// `shop` is the shop's program with its first arguments; ours where it is empty.
    pub(crate) fn open(
        folder: &Path,
        shop: &[String],
        seed: u64,
        story: Story,
    ) -> Result<Self, Trouble> {
        let sandbox = Sandbox::start(SandboxConfig {
            seed,
            ..SandboxConfig::default()
        })?;
        let control = Client::new(sandbox.control_url());
        let clock = json!({
            "unix_seconds": OPENING_MS / 1_000,
            "frozen": false,
            "signature_time": "sandbox",
        });
        control.want("/clock/set", &clock)?;
        let offset_ms = OPENING_MS.saturating_sub(SystemClock.now_ms());
        let settings = ShopSettings {
            folder: folder.to_owned(),
            command: shop.to_owned(),
            gateway_url: sandbox.base_url(),
            gateway_page: sandbox.page_url(),
        };
        let process = ShopProcess::start(&settings, None, offset_ms)?;
        let url = format!("{}/webhooks/coinpay", process.url);
        control.want("/webhooks/config", &json!({ "url": url }))?;
        Ok(Self {
            watching: Watching::new(settings.journal()),
            shop: Client::new(process.url.clone()),
            sandbox,
            settings,
            process,
            control,
            offset_ms,
            story,
            number: 0,
            carts: 0,
        })
    }

    pub(crate) fn now_ms(&self) -> i64 {
        SystemClock.now_ms().saturating_add(self.offset_ms)
    }

    pub(crate) fn shop_url(&self) -> &str {
        &self.process.url
    }

    pub(crate) fn gateway_page(&self) -> String {
        self.sandbox.page_url()
    }

    /// Clears away what the scenario before left: faults, a dead shop, work not done.
    pub(crate) fn begin(&mut self, number: usize) -> Result<(), Trouble> {
        self.number = number;
        self.carts = 0;
        self.control.delete("/faults")?;
        self.control.want("/webhooks/flush", &json!({}))?;
        if !self.process.is_running() {
            self.start_process()?;
        }
        self.shop.want("/admin/stall", &json!({ "at": null }))?;
        self.shop.want("/admin/pump", &json!({}))?;
        let payments: HashSet<String> = self.payments()?.iter().map(id_of).collect();
        let deliveries = self.deliveries()?;
        self.watching.forget(payments, &deliveries)
    }

    pub(crate) fn tell(&mut self, actor: Actor, text: &str) {
        let now_ms = self.now_ms();
        self.story.tell(now_ms, actor, text);
    }

    // What the shop has.

    pub(crate) fn article(&mut self, base: &str, pieces: i64) -> Result<Article, Trouble> {
        let sku = format!("{base}/{}", self.number);
        let adjust = json!({ "adjustment_id": sku, "sku": sku, "delta": pieces });
        self.shop.want("/admin/stock", &adjust)?;
        Ok(Article { sku })
    }

    /// A cart with one piece of an article, under a name of its own.
    pub(crate) fn cart(&mut self, article: &Article, blockchain: &str) -> Value {
        self.carts = self.carts.saturating_add(1);
        let name = format!("{}-{}", self.number, self.carts);
        json!({
            "cartId": format!("cart-{name}"),
            "customerId": format!("shopper-{name}"),
            "blockchain": blockchain,
            "currency": "USD",
            "items": [{ "sku": article.sku, "quantity": 1 }],
        })
    }

    // What shoppers do.

    /// Sends the cart to the checkout, whatever it answers.
    pub(crate) fn try_checkout(&mut self, cart: &Value) -> Result<Reply, Trouble> {
        let reply = self.shop.post("/checkout/crypto", cart)?;
        self.tell_checkout(cart, &reply);
        Ok(reply)
    }

    /// Sends the cart to the checkout and gets an order.
    pub(crate) fn checkout(&mut self, cart: &Value) -> Result<Order, Trouble> {
        let reply = self.try_checkout(cart)?;
        order_of(&reply)
    }

    /// Sends carts at the same moment.
    pub(crate) fn checkout_at_once(&mut self, carts: &[&Value]) -> Result<Vec<Reply>, Trouble> {
        let shop = &self.shop;
        let replies: Vec<Result<Reply, Trouble>> = thread::scope(|scope| {
            let calls = carts
                .iter()
                .map(|cart| scope.spawn(move || shop.post("/checkout/crypto", cart)));
            let calls: Vec<_> = calls.collect();
            let joined = calls.into_iter().map(|call| call.join());
            joined
                .map(|joined| joined.unwrap_or_else(|_| Err("a call panicked".into())))
                .collect()
        });
        let replies = replies.into_iter().collect::<Result<Vec<_>, _>>()?;
        for (cart, reply) in carts.iter().zip(&replies) {
            self.tell_checkout(cart, reply);
        }
        Ok(replies)
    }

    fn tell_checkout(&mut self, cart: &Value, reply: &Reply) {
        let order_id = reply.text("orderId");
        if !order_id.is_empty() {
            self.watching.orders.insert(order_id.clone());
        }
        let item = &cart["items"][0];
        let sku = item["sku"].as_str().unwrap_or_default();
        let sku = sku.split('/').next().unwrap_or(sku);
        let what = format!("checks out {} × {sku}", item["quantity"]);
        let text = if (200..300).contains(&reply.status) {
            format!(
                "{what}: order {}, to pay {} {}",
                short(&order_id),
                reply.text("cryptoAmount"),
                reply.text("blockchain"),
            )
        } else {
            format!("{what}: {}", reply.in_short())
        };
        self.tell(Actor::Shopper, &text);
    }

    pub(crate) fn pay(&mut self, order: &Order) -> Result<(), Trouble> {
        self.wallet(order, "pay", &json!({}), "pays the whole amount")
    }

    /// Does something to a payment at the gateway and waits until its webhooks are out.
    pub(crate) fn wallet(
        &mut self,
        order: &Order,
        action: &str,
        fields: &Value,
        words: &str,
    ) -> Result<(), Trouble> {
        let actor = match action {
            "pay" | "pay_rest" | "pay_late" | "overpay" | "underpay" => Actor::Shopper,
            _ => Actor::Gateway,
        };
        self.tell(actor, words);
        let path = format!("/payments/{}/{action}", order.payment_id);
        self.control.want(&path, fields)?;
        self.flush()
    }

    pub(crate) fn cancel(&mut self, order: &Order) -> Result<(), Trouble> {
        let path = format!("/orders/{}/cancel?token={}", order.id, order.token);
        let reply = self.shop.post(&path, &json!({}))?;
        self.tell(Actor::Shopper, "cancels the order");
        match reply.status {
            303 => Ok(()),
            _ => Err(format!("cancel: {}", reply.in_short()).into()),
        }
    }

    // What the gateway and the network do.

    pub(crate) fn fault(&mut self, fields: &Value) -> Result<(), Trouble> {
        self.control.want("/faults", fields).map(drop)
    }

    pub(crate) fn no_faults(&mut self) -> Result<(), Trouble> {
        self.control.delete("/faults").map(drop)
    }

    pub(crate) fn control(&mut self, path: &str, fields: &Value) -> Result<Value, Trouble> {
        self.control.want(path, fields)
    }

    /// Waits until every webhook is out, and tells of those of this scenario.
    pub(crate) fn flush(&mut self) -> Result<(), Trouble> {
        let flushed = self.control.want("/webhooks/flush", &json!({}))?;
        if flushed["idle"] != json!(true) {
            return Err("webhooks are still under way".into());
        }
        self.tell_deliveries()
    }

    fn tell_deliveries(&mut self) -> Result<(), Trouble> {
        let deliveries = self.deliveries()?;
        for line in self.watching.new_deliveries(&deliveries) {
            self.tell(Actor::Gateway, &line);
        }
        Ok(())
    }

    fn deliveries(&self) -> Result<Vec<Value>, Trouble> {
        let all = self.control.want_get("/webhooks/deliveries")?;
        Ok(all["deliveries"].as_array().cloned().unwrap_or_default())
    }

    /// The last event that was sent about an order's payment, as it was written.
    pub(crate) fn last_event(&self, order: &Order) -> Result<Value, Trouble> {
        let deliveries = self.deliveries()?;
        let mine = deliveries
            .iter()
            .rfind(|delivery| delivery["payment_id"] == *order.payment_id);
        let body = mine.and_then(|delivery| delivery["body"].as_str());
        Ok(serde_json::from_str(body.unwrap_or_default())?)
    }

    pub(crate) fn payments(&self) -> Result<Vec<Value>, Trouble> {
        let all = self.control.want_get("/payments")?;
        Ok(all["payments"].as_array().cloned().unwrap_or_default())
    }

    /// Lets time pass for both, the shop's clock first. Stops wherever something is due at the
    /// gateway, so that no webhook comes with a time that the shop has not reached or long left.
    pub(crate) fn advance(&mut self, minutes: i64) -> Result<(), Trouble> {
        let until_ms = self.now_ms().saturating_add(minutes * 60_000);
        while self.now_ms() < until_ms {
            let clock = self.control.want_get("/clock")?;
            let due_ms = clock["next_due_at"].as_str().and_then(parse_rfc3339_ms);
            let now_ms = self.now_ms();
            let next_ms = due_ms.unwrap_or(until_ms).clamp(now_ms, until_ms);
            let seconds = next_ms.saturating_sub(now_ms) / 1_000 + 1;
            self.offset_ms = self.offset_ms.saturating_add(seconds * 1_000);
            let shift = json!({ "offset_ms": self.offset_ms });
            if self.process.is_running() {
                self.shop.want("/admin/clock", &shift)?;
            }
            self.control
                .want("/clock/advance", &json!({ "seconds": seconds }))?;
        }
        self.tell_deliveries()
    }

    pub(super) fn start_process(&mut self) -> Result<(), Trouble> {
        let address = self.process.address();
        self.process = ShopProcess::start(&self.settings, Some(&address), self.offset_ms)?;
        Ok(())
    }

    pub(crate) fn shop_get(&self, path: &str) -> Result<Value, Trouble> {
        self.shop.want_get(path)
    }

    /// Begins a sentence about what is visible now.
    pub(crate) fn facts(&self) -> Facts<'_> {
        Facts::new(self)
    }

    /// The shopper's view of an order.
    pub(crate) fn status(&self, order: &Order) -> Result<Value, Trouble> {
        let path = format!("/orders/{}/status?token={}", order.id, order.token);
        self.shop.want_get(&path)
    }
}

pub(crate) fn order_of(reply: &Reply) -> Result<Order, Trouble> {
    if !(200..300).contains(&reply.status) {
        return Err(format!("checkout answered {}", reply.in_short()).into());
    }
    Ok(Order {
        id: reply.text("orderId"),
        token: reply.text("statusToken"),
        payment_id: reply.text("paymentId"),
    })
}

/// The end of an id, enough to tell orders apart.
pub(crate) fn short(id: &str) -> &str {
    id.get(id.len().saturating_sub(6)..).unwrap_or(id)
}

fn id_of(payment: &Value) -> String {
    payment["id"].as_str().unwrap_or_default().to_owned()
}
