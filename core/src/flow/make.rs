//! Asks the gateway for the payment of an attempt whose request is already stored, and stores
//! what it answers. May be repeated at any time: key and bytes are always the same.

use crate::api::{CreatedPayment, Finality, create_payment_with_body, read_create_payment};
use crate::document::json;
use crate::money::{Chain, Units};
use crate::order::{CancelledBy, Input, Status, close, facts_of};
use crate::store::{AttemptRecord, AttemptState, Selector};
use crate::{Error, ErrorCode, Result};

use super::change::Change;
use super::context::Cx;
use super::link::{Payment, apply_facts, link, link_loads, show_live_attempt};
use super::status::LEAST_QUOTE_MS;
use super::transact::change_order;

/// What became of the create call of one attempt.
#[derive(Debug)]
pub(crate) enum Made {
    /// There is a payment to show.
    Open,
    /// There is none, and another attempt has to be made.
    NextAttempt,
    /// Not known yet; the same call continues it.
    Unknown(Error),
    /// The gateway will not make it.
    Refused(Error),
}

pub(crate) async fn make_payment(cx: &Cx, attempt: &AttemptRecord) -> Result<Made> {
    let request = create_payment_with_body(
        &cx.shop.config.base_url,
        attempt.request_body.clone(),
        &attempt.idempotency_key,
    );
    // Safe to repeat because of the key.
    match cx.call(&request, true, read_create_payment).await? {
        Ok(created) => record(cx, attempt, &created).await,
        Err(failed) => match failed.outcome {
            Finality::Final => refuse(cx, attempt, failed.error).await,
            Finality::Retryable | Finality::Unknown => Ok(Made::Unknown(unknown(failed.error))),
        },
    }
}

fn unknown(cause: Error) -> Error {
    let wait_ms = cause.retry_after_ms.unwrap_or(2_000);
    let message = format!("{} ({})", ErrorCode::CreateUnknown.advice(), cause.message);
    Error::new(ErrorCode::CreateUnknown, message).retry_after_ms(wait_ms)
}

/// Whether the answer is the payment that was asked for. A key that was used for something else
/// brings back that other payment.
fn is_the_one(attempt: &AttemptRecord, created: &CreatedPayment) -> bool {
    let report = &created.report;
    let code = report.blockchain.as_ref().or(report.currency.as_ref());
    let chain = code.and_then(|code| Chain::parse(code).ok());
    let same_chain = chain.is_none_or(|chain| chain.same_asset(attempt.payment_blockchain));
    let usd = report.amount_usd.as_ref().or(report.amount.as_ref());
    let cents = usd
        .and_then(|usd| usd.to_units_rounded(2).ok())
        .unwrap_or(Units::ZERO);
    same_chain && close(cents, attempt.usd_cents) == Some(true)
}

async fn record(cx: &Cx, attempt: &AttemptRecord, created: &CreatedPayment) -> Result<Made> {
    let report = &created.report;
    let decimals = attempt.payment_blockchain.decimals();
    let crypto = report.amount_crypto.as_ref();
    let crypto = crypto.and_then(|amount| amount.to_units_rounded(decimals).ok());
    let (Some(payment_id), Some(crypto)) = (
        report.payment_id.as_deref(),
        crypto.filter(|units| !units.is_zero()),
    ) else {
        let error = Error::new(
            ErrorCode::GatewayAnswerUnusable,
            "the answer to the create call has no amount in coins",
        );
        return Ok(Made::Unknown(unknown(error)));
    };
    if !is_the_one(attempt, created) {
        return collide(cx, attempt).await;
    }
    let number = attempt.attempt;
    let loads = link_loads(cx, payment_id);
    let made = change_order(
        cx,
        Selector::Id(&attempt.order_id),
        loads,
        |change, behind| {
            let newest = change.bundle.attempts.iter().map(|one| one.attempt).max();
            let Some(known) = change.bundle.attempt(number) else {
                return Ok(Made::NextAttempt);
            };
            if known.state != AttemptState::Creating {
                // Somebody else was faster to link it. What this answer says of the payment may
                // be news all the same: that it was paid meanwhile.
                if known.coinpay_payment_id.as_deref() == Some(payment_id) {
                    apply_answer(cx, change, number, created);
                }
                let open = |one: &AttemptRecord| one.state == AttemptState::Open;
                return Ok(match change.bundle.attempt(number).is_some_and(open) {
                    true => Made::Open,
                    false => Made::NextAttempt,
                });
            }
            // The gateway's clock and ours may differ; how long the quote runs does not.
            let answered_ms = created.date_ms.unwrap_or(change.now_ms);
            let runs_ms = report
                .expires_at_ms
                .map(|at_ms| at_ms.saturating_sub(answered_ms));
            let too_short = runs_ms.is_some_and(|runs_ms| runs_ms < LEAST_QUOTE_MS);
            let usable = !too_short && newest == Some(number);
            let payment = Payment {
                id: payment_id,
                address: report.payment_address.as_deref(),
                crypto,
                expires_at_ms: runs_ms.map(|runs_ms| change.now_ms.saturating_add(runs_ms)),
                state: if usable {
                    AttemptState::Open
                } else {
                    AttemptState::Superseded
                },
            };
            link(cx, change, number, &payment, behind)?;
            apply_answer(cx, change, number, created);
            Ok(if usable || newest != Some(number) {
                Made::Open
            } else {
                Made::NextAttempt
            })
        },
    );
    Ok(made.await?.unwrap_or(Made::NextAttempt))
}

