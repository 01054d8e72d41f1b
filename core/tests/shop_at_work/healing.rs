//! What happens when nobody kills it any more: one process works on until nothing is left, and a
//! person looks into the carrier's book where the shop cannot know.

use std::path::Path;

use coinpay_core::Engine;
use coinpay_core::flow::{
    ClaimEffects, CompleteEffect, EffectId, SettleEffect, Settlement, WorkLimits,
};
use coinpay_core::order::EffectKind;

use super::checks::journal;
use super::gateway::{Gateway, Pace};
use super::shop::{FILE, Journal, RoundClock, engine};
use super::worker::id;

const MINUTE_MS: i64 = 60_000;

/// When it works. Four hours in small steps: past every deadline and every lease, and past the
/// two hours' grace. Then more than a day in large ones: past the last look that finds money
/// while it still pays by itself, 23 hours after the deadline.
fn times_ms() -> impl Iterator<Item = i64> {
    let small = (0..96).map(|step| step * 150_000);
    let large = (1..=92).map(|step| (240 + step * 15) * MINUTE_MS);
    small.chain(large)
}

pub(crate) fn heal(folder: &Path, from_ms: i64) {
    let mut book = Journal::open(folder);
    for (step, after_ms) in (0..).zip(times_ms()) {
        let clock = RoundClock::new(from_ms + after_ms);
        // Other calls go wrong in each step, or the same looks would be cut off every time.
        let gateway = Gateway::open(folder, step, clock, Pace::Natural);
        let engine = engine(folder, gateway, clock).unwrap();
        let limits = WorkLimits {
            looks: 100_000,
            rows: 100_000,
        };
        engine.work(limits).unwrap();
        settle(folder, &engine, &mut book);
        do_side_work(&engine, &mut book);
    }
}

fn do_side_work(engine: &Engine, book: &mut Journal) {
    loop {
        let claim = ClaimEffects {
            limit: Some(100),
            kinds: Vec::new(),
        };
        let effects = engine.claim_effects(claim).unwrap();
        if effects.is_empty() {
            return;
        }
        for effect in effects {
            book.write("handed", &effect);
            book.write("done", &effect);
            let complete = CompleteEffect {
                effect: id(&effect),
                result: None,
            };
            engine.complete_effect(complete).unwrap();
        }
    }
}

/// A shipment that is in the book was made; one that is not is to be made.
fn settle(folder: &Path, engine: &Engine, book: &mut Journal) {
    let told = journal(folder);
    for order_id in uncertain(folder) {
        let kind = EffectKind::ShipOrder;
        let known = (order_id.clone(), kind.to_string(), String::new());
        let done = told.get(&known).is_some_and(|told| told.done > 0);
        if !done {
            book.again(&order_id);
        }
        let settle = SettleEffect {
            effect: EffectId {
                order_id,
                kind,
                subject: String::new(),
            },
            settlement: if done {
                Settlement::Done
            } else {
                Settlement::Again
            },
            actor: "clerk".into(),
            note: None,
        };
        engine.settle_effect(settle).unwrap();
    }
}

fn uncertain(folder: &Path) -> Vec<String> {
    let store = rusqlite::Connection::open(folder.join(FILE)).unwrap();
    let mut statement = store
        .prepare(
            "SELECT order_id FROM coinpay_effects
             WHERE kind = 'ship_order' AND state = 'uncertain'",
        )
        .unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}
