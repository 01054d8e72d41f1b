//! What happens when all is quiet: one process works on until nothing is left, past every
//! deadline and every lease, and a person looks into the carrier's book where the shop cannot
//! know.

use std::path::Path;
use std::time::Duration;

use coinpay_core::Engine;
use coinpay_core::flow::{
    ClaimEffects, CompleteEffect, EffectId, SettleEffect, Settlement, WorkLimits,
};
use coinpay_core::order::EffectKind;
use coinpay_core::store::{Executor, Value};
use coinpay_stores::Server;

use super::book::{Book, read};
use super::worker::id;
use super::{CALLERS, direct};
use crate::support::rows;

const MINUTE_MS: i64 = 60_000;

pub(crate) fn heal(server: &Server, url: &str, folder: &Path) {
    let mut book = Book::open(folder, "healing");
    let store = server.executor(url);
    for minute in [5, 70, 190, 260] {
        let engine = direct(server, url, minute * MINUTE_MS);
        let limits = WorkLimits {
            looks: 100_000,
            rows: 100_000,
        };
        // What one call has no time for, the next one does.
        for _ in 0..20 {
            let report = engine.work(limits).expect("works");
            if !report.looks_left_over && report.expired == 0 {
                break;
            }
        }
        settle(store.as_ref(), &engine, &mut book, folder);
        std::thread::scope(|scope| {
            for caller in 0..CALLERS {
                let mut book = Book::open(folder, &format!("healing-{caller}"));
                let engine = &engine;
                scope.spawn(move || do_side_work(engine, &mut book));
            }
        });
    }
}

/// How often somebody who finds nothing looks again: others may have been faster just then.
const LOOKS: u32 = 5;

fn do_side_work(engine: &Engine, book: &mut Book) {
    let mut looks = 0;
    while looks < LOOKS {
        let claim = ClaimEffects {
            limit: Some(20),
            kinds: Vec::new(),
        };
        let effects = engine.claim_effects(claim).expect("claims");
        if effects.is_empty() {
            looks += 1;
            std::thread::sleep(Duration::from_millis(20));
        } else {
            looks = 0;
        }
        for effect in effects {
            book.effect("handed", &effect);
            book.effect("done", &effect);
            let complete = CompleteEffect {
                effect: id(&effect),
                result: None,
            };
            engine.complete_effect(complete).expect("completes");
            book.effect("completed", &effect);
        }
    }
}

/// A shipment that is in the book was made; one that is not is to be made.
fn settle(store: &dyn Executor, engine: &Engine, book: &mut Book, folder: &Path) {
    let told = read(folder);
    let uncertain = "SELECT order_id FROM coinpay_effects \
        WHERE kind = 'ship_order' AND state = 'uncertain'";
    for row in rows(store, uncertain) {
        let Some(Value::Text(order_id)) = row.first().cloned() else {
            panic!("an order has an id");
        };
        let kind = EffectKind::ShipOrder;
        let known = (order_id.clone(), kind.to_string(), String::new());
        let done = told.effects.get(&known).is_some_and(|one| one.done > 0);
        if !done {
            book.write(&["again", &order_id, &kind.to_string(), "", ""]);
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
        engine.settle_effect(settle).expect("settles");
    }
}
