//! Reads a row column by column. A row that is not as it was written is `store_corrupt`.

use crate::document::{self, FromJson};
use crate::{Error, ErrorCode, Result};

use super::executor::Value;

pub(crate) struct Fields<'a> {
    values: std::slice::Iter<'a, Value>,
    table: &'static str,
}

impl<'a> Fields<'a> {
    pub(crate) fn of(table: &'static str, row: &'a [Value]) -> Self {
        Self {
            values: row.iter(),
            table,
        }
    }

    fn broken(&self, what: &str) -> Error {
        Error::new(
            ErrorCode::StoreCorrupt,
            format!("a row of {} has {what}", self.table),
        )
    }

    fn next(&mut self) -> Result<&'a Value> {
        self.values
            .next()
            .ok_or_else(|| self.broken("too few columns"))
    }

    pub(crate) fn text(&mut self) -> Result<String> {
        self.optional_text()?
            .ok_or_else(|| self.broken("a null where a text belongs"))
    }

    pub(crate) fn optional_text(&mut self) -> Result<Option<String>> {
        match self.next()? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text.clone())),
            Value::Integer(_) => Err(self.broken("an integer where a text belongs")),
        }
    }

    pub(crate) fn integer(&mut self) -> Result<i64> {
        self.optional_integer()?
            .ok_or_else(|| self.broken("a null where an integer belongs"))
    }

    pub(crate) fn optional_integer(&mut self) -> Result<Option<i64>> {
        match self.next()? {
            Value::Null => Ok(None),
            Value::Integer(number) => Ok(Some(*number)),
            // Some drivers hand out sums and counts as decimal text.
            Value::Text(text) => text
                .parse()
                .map(Some)
                .map_err(|_| self.broken("a text where an integer belongs")),
        }
    }

    pub(crate) fn count(&mut self) -> Result<u32> {
        let number = self.integer()?;
        u32::try_from(number).map_err(|_| self.broken("a number out of range"))
    }

    /// A text that reads as one of our names, numbers or documents.
    pub(crate) fn parsed<T>(&mut self, read: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        let text = self.text()?;
        read(&text).ok_or_else(|| self.broken("an unknown word"))
    }

    pub(crate) fn json<T: FromJson>(&mut self) -> Result<T> {
        self.optional_json()?
            .ok_or_else(|| self.broken("a null where a text belongs"))
    }

    pub(crate) fn optional_json<T: FromJson>(&mut self) -> Result<Option<T>> {
        let text = match self.next()? {
            Value::Null => return Ok(None),
            Value::Text(text) => text,
            Value::Integer(_) => return Err(self.broken("an integer where a text belongs")),
        };
        let read = document::read(text).map(Some);
        read.ok_or_else(|| self.broken("an unreadable document"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_another_shape_is_corrupt_and_says_which_table() {
        let row = [Value::Text("a".into()), Value::Null];
        let mut fields = Fields::of("orders", &row);
        assert_eq!(fields.text().unwrap(), "a");
        let error = fields.integer().unwrap_err();
        assert_eq!(error.code, ErrorCode::StoreCorrupt);
        assert!(error.message.contains("orders"));
        assert!(fields.text().is_err(), "there is no third column");
    }
}
