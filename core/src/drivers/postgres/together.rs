//! Does what several callers wait for in one statement: what they load, or what they commit.
//! Decides who goes with whom, and that nobody suffers from another's conflict; knows nothing of
//! orders.

use crate::drivers::turns::{Other, Outcome, Turn};
use crate::store::{FaultClass, Rows, Statement, StoreFault, Value};

use super::PostgresExecutor;
use super::batch::Kind;
use super::fault::{DEADLOCK_DETECTED, LOCK_NOT_AVAILABLE};
use super::shapes::Shape;

/// What came of a statement for several callers.
enum Shared {
    Done(Rows),
    /// Nothing was done, and whoever brought that about shows when each goes alone.
    EachAlone,
    Failed(StoreFault),
}

/// Commits `own`, and along with it what others wait for that does the same to other rows.
pub(super) fn commit(
    executor: &PostgresExecutor,
    turn: &Turn<'_, ()>,
    own: &[Statement],
) -> Outcome<()> {
    let shape = executor.shapes.of(Kind::Commit, own);
    let others = others(&shape, turn, own);
    if others.is_empty() {
        return executor.alone(Kind::Commit, own).map(drop);
    }
    let outcome = match shared(executor, &shape, own, &others) {
        Shared::Done(_) => Ok(()),
        Shared::Failed(fault) => Err(fault),
        Shared::EachAlone => {
            others.into_iter().for_each(Other::send_back);
            return executor.alone(Kind::Commit, own).map(drop);
        }
    };
    for other in others {
        other.done(outcome.clone());
    }
    outcome
}

/// Loads for `own`, and along with it for others that wait for the same of something else.
pub(super) fn load(
    executor: &PostgresExecutor,
    turn: &Turn<'_, Vec<Rows>>,
    own: &[Statement],
) -> Outcome<Vec<Rows>> {
    let shape = executor.shapes.of(Kind::Load, own);
    let others = others(&shape, turn, own);
    if others.is_empty() {
        return executor.alone(Kind::Load, own);
    }
    let each = match shared(executor, &shape, own, &others) {
        Shared::Done(rows) => dealt(rows, others.len().saturating_add(1)),
        Shared::EachAlone => None,
        Shared::Failed(fault) => {
            for other in others {
                other.done(Err(fault.clone()));
            }
            return Err(fault);
        }
    };
    let Some(each) = each else {
        others.into_iter().for_each(Other::send_back);
        return executor.alone(Kind::Load, own);
    };
    let mut each = each.into_iter();
    let first = each.next().unwrap_or_default();
    for (other, rows) in others.into_iter().zip(each) {
        other.done(Ok(vec![rows]));
    }
    Ok(vec![first])
}

/// Those who wait for something that can be done along with `own`.
fn others<T>(shape: &Shape, turn: &Turn<'_, T>, own: &[Statement]) -> Vec<Other<T>> {
    let most = shape.most();
    if most < 2 {
        return Vec::new();
    }
    turn.others_that_fit(most, own, |one, other| shape.goes_with(one, other))
}

fn shared<T>(
    executor: &PostgresExecutor,
    shape: &Shape,
    own: &[Statement],
    others: &[Other<T>],
) -> Shared {
    let others = others.iter().map(Other::statements);
    let callers: Vec<_> = std::iter::once(own).chain(others).collect();
    let kind = shape.kind();
    let mut asked = false;
    let rows = executor.on_a_link(kind, |link| {
        asked = true;
        let sent = shape.together(&callers, |single| link.types(kind, single))?;
        sent.map_or(Ok(None), |sent| link.run_for_all(kind, sent))
    });
    match rows {
        Ok(Some(rows)) => Shared::Done(rows),
        Ok(None) => {
            shape.cannot_be_shared();
            Shared::EachAlone
        }
        // Where there is no connection, there is none for anybody.
        Err(fault) if asked && is_ones_own(&fault) => Shared::EachAlone,
        Err(fault) => Shared::Failed(fault),
    }
}

/// Whether one of them alone may have brought it about: a conflict, something that the server
/// refuses, or a lock that it waits for. Nothing was stored.
fn is_ones_own(fault: &StoreFault) -> bool {
    match fault.class {
        FaultClass::Conflict | FaultClass::Fatal => true,
        FaultClass::Retry => [LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED].contains(&&*fault.code),
        FaultClass::Unknown => false,
    }
}

/// Hands each caller its rows. `None` where a row is nobody's.
fn dealt(rows: Rows, callers: usize) -> Option<Vec<Rows>> {
    let mut each = vec![Rows::new(); callers];
    for mut row in rows {
        let Some(Value::Integer(caller)) = row.pop() else {
            return None;
        };
        let caller = usize::try_from(caller).ok()?;
        each.get_mut(caller)?.push(row);
    }
    Some(each)
}
