//! What the webhook endpoint answers, and what it does before it answers.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::document::{ToJson, json, put, put_present, text};
use crate::money::Decimal;
use crate::order::Outcome;
use crate::shop::Shop;
use crate::store::{AttemptState, EventRecord, Fields, Query, Rows, Selector, Value};
use crate::webhook::{Event, EventKind, likely_cause, parse_webhook, verify_webhook};
use crate::{Error, ErrorCode, Result};

use super::change::{Change, lock_statement};
use super::context::Cx;
use super::link::{Payment, claims_money, link, link_loads, outcome_name, payment_lock, report};
use super::refusals;
use super::runtime::{Flow, Start};
use super::schedule::MINUTE_MS;
use super::transact::{Plan, change_order, transact};

/// What came of a webhook, for the log of the host.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum WebhookOutcome {
    Applied,
    AlreadyApplied,
    Stale,
    Conflicting {
        field: String,
    },
    /// The payment is not one that we know; it is kept for the answer that may still come.
    Unmatched,
    /// It belongs to another shop of the same business.
    Foreign,
    /// Authentic, and not an event.
    Unreadable,
    /// A type that means nothing to orders.
    Ignored,
    /// The gateway's test button.
    Test,
    /// Not authentic, too large, or the store was not to be had.
    Refused {
        code: ErrorCode,
    },
}

/// The answer of the webhook endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct WebhookAnswer {
    pub http_status: u16,
    #[serde(flatten)]
    pub outcome: WebhookOutcome,
    /// Seconds for a `Retry-After` header.
    #[serde(default)]
    pub retry_after_s: Option<u64>,
    #[serde(default)]
    pub order_id: Option<String>,
    #[serde(default)]
    pub event_type: Option<String>,
    #[serde(default)]
    pub payment_id: Option<String>,
    /// Which of the secrets signed it, counted from 0, the newest.
    #[serde(default)]
    pub secret_index: Option<usize>,
    /// For the host's log: why it was probably refused. Never for the caller of the endpoint.
    #[serde(default)]
    pub likely_cause: Option<String>,
}

impl ToJson for WebhookOutcome {
    fn to_json(&self) -> Json {
        match self {
            Self::Applied => json!({ "outcome": "applied" }),
            Self::AlreadyApplied => json!({ "outcome": "already_applied" }),
            Self::Stale => json!({ "outcome": "stale" }),
            Self::Conflicting { field } => json!({ "outcome": "conflicting", "field": field }),
            Self::Unmatched => json!({ "outcome": "unmatched" }),
            Self::Foreign => json!({ "outcome": "foreign" }),
            Self::Unreadable => json!({ "outcome": "unreadable" }),
            Self::Ignored => json!({ "outcome": "ignored" }),
            Self::Test => json!({ "outcome": "test" }),
            Self::Refused { code } => json!({ "outcome": "refused", "code": code }),
        }
    }
}

crate::document::serialize!(WebhookOutcome);

impl ToJson for WebhookAnswer {
    fn to_json(&self) -> Json {
        let mut document = self.outcome.to_json();
        if let Some(fields) = document.as_object_mut() {
            put(fields, "http_status", self.http_status.to_json());
            put_present(fields, "retry_after_s", self.retry_after_s.to_json());
            put_present(fields, "order_id", self.order_id.to_json());
            put_present(fields, "event_type", self.event_type.to_json());
            put_present(fields, "payment_id", self.payment_id.to_json());
            put_present(fields, "secret_index", self.secret_index.to_json());
            put_present(fields, "likely_cause", self.likely_cause.to_json());
        }
        document
    }
}

crate::document::serialize!(WebhookAnswer);

impl WebhookAnswer {
    fn new(http_status: u16, outcome: WebhookOutcome) -> Self {
        Self {
            http_status,
            outcome,
            retry_after_s: None,
            order_id: None,
            event_type: None,
            payment_id: None,
            secret_index: None,
            likely_cause: None,
        }
    }

    /// The body to answer with: a code at most, nothing that helps to forge.
    #[must_use]
    pub fn body(&self) -> String {
        match &self.outcome {
            WebhookOutcome::Refused { code } => text(&json!({ "error": code })),
            WebhookOutcome::Applied
            | WebhookOutcome::AlreadyApplied
            | WebhookOutcome::Stale
            | WebhookOutcome::Conflicting { .. }
            | WebhookOutcome::Unmatched
            | WebhookOutcome::Foreign
            | WebhookOutcome::Unreadable
            | WebhookOutcome::Ignored
            | WebhookOutcome::Test => text(&json!({ "received": true })),
        }
    }
}

