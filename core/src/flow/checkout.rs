//! Opens a checkout: one order for one key, goods set aside, one payment to show. However often
//! and from however many tabs it is called, and wherever it was cut off before.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde_json::json;

use crate::api::{CreatePayment, create_payment_body};
use crate::config::OrderWindow;
use crate::money::{Chain, Currency, Decimal, Units};
use crate::order::{
    CancelledBy, Evidence, Input, PaymentStatus, Reason, Status, StockMode, StockState, Terms, view,
};
use crate::shop::Shop;
use crate::store::{
    AttemptRecord, AttemptState, Fields, OrderRecord, Query, ReservationRecord, ReservationState,
    Rows, Selector, Statement, StockRecord,
};
use crate::{Error, ErrorCode, Result};

use super::bundle::Bundle;
use super::change::{By, Change};
use super::context::Cx;
use super::link::show_live_attempt;
use super::make::{Made, make_payment};
use super::price::{fetch_rate, price};
use super::runtime::{Flow, Start};
use super::schedule::{HOUR_MS, MINUTE_MS};
use super::status::{LEAST_QUOTE_MS, OrderStatus, load_order, status_of};
use super::transact::{Plan, transact};
use super::wanted::{CreateCheckout, HostRate, Wanted};

pub(crate) const MOST_ATTEMPTS: u32 = 10;
/// How long the gateway's quote runs, and the time an answer may take.
const QUOTE_MS: i64 = 16 * MINUTE_MS;

/// Whether the checkout is a new one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub enum CheckoutOutcome {
    Created,
    /// The same key and contents: the same order.
    Exists,
    /// The key belongs to an order that differs in this field; nothing was changed.
    ExistsWithDifferent(&'static str),
}

impl fmt::Display for CheckoutOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Created => f.write_str("created"),
            Self::Exists => f.write_str("exists"),
            Self::ExistsWithDifferent(field) => write!(f, "exists_with_different_{field}"),
        }
    }
}

impl From<CheckoutOutcome> for String {
    fn from(outcome: CheckoutOutcome) -> Self {
        outcome.to_string()
    }
}

/// What [`Shop::create_checkout`] answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checkout {
    pub outcome: CheckoutOutcome,
    pub order_id: String,
    /// Lets whoever has it see the order's status without an account. Absent, like the order,
    /// where the key belongs to somebody else's order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderStatus>,
}

impl Shop {
    /// Opens a checkout, or finds the one that this key has. An address is only ever returned
    /// after the commit that stores it.
    #[must_use]
    pub fn create_checkout(
        self: &Arc<Self>,
        start: Start,
        input: CreateCheckout,
    ) -> Flow<Checkout> {
        let shop = Arc::clone(self);
        Flow::start(start, |channel| async move {
            let cx = Cx::new(shop, channel);
            let wanted = Wanted::check(input)?;
            let desk = Desk {
                order_id: order_id(&cx),
                cx,
                wanted,
            };
            desk.serve().await
        })
    }
}

