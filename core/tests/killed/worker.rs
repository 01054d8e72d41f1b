//! What a process does until it is killed: all that a shop does, at random, saying aloud what
//! was done.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use coinpay_core::flow::{
    CancelOrder, CancelReason, ClaimEffects, CompleteEffect, CreateCheckout, Effect, EffectId,
    FailEffect, OrderAccess, WorkLimits,
};
use coinpay_core::webhook::sign_webhook;
use coinpay_core::{Clock, Engine, Error, ErrorCode};
use rusqlite::{Connection, params};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::gateway::{connect, event, payment_id};
use crate::shop::{Dice, Journal, RoundClock, SECRET, engine};

/// Longer than anybody waits before killing it.
const LONGEST: Duration = Duration::from_secs(90);

struct Worker {
    engine: Engine,
    clock: RoundClock,
    gateway: Connection,
    journal: Journal,
    dice: Dice,
    seed: u64,
    carts: u64,
    /// Orders of this process, with their tokens.
    orders: Vec<(String, String)>,
}

/// One line in one piece: the pipe takes it whole or not at all.
fn acknowledge(line: &str) {
    let mut output = std::io::stdout().lock();
    output
        .write_all(format!("ack: {line}\n").as_bytes())
        .unwrap();
    output.flush().unwrap();
}

/// Some errors belong to the day's work; any other is said, and fails the test.
fn expected(error: &Error, codes: &[ErrorCode]) {
    let busy = [ErrorCode::StoreBusy, ErrorCode::GatewayUnreachable];
    if !busy.contains(&error.code) && !codes.contains(&error.code) {
        acknowledge(&format!("bad error: {error}"));
    }
}

pub(crate) fn work(folder: &Path, seed: u64, now_ms: i64) {
    let clock = RoundClock::new(now_ms);
    let mut worker = Worker {
        engine: engine(folder, seed, clock),
        clock,
        gateway: connect(folder),
        journal: Journal::open(folder),
        dice: Dice::new(seed),
        seed,
        carts: 0,
        orders: Vec::new(),
    };
    worker.engine.prepare_store().unwrap();
    let start = Instant::now();
    while start.elapsed() < LONGEST {
        match worker.dice.below(20) {
            0..7 => worker.check_out(),
            7..12 => worker.be_paid(),
            12..17 => worker.do_side_work(),
            17 => worker.cancel(),
            _ => worker.reconcile(),
        }
    }
}

impl Worker {
    fn check_out(&mut self) {
        // Every fifth is a cart seen before, as when a shopper presses the button again.
        if self.carts == 0 || self.dice.below(5) > 0 {
            self.carts += 1;
        }
        let cart = format!("{}-{}", self.seed, self.carts);
        let rare = self.seed.wrapping_add(self.carts).is_multiple_of(8);
        let sku = if rare { "print" } else { "book" };
        let input = json!({
            "cart_id": cart,
            "currency": "USD",
            "items": [{"sku": sku, "quantity": 1, "price": "15.00"}],
            "blockchain": "ETH",
            "ship": "effect",
        });
        let input: CreateCheckout = serde_json::from_value(input).unwrap();
        let checkout = match self.engine.create_checkout(input) {
            Ok(checkout) => checkout,
            Err(error) => {
                return expected(&error, &[ErrorCode::OutOfStock, ErrorCode::CreateUnknown]);
            }
        };
        let payment = checkout.order.and_then(|order| order.payment);
        let Some(payment) = payment.map(|payment| payment.payment_id) else {
            return;
        };
        let order_id = checkout.order_id;
        self.orders
            .push((order_id.clone(), checkout.status_token.unwrap()));
        let number: i64 = payment.rsplit('-').next().unwrap().parse().unwrap();
        self.gateway
            .execute("UPDATE payments SET shown = 1 WHERE number = ?", [number])
            .unwrap();
        acknowledge(&format!("checkout {cart} {order_id} {payment}"));
    }

