//! The statements that the cases are made of, in the words of one dialect: the store's own where
//! it has them.

use std::sync::Arc;

use super::{Datum, Gives, Order, Step, Table};
use crate::store::{Dialect, FaultClass, MIGRATIONS, Query, Sql, Value, migration};

const PREFIX: &str = "contract_";

/// Every table of the schema.
const TABLES: [&str; 8] = [
    "meta",
    "order_log",
    "orders",
    "payments",
    "webhook_events",
    "effects",
    "stock",
    "reservations",
];

/// The columns of the widest table, each with what a case puts into it.
const ORDER: [(&str, Plain); 31] = [
    ("id", Plain::Key),
    ("version", Plain::Number(1)),
    ("checkout_key", Plain::Key),
    ("key_lock", Plain::Key),
    ("cart_id", Plain::Nothing),
    ("user_id", Plain::Nothing),
    ("currency", Plain::Text("EUR")),
    ("total", Plain::Text("1999")),
    ("total_usd", Plain::Nothing),
    ("payment_method", Plain::Text("crypto")),
    ("payment_blockchain", Plain::Text("BTC")),
    ("coinpay_payment_id", Plain::Nothing),
    ("payment_address", Plain::Nothing),
    ("crypto_amount", Plain::Text("0.00042")),
    ("status", Plain::Text("awaiting_payment")),
    ("payment_status", Plain::Text("pending")),
    ("attention", Plain::Text("")),
    ("refund_due", Plain::Nothing),
    ("expires_at", Plain::Number(1_700_000_000_000)),
    ("deadline_at", Plain::Number(1_700_000_000_000)),
    ("due_at", Plain::Nothing),
    ("paid_at", Plain::Nothing),
    ("forwarded_at", Plain::Nothing),
    ("failed_at", Plain::Nothing),
    ("created_at", Plain::Number(1_699_999_000_000)),
    ("updated_at", Plain::Number(1_699_999_000_000)),
    ("status_token", Plain::Text("token")),
    ("terms", Plain::Text("{}")),
    ("evidence", Plain::Text("{}")),
    ("contents", Plain::Text("{}")),
    ("customer", Plain::Text("{\"name\":\"Zoë\"}")),
];

