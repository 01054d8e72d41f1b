//! Writes several commits in one transaction, so that they share its way to the disk. Each is as
//! if it were alone: it happens whole or not at all, and a conflict undoes only its own. Decides
//! when they have to be written alone after all; knows nothing of threads.

use rusqlite::{Connection, Transaction, TransactionBehavior, params_from_iter};

use crate::store::{FaultClass, Statement, StoreFault};

use super::{Parameter, begin};
use crate::drivers::sqlite_fault::{commit_fault, fault};
use crate::drivers::turns::{self, Turn};

pub(super) type Outcome = turns::Outcome<()>;
type Other = turns::Other<()>;

/// How many commits share a transaction at the most, so that other processes get at the file.
const MOST: usize = 32;

/// Those behind the first that wait already; they share what becomes of the transaction.
pub(super) fn behind(turn: &Turn<'_, ()>) -> Vec<Other> {
    turn.others(MOST.saturating_sub(1))
}

/// Commits `own`, what `others` want, and what those want that get in line until the file is
/// ours, and tells the others.
///
/// # Errors
/// What kept `own` from being committed. Where nothing could be begun, the others have not been
/// told.
pub(super) fn write(
    connection: &mut Connection,
    own: &[Statement],
    others: &mut Vec<Other>,
    turn: &Turn<'_, ()>,
) -> Outcome {
    let transaction = start(connection)?;
    let room = MOST.saturating_sub(1).saturating_sub(others.len());
    others.append(&mut turn.others(room));
    if others.is_empty() {
        return alone(&transaction, own);
    }
    let commits: Vec<_> = std::iter::once(own)
        .chain(others.iter().map(Other::statements))
        .collect();
    let shared = together(&transaction, &commits);
    drop(transaction);
    let outcomes = shared.unwrap_or_else(|| one_by_one(connection, &commits));
    let mut outcomes = outcomes.into_iter();
    let first = outcomes.next();
    for (other, outcome) in others.drain(..).zip(outcomes) {
        other.done(outcome);
    }
    first.unwrap_or_else(|| Err(StoreFault::new(FaultClass::Unknown, "DRIVER")))
}

fn start(connection: &mut Connection) -> Result<Transaction<'_>, StoreFault> {
    begin(connection, TransactionBehavior::Immediate)
}

/// Where a transaction cannot begin, that is an outcome for all that are left.
fn one_by_one(connection: &mut Connection, commits: &[&[Statement]]) -> Vec<Outcome> {
    let mut outcomes = Vec::with_capacity(commits.len());
    for statements in commits {
        match start(connection) {
            Ok(transaction) => outcomes.push(alone(&transaction, statements)),
            Err(fault) => {
                outcomes.resize(commits.len(), Err(fault));
                break;
            }
        }
    }
    outcomes
}

/// Undone when the transaction is dropped, on every way out before the COMMIT.
fn alone(transaction: &Transaction<'_>, statements: &[Statement]) -> Outcome {
    run(transaction, statements)?;
    finish(transaction)
}

/// `None` where nothing is to be stored in this way.
fn together(transaction: &Transaction<'_>, commits: &[&[Statement]]) -> Option<Vec<Outcome>> {
    let mut outcomes = Vec::with_capacity(commits.len());
    for statements in commits {
        outcomes.push(one_of_many(transaction, statements)?);
    }
    if outcomes.iter().all(Result::is_err) {
        return Some(outcomes);
    }
    if let Err(fault) = finish(transaction) {
        if fault.class != FaultClass::Unknown {
            return None;
        }
        // What was undone before has certainly not happened.
        for outcome in outcomes.iter_mut().filter(|outcome| outcome.is_ok()) {
            *outcome = Err(fault.clone());
        }
    }
    Some(outcomes)
}

/// `None` for an error that is more than a conflict: SQLite undoes the whole transaction for some
/// of them, and none is the fault of the others.
fn one_of_many(transaction: &Transaction<'_>, statements: &[Statement]) -> Option<Outcome> {
    say(transaction, "SAVEPOINT one")?;
    let outcome = run(transaction, statements);
    if let Err(fault) = &outcome {
        if fault.class != FaultClass::Conflict || transaction.is_autocommit() {
            return None;
        }
        say(transaction, "ROLLBACK TO one")?;
    }
    say(transaction, "RELEASE one")?;
    Some(outcome)
}

fn say(transaction: &Transaction<'_>, sql: &str) -> Option<()> {
    let mut prepared = transaction.prepare_cached(sql).ok()?;
    prepared.execute([]).ok().map(drop)
}

fn run(transaction: &Transaction<'_>, statements: &[Statement]) -> Outcome {
    let sqlite = |error| fault(&error);
    for statement in statements {
        let mut prepared = transaction.prepare_cached(&statement.sql).map_err(sqlite)?;
        let parameters = params_from_iter(statement.params.iter().map(Parameter));
        prepared.execute(parameters).map_err(sqlite)?;
    }
    Ok(())
}

fn finish(transaction: &Transaction<'_>) -> Outcome {
    let committed = transaction.execute_batch("COMMIT");
    committed.map_err(|error| commit_fault(&error, !transaction.is_autocommit()))
}
