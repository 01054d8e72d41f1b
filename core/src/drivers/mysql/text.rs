//! A batch as one text. Decides how a value is written; a value is never read as SQL, because
//! none but digits leave this file.

use std::fmt::Write;

use crate::store::{FaultClass, Statement, StoreFault, Value};

use super::batch::Kind;

fn fatal(code: &str) -> StoreFault {
    StoreFault::new(FaultClass::Fatal, code)
}

/// The statements between the words that begin and end a transaction.
pub(super) fn batch(kind: Kind, statements: &[Statement]) -> Result<String, StoreFault> {
    let mut text = kind.before().join("; ");
    for statement in statements {
        text.push_str("; ");
        write(&mut text, statement)?;
    }
    text.push_str("; COMMIT");
    Ok(text)
}

/// One statement with its values in their places. What stands in quotes is left alone.
fn write(text: &mut String, statement: &Statement) -> Result<(), StoreFault> {
    let mut params = statement.params.iter();
    let mut quoted = None;
    for ch in statement.sql.chars() {
        match (quoted, ch) {
            (Some(quote), _) => {
                text.push(ch);
                quoted = (quote != ch).then_some(quote);
            }
            (None, '?') => {
                let value = params.next().ok_or_else(|| fatal("PARAMETER_COUNT"))?;
                write_value(text, value);
            }
            (None, ';') => return Err(fatal("SEVERAL_STATEMENTS")),
            (None, _) => {
                text.push(ch);
                quoted = matches!(ch, '\'' | '"' | '`').then_some(ch);
            }
        }
    }
    if params.next().is_some() || quoted.is_some() {
        return Err(fatal("PARAMETER_COUNT"));
    }
    Ok(())
}

fn write_value(text: &mut String, value: &Value) {
    // Writing to a string does not fail.
    let _infallible = match value {
        Value::Null => text.write_str("NULL"),
        Value::Integer(number) if *number < 0 => write!(text, "({number})"),
        Value::Integer(number) => write!(text, "{number}"),
        Value::Text(value) => write!(text, "_utf8mb4 X'{}'", hex::encode(value)),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(sql: &str, params: Vec<Value>) -> Statement {
        Statement {
            sql: sql.into(),
            params,
        }
    }

    #[test]
    fn values_are_digits_whatever_they_hold() {
        let params = vec![
            "'; DROP\0".into(),
            Value::Integer(-5),
            Value::Integer(7),
            Value::Null,
        ];
        let sql = "UPDATE t SET a = ?, b = b - ?, c = ? WHERE d = ? AND e = 'it''s ?; `'";
        let text = batch(Kind::Commit, &[statement(sql, params)]).unwrap();
        assert_eq!(
            text,
            "START TRANSACTION READ WRITE; UPDATE t SET a = _utf8mb4 X'273b2044524f5000', \
             b = b - (-5), c = 7 WHERE d = NULL AND e = 'it''s ?; `'; COMMIT"
        );
    }

    #[test]
    fn what_would_shift_the_values_or_the_statements_is_refused() {
        for (sql, params, code) in [
            ("SELECT ?", vec![], "PARAMETER_COUNT"),
            ("SELECT 1", vec![Value::Integer(1)], "PARAMETER_COUNT"),
            ("SELECT '?", vec![Value::Integer(1)], "PARAMETER_COUNT"),
            ("SELECT 1; SELECT 2", vec![], "SEVERAL_STATEMENTS"),
        ] {
            let refused = batch(Kind::Load, &[statement(sql, params)]);
            assert_eq!(refused.unwrap_err().code, code, "{sql}");
        }
    }
}