/// A replayed payment may already have been paid, or be over.
fn apply_answer(cx: &Cx, change: &mut Change, number: u32, created: &CreatedPayment) {
    let facts = {
        let Some(attempt) = change.bundle.attempt(number) else {
            return;
        };
        let Some(expected) = change.bundle.expected(attempt, &cx.shop.config.business_id) else {
            return;
        };
        facts_of(&created.report, None, &expected)
    };
    let source = json!({ "answer": "create" });
    apply_facts(cx, change, number, facts, "asking", &source);
    let over = change
        .bundle
        .order
        .evidence
        .attempts
        .get(&number)
        .is_some_and(|one| one.expired);
    if over && let Some(attempt) = change.bundle.attempt_mut(number) {
        attempt.state = AttemptState::Superseded;
    }
}

async fn collide(cx: &Cx, attempt: &AttemptRecord) -> Result<Made> {
    let number = attempt.attempt;
    change_order(
        cx,
        Selector::Id(&attempt.order_id),
        Vec::new(),
        |change, _| {
            if let Some(known) = change.bundle.attempt_mut(number)
                && known.state == AttemptState::Creating
            {
                known.state = AttemptState::Refused;
                known.error = Some(ErrorCode::IdempotencyCollision.to_string());
                let error = ErrorCode::IdempotencyCollision;
                change.log(
                    "attempt_refused",
                    json!({ "attempt": number, "error": error }),
                );
            }
            Ok(())
        },
    )
    .await?;
    Ok(Made::NextAttempt)
}

/// A final refusal: the attempt is over, and with its last one the order gives its goods back.
async fn refuse(cx: &Cx, attempt: &AttemptRecord, error: Error) -> Result<Made> {
    let number = attempt.attempt;
    change_order(
        cx,
        Selector::Id(&attempt.order_id),
        Vec::new(),
        |change, _| {
            match change.bundle.attempt_mut(number) {
                Some(known) if known.state == AttemptState::Creating => {
                    known.state = AttemptState::Refused;
                    known.error = Some(error.to_string());
                }
                Some(_) | None => return Ok(()),
            }
            change.log(
                "attempt_refused",
                json!({ "attempt": number, "error": error }),
            );
            let left = change
                .bundle
                .attempts
                .iter()
                .filter(|one| matches!(one.state, AttemptState::Open | AttemptState::Creating));
            match left
                .max_by_key(|one| one.attempt)
                .map(|one| one.payment_blockchain)
            {
                Some(chain) => {
                    change.bundle.order.payment_blockchain = chain;
                    show_live_attempt(change);
                }
                None if change.bundle.order.status == Status::AwaitingPayment => {
                    change.apply(
                        cx,
                        &Input::Cancelled {
                            by: CancelledBy::Refusal,
                        },
                    );
                }
                None => {}
            }
            Ok(())
        },
    )
    .await?;
    Ok(Made::Refused(error))
}
