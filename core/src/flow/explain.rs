//! The story of an order, from its log: what came, what was decided, by which rule.

use std::fmt::Write as _;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::Result;
use crate::document;
use crate::order::{EffectKind, Ledger, Line, view};
use crate::shop::Shop;
use crate::store::{EffectRecord, EventRecord, Fields, Query};
use crate::time::format_rfc3339;

use super::context::Cx;
use super::runtime::{Flow, Start};
use super::status::{OrderSummary, load_order, summary_of, written};

/// One entry of the order's log.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LogLine {
    pub version: i64,
    /// Milliseconds since 1970, UTC.
    pub at_ms: i64,
    pub kind: String,
    #[serde(default)]
    pub actor: Option<String>,
    #[serde(default)]
    pub note: Option<String>,
    pub document: Json,
}

crate::document::written! {
    LogLine {
        version, at_ms, kind, actor, note, document,
    }
}

/// A webhook that was received for a payment of the order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct EventLine {
    pub at_ms: i64,
    pub event_type: String,
    #[serde(default)]
    pub event_id: Option<String>,
    pub outcome: String,
    pub body_hash: String,
}

crate::document::written! {
    EventLine {
        at_ms, event_type, event_id, outcome, body_hash,
    }
}

/// A payment that was asked of the gateway.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AttemptLine {
    pub attempt: u32,
    pub blockchain: String,
    pub state: String,
    #[serde(default)]
    pub payment_id: Option<String>,
    #[serde(default)]
    pub address: Option<String>,
    /// In US dollars.
    pub amount_usd: String,
    /// How many units of the order's currency a dollar cost, where from and when.
    #[serde(default)]
    pub rate: Option<Json>,
    pub looks: u32,
    #[serde(default)]
    pub looked_at_ms: Option<i64>,
    #[serde(default)]
    pub next_look_at_ms: Option<i64>,
    /// `webhook` or `asking`: how its money was first heard of.
    #[serde(default)]
    pub learnt_by: Option<String>,
    #[serde(default)]
    pub error: Option<String>,
}

