//! All that a shop does, one thing at a time or at random. What the engine acknowledged is said
//! at once, line by line, to whoever compares it with what is there afterwards.

use std::path::Path;
use std::time::Duration;

use coinpay_core::flow::{
    CancelOrder, CancelReason, ClaimEffects, CompleteEffect, CreateCheckout, Effect, EffectId,
    FailEffect, OrderAccess, WebhookOutcome, WorkLimits,
};
use coinpay_core::webhook::sign_webhook;
use coinpay_core::{Clock, Engine, Error, ErrorCode, Result};
use rusqlite::{Connection, params};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::gateway::{Gateway, Pace, connect, event, payment_id};
use super::shop::{Dice, Journal, RoundClock, SECRET, engine, stock_the_shelf};

pub(crate) struct Worker {
    engine: Engine,
    clock: RoundClock,
    gateway: Connection,
    journal: Journal,
    dice: Dice,
    pace: Pace,
    seed: u64,
    carts: u64,
    orders: Vec<Ordered>,
    /// Handed out, done in the world, and not yet said to be done.
    in_hand: Vec<Effect>,
    listener: Box<dyn FnMut(&str)>,
}

/// What a shopper of this worker knows.
#[derive(Clone)]
struct Ordered {
    order_id: String,
    token: String,
    payment: i64,
}

impl Worker {
    /// Opens the shop's file, which may fail like anything else.
    pub(crate) fn start(
        folder: &Path,
        seed: u64,
        now_ms: i64,
        pace: Pace,
        listener: Box<dyn FnMut(&str)>,
    ) -> Result<Self> {
        let clock = RoundClock::new(now_ms);
        let gateway = Gateway::open(folder, seed, clock, pace);
        let engine = engine(folder, gateway, clock)?;
        engine.prepare_store()?;
        Ok(Self {
            engine,
            clock,
            gateway: connect(folder),
            journal: Journal::open(folder),
            dice: Dice::new(seed),
            pace,
            seed,
            carts: 0,
            orders: Vec::new(),
            in_hand: Vec::new(),
            listener,
        })
    }

    fn say(&mut self, line: &str) {
        (self.listener)(line);
    }

    /// Does something at random. Errors that belong to the day's work are none; what is left is
    /// the store's, or worse.
    pub(crate) fn act(&mut self) -> Result<()> {
        use ErrorCode::{CreateUnknown, GatewayUnreachable, LeaseLost, OutOfStock, Rejected};
        let (outcome, days_work) = match self.dice.below(20) {
            0..7 => (
                self.check_out_some_cart(),
                &[OutOfStock, CreateUnknown, GatewayUnreachable][..],
            ),
            7..12 => (self.be_paid(), &[][..]),
            12..17 => (self.do_some_side_work(), &[LeaseLost][..]),
            17 => (self.cancel_some_order(), &[Rejected][..]),
            _ => (self.reconcile(), &[GatewayUnreachable][..]),
        };
        outcome.or_else(|error| {
            if days_work.contains(&error.code) {
                Ok(())
            } else {
                Err(error)
            }
        })
    }

    fn check_out_some_cart(&mut self) -> Result<()> {
        // Every fifth is a cart seen before, as when a shopper presses the button again.
        if self.carts == 0 || self.dice.below(5) > 0 {
            self.carts += 1;
        }
        let rare = self.seed.wrapping_add(self.carts).is_multiple_of(8);
        let sku = if rare { "print" } else { "book" };
        self.check_out(&format!("{}-{}", self.seed, self.carts), sku)
    }

    pub(crate) fn check_out(&mut self, cart: &str, sku: &str) -> Result<()> {
        let input = json!({
            "cart_id": cart,
            "currency": "USD",
            "items": [{"sku": sku, "quantity": 1, "price": "15.00"}],
            "blockchain": "ETH",
            "ship": "effect",
        });
        let input: CreateCheckout = serde_json::from_value(input).unwrap();
        let checkout = self.engine.create_checkout(input)?;
        let payment = checkout.order.and_then(|order| order.payment);
        let Some(payment) = payment.map(|payment| payment.payment_id) else {
            return Ok(());
        };
        let order_id = checkout.order_id;
        let number = payment.rsplit('-').next().unwrap().parse().unwrap();
        self.orders.push(Ordered {
            order_id: order_id.clone(),
            token: checkout.status_token.unwrap(),
            payment: number,
        });
        self.gateway
            .execute("UPDATE payments SET shown = 1 WHERE number = ?", [number])
            .unwrap();
        self.say(&format!("checkout {cart} {order_id} {payment}"));
        Ok(())
    }

    /// Somebody pays, on time or late; the webhook comes, comes twice, or never comes.
    fn be_paid(&mut self) -> Result<()> {
        let heard = self.dice.below(6) > 0;
        // Nobody pays what they were not shown; but a webhook may be faster than our answer.
        let found = self.gateway.query_row(
            "SELECT number FROM payments WHERE paid = 0 AND (shown = 1 OR ?)
             ORDER BY number DESC LIMIT 1 OFFSET ?",
            params![heard, self.dice.below(12).cast_signed()],
            |row| row.get::<_, i64>(0),
        );
        let Ok(number) = found else { return Ok(()) };
        self.pay(number);
        if !heard {
            return Ok(());
        }
        self.deliver(number, "confirmed")?;
        if self.dice.below(4) == 0 {
            self.deliver(number, "confirmed")?;
        }
        if self.dice.below(4) == 0 {
            self.deliver(number, "forwarded")?;
        }
        Ok(())
    }

    /// One's shopper pays, and the webhook comes.
    pub(crate) fn be_paid_for(&mut self, chosen: usize, kind: &str) -> Result<()> {
        let number = self.orders[chosen].payment;
        self.pay(number);
        self.deliver(number, kind)
    }

