//! The tables as whole things: for moving a shop from one database to another, row by row, and
//! for comparing the two. Knows columns and keys, and nothing of what they mean.

use super::dialect::Dialect;
use super::executor::{Statement, Value};
use super::schema::shapes;

/// A table of the store, with what one needs to read it in pieces.
#[derive(Clone, Debug)]
pub struct TableShape {
    pub name: &'static str,
    pub columns: Vec<&'static str>,
    /// The columns of the primary key, in order.
    pub key: Vec<&'static str>,
}

/// All tables, in the order in which they are to be copied.
#[must_use]
pub fn tables() -> Vec<TableShape> {
    shapes()
}

impl TableShape {
    /// The next rows after that key, in the order of the key; `after` is empty for the first.
    #[must_use]
    pub fn page(&self, dialect: Dialect, prefix: &str, after: &[Value], rows: u32) -> Statement {
        let mut params = Vec::new();
        let beyond = if after.is_empty() {
            String::new()
        } else {
            format!("WHERE {} ", self.beyond(after, &mut params))
        };
        params.push(rows.into());
        let template = format!(
            "SELECT {} FROM {{{}}} {beyond}ORDER BY {} LIMIT ?",
            self.columns.join(", "),
            self.name,
            self.key.join(", ")
        );
        Statement {
            sql: dialect.render(&template, prefix).into(),
            params,
        }
    }

    /// `a >= ? AND (a > ? OR (a = ? AND (b > ? OR …)))`: what every database goes about by index.
    fn beyond(&self, after: &[Value], params: &mut Vec<Value>) -> String {
        let mut condition = String::new();
        let mut open = 0_usize;
        let pairs = self.key.iter().zip(after);
        for (place, (column, value)) in pairs.enumerate() {
            if place == 0 {
                condition.push_str(&format!("{column} >= ? AND ("));
                params.push(value.clone());
                open = open.saturating_add(1);
            }
            let last = place.saturating_add(1) == self.key.len();
            params.push(value.clone());
            if last {
                condition.push_str(&format!("{column} > ?"));
            } else {
                condition.push_str(&format!("{column} > ? OR ({column} = ? AND ("));
                params.push(value.clone());
                open = open.saturating_add(2);
            }
        }
        condition.push_str(&")".repeat(open));
        condition
    }

    #[must_use]
    pub fn insert(&self, dialect: Dialect, prefix: &str, row: Vec<Value>) -> Statement {
        let template = format!(
            "INSERT INTO {{{}}} ({}) VALUES ({})",
            self.name,
            self.columns.join(", "),
            vec!["?"; self.columns.len()].join(", ")
        );
        Statement {
            sql: dialect.render(&template, prefix).into(),
            params: row,
        }
    }

    /// The primary key of a row as `page` gives it.
    #[must_use]
    pub fn key_of(&self, row: &[Value]) -> Vec<Value> {
        let place = |wanted: &&str| self.columns.iter().position(|one| one == wanted);
        let values = self.key.iter().filter_map(|name| row.get(place(name)?));
        values.cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_goes_on_after_a_key_of_any_length() {
        let all = tables();
        assert_eq!(all.len(), 8);
        let effects = all.iter().find(|one| one.name == "effects").unwrap();
        let after = ["a".into(), "b".into(), "c".into()];
        let page = effects.page(Dialect::Postgres, "x_", &after, 5);
        let (_, condition) = page.sql.split_once("FROM ").unwrap();
        assert_eq!(
            condition,
            "x_effects WHERE order_id >= $1 AND (order_id > $2 OR (order_id = $3 AND \
             (kind > $4 OR (kind = $5 AND (subject > $6))))) ORDER BY order_id, kind, subject \
             LIMIT $7"
        );
        assert_eq!(page.params.len(), 7);
        let first = effects.page(Dialect::Sqlite, "x_", &[], 5);
        assert_eq!(first.params, [Value::Integer(5)]);
    }

    #[test]
    fn a_row_knows_its_key() {
        let all = tables();
        let log = all.iter().find(|one| one.name == "order_log").unwrap();
        let row: Vec<Value> = (1..9_i64).map(Value::from).collect();
        assert_eq!(log.key_of(&row), [Value::Integer(1), Value::Integer(2)]);
    }
}
