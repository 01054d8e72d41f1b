//! What happens in the shop of a scenario: its workers, its operator, its power failures.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::{Reply, Trouble};
use super::scene::{Order, Scene};
use super::story::Actor;

impl Scene {
    /// Lets the worker do everything that is to be done now.
    pub(crate) fn pump(&mut self) -> Result<Value, Trouble> {
        let pumped = self.shop.want("/admin/pump", &json!({}))?;
        if pumped["learnt"].as_u64().unwrap_or(0) > 0 {
            self.tell(Actor::Shop, "asks the gateway and hears of the money");
        }
        self.tell_deeds()?;
        Ok(pumped)
    }

    /// Workers who claim and do effects at the same moment, knowing nothing of each other.
    pub(crate) fn workers_at_once(&mut self, count: usize) -> Result<(), Trouble> {
        let shop = &self.shop;
        let done: Vec<_> = thread::scope(|scope| {
            let work = || shop.want("/admin/effects", &json!({}));
            let workers: Vec<_> = (0..count).map(|_| scope.spawn(work)).collect();
            workers.into_iter().map(|worker| worker.join()).collect()
        });
        for worker in done {
            worker.map_err(|_| "a worker panicked")??;
        }
        self.tell_deeds()
    }

    fn tell_deeds(&mut self) -> Result<(), Trouble> {
        for (actor, text) in self.watching.new_deeds()? {
            self.tell(actor, &text);
        }
        Ok(())
    }

    /// The worker begins and gets stuck at this point; then the power fails.
    pub(crate) fn pump_until_killed(
        &mut self,
        point: &str,
        reached: impl Fn(&Self) -> Result<bool, Trouble>,
    ) -> Result<(), Trouble> {
        self.shop.want("/admin/stall", &json!({ "at": point }))?;
        let shop = self.shop.clone();
        // It ends with the shop, without an answer.
        let pumping = thread::spawn(move || shop.post("/admin/pump", &json!({})));
        let started = Instant::now();
        while !reached(self)? {
            if started.elapsed() > Duration::from_secs(10) {
                return Err("the worker never got there".into());
            }
            thread::sleep(Duration::from_millis(10));
        }
        self.tell_deeds()?;
        self.kill()?;
        let _no_answer = pumping.join();
        Ok(())
    }

    pub(crate) fn kill(&mut self) -> Result<(), Trouble> {
        self.process.kill()?;
        self.tell(Actor::Shop, "is killed (SIGKILL)");
        Ok(())
    }

    pub(crate) fn restart(&mut self) -> Result<(), Trouble> {
        self.start_process()?;
        self.tell(Actor::Shop, "starts again");
        Ok(())
    }

    /// An operator's command about an order, whatever it answers.
    pub(crate) fn operate(
        &mut self,
        order: &Order,
        command: &str,
        fields: &Value,
        words: &str,
    ) -> Result<Reply, Trouble> {
        let path = format!("/admin/orders/{}/{command}", order.id);
        let reply = self.shop.post(&path, fields)?;
        let answer = match reply.status {
            200 => String::new(),
            _ => format!(": {}", reply.in_short()),
        };
        self.tell(Actor::Operator, &format!("{words}{answer}"));
        self.tell_deeds()?;
        Ok(reply)
    }

    /// Goods for those who come to buy.
    pub(crate) fn stock_the_shelves(&mut self) -> Result<(), Trouble> {
        for sku in ["e-book", "voucher", "mug", "t-shirt", "headphones"] {
            let adjust = json!({ "adjustment_id": format!("open-{sku}"), "sku": sku, "delta": 20 });
            self.shop.want("/admin/stock", &adjust)?;
        }
        Ok(())
    }

    pub(crate) fn start_worker(&mut self) -> Result<(), Trouble> {
        self.shop
            .want("/admin/worker", &json!({ "on": true }))
            .map(drop)
    }
}