impl Shop {
    /// Verifies, stores and applies a webhook. `body` are the bytes as they came, `signature` the
    /// `X-CoinPay-Signature` header. The answer is for the endpoint to give as it is; with a 2xx
    /// everything is durable.
    #[must_use]
    pub fn handle_webhook(
        self: &Arc<Self>,
        start: Start,
        body: Vec<u8>,
        signature: Option<String>,
    ) -> Flow<WebhookAnswer> {
        let shop = Arc::clone(self);
        Flow::start(start, |channel| async move {
            let cx = Cx::new(shop, channel);
            match handle(&cx, &body, signature.as_deref()).await {
                Ok(answer) => Ok(answer),
                Err(error) if error.code == ErrorCode::FlowMisused => Err(error),
                Err(error) => {
                    let outcome = WebhookOutcome::Refused { code: error.code };
                    let mut answer = WebhookAnswer::new(503, outcome);
                    let wait_ms = error.retry_after_ms.unwrap_or(1_000);
                    answer.retry_after_s = Some(wait_ms.div_ceil(1_000).max(1));
                    Ok(answer)
                }
            }
        })
    }
}

async fn handle(cx: &Cx, body: &[u8], signature: Option<&str>) -> Result<WebhookAnswer> {
    let config = &cx.shop.config;
    let tolerance_s = config.webhook_tolerance_s;
    let checked = verify_webhook(
        body,
        signature,
        &config.webhook_secrets,
        cx.now_ms(),
        tolerance_s,
    );
    let verified = match checked {
        Ok(verified) => verified,
        Err(rejection) => {
            let code = rejection.code();
            let outcome = WebhookOutcome::Refused { code };
            let mut answer = WebhookAnswer::new(code.http_status(), outcome);
            let (secrets, now_ms) = (&config.webhook_secrets, cx.now_ms());
            let cause = || likely_cause(body, signature, secrets, now_ms, &rejection).advice();
            answer.likely_cause = refusals::refuse(cx, code, cause).await?;
            return Ok(answer);
        }
    };
    let body_hash = hex::encode(Sha256::digest(body));
    let mut answer = match parse_webhook(body) {
        Err(_) => {
            let event = event_row(cx, body, &body_hash, "unreadable", None);
            store_only(cx, event, "unreadable").await?;
            WebhookAnswer::new(200, WebhookOutcome::Unreadable)
        }
        Ok(event) => {
            let mut answer = dispatch(cx, body, &body_hash, &event).await?;
            answer.event_type = Some(event.type_name);
            answer.payment_id = event.data.payment_id;
            answer
        }
    };
    answer.secret_index = Some(verified.secret_index);
    Ok(answer)
}

async fn dispatch(cx: &Cx, body: &[u8], body_hash: &str, event: &Event) -> Result<WebhookAnswer> {
    if event.kind == EventKind::Test {
        remember(cx, "webhook_test", json!({ "type": event.type_name })).await;
        return Ok(WebhookAnswer::new(200, WebhookOutcome::Test));
    }
    let payment_id = event
        .data
        .payment_id
        .as_deref()
        .filter(|id| id.len() <= 150);
    let (Some(payment_id), false) = (payment_id, event.kind == EventKind::Other) else {
        let row = event_row(cx, body, body_hash, &event.type_name, Some(event));
        store_only(cx, row, "ignored").await?;
        return Ok(WebhookAnswer::new(200, WebhookOutcome::Ignored));
    };
    let mut rounds = 0_u32;
    loop {
        if let Some(answer) = apply_known(cx, body, body_hash, event, payment_id).await? {
            return Ok(answer);
        }
        if let Some(answer) = adopt(cx, body, body_hash, event, payment_id).await? {
            return Ok(answer);
        }
        if let Some(answer) = keep_unmatched(cx, body, body_hash, event, payment_id).await? {
            return Ok(answer);
        }
        // Between the looks the payment was linked; that cannot go on for long.
        rounds = rounds.saturating_add(1);
        if rounds > 4 {
            return Err(Error::from(ErrorCode::StoreBusy));
        }
    }
}

