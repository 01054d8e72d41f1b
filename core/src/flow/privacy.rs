//! What the law may ask for: all of it in one document, or a customer's part of it gone.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::document::{ToJson, json, put};
use crate::shop::Shop;
use crate::store::{OrderRecord, Query, Selector, StockRecord};
use crate::{Error, Result};

use super::context::Cx;
use super::runtime::{Flow, Start};
use super::status::{OrderSummary, summary_of};
use super::transact::change_order;

/// Asks for a page of all orders.
#[derive(Clone, Debug, Default)]
pub struct Export {
    /// The last `order_id` of the page before; empty for the first.
    pub after: String,
    /// At most 500; 100 by default.
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ExportPage {
    pub orders: Vec<ExportedOrder>,
    /// On the first page: the shelf.
    pub stock: Vec<ExportedStock>,
    /// What to pass as `after`; absent on the last page.
    #[serde(default)]
    pub next: Option<String>,
}

crate::document::written! {
    ExportPage {
        orders, stock, next,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ExportedOrder {
    #[serde(flatten)]
    pub order: OrderSummary,
    pub created_at_ms: i64,
    #[serde(default)]
    pub paid_at_ms: Option<i64>,
    pub ledger: crate::order::Ledger,
}

impl ToJson for ExportedOrder {
    fn to_json(&self) -> Json {
        let mut document = self.order.to_json();
        if let Some(fields) = document.as_object_mut() {
            put(fields, "created_at_ms", self.created_at_ms.to_json());
            put(fields, "paid_at_ms", self.paid_at_ms.to_json());
            put(fields, "ledger", self.ledger.to_json());
        }
        document
    }
}

crate::document::serialize!(ExportedOrder);

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ExportedStock {
    pub sku: String,
    pub on_hand: i64,
    pub reserved: i64,
}

crate::document::written! {
    ExportedStock {
        sku, on_hand, reserved,
    }
}

/// What [`Shop::erase_customer`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Erased {
    pub orders: u32,
    /// There are more; call again.
    pub more: bool,
}

crate::document::written! {
    Erased {
        orders, more,
    }
}

const ERASED_AT_ONCE: u32 = 50;

impl Shop {
    /// All orders, page by page, in the order of their ids.
    #[must_use]
    pub fn export(self: &Arc<Self>, start: Start, export: Export) -> Flow<ExportPage> {
        let shop = Arc::clone(self);
        Flow::start(start, |channel| async move {
            let cx = Cx::new(shop, channel);
            read_page(&cx, &export).await
        })
    }

    /// Blanks what orders know of a customer and keeps their sums.
    #[must_use]
    pub fn erase_customer(self: &Arc<Self>, start: Start, customer_id: String) -> Flow<Erased> {
        let shop = Arc::clone(self);
        Flow::start(start, |channel| async move {
            let cx = Cx::new(shop, channel);
            erase(&cx, &customer_id).await
        })
    }
}

async fn read_page(cx: &Cx, export: &Export) -> Result<ExportPage> {
    let limit = export.limit.unwrap_or(100).clamp(1, 500);
    let mut loads = vec![cx.sql(
        Query::OrdersAfter,
        vec![export.after.as_str().into(), limit.into()],
    )];
    if export.after.is_empty() {
        loads.push(cx.sql(Query::StockAfter, vec!["".into(), 100_000_u32.into()]));
    }
    let rows = cx.load(loads).await?;
    let mut orders = Vec::new();
    for row in rows.first().map(Vec::as_slice).unwrap_or_default() {
        let record = OrderRecord::read(row)?;
        let derived = crate::order::view(&record.terms, &record.evidence);
        orders.push(ExportedOrder {
            order: summary_of(&record),
            created_at_ms: record.created_at_ms,
            paid_at_ms: record.paid_at_ms,
            ledger: derived.ledger,
        });
    }
    let mut stock = Vec::new();
    for row in rows.get(1).map(Vec::as_slice).unwrap_or_default() {
        let StockRecord {
            sku,
            on_hand,
            reserved,
        } = StockRecord::read(row)?;
        stock.push(ExportedStock {
            sku,
            on_hand,
            reserved,
        });
    }
    let full = u32::try_from(orders.len()).unwrap_or(u32::MAX) >= limit;
    let next = orders
        .last()
        .filter(|_| full)
        .map(|last| last.order.order_id.clone());
    Ok(ExportPage {
        orders,
        stock,
        next,
    })
}

async fn erase(cx: &Cx, customer_id: &str) -> Result<Erased> {
    if customer_id.is_empty() {
        return Err(Error::invalid("customer_id", "is empty"));
    }
    let params = vec![customer_id.into(), ERASED_AT_ONCE.into()];
    let rows = cx
        .load(vec![cx.sql(Query::OrdersOfCustomer, params)])
        .await?;
    let mut orders = 0_u32;
    for row in rows.iter().flatten() {
        let order_id = crate::store::Fields::of("orders", row).text()?;
        change_order(cx, Selector::Id(&order_id), Vec::new(), |change, _| {
            let order = &mut change.bundle.order;
            order.customer = None;
            order.user_id = None;
            order.contents.metadata.clear();
            order.contents.description = None;
            change.log("customer_erased", json!({}));
            Ok(())
        })
        .await?;
        orders = orders.saturating_add(1);
    }
    Ok(Erased {
        orders,
        more: orders >= ERASED_AT_ONCE,
    })
}
