//! The tables. Names that a shop knows from the gateway's own example stay as they are there.
//! A migration is numbered, can be repeated, and is never changed once released.

use super::dialect::Dialect;
use super::tables::TableShape;

/// How many migrations there are; the schema's version when all have run.
pub(crate) const MIGRATIONS: u32 = 1;

/// What a column holds.
#[derive(Clone, Copy)]
enum Kind {
    /// Short text, part of a key or an index.
    Key,
    Text,
    Integer,
}

struct Column(&'static str, Kind, Null);

#[derive(Clone, Copy, PartialEq)]
enum Null {
    Yes,
    No,
}

struct Table {
    name: &'static str,
    columns: &'static [Column],
    primary_key: &'static str,
    unique: &'static [&'static str],
    checks: &'static [&'static str],
    indexes: &'static [Index],
}

struct Index(&'static [&'static str], Rows);

/// Which rows an index holds.
enum Rows {
    All,
    /// Those where this column is set: few of many, and the others cost nothing. MySQL and MariaDB
    /// cannot leave any out.
    With(&'static str),
}

/// The statements of migration `number`, in order. Numbers start at 1.
pub(crate) fn migration(number: u32, dialect: Dialect, prefix: &str) -> Vec<String> {
    let tables: &[Table] = if number == 1 { FIRST } else { &[] };
    tables
        .iter()
        .flat_map(|table| create(table, dialect, prefix))
        .collect()
}

/// The tables as the newest migration leaves them.
pub(super) fn shapes() -> Vec<TableShape> {
    let shape = |table: &Table| TableShape {
        name: table.name,
        columns: table.columns.iter().map(|column| column.0).collect(),
        key: table.primary_key.split(", ").collect(),
    };
    FIRST.iter().map(shape).collect()
}

fn create(table: &Table, dialect: Dialect, prefix: &str) -> Vec<String> {
    let mut parts: Vec<String> = table
        .columns
        .iter()
        .map(|one| column(one, dialect))
        .collect();
    parts.push(format!("PRIMARY KEY ({})", table.primary_key));
    for unique in table.unique {
        parts.push(format!(
            "CONSTRAINT {prefix}{}_{unique}_once UNIQUE ({unique})",
            table.name
        ));
    }
    for (number, check) in table.checks.iter().enumerate() {
        parts.push(format!(
            "CONSTRAINT {prefix}{}_check_{number} CHECK ({check})",
            table.name
        ));
    }
    let mut after = Vec::new();
    for Index(columns, rows) in table.indexes {
        let name = format!("{prefix}{}_by_{}", table.name, columns.join("_"));
        let only = match rows {
            Rows::All => String::new(),
            Rows::With(column) => format!(" WHERE {column} IS NOT NULL"),
        };
        let columns = columns.join(", ");
        match dialect {
            Dialect::Mysql => parts.push(format!("INDEX {name} ({columns})")),
            Dialect::Sqlite | Dialect::Postgres => after.push(format!(
                "CREATE INDEX IF NOT EXISTS {name} ON {prefix}{} ({columns}){only}",
                table.name
            )),
        }
    }
    let head = format!(
        "CREATE TABLE IF NOT EXISTS {prefix}{} (\n  {}\n){}",
        table.name,
        parts.join(",\n  "),
        dialect.table_ending()
    );
    std::iter::once(head).chain(after).collect()
}

fn column(column: &Column, dialect: Dialect) -> String {
    let kind = match column.1 {
        Kind::Key => dialect.key_type(),
        Kind::Text => dialect.text_type(),
        Kind::Integer => dialect.integer_type(),
    };
    let null = if column.2 == Null::No {
        " NOT NULL"
    } else {
        ""
    };
    format!("{} {kind}{null}", column.0)
}

macro_rules! columns {
    ($($name:ident $kind:ident $null:ident),* $(,)?) => {
        &[$(Column(stringify!($name), Kind::$kind, Null::$null)),*]
    };
}

const FIRST: &[Table] = &[
    Table {
        name: "meta",
        columns: columns![name Key No, value Text No],
        primary_key: "name",
        unique: &[],
        checks: &[],
        indexes: &[],
    },
    Table {
        name: "order_log",
        columns: columns![
            order_id Key No, version Integer No, commit_id Text No, at Integer No, kind Text No,
            actor Text Yes, note Text Yes, document Text No,
        ],
        primary_key: "order_id, version",
        unique: &[],
        checks: &[],
        indexes: &[],
    },
    Table {
        name: "orders",
        columns: columns![
            id Key No, version Integer No, checkout_key Key No, key_lock Key No, cart_id Text Yes,
            user_id Key Yes, currency Text No, total Text No, total_usd Text Yes,
            payment_method Text No, payment_blockchain Text No, coinpay_payment_id Text Yes,
            payment_address Text Yes, crypto_amount Text Yes, status Key No,
            payment_status Text No, attention Text No, refund_due Text Yes, expires_at Integer Yes,
            deadline_at Integer No, due_at Integer Yes, paid_at Integer Yes,
            forwarded_at Integer Yes, failed_at Integer Yes, created_at Integer No,
            updated_at Integer No, status_token Text No, terms Text No, evidence Text No,
            contents Text No, customer Text Yes,
        ],
        primary_key: "id",
        unique: &[],
        checks: &[],
        indexes: &[
            Index(&["checkout_key", "created_at"], Rows::All),
            Index(&["user_id", "status"], Rows::All),
            Index(&["due_at"], Rows::With("due_at")),
            Index(&["status", "created_at"], Rows::All),
        ],
    },
    Table {
        name: "payments",
        columns: columns![
            order_id Key No, attempt Integer No, idempotency_key Key No,
            coinpay_payment_id Key Yes, payment_blockchain Text No, state Text No,
            request_body Text No, amount_usd Text No, worth Text No, rate Text Yes,
            payment_address Text Yes, crypto_amount Text Yes, expires_at Integer Yes,
            created_at Integer No, answered_at Integer Yes, looks Integer No,
            looked_at Integer Yes, next_look_at Integer Yes, look_rank Integer No,
            learnt_by Text Yes, error Text Yes,
        ],
        primary_key: "order_id, attempt",
        unique: &["idempotency_key", "coinpay_payment_id"],
        checks: &[],
        indexes: &[
            Index(&["look_rank", "next_look_at"], Rows::With("next_look_at")),
            Index(&["created_at"], Rows::With("learnt_by")),
        ],
    },
    Table {
        name: "webhook_events",
        columns: columns![
            body_hash Key No, event_id Text Yes, event_type Text No, payment_id Key Yes,
            order_id Text Yes, outcome Text No, body Text No, body_encoding Text No,
            processed_at Integer No, alert_at Integer Yes,
        ],
        primary_key: "body_hash",
        unique: &[],
        checks: &[],
        indexes: &[
            Index(&["payment_id"], Rows::All),
            Index(&["processed_at"], Rows::All),
            Index(&["alert_at"], Rows::With("alert_at")),
        ],
    },
    Table {
        name: "effects",
        columns: columns![
            order_id Key No, kind Key No, subject Key No, lane Text No, version Integer No,
            state Key No, idempotency_key Text No, payload Text No, claim_no Integer No,
            claim_token Key Yes, lease_until Integer Yes, tries Integer No, next_at Integer No,
            result Text Yes, error Text Yes, created_at Integer No, updated_at Integer No,
        ],
        primary_key: "order_id, kind, subject",
        unique: &[],
        checks: &[],
        // Whoever claims looks for each kind by itself: shipments that wait their turn are due all
        // the time, and would be read whenever somebody looks for the others.
        indexes: &[
            Index(&["state", "kind", "next_at"], Rows::All),
            Index(&["state", "next_at"], Rows::All),
            Index(&["claim_token"], Rows::With("claim_token")),
        ],
    },
    Table {
        name: "stock",
        columns: columns![sku Key No, on_hand Integer No, reserved Integer No],
        primary_key: "sku",
        unique: &[],
        checks: &["reserved >= 0", "on_hand >= reserved"],
        indexes: &[],
    },
    Table {
        name: "reservations",
        columns: columns![
            order_id Key No, reservation_no Integer No, sku Key No, quantity Integer No,
            state Text No,
        ],
        primary_key: "order_id, reservation_no, sku",
        unique: &[],
        checks: &["quantity > 0"],
        indexes: &[],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_fits_every_database_under_the_longest_prefix() {
        let prefix = "p".repeat(24);
        for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql] {
            for statement in migration(1, dialect, &prefix) {
                let words = statement.split(|ch: char| !ch.is_ascii_alphanumeric() && ch != '_');
                let longest = words.map(str::len).max();
                assert!(longest <= Some(63), "{statement}");
            }
        }
    }

    #[test]
    fn every_dialect_creates_the_same_tables() {
        let names = |dialect| -> Vec<String> {
            let statements = migration(1, dialect, "coinpay_");
            let tables = statements
                .iter()
                .filter(|one| one.starts_with("CREATE TABLE"));
            tables
                .map(|one| one.split(' ').nth(5).unwrap_or_default().to_owned())
                .collect()
        };
        assert_eq!(names(Dialect::Sqlite), names(Dialect::Postgres));
        assert_eq!(names(Dialect::Sqlite), names(Dialect::Mysql));
        assert_eq!(names(Dialect::Sqlite).len(), 8);
    }
}
