//! What a shopper may see of an order, and what a host is told of it.

use std::sync::Arc;

use serde::Deserialize;

use crate::document;
use crate::money::{Chain, Currency, Decimal, Units};
use crate::order::{PaymentStatus, Reason, RefundDue, Status};
use crate::pay::{payment_uri, qr_svg};
use crate::shop::Shop;
use crate::store::{AttemptState, Item, Query, Selector};
use crate::{Error, ErrorCode, Result};

use super::bundle::Bundle;
use super::context::Cx;
use super::link::settled;
use super::runtime::{Flow, Start};
use super::schedule::MINUTE_MS;

/// What the shopper should do or know now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    SendPayment,
    Seen,
    Confirming,
    SendTheRest,
    QuoteExpired,
    Paid,
    BeingChecked,
    Expired,
    Cancelled,
}

crate::order::names!(pub Hint {
    SendPayment = "send_payment",
    Seen = "seen",
    Confirming = "confirming",
    SendTheRest = "send_the_rest",
    QuoteExpired = "quote_expired",
    Paid = "paid",
    BeingChecked = "being_checked",
    Expired = "expired",
    Cancelled = "cancelled",
});

/// What can be done with the order now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Pay,
    /// Ask for another address with `create_checkout`: the quote is over, or less came.
    RenewQuote,
    ChooseBlockchain,
    Cancel,
}

crate::order::names!(pub Action {
    Pay = "pay",
    RenewQuote = "renew_quote",
    ChooseBlockchain = "choose_blockchain",
    Cancel = "cancel",
});

/// The payment that the shopper is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PaymentView {
    pub payment_id: String,
    pub blockchain: Chain,
    /// The network in words, such as `Polygon`.
    pub network: String,
    /// The coin in short, such as `USDC`.
    pub asset: String,
    pub address: String,
    /// Exactly what to send, in coins.
    pub crypto_amount: String,
    #[serde(default)]
    pub uri: Option<String>,
    #[serde(default)]
    pub qr_svg: Option<String>,
    /// Milliseconds since 1970, UTC.
    #[serde(default)]
    pub expires_at_ms: Option<i64>,
    /// By the server's clock; 0 when the quote is over.
    #[serde(default)]
    pub seconds_left: Option<i64>,
}

crate::document::written! {
    PaymentView {
        payment_id, blockchain, network, asset, address, crypto_amount, uri, qr_svg, expires_at_ms,
        seconds_left,
    }
}

/// An order as its owner may see it. Amounts are decimals in the order's currency.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OrderStatus {
    pub order_id: String,
    pub status: Status,
    pub payment_status: PaymentStatus,
    pub hint: Hint,
    pub actions: Vec<Action>,
    pub currency: Currency,
    pub total: String,
    #[serde(default)]
    pub total_usd: Option<String>,
    /// What has come, and what is missing before the order counts as paid.
    pub credited: String,
    pub missing: String,
    #[serde(default)]
    pub payment: Option<PaymentView>,
    /// When the order expires if nothing comes; milliseconds since 1970, UTC.
    pub deadline_at_ms: i64,
    pub attention: Vec<Reason>,
    #[serde(default)]
    pub refund_due: Option<RefundDue>,
    pub now_ms: i64,
    /// How long to wait before asking again, in milliseconds.
    pub poll_after_ms: u64,
}

crate::document::written! {
    OrderStatus {
        order_id, status, payment_status, hint, actions, currency, total, total_usd, credited,
        missing, payment, deadline_at_ms, attention, refund_due, now_ms, poll_after_ms,
    }
}

/// An order as the host's own code gets it with an effect: also what its customer gave.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OrderSummary {
    pub order_id: String,
    #[serde(default)]
    pub cart_id: Option<String>,
    #[serde(default)]
    pub customer_id: Option<String>,
    /// As given at checkout; gone after `erase_customer`.
    #[serde(default)]
    pub customer: Option<serde_json::Value>,
    pub status: Status,
    pub payment_status: PaymentStatus,
    pub currency: Currency,
    pub total: String,
    pub blockchain: Chain,
    #[serde(default)]
    pub payment_id: Option<String>,
    #[serde(default)]
    pub crypto_amount: Option<String>,
    pub items: Vec<Item>,
    #[serde(default)]
    pub description: Option<String>,
    pub attention: Vec<Reason>,
}

