//! What became of a claim, told in one flow: one load, one commit, and the next claim if the
//! worker wants one. Means the same as completing and failing one after the other.

use crate::sorted::SortedMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::document::{ToJson, json};
use crate::order::EffectKind;
use crate::shop::Shop;
use crate::store::{EffectRecord, Selector};
use crate::{Error, ErrorCode, Result};

use super::bundle::Bundle;
use super::change::{By, Change};
use super::context::Cx;
use super::effect_rows::SHOP;
use super::effects::{
    ClaimEffects, Effect, EffectAnswer, EffectId, Touch, claim_effects, completed, failed,
    touch_order_effect, touch_shop_effect,
};
use super::runtime::{Flow, Start};
use super::transact::transact;

/// Each may write a few rows of its order; a commit is not to hold up the others for long.
const MOST_OUTCOMES: usize = 32;
/// How often all orders are tried at once before each is on its own.
const TRIES_TOGETHER: u32 = 3;

/// How one piece of side work ended.
#[derive(Clone, Debug)]
pub struct EffectOutcome {
    pub order_id: String,
    pub kind: EffectKind,
    pub subject: String,
    /// Why it failed, as in [`FailEffect`](super::FailEffect); where there is none, it is done.
    pub error: Option<String>,
    /// Whose failure it is; needed beside `error`.
    pub claim_no: Option<u32>,
    /// As in [`CompleteEffect`](super::CompleteEffect).
    pub result: Option<Json>,
}

/// What a worker has to say of its claim.
#[derive(Clone, Debug, Default)]
pub struct ReportEffects {
    /// 32 at most.
    pub outcomes: Vec<EffectOutcome>,
    /// What it wants to do next.
    pub claim: Option<ClaimEffects>,
}

/// What came of one outcome.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum ReportedEffect {
    Taken(EffectAnswer),
    /// `lease_lost`, `unknown_effect`, or what the store said; the others stand all the same.
    Refused {
        error: Error,
    },
}

impl ToJson for ReportedEffect {
    fn to_json(&self) -> Json {
        match self {
            Self::Taken(answer) => answer.to_json(),
            Self::Refused { error } => json!({ "error": error }),
        }
    }
}

crate::document::serialize!(ReportedEffect);

/// What came of a report.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Reported {
    /// One for each outcome, in their order.
    pub answers: Vec<ReportedEffect>,
    /// As [`Shop::claim_effects`] gives it; nothing where no claim was asked for.
    pub claimed: Vec<Effect>,
}

crate::document::written! {
    Reported {
        answers, claimed,
    }
}

