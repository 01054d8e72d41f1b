//! Whether the shop is well: what waits, what failed, what was refused and why.

use crate::sorted::SortedMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::Result;
use crate::document;
use crate::shop::Shop;
use crate::store::{Fields, Query, Rows};

use super::context::Cx;
use super::refusals::{self, Note};
use super::runtime::{Flow, Start};
use super::schedule::{MINUTE_MS, RANK_LATE, RANK_OPEN};

/// How long looks and effects may be overdue before that is worth a warning.
const OVERDUE_MS: i64 = 5 * MINUTE_MS;

/// What is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarningCode {
    WorkNotCalled,
    EffectsWaiting,
    EffectsDead,
    EffectsUncertain,
    LooksOverdue,
    OrdersNeedReview,
    LearntByAsking,
}

crate::order::names!(pub WarningCode {
    WorkNotCalled = "work_not_called",
    EffectsWaiting = "effects_waiting",
    EffectsDead = "effects_dead",
    EffectsUncertain = "effects_uncertain",
    LooksOverdue = "looks_overdue",
    OrdersNeedReview = "orders_need_review",
    LearntByAsking = "learnt_by_asking",
});

/// Programs go by the code, people by the words.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Warning {
    pub code: WarningCode,
    /// How many there are of it.
    pub count: i64,
    pub message: String,
    pub next_step: String,
}

crate::document::written! {
    Warning {
        code, count, message, next_step,
    }
}

/// The shop's health; times are milliseconds since 1970, UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Health {
    /// Nothing in `warnings`.
    pub ok: bool,
    pub warnings: Vec<Warning>,
    pub orders: SortedMap<String, i64>,
    pub effects: SortedMap<String, i64>,
    /// Attempts whose look is overdue.
    pub overdue_looks: i64,
    /// Of the last payments (at most 100): how many, and how many had to be learnt by asking.
    pub learnt: i64,
    pub learnt_by_asking: i64,
    #[serde(default)]
    pub worked_at_ms: Option<i64>,
    /// The last webhook that was refused: when, with which code, and the likely cause.
    #[serde(default)]
    pub webhook_rejected: Option<Json>,
    /// How many were refused, by code. At least so many: what another process has counted comes
    /// when it is written down, and where each webhook has a process of its own, one a minute is.
    #[serde(default)]
    pub webhooks_refused: SortedMap<String, u64>,
    #[serde(default)]
    pub webhooks_refused_since_ms: Option<i64>,
    /// The last press of the gateway's test button.
    #[serde(default)]
    pub webhook_test: Option<Json>,
}

crate::document::written! {
    Health {
        ok, warnings, orders, effects, overdue_looks, learnt, learnt_by_asking, worked_at_ms,
        webhook_rejected, webhooks_refused, webhooks_refused_since_ms, webhook_test,
    }
}

impl Shop {
    #[must_use]
    pub fn health(self: &Arc<Self>, start: Start) -> Flow<Health> {
        let shop = Arc::clone(self);
        Flow::start(start, |channel| async move {
            let cx = Cx::new(shop, channel);
            health(&cx).await
        })
    }
}

async fn health(cx: &Cx) -> Result<Health> {
    refusals::settle(cx).await?;
    let now_ms = cx.now_ms();
    let overdue_ms = now_ms.saturating_sub(OVERDUE_MS);
    let overdue = |rank: u32| cx.sql(Query::OverdueLooks, vec![rank.into(), overdue_ms.into()]);
    let loads = vec![
        cx.sql(Query::CountOrders, Vec::new()),
        cx.sql(Query::CountEffects, Vec::new()),
        overdue(RANK_OPEN),
        overdue(RANK_LATE),
        cx.sql(Query::LastLearnt, Vec::new()),
        cx.sql(Query::Meta, vec!["worked".into()]),
        cx.sql(Query::Meta, vec!["webhook_rejected".into()]),
        cx.sql(Query::Meta, vec!["webhook_test".into()]),
    ];
    let rows = cx.load(loads).await?;
    let table = |index: usize| rows.get(index).map(Rows::as_slice).unwrap_or_default();
    let mut health = Health::default();
    for row in table(0) {
        let mut fields = Fields::of("orders", row);
        health.orders.insert(fields.text()?, fields.integer()?);
    }
    let mut oldest_due_ms = now_ms;
    for row in table(1) {
        let mut fields = Fields::of("effects", row);
        let state = fields.text()?;
        let count = fields.integer()?;
        let next_ms = fields.optional_integer()?.unwrap_or(now_ms);
        if state == "due" {
            oldest_due_ms = next_ms;
        }
        health.effects.insert(state, count);
    }
    for row in table(2).iter().chain(table(3)) {
        let count = Fields::of("payments", row).integer()?;
        health.overdue_looks = health.overdue_looks.saturating_add(count);
    }
    for row in table(4) {
        let how = Fields::of("payments", row).text()?;
        health.learnt = health.learnt.saturating_add(1);
        health.learnt_by_asking = health
            .learnt_by_asking
            .saturating_add(i64::from(how == "asking"));
    }
    let meta = |index: usize| {
        table(index)
            .first()
            .map(|row| Fields::of("meta", row).text())
    };
    health.worked_at_ms = meta(5).transpose()?.and_then(|text| text.parse().ok());
    let document = |text: String| document::parse(&text).ok();
    let refused = rows.get(6).map_or_else(Note::default, Note::read);
    health.webhook_rejected = refused.last();
    health.webhooks_refused = refused.counts;
    health.webhooks_refused_since_ms = refused.since_ms;
    health.webhook_test = meta(7).transpose()?.and_then(document);
    health.warnings = warnings(&health, now_ms, oldest_due_ms);
    health.ok = health.warnings.is_empty();
    Ok(health)
}

