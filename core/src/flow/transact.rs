//! Load, decide, commit; again when somebody was faster. The one place that knows what a failed
//! commit means.

use crate::store::{FaultClass, Query, Rows, Selector, Statement};
use crate::{Error, ErrorCode, Result};

use super::bundle::Bundle;
use super::change::Change;
use super::context::Cx;

/// The writes of one commit, and how to find out whether it happened.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) statements: Vec<Statement>,
    /// The lock row that the commit inserts: its name and version.
    pub(crate) proof: Option<(String, i64)>,
    pub(crate) commit_id: String,
}

/// Runs `decide` on what `loads` bring until its plan is committed. `decide` may run several
/// times and must only depend on the rows and the time.
pub(crate) async fn transact<T: Send>(
    cx: &Cx,
    loads: Vec<Statement>,
    mut decide: impl FnMut(&[Rows], String) -> Result<(T, Plan)> + Send,
) -> Result<T> {
    let mut decided = None;
    let mut plan = |rows: &[Rows], commit_id: String| {
        let (outcome, plan) = decide(rows, commit_id)?;
        decided = Some(outcome);
        Ok(plan)
    };
    commit(cx, loads, &mut plan).await?;
    decided.ok_or_else(|| Error::from(ErrorCode::Internal))
}

type Planning<'a> = &'a mut (dyn FnMut(&[Rows], String) -> Result<Plan> + Send);

/// The same whatever the outcome is, so that there is only one of it in a program.
async fn commit(cx: &Cx, loads: Vec<Statement>, decide: Planning<'_>) -> Result<()> {
    let mut tries = 0;
    loop {
        let rows = cx.load(loads.clone()).await?;
        let plan = decide(&rows, cx.token())?;
        drop(rows);
        if plan.statements.is_empty() {
            return Ok(());
        }
        let fault = match cx.commit_once(plan.statements).await? {
            Ok(()) => return Ok(()),
            Err(fault) => fault,
        };
        if fault.class == FaultClass::Unknown
            && let Some((lock, version)) = plan.proof
        {
            let find = cx.sql(Query::CommitAt, vec![lock.into(), version.into()]);
            let rows = cx.load(vec![find]).await?;
            let committed = rows.iter().flatten().flatten().next();
            if committed == Some(&plan.commit_id.into()) {
                return Ok(());
            }
        }
        cx.pause_or_give_up(&fault, &mut tries).await?;
    }
}

/// Changes one order: `decide` gets it as it is now, with the rows of `extra` behind it. `None`
/// where there is no such order.
pub(crate) async fn change_order<T: Send>(
    cx: &Cx,
    selector: Selector<'_>,
    extra: Vec<Statement>,
    mut decide: impl FnMut(&mut Change, &[Rows]) -> Result<T> + Send,
) -> Result<Option<T>> {
    let mut decided = None;
    let mut change = |change: &mut Change, behind: &[Rows]| {
        decided = Some(decide(change, behind)?);
        Ok(())
    };
    let mut loads = vec![cx.shop.sql.bundle(selector)];
    loads.extend(extra);
    let is_there = commit_change(cx, loads, &mut change).await?;
    Ok(decided.filter(|_| is_there))
}

type Changing<'a> = &'a mut (dyn FnMut(&mut Change, &[Rows]) -> Result<()> + Send);

/// Whether there was such an order; one in a program, as [`commit`].
async fn commit_change(cx: &Cx, loads: Vec<Statement>, decide: Changing<'_>) -> Result<bool> {
    transact(cx, loads, |rows, commit_id| {
        let Some((found, behind)) = rows.split_first() else {
            return Err(Error::from(ErrorCode::StoreCorrupt));
        };
        let Some(bundle) = Bundle::read(found)? else {
            return Ok((false, Plan::default()));
        };
        let mut change = Change::of(cx, bundle);
        decide(&mut change, behind)?;
        Ok((true, change.into_plan(cx, commit_id)))
    })
    .await
}
