//! The calls that a busy shop makes all day, by name, without any database: what their
//! instructions are counted of, and their time taken.

use std::hint::black_box;

use anyhow::{Result, ensure};
use coinpay_core::Secret;
use coinpay_core::order::decide;
use coinpay_core::webhook::{TOLERANCE_S, parse_webhook, verify_webhook};

use crate::recorded::{Recording, Replay};
use crate::samples::{self, NOW_MS, Question, SECRET, Webhook};

/// Everything that the hot calls need, made once.
#[derive(Debug)]
pub struct HotCalls {
    webhook: Webhook,
    secrets: Vec<Secret>,
    question: Question,
    replay: Replay,
}

/// The names that [`HotCalls::call`] knows, in the order in which they are shown.
pub const NAMES: &[&str] = &[
    "verify_webhook",
    "parse_webhook",
    "decide",
    "handle_webhook",
    "handle_webhook_by_documents",
    "order_status",
];

impl HotCalls {
    /// # Errors
    /// Where a sample is not taken as it is meant.
    pub fn new(recording: &Recording) -> Result<Self> {
        Ok(Self {
            webhook: Webhook::sample(),
            secrets: vec![Secret::new(SECRET)],
            question: Question::sample()?,
            replay: Replay::of(samples::shop()?, recording),
        })
    }

    /// Makes the call of this name once.
    ///
    /// # Errors
    /// Where there is none of that name, or it does not do what it should.
    pub fn call(&self, name: &str) -> Result<()> {
        match name {
            "verify_webhook" => self.verify(),
            "parse_webhook" => self.parse(),
            "decide" => self.decide(),
            "handle_webhook" => self.replay.handle_webhook(),
            "handle_webhook_by_documents" => self.replay.handle_webhook_by_documents(),
            "order_status" => self.replay.order_status(),
            _ => anyhow::bail!("there is no hot call {name}"),
        }
    }

    /// # Errors
    /// Where the sample is not authentic.
    pub fn verify(&self) -> Result<()> {
        let webhook = black_box(&self.webhook);
        let signature = Some(webhook.signature.as_str());
        let verified =
            verify_webhook(&webhook.body, signature, &self.secrets, NOW_MS, TOLERANCE_S)?;
        ensure!(black_box(verified).secret_index == 0, "the first secret");
        Ok(())
    }

    /// # Errors
    /// Where the sample cannot be read.
    pub fn parse(&self) -> Result<()> {
        let event = parse_webhook(&black_box(&self.webhook).body)?;
        ensure!(black_box(event).data.payment_id.is_some(), "a payment");
        Ok(())
    }

    /// # Errors
    /// Where the sample report does not pay its order.
    pub fn decide(&self) -> Result<()> {
        let question = black_box(&self.question);
        let decision = decide(
            &question.terms,
            &question.evidence,
            &question.input,
            &question.circumstances,
        );
        ensure!(black_box(decision).changed, "a report that pays");
        Ok(())
    }

    #[must_use]
    pub const fn webhook(&self) -> &Webhook {
        &self.webhook
    }

    #[must_use]
    pub const fn question(&self) -> &Question {
        &self.question
    }

    #[must_use]
    pub const fn replay(&self) -> &Replay {
        &self.replay
    }
}
