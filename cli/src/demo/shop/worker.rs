//! The shop's side work: asks the engine what is to be done, does it in the world, and says so.
//! Runs by itself on a thread, or step by step when somebody wants to see every step.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use coinpay_core::flow::{
    ClaimEffects, CompleteEffect, Effect, EffectId, FailEffect, OrderSummary, WorkLimits,
    WorkReport,
};
use coinpay_core::order::EffectKind;
use coinpay_core::{Clock, Result};
use serde::{Deserialize, Serialize};

use super::Shop;
use super::catalogue::product;
use super::journal::{Deed, Journal};

/// How often the thread looks whether there is something to do.
const TICK: Duration = Duration::from_millis(500);
/// Enough for whatever one order can set off.
const MOST_ROUNDS: u32 = 30;
const MOST_EFFECTS: u32 = 1_000;

/// Where a worker gets stuck, for those who want to kill the shop there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stall {
    BeforeShipping,
    /// The parcel has left, and nobody was told.
    AfterShipping,
    BeforeMail,
    AfterMail,
}

#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) journal: Journal,
    on: AtomicBool,
    stall: Mutex<Option<Stall>>,
    /// One round at a time, so that a step is a step.
    turn: Mutex<()>,
}

/// What a pump did until nothing was left to do.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Pumped {
    pub(crate) looked: u32,
    pub(crate) learnt: u32,
    pub(crate) expired: u32,
    pub(crate) effects: u32,
}

impl Worker {
    pub(crate) fn new(journal: Journal, on: bool) -> Self {
        Self {
            journal,
            on: AtomicBool::new(on),
            stall: Mutex::new(None),
            turn: Mutex::new(()),
        }
    }

    pub(crate) fn switch(&self, on: bool) {
        self.on.store(on, Ordering::SeqCst);
    }

    pub(crate) fn stall_at(&self, stall: Option<Stall>) {
        *self.stall.lock().unwrap_or_else(PoisonError::into_inner) = stall;
    }

    /// Waits for the end of the process where that was asked for.
    fn reach(&self, point: Stall) {
        let wanted = *self.stall.lock().unwrap_or_else(PoisonError::into_inner);
        while wanted == Some(point) {
            thread::park();
        }
    }
}

/// The thread's life.
pub(crate) fn run(shop: &Arc<Shop>) {
    loop {
        thread::sleep(TICK);
        if !shop.worker.on.load(Ordering::SeqCst) {
            continue;
        }
        if let Err(error) = pump(shop) {
            eprintln!("demo shop: side work: {error}");
            thread::sleep(TICK * 4);
        }
    }
}

/// Works and does effects until neither finds anything.
pub(crate) fn pump(shop: &Shop) -> Result<Pumped> {
    let _turn = shop
        .worker
        .turn
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let mut pumped = Pumped::default();
    for _ in 0..MOST_ROUNDS {
        let report = work(shop, WorkLimits::default())?;
        let done = do_effects(shop)?;
        pumped.looked += report.looked;
        pumped.learnt += report.learnt;
        pumped.expired += report.expired;
        pumped.effects += done;
        let ended = report.expired + report.released + report.lost_effects + report.alerted;
        if done + ended + report.looked == 0 {
            break;
        }
    }
    Ok(pumped)
}

pub(crate) fn work(shop: &Shop, limits: WorkLimits) -> Result<WorkReport> {
    shop.run(|core, start| core.work(start, limits))
}

/// Does what is due; says how much it was. Claims one thing at a time: whoever is killed then
/// leaves one thing undone, and no parcel uncertain that was never touched.
pub(crate) fn do_effects(shop: &Shop) -> Result<u32> {
    let mut done = 0;
    while done < MOST_EFFECTS {
        let claim = ClaimEffects {
            limit: Some(1),
            kinds: Vec::new(),
        };
        let claimed = shop.run(|core, start| core.claim_effects(start, claim))?;
        let Some(effect) = claimed.into_iter().next() else {
            break;
        };
        let id = EffectId {
            order_id: effect.order_id.clone(),
            kind: effect.kind,
            subject: effect.subject.clone(),
        };
        match act(shop, &effect) {
            Ok(()) => {
                let complete = CompleteEffect {
                    effect: id,
                    result: None,
                };
                shop.run(|core, start| core.complete_effect(start, complete))?;
            }
            Err(error) => {
                let fail = FailEffect {
                    effect: id,
                    claim_no: effect.claim_no,
                    error: error.to_string(),
                };
                shop.run(|core, start| core.fail_effect(start, fail))?;
            }
        }
        done += 1;
    }
    Ok(done)
}

/// Does one effect in the world.
fn act(shop: &Shop, effect: &Effect) -> io::Result<()> {
    let worker = &shop.worker;
    let journal = &worker.journal;
    let deed = |kind, text| Deed {
        at_ms: shop.clock.now_ms(),
        kind,
        key: &effect.idempotency_key,
        order_id: &effect.order_id,
        text,
    };
    match effect.kind {
        EffectKind::SendConfirmationEmail => {
            worker.reach(Stall::BeforeMail);
            let text = format!("\"Thank you for your order\" to {}", recipient(effect));
            journal.once(&deed("mail", &text))?;
            worker.reach(Stall::AfterMail);
        }
        EffectKind::ShipOrder => {
            worker.reach(Stall::BeforeShipping);
            journal.always(&deed("shipment", &goods(effect.order.as_ref())))?;
            worker.reach(Stall::AfterShipping);
        }
        EffectKind::OrderStatusChanged => {
            let order = effect.order.as_ref();
            let text =
                order.map(|order| format!("{}, payment {}", order.status, order.payment_status));
            journal.once(&deed("status", text.as_deref().unwrap_or("unknown")))?;
        }
        EffectKind::AlertOperations => {
            let said = |key: &str| effect.payload.get(key)?.as_str().map(str::to_owned);
            let name = said("alert").unwrap_or_default();
            let message = said("message").unwrap_or_default();
            journal.once(&deed("alert", &format!("{name}: {message}")))?;
        }
        // The engine counts this shop's stock itself and asks nobody.
        EffectKind::ReserveStock | EffectKind::ReleaseStock => {}
    }
    Ok(())
}

fn recipient(effect: &Effect) -> String {
    let customer = effect
        .order
        .as_ref()
        .and_then(|order| order.customer.as_ref());
    let email = customer.and_then(|customer| customer.get("email")?.as_str());
    email.unwrap_or("the customer").to_owned()
}

pub(crate) fn goods(order: Option<&OrderSummary>) -> String {
    let items = order
        .map(|order| order.items.as_slice())
        .unwrap_or_default();
    let lines = items.iter().map(|item| {
        let name = product(&item.sku).map_or(item.sku.as_str(), |product| product.name);
        format!("{} × {name}", item.quantity)
    });
    lines.collect::<Vec<_>>().join(", ")
}
