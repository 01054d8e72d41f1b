//! What has to be done without anybody asking: finding money whose webhook never came, ending
//! orders whose time is over, noticing work that stopped, and tidying up.

use std::sync::Arc;

use serde::Deserialize;

use crate::document::json;
use crate::order::{EffectKind, Input, Reason, Status};
use crate::shop::Shop;
use crate::store::{
    AttemptState, EffectState, EventRecord, Fields, Query, Rows, Selector, Statement,
};
use crate::{ErrorCode, Result};

use super::budget;
use super::bundle::Bundle;
use super::context::Cx;
use super::effect_rows::SHOP;
use super::effects::{alert_about_effect, shop_alert, shop_version, waiting_shipment};
use super::look::{Looked, look};
use super::refusals;
use super::runtime::{Flow, Start};
use super::schedule::{DAY_MS, HOUR_MS, MINUTE_MS, RANK_LATE, RANK_OPEN};
use super::status::load_order;
use super::transact::{Plan, change_order, transact};

/// How long an order whose last look cannot be taken, or whose payment is under way, waits
/// beyond its deadline.
const GRACE_MS: i64 = 2 * HOUR_MS;
const TRY_AGAIN_MS: i64 = 5 * MINUTE_MS;
/// The longest until the next call: effects may come in at any time.
const LONGEST_PAUSE_MS: i64 = MINUTE_MS;

/// How much one call of `work` does at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkLimits {
    /// Questions to the gateway.
    pub looks: u32,
    /// Orders past their time, events to alert about, rows to delete: of each.
    pub rows: u32,
}

impl Default for WorkLimits {
    fn default() -> Self {
        Self {
            looks: 20,
            rows: 50,
        }
    }
}

/// What one call of `work` did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct WorkReport {
    /// Questions that the gateway answered.
    pub looked: u32,
    /// Payments that were first heard of by asking.
    pub learnt: u32,
    /// Orders that expired.
    pub expired: u32,
    /// Orders in review whose goods were given back.
    pub released: u32,
    /// Effects whose worker vanished.
    pub lost_effects: u32,
    /// Events with money for payments that nobody knows.
    pub alerted: u32,
    pub deleted: u32,
    /// Orders whose rows cannot be read; the others go on.
    pub unreadable: u32,
    /// The gateway did not answer, or the minute's questions are used up.
    pub looks_left_over: bool,
    /// When to call again; milliseconds since 1970, UTC.
    pub next_at_ms: i64,
}

crate::document::written! {
    WorkReport {
        looked, learnt, expired, released, lost_effects, alerted, deleted, unreadable,
        looks_left_over, next_at_ms,
    }
}

impl Shop {
    /// Reconciles, ends, notices and tidies, within `limits` and the time that one call may take.
    /// To be called when its report says, by as many workers as there are.
    #[must_use]
    pub fn work(self: &Arc<Self>, start: Start, limits: WorkLimits) -> Flow<WorkReport> {
        let shop = Arc::clone(self);
        Flow::start(start, |channel| async move {
            let cx = Cx::new(shop, channel);
            let mut work = Work {
                cx,
                limits,
                report: WorkReport::default(),
                reachable: true,
                allowed: 0,
            };
            work.run().await?;
            Ok(work.report)
        })
    }
}

struct Work {
    cx: Cx,
    limits: WorkLimits,
    report: WorkReport,
    reachable: bool,
    /// Questions that this call may still ask in this minute.
    allowed: u32,
}

impl Work {
    async fn run(&mut self) -> Result<()> {
        refusals::settle(&self.cx).await?;
        self.end_orders().await?;
        self.take_looks(RANK_OPEN).await?;
        self.take_looks(RANK_LATE).await?;
        self.notice_lost_effects().await?;
        self.alert_unmatched().await?;
        self.tidy().await?;
        self.report.next_at_ms = self.next_at_ms().await?;
        Ok(())
    }

    fn time_left(&self) -> bool {
        self.cx.now_ms() < self.cx.until_ms
    }

    async fn ids(&self, statement: Statement) -> Result<Vec<String>> {
        let rows = self.cx.load(vec![statement]).await?;
        let read = |row: &Vec<_>| Fields::of("orders", row).text();
        rows.iter().flatten().map(read).collect()
    }

    /// Orders past their deadline, and orders that have waited too long for a person.
    async fn end_orders(&mut self) -> Result<()> {
        let params = vec![self.cx.now_ms().into(), self.limits.rows.into()];
        let due = self.ids(self.cx.sql(Query::DueOrders, params)).await?;
        let mut waiting = u32::try_from(due.len()).unwrap_or(self.limits.rows);
        for order_id in due {
            if !self.time_left() {
                break;
            }
            let Some(bundle) = self.readable(&order_id).await? else {
                continue;
            };
            let ending = waiting;
            waiting = waiting.saturating_sub(1);
            match bundle.order.status {
                Status::AwaitingPayment => self.end_unpaid(&bundle, ending).await?,
                Status::NeedsReview => self.release_review(&order_id).await?,
                Status::Paid
                | Status::Fulfilled
                | Status::Expired
                | Status::Cancelled
                | Status::Refunded => {}
            }
        }
        Ok(())
    }

