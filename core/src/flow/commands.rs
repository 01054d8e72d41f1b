//! What people ask of an order, and of the shelf. Each is idempotent and stays in the log with
//! who asked and why.

use crate::sorted::SortedSet;
use std::sync::Arc;

use serde::Deserialize;

use crate::document::{json, text};
use crate::money::{Decimal, Units};
use crate::order::{CancelledBy, Input, Outcome, Reason, Status};
use crate::shop::Shop;
use crate::store::{Query, Selector, StockRecord};
use crate::{Error, ErrorCode, Result};

use super::change::{By, Change, lock_statement};
use super::context::Cx;
use super::link::rejection;
use super::runtime::{Flow, Start};
use super::status::{OrderAccess, OrderStatus, status_of};
use super::transact::{Plan, change_order, transact};

/// What came of a command, and the order as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Commanded {
    /// `applied`, or `already_applied` when it was so before.
    pub applied: bool,
    pub order: OrderStatus,
}

crate::document::written! {
    Commanded {
        applied, order,
    }
}

/// Who cancels an order, and what for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelReason {
    /// The shopper; refused once money has been claimed.
    Customer,
    /// The shop; money that was claimed waits for a person.
    Shop,
    /// The shop's order was paid through another method.
    PaidElsewhere,
}

crate::order::names!(pub CancelReason {
    Customer = "customer",
    Shop = "shop",
    PaidElsewhere = "paid_elsewhere",
});

#[derive(Clone, Debug)]
pub struct CancelOrder {
    pub access: OrderAccess,
    pub reason: CancelReason,
    pub actor: Option<String>,
    pub note: Option<String>,
}

/// What a person decides on an order that needs one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// It counts as paid in spite of these reasons.
    Accept { reasons: SortedSet<Reason> },
    /// It is over; what came is to be refunded.
    Close,
}

#[derive(Clone, Debug)]
pub struct ResolveReview {
    pub order_id: String,
    pub resolution: Resolution,
    pub actor: String,
    pub note: Option<String>,
}

/// Records a refund that was made outside, or the decision not to make one.
#[derive(Clone, Debug)]
pub struct RecordRefund {
    pub order_id: String,
    /// Says which refund this is, however often it is sent.
    pub refund_id: String,
    /// In the order's currency.
    pub amount: Decimal,
    /// The order is over with it.
    pub ends_order: bool,
    /// Nothing is sent: the customer leaves it.
    pub waived: bool,
    pub actor: String,
    pub note: Option<String>,
}

#[derive(Clone, Debug)]
pub struct MarkFulfilled {
    pub order_id: String,
    pub actor: String,
    pub note: Option<String>,
}

/// Changes how many pieces of an article are on the shelf; a new article begins here.
#[derive(Clone, Debug)]
pub struct AdjustStock {
    /// Says which adjustment this is, however often it is sent.
    pub adjustment_id: String,
    pub sku: String,
    /// Pieces that came (above zero) or went (below).
    pub delta: i64,
    pub actor: String,
    pub note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct StockLevel {
    pub sku: String,
    pub on_hand: i64,
    pub reserved: i64,
    /// False when this adjustment had been made before.
    pub applied: bool,
}

crate::document::written! {
    StockLevel {
        sku, on_hand, reserved, applied,
    }
}

impl Shop {
    /// Cancels an order that nothing has been paid for, or says that it was paid elsewhere.
    #[must_use]
    pub fn cancel_order(self: &Arc<Self>, start: Start, cancel: CancelOrder) -> Flow<Commanded> {
        let input = match cancel.reason {
            CancelReason::Customer => Input::Cancelled {
                by: CancelledBy::Customer,
            },
            CancelReason::Shop => Input::Cancelled {
                by: CancelledBy::Shop,
            },
            CancelReason::PaidElsewhere => Input::PaidElsewhere,
        };
        let by = By {
            actor: cancel.actor,
            note: cancel.note,
        };
        let order_id = cancel.access.order_id.clone();
        let owner = (cancel.reason == CancelReason::Customer).then_some(cancel.access);
        let read: Reading = Box::new(move |change| {
            owner
                .as_ref()
                .map_or(Ok(()), |access| access.check(&change.bundle))?;
            Ok(input.clone())
        });
        command(self, start, order_id, by, read)
    }

    /// Decides an order that needs a person.
    #[must_use]
    pub fn resolve_review(
        self: &Arc<Self>,
        start: Start,
        resolve: ResolveReview,
    ) -> Flow<Commanded> {
        let by = By {
            actor: Some(resolve.actor),
            note: resolve.note,
        };
        let input = match resolve.resolution {
            Resolution::Accept { reasons } => Input::Accepted { reasons },
            Resolution::Close => Input::Closed,
        };
        let read: Reading = Box::new(move |_| Ok(input.clone()));
        command(self, start, resolve.order_id, by, read)
    }

    /// Writes down a refund. The gateway cannot send one; the shop does, from its own wallet.
    #[must_use]
    pub fn record_refund(self: &Arc<Self>, start: Start, refund: RecordRefund) -> Flow<Commanded> {
        let by = By {
            actor: Some(refund.actor),
            note: refund.note,
        };
        let order_id = refund.order_id.clone();
        let read: Reading = Box::new(move |change| {
            if refund.refund_id.is_empty() || refund.refund_id.len() > 150 {
                return Err(Error::invalid("refund_id", "1 to 150 bytes"));
            }
            let exponent = change.bundle.order.terms.currency.exponent();
            let amount = refund.amount.to_units_exact(exponent)?;
            if amount == Units::ZERO {
                return Err(Error::invalid("amount", "has to be more than zero"));
            }
            Ok(Input::RefundRecorded {
                id: refund.refund_id.clone(),
                amount,
                ends_order: refund.ends_order,
                waived: refund.waived,
            })
        });
        command(self, start, order_id, by, read)
    }

