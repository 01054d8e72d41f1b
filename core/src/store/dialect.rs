//! Where databases differ: placeholders, column types, table endings, table names.

use crate::{Error, ErrorCode, Result};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    Sqlite,
    Postgres,
    /// MySQL 8.0.16 and newer, MariaDB 10.6 and newer.
    Mysql,
}

crate::order::names!(pub Dialect {
    Sqlite = "sqlite",
    Postgres = "postgres",
    Mysql = "mysql",
});

impl Dialect {
    /// Fills in table names and placeholders. A template names a table as `{orders}`, an
    /// ordering of bytes needs no help, and every parameter is `?`.
    pub(super) fn render(self, template: &str, prefix: &str) -> String {
        let mut sql = String::with_capacity(template.len().saturating_add(32));
        let mut parameter = 0_u32;
        for piece in template.split_inclusive(['{', '}', '?']) {
            let text = piece.strip_suffix(['{', '}', '?']);
            match (text, piece.bytes().last(), self) {
                (Some(text), Some(b'{'), _) => sql.extend([text, prefix]),
                (Some(text), Some(b'}'), _) => sql.push_str(text),
                (Some(text), Some(b'?'), Self::Postgres) => {
                    parameter = parameter.saturating_add(1);
                    sql.extend([text, "$", &parameter.to_string()]);
                }
                _ => sql.push_str(piece),
            }
        }
        sql
    }

    /// A statement of a tool's own: `{orders}` is a table with the shop's prefix, `?` a parameter.
    #[must_use]
    pub fn statement(self, template: &str, prefix: &str) -> String {
        self.render(template, prefix)
    }

    /// A short text that is compared as bytes and can be part of a key.
    pub(super) const fn key_type(self) -> &'static str {
        match self {
            Self::Sqlite => "TEXT",
            Self::Postgres => "TEXT COLLATE \"C\"",
            // The one type that MySQL and MariaDB both compare as bytes, trailing spaces too.
            Self::Mysql => "VARBINARY(764)",
        }
    }

    pub(super) const fn text_type(self) -> &'static str {
        match self {
            Self::Sqlite | Self::Postgres => "TEXT",
            Self::Mysql => "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        }
    }

    pub(super) const fn integer_type(self) -> &'static str {
        match self {
            Self::Sqlite => "INTEGER",
            Self::Postgres | Self::Mysql => "BIGINT",
        }
    }

    pub(super) const fn table_ending(self) -> &'static str {
        match self {
            Self::Sqlite => " STRICT",
            Self::Postgres => "",
            Self::Mysql => " ENGINE=InnoDB",
        }
    }
}

/// PostgreSQL cuts names off after 63 bytes, and two indexes would become one.
const LONGEST_PREFIX: usize = 24;

/// Refuses a prefix that would change the meaning of a statement.
pub(crate) fn check_prefix(prefix: &str) -> Result<()> {
    let plain = prefix
        .chars()
        .all(|ch| ch.is_ascii_lowercase() || ch.is_ascii_digit() || ch == '_');
    let starts = prefix
        .chars()
        .next()
        .is_some_and(|ch| ch.is_ascii_lowercase());
    if plain && starts && prefix.len() <= LONGEST_PREFIX {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::InvalidConfiguration,
        "table_prefix: at most 24 lower-case letters, digits and underscores, a letter first",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered_where_the_database_wants_numbers() {
        let template = "SELECT a FROM {orders} WHERE b = ? AND c = ?";
        assert_eq!(
            Dialect::Postgres.render(template, "coinpay_"),
            "SELECT a FROM coinpay_orders WHERE b = $1 AND c = $2"
        );
        assert_eq!(
            Dialect::Sqlite.render(template, "x_"),
            "SELECT a FROM x_orders WHERE b = ? AND c = ?"
        );
    }

    #[test]
    fn a_prefix_cannot_smuggle_sql() {
        assert!(check_prefix("coinpay_").is_ok());
        for bad in ["", "1a", "a;b", "A_", "a b", "a\"", &"a".repeat(25)] {
            assert!(check_prefix(bad).is_err(), "{bad}");
        }
    }
}
