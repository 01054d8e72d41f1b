//! Another attempt of an order: what the gateway will be asked for, stored before it is asked.

use crate::api::{CreatePayment, create_payment_body};
use crate::config::OrderWindow;
use crate::document::{json, text};
use crate::money::{Chain, Currency, Decimal, Units};
use crate::order::Input;
use crate::store::{AttemptRecord, AttemptState, OrderRecord};
use crate::{ErrorCode, Result};

use super::super::bundle::Bundle;
use super::super::change::Change;
use super::super::link::show_live_attempt;
use super::super::price::price;
use super::super::status::LEAST_QUOTE_MS;
use super::super::wanted::HostRate;
use super::{Desk, MINUTE_MS, MOST_ATTEMPTS};

/// How long the gateway's quote runs, and the time an answer may take.
const QUOTE_MS: i64 = 16 * MINUTE_MS;

impl Desk {
    /// Stores the request of another attempt; `None` where a rate is needed first.
    pub(super) fn add_attempt(
        &self,
        change: &mut Change,
        worth: Units,
        rate: Option<&HostRate>,
    ) -> Result<Option<AttemptRecord>> {
        let wanted = &self.wanted;
        let now_ms = change.now_ms;
        let Some(cents) = price(wanted.currency, worth, rate, now_ms)? else {
            return Ok(None);
        };
        let number = change
            .bundle
            .attempts
            .iter()
            .map(|one| one.attempt)
            .max()
            .unwrap_or(0);
        let number = number.saturating_add(1);
        if number > MOST_ATTEMPTS {
            return Err(ErrorCode::TooManyAttempts.into());
        }
        let order = &change.bundle.order;
        let body = self.request_body(order, number, cents)?;
        let attempt = AttemptRecord {
            order_id: order.id.clone(),
            attempt: number,
            idempotency_key: format!("{}:{number}", order.id),
            coinpay_payment_id: None,
            payment_blockchain: wanted.chain,
            state: AttemptState::Creating,
            request_body: body,
            usd_cents: cents,
            worth,
            rate: rate
                .filter(|_| wanted.currency != Currency::USD)
                .map(|rate| {
                    text(&json!({ "rate": rate.rate, "source": rate.source, "at_ms": rate.at_ms }))
                }),
            payment_address: None,
            crypto_amount: None,
            expires_at_ms: None,
            created_at_ms: now_ms,
            answered_at_ms: None,
            looks: 0,
            looked_at_ms: None,
            next_look_at_ms: None,
            look_rank: 0,
            learnt_by: None,
            error: None,
        };
        let deadline_at_ms = self.deadline(order.terms.opened_at_ms, now_ms);
        change.bundle.order.payment_blockchain = wanted.chain;
        change.bundle.attempts.push(attempt.clone());
        change.apply(
            &self.cx,
            &Input::AttemptRequested {
                attempt: number,
                deadline_at_ms,
            },
        );
        show_live_attempt(change);
        Ok(Some(attempt))
    }

    /// Exactly what the gateway is asked for.
    fn request_body(&self, order: &OrderRecord, number: u32, cents: Units) -> Result<String> {
        let config = &self.cx.shop.config;
        let wanted = &self.wanted;
        let mut metadata = order.contents.metadata.clone();
        metadata.insert("order_id".into(), order.id.as_str().into());
        metadata.insert("attempt".into(), number.into());
        metadata.insert("shop_id".into(), config.shop_id().into());
        create_payment_body(&CreatePayment {
            business_id: config.business_id.clone(),
            amount_usd: Decimal::from_units(cents, 2),
            blockchain: wanted.chain.code().to_owned(),
            description: order.contents.description.clone(),
            metadata,
            payment_method: None,
            success_url: None,
            cancel_url: None,
            redirect_url: None,
            merchant_wallet_address: None,
        })
    }

    /// When the order expires if nothing comes. New attempts move it, at most by as much again.
    fn deadline(&self, opened_at_ms: i64, now_ms: i64) -> i64 {
        let config = &self.cx.shop.config;
        let minutes = match self.wanted.chain {
            Chain::Btc => config.window_btc_minutes,
            _ => config.window_minutes,
        };
        let window_ms = match config.order_window {
            OrderWindow::Order => i64::from(minutes).saturating_mul(MINUTE_MS),
            OrderWindow::Payment => return now_ms.saturating_add(QUOTE_MS),
        };
        let latest_ms = opened_at_ms.saturating_add(window_ms.saturating_mul(2));
        now_ms.saturating_add(window_ms).min(latest_ms)
    }
}

/// The attempt on this chain that can still be shown or continued.
pub(super) fn usable(
    bundle: &Bundle,
    chain: Chain,
    worth: Units,
    now_ms: i64,
) -> Option<&AttemptRecord> {
    let chosen = bundle
        .attempts
        .iter()
        .filter(|one| one.payment_blockchain == chain);
    let newest = chosen
        .max_by_key(|one| one.attempt)
        .filter(|one| one.worth == worth)?;
    let known = bundle.order.evidence.attempts.get(&newest.attempt);
    let over = known.is_some_and(|known| known.expired || known.failed || known.claimed());
    match newest.state {
        AttemptState::Creating => Some(newest),
        AttemptState::Open if over => None,
        AttemptState::Open => {
            let until_ms = newest.expires_at_ms?;
            (until_ms.saturating_sub(now_ms) >= LEAST_QUOTE_MS).then_some(newest)
        }
        AttemptState::Superseded | AttemptState::Refused => None,
    }
}
