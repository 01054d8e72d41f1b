//! Lists for operators: orders by where they stand or by a name that somebody remembers, and side
//! work by its state. Newest first, and nothing of what a customer gave.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::money::Chain;
use crate::order::{EffectKind, PaymentStatus, Reason, RefundDue, Status};
use crate::shop::Shop;
use crate::store::{EffectRecord, EffectState, OrderRecord, Query, Rows, Statement, Value};
use crate::{Error, Result};

use super::context::Cx;
use super::runtime::{Flow, Start};

const USUAL_ROWS: u32 = 50;
const MOST_ROWS: u32 = 500;
/// A shorter beginning of an id would find half of the orders.
const LEAST_PREFIX: usize = 4;

/// Asks for orders, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListOrders {
    /// Only those in one of these; all of them by default.
    pub statuses: Vec<Status>,
    /// Only those with money to give back.
    pub refund_due: bool,
    /// An order's id or the beginning of it, a payment's id, a checkout key or a customer's id.
    pub search: Option<String>,
    /// Only those made before this; milliseconds since 1970, UTC.
    pub before_ms: Option<i64>,
    /// At most 500; 50 by default.
    pub limit: Option<u32>,
}

/// An order in a list. Amounts are decimals in the order's currency.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ListedOrder {
    pub order_id: String,
    pub status: Status,
    pub payment_status: PaymentStatus,
    pub attention: Vec<Reason>,
    pub currency: String,
    pub total: String,
    pub credited: String,
    pub missing: String,
    pub refund_due: Option<RefundDue>,
    /// The same as a decimal.
    pub refund_due_amount: Option<String>,
    pub blockchain: Chain,
    pub payment_id: Option<String>,
    pub created_at_ms: i64,
    pub paid_at_ms: Option<i64>,
}

