//! What no executor takes or hands out, whatever its database could hold.

use crate::store::{FaultClass, Statement, StoreFault, Value};

/// 2^53 - 1: what every host can carry.
pub(super) const LARGEST_INTEGER: u64 = (1 << 53) - 1;

fn too_large() -> StoreFault {
    StoreFault::new(FaultClass::Fatal, "INTEGER_TOO_LARGE")
}

/// An integer as it came out of the database.
pub(super) fn integer(number: i64) -> Result<Value, StoreFault> {
    if number.unsigned_abs() > LARGEST_INTEGER {
        return Err(too_large());
    }
    Ok(Value::Integer(number))
}

/// Refuses integers that not every host could read back.
pub(super) fn check(statements: &[Statement]) -> Result<(), StoreFault> {
    let fits = |value: &Value| match value {
        Value::Integer(number) => number.unsigned_abs() <= LARGEST_INTEGER,
        Value::Null | Value::Text(_) => true,
    };
    if statements.iter().flat_map(|one| &one.params).all(fits) {
        return Ok(());
    }
    Err(too_large())
}
