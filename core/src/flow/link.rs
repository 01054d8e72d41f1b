//! Ties a payment id to an attempt of ours, and applies what was heard of that payment before.

use crate::Result;
use crate::document::json;
use crate::money::Units;
use crate::order::{Input, Outcome, PaymentFacts, PaymentStatus, Quote, Rejection, facts_of};
use crate::store::{AttemptState, EventRecord, Fields, Query, Rows, Statement};
use crate::webhook::{Event, EventKind, parse_webhook};

use super::change::{Change, lock_statement};
use super::context::Cx;

/// The lock that orders events against the answer of the create call.
pub(crate) fn payment_lock(payment_id: &str) -> String {
    format!("payment:{payment_id}")
}

/// What a link has to read besides the order: the payment's lock and its unmatched events.
pub(crate) fn link_loads(cx: &Cx, payment_id: &str) -> Vec<Statement> {
    vec![
        cx.sql(Query::LogVersion, vec![payment_lock(payment_id).into()]),
        cx.sql(Query::UnmatchedOf, vec![payment_id.into()]),
    ]
}

/// The payment as the gateway or an authentic event describes it.
pub(crate) struct Payment<'a> {
    pub(crate) id: &'a str,
    pub(crate) address: Option<&'a str>,
    pub(crate) crypto: Units,
    pub(crate) expires_at_ms: Option<i64>,
    pub(crate) state: AttemptState,
}

/// Links `payment` to attempt `number` and applies its stored events, in one commit.
pub(crate) fn link(
    cx: &Cx,
    change: &mut Change,
    number: u32,
    payment: &Payment<'_>,
    behind: &[Rows],
) -> Result<()> {
    let now_ms = change.now_ms;
    let Some(attempt) = change.bundle.attempt_mut(number) else {
        return Ok(());
    };
    attempt.coinpay_payment_id = Some(payment.id.to_owned());
    attempt.payment_address = payment.address.map(str::to_owned);
    attempt.crypto_amount = Some(payment.crypto);
    attempt.expires_at_ms = payment.expires_at_ms;
    attempt.answered_at_ms = Some(now_ms);
    attempt.state = payment.state;
    attempt.error = None;
    let chain = attempt.payment_blockchain;
    let worth = attempt.worth;
    change.log(
        "payment_linked",
        json!({ "attempt": number, "payment_id": payment.id }),
    );
    let quote = Quote {
        chain,
        crypto: payment.crypto,
        worth,
    };
    change.apply(
        cx,
        &Input::AttemptOpened {
            attempt: number,
            quote,
        },
    );
    show_live_attempt(change);

    let mut tables = behind.iter();
    let lock_version = match tables.next().and_then(|rows| rows.first()) {
        Some(row) => Fields::of("order_log", row)
            .optional_integer()?
            .unwrap_or(0),
        None => 0,
    };
    let lock = payment_lock(payment.id);
    let version = lock_version.saturating_add(1);
    let commit_id = cx.token();
    change.also(lock_statement(
        cx,
        &lock,
        version,
        "payment_linked",
        &commit_id,
        now_ms,
    ));
    for row in tables.next().map(Vec::as_slice).unwrap_or_default() {
        let stored = EventRecord::read(row)?;
        let outcome = match parse_webhook(&stored.bytes()) {
            Ok(event) => report(
                cx,
                change,
                number,
                &event,
                &stored.body_hash,
                stored.processed_at_ms,
            ),
            Err(_) => Outcome::Stale,
        };
        let params = vec![
            change.bundle.order.id.as_str().into(),
            outcome_name(&outcome).into(),
            stored.body_hash.into(),
        ];
        change.also(cx.sql(Query::LinkEvent, params));
    }
    Ok(())
}