crate::document::written! {
    ListedOrder {
        order_id, status, payment_status, attention, currency, total, credited, missing,
        refund_due, refund_due_amount, blockchain, payment_id, created_at_ms, paid_at_ms,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OrderList {
    pub orders: Vec<ListedOrder>,
    /// What to pass as `before_ms` for more; absent at the end.
    pub next_before_ms: Option<i64>,
}

crate::document::written! {
    OrderList {
        orders, next_before_ms,
    }
}

/// Asks for side work in one of these states.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListEffects {
    /// `due`, `claimed`, `held`, `dead`, `uncertain`; all of these by default.
    pub states: Vec<String>,
    /// At most 500 of each; 50 by default.
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ListedEffect {
    /// `shop` where it belongs to no order.
    pub order_id: String,
    pub kind: EffectKind,
    pub subject: String,
    pub state: String,
    pub tries: u32,
    pub error: Option<String>,
    /// When it is next looked at; milliseconds since 1970, UTC.
    pub next_at_ms: i64,
    pub created_at_ms: i64,
}

crate::document::written! {
    ListedEffect {
        order_id, kind, subject, state, tries, error, next_at_ms, created_at_ms,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct EffectList {
    pub effects: Vec<ListedEffect>,
}

crate::document::written! {
    EffectList {
        effects,
    }
}

/// The states in which side work is not over.
const OPEN_STATES: [EffectState; 5] = [
    EffectState::Uncertain,
    EffectState::Dead,
    EffectState::Due,
    EffectState::Claimed,
    EffectState::Held,
];

impl Shop {
    /// Orders for an operator, newest first.
    #[must_use]
    pub fn list_orders(self: &Arc<Self>, start: Start, list: ListOrders) -> Flow<OrderList> {
        let shop = Arc::clone(self);
        Flow::start(start, |channel| async move {
            let cx = Cx::new(shop, channel);
            list_orders(&cx, &list).await
        })
    }

    /// Side work that waits, failed or is not known to be done.
    #[must_use]
    pub fn list_effects(self: &Arc<Self>, start: Start, list: ListEffects) -> Flow<EffectList> {
        let shop = Arc::clone(self);
        Flow::start(start, |channel| async move {
            let cx = Cx::new(shop, channel);
            list_effects(&cx, &list).await
        })
    }
}

async fn list_orders(cx: &Cx, list: &ListOrders) -> Result<OrderList> {
    let limit = list.limit.unwrap_or(USUAL_ROWS).clamp(1, MOST_ROWS);
    let loads = match list.search.as_deref().map(str::trim) {
        Some(search) if !search.is_empty() => searches(cx, search, limit),
        _ => by_status(cx, list, limit),
    };
    let rows = cx.load(loads).await?;
    let mut orders = Vec::new();
    for row in rows.iter().flatten() {
        let order = OrderRecord::read(row)?;
        let wanted = list.statuses.is_empty() || list.statuses.contains(&order.status);
        let owing = !list.refund_due || order.refund_due.is_some();
        if wanted && owing {
            orders.push(listed(&order));
        }
    }
    orders.sort_by(|a, b| {
        let newest_first = b.created_at_ms.cmp(&a.created_at_ms);
        newest_first.then_with(|| a.order_id.cmp(&b.order_id))
    });
    orders.dedup_by(|a, b| a.order_id == b.order_id);
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = orders.len() > most || rows.iter().any(|rows| rows.len() >= most);
    orders.truncate(most);
    let next_before_ms = orders
        .last()
        .map(|last| last.created_at_ms)
        .filter(|_| more);
    Ok(OrderList {
        orders,
        next_before_ms,
    })
}

/// Later than any order, and as large as every host can carry.
const LATEST_MS: i64 = (1 << 53) - 1;

/// A statement for each status, because that is what there is an index for.
fn by_status(cx: &Cx, list: &ListOrders, limit: u32) -> Vec<Statement> {
    let query = if list.refund_due {
        Query::OrdersOwing
    } else {
        Query::OrdersOf
    };
    let before_ms = list
        .before_ms
        .map_or(LATEST_MS, |ms| ms.clamp(0, LATEST_MS));
    let wanted = |status: &&Status| list.statuses.is_empty() || list.statuses.contains(status);
    let statuses = Status::ALL.iter().filter(wanted);
    statuses
        .map(|status| {
            let params = vec![status.as_str().into(), before_ms.into(), limit.into()];
            cx.sql(query, params)
        })
        .collect()
}

fn searches(cx: &Cx, search: &str, limit: u32) -> Vec<Statement> {
    let text = || Value::from(search);
    let mut loads = vec![
        cx.sql(Query::OrderOfPayment, vec![text()]),
        cx.sql(Query::OrdersOfKey, vec![text(), limit.into()]),
        cx.sql(Query::OrdersOfUser, vec![text(), limit.into()]),
    ];
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if search.len() >= LEAST_PREFIX && search.bytes().all(plain) {
        // A tilde comes behind everything that an id is made of.
        let end = format!("{search}~");
        let params = vec![text(), end.into(), limit.into()];
        loads.push(cx.sql(Query::OrdersFrom, params));
    }
    loads
}

fn listed(order: &OrderRecord) -> ListedOrder {
    let currency = order.terms.currency;
    let ledger = crate::order::view(&order.terms, &order.evidence).ledger;
    ListedOrder {
        order_id: order.id.clone(),
        status: order.status,
        payment_status: order.payment_status,
        attention: order.attention.clone(),
        currency: currency.code().to_owned(),
        total: currency.format(order.terms.due),
        credited: currency.format(ledger.credited),
        missing: currency.format(ledger.missing),
        refund_due: order.refund_due,
        refund_due_amount: order.refund_due.map(|due| currency.format(due.amount)),
        blockchain: order.payment_blockchain,
        payment_id: order.coinpay_payment_id.clone(),
        created_at_ms: order.created_at_ms,
        paid_at_ms: order.paid_at_ms,
    }
}

async fn list_effects(cx: &Cx, list: &ListEffects) -> Result<EffectList> {
    let limit = list.limit.unwrap_or(USUAL_ROWS).clamp(1, MOST_ROWS);
    for state in &list.states {
        if !OPEN_STATES.iter().any(|known| known.as_str() == state) {
            return Err(Error::invalid(
                "states",
                "due, claimed, held, dead or uncertain",
            ));
        }
    }
    let wanted = |state: &&EffectState| {
        list.states.is_empty() || list.states.iter().any(|one| one == state.as_str())
    };
    let loads = OPEN_STATES.iter().filter(wanted).map(|state| {
        let params = vec![state.as_str().into(), limit.into()];
        cx.sql(Query::EffectsIn, params)
    });
    let rows: Vec<Rows> = cx.load(loads.collect()).await?;
    let mut effects = Vec::new();
    for row in rows.iter().flatten() {
        let effect = EffectRecord::read(row)?;
        effects.push(ListedEffect {
            order_id: effect.order_id,
            kind: effect.kind,
            subject: effect.subject,
            state: effect.state.to_string(),
            tries: effect.tries,
            error: effect.error,
            next_at_ms: effect.next_at_ms,
            created_at_ms: effect.created_at_ms,
        });
    }
    Ok(EffectList { effects })
}
