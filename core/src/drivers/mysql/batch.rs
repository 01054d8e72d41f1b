//! A batch on its way: which answer belongs to which statement, and what is left to undo.

use mysql::consts::ColumnType;
use mysql::prelude::Queryable;
use mysql::{Conn, Error, Value as Raw};

use crate::drivers::pool::Trouble;
use crate::drivers::values;
use crate::store::{FaultClass, Rows, StoreFault, Value};

use super::fault::trouble;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Load,
    Commit,
}

impl Kind {
    /// What comes before the statements, an answer each.
    pub(super) const fn before(self) -> &'static [&'static str] {
        match self {
            Self::Load => &[
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
            ],
            Self::Commit => &["START TRANSACTION READ WRITE"],
        }
    }

    const fn lost(self) -> FaultClass {
        match self {
            Self::Load => FaultClass::Retry,
            Self::Commit => FaultClass::Unknown,
        }
    }
}

/// Sends the text and reads an answer for each of its statements.
pub(super) fn run(
    link: &mut Conn,
    kind: Kind,
    text: &str,
    statements: usize,
) -> Result<Vec<Rows>, Trouble> {
    let first = kind.before().len();
    let last = first.saturating_add(statements);
    let mut all = Vec::new();
    match answers(link, text, &mut all) {
        Ok(()) if all.len() == last.saturating_add(1) => {}
        Ok(()) => {
            let fault = StoreFault::new(kind.lost(), "ANSWERS_MISSING");
            return Err(Trouble::Unusable(fault));
        }
        Err(Failure::Unreadable(fault)) => return Err(Trouble::Unusable(fault)),
        Err(Failure::Said(error)) => {
            // Answers come in order: whoever is told of the end of the connection in place of
            // a statement's answer knows that the COMMIT was not reached.
            let ended = if all.len() < last {
                FaultClass::Retry
            } else {
                kind.lost()
            };
            return Err(undo(link, trouble(&error, kind.lost(), ended)));
        }
    }
    all.truncate(last);
    Ok(all.into_iter().skip(first).collect())
}

/// The server stops at the first error, and leaves the transaction open.
fn undo(link: &mut Conn, trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Answered(fault) => match link.query_drop("ROLLBACK") {
            Ok(()) => Trouble::Answered(fault),
            Err(_) => Trouble::Lost(fault),
        },
        gone @ (Trouble::Unusable(_) | Trouble::Lost(_)) => gone,
    }
}

enum Failure {
    Said(Error),
    Unreadable(StoreFault),
}

fn answers(link: &mut Conn, text: &str, all: &mut Vec<Rows>) -> Result<(), Failure> {
    let mut result = link.query_iter(text).map_err(Failure::Said)?;
    let mut unreadable = None;
    while let Some(set) = result.iter() {
        let types: Vec<ColumnType> = set
            .columns()
            .as_ref()
            .iter()
            .map(mysql::Column::column_type)
            .collect();
        let mut rows = Rows::new();
        for row in set {
            let row = row.map_err(Failure::Said)?;
            match read(row.unwrap_raw(), &types) {
                Ok(row) => rows.push(row),
                Err(fault) => drop(unreadable.get_or_insert(fault)),
            }
        }
        all.push(rows);
    }
    unreadable.map_or(Ok(()), |fault| Err(Failure::Unreadable(fault)))
}

fn read(raw: Vec<Option<Raw>>, types: &[ColumnType]) -> Result<Vec<Value>, StoreFault> {
    let cells = raw.into_iter().zip(types);
    cells
        .map(|(raw, kind)| value(raw.unwrap_or(Raw::NULL), *kind))
        .collect()
}

fn value(raw: Raw, kind: ColumnType) -> Result<Value, StoreFault> {
    let fatal = |code: &str| StoreFault::new(FaultClass::Fatal, code);
    let bytes = match raw {
        Raw::NULL => return Ok(Value::Null),
        Raw::Bytes(bytes) => bytes,
        _ => return Err(fatal("UNKNOWN_TYPE")),
    };
    let text = String::from_utf8(bytes).map_err(|_| fatal("INVALID_UTF8"))?;
    match kind {
        ColumnType::MYSQL_TYPE_TINY
        | ColumnType::MYSQL_TYPE_SHORT
        | ColumnType::MYSQL_TYPE_INT24
        | ColumnType::MYSQL_TYPE_LONG
        | ColumnType::MYSQL_TYPE_LONGLONG
        // Sums are decimals.
        | ColumnType::MYSQL_TYPE_NEWDECIMAL => {
            let number = text.parse().map_err(|_| fatal("UNKNOWN_TYPE"))?;
            values::integer(number)
        }
        ColumnType::MYSQL_TYPE_VARCHAR
        | ColumnType::MYSQL_TYPE_VAR_STRING
        | ColumnType::MYSQL_TYPE_STRING
        | ColumnType::MYSQL_TYPE_TINY_BLOB
        | ColumnType::MYSQL_TYPE_MEDIUM_BLOB
        | ColumnType::MYSQL_TYPE_LONG_BLOB
        | ColumnType::MYSQL_TYPE_BLOB => Ok(Value::Text(text)),
        _ => Err(fatal("UNKNOWN_TYPE")),
    }
}
