//! Whether the shop is well: what waits, what failed, what was refused and why.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::Result;
use crate::shop::Shop;
use crate::store::{Fields, Query, Rows};

use super::context::Cx;
use super::runtime::{Flow, Start};
use super::schedule::{MINUTE_MS, RANK_LATE, RANK_OPEN};

/// How long looks and effects may be overdue before that is worth a warning.
const OVERDUE_MS: i64 = 5 * MINUTE_MS;

/// The shop's health; times are milliseconds since 1970, UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Nothing in `warnings`.
    pub ok: bool,
    pub warnings: Vec<String>,
    pub orders: BTreeMap<String, i64>,
    pub effects: BTreeMap<String, i64>,
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
    /// The last press of the gateway's test button.
    #[serde(default)]
    pub webhook_test: Option<Json>,
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
    let document = |text: String| serde_json::from_str(&text).ok();
    health.webhook_rejected = meta(6).transpose()?.and_then(document);
    health.webhook_test = meta(7).transpose()?.and_then(document);
    health.warnings = warnings(&health, now_ms, oldest_due_ms);
    health.ok = health.warnings.is_empty();
    Ok(health)
}

fn warnings(health: &Health, now_ms: i64, oldest_due_ms: i64) -> Vec<String> {
    let mut warnings = Vec::new();
    let effects = |state: &str| health.effects.get(state).copied().unwrap_or(0);
    let stale_ms = now_ms.saturating_sub(OVERDUE_MS);
    if health.worked_at_ms.is_none_or(|at_ms| at_ms < stale_ms) {
        warnings.push(
            "nobody has called work for 5 minutes: orders do not expire and lost \
                       webhooks are not made up for"
                .to_owned(),
        );
    }
    if effects("due") > 0 && oldest_due_ms < stale_ms {
        warnings
            .push("side work is due for more than 5 minutes: is a worker claiming effects?".into());
    }
    if effects("dead") > 0 {
        warnings.push(format!(
            "{} effects failed at their last try",
            effects("dead")
        ));
    }
    if effects("uncertain") > 0 {
        let count = effects("uncertain");
        warnings.push(format!(
            "{count} effects are uncertain and wait for settle_effect"
        ));
    }
    if health.overdue_looks > 0 {
        let count = health.overdue_looks;
        warnings.push(format!("{count} looks at the gateway are overdue"));
    }
    if let Some(count) = health
        .orders
        .get("needs_review")
        .filter(|count| **count > 0)
    {
        warnings.push(format!("{count} orders need a person"));
    }
    if health.learnt >= 5 && health.learnt_by_asking.saturating_mul(2) > health.learnt {
        warnings.push(format!(
            "{} of the last {} payments had to be learnt by asking: do webhooks arrive?",
            health.learnt_by_asking, health.learnt
        ));
    }
    warnings
}