/// Ids that sort by time keep the newest orders together in the store.
fn order_id(cx: &Cx) -> String {
    let now_ms = u64::try_from(cx.now_ms()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(now_ms, &cx.random::<10>())
        .into_uuid()
        .to_string()
}

/// What to do after a look at the store.
enum Planned {
    /// A rate is needed before anything can be stored.
    NeedRate,
    /// Committed; look again.
    Again,
    /// Ask the gateway for this attempt.
    Call {
        outcome: CheckoutOutcome,
        attempt: Box<AttemptRecord>,
    },
    Answer {
        outcome: CheckoutOutcome,
        order_id: String,
    },
}

struct Desk {
    cx: Cx,
    wanted: Wanted,
    /// The id of the order, should a new one be opened.
    order_id: String,
}

impl Desk {
    async fn serve(self) -> Result<Checkout> {
        let cx = &self.cx;
        let mut rate = self.wanted.rate.clone();
        let mut created = false;
        let mut rounds = 0_u32;
        loop {
            rounds = rounds.saturating_add(1);
            if rounds > MOST_ATTEMPTS.saturating_mul(2) {
                return Err(ErrorCode::TooManyAttempts.into());
            }
            let planned = transact(cx, self.loads(), |rows, commit_id| {
                self.plan(rows, rate.as_ref(), commit_id)
            })
            .await?;
            let (outcome, attempt) = match planned {
                Planned::NeedRate => {
                    rate = Some(fetch_rate(cx, self.wanted.currency).await?);
                    continue;
                }
                Planned::Again => continue,
                Planned::Answer { outcome, order_id } => {
                    let outcome = if created {
                        CheckoutOutcome::Created
                    } else {
                        outcome
                    };
                    return answer(cx, outcome, &order_id).await;
                }
                Planned::Call { outcome, attempt } => (outcome, attempt),
            };
            created |= outcome == CheckoutOutcome::Created;
            match make_payment(cx, &attempt).await? {
                Made::Open => {
                    let outcome = if created {
                        CheckoutOutcome::Created
                    } else {
                        CheckoutOutcome::Exists
                    };
                    return answer(cx, outcome, &attempt.order_id).await;
                }
                Made::NextAttempt => {}
                Made::Unknown(error) | Made::Refused(error) => return Err(error),
            }
        }
    }

    fn loads(&self) -> Vec<Statement> {
        let cx = &self.cx;
        let mut loads = cx
            .shop
            .sql
            .bundle(Selector::CheckoutKey, &self.wanted.checkout_key);
        loads.push(cx.sql(
            Query::LogVersion,
            vec![self.wanted.key_lock.as_str().into()],
        ));
        let customer = self.wanted.customer_id.as_deref().unwrap_or_default();
        loads.push(cx.sql(Query::OpenOrdersOf, vec![customer.into()]));
        if cx.shop.config.stock == StockMode::Managed {
            let pieces = self.wanted.pieces();
            loads.extend(
                pieces
                    .iter()
                    .map(|(sku, _)| cx.sql(Query::StockOf, vec![sku.as_str().into()])),
            );
        }
        loads
    }

    fn plan(
        &self,
        rows: &[Rows],
        rate: Option<&HostRate>,
        commit_id: String,
    ) -> Result<(Planned, Plan)> {
        let wanted = &self.wanted;
        let behind = rows.get(Bundle::STATEMENTS..).unwrap_or_default();
        let newest = Bundle::read(rows)?;
        // The key belongs to its newest order. The clock of the worker that opened the last one
        // may have been ahead of ours, and this one has to be newer all the same.
        let after_ms = newest.as_ref().map(|bundle| bundle.order.created_at_ms);
        let existing = newest.filter(|bundle| {
            let status = bundle.order.status;
            status.holds_key() && !(status == Status::Fulfilled && wanted.again)
        });
        match existing {
            Some(bundle) => self.join(bundle, rate, commit_id),
            None => self.open(behind, after_ms, rate, commit_id),
        }
    }

    /// The key has an order: the same one is shown, with a new attempt where it needs one.
    fn join(
        &self,
        bundle: Bundle,
        rate: Option<&HostRate>,
        commit_id: String,
    ) -> Result<(Planned, Plan)> {
        let (cx, wanted) = (&self.cx, &self.wanted);
        let order_id = bundle.order.id.clone();
        let exists = |outcome| Planned::Answer {
            outcome,
            order_id: order_id.clone(),
        };
        let mut change = Change::of(cx, bundle);
        let order = &change.bundle.order;
        let claimed = order.evidence.claimed();
        if let Some(field) = wanted.difference(order) {
            let unpaid = order.status == Status::AwaitingPayment && !claimed;
            if wanted.replace && unpaid && field != "customer_id" {
                change.by = By {
                    actor: None,
                    note: Some("replaced by a changed cart".into()),
                };
                change.apply(
                    cx,
                    &Input::Cancelled {
                        by: CancelledBy::Shop,
                    },
                );
                return Ok((Planned::Again, change.into_plan(cx, commit_id)));
            }
            return Ok((
                exists(CheckoutOutcome::ExistsWithDifferent(field)),
                Plan::default(),
            ));
        }
        let seen = order.evidence.attempts.values().any(|attempt| attempt.seen);
        let worth = match order.status {
            // Whoever has already sent money is not asked for more.
            Status::AwaitingPayment if seen => {
                return Ok((exists(CheckoutOutcome::Exists), Plan::default()));
            }
            Status::AwaitingPayment => order.terms.due,
            Status::NeedsReview if order.attention == [Reason::Short] => {
                view(&order.terms, &order.evidence).ledger.missing
            }
            Status::NeedsReview
            | Status::Paid
            | Status::Fulfilled
            | Status::Expired
            | Status::Cancelled
            | Status::Refunded => return Ok((exists(CheckoutOutcome::Exists), Plan::default())),
        };
        let outcome = CheckoutOutcome::Exists;
        if let Some(attempt) = usable(&change.bundle, wanted.chain, worth, change.now_ms).cloned() {
            self.choose(&mut change);
            let planned = match attempt.state {
                AttemptState::Creating => Planned::Call {
                    outcome,
                    attempt: Box::new(attempt),
                },
                AttemptState::Open | AttemptState::Superseded | AttemptState::Refused => {
                    exists(outcome)
                }
            };
            return Ok((planned, change.into_plan(cx, commit_id)));
        }
        let Some(attempt) = self.add_attempt(&mut change, worth, rate)? else {
            return Ok((Planned::NeedRate, Plan::default()));
        };
        let attempt = Box::new(attempt);
        Ok((
            Planned::Call { outcome, attempt },
            change.into_plan(cx, commit_id),
        ))
    }

    /// Shows the attempt on the chain that is wanted now.
    fn choose(&self, change: &mut Change) {
        let chain = self.wanted.chain;
        if change.bundle.order.payment_blockchain != chain {
            change.bundle.order.payment_blockchain = chain;
            change.log("blockchain_chosen", json!({ "blockchain": chain }));
            show_live_attempt(change);
        }
    }

    /// Nobody has the key: a new order, its goods and its first attempt in one commit.
    fn open(
        &self,
        behind: &[Rows],
        after_ms: Option<i64>,
        rate: Option<&HostRate>,
        commit_id: String,
    ) -> Result<(Planned, Plan)> {
        let (cx, wanted) = (&self.cx, &self.wanted);
        let config = &cx.shop.config;
        let key_version = first_number(behind.first())?;
        let open_orders = first_number(behind.get(1))?;
        let most = i64::from(config.max_open_orders);
        if wanted.customer_id.is_some() && most > 0 && open_orders >= most {
            return Err(ErrorCode::TooManyOpenOrders.into());
        }
        let mut stock = Vec::new();
        for row in behind.iter().skip(2).flatten() {
            stock.push(StockRecord::read(row)?);
        }
        let mut order = self.new_order();
        if let Some(after_ms) = after_ms {
            order.created_at_ms = order.created_at_ms.max(after_ms.saturating_add(1));
        }
        let bundle = Bundle {
            order,
            attempts: Vec::new(),
            effects: Vec::new(),
            reservations: Vec::new(),
            stock,
            key_version,
            newer_order: false,
        };
        let mut change = Change::open(cx, bundle);
        change.log(
            "opened",
            json!({ "total": wanted.due, "currency": wanted.currency }),
        );
        if config.stock == StockMode::Managed {
            self.reserve(&mut change)?;
        }
        let Some(attempt) = self.add_attempt(&mut change, wanted.due, rate)? else {
            return Ok((Planned::NeedRate, Plan::default()));
        };
        let outcome = CheckoutOutcome::Created;
        let attempt = Box::new(attempt);
        Ok((
            Planned::Call { outcome, attempt },
            change.into_plan(cx, commit_id),
        ))
    }

    fn new_order(&self) -> OrderRecord {
        let (cx, wanted) = (&self.cx, &self.wanted);
        let config = &cx.shop.config;
        let now_ms = cx.now_ms();
        let terms = Terms {
            currency: wanted.currency,
            due: wanted.due,
            ship: wanted.ship,
            stock: config.stock,
            underpaid_tolerance_bps: config.underpaid_tolerance_bps,
            overpaid_tolerance_bps: config.overpaid_tolerance_bps,
            late_window_ms: i64::from(config.late_window_hours).saturating_mul(HOUR_MS),
            opened_at_ms: now_ms,
        };
        let stock = if config.stock == StockMode::Off {
            StockState::Off
        } else {
            StockState::Held
        };
        OrderRecord {
            id: self.order_id.clone(),
            version: 0,
            checkout_key: wanted.checkout_key.clone(),
            key_lock: wanted.key_lock.clone(),
            cart_id: wanted.cart_id.clone(),
            user_id: wanted.customer_id.clone(),
            total_usd: None,
            payment_blockchain: wanted.chain,
            coinpay_payment_id: None,
            payment_address: None,
            crypto_amount: None,
            status: Status::AwaitingPayment,
            payment_status: PaymentStatus::Pending,
            attention: Vec::new(),
            refund_due: None,
            expires_at_ms: None,
            due_at_ms: None,
            paid_at_ms: None,
            forwarded_at_ms: None,
            failed_at_ms: None,
            created_at_ms: now_ms,
            updated_at_ms: now_ms,
            status_token: cx.token(),
            terms,
            evidence: Evidence::opened(now_ms, stock),
            contents: wanted.contents.clone(),
            customer: wanted.customer.clone(),
        }
    }

    fn reserve(&self, change: &mut Change) -> Result<()> {
        for (sku, quantity) in self.wanted.pieces() {
            let article = change
                .bundle
                .stock
                .iter()
                .find(|article| article.sku == sku);
            let article = article.ok_or_else(|| Error::from(ErrorCode::UnknownSku))?;
            if article.available() < quantity {
                return Err(ErrorCode::OutOfStock.into());
            }
            change.bundle.reservations.push(ReservationRecord {
                reservation_no: 1,
                sku,
                quantity,
                state: ReservationState::Held,
            });
        }
        change.reserve_first(&self.cx);
        Ok(())
    }

    /// Stores the request of another attempt; `None` where a rate is needed first.
    fn add_attempt(
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
                    json!({ "rate": rate.rate, "source": rate.source, "at_ms": rate.at_ms })
                        .to_string()
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
fn usable(bundle: &Bundle, chain: Chain, worth: Units, now_ms: i64) -> Option<&AttemptRecord> {
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

async fn answer(cx: &Cx, outcome: CheckoutOutcome, order_id: &str) -> Result<Checkout> {
    let bundle = load_order(cx, order_id).await?;
    let foreign = outcome == CheckoutOutcome::ExistsWithDifferent("customer_id");
    Ok(Checkout {
        outcome,
        order_id: if foreign {
            String::new()
        } else {
            bundle.order.id.clone()
        },
        status_token: (!foreign).then(|| bundle.order.status_token.clone()),
        order: (!foreign).then(|| status_of(&bundle, cx.now_ms())),
    })
}

fn first_number(rows: Option<&Rows>) -> Result<i64> {
    match rows.and_then(|rows| rows.first()) {
        Some(row) => Ok(Fields::of("order_log", row)
            .optional_integer()?
            .unwrap_or(0)),
        None => Ok(0),
    }
}
