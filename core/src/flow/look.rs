//! Asks the gateway about one attempt. What is learnt so is the same as what a webhook says.

use crate::api::{Finality, PaymentReport, get_payment, read_payment};
use crate::document::json;
use crate::order::facts_of;
use crate::store::{AttemptRecord, AttemptState, Query, Selector};
use crate::{ErrorCode, Result};

use super::change::Change;
use super::context::Cx;
use super::link::apply_facts;
use super::make::{Made, make_payment};
use super::schedule::{MINUTE_MS, next_look};
use super::transact::change_order;

/// What a look came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Looked {
    /// The gateway answered; whether money was learnt of by it.
    Answered { learnt: bool },
    /// There was nothing to ask about.
    Nothing,
    /// The gateway does not answer, or wants fewer questions.
    Unreachable,
}

/// Looks at one attempt, or repeats its create call where the outcome is unknown.
pub(crate) async fn look(cx: &Cx, attempt: &AttemptRecord, open: bool) -> Result<Looked> {
    postpone(cx, attempt).await?;
    if attempt.state == AttemptState::Creating {
        if !open {
            return Ok(Looked::Nothing);
        }
        return Ok(match make_payment(cx, attempt).await? {
            Made::Open | Made::NextAttempt | Made::Refused(_) => Looked::Answered { learnt: false },
            Made::Unknown(_) => Looked::Unreachable,
        });
    }
    let Some(payment_id) = attempt.coinpay_payment_id.as_deref() else {
        return Ok(Looked::Nothing);
    };
    // An answer may be long on its way: it tells what was so when it was asked for.
    let asked_ms = cx.now_ms();
    let request = get_payment(&cx.shop.config.base_url, payment_id)?;
    let report = match cx.call(&request, false, read_payment).await? {
        Ok(report) => Some(report),
        Err(failed) if failed.outcome == Finality::Final => {
            // The gateway has forgotten it; that it says so is an answer.
            if failed.error.code != ErrorCode::GatewayNotFound {
                return Ok(Looked::Unreachable);
            }
            None
        }
        Err(_) => return Ok(Looked::Unreachable),
    };
    let report = report.filter(|report| {
        report
            .payment_id
            .as_deref()
            .is_none_or(|id| id == payment_id)
    });
    let learnt = change_order(
        cx,
        Selector::Id(&attempt.order_id),
        Vec::new(),
        |change, _| {
            Ok(take_in(
                cx,
                change,
                attempt.attempt,
                report.as_ref(),
                asked_ms,
            ))
        },
    );
    Ok(Looked::Answered {
        learnt: learnt.await?.unwrap_or(false),
    })
}

/// Adds what the gateway answered, and plans the next look. Says whether money was learnt of.
fn take_in(
    cx: &Cx,
    change: &mut Change,
    number: u32,
    report: Option<&PaymentReport>,
    asked_ms: i64,
) -> bool {
    let version = change.bundle.order.version;
    let claimed = change.bundle.order.evidence.claimed();
    let facts = report.and_then(|report| {
        let attempt = change.bundle.attempt(number)?;
        let business_id = &cx.shop.config.business_id;
        let expected = change.bundle.expected(attempt, business_id)?;
        Some(facts_of(report, None, &expected))
    });
    if let Some(facts) = facts {
        let source = json!({ "answer": "payment" });
        apply_facts(cx, change, number, facts, "asking", &source);
    }
    let now_ms = change.now_ms;
    let status = change.bundle.order.status;
    let deadline_ms = change.bundle.order.evidence.deadline_at_ms;
    let known = change.bundle.order.evidence.attempts.get(&number).cloned();
    if let Some(record) = change.bundle.attempt_mut(number) {
        record.looks = record.looks.saturating_add(1);
        record.looked_at_ms = Some(asked_ms);
        let next = next_look(record, known.as_ref(), status, deadline_ms, now_ms);
        record.look_rank = next.map_or(0, |(rank, _)| rank);
        record.next_look_at_ms = next.map(|(_, at_ms)| at_ms);
        let params = vec![
            record.looks.into(),
            asked_ms.into(),
            record.next_look_at_ms.into(),
            record.look_rank.into(),
            record.order_id.as_str().into(),
            number.into(),
        ];
        // With a new version the whole row is written anyway.
        if change.bundle.order.version == version {
            change.also(cx.sql(Query::Looked, params));
        }
    }
    !claimed && change.bundle.order.evidence.claimed()
}

/// Before the call, so that another worker does something else meanwhile. Says nothing of a look
/// taken: the call may still be cut off.
async fn postpone(cx: &Cx, attempt: &AttemptRecord) -> Result<()> {
    let later_ms = cx.now_ms().saturating_add(MINUTE_MS);
    let params = vec![
        later_ms.into(),
        attempt.order_id.as_str().into(),
        attempt.attempt.into(),
    ];
    // A wish, not a fact: a busy store is let be.
    let _ = cx
        .commit_once(vec![cx.sql(Query::Postpone, params)])
        .await?;
    Ok(())
}
