//! What the people who run the shop do, and what a scenario needs to see and to break.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{any, get, post};
use coinpay_core::dash::DashRequest;
use coinpay_core::flow::{
    AdjustStock, CancelOrder, CancelReason, EffectId, Export, MarkFulfilled, OrderAccess,
    RecordRefund, Resolution, ResolveReview, SettleEffect, Settlement,
};
use coinpay_core::money::Decimal;
use coinpay_core::order::{EffectKind, Reason};
use coinpay_core::{Clock, Error, Result};
use serde::Deserialize;
use serde_json::json;

use super::Shop;
use super::answers::{Answer, Document, Failed, found, read};
use super::journal::Deed;
use super::pages;
use super::shopper::block;
use super::worker::{self, Stall, goods};

type Asked = Query<HashMap<String, String>>;

pub(crate) fn routes() -> Router<Arc<Shop>> {
    Router::new()
        .route("/admin", get(overview))
        .route("/admin/dash", any(dash))
        .route("/admin/dash/", any(dash))
        .route("/admin/dash/{*path}", any(dash))
        .route("/admin/health", get(health))
        .route("/admin/orders/{id}", get(explain))
        .route("/admin/orders/{id}/fulfil", post(fulfil))
        .route("/admin/orders/{id}/review", post(review))
        .route("/admin/orders/{id}/refund", post(refund))
        .route("/admin/orders/{id}/cancel", post(cancel))
        .route("/admin/orders/{id}/settle", post(settle))
        .route("/admin/stock", get(stock).post(adjust))
        .route("/admin/clock", get(clock).post(shift))
        .route("/admin/worker", post(switch))
        .route("/admin/stall", post(stall))
        .route("/admin/work", post(work))
        .route("/admin/effects", post(effects))
        .route("/admin/pump", post(pump))
}

/// Who does what is done here; the log keeps it.
const ACTOR: &str = "operator";

async fn overview(State(shop): State<Arc<Shop>>) -> Response {
    let page = block(shop, |shop| {
        let mut orders = Vec::new();
        let mut after = String::new();
        let mut shelf = Vec::new();
        loop {
            let export = Export { after, limit: None };
            let page = shop.run(|core, start| core.export(start, export))?;
            orders.extend(page.orders);
            shelf.extend(page.stock);
            match page.next {
                Some(next) => after = next,
                None => return Ok(pages::overview(&orders, &shelf)),
            }
        }
    })
    .await;
    match page {
        Ok(page) => Html(page).into_response(),
        Err(error) => Html(pages::sorry(&error)).into_response(),
    }
}

