//! Whole webhooks on a durable file: verified, read, loaded, decided and committed, by one caller
//! and by 32, beside bare SQLite that writes the same rows to a copy of the same file.

use std::fs;
use std::path::Path;
use std::sync::{Barrier, Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use coinpay_core::Engine;
use coinpay_core::flow::WebhookOutcome;
use coinpay_core::store::Statement;

use super::Effort;
use super::bare::{Bare, Recorder};
use super::figure::{Figure, Unit, Wanted};
use super::machine::sync_us;
use super::store::{check_out, create, engine, open};
use super::turns::{Side, take_turns};
use crate::samples::Webhook;

pub(super) const CALLERS: usize = 32;

/// The rows of one webhook after the other, as the flow commits them.
type Commits = Vec<Vec<Statement>>;

pub(super) fn run(effort: &Effort, folder: &Path) -> Result<Vec<Figure>> {
    let first = folder.join("first.db");
    let webhooks = {
        let engine = create(&first)?;
        // One more round than is counted.
        let orders = check_out(&engine, 0..(effort.rounds + 1) * effort.webhooks)?;
        orders
            .iter()
            .map(|id| Webhook::paying(id))
            .collect::<Vec<_>>()
    };
    let commits = record(&first, &folder.join("recorded.db"), &webhooks)?;
    let [ours_one, ours_many] = ["ours-one.db", "ours-many.db"].map(|name| folder.join(name));
    let [bare_one, bare_many] = ["bare-one.db", "bare-many.db"].map(|name| folder.join(name));
    for copy in [&ours_one, &ours_many, &bare_one, &bare_many] {
        fs::copy(&first, copy).context("a copy of the file")?;
    }
    let (ours_one, ours_many) = (open(&ours_one)?, open(&ours_many)?);
    let (bare_one, bare_many) = (Bare::open(&bare_one)?, Bare::open(&bare_many)?);
    let (bare_one, bare_many) = (Mutex::new(bare_one), Mutex::new(bare_many));
    let samples = {
        let all = (&webhooks[..], &commits[..]);
        let batch = effort.webhooks;
        let sync = folder.join("sync");
        take_turns(
            effort.rounds,
            &mut [
                in_batches(all.0, batch, |part| handle(&ours_one, part, 1)),
                in_batches(all.1, batch, |part| write(&bare_one, part, 1)),
                in_batches(all.0, batch, |part| handle(&ours_many, part, CALLERS)),
                in_batches(all.1, batch, |part| write(&bare_many, part, CALLERS)),
                Box::new(move || sync_us(&sync)),
            ],
        )?
    };
    let [ours_one, bare_one, ours_many, bare_many, sync] = &samples[..] else {
        anyhow::bail!("five sides");
    };
    let figure = |what, samples| Figure::alone("webhook", what, Unit::PerSecond, samples);
    let half = Wanted::AtLeast(0.5);
    Ok(vec![
        figure("webhooks, 1 caller", ours_one)
            .beside(ours_one, "bare SQLite, same rows", bare_one)
            .wanted(half),
        figure("webhooks, 32 callers", ours_many)
            .beside(ours_many, "bare SQLite, 32 threads", bare_many)
            .wanted(half),
        figure("webhooks, 32 callers", ours_many)
            .beside(ours_many, "webhooks, 1 caller", ours_one)
            // Two equal sides differ by a few hundredths from run to run.
            .wanted(Wanted::AtLeast(0.95)),
        Figure::alone(
            "webhook",
            "4 KiB written and synced",
            Unit::Microseconds,
            sync,
        ),
    ])
}

/// Hears all webhooks on a copy of the file, to learn what is written for each.
fn record(file: &Path, copy: &Path, webhooks: &[Webhook]) -> Result<Commits> {
    fs::copy(file, copy).context("a copy of the file")?;
    let recorder = Recorder::open(copy)?;
    let engine = engine(Box::new(recorder.clone()))?;
    let mut commits = Vec::new();
    for webhook in webhooks {
        take(&engine, webhook)?;
        let mut written = recorder.take();
        ensure!(written.len() == 1, "a webhook is one commit");
        commits.append(&mut written);
    }
    Ok(commits)
}

/// A side that does the next part of its work in each turn and tells how much it does in a second.
fn in_batches<'a, T>(
    work: &'a [T],
    batch: usize,
    mut run: impl FnMut(&'a [T]) -> Result<f64> + 'a,
) -> Side<'a> {
    let mut parts = work.chunks(batch);
    Box::new(move || run(parts.next().context("enough work for every round")?))
}

/// Hands one webhook to the shop, which has not heard it before.
pub(super) fn take(engine: &Engine, webhook: &Webhook) -> Result<()> {
    let signature = Some(webhook.signature.clone());
    let answer = engine.handle_webhook(webhook.body.clone(), signature)?;
    let applied = answer.outcome == WebhookOutcome::Applied;
    ensure!(applied, "a webhook that pays: {:?}", answer.outcome);
    Ok(())
}

fn handle(engine: &Engine, webhooks: &[Webhook], callers: usize) -> Result<f64> {
    shared(webhooks, callers, |webhook| take(engine, webhook))
}

fn write(bare: &Mutex<Bare>, commits: &[Vec<Statement>], callers: usize) -> Result<f64> {
    shared(commits, callers, |statements| {
        let mut bare = bare.lock().unwrap_or_else(PoisonError::into_inner);
        bare.write(statements)
    })
}

/// Shares the work among callers that begin together; how much is done in a second.
pub(super) fn shared<T: Sync>(
    work: &[T],
    callers: usize,
    run: impl Fn(&T) -> Result<()> + Sync,
) -> Result<f64> {
    let start = Barrier::new(callers + 1);
    let seconds = std::thread::scope(|scope| {
        let call = |share: usize| {
            start.wait();
            let mut share = work.iter().skip(share).step_by(callers);
            share.try_for_each(&run)
        };
        let threads: Vec<_> = (0..callers)
            .map(|share| scope.spawn(move || call(share)))
            .collect();
        start.wait();
        let began = Instant::now();
        for thread in threads {
            thread.join().expect("a caller does not panic")?;
        }
        anyhow::Ok(began.elapsed().as_secs_f64())
    })?;
    Ok(work.len() as f64 / seconds)
}