fn warnings(health: &Health, now_ms: i64, oldest_due_ms: i64) -> Vec<Warning> {
    let effects = |state: &str| health.effects.get(state).copied().unwrap_or(0);
    let orders = |status: &str| health.orders.get(status).copied().unwrap_or(0);
    let stale_ms = now_ms.saturating_sub(OVERDUE_MS);
    let idle = health.worked_at_ms.is_none_or(|at_ms| at_ms < stale_ms);
    let waiting = effects("due") > 0 && oldest_due_ms < stale_ms;
    let often = health.learnt_by_asking.saturating_mul(2) > health.learnt;
    let unheard = health.learnt >= 5 && often;
    let found = [
        (WarningCode::WorkNotCalled, i64::from(idle)),
        (
            WarningCode::EffectsWaiting,
            if waiting { effects("due") } else { 0 },
        ),
        (WarningCode::EffectsDead, effects("dead")),
        (WarningCode::EffectsUncertain, effects("uncertain")),
        (WarningCode::LooksOverdue, health.overdue_looks),
        (WarningCode::OrdersNeedReview, orders("needs_review")),
        (
            WarningCode::LearntByAsking,
            if unheard { health.learnt_by_asking } else { 0 },
        ),
    ];
    let found = found.into_iter().filter(|(_, count)| *count > 0);
    found
        .map(|(code, count)| Warning {
            code,
            count,
            message: code.message(count, health),
            next_step: code.next_step().to_owned(),
        })
        .collect()
}

impl WarningCode {
    fn message(self, count: i64, health: &Health) -> String {
        let (of, them) = (health.learnt, if count == 1 { "" } else { "s" });
        match self {
            Self::WorkNotCalled => "nobody has called work for 5 minutes: orders do not expire \
                                    and lost webhooks are not made up for"
                .to_owned(),
            Self::EffectsWaiting => {
                format!("{count} piece{them} of side work wait; the oldest for over 5 minutes")
            }
            Self::EffectsDead => format!("{count} piece{them} of side work failed at the last try"),
            Self::EffectsUncertain => {
                format!("of {count} piece{them} of side work nobody knows whether it was done")
            }
            Self::LooksOverdue => format!("{count} question{them} to the gateway are overdue"),
            Self::OrdersNeedReview => format!("{count} order{them} need a person"),
            Self::LearntByAsking => {
                format!("{count} of the last {of} payments had to be learnt by asking")
            }
        }
    }

    const fn next_step(self) -> &'static str {
        match self {
            Self::WorkNotCalled => {
                "Run coinpay work as a service, or coinpay work --once from cron."
            }
            Self::EffectsWaiting => "Does a worker of the shop claim effects? See its log.",
            Self::EffectsDead => "See why with coinpay effects, mend the cause, settle each.",
            Self::EffectsUncertain => "Find out what became of each, then settle it.",
            Self::LooksOverdue => "Does coinpay work run, and does it reach the gateway?",
            Self::OrdersNeedReview => "See them with coinpay review, and resolve each.",
            Self::LearntByAsking => {
                "Do webhooks arrive? Try coinpay doctor --webhook with the address at the gateway."
            }
        }
    }
}