/// The engine's own view, mounted in the shop's. A real shop asks who it is first.
async fn dash(
    State(shop): State<Arc<Shop>>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> Result<Response, Failed> {
    const BASE: &str = "/admin/dash";
    let nonce = pages::random_text()?;
    let path = uri.path().strip_prefix(BASE).unwrap_or_default();
    let request = DashRequest {
        method: method.to_string(),
        path: path.to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        form: String::from_utf8_lossy(&body).into_owned(),
        base: BASE.to_owned(),
        actor: ACTOR.to_owned(),
        csrf: shop.csrf.clone(),
        nonce,
    };
    let answer = block(shop, |shop| {
        shop.run(|core, start| core.dash(start, request))
    });
    let answer = answer.await?;
    let mut response = Response::new(answer.body.into());
    *response.status_mut() = StatusCode::from_u16(answer.http_status).unwrap_or_default();
    for (name, value) in &answer.headers {
        let name = HeaderName::try_from(name.as_str());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

async fn health(State(shop): State<Arc<Shop>>) -> Answer {
    found(&block(shop, |shop| shop.run(coinpay_core::Shop::health)).await?)
}

/// The story of an order: for people with `?text`, else as a document.
async fn explain(
    State(shop): State<Arc<Shop>>,
    Path(id): Path<String>,
    Query(asked): Asked,
) -> Response {
    let told = block(shop, |shop| {
        shop.run(|core, start| core.explain_order(start, id))
    })
    .await;
    match told {
        Ok(story) if asked.contains_key("text") => story.to_text().into_response(),
        Ok(story) => found(&story).into_response(),
        Err(error) => Answer::Err(error.into()).into_response(),
    }
}

/// A person packs the goods; the parcel leaves once, however often the button is pressed.
async fn fulfil(State(shop): State<Arc<Shop>>, Path(id): Path<String>) -> Answer {
    let done = block(shop, move |shop| {
        let mark = MarkFulfilled {
            order_id: id.clone(),
            actor: ACTOR.to_owned(),
            note: Some("handed to the carrier".to_owned()),
        };
        let done = shop.run(|core, start| core.mark_fulfilled(start, mark))?;
        let story = shop.run(|core, start| core.explain_order(start, id.clone()))?;
        let deed = Deed {
            at_ms: shop.clock.now_ms(),
            kind: "shipment",
            key: &format!("parcel:{id}"),
            order_id: &id,
            text: &goods(Some(&story.order)),
        };
        shop.worker
            .journal
            .once(&deed)
            .map_err(|error| Error::invalid("journal", &error.to_string()))?;
        Ok(done)
    })
    .await?;
    found(&done)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Review {
    /// Accept in spite of these; close without any.
    #[serde(default)]
    accept: Vec<Reason>,
    note: Option<String>,
}

async fn review(State(shop): State<Arc<Shop>>, Path(id): Path<String>, body: Bytes) -> Answer {
    let review: Review = read(&body)?;
    let resolution = if review.accept.is_empty() {
        Resolution::Close
    } else {
        Resolution::Accept {
            reasons: review.accept.into_iter().collect(),
        }
    };
    let resolve = ResolveReview {
        order_id: id,
        resolution,
        actor: ACTOR.to_owned(),
        note: review.note,
    };
    let done = block(shop, |shop| {
        shop.run(|core, start| core.resolve_review(start, resolve))
    });
    found(&done.await?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refund {
    id: String,
    amount: String,
    #[serde(default)]
    ends_order: bool,
    #[serde(default)]
    waived: bool,
}

async fn refund(State(shop): State<Arc<Shop>>, Path(id): Path<String>, body: Bytes) -> Answer {
    let refund: Refund = read(&body)?;
    let record = RecordRefund {
        order_id: id,
        refund_id: refund.id,
        amount: Decimal::parse(&refund.amount)?,
        ends_order: refund.ends_order,
        waived: refund.waived,
        actor: ACTOR.to_owned(),
        note: None,
    };
    let done = block(shop, |shop| {
        shop.run(|core, start| core.record_refund(start, record))
    });
    found(&done.await?)
}

async fn cancel(State(shop): State<Arc<Shop>>, Path(id): Path<String>) -> Answer {
    let cancel = CancelOrder {
        access: OrderAccess {
            order_id: id,
            ..OrderAccess::default()
        },
        reason: CancelReason::Shop,
        actor: Some(ACTOR.to_owned()),
        note: None,
    };
    let done = block(shop, |shop| {
        shop.run(|core, start| core.cancel_order(start, cancel))
    });
    found(&done.await?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settle {
    kind: EffectKind,
    #[serde(default)]
    subject: String,
    settlement: Settlement,
    note: Option<String>,
}

async fn settle(State(shop): State<Arc<Shop>>, Path(id): Path<String>, body: Bytes) -> Answer {
    let settle: Settle = read(&body)?;
    let settle = SettleEffect {
        effect: EffectId {
            order_id: id,
            kind: settle.kind,
            subject: settle.subject,
        },
        settlement: settle.settlement,
        actor: ACTOR.to_owned(),
        note: settle.note,
    };
    let done = block(shop, |shop| {
        shop.run(|core, start| core.settle_effect(start, settle))
    });
    found(&done.await?)
}

/// The shelf, or one article of it.
async fn stock(State(shop): State<Arc<Shop>>, Query(asked): Asked) -> Answer {
    let export = Export {
        after: String::new(),
        limit: Some(1),
    };
    let page = block(shop, |shop| {
        shop.run(|core, start| core.export(start, export))
    })
    .await?;
    let wanted = |sku: &str| asked.get("sku").is_none_or(|asked| asked == sku);
    let shelf = page.stock.iter().filter(|article| wanted(&article.sku));
    found(&json!({ "stock": shelf.collect::<Vec<_>>() }))
}

async fn adjust(State(shop): State<Arc<Shop>>, body: Bytes) -> Answer {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Adjust {
        adjustment_id: String,
        sku: String,
        delta: i64,
    }
    let adjust: Adjust = read(&body)?;
    let adjust = AdjustStock {
        adjustment_id: adjust.adjustment_id,
        sku: adjust.sku,
        delta: adjust.delta,
        actor: ACTOR.to_owned(),
        note: None,
    };
    let done = block(shop, |shop| {
        shop.run(|core, start| core.adjust_stock(start, adjust))
    });
    found(&done.await?)
}

async fn clock(State(shop): State<Arc<Shop>>) -> Answer {
    clock_document(&shop)
}

fn clock_document(shop: &Shop) -> Answer {
    let document = json!({
        "now_ms": shop.clock.now_ms(),
        "offset_ms": shop.clock.offset_ms(),
    });
    Ok(Document(StatusCode::OK, document))
}

async fn shift(State(shop): State<Arc<Shop>>, body: Bytes) -> Answer {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Shift {
        offset_ms: i64,
    }
    let shift: Shift = read(&body)?;
    shop.clock.shift_to(shift.offset_ms);
    clock_document(&shop)
}

async fn switch(State(shop): State<Arc<Shop>>, body: Bytes) -> Answer {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Switch {
        on: bool,
    }
    let switch: Switch = read(&body)?;
    shop.worker.switch(switch.on);
    found(&json!({ "on": switch.on }))
}

async fn stall(State(shop): State<Arc<Shop>>, body: Bytes) -> Answer {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct StallAt {
        at: Option<Stall>,
    }
    let stall: StallAt = read(&body)?;
    shop.worker.stall_at(stall.at);
    found(&json!({ "at": stall.at }))
}

async fn work(State(shop): State<Arc<Shop>>, body: Bytes) -> Answer {
    let limits = read(&body)?;
    found(&block(shop, move |shop| worker::work(shop, limits)).await?)
}

/// Claims and does what is due, `times` times in a row.
async fn effects(State(shop): State<Arc<Shop>>, body: Bytes) -> Answer {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Effects {
        #[serde(default = "once")]
        times: u32,
    }
    fn once() -> u32 {
        1
    }
    let asked: Effects = read(&body)?;
    let done: Result<u32> = block(shop, move |shop| {
        let rounds = 0..asked.times.min(1_000);
        rounds.map(|_| worker::do_effects(shop)).sum()
    })
    .await;
    found(&json!({ "done": done? }))
}

async fn pump(State(shop): State<Arc<Shop>>) -> Answer {
    found(&block(shop, worker::pump).await?)
}