crate::document::written! {
    OrderSummary {
        order_id, cart_id, customer_id, customer, status, payment_status, currency, total,
        blockchain, payment_id, crypto_amount, items, description, attention,
    }
}

/// Who asks for an order: its customer, or whoever has the token given at checkout.
#[derive(Clone, Debug, Default)]
pub struct OrderAccess {
    pub order_id: String,
    pub customer_id: Option<String>,
    pub status_token: Option<String>,
}

impl OrderAccess {
    /// `not_found` for anybody else, as if there were no such order.
    pub(super) fn check(&self, bundle: &Bundle) -> Result<()> {
        let order = &bundle.order;
        let owner = self.customer_id.is_some() && self.customer_id == order.user_id;
        let token = self
            .status_token
            .as_deref()
            .is_some_and(|token| same(token, &order.status_token));
        if owner || token {
            Ok(())
        } else {
            Err(ErrorCode::NotFound.into())
        }
    }
}

/// Compares without telling by its time where the difference is.
fn same(a: &str, b: &str) -> bool {
    let difference = a
        .bytes()
        .zip(b.bytes())
        .fold(0, |sum, (a, b)| sum | (a ^ b));
    a.len() == b.len() && difference == 0
}

impl Shop {
    /// What the owner of an order may see. Reads only the store; an open payment that has not
    /// been looked at for half a minute is put in front of `work`.
    #[must_use]
    pub fn order_status(self: &Arc<Self>, start: Start, access: OrderAccess) -> Flow<OrderStatus> {
        let shop = Arc::clone(self);
        Flow::start(start, |channel| async move {
            let cx = Cx::new(shop, channel);
            let bundle = load_order(&cx, &access.order_id).await?;
            access.check(&bundle)?;
            pull_look_forward(&cx, &bundle).await;
            Ok(status_of(&bundle, cx.now_ms()))
        })
    }
}

pub(crate) async fn load_order(cx: &Cx, order_id: &str) -> Result<Bundle> {
    let load = vec![cx.shop.sql.bundle(Selector::Id(order_id))];
    let rows = cx.load(load).await?;
    let found = rows.first().map(Bundle::read).transpose()?.flatten();
    found.ok_or_else(|| Error::from(ErrorCode::NotFound))
}

async fn pull_look_forward(cx: &Cx, bundle: &Bundle) {
    let now_ms = cx.now_ms();
    let Some(live) = bundle.live() else { return };
    let fresh_ms = now_ms.saturating_sub(MINUTE_MS / 2);
    let recent = live.looked_at_ms.unwrap_or(live.created_at_ms) > fresh_ms;
    let due = live.next_look_at_ms.is_none_or(|at_ms| at_ms <= now_ms);
    if recent || due || settled(bundle.order.payment_status) {
        return;
    }
    let params = vec![
        now_ms.into(),
        live.order_id.as_str().into(),
        live.attempt.into(),
        now_ms.into(),
    ];
    // A wish, not a fact: a busy store is let be.
    let _ = cx
        .commit_once(vec![cx.sql(Query::ScheduleLook, params)])
        .await;
}

/// The least time that a quote has to run before it is shown.
pub(crate) const LEAST_QUOTE_MS: i64 = 3 * MINUTE_MS;

pub(crate) fn status_of(bundle: &Bundle, now_ms: i64) -> OrderStatus {
    let order = &bundle.order;
    let view = crate::order::view(&order.terms, &order.evidence);
    let currency = order.terms.currency;
    let payment = payment_view(bundle, now_ms);
    let hint = hint(bundle, &view, payment.as_ref());
    OrderStatus {
        order_id: order.id.clone(),
        status: order.status,
        payment_status: order.payment_status,
        hint,
        actions: actions(bundle, hint),
        currency,
        total: currency.format(order.terms.due),
        total_usd: order.total_usd.clone(),
        credited: currency.format(view.ledger.credited),
        missing: currency.format(view.ledger.missing),
        payment,
        deadline_at_ms: order.evidence.deadline_at_ms,
        attention: order.attention.clone(),
        refund_due: order.refund_due,
        now_ms,
        poll_after_ms: poll_after_ms(hint),
    }
}