crate::document::written! {
    AttemptLine {
        attempt, blockchain, state, payment_id, address, amount_usd, rate, looks, looked_at_ms,
        next_look_at_ms, learnt_by, error,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct EffectLine {
    pub kind: EffectKind,
    pub subject: String,
    pub state: String,
    pub tries: u32,
    #[serde(default)]
    pub error: Option<String>,
    pub payload: Json,
    /// Milliseconds since 1970, UTC.
    #[serde(default)]
    pub created_at_ms: i64,
    #[serde(default)]
    pub updated_at_ms: i64,
}

crate::document::written! {
    EffectLine {
        kind, subject, state, tries, error, payload, created_at_ms, updated_at_ms,
    }
}

/// Everything that is known of an order, without what its customer gave.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Explanation {
    pub order: OrderSummary,
    /// The rule that gives the status.
    pub line: Line,
    pub rule: String,
    pub ledger: Ledger,
    pub attempts: Vec<AttemptLine>,
    pub log: Vec<LogLine>,
    pub events: Vec<EventLine>,
    pub effects: Vec<EffectLine>,
}

crate::document::written! {
    Explanation {
        order, line, rule, ledger, attempts, log, events, effects,
    }
}

impl Shop {
    /// Tells the story of an order, for operators.
    #[must_use]
    pub fn explain_order(self: &Arc<Self>, start: Start, order_id: String) -> Flow<Explanation> {
        let shop = Arc::clone(self);
        Flow::start(start, |channel| async move {
            let cx = Cx::new(shop, channel);
            explain(&cx, &order_id).await
        })
    }
}

async fn explain(cx: &Cx, order_id: &str) -> Result<Explanation> {
    let bundle = load_order(cx, order_id).await?;
    let loads = vec![
        cx.sql(Query::LogOf, vec![order_id.into()]),
        cx.sql(Query::EventsOf, vec![order_id.into()]),
    ];
    let rows = cx.load(loads).await?;
    let mut log = Vec::new();
    for row in rows.first().map(Vec::as_slice).unwrap_or_default() {
        let mut fields = Fields::of("order_log", row);
        log.push(LogLine {
            version: fields.integer()?,
            at_ms: fields.integer()?,
            kind: fields.text()?,
            actor: fields.optional_text()?,
            note: fields.optional_text()?,
            document: fields.json()?,
        });
    }
    let mut events = Vec::new();
    for row in rows.get(1).map(Vec::as_slice).unwrap_or_default() {
        let event = EventRecord::read(row)?;
        events.push(EventLine {
            at_ms: event.processed_at_ms,
            event_type: event.event_type,
            event_id: event.event_id,
            outcome: event.outcome,
            body_hash: event.body_hash,
        });
    }
    let attempts = bundle.attempts.iter().map(|one| AttemptLine {
        attempt: one.attempt,
        blockchain: one.payment_blockchain.to_string(),
        state: one.state.to_string(),
        payment_id: one.coinpay_payment_id.clone(),
        address: one.payment_address.clone(),
        amount_usd: crate::money::Decimal::from_units(one.usd_cents, 2).to_string(),
        rate: one
            .rate
            .as_deref()
            .and_then(|text| document::parse(text).ok()),
        looks: one.looks,
        looked_at_ms: one.looked_at_ms,
        next_look_at_ms: one.next_look_at_ms,
        learnt_by: one.learnt_by.clone(),
        error: one.error.clone(),
    });
    let effects = bundle.effects.iter().map(effect_line);
    let derived = view(&bundle.order.terms, &bundle.order.evidence);
    let mut order = summary_of(&bundle.order);
    order.customer = None;
    order.customer_id = None;
    order.description = None;
    Ok(Explanation {
        order,
        line: derived.line,
        rule: derived.line.rule().to_owned(),
        ledger: derived.ledger,
        attempts: attempts.collect(),
        log,
        events,
        effects: effects.collect(),
    })
}

fn effect_line(one: &EffectRecord) -> EffectLine {
    EffectLine {
        kind: one.kind,
        subject: one.subject.clone(),
        state: one.state.to_string(),
        tries: one.tries,
        error: one.error.clone(),
        payload: one.payload.clone(),
        created_at_ms: one.created_at_ms,
        updated_at_ms: one.updated_at_ms,
    }
}

impl Explanation {
    /// The story as text for a terminal.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let order = &self.order;
        let ledger = &self.ledger;
        let currency = ledger.currency;
        let _ = writeln!(
            text,
            "Order {}\n  {} / {}: {}",
            order.order_id, order.status, order.payment_status, self.rule
        );
        let _ = writeln!(
            text,
            "  due {}, came {}, missing {}",
            written(currency, ledger.due),
            written(currency, ledger.credited),
            written(currency, ledger.missing)
        );
        if let Some(due) = &ledger.refund_due {
            let _ = writeln!(
                text,
                "  refund due: {} ({})",
                written(currency, due.amount),
                due.reason
            );
        }
        for attempt in &self.attempts {
            let payment = attempt.payment_id.as_deref().unwrap_or("no payment id");
            let heard = attempt.learnt_by.as_deref();
            let heard = heard
                .map(|how| format!(", money heard of by {how}"))
                .unwrap_or_default();
            let _ = writeln!(
                text,
                "  attempt {}: {} {} USD, {} ({payment}){heard}",
                attempt.attempt, attempt.blockchain, attempt.amount_usd, attempt.state
            );
        }
        let _ = writeln!(text, "Log");
        for line in &self.log {
            let _ = writeln!(text, "  {}", log_text(line));
        }
        let _ = writeln!(text, "Webhooks");
        for event in &self.events {
            let at = format_rfc3339(event.at_ms);
            let _ = writeln!(text, "  {at}  {}: {}", event.event_type, event.outcome);
        }
        let _ = writeln!(text, "Side work");
        for effect in &self.effects {
            let subject = if effect.subject.is_empty() {
                "-"
            } else {
                &effect.subject
            };
            let error = effect
                .error
                .as_deref()
                .map(|why| format!(" ({why})"))
                .unwrap_or_default();
            let _ = writeln!(text, "  {} {subject}: {}{error}", effect.kind, effect.state);
        }
        text
    }
}

fn log_text(line: &LogLine) -> String {
    let said = |key: &str| {
        line.document
            .get(key)
            .and_then(Json::as_str)
            .map(str::to_owned)
    };
    let mut text = format!(
        "{:>3}  {}  {}",
        line.version,
        format_rfc3339(line.at_ms),
        line.kind
    );
    if let (Some(status), Some(rule)) = (said("status"), said("line")) {
        let _ = write!(text, " -> {status} (rule {rule})");
    }
    let source = line.document.get("source");
    if let Some(kind) = source.and_then(|source| source.get("type")?.as_str()) {
        let _ = write!(text, ", by webhook {kind}");
    } else if source.is_some_and(|source| source.get("answer").is_some()) {
        let _ = write!(text, ", by asking the gateway");
    }
    if let Some(actor) = &line.actor {
        let _ = write!(text, ", by {actor}");
    }
    if let Some(note) = &line.note {
        let _ = write!(text, ": {note}");
    }
    text
}
