//! Side work for the host: handed out under a lease, done once, never unnoticed.

use crate::sorted::{SortedMap, SortedSet};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::document::{self, json};
use crate::order::{EffectKind, Input, Status};
use crate::shop::Shop;
use crate::store::{
    EffectRecord, EffectState, KINDS_AT_ONCE, OrderRecord, Query, Rows, Statement, Value,
};
use crate::{Error, ErrorCode, Result};

use super::change::{By, Change, lock_statement};
use super::context::Cx;
use super::effect_rows::{SHOP, new_effect};
use super::report::touch_all;
use super::runtime::{Flow, Start};
use super::status::{OrderSummary, summary_of};
use super::transact::{Plan, transact};

/// Waits between tries: 10 s, doubled each time, an hour at most.
const FIRST_WAIT_MS: i64 = 10_000;
const LONGEST_WAIT_MS: i64 = 3_600_000;

/// Asks for side work to do.
#[derive(Clone, Debug, Default)]
pub struct ClaimEffects {
    /// How many at most; 10 by default, 100 at most.
    pub limit: Option<u32>,
    /// Which kinds this worker does; all by default.
    pub kinds: Vec<EffectKind>,
}

/// One piece of side work, to be completed or failed before its lease runs out.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Effect {
    /// `shop` where it belongs to no order.
    pub order_id: String,
    pub kind: EffectKind,
    pub subject: String,
    pub claim_no: u32,
    /// Milliseconds since 1970, UTC.
    pub lease_until_ms: i64,
    /// The same at every try: give it to the mailer and the carrier.
    pub idempotency_key: String,
    /// How often it has been handed out, this time included.
    pub tries: u32,
    pub payload: Json,
    #[serde(default)]
    pub order: Option<OrderSummary>,
}

crate::document::written! {
    Effect {
        order_id, kind, subject, claim_no, lease_until_ms, idempotency_key, tries, payload, order,
    }
}

/// Names one effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectId {
    pub order_id: String,
    pub kind: EffectKind,
    pub subject: String,
}

crate::document::written! {
    EffectId {
        order_id, kind, subject,
    }
}

#[derive(Clone, Debug)]
pub struct CompleteEffect {
    pub effect: EffectId,
    /// What the host wants to keep of it; `reserve_stock` says `{"reserved": false}` where the
    /// goods were not to be had.
    pub result: Option<Json>,
}

#[derive(Clone, Debug)]
pub struct FailEffect {
    pub effect: EffectId,
    pub claim_no: u32,
    /// For the log; at most 500 characters are kept.
    pub error: String,
}

#[derive(Clone, Debug)]
pub struct RenewEffect {
    pub effect: EffectId,
    pub claim_no: u32,
}

/// What a person says of an effect that is uncertain or dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    Done,
    /// It was not done: hand it out again.
    Again,
    /// It is not to be done.
    Void,
}

crate::order::names!(pub Settlement {
    Done = "done",
    Again = "again",
    Void = "void",
});

#[derive(Clone, Debug)]
pub struct SettleEffect {
    pub effect: EffectId,
    pub settlement: Settlement,
    pub actor: String,
    pub note: Option<String>,
}

/// What came of completing, failing, renewing or settling.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct EffectAnswer {
    /// False when it was so before.
    pub applied: bool,
    /// Where the effect stands now.
    pub state: String,
    #[serde(default)]
    pub lease_until_ms: Option<i64>,
}

crate::document::written! {
    EffectAnswer {
        applied, state, lease_until_ms,
    }
}

impl Shop {
    /// Hands out side work that is due, each piece to one worker. At most one `ship_order` at a
    /// time, unless the carrier honours the key: a worker that vanishes leaves it uncertain.
    #[must_use]
    pub fn claim_effects(self: &Arc<Self>, start: Start, claim: ClaimEffects) -> Flow<Vec<Effect>> {
        let shop = Arc::clone(self);
        Flow::start(start, |channel| async move {
            let cx = Cx::new(shop, channel);
            claim_effects(&cx, &claim).await
        })
    }