    fn pay(&self, number: i64) {
        let pay = "UPDATE payments SET paid = 1 WHERE number = ?";
        self.gateway.execute(pay, [number]).unwrap();
    }

    /// A webhook comes. Anything but a 2xx is an error here, with the code of the answer.
    fn deliver(&mut self, number: i64, kind: &str) -> Result<()> {
        let now_ms = self.clock.now_ms();
        let body = event(number, "ETH", kind, now_ms).into_bytes();
        let hash = hex::encode(Sha256::digest(&body));
        let signature = sign_webhook(&body, SECRET, now_ms / 1_000);
        let answer = self.engine.handle_webhook(body, Some(signature))?;
        match (answer.http_status, &answer.outcome) {
            (200, _) => self.say(&format!("webhook {hash} {} 200", payment_id(number))),
            (503, WebhookOutcome::Refused { code }) => {
                let wait_ms = answer.retry_after_s.unwrap_or(0) * 1_000;
                return Err(Error::from(*code).retry_after_ms(wait_ms));
            }
            _ => self.say(&format!("bad answer: {answer:?}")),
        }
        Ok(())
    }

    /// Takes a little of what is due; now and then the carrier or the mailer is closed.
    fn do_some_side_work(&mut self) -> Result<()> {
        self.finish()?;
        let mut worst = Ok(());
        for effect in self.claim()? {
            let done = if self.dice.below(15) == 0 {
                self.fail(&effect)
            } else {
                self.carry_out(effect)
            };
            worst = worst.and(done);
        }
        worst
    }

    /// Takes and does whatever is due, until nothing is.
    pub(crate) fn do_all_side_work(&mut self) -> Result<()> {
        loop {
            self.finish()?;
            let effects = self.claim()?;
            if effects.is_empty() {
                return Ok(());
            }
            let mut worst = Ok(());
            for effect in effects {
                worst = worst.and(self.carry_out(effect));
            }
            worst?;
        }
    }

    /// Says what was done and could not be said before.
    fn finish(&mut self) -> Result<()> {
        while let Some(effect) = self.in_hand.pop() {
            self.complete(effect)?;
        }
        Ok(())
    }

    /// What a worker was handed it does, also when the store fails meanwhile.
    fn claim(&mut self) -> Result<Vec<Effect>> {
        let claim = ClaimEffects {
            limit: Some(4),
            kinds: Vec::new(),
        };
        let effects = self.engine.claim_effects(claim)?;
        for effect in &effects {
            self.journal.write("handed", effect);
        }
        Ok(effects)
    }

    /// First the world, then the shop: being cut off between the two is the hard case.
    fn carry_out(&mut self, effect: Effect) -> Result<()> {
        self.journal.write("done", &effect);
        if self.pace == Pace::Natural {
            std::thread::sleep(Duration::from_millis(self.dice.below(3)));
        }
        self.complete(effect)
    }

    fn complete(&mut self, effect: Effect) -> Result<()> {
        let complete = CompleteEffect {
            effect: id(&effect),
            result: None,
        };
        if let Err(error) = self.engine.complete_effect(complete) {
            self.in_hand.push(effect);
            return Err(error);
        }
        let (order, kind, subject) = (&effect.order_id, effect.kind, &effect.subject);
        self.say(&format!("completed {order} {kind} {subject}"));
        Ok(())
    }

    fn fail(&mut self, effect: &Effect) -> Result<()> {
        self.journal.write("failed", effect);
        let fail = FailEffect {
            effect: id(effect),
            claim_no: effect.claim_no,
            error: "closed today".into(),
        };
        self.engine.fail_effect(fail)?;
        self.say("failed");
        Ok(())
    }

    fn cancel_some_order(&mut self) -> Result<()> {
        let count = u64::try_from(self.orders.len()).unwrap();
        if count == 0 {
            return Ok(());
        }
        let chosen = self.dice.below(count);
        self.cancel(usize::try_from(chosen).unwrap())
    }

    pub(crate) fn cancel(&mut self, chosen: usize) -> Result<()> {
        let access = self.access(chosen);
        let order_id = access.order_id.clone();
        let cancel = CancelOrder {
            access,
            reason: CancelReason::Customer,
            actor: None,
            note: None,
        };
        self.engine.cancel_order(cancel)?;
        self.say(&format!("cancelled {order_id}"));
        Ok(())
    }

    fn access(&self, chosen: usize) -> OrderAccess {
        let ordered = self.orders[chosen].clone();
        OrderAccess {
            order_id: ordered.order_id,
            customer_id: None,
            status_token: Some(ordered.token),
        }
    }

    /// The shopper looks at the order.
    pub(crate) fn look(&self, chosen: usize) -> Result<()> {
        self.engine.order_status(self.access(chosen)).map(drop)
    }

    pub(crate) fn has_orders(&self) -> bool {
        !self.orders.is_empty()
    }

    /// A shelf that is stocked already stays as it is.
    pub(crate) fn stock_the_shelf(&mut self) -> Result<()> {
        stock_the_shelf(&self.engine)?;
        self.say("stocked");
        Ok(())
    }

    pub(crate) fn reconcile(&mut self) -> Result<()> {
        let report = self.engine.work(WorkLimits::default())?;
        self.say(match report.unreadable {
            0 => "worked",
            _ => "bad report: orders that cannot be read",
        });
        Ok(())
    }
}

pub(crate) fn id(effect: &Effect) -> EffectId {
    EffectId {
        order_id: effect.order_id.clone(),
        kind: effect.kind,
        subject: effect.subject.clone(),
    }
}