/// The changes to effects of one order, by their places in the report.
type Orders<'a> = SortedMap<&'a str, Vec<(usize, &'a Touch)>>;
type Answers = Vec<(usize, Result<EffectAnswer>)>;

impl Shop {
    /// Says how the effects of a claim ended, each as by [`Shop::complete_effect`] or
    /// [`Shop::fail_effect`], with one load and one commit for all of them, and claims the next.
    /// To be repeated where it fails: what was taken before changes nothing.
    ///
    /// What has been done and not been reported is uncertain if the worker vanishes. So a
    /// shipment's outcome is not to wait for that of anything slow.
    #[must_use]
    pub fn report_effects(self: &Arc<Self>, start: Start, report: ReportEffects) -> Flow<Reported> {
        let shop = Arc::clone(self);
        Flow::start(start, |channel| async move {
            let cx = Cx::new(shop, channel);
            if report.outcomes.len() > MOST_OUTCOMES {
                return Err(Error::invalid("outcomes", "are more than 32"));
            }
            let touches: Vec<_> = report.outcomes.into_iter().map(Touch::from).collect();
            let answers = touch_all(&cx, &touches).await?;
            let answers = answers.into_iter().map(ReportedEffect::from).collect();
            let claimed = match &report.claim {
                Some(claim) => claim_effects(&cx, claim).await?,
                None => Vec::new(),
            };
            Ok(Reported { answers, claimed })
        })
    }
}

/// Changes effects of any number of orders; one answer for each, in their order.
pub(super) async fn touch_all(cx: &Cx, touches: &[Touch]) -> Result<Vec<Result<EffectAnswer>>> {
    let mut orders = Orders::new();
    for (place, touch) in touches.iter().enumerate() {
        let order = orders.slot(touch.effect.order_id.as_str());
        order.push((place, touch));
    }
    let of_the_shop = orders.remove(SHOP).unwrap_or_default();
    let mut answers = take_orders(cx, orders).await?;
    for (place, touch) in of_the_shop {
        let answer = touch_shop_effect(cx, touch).await;
        answers.push((place, own(answer)?));
    }
    answers.sort_unstable_by_key(|(place, _)| *place);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

/// All orders in one commit. Where others are at one of them all the time, or its rows cannot be
/// read, each by itself, so that one keeps none of the others back.
async fn take_orders(cx: &Cx, orders: Orders<'_>) -> Result<Answers> {
    if orders.len() > 1 {
        match take_together(cx, &orders, TRIES_TOGETHER).await {
            Err(error) if is_of_one(&error) => {}
            outcome => return outcome,
        }
    }
    let mut answers = Answers::new();
    for (order_id, touches) in orders {
        let places: Vec<_> = touches.iter().map(|(place, _)| *place).collect();
        let alone = Orders::from([(order_id, touches)]);
        match own(take_together(cx, &alone, u32::MAX).await)? {
            Ok(taken) => answers.extend(taken),
            Err(error) => answers.extend(places.into_iter().map(|at| (at, Err(error.clone())))),
        }
    }
    Ok(answers)
}

/// Whether the error is about one order or effect. With any other the whole report ends.
fn is_of_one(error: &Error) -> bool {
    use ErrorCode::{LeaseLost, StoreBusy, StoreCorrupt, UnknownEffect};
    matches!(
        error.code,
        LeaseLost | StoreBusy | StoreCorrupt | UnknownEffect
    )
}

fn own<T>(outcome: Result<T>) -> Result<Result<T>> {
    match outcome {
        Err(error) if !is_of_one(&error) => Err(error),
        outcome => Ok(outcome),
    }
}

async fn take_together(cx: &Cx, orders: &Orders<'_>, most_tries: u32) -> Result<Answers> {
    let loads = orders.keys().map(|id| cx.shop.sql.bundle(Selector::Id(id)));
    let loads: Vec<_> = loads.collect();
    if loads.is_empty() {
        return Ok(Answers::new());
    }
    let mut tries = 0_u32;
    transact(cx, loads, |rows, commit_id| {
        tries = tries.saturating_add(1);
        if tries > most_tries {
            return Err(ErrorCode::StoreBusy.into());
        }
        let mut answers = Answers::new();
        let mut changes = Vec::new();
        for (touches, found) in orders.values().zip(rows) {
            let mut change = Bundle::read(found)?.map(|bundle| Change::of(cx, bundle));
            for (place, touch) in touches {
                let answer = match &mut change {
                    Some(change) => touch_order_effect(cx, change, touch),
                    None => Err(ErrorCode::UnknownEffect.into()),
                };
                answers.push((*place, answer));
            }
            changes.extend(change);
        }
        Ok((answers, Change::into_one_plan(changes, cx, commit_id)))
    })
    .await
}

impl From<EffectOutcome> for Touch {
    fn from(outcome: EffectOutcome) -> Self {
        let EffectOutcome {
            order_id,
            kind,
            subject,
            error,
            claim_no,
            result,
        } = outcome;
        let update = move |row: &mut EffectRecord, cx: &Cx, now_ms| match &error {
            None => Ok(completed(row, result.as_ref())),
            Some(error) => {
                let claim_no = claim_no.ok_or(ErrorCode::LeaseLost)?;
                failed(row, cx, now_ms, claim_no, error)
            }
        };
        Self {
            effect: EffectId {
                order_id,
                kind,
                subject,
            },
            by: By::default(),
            update: Box::new(update),
        }
    }
}

impl From<Result<EffectAnswer>> for ReportedEffect {
    fn from(answer: Result<EffectAnswer>) -> Self {
        match answer {
            Ok(answer) => Self::Taken(answer),
            Err(error) => Self::Refused { error },
        }
    }
}
