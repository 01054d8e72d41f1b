//! A flow played again from the answers that a real store gave it: the whole of our own work and
//! none of the database's. Once in process, once through JSON documents as other languages do it.

use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use coinpay_core::Shop;
use coinpay_core::flow::{Answer, Flow, Request, Start, Step};
use coinpay_core::store::Rows;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::samples::{NOW_MS, Webhook};

/// The same for every flow that is recorded and played again.
pub const START: Start = Start {
    now_ms: NOW_MS,
    randomness: [7; 32],
};

/// What a store answered to one step.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    Rows(Vec<Rows>),
    Committed,
}

impl Said {
    fn answer(&self) -> Answer {
        match self {
            Self::Rows(rows) => Answer::Load(Ok(rows.clone())),
            Self::Committed => Answer::Commit(Ok(())),
        }
    }

    /// The answer as a host writes it.
    fn document(&self, step: usize) -> String {
        match self {
            Self::Rows(rows) => {
                json!({ "step": step, "now_ms": NOW_MS, "answer": "rows", "rows": rows })
            }
            Self::Committed => json!({ "step": step, "now_ms": NOW_MS, "answer": "committed" }),
        }
        .to_string()
    }
}

/// The flows that are played again, with the order that they are about.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Recording {
    pub order_id: String,
    pub customer_id: String,
    pub handle_webhook: Vec<Said>,
    pub order_status: Vec<Said>,
}

/// A recording made ready: nothing of what follows is prepared while it is measured.
#[derive(Debug)]
pub struct Replay {
    shop: Arc<Shop>,
    webhook: Webhook,
    webhook_input: String,
    webhook_answers: Vec<Answer>,
    webhook_documents: Vec<String>,
    status_input: String,
    status_answers: Vec<Answer>,
}

impl Replay {
    #[must_use]
    pub fn of(shop: Arc<Shop>, recording: &Recording) -> Self {
        let webhook = Webhook::paying(&recording.order_id);
        let answers = |said: &[Said]| said.iter().map(Said::answer).collect();
        let numbered = recording.handle_webhook.iter().zip(1..);
        let status = json!({
            "order_id": recording.order_id,
            "customer_id": recording.customer_id,
        });
        Self {
            shop,
            webhook_input: json!({ "signature": webhook.signature }).to_string(),
            webhook,
            webhook_answers: answers(&recording.handle_webhook),
            webhook_documents: numbered.map(|(said, step)| said.document(step)).collect(),
            status_input: status.to_string(),
            status_answers: answers(&recording.order_status),
        }
    }

    /// # Errors
    /// Where the flow asks for something else than what was recorded.
    pub fn handle_webhook(&self) -> Result<()> {
        let signature = Some(self.webhook.signature.clone());
        let flow = self
            .shop
            .handle_webhook(START, self.webhook.body.clone(), signature);
        let answer = play(flow, &self.webhook_answers)?;
        ensure!(answer.http_status == 200, "the webhook was not taken");
        Ok(())
    }

    /// The same through the document interface: every step is written as JSON and every answer
    /// read from it.
    ///
    /// # Errors
    /// As [`Replay::handle_webhook`].
    pub fn handle_webhook_by_documents(&self) -> Result<()> {
        let body = self.webhook.body.clone();
        let input = &self.webhook_input;
        let mut flow = self.shop.start(START, "handle_webhook", input, body)?;
        for answer in &self.webhook_documents {
            let step = flow.step_document().to_string();
            ensure!(step.contains("\"request\""), "the flow ended early");
            flow.answer_document(answer, Vec::new());
        }
        let done = flow.step_document().to_string();
        ensure!(
            done.contains("\"http_status\":200"),
            "the webhook was not taken"
        );
        Ok(())
    }

    /// # Errors
    /// Where the flow asks for something else than what was recorded.
    pub fn order_status(&self) -> Result<()> {
        let input = &self.status_input;
        let flow = self.shop.start(START, "order_status", input, Vec::new())?;
        let status: Json = play(flow, &self.status_answers)?;
        ensure!(
            status["status"] == "awaiting_payment",
            "an order that waits"
        );
        Ok(())
    }
}

fn play<T: Send + 'static>(mut flow: Flow<T>, answers: &[Answer]) -> Result<T> {
    for answer in answers {
        let Step::Ask { number, .. } = flow.step() else {
            bail!("the flow ended early");
        };
        flow.answer(*number, answer.clone(), NOW_MS);
    }
    match flow.into_outcome() {
        Ok(outcome) => Ok(outcome?),
        Err(_) => bail!("the flow goes on where its recording ends"),
    }
}

/// Runs a flow, carrying out its requests, and keeps what the store answered.
///
/// # Errors
/// The flow's own.
pub fn record<T: Send + 'static>(
    mut flow: Flow<T>,
    mut carry_out: impl FnMut(&Request) -> Answer,
) -> Result<(T, Vec<Said>)> {
    let mut said = Vec::new();
    while let Step::Ask { number, request } = flow.step() {
        let (number, answer) = (*number, carry_out(request));
        match &answer {
            Answer::Load(Ok(rows)) => said.push(Said::Rows(rows.clone())),
            Answer::Commit(Ok(())) => said.push(Said::Committed),
            // Preparing a store asks for a commit that fails; no flow that is played again does.
            Answer::Load(Err(_)) | Answer::Commit(Err(_)) | Answer::Http(_) | Answer::Wait => {}
        }
        flow.answer(number, answer, NOW_MS);
    }
    let outcome = flow.into_outcome().ok().context("the flow is done")?;
    Ok((outcome?, said))
}