/// Points the order's own columns at the attempt that the shopper is to pay.
pub(crate) fn show_live_attempt(change: &mut Change) {
    let Some(live) = change.bundle.live().cloned() else {
        return;
    };
    let order = &mut change.bundle.order;
    order.payment_blockchain = live.payment_blockchain;
    order.total_usd = Some(crate::money::Decimal::from_units(live.usd_cents, 2).to_string());
    let decimals = live.payment_blockchain.decimals();
    order.crypto_amount = live
        .crypto_amount
        .map(|units| crate::money::Decimal::from_units(units, decimals).to_string());
    order.coinpay_payment_id = live.coinpay_payment_id;
    order.payment_address = live.payment_address;
    order.expires_at_ms = live.expires_at_ms;
}

/// Applies an authentic event to attempt `number`. `heard_at_ms` is when it first came.
pub(crate) fn report(
    cx: &Cx,
    change: &mut Change,
    number: u32,
    event: &Event,
    body_hash: &str,
    heard_at_ms: i64,
) -> Outcome {
    let mut data = event.data.clone();
    data.business_id = data.business_id.or_else(|| event.business_id.clone());
    let facts = {
        let Some(attempt) = change.bundle.attempt(number) else {
            return Outcome::Stale;
        };
        let business_id = &cx.shop.config.business_id;
        let Some(expected) = change.bundle.expected(attempt, business_id) else {
            return Outcome::Stale;
        };
        let mut facts = facts_of(&data, Some(event.kind), &expected);
        let said_ms = facts.confirmed_at_ms.unwrap_or(heard_at_ms);
        facts.confirmed_at_ms = Some(said_ms.min(heard_at_ms));
        facts
    };
    let source = json!({ "webhook": body_hash, "type": event.type_name });
    apply_facts(cx, change, number, facts, "webhook", &source)
}

/// Applies facts to an attempt and remembers how its money was first heard of.
pub(crate) fn apply_facts(
    cx: &Cx,
    change: &mut Change,
    number: u32,
    facts: PaymentFacts,
    learnt_by: &str,
    source: &serde_json::Value,
) -> Outcome {
    let claims = facts.claims_money();
    let input = Input::PaymentReported {
        attempt: number,
        facts,
    };
    let outcome = change.apply_from(cx, &input, source);
    if claims && let Some(attempt) = change.bundle.attempt_mut(number) {
        attempt
            .learnt_by
            .get_or_insert_with(|| learnt_by.to_owned());
    }
    outcome
}

/// Whether an event of this kind says that money came.
pub(crate) const fn claims_money(kind: EventKind) -> bool {
    match kind {
        EventKind::PaymentConfirmed
        | EventKind::PaymentCompleted
        | EventKind::PaymentForwarding
        | EventKind::PaymentForwardingFailed
        | EventKind::PaymentForwarded
        | EventKind::PaymentRefunded => true,
        EventKind::PaymentCreated
        | EventKind::PaymentPending
        | EventKind::PaymentDetected
        | EventKind::PaymentConfirming
        | EventKind::PaymentExpired
        | EventKind::PaymentCancelled
        | EventKind::PaymentFailed
        | EventKind::Test
        | EventKind::Other => false,
    }
}

pub(crate) fn outcome_name(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Applied => "applied".into(),
        Outcome::AlreadyApplied => "already_applied".into(),
        Outcome::Stale => "stale".into(),
        Outcome::Conflicting { field } => format!("conflicting:{field}"),
        Outcome::Rejected { reason } => format!("rejected:{reason}"),
    }
}

/// A rejection as the error that a caller gets.
pub(crate) fn rejection(reason: Rejection, status: crate::order::Status) -> crate::Error {
    let message = format!("{reason}: the order is {status}");
    crate::Error::new(crate::ErrorCode::Rejected, message)
}

/// Whether the shopper has nothing more to do on this payment.
pub(crate) const fn settled(status: PaymentStatus) -> bool {
    match status {
        PaymentStatus::Confirmed | PaymentStatus::Forwarded | PaymentStatus::Refunded => true,
        PaymentStatus::Pending
        | PaymentStatus::Confirming
        | PaymentStatus::Expired
        | PaymentStatus::Failed => false,
    }
}