    async fn end_unpaid(&mut self, bundle: &Bundle, waiting: u32) -> Result<()> {
        let cx = self.cx.clone();
        let deadline_ms = bundle.order.evidence.deadline_at_ms;
        let mut all_seen = true;
        let asked = bundle
            .attempts
            .iter()
            .filter(|one| matches!(one.state, AttemptState::Open | AttemptState::Superseded));
        for attempt in asked {
            let fresh = attempt
                .looked_at_ms
                .is_some_and(|at_ms| at_ms >= deadline_ms);
            if fresh {
                continue;
            }
            if !self.reachable || !self.may_look(waiting).await? {
                all_seen = false;
                continue;
            }
            match look(&cx, attempt, false).await? {
                Looked::Answered { learnt } => self.count(learnt),
                Looked::Nothing => {}
                Looked::Unreachable => {
                    self.reachable = false;
                    all_seen = false;
                }
            }
        }
        let grace_over = cx.now_ms() >= deadline_ms.saturating_add(GRACE_MS);
        let ended = change_order(
            &cx,
            Selector::Id(&bundle.order.id),
            Vec::new(),
            |change, _| {
                let order = &change.bundle.order;
                // A payment that is on its way is let arrive.
                let coming = order
                    .evidence
                    .attempts
                    .values()
                    .any(|one| one.seen && !one.failed);
                if order.status == Status::AwaitingPayment && (!all_seen || coming) && !grace_over {
                    let later_ms = change.now_ms.saturating_add(TRY_AGAIN_MS);
                    let params = vec![later_ms.into(), order.id.as_str().into(), later_ms.into()];
                    change.also(cx.sql(Query::ScheduleOrder, params));
                    return Ok(false);
                }
                change.apply(&cx, &Input::DeadlinePassed);
                Ok(change.bundle.order.status == Status::Expired)
            },
        );
        if ended.await?.unwrap_or(false) {
            self.report.expired = self.report.expired.saturating_add(1);
        }
        Ok(())
    }

    async fn release_review(&mut self, order_id: &str) -> Result<()> {
        let cx = self.cx.clone();
        let released = change_order(&cx, Selector::Id(order_id), Vec::new(), |change, _| {
            change.apply(&cx, &Input::ReviewAged);
            Ok(change.bundle.order.attention.contains(&Reason::NoStock))
        });
        if released.await?.unwrap_or(false) {
            self.report.released = self.report.released.saturating_add(1);
        }
        Ok(())
    }

