//! A process with eight callers. Each goes through its carts; where it was killed, it begins that
//! cart again, as a shopper does who saw no answer.

use std::path::Path;
use std::thread;
use std::time::Duration;

use coinpay_core::flow::{
    CancelOrder, CancelReason, Checkout, ClaimEffects, CompleteEffect, CreateCheckout, Effect,
    EffectId, OrderAccess, WorkLimits,
};
use coinpay_core::{Clock, Engine, Error, ErrorCode, SystemClock};
use serde_json::json;

use super::book::{Book, turns};
use super::{CALLERS, PROCESSES};
use crate::gateway::{Fate, Gateway, event, fate};
use crate::support::{engine, hash};

pub(crate) fn work(folder: &Path, url: &str, number: u64, carts: u64) {
    let executor = coinpay_core::open_executor(url).expect("an address");
    let gateway = Gateway {
        now_ms: Box::new(|| SystemClock.now_ms()),
    };
    let engine = engine(executor, Box::new(gateway), &json!({}));
    thread::scope(|scope| {
        for caller in 0..CALLERS {
            let engine = &engine;
            scope.spawn(move || {
                let first = number * CALLERS + caller;
                let name = format!("caller-{first}");
                let done = turns(folder, &name);
                let mut caller = Caller {
                    engine,
                    book: Book::open(folder, &name),
                };
                let mut cart = first + done * PROCESSES * CALLERS;
                while cart < carts {
                    caller.turn(cart);
                    cart += PROCESSES * CALLERS;
                }
            });
        }
    });
}

struct Caller<'a> {
    engine: &'a Engine,
    book: Book,
}

/// Errors that a shop answers with "try again"; any other ends the process, and fails the test.
fn come_again(error: &Error) {
    let known = [
        ErrorCode::StoreBusy,
        ErrorCode::StoreUnavailable,
        ErrorCode::CreateUnknown,
    ];
    assert!(known.contains(&error.code), "{error:?}");
    thread::sleep(Duration::from_millis(20));
}

impl Caller<'_> {
    fn turn(&mut self, cart: u64) {
        let name = format!("cart-{cart}");
        if let Some(checkout) = self.check_out(&name, cart) {
            self.go_on(&checkout);
        }
        self.do_side_work();
        if cart.is_multiple_of(37) {
            let limits = WorkLimits { looks: 5, rows: 20 };
            if let Err(error) = self.engine.work(limits) {
                come_again(&error);
            }
        }
        self.book.write(&["turn", &cart.to_string()]);
    }

    fn check_out(&mut self, name: &str, cart: u64) -> Option<Checkout> {
        let sku = if cart.is_multiple_of(3) {
            "popular"
        } else {
            "book"
        };
        let input = json!({
            "cart_id": name, "currency": "USD", "blockchain": "ETH", "ship": "effect",
            "items": [{"sku": sku, "quantity": 1, "price": "15.00"}],
        });
        loop {
            let input: CreateCheckout = serde_json::from_value(input.clone()).expect("an input");
            match self.engine.create_checkout(input) {
                Ok(checkout) => {
                    let order = checkout.order.as_ref();
                    let payment = order.and_then(|order| order.payment.as_ref());
                    // Paid already, before it was killed: there is nothing left to pay.
                    let payment = payment?.payment_id.clone();
                    let order_id = &checkout.order_id;
                    self.book.write(&["checkout", name, order_id, &payment]);
                    return Some(checkout);
                }
                Err(error) if error.code == ErrorCode::OutOfStock => {
                    self.book.write(&["out", name]);
                    return None;
                }
                Err(error) => come_again(&error),
            }
        }
    }

    fn go_on(&mut self, checkout: &Checkout) {
        let order = checkout.order.as_ref();
        let payment = order.and_then(|order| order.payment.as_ref());
        let Some(payment) = payment.map(|payment| payment.payment_id.clone()) else {
            return;
        };
        match fate(&payment) {
            Fate::Told => {
                self.deliver(&payment, "confirmed");
                if hash(&payment).is_multiple_of(3) {
                    self.deliver(&payment, "forwarded");
                }
            }
            Fate::NeverPaid if hash(&payment).is_multiple_of(4) => self.cancel(checkout),
            Fate::Silent | Fate::NeverPaid => {}
        }
    }

    /// Until it is acknowledged, as the gateway's queue does.
    fn deliver(&mut self, payment: &str, kind: &str) {
        let (body, signature) = event(payment, kind, SystemClock.now_ms());
        loop {
            let sent = self
                .engine
                .handle_webhook(body.clone(), Some(signature.clone()));
            let answer = sent.expect("the endpoint always answers");
            match answer.http_status {
                200 => break,
                503 => thread::sleep(Duration::from_millis(20)),
                _ => panic!("{answer:?}"),
            }
        }
        let text = String::from_utf8(body).expect("JSON");
        self.book
            .write(&["webhook", &crate::support::sha256(&text), payment]);
    }

    fn cancel(&mut self, checkout: &Checkout) {
        let cancel = || CancelOrder {
            access: OrderAccess {
                order_id: checkout.order_id.clone(),
                customer_id: None,
                status_token: checkout.status_token.clone(),
            },
            reason: CancelReason::Customer,
            actor: None,
            note: None,
        };
        loop {
            match self.engine.cancel_order(cancel()) {
                Ok(_) => return self.book.write(&["cancelled", &checkout.order_id]),
                Err(error) => come_again(&error),
            }
        }
    }

    fn do_side_work(&mut self) {
        let claim = ClaimEffects {
            limit: Some(6),
            kinds: Vec::new(),
        };
        match self.engine.claim_effects(claim) {
            Ok(effects) => effects.iter().for_each(|effect| self.carry_out(effect)),
            Err(error) => come_again(&error),
        }
    }

    /// First the world, then the shop.
    fn carry_out(&mut self, effect: &Effect) {
        self.book.effect("handed", effect);
        self.book.effect("done", effect);
        let complete = || CompleteEffect {
            effect: id(effect),
            result: None,
        };
        while let Err(error) = self.engine.complete_effect(complete()) {
            come_again(&error);
        }
        self.book.effect("completed", effect);
    }
}

pub(crate) fn id(effect: &Effect) -> EffectId {
    EffectId {
        order_id: effect.order_id.clone(),
        kind: effect.kind,
        subject: effect.subject.clone(),
    }
}