/// The usual case: the payment is one of ours.
async fn apply_known(
    cx: &Cx,
    body: &[u8],
    body_hash: &str,
    event: &Event,
    payment_id: &str,
) -> Result<Option<WebhookAnswer>> {
    let selector = Selector::Payment {
        id: payment_id,
        body_hash,
    };
    change_order(cx, selector, Vec::new(), |change, _| {
        let number = change
            .bundle
            .attempt_of_payment(payment_id)
            .map(|one| one.attempt);
        let heard_at_ms = change.now_ms;
        let outcome = number.map_or(Outcome::Stale, |number| {
            report(cx, change, number, event, body_hash, heard_at_ms)
        });
        let known = change.bundle.event.clone();
        record_event(cx, change, body, body_hash, event, &outcome, known.as_ref());
        Ok(answer_for(&outcome, &change.bundle.order.id))
    })
    .await
}

/// Stores the body, once; a body that waited unmatched is tied to its order.
fn record_event(
    cx: &Cx,
    change: &mut Change,
    body: &[u8],
    body_hash: &str,
    event: &Event,
    outcome: &Outcome,
    known: Option<&EventRecord>,
) {
    let order_id = change.bundle.order.id.clone();
    let name = outcome_name(outcome);
    match known {
        None => {
            let mut row = event_row(cx, body, body_hash, &event.type_name, Some(event));
            row.order_id = Some(order_id);
            row.outcome = name;
            change.also(cx.sql(Query::InsertEvent, row.values()));
        }
        Some(known) if known.order_id.is_none() => {
            let params = vec![order_id.into(), name.into(), body_hash.into()];
            change.also(cx.sql(Query::LinkEvent, params));
        }
        Some(_) => {}
    }
}

/// A payment id that nobody knows, in an event that names the key of a create call of ours
/// whose outcome is unknown: that payment is the outcome.
async fn adopt(
    cx: &Cx,
    body: &[u8],
    body_hash: &str,
    event: &Event,
    payment_id: &str,
) -> Result<Option<WebhookAnswer>> {
    let key = event
        .data
        .metadata
        .get("idempotency_key")
        .and_then(|value| value.as_str());
    let Some((order_id, number)) = key.and_then(|key| key.rsplit_once(':')) else {
        return Ok(None);
    };
    let Ok(number) = number.parse::<u32>() else {
        return Ok(None);
    };
    let mut extra = link_loads(cx, payment_id);
    extra.push(cx.sql(Query::EventByHash, vec![body_hash.into()]));
    let adopted = change_order(cx, Selector::Id(order_id), extra, |change, behind| {
        let Some(attempt) = change.bundle.attempt(number) else {
            return Ok(None);
        };
        let chain = attempt.payment_blockchain;
        let crypto = event.data.amount_crypto.as_ref();
        let crypto = crypto.and_then(|amount| amount.to_units_rounded(chain.decimals()).ok());
        let usd = event
            .data
            .amount_usd
            .as_ref()
            .filter(|amount| !amount.is_zero());
        let same_price = usd.is_none_or(|usd| *usd == Decimal::from_units(attempt.usd_cents, 2));
        let (Some(crypto), Some(address)) = (crypto, event.data.payment_address.as_deref()) else {
            return Ok(None);
        };
        if attempt.state != AttemptState::Creating || !same_price || crypto.is_zero() {
            return Ok(None);
        }
        let payment = Payment {
            id: payment_id,
            address: Some(address),
            crypto,
            expires_at_ms: event.data.expires_at_ms,
            state: AttemptState::Open,
        };
        link(cx, change, number, &payment, behind)?;
        let heard_at_ms = change.now_ms;
        let outcome = report(cx, change, number, event, body_hash, heard_at_ms);
        let known = behind.get(2).and_then(|rows| rows.first());
        let known = known.map(|row| EventRecord::read(row)).transpose()?;
        record_event(cx, change, body, body_hash, event, &outcome, known.as_ref());
        Ok(Some(answer_for(&outcome, &change.bundle.order.id)))
    });
    Ok(adopted.await?.flatten())
}

