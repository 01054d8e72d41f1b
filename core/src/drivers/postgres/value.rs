//! Values on their way to the server and back: integers and texts, nothing else.

use std::error::Error;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Row, Statement};

use crate::drivers::values;
use crate::store::{FaultClass, StoreFault, Value};

type Boxed = Box<dyn Error + Sync + Send>;

/// Refuses what could not be sent, before anything is: a batch goes out as a whole.
pub(super) fn check(statement: &Statement, params: &[&Value]) -> Result<(), StoreFault> {
    let types = statement.params();
    if types.len() != params.len() {
        return Err(StoreFault::new(FaultClass::Fatal, "PARAMETER_COUNT"));
    }
    let fits = |(kind, value): (&Type, &Value)| match value {
        Value::Null => true,
        Value::Integer(number) => match *kind {
            Type::INT8 => true,
            Type::INT4 => i32::try_from(*number).is_ok(),
            _ => false,
        },
        Value::Text(_) => is_text(kind),
    };
    if types.iter().zip(params.iter().copied()).all(fits) {
        return Ok(());
    }
    Err(StoreFault::new(FaultClass::Fatal, "PARAMETER_TYPE"))
}

fn is_text(kind: &Type) -> bool {
    matches!(
        *kind,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN
    )
}

#[derive(Debug)]
pub(super) struct Parameter<'a>(pub(super) &'a Value);

impl ToSql for Parameter<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
        match (self.0, kind) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Integer(number), &Type::INT4) => i32::try_from(*number)?.to_sql(kind, out),
            (Value::Integer(number), _) => number.to_sql(kind, out),
            (Value::Text(text), _) => text.as_str().to_sql(kind, out),
        }
    }

    /// `check` has looked at the types.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A column, or the name of what is wrong with it.
struct Cell(Result<Value, &'static str>);

impl<'a> FromSql<'a> for Cell {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Boxed> {
        let integer = match *kind {
            Type::INT8 => i64::from_sql(kind, raw)?,
            Type::INT4 => i64::from(i32::from_sql(kind, raw)?),
            Type::INT2 => i64::from(i16::from_sql(kind, raw)?),
            _ if is_text(kind) => {
                let text = std::str::from_utf8(raw);
                let text = text.map(|text| Value::Text(text.to_owned()));
                return Ok(Self(text.map_err(|_| "INVALID_UTF8")));
            }
            _ => return Ok(Self(Err("UNKNOWN_TYPE"))),
        };
        Ok(Self(Ok(Value::Integer(integer))))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Boxed> {
        Ok(Self(Ok(Value::Null)))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

pub(super) fn read(row: &Row) -> Result<Vec<Value>, StoreFault> {
    let fatal = |code: &str| StoreFault::new(FaultClass::Fatal, code);
    let columns = 0..row.len();
    let cells = columns.map(|index| {
        let cell: Cell = row.try_get(index).map_err(|_| fatal("UNKNOWN_TYPE"))?;
        match cell.0.map_err(fatal)? {
            Value::Integer(number) => values::integer(number),
            value @ (Value::Null | Value::Text(_)) => Ok(value),
        }
    });
    cells.collect()
}