    /// Says that an effect is done. A fact about the world: taken from any worker, the first
    /// counts.
    #[must_use]
    pub fn complete_effect(
        self: &Arc<Self>,
        start: Start,
        complete: CompleteEffect,
    ) -> Flow<EffectAnswer> {
        let CompleteEffect { effect, result } = complete;
        let update = move |row: &mut EffectRecord, _: &Cx, _| Ok(completed(row, result.as_ref()));
        touch(self, start, effect, By::default(), Box::new(update))
    }

    /// Says that a try failed. It is handed out again later, and dead after the last try.
    #[must_use]
    pub fn fail_effect(self: &Arc<Self>, start: Start, fail: FailEffect) -> Flow<EffectAnswer> {
        let FailEffect {
            effect,
            claim_no,
            error,
        } = fail;
        let update = move |row: &mut EffectRecord, cx: &Cx, now_ms| {
            failed(row, cx, now_ms, claim_no, &error)
        };
        touch(self, start, effect, By::default(), Box::new(update))
    }

    /// Keeps an effect that takes longer than its lease.
    #[must_use]
    pub fn renew_effect(self: &Arc<Self>, start: Start, renew: RenewEffect) -> Flow<EffectAnswer> {
        let RenewEffect { effect, claim_no } = renew;
        let update = move |row: &mut EffectRecord, cx: &Cx, now_ms: i64| {
            held_by(row, claim_no)?;
            let until_ms = now_ms.saturating_add(i64::from(cx.shop.config.lease_ms));
            row.lease_until_ms = Some(until_ms);
            row.next_at_ms = until_ms;
            Ok(true)
        };
        touch(self, start, effect, By::default(), Box::new(update))
    }

    /// A person says what became of an effect that is uncertain or dead.
    #[must_use]
    pub fn settle_effect(
        self: &Arc<Self>,
        start: Start,
        settle: SettleEffect,
    ) -> Flow<EffectAnswer> {
        let SettleEffect {
            effect,
            settlement,
            actor,
            note,
        } = settle;
        let by = By {
            actor: Some(actor),
            note,
        };
        let update = move |row: &mut EffectRecord, _: &Cx, now_ms| {
            let wanted = match settlement {
                Settlement::Done => EffectState::Completed,
                Settlement::Again => EffectState::Due,
                Settlement::Void => EffectState::Void,
            };
            if row.state == wanted {
                return Ok(false);
            }
            if !matches!(row.state, EffectState::Uncertain | EffectState::Dead) {
                let message = format!("the effect is {}, neither uncertain nor dead", row.state);
                return Err(Error::new(ErrorCode::Rejected, message));
            }
            row.state = wanted;
            row.next_at_ms = now_ms;
            row.tries = 0;
            row.claim_token = None;
            row.lease_until_ms = None;
            Ok(true)
        };
        touch(self, start, effect, by, Box::new(update))
    }
}

pub(super) fn completed(row: &mut EffectRecord, result: Option<&Json>) -> bool {
    if row.state == EffectState::Completed {
        return false;
    }
    row.state = EffectState::Completed;
    row.result = result.map(document::text);
    row.error = None;
    true
}

pub(super) fn failed(
    row: &mut EffectRecord,
    cx: &Cx,
    now_ms: i64,
    claim_no: u32,
    error: &str,
) -> Result<bool> {
    held_by(row, claim_no)?;
    row.error = Some(error.chars().take(500).collect());
    row.claim_token = None;
    row.lease_until_ms = None;
    if row.tries >= cx.shop.config.max_tries {
        row.state = EffectState::Dead;
    } else {
        row.state = EffectState::Due;
        row.next_at_ms = now_ms.saturating_add(backoff_ms(row.tries));
    }
    Ok(true)
}

fn held_by(row: &EffectRecord, claim_no: u32) -> Result<()> {
    if row.state == EffectState::Claimed && row.claim_no == claim_no {
        return Ok(());
    }
    Err(ErrorCode::LeaseLost.into())
}

