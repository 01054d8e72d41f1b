//! The same webhook in a shop with a thousand orders, with a hundred thousand and with a million:
//! what a call costs must not grow with the shop.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use coinpay_core::Engine;
use coinpay_core::flow::{ClaimEffects, CompleteEffect, EffectId};

use super::Effort;
use super::callers::take;
use super::figure::{Figure, Spread, Unit, Wanted, at};
use super::memory;
use super::orders::fill;
use super::store::{check_out, create, open};
use super::turns::{Side, take_turns};
use crate::samples::Webhook;

/// How many webhooks one turn takes: few, so that the turns are close together.
const BATCH: usize = 24;

/// A shop of some size with webhooks for it that have not been heard.
struct Shop {
    engine: Engine,
    orders: usize,
    webhooks: Vec<Webhook>,
    times_us: RefCell<Vec<f64>>,
}

pub(super) fn run(effort: &Effort, folder: &Path) -> Result<Vec<Figure>> {
    let mut shops = Vec::new();
    for orders in effort.orders {
        let file = file(folder, orders);
        fill_shop(&file, orders)?;
        let engine = open(&file)?;
        let first = orders + 10;
        let opened = check_out(&engine, first..first + (effort.rounds + 1) * BATCH)?;
        shops.push(Shop {
            engine,
            orders,
            webhooks: opened.iter().map(|id| Webhook::paying(id)).collect(),
            times_us: RefCell::default(),
        });
    }
    let samples = {
        let mut sides: Vec<_> = shops.iter().map(side).collect();
        take_turns(effort.rounds, &mut sides)?
    };
    let [small, middle, large] = &samples[..] else {
        anyhow::bail!("three shops");
    };
    let name = |shop: &Shop| format!("{} orders", grouped(shop.orders));
    let figure = |shop: usize, samples: &[f64]| {
        let what = format!("a webhook at {}", name(&shops[shop]));
        Figure::alone("orders", &what, Unit::Microseconds, samples)
    };
    let beside = name(&shops[0]);
    let mut figures = vec![
        figure(0, small),
        figure(1, middle).beside(middle, &beside, small),
        figure(2, large)
            .beside(large, &beside, small)
            .wanted(Wanted::AtMost(1.3)),
    ];
    for shop in &shops {
        let mut times_us = shop.times_us.take();
        times_us.sort_by(f64::total_cmp);
        let slow = at(&times_us, 99, 100);
        let what = format!("the slowest of 100 at {}", name(shop));
        let mut figure = Figure::alone("orders", &what, Unit::Microseconds, &[slow]);
        figure.ours = Spread {
            low: at(&times_us, 98, 100),
            median: slow,
            high: at(&times_us, 995, 1000),
        };
        figures.push(figure);
    }
    let largest = shops.pop().context("a largest shop")?;
    drop(shops);
    figures.extend(memory(effort, folder, largest)?);
    Ok(figures)
}

/// A file with so many orders, each a copy of one that the flows have written.
fn fill_shop(file: &Path, orders: usize) -> Result<()> {
    let (ended, open) = {
        let engine = create(file)?;
        let ids = check_out(&engine, 0..2)?;
        let [ended, open] = &ids[..] else {
            anyhow::bail!("two orders");
        };
        take(&engine, &Webhook::paying(ended))?;
        complete_everything(&engine)?;
        (ended.clone(), open.clone())
    };
    fill(file, &ended, &open, orders)
}

fn complete_everything(engine: &Engine) -> Result<()> {
    loop {
        let claim = ClaimEffects {
            limit: Some(100),
            kinds: Vec::new(),
        };
        let claimed = engine.claim_effects(claim)?;
        if claimed.is_empty() {
            return Ok(());
        }
        for effect in claimed {
            let effect = EffectId {
                order_id: effect.order_id,
                kind: effect.kind,
                subject: effect.subject,
            };
            let result = None;
            engine.complete_effect(CompleteEffect { effect, result })?;
        }
    }
}

/// Tells the middle of its batch's times, in microseconds, and keeps all of them.
fn side(shop: &Shop) -> Side<'_> {
    let mut batches = shop.webhooks.chunks(BATCH);
    Box::new(move || {
        let batch = batches.next().context("enough webhooks for every round")?;
        let mut times_us = Vec::with_capacity(batch.len());
        for webhook in batch {
            let began = Instant::now();
            take(&shop.engine, webhook)?;
            times_us.push(began.elapsed().as_secs_f64() * 1e6);
        }
        shop.times_us.borrow_mut().extend(&times_us);
        Ok(Spread::of(&times_us).median)
    })
}

/// What a process of its own holds in memory that serves the largest shop.
fn memory(effort: &Effort, folder: &Path, shop: Shop) -> Result<Option<Figure>> {
    let first = shop.orders * 2 + 100;
    let opened = check_out(&shop.engine, first..first + effort.webhooks * 8)?;
    let orders = shop.orders;
    drop(shop);
    let Some(found) = memory::of_a_shop(&file(folder, orders), folder, &opened)? else {
        println!("resident memory is only measured on Linux");
        return Ok(None);
    };
    let what = format!("resident memory at {} orders", grouped(orders));
    let figure = Figure::alone("orders", &what, Unit::Megabytes, &[found]);
    Ok(Some(figure.wanted(Wanted::AtMost(64.0))))
}

fn file(folder: &Path, orders: usize) -> PathBuf {
    folder.join(format!("orders-{orders}.db"))
}

/// `1,000,000`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(1_000_000), "1,000,000");
    }
}
