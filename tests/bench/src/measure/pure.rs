//! Calls without a store: verifying, reading, deciding, and a flow whose answers were recorded.

use std::hint::black_box;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use coinpay_core::order::Evidence;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value as Json;
use sha2::Sha256;

use super::Effort;
use super::figure::{Figure, Unit, Wanted};
use super::store::record_sample;
use super::turns::{repeated, take_turns};
use crate::hot::HotCalls;
use crate::samples::{SECRET, Webhook};

/// The signature as its checker gets it who has read the header already.
pub(super) struct Signed<'a> {
    time_text: &'a str,
    signature: Vec<u8>,
    body: &'a [u8],
}

impl<'a> Signed<'a> {
    pub(super) fn of(webhook: &'a Webhook) -> Result<Self> {
        let (time, signature) = webhook
            .signature
            .split_once(",v1=")
            .context("a signature")?;
        Ok(Self {
            time_text: time.strip_prefix("t=").context("a time")?,
            signature: hex::decode(signature)?,
            body: &webhook.body,
        })
    }

    /// The bare `hmac` crate with a key that is ready.
    pub(super) fn check_with_hmac(&self, key: &Hmac<Sha256>) -> Result<()> {
        let signed = black_box(self);
        let mut mac = key.clone();
        mac.update(signed.time_text.as_bytes());
        mac.update(b".");
        mac.update(signed.body);
        mac.verify_slice(&signed.signature)?;
        Ok(())
    }

    /// `ring` with a key that is ready, and its best case: the signed text lies in one piece.
    fn check_with_ring(&self, key: &ring::hmac::Key, text: &[u8]) -> Result<()> {
        let checked = ring::hmac::verify(key, black_box(text), &self.signature);
        ensure!(checked.is_ok(), "ring takes the signature");
        Ok(())
    }
}

pub(super) fn hmac_key() -> Result<Hmac<Sha256>> {
    Ok(Hmac::<Sha256>::new_from_slice(SECRET.as_bytes())?)
}

pub(super) fn verify(effort: &Effort) -> Result<Vec<Figure>> {
    let calls = HotCalls::new(&record_sample()?)?;
    let signed = Signed::of(calls.webhook())?;
    let key = hmac_key()?;
    let ring_key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    let text = [signed.time_text.as_bytes(), b".", signed.body].concat();
    let turn_ns = effort.turn_ns;
    let samples = take_turns(
        effort.rounds,
        &mut [
            repeated(turn_ns, || calls.verify()),
            repeated(turn_ns, || signed.check_with_hmac(&key)),
            repeated(turn_ns, || signed.check_with_ring(&ring_key, &text)),
        ],
    )?;
    let [ours, hmac, ring] = &samples[..] else {
        anyhow::bail!("three sides");
    };
    let figure = || Figure::alone("verify", "verify 723 bytes", Unit::Nanoseconds, ours);
    Ok(vec![
        figure()
            .beside(ours, "hmac, key ready", hmac)
            .wanted(Wanted::AtMost(1.25)),
        figure().beside(ours, "ring, key ready", ring),
    ])
}

pub(super) fn parse(effort: &Effort) -> Result<Vec<Figure>> {
    let calls = HotCalls::new(&record_sample()?)?;
    let signed = Signed::of(calls.webhook())?;
    let key = hmac_key()?;
    let turn_ns = effort.turn_ns;
    let samples = take_turns(
        effort.rounds,
        &mut [
            repeated(turn_ns, || {
                calls.verify()?;
                calls.parse()
            }),
            repeated(turn_ns, || {
                signed.check_with_hmac(&key)?;
                let read: Json = serde_json::from_slice(black_box(signed.body))?;
                ensure!(black_box(read).is_object(), "an object");
                Ok(())
            }),
        ],
    )?;
    let [ours, peer] = &samples[..] else {
        anyhow::bail!("two sides");
    };
    let figure = Figure::alone("parse", "verify and parse", Unit::Nanoseconds, ours);
    Ok(vec![figure.beside(ours, "hmac and serde_json", peer)])
}

pub(super) fn decide(effort: &Effort) -> Result<Vec<Figure>> {
    let calls = HotCalls::new(&record_sample()?)?;
    let column = serde_json::to_string(&calls.question().evidence)?;
    let turn_ns = effort.turn_ns;
    let samples = take_turns(
        effort.rounds,
        &mut [
            repeated(turn_ns, || calls.decide()),
            repeated(turn_ns, || {
                let read: Evidence = serde_json::from_str(black_box(&column))?;
                ensure!(black_box(read).attempts.len() == 1, "one attempt");
                Ok(())
            }),
        ],
    )?;
    let [ours, peer] = &samples[..] else {
        anyhow::bail!("two sides");
    };
    let figure = Figure::alone("decide", "decide", Unit::Nanoseconds, ours);
    Ok(vec![figure.beside(ours, "reading its evidence", peer)])
}

pub(super) fn documents(effort: &Effort, _: &Path) -> Result<Vec<Figure>> {
    let calls = HotCalls::new(&record_sample()?)?;
    let replay = calls.replay();
    let turn_ns = effort.turn_ns;
    let mut samples = take_turns(
        effort.rounds,
        &mut [
            repeated(turn_ns, || replay.handle_webhook_by_documents()),
            repeated(turn_ns, || replay.handle_webhook()),
        ],
    )?;
    for sample in samples.iter_mut().flatten() {
        *sample /= 1_000.0;
    }
    let [ours, peer] = &samples[..] else {
        anyhow::bail!("two sides");
    };
    let what = "webhook flow by JSON steps";
    let figure = Figure::alone("documents", what, Unit::Microseconds, ours);
    Ok(vec![figure.beside(ours, "in process", peer)])
}