fn backoff_ms(tries: u32) -> i64 {
    let doubled = 2_i64.saturating_pow(tries.saturating_sub(1));
    FIRST_WAIT_MS.saturating_mul(doubled).min(LONGEST_WAIT_MS)
}

pub(super) async fn claim_effects(cx: &Cx, claim: &ClaimEffects) -> Result<Vec<Effect>> {
    let limit = claim.limit.unwrap_or(10).clamp(1, 100);
    let now_ms = cx.now_ms();
    let is_wanted = |kind: &EffectKind| claim.kinds.is_empty() || claim.kinds.contains(kind);
    // A worker that vanishes leaves each of its shipments uncertain: it gets one at a time, and
    // those that wait keep no other work back. A lost one may belong to an order that is not paid
    // any more: it is for `work`, which sees the order, to say what becomes of it.
    let (shipping, others): (Vec<_>, Vec<_>) = EffectKind::ALL
        .iter()
        .copied()
        .filter(is_wanted)
        .partition(|kind| *kind == EffectKind::ShipOrder);
    let mut loads = vec![
        due(cx, EffectState::Due, &others, now_ms, limit),
        due(cx, EffectState::Claimed, &others, now_ms, limit),
    ];
    if !shipping.is_empty() {
        let honoured = cx.shop.config.carrier_honours_key;
        let most = if honoured { limit } else { 1 };
        loads.push(due(cx, EffectState::Due, &shipping, now_ms, most));
    }
    let rows = cx.load(loads).await?;
    let mut picked = Vec::new();
    for row in rows.iter().flatten() {
        let effect = EffectRecord::read(row)?;
        // One that lost its lease too often is for `work` to bury.
        if effect.state == EffectState::Due || effect.tries < cx.shop.config.max_tries {
            picked.push(effect);
        }
    }
    picked.sort_by_key(|effect| effect.next_at_ms);
    picked.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    if picked.is_empty() {
        return Ok(Vec::new());
    }
    let token = cx.token();
    let until_ms = now_ms.saturating_add(i64::from(cx.shop.config.lease_ms));
    let claims = picked.iter().map(|effect| {
        cx.sql(
            Query::ClaimEffect,
            vec![
                token.as_str().into(),
                until_ms.into(),
                until_ms.into(),
                now_ms.into(),
                effect.order_id.as_str().into(),
                effect.kind.as_str().into(),
                effect.subject.as_str().into(),
                effect.state.as_str().into(),
                effect.claim_no.into(),
            ],
        )
    });
    let claims: Vec<Statement> = claims.collect();
    // Whether the commit happened or not: what carries our token is ours.
    let mut tries = 0;
    while let Err(fault) = cx.commit_once(claims.clone()).await? {
        cx.pause_or_give_up(&fault, &mut tries).await?;
    }
    let orders = picked.into_iter().map(|effect| effect.order_id).collect();
    hand_out(cx, &token, orders).await
}

/// As many of each kind as there may be of all.
fn due(cx: &Cx, state: EffectState, kinds: &[EffectKind], now_ms: i64, limit: u32) -> Statement {
    let mut params: Vec<Value> = Vec::new();
    let kinds = kinds.iter().map(|kind| kind.as_str());
    for kind in kinds.chain(std::iter::repeat("")).take(KINDS_AT_ONCE) {
        params.extend([
            state.as_str().into(),
            kind.into(),
            now_ms.into(),
            limit.into(),
        ]);
    }
    cx.sql(Query::DueEffects, params)
}