fn payment_view(bundle: &Bundle, now_ms: i64) -> Option<PaymentView> {
    let live = bundle
        .live()
        .filter(|one| one.state == AttemptState::Open)?;
    let known = bundle.order.evidence.attempts.get(&live.attempt);
    if known.is_some_and(crate::order::AttemptEvidence::claimed) {
        // Its amount is no longer what is missing.
        return None;
    }
    let (address, crypto) = (live.payment_address.clone()?, live.crypto_amount?);
    let chain = live.payment_blockchain;
    let uri = payment_uri(chain, &address, crypto).ok();
    // Under a fuzzer a picture takes longer than the whole flow; it has a target of its own.
    #[allow(unexpected_cfgs, reason = "cargo-fuzz sets it")]
    let drawn = uri.as_deref().filter(|_| !cfg!(fuzzing));
    let qr_svg = drawn.and_then(|uri| qr_svg(uri).ok());
    let left_ms = live
        .expires_at_ms
        .map(|at_ms| at_ms.saturating_sub(now_ms).max(0));
    Some(PaymentView {
        payment_id: live.coinpay_payment_id.clone()?,
        blockchain: chain,
        network: chain.network_name().to_owned(),
        asset: chain.asset_symbol().to_owned(),
        address,
        crypto_amount: Decimal::from_units(crypto, chain.decimals()).to_string(),
        uri,
        qr_svg,
        expires_at_ms: live.expires_at_ms,
        seconds_left: left_ms.map(|left_ms| left_ms / 1_000),
    })
}

fn hint(bundle: &Bundle, view: &crate::order::View, payment: Option<&PaymentView>) -> Hint {
    let only_short = view.attention.iter().all(|reason| *reason == Reason::Short);
    match view.status {
        Status::Paid | Status::Fulfilled => Hint::Paid,
        Status::NeedsReview if only_short => Hint::SendTheRest,
        Status::NeedsReview => Hint::BeingChecked,
        Status::Expired => Hint::Expired,
        Status::Cancelled | Status::Refunded => Hint::Cancelled,
        Status::AwaitingPayment => {
            let live = bundle.live().map(|one| one.attempt);
            let known = live.and_then(|number| bundle.order.evidence.attempts.get(&number));
            let seen = bundle.order.evidence.attempts.values().any(|one| one.seen);
            let over = known.is_some_and(|one| one.expired || one.failed)
                || payment.is_some_and(|one| one.seconds_left == Some(0));
            if known.is_some_and(|one| one.seen && one.transactions.is_empty()) {
                Hint::Seen
            } else if seen {
                Hint::Confirming
            } else if over || payment.is_none() {
                Hint::QuoteExpired
            } else {
                Hint::SendPayment
            }
        }
    }
}

fn actions(bundle: &Bundle, hint: Hint) -> Vec<Action> {
    let cancel = bundle.order.status == Status::AwaitingPayment;
    let mut actions = match hint {
        Hint::SendPayment => vec![Action::Pay, Action::ChooseBlockchain],
        Hint::SendTheRest => vec![Action::Pay, Action::RenewQuote],
        Hint::QuoteExpired => vec![Action::RenewQuote, Action::ChooseBlockchain],
        Hint::Seen
        | Hint::Confirming
        | Hint::Paid
        | Hint::BeingChecked
        | Hint::Expired
        | Hint::Cancelled => Vec::new(),
    };
    if cancel {
        actions.push(Action::Cancel);
    }
    actions
}

const fn poll_after_ms(hint: Hint) -> u64 {
    match hint {
        Hint::SendPayment | Hint::Seen | Hint::Confirming | Hint::SendTheRest => 5_000,
        Hint::QuoteExpired | Hint::BeingChecked => 15_000,
        Hint::Paid | Hint::Expired | Hint::Cancelled => 60_000,
    }
}

pub(crate) fn summary_of(order: &crate::store::OrderRecord) -> OrderSummary {
    let customer = order.customer.as_deref();
    OrderSummary {
        order_id: order.id.clone(),
        cart_id: order.cart_id.clone(),
        customer_id: order.user_id.clone(),
        customer: customer.and_then(|text| document::parse(text).ok()),
        status: order.status,
        payment_status: order.payment_status,
        currency: order.terms.currency,
        total: order.terms.currency.format(order.terms.due),
        blockchain: order.payment_blockchain,
        payment_id: order.coinpay_payment_id.clone(),
        crypto_amount: order.crypto_amount.clone(),
        items: order.contents.items.clone(),
        description: order.contents.description.clone(),
        attention: order.attention.clone(),
    }
}

/// A sum in minor units as people write it.
pub(crate) fn written(currency: Currency, units: Units) -> String {
    format!("{} {}", currency.format(units), currency.code())
}