    /// A person handed over the goods of a paid order.
    #[must_use]
    pub fn mark_fulfilled(self: &Arc<Self>, start: Start, mark: MarkFulfilled) -> Flow<Commanded> {
        let by = By {
            actor: Some(mark.actor),
            note: mark.note,
        };
        let read: Reading = Box::new(|_| Ok(Input::MarkedFulfilled));
        command(self, start, mark.order_id, by, read)
    }

    /// Goods came in or went out other than by an order.
    #[must_use]
    pub fn adjust_stock(self: &Arc<Self>, start: Start, adjust: AdjustStock) -> Flow<StockLevel> {
        let shop = Arc::clone(self);
        Flow::start(start, |channel| async move {
            let cx = Cx::new(shop, channel);
            adjust_stock(&cx, &adjust).await
        })
    }
}

type Reading = Box<dyn Fn(&Change) -> Result<Input> + Send + Sync>;

/// A command on one order: `read` makes the input from the order as it is.
fn command(
    shop: &Arc<Shop>,
    start: Start,
    order_id: String,
    by: By,
    read: Reading,
) -> Flow<Commanded> {
    let shop = Arc::clone(shop);
    Flow::start(start, |channel| async move {
        let cx = Cx::new(shop, channel);
        let done = change_order(&cx, Selector::Id(&order_id), Vec::new(), |change, _| {
            change.by = by.clone();
            let input = read(change)?;
            let outcome = change.apply(&cx, &input);
            let status = change.bundle.order.status;
            let applied = settle(outcome, status)?;
            Ok(Commanded {
                applied,
                order: status_of(&change.bundle, change.now_ms),
            })
        });
        done.await?.ok_or_else(|| Error::from(ErrorCode::NotFound))
    })
}

/// Whether a command changed something; an error where the order does not allow it.
fn settle(outcome: Outcome, status: Status) -> Result<bool> {
    match outcome {
        Outcome::Applied => Ok(true),
        Outcome::AlreadyApplied | Outcome::Stale => Ok(false),
        Outcome::Rejected { reason } => Err(rejection(reason, status)),
        Outcome::Conflicting { field } => Err(Error::new(
            ErrorCode::Rejected,
            format!("the same id was recorded before with another {field}"),
        )),
    }
}

async fn adjust_stock(cx: &Cx, adjust: &AdjustStock) -> Result<StockLevel> {
    check_adjustment(adjust)?;
    // The adjustment's own row is its lock: it is inserted once or not at all.
    let lock = format!("stock:{}", adjust.adjustment_id);
    let loads = vec![
        cx.sql(Query::LogVersion, vec![lock.as_str().into()]),
        cx.sql(Query::StockOf, vec![adjust.sku.as_str().into()]),
    ];
    transact(cx, loads, |rows, commit_id| {
        let first = |index: usize| rows.get(index).and_then(|rows| rows.first());
        let known = first(1).map(|row| StockRecord::read(row)).transpose()?;
        let made_before = first(0).and_then(|row| row.first());
        let made_before = made_before.is_some_and(|value| *value != crate::store::Value::Null);
        let level = known.clone().unwrap_or(StockRecord {
            sku: adjust.sku.clone(),
            on_hand: 0,
            reserved: 0,
        });
        let answer = |on_hand, applied| StockLevel {
            sku: level.sku.clone(),
            on_hand,
            reserved: level.reserved,
            applied,
        };
        if made_before {
            return Ok((answer(level.on_hand, false), Plan::default()));
        }
        let on_hand = level.on_hand.saturating_add(adjust.delta);
        if on_hand < level.reserved {
            let message = format!(
                "delta: {} on the shelf, {} of them reserved for orders",
                level.on_hand, level.reserved
            );
            return Err(Error::new(ErrorCode::OutOfStock, message));
        }
        let document = text(&json!({ "sku": adjust.sku, "delta": adjust.delta }));
        let mut log = lock_statement(cx, &lock, 1, "stock_adjusted", &commit_id, cx.now_ms());
        let told = [
            adjust.actor.as_str().into(),
            adjust.note.clone().into(),
            document.into(),
        ];
        for (to, from) in log.params.iter_mut().skip(5).zip(told) {
            *to = from;
        }
        let sku = || adjust.sku.as_str().into();
        let change = match known {
            Some(_) => cx.sql(Query::AdjustStock, vec![adjust.delta.into(), sku()]),
            None => cx.sql(
                Query::InsertStock,
                vec![sku(), adjust.delta.into(), 0_i64.into()],
            ),
        };
        let plan = Plan {
            statements: vec![log, change],
            proof: Some((lock.clone(), 1)),
            commit_id,
        };
        Ok((answer(on_hand, true), plan))
    })
    .await
}

fn check_adjustment(adjust: &AdjustStock) -> Result<()> {
    for (field, text) in [
        ("adjustment_id", &adjust.adjustment_id),
        ("sku", &adjust.sku),
    ] {
        if text.is_empty() || text.len() > 150 || text.chars().any(char::is_control) {
            return Err(Error::invalid(
                field,
                "1 to 150 bytes, without control characters",
            ));
        }
    }
    if adjust.delta.unsigned_abs() > 1_000_000_000 {
        return Err(Error::invalid("delta", "at most 1000000000 pieces"));
    }
    Ok(())
}