/// Nobody knows the payment: the event is kept under the payment's lock, so that the answer of
/// a create call that is under way finds it. `None` when the payment was linked meanwhile.
async fn keep_unmatched(
    cx: &Cx,
    body: &[u8],
    body_hash: &str,
    event: &Event,
    payment_id: &str,
) -> Result<Option<WebhookAnswer>> {
    let said = event
        .data
        .metadata
        .get("shop_id")
        .and_then(|value| value.as_str());
    let foreign = said.is_some_and(|shop_id| shop_id != cx.shop.config.shop_id());
    let outcome = if foreign {
        WebhookOutcome::Foreign
    } else {
        WebhookOutcome::Unmatched
    };
    let name = if foreign { "foreign" } else { "unmatched" };
    let lock = payment_lock(payment_id);
    let loads = vec![
        cx.sql(Query::EventByHash, vec![body_hash.into()]),
        cx.sql(Query::LogVersion, vec![lock.as_str().into()]),
        cx.sql(Query::OrderOfPayment, vec![payment_id.into()]),
    ];
    let stored = transact(cx, loads, |rows, commit_id| {
        let table = |index: usize| rows.get(index).and_then(|rows: &Rows| rows.first());
        if table(2).is_some() {
            return Ok((false, Plan::default()));
        }
        if table(0).is_some() {
            return Ok((true, Plan::default()));
        }
        let version = match table(1) {
            Some(row) => Fields::of("order_log", row)
                .optional_integer()?
                .unwrap_or(0),
            None => 0,
        };
        let version = version.saturating_add(1);
        let mut row = event_row(cx, body, body_hash, &event.type_name, Some(event));
        row.outcome = name.into();
        let money = claims_money(event.kind) || event.data.received_amount.is_some();
        if money && !foreign {
            row.alert_at_ms = Some(cx.now_ms().saturating_add(MINUTE_MS.saturating_mul(10)));
        }
        let statements = vec![
            lock_statement(
                cx,
                &lock,
                version,
                "event_unmatched",
                &commit_id,
                cx.now_ms(),
            ),
            cx.sql(Query::InsertEvent, row.values()),
        ];
        Ok((
            true,
            Plan {
                statements,
                proof: Some((lock.clone(), version)),
                commit_id,
            },
        ))
    });
    Ok(stored.await?.then(|| WebhookAnswer::new(200, outcome)))
}

/// Keeps a body that moves no order.
async fn store_only(cx: &Cx, mut row: EventRecord, outcome: &str) -> Result<()> {
    outcome.clone_into(&mut row.outcome);
    let loads = vec![cx.sql(Query::EventByHash, vec![row.body_hash.as_str().into()])];
    transact(cx, loads, |rows, commit_id| {
        let known = rows.first().is_some_and(|rows| !rows.is_empty());
        let insert = cx.sql(Query::InsertEvent, row.values());
        let statements = if known { Vec::new() } else { vec![insert] };
        Ok((
            (),
            Plan {
                statements,
                proof: None,
                commit_id,
            },
        ))
    })
    .await
}

fn event_row(
    cx: &Cx,
    body: &[u8],
    body_hash: &str,
    event_type: &str,
    event: Option<&Event>,
) -> EventRecord {
    // Some databases take no NUL in a text.
    let text = std::str::from_utf8(body)
        .ok()
        .filter(|text| !text.contains('\0'));
    let short = |text: &str| text.chars().take(150).collect::<String>();
    EventRecord {
        body_hash: body_hash.to_owned(),
        event_id: event.and_then(|event| event.id.as_deref()).map(short),
        event_type: short(event_type),
        payment_id: event
            .and_then(|event| event.data.payment_id.as_deref())
            .map(short),
        order_id: None,
        outcome: String::new(),
        body: text.map_or_else(|| hex::encode(body), str::to_owned),
        body_encoding: if text.is_some() { "utf8" } else { "hex" }.to_owned(),
        processed_at_ms: cx.now_ms(),
        alert_at_ms: None,
    }
}

fn answer_for(outcome: &Outcome, order_id: &str) -> WebhookAnswer {
    let outcome = match outcome {
        Outcome::Applied => WebhookOutcome::Applied,
        Outcome::AlreadyApplied => WebhookOutcome::AlreadyApplied,
        Outcome::Stale | Outcome::Rejected { .. } => WebhookOutcome::Stale,
        Outcome::Conflicting { field } => WebhookOutcome::Conflicting {
            field: field.clone(),
        },
    };
    let mut answer = WebhookAnswer::new(200, outcome);
    answer.order_id = Some(order_id.to_owned());
    answer
}

/// Notes something for `health`. Nothing depends on it, so a busy store is let be.
pub(crate) async fn remember(cx: &Cx, name: &str, mut document: Json) {
    if let Some(fields) = document.as_object_mut() {
        fields.insert("at_ms".into(), cx.now_ms().into());
    }
    let value: Value = text(&document).into();
    let statements = vec![
        cx.sql(Query::DeleteMeta, vec![name.into()]),
        cx.sql(Query::InsertMeta, vec![name.into(), value]),
    ];
    let _ = cx.commit_once(statements).await;
}