/// What carries the token, which may be less than was picked, and the orders of all of it.
async fn hand_out(cx: &Cx, token: &str, orders: SortedSet<String>) -> Result<Vec<Effect>> {
    let mut loads = vec![cx.sql(Query::EffectsByToken, vec![token.into()])];
    let order_of = |id: &String| cx.sql(Query::OrderAt, vec![id.as_str().into()]);
    loads.extend(orders.iter().map(order_of));
    let rows = cx.load(loads).await?;
    let (claimed, found) = rows.split_first().ok_or(ErrorCode::StoreCorrupt)?;
    let mut summaries = SortedMap::new();
    for row in found.iter().flatten() {
        let order = OrderRecord::read(row)?;
        summaries.insert(order.id.clone(), summary_of(&order));
    }
    let mut handed = Vec::new();
    for row in claimed {
        let effect = EffectRecord::read(row)?;
        let order = summaries.get(&effect.order_id).cloned();
        handed.push(Effect {
            order_id: effect.order_id,
            kind: effect.kind,
            subject: effect.subject,
            claim_no: effect.claim_no,
            lease_until_ms: effect.lease_until_ms.unwrap_or(effect.next_at_ms),
            idempotency_key: effect.idempotency_key,
            tries: effect.tries,
            payload: effect.payload,
            order,
        });
    }
    Ok(handed)
}

/// What becomes of one effect; nothing where it is refused.
pub(super) type Update = dyn Fn(&mut EffectRecord, &Cx, i64) -> Result<bool> + Send + Sync;

/// A change to one effect.
pub(super) struct Touch {
    pub(super) effect: EffectId,
    pub(super) by: By,
    pub(super) update: Box<Update>,
}

/// Changes one effect under the lock of its order, or of the shop.
fn touch(
    shop: &Arc<Shop>,
    start: Start,
    effect: EffectId,
    by: By,
    update: Box<Update>,
) -> Flow<EffectAnswer> {
    let shop = Arc::clone(shop);
    Flow::start(start, |channel| async move {
        let cx = Cx::new(shop, channel);
        let touches = [Touch { effect, by, update }];
        let answers = touch_all(&cx, &touches).await?;
        let only = answers.into_iter().next();
        only.unwrap_or_else(|| Err(ErrorCode::Internal.into()))
    })
}

pub(super) fn touch_order_effect(
    cx: &Cx,
    change: &mut Change,
    touch: &Touch,
) -> Result<EffectAnswer> {
    let (now_ms, id) = (change.now_ms, &touch.effect);
    let same = |one: &&mut EffectRecord| one.kind == id.kind && one.subject == id.subject;
    let Some(row) = change.bundle.effects.iter_mut().find(same) else {
        return Err(ErrorCode::UnknownEffect.into());
    };
    let before = row.state;
    let applied = (touch.update)(row, cx, now_ms)?;
    if row.kind == EffectKind::ShipOrder && row.state == EffectState::Due {
        row.state = waiting_shipment(change.bundle.order.status);
    }
    row.updated_at_ms = if applied { now_ms } else { row.updated_at_ms };
    let answer = EffectAnswer {
        applied,
        state: row.state.to_string(),
        lease_until_ms: row
            .lease_until_ms
            .filter(|_| row.state == EffectState::Claimed),
    };
    let (state, result) = (row.state, row.result.clone());
    if !applied {
        return Ok(answer);
    }
    change.by = touch.by.clone();
    change.log(
        "effect_changed",
        json!({ "kind": id.kind, "subject": id.subject, "from": before, "to": state }),
    );
    match (state, id.kind) {
        (EffectState::Completed, EffectKind::ShipOrder) => {
            change.apply(cx, &Input::Shipped);
        }
        (EffectState::Completed, EffectKind::ReserveStock) => {
            let result: Option<Json> = result.and_then(|text| document::parse(&text).ok());
            let said = result
                .as_ref()
                .and_then(|result| result.get("reserved")?.as_bool());
            let reservation_no = id.subject.parse().unwrap_or(0);
            let reserved = said.unwrap_or(true);
            change.apply(
                cx,
                &Input::StockAnswered {
                    reservation_no,
                    reserved,
                },
            );
        }
        (EffectState::Dead, kind) if kind != EffectKind::AlertOperations => {
            alert_about_effect(change, "effect_dead", kind, &id.subject);
        }
        _ => {}
    }
    Ok(answer)
}