    /// Somebody pays, on time or late; the webhook comes, comes twice, or never comes.
    fn be_paid(&mut self) {
        let heard = self.dice.below(6) > 0;
        // Nobody pays what they were not shown; but a webhook may be faster than our answer.
        let found = self.gateway.query_row(
            "SELECT number FROM payments WHERE paid = 0 AND (shown = 1 OR ?)
             ORDER BY number DESC LIMIT 1 OFFSET ?",
            params![heard, self.dice.below(12).cast_signed()],
            |row| row.get::<_, i64>(0),
        );
        let Ok(number) = found else { return };
        let pay = "UPDATE payments SET paid = 1 WHERE number = ?";
        self.gateway.execute(pay, [number]).unwrap();
        if !heard {
            return;
        }
        self.deliver(number, "confirmed");
        if self.dice.below(4) == 0 {
            self.deliver(number, "confirmed");
        }
        if self.dice.below(4) == 0 {
            self.deliver(number, "forwarded");
        }
    }

    fn deliver(&self, number: i64, kind: &str) {
        let now_ms = self.clock.now_ms();
        let body = event(number, "ETH", kind, now_ms).into_bytes();
        let hash = hex::encode(Sha256::digest(&body));
        let signature = sign_webhook(&body, SECRET, now_ms / 1_000);
        let answer = self.engine.handle_webhook(body, Some(signature)).unwrap();
        if answer.http_status == 200 {
            acknowledge(&format!("webhook {hash} {} 200", payment_id(number)));
        } else if answer.http_status != 503 {
            acknowledge(&format!("bad answer: {answer:?}"));
        }
    }

    fn do_side_work(&mut self) {
        let claim = ClaimEffects {
            limit: Some(4),
            kinds: Vec::new(),
        };
        let effects = match self.engine.claim_effects(claim) {
            Ok(effects) => effects,
            Err(error) => return expected(&error, &[]),
        };
        for effect in effects {
            self.journal.write("handed", &effect);
            if self.dice.below(15) == 0 {
                self.fail(&effect);
            } else {
                self.carry_out(&effect);
            }
        }
    }

    /// First the world, then the shop: a kill between the two is the hard case.
    fn carry_out(&mut self, effect: &Effect) {
        self.journal.write("done", effect);
        std::thread::sleep(Duration::from_millis(self.dice.below(3)));
        let complete = CompleteEffect {
            effect: id(effect),
            result: None,
        };
        match self.engine.complete_effect(complete) {
            Ok(_) => {
                let (order, kind, subject) = (&effect.order_id, effect.kind, &effect.subject);
                acknowledge(&format!("completed {order} {kind} {subject}"));
            }
            Err(error) => expected(&error, &[]),
        }
    }

    fn fail(&mut self, effect: &Effect) {
        self.journal.write("failed", effect);
        let fail = FailEffect {
            effect: id(effect),
            claim_no: effect.claim_no,
            error: "closed today".into(),
        };
        match self.engine.fail_effect(fail) {
            Ok(_) => acknowledge("failed"),
            Err(error) => expected(&error, &[ErrorCode::LeaseLost]),
        }
    }

    fn cancel(&mut self) {
        let count = u64::try_from(self.orders.len()).unwrap();
        if count == 0 {
            return;
        }
        let chosen = usize::try_from(self.dice.below(count)).unwrap();
        let (order_id, token) = self.orders[chosen].clone();
        let cancel = CancelOrder {
            access: OrderAccess {
                order_id: order_id.clone(),
                customer_id: None,
                status_token: Some(token),
            },
            reason: CancelReason::Customer,
            actor: None,
            note: None,
        };
        match self.engine.cancel_order(cancel) {
            Ok(_) => acknowledge(&format!("cancelled {order_id}")),
            Err(error) => expected(&error, &[ErrorCode::Rejected]),
        }
    }

    fn reconcile(&self) {
        match self.engine.work(WorkLimits::default()) {
            Ok(report) if report.unreadable > 0 => {
                acknowledge("bad report: orders that cannot be read");
            }
            Ok(_) => acknowledge("worked"),
            Err(error) => expected(&error, &[]),
        }
    }
}

pub(crate) fn id(effect: &Effect) -> EffectId {
    EffectId {
        order_id: effect.order_id.clone(),
        kind: effect.kind,
        subject: effect.subject.clone(),
    }
}