    /// One order whose rows cannot be read must not stop the others.
    async fn readable(&mut self, order_id: &str) -> Result<Option<Bundle>> {
        match load_order(&self.cx, order_id).await {
            Ok(bundle) => Ok(Some(bundle)),
            Err(error) if matches!(error.code, ErrorCode::StoreCorrupt | ErrorCode::NotFound) => {
                self.report.unreadable = self.report.unreadable.saturating_add(1);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Takes one question from what this call has of the minute's budget; `wanted` is how many
    /// it would take in all if it has none left.
    async fn may_look(&mut self, wanted: u32) -> Result<bool> {
        if self.allowed == 0 {
            self.allowed = budget::take(&self.cx, wanted).await?;
        }
        let may = self.allowed > 0;
        self.allowed = self.allowed.saturating_sub(1);
        Ok(may)
    }

    fn count(&mut self, learnt: bool) {
        self.report.looked = self.report.looked.saturating_add(1);
        self.report.learnt = self.report.learnt.saturating_add(u32::from(learnt));
    }

    async fn take_looks(&mut self, rank: u32) -> Result<()> {
        let cx = self.cx.clone();
        let wanted = self.limits.looks.saturating_sub(self.report.looked);
        if wanted == 0 || !self.reachable {
            return Ok(());
        }
        let params = vec![rank.into(), cx.now_ms().into(), wanted.into()];
        let rows = cx.load(vec![cx.sql(Query::DueLooks, params)]).await?;
        let mut due = Vec::new();
        for row in rows.iter().flatten() {
            let mut fields = Fields::of("payments", row);
            due.push((fields.text()?, fields.count()?));
        }
        if due.is_empty() {
            return Ok(());
        }
        let mut waiting = u32::try_from(due.len()).unwrap_or(wanted);
        for (order_id, number) in due {
            if !self.time_left() || !self.reachable || !self.may_look(waiting).await? {
                self.report.looks_left_over = true;
                break;
            }
            waiting = waiting.saturating_sub(1);
            let Some(bundle) = self.readable(&order_id).await? else {
                continue;
            };
            let open = bundle.order.status == Status::AwaitingPayment
                && cx.now_ms() < bundle.order.evidence.deadline_at_ms;
            let Some(attempt) = bundle.attempt(number) else {
                continue;
            };
            match look(&cx, attempt, open).await? {
                Looked::Answered { learnt } => self.count(learnt),
                Looked::Nothing => {}
                Looked::Unreachable => self.reachable = false,
            }
        }
        Ok(())
    }

    /// A shipment whose worker vanished may be on its way: a person has to say, unless the carrier
    /// makes the same one once only. Anything that lost its lease at its last try is dead.
    async fn notice_lost_effects(&mut self) -> Result<()> {
        let cx = self.cx.clone();
        let config = &cx.shop.config;
        let (now_ms, most) = (cx.now_ms(), config.max_tries);
        let params = vec![
            now_ms.into(),
            EffectKind::ShipOrder.as_str().into(),
            most.into(),
            self.limits.rows.into(),
        ];
        for order_id in self.ids(cx.sql(Query::LostClaims, params)).await? {
            let found = change_order(&cx, Selector::Id(&order_id), Vec::new(), |change, _| {
                let mut lost = Vec::new();
                let waiting = waiting_shipment(change.bundle.order.status);
                for effect in &mut change.bundle.effects {
                    let over = effect.state == EffectState::Claimed
                        && effect
                            .lease_until_ms
                            .is_some_and(|until_ms| until_ms <= now_ms);
                    let ship = effect.kind == EffectKind::ShipOrder;
                    if over && (ship || effect.tries >= most) {
                        effect.state = if ship && !config.carrier_honours_key {
                            EffectState::Uncertain
                        } else if effect.tries >= most {
                            EffectState::Dead
                        } else {
                            waiting
                        };
                        effect.error = Some("the worker vanished".into());
                        effect.claim_token = None;
                        effect.lease_until_ms = None;
                        effect.next_at_ms = now_ms;
                        effect.updated_at_ms = now_ms;
                        lost.push((effect.kind, effect.subject.clone(), effect.state));
                    }
                }
                for (kind, subject, state) in &lost {
                    let document = json!({ "kind": kind, "subject": subject, "to": state });
                    change.log("effect_lost", document);
                    let name = match state {
                        EffectState::Uncertain => "effect_uncertain",
                        EffectState::Dead => "effect_dead",
                        _ => continue,
                    };
                    if *kind != EffectKind::AlertOperations {
                        alert_about_effect(change, name, *kind, subject);
                    }
                }
                Ok(u32::try_from(lost.len()).unwrap_or(u32::MAX))
            });
            let found = found.await?.unwrap_or(0);
            self.report.lost_effects = self.report.lost_effects.saturating_add(found);
        }
        Ok(())
    }

    /// Money was reported for a payment that nobody knows, and ten minutes later still nobody
    /// does. One alert an hour says so.
    async fn alert_unmatched(&mut self) -> Result<()> {
        let cx = self.cx.clone();
        let now_ms = cx.now_ms();
        let hour = now_ms.checked_div(HOUR_MS).unwrap_or(0);
        let subject = format!("unmatched_money/{hour}");
        let key = vec![
            SHOP.into(),
            EffectKind::AlertOperations.as_str().into(),
            subject.as_str().into(),
        ];
        let loads = vec![
            cx.sql(
                Query::EventsToAlert,
                vec![now_ms.into(), self.limits.rows.into()],
            ),
            cx.sql(Query::EffectAt, key),
            cx.sql(Query::LogVersion, vec![SHOP.into()]),
        ];
        let alerted = transact(&cx, loads, |rows, commit_id| {
            let table = |index: usize| rows.get(index).map(Vec::as_slice).unwrap_or_default();
            let mut statements = Vec::new();
            let mut payments = Vec::new();
            for row in table(0) {
                let event = EventRecord::read(row)?;
                payments.push(event.payment_id);
                statements.push(cx.sql(Query::EventAlerted, vec![event.body_hash.into()]));
            }
            let count = u32::try_from(payments.len()).unwrap_or(u32::MAX);
            if payments.is_empty() {
                return Ok((0, Plan::default()));
            }
            let version = shop_version(table(2).first())?;
            let log = super::change::lock_statement(
                &cx,
                SHOP,
                version,
                "unmatched_money",
                &commit_id,
                now_ms,
            );
            statements.insert(0, log);
            if table(1).is_empty() {
                let payload = json!({
                    "alert": "unmatched_money",
                    "payment_ids": payments,
                    "message": "the gateway reports money for payments that no order has",
                    "next_step": "Look the payments up at the gateway; were they made elsewhere?",
                });
                statements.push(shop_alert(&cx, version, &subject, payload));
            }
            let proof = Some((SHOP.to_owned(), version));
            Ok((
                count,
                Plan {
                    statements,
                    proof,
                    commit_id,
                },
            ))
        });
        self.report.alerted = alerted.await?;
        Ok(())
    }

    /// Deletes what is kept no longer, a little at a time.
    async fn tidy(&mut self) -> Result<()> {
        let cx = self.cx.clone();
        let now_ms = cx.now_ms();
        let age = |days: u32| now_ms.saturating_sub(i64::from(days).saturating_mul(DAY_MS));
        let rows = self.limits.rows;
        let old = vec![age(cx.shop.config.keep_events_days).into(), rows.into()];
        let mut deletes: Vec<Statement> = Vec::new();
        for hash in self.ids(cx.sql(Query::OldEvents, old)).await? {
            deletes.push(cx.sql(Query::DeleteEvent, vec![hash.into()]));
        }
        let over = vec![budget::over(now_ms).into(), rows.into()];
        for lock in self.ids(cx.sql(Query::OldBudgets, over)).await? {
            deletes.push(cx.sql(Query::DeleteLog, vec![lock.into()]));
        }
        deletes.extend(
            self.old_orders(age(cx.shop.config.keep_orders_days))
                .await?,
        );
        self.report.deleted = u32::try_from(deletes.len()).unwrap_or(u32::MAX);
        let worked = cx.sql(Query::Meta, vec!["worked".into()]);
        let known = cx.load(vec![worked]).await?;
        let at_ms = known
            .iter()
            .flatten()
            .next()
            .map(|row| Fields::of("meta", row).text());
        let at_ms = at_ms
            .transpose()?
            .and_then(|text| text.parse::<i64>().ok())
            .unwrap_or(0);
        if now_ms.saturating_sub(at_ms) >= MINUTE_MS / 2 || at_ms > now_ms {
            deletes.push(cx.sql(Query::DeleteMeta, vec!["worked".into()]));
            let value = vec!["worked".into(), now_ms.to_string().into()];
            deletes.push(cx.sql(Query::InsertMeta, value));
        }
        if !deletes.is_empty() {
            // What is not deleted now is deleted next time.
            let _ = cx.commit_once(deletes).await?;
        }
        Ok(())
    }

    async fn old_orders(&self, before_ms: i64) -> Result<Vec<Statement>> {
        let cx = &self.cx;
        let mut deletes = Vec::new();
        if cx.shop.config.keep_orders_days == 0 {
            return Ok(deletes);
        }
        for status in [
            Status::Expired,
            Status::Cancelled,
            Status::Refunded,
            Status::Fulfilled,
        ] {
            let params = vec![status.as_str().into(), before_ms.into(), 10_u32.into()];
            for order_id in self.ids(cx.sql(Query::OrdersIn, params)).await? {
                let bundle = load_order(cx, &order_id).await?;
                if bundle.order.refund_due.is_some() {
                    continue;
                }
                for query in [
                    Query::DeleteEffects,
                    Query::DeletePayments,
                    Query::DeleteReservations,
                    Query::DeleteLog,
                    Query::DeleteOrder,
                ] {
                    deletes.push(cx.sql(query, vec![order_id.as_str().into()]));
                }
            }
        }
        Ok(deletes)
    }

    async fn next_at_ms(&self) -> Result<i64> {
        let cx = &self.cx;
        let now_ms = cx.now_ms();
        let loads = vec![
            cx.sql(Query::NextOrder, Vec::new()),
            cx.sql(Query::NextAlert, Vec::new()),
            cx.sql(Query::NextEffect, vec![EffectState::Due.as_str().into()]),
            cx.sql(
                Query::NextEffect,
                vec![EffectState::Claimed.as_str().into()],
            ),
            cx.sql(Query::NextLook, vec![RANK_OPEN.into()]),
            cx.sql(Query::NextLook, vec![RANK_LATE.into()]),
        ];
        let rows = cx.load(loads).await?;
        let mut next_ms = now_ms.saturating_add(LONGEST_PAUSE_MS);
        for row in rows.iter().filter_map(|rows: &Rows| rows.first()) {
            if let Some(at_ms) = Fields::of("orders", row).optional_integer()? {
                next_ms = next_ms.min(at_ms);
            }
        }
        // What is overdue and could not be done now is not better done at once.
        let least_ms = if self.reachable { 1_000 } else { 15_000 };
        Ok(next_ms.max(now_ms.saturating_add(least_ms)))
    }
}
