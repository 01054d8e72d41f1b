//! Does what several callers wait for in one statement: what they load, or what they commit.
//! Decides who goes with whom, and that nobody suffers from another's conflict; knows nothing of
//! orders.

use crate::drivers::turns::{Other, Outcome, Turn};
use crate::store::{FaultClass, Rows, Statement, StoreFault, Value};

use super::PostgresExecutor;
use super::batch::Kind;

/// Commits `own`, and along with it what others wait for that does the same to other rows.
pub(super) fn commit(
    executor: &PostgresExecutor,
    turn: &Turn<'_, ()>,
    own: &[Statement],
) -> Outcome<()> {
    let alone = |statements: &[Statement]| executor.alone(Kind::Commit, statements).map(drop);
    let others = others(executor, Kind::Commit, turn, own);
    if others.is_empty() {
        return alone(own);
    }
    let outcome = match shared(executor, Kind::Commit, own, &others) {
        Ok(Some(_)) => Ok(()),
        Ok(None) => return one_by_one(own, others, alone),
        Err(fault) if is_ones_own(&fault) => return one_by_one(own, others, alone),
        Err(fault) => Err(fault),
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
    let alone = |statements: &[Statement]| executor.alone(Kind::Load, statements);
    let others = others(executor, Kind::Load, turn, own);
    if others.is_empty() {
        return alone(own);
    }
    let rows = match shared(executor, Kind::Load, own, &others) {
        Ok(rows) => rows,
        Err(fault) if is_ones_own(&fault) => return one_by_one(own, others, alone),
        Err(fault) => {
            for other in others {
                other.done(Err(fault.clone()));
            }
            return Err(fault);
        }
    };
    let callers = others.len().saturating_add(1);
    let Some(each) = rows.and_then(|rows| dealt(rows, callers)) else {
        return one_by_one(own, others, alone);
    };
    let mut each = each.into_iter();
    let first = each.next().unwrap_or_default();
    for (other, rows) in others.into_iter().zip(each) {
        other.done(Ok(vec![rows]));
    }
    Ok(vec![first])
}

/// Those who wait for something that can be done along with `own`.
fn others<T>(
    executor: &PostgresExecutor,
    kind: Kind,
    turn: &Turn<'_, T>,
    own: &[Statement],
) -> Vec<Other<T>> {
    let shape = executor.shapes.of(kind, own);
    if shape.most() < 2 {
        return Vec::new();
    }
    turn.others_that_fit(shape.most(), own, |one, other| shape.goes_with(one, other))
}

/// The rows of one statement for all. `None` where there is no such statement after all.
fn shared<T>(
    executor: &PostgresExecutor,
    kind: Kind,
    own: &[Statement],
    others: &[Other<T>],
) -> Result<Option<Rows>, StoreFault> {
    let shape = executor.shapes.of(kind, own);
    let others = others.iter().map(Other::statements);
    let callers: Vec<_> = std::iter::once(own).chain(others).collect();
    executor.on_a_link(kind, |link| {
        let sent = shape.together(&callers, |single| link.types(kind, single))?;
        sent.map_or(Ok(None), |sent| link.run_one(kind, sent))
    })
}

/// Whether one of them alone may have brought it about. Nothing was stored then, and whose fault it
/// is shows when each goes alone.
fn is_ones_own(fault: &StoreFault) -> bool {
    matches!(fault.class, FaultClass::Conflict | FaultClass::Fatal)
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

fn one_by_one<T>(
    own: &[Statement],
    others: Vec<Other<T>>,
    alone: impl Fn(&[Statement]) -> Result<T, StoreFault>,
) -> Outcome<T> {
    let outcome = alone(own);
    for other in others {
        let outcome = alone(other.statements());
        other.done(outcome);
    }
    outcome
}
