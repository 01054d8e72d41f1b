//! Opens a checkout: one order for one key, goods set aside, one payment to show. However often
//! and from however many tabs it is called, and wherever it was cut off before.

mod attempt;
mod open;

use std::fmt;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::document::{ToJson, json};
use crate::order::{Reason, Status, StockMode, view};
use crate::shop::Shop;
use crate::store::{AttemptRecord, AttemptState, Query, Rows, Selector, Statement};
use crate::{Error, ErrorCode, Result};

use super::bundle::Bundle;
use super::change::Change;
use super::context::Cx;
use super::link::show_live_attempt;
use super::make::{Made, make_payment};
use super::price::fetch_rate;
use super::runtime::{Flow, Start};
use super::schedule::MINUTE_MS;
use super::status::{OrderStatus, load_order, status_of};
use super::transact::{Plan, transact};
use super::wanted::{CreateCheckout, HostRate, Wanted};

use attempt::usable;
use open::Before;

pub(crate) const MOST_ATTEMPTS: u32 = 10;

/// Whether the checkout is a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    pub outcome: CheckoutOutcome,
    pub order_id: String,
    /// Lets whoever has it see the order's status without an account. Absent, like the order,
    /// where the key belongs to somebody else's order.
    pub status_token: Option<String>,
    pub order: Option<OrderStatus>,
}

impl ToJson for CheckoutOutcome {
    fn to_json(&self) -> Json {
        Json::String(self.clone().into())
    }
}

crate::document::serialize!(CheckoutOutcome);

crate::document::written! {
    Checkout {
        outcome, order_id
        ; status_token, order
    }
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
        let lock = self.wanted.key_lock.as_str().into();
        let mut loads = vec![
            cx.shop
                .sql
                .bundle(Selector::CheckoutKey(&self.wanted.checkout_key)),
            cx.sql(Query::LogVersion, vec![lock]),
        ];
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
        let Some((found, behind)) = rows.split_first() else {
            return Err(Error::from(ErrorCode::StoreCorrupt));
        };
        let newest = Bundle::read(found)?;
        // The key belongs to its newest order.
        let mut before = Before::default();
        let mut existing = None;
        if let Some(bundle) = newest {
            before.created_at_ms = Some(bundle.order.created_at_ms);
            let status = bundle.order.status;
            if status.holds_key() && !(status == Status::Fulfilled && wanted.again) {
                existing = Some(bundle);
            }
        }
        let Some(bundle) = existing else {
            return self.open(behind, before, rate, commit_id);
        };
        match wanted.difference(&bundle.order) {
            None => self.join(bundle, rate, commit_id),
            Some(field) if self.replaces(&bundle.order, field) => {
                before.replaced = Some(self.end(bundle));
                self.open(behind, before, rate, commit_id)
            }
            Some(field) => {
                let planned = Planned::Answer {
                    outcome: CheckoutOutcome::ExistsWithDifferent(field),
                    order_id: bundle.order.id,
                };
                Ok((planned, Plan::default()))
            }
        }
    }

    /// The key has this very order: it is shown, with a new attempt where it needs one.
    fn join(
        &self,
        bundle: Bundle,
        rate: Option<&HostRate>,
        commit_id: String,
    ) -> Result<(Planned, Plan)> {
        let cx = &self.cx;
        let wanted = &self.wanted;
        let order_id = bundle.order.id.clone();
        let exists = |outcome| Planned::Answer {
            outcome,
            order_id: order_id.clone(),
        };
        let mut change = Change::of(cx, bundle);
        let order = &change.bundle.order;
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