/// How a shipment waits that was not made: for goods that are not paid any more nobody may pick
/// it up. What pays for the order later makes it due.
pub(super) const fn waiting_shipment(status: Status) -> EffectState {
    match status {
        Status::Paid => EffectState::Due,
        Status::NeedsReview => EffectState::Held,
        Status::AwaitingPayment
        | Status::Fulfilled
        | Status::Expired
        | Status::Cancelled
        | Status::Refunded => EffectState::Void,
    }
}

/// Tells operations that side work has stopped. An alert that cannot be delivered shows in
/// `health` only.
pub(crate) fn alert_about_effect(change: &mut Change, name: &str, kind: EffectKind, subject: &str) {
    let (message, next_step) = if name == "effect_uncertain" {
        (
            format!("the worker that did {kind} vanished; it may or may not have been done"),
            "Find out at the carrier, then settle the effect as done or to be done again.",
        )
    } else {
        (
            format!("{kind} failed at its last try"),
            "Read the error, mend the cause, then settle the effect to have it done again.",
        )
    };
    let payload = json!({
        "alert": name,
        "effect": kind,
        "subject": subject,
        "message": message,
        "next_step": next_step,
        "status": change.bundle.order.status,
    });
    // Each time it comes to that is news.
    let version = change.bundle.order.version;
    let about = format!("{name}/{kind}/{version}");
    change.start(EffectKind::AlertOperations, about, payload);
}

pub(super) async fn touch_shop_effect(cx: &Cx, touch: &Touch) -> Result<EffectAnswer> {
    let Touch {
        effect: id,
        by,
        update,
    } = touch;
    let key = || -> Vec<Value> {
        vec![
            SHOP.into(),
            id.kind.as_str().into(),
            id.subject.as_str().into(),
        ]
    };
    let loads = vec![
        cx.sql(Query::EffectAt, key()),
        cx.sql(Query::LogVersion, vec![SHOP.into()]),
    ];
    transact(cx, loads, |rows, commit_id| {
        let first = |index: usize| rows.get(index).and_then(|rows: &Rows| rows.first());
        let Some(row) = first(0) else {
            return Err(ErrorCode::UnknownEffect.into());
        };
        let mut row = EffectRecord::read(row)?;
        let applied = update(&mut row, cx, cx.now_ms())?;
        let answer = EffectAnswer {
            applied,
            state: row.state.to_string(),
            lease_until_ms: row
                .lease_until_ms
                .filter(|_| row.state == EffectState::Claimed),
        };
        if !applied {
            return Ok((answer, Plan::default()));
        }
        let version = shop_version(first(1))?;
        let mut log = lock_statement(cx, SHOP, version, "effect_changed", &commit_id, cx.now_ms());
        let told = [by.actor.clone().into(), by.note.clone().into()];
        for (to, from) in log.params.iter_mut().skip(5).zip(told) {
            *to = from;
        }
        let mut values = row.values();
        values.extend(key());
        let statements = vec![log, cx.sql(Query::UpdateEffect, values)];
        Ok((
            answer,
            Plan {
                statements,
                proof: Some((SHOP.into(), version)),
                commit_id,
            },
        ))
    })
    .await
}

/// The next version of the shop's own lock.
pub(crate) fn shop_version(row: Option<&Vec<Value>>) -> Result<i64> {
    let known = match row {
        Some(row) => crate::store::Fields::of("order_log", row).optional_integer()?,
        None => None,
    };
    Ok(known.unwrap_or(0).saturating_add(1))
}

/// An alert that belongs to no order, for a commit of the caller's.
pub(crate) fn shop_alert(cx: &Cx, version: i64, subject: &str, payload: Json) -> Statement {
    let now_ms = cx.now_ms();
    let kind = EffectKind::AlertOperations;
    let effect = new_effect(SHOP, version, kind, subject.to_owned(), payload, now_ms);
    cx.sql(Query::InsertEffect, effect.values())
}