#[derive(Clone, Copy)]
enum Plain {
    Key,
    Text(&'static str),
    Number(i64),
    Nothing,
}

pub(super) struct Words {
    dialect: Dialect,
    sql: Sql,
}

impl Words {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            sql: Sql::new(dialect, PREFIX),
        }
    }

    pub(super) fn drop(&self) -> Vec<Order> {
        let tables = TABLES.iter();
        tables
            .map(|table| self.order(&format!("DROP TABLE IF EXISTS {{{table}}}"), []))
            .collect()
    }

    pub(super) fn schema(&self) -> Vec<Order> {
        let all = (1..=MIGRATIONS).flat_map(|number| migration(number, self.dialect, PREFIX));
        let order = |sql: String| Order {
            sql: sql.into(),
            params: Vec::new(),
        };
        all.map(order).collect()
    }

    /// A statement of the suite's own: `{table}` and `?` as in the store's.
    pub(super) fn order(&self, template: &str, params: impl IntoIterator<Item = Datum>) -> Order {
        let sql: Arc<str> = self.dialect.render(template, PREFIX).into();
        Order {
            sql,
            params: params.into_iter().collect(),
        }
    }

    pub(super) fn query(&self, query: Query, params: impl IntoIterator<Item = Datum>) -> Order {
        Order {
            sql: self.sql.statement(query, Vec::new()).sql,
            params: params.into_iter().collect(),
        }
    }

    pub(super) fn insert_meta(&self, name: &str, value: impl Into<Datum>) -> Order {
        self.query(Query::InsertMeta, [name.into(), value.into()])
    }

    pub(super) fn meta(&self, name: &str) -> Order {
        self.query(Query::Meta, [name.into()])
    }

    pub(super) fn insert_log(&self, lock: &str, version: i64) -> Order {
        let log = [
            lock.into(),
            version.into(),
            "commit".into(),
            version.into(),
            "test".into(),
            Value::Null.into(),
            Value::Null.into(),
            "{}".into(),
        ];
        self.query(Query::InsertLog, log)
    }

    pub(super) fn log_version(&self, lock: &str) -> Order {
        self.query(Query::LogVersion, [lock.into()])
    }

    pub(super) fn insert_stock(&self, sku: &str, on_hand: i64, reserved: i64) -> Order {
        self.query(
            Query::InsertStock,
            [sku.into(), on_hand.into(), reserved.into()],
        )
    }

    pub(super) fn reserve(&self, sku: &str, quantity: i64) -> Order {
        self.query(Query::ReserveStock, [quantity.into(), sku.into()])
    }

    pub(super) fn stock(&self, sku: &str) -> Order {
        self.query(Query::StockOf, [sku.into()])
    }

    pub(super) fn insert_reservation(&self, id: &str, sku: &str, quantity: i64) -> Order {
        let row = [
            id.into(),
            1_i64.into(),
            sku.into(),
            quantity.into(),
            "held".into(),
        ];
        self.query(Query::InsertReservation, row)
    }

    pub(super) fn reservations(&self, id: &str) -> Order {
        let template = "SELECT sku, quantity FROM {reservations} WHERE order_id = ? ORDER BY sku";
        self.order(template, [id.into()])
    }

    pub(super) fn insert_order(&self, id: &str) -> Order {
        let value = |(_, plain): &(&str, Plain)| match plain {
            Plain::Key => id.into(),
            Plain::Text(text) => (*text).into(),
            Plain::Number(number) => (*number).into(),
            Plain::Nothing => Value::Null.into(),
        };
        let names: Vec<&str> = ORDER.iter().map(|(name, _)| *name).collect();
        let template = format!(
            "INSERT INTO {{orders}} ({}) VALUES ({})",
            names.join(", "),
            vec!["?"; names.len()].join(", ")
        );
        self.order(&template, ORDER.iter().map(value))
    }

    pub(super) fn order_row(&self, id: &str) -> Order {
        let template = "SELECT version, status, customer FROM {orders} WHERE id = ?";
        self.order(template, [id.into()])
    }

    /// An event of a gateway; `alert_at` and `payment_id` may be null.
    pub(super) fn insert_event(
        &self,
        hash: &str,
        payment_id: Option<&str>,
        alert_at: Option<i64>,
    ) -> Order {
        let template = "INSERT INTO {webhook_events} (body_hash, event_id, event_type, \
            payment_id, order_id, outcome, body, body_encoding, processed_at, alert_at) \
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let row = [
            hash.into(),
            Value::Null.into(),
            "payment.confirmed".into(),
            payment_id.into(),
            Value::Null.into(),
            "unmatched".into(),
            "{}".into(),
            "utf8".into(),
            1_i64.into(),
            alert_at.into(),
        ];
        self.order(template, row)
    }

    /// A payment; its two keys besides the primary one are unique, the second may be null.
    pub(super) fn insert_payment(
        &self,
        id: &str,
        attempt: i64,
        key: &str,
        payment_id: Option<&str>,
    ) -> Order {
        let template = "INSERT INTO {payments} (order_id, attempt, idempotency_key, \
            coinpay_payment_id, payment_blockchain, state, request_body, amount_usd, worth, \
            created_at, looks, look_rank) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let row = [
            id.into(),
            attempt.into(),
            key.into(),
            payment_id.into(),
            "BTC".into(),
            "open".into(),
            "{}".into(),
            "19.99".into(),
            "19.99".into(),
            1_i64.into(),
            0_i64.into(),
            0_i64.into(),
        ];
        self.order(template, row)
    }

    pub(super) fn insert_effect(&self, id: &str, kind: &str) -> Order {
        let template = "INSERT INTO {effects} (order_id, kind, subject, lane, version, state, \
            idempotency_key, payload, claim_no, tries, next_at, created_at, updated_at) \
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let row = [
            id.into(),
            kind.into(),
            "".into(),
            "mail".into(),
            1_i64.into(),
            "due".into(),
            "key".into(),
            "{}".into(),
            0_i64.into(),
            0_i64.into(),
            1_i64.into(),
            1_i64.into(),
            1_i64.into(),
        ];
        self.order(template, row)
    }
}

pub(super) fn commits(on: u8, statements: Vec<Order>) -> Step {
    Step::Commit {
        on,
        statements,
        gives: Gives::Committed,
    }
}

pub(super) fn fails(on: u8, statements: Vec<Order>, class: FaultClass) -> Step {
    Step::Commit {
        on,
        statements,
        gives: Gives::Fault(class),
    }
}

/// A load of one statement.
pub(super) fn finds(on: u8, statement: Order, rows: Table) -> Step {
    finds_all(on, vec![(statement, rows)])
}

pub(super) fn finds_all(on: u8, pairs: Vec<(Order, Table)>) -> Step {
    let (statements, rows) = pairs.into_iter().unzip();
    Step::Load {
        on,
        statements,
        gives: Gives::Rows(rows),
    }
}

/// Rows of one column.
pub(super) fn column<T: Into<Datum>>(values: impl IntoIterator<Item = T>) -> Table {
    values.into_iter().map(|one| vec![one.into()]).collect()
}

/// The row of an article.
pub(super) fn stock(sku: &str, on_hand: i64, reserved: i64) -> Vec<Vec<Datum>> {
    vec![vec![sku.into(), on_hand.into(), reserved.into()]]
}
