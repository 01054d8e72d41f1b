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
pub(super) struct Shop {
    engine: Engine,
    orders: usize,
    webhooks: Vec<Webhook>,
    times_us: RefCell<Vec<f64>>,
}

impl Shop {
    /// Opens as many further orders as `rounds` need.
    pub(super) fn with(engine: Engine, orders: usize, rounds: usize) -> Result<Self> {
        let first = orders + 10;
        let opened = check_out(&engine, first..first + (rounds + 1) * BATCH)?;
        Ok(Self {
            engine,
            orders,
            webhooks: opened.iter().map(|id| Webhook::paying(id)).collect(),
            times_us: RefCell::default(),
        })
    }

    fn name(&self) -> String {
        format!("{} orders", grouped(self.orders))
    }
}

pub(super) fn run(effort: &Effort, folder: &Path) -> Result<Vec<Figure>> {
    let mut shops = Vec::new();
    for orders in effort.orders {
        let file = file(folder, orders);
        fill_shop(&file, orders)?;
        shops.push(Shop::with(open(&file)?, orders, effort.rounds)?);
    }
    let mut figures = compare("orders", &shops, effort.rounds)?;
    let largest = shops.pop().context("a largest shop")?;
    drop(shops);
    figures.extend(memory(effort, folder, largest)?);
    Ok(figures)
}

/// Every shop beside the first and smallest, and the slowest webhooks of each.
pub(super) fn compare(group: &'static str, shops: &[Shop], rounds: usize) -> Result<Vec<Figure>> {
    let samples = {
        let mut sides: Vec<_> = shops.iter().map(side).collect();
        take_turns(rounds, &mut sides)?
    };
    let (smallest, first) = shops.first().zip(samples.first()).context("a shop")?;
    let beside = smallest.name();
    let mut figures = Vec::new();
    for (place, (shop, times)) in shops.iter().zip(&samples).enumerate() {
        let what = format!("{group}: a webhook at {}", shop.name());
        let mut figure = Figure::alone(group, &what, Unit::Microseconds, times);
        if place > 0 {
            figure = figure.beside(times, &beside, first);
        }
        if place + 1 == shops.len() {
            figure = figure.wanted(Wanted::AtMost(1.3));
        }
        figures.push(figure);
    }
    for shop in shops {
        let mut times_us = shop.times_us.take();
        times_us.sort_by(f64::total_cmp);
        let slow = at(&times_us, 99, 100);
        let what = format!("{group}: the slowest of 100 at {}", shop.name());
        let mut figure = Figure::alone(group, &what, Unit::Microseconds, &[slow]);
        figure.ours = Spread {
            low: at(&times_us, 98, 100),
            median: slow,
            high: at(&times_us, 995, 1000),
        };
        figures.push(figure);
    }
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
