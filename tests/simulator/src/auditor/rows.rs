//! The tables as anybody with a database client sees them, read with plain SQL.

use std::collections::BTreeMap;
use std::rc::Rc;

use anyhow::{Context, Result, bail};
use coinpay_core::store::{Executor, Statement, Value};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OrderRow {
    pub(crate) id: String,
    pub(crate) version: i64,
    pub(crate) status: String,
    pub(crate) attention: Vec<String>,
    pub(crate) checkout_key: String,
    pub(crate) deadline_ms: i64,
    pub(crate) currency: String,
    pub(crate) total: i64,
    /// What waits to be given back, as the column holds it.
    pub(crate) refund_due: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PaymentRow {
    pub(crate) order_id: String,
    pub(crate) payment_id: String,
    pub(crate) state: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EffectRow {
    pub(crate) order_id: String,
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) state: String,
    pub(crate) claim_no: i64,
    pub(crate) error: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StockRow {
    pub(crate) sku: String,
    pub(crate) on_hand: i64,
    pub(crate) reserved: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReservationRow {
    pub(crate) order_id: String,
    pub(crate) number: i64,
    pub(crate) sku: String,
    pub(crate) quantity: i64,
    pub(crate) state: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tables {
    pub(crate) orders: Rc<Vec<OrderRow>>,
    pub(crate) payments: Rc<Vec<PaymentRow>>,
    pub(crate) effects: Rc<Vec<EffectRow>>,
    pub(crate) stock: Rc<Vec<StockRow>>,
    pub(crate) reservations: Rc<Vec<ReservationRow>>,
    /// How many entries each log has, and the largest version.
    pub(crate) logs: Rc<BTreeMap<String, (i64, i64)>>,
}

/// Each table with the question that reads it.
const READS: [(&str, &str); 6] = [
    (
        "coinpay_orders",
        "SELECT id, version, status, attention, checkout_key, deadline_at, currency, total, \
         refund_due FROM coinpay_orders ORDER BY created_at, id",
    ),
    (
        "coinpay_payments",
        "SELECT order_id, coinpay_payment_id, state FROM coinpay_payments \
         WHERE coinpay_payment_id IS NOT NULL ORDER BY order_id, attempt",
    ),
    (
        "coinpay_effects",
        "SELECT order_id, kind, subject, state, claim_no, error FROM coinpay_effects",
    ),
    (
        "coinpay_stock",
        "SELECT sku, on_hand, reserved FROM coinpay_stock ORDER BY sku",
    ),
    (
        "coinpay_reservations",
        "SELECT order_id, reservation_no, sku, quantity, state FROM coinpay_reservations \
         ORDER BY order_id, reservation_no, sku",
    ),
    (
        "coinpay_order_log",
        "SELECT order_id, COUNT(*), MAX(version) FROM coinpay_order_log GROUP BY order_id",
    ),
];

impl Tables {
    pub(crate) fn read(store: &dyn Executor) -> Result<Self> {
        let mut tables = Self::default();
        tables.read_those(store, |_| true)?;
        Ok(tables)
    }

    /// These tables after a commit of these statements: only what they name is read again.
    pub(crate) fn after(&self, store: &dyn Executor, commit: &[Statement]) -> Result<Self> {
        let mut tables = self.clone();
        tables.read_those(store, |table| {
            commit.iter().any(|one| one.sql.contains(table))
        })?;
        Ok(tables)
    }

    fn read_those(&mut self, store: &dyn Executor, wanted: impl Fn(&str) -> bool) -> Result<()> {
        let reads: Vec<_> = READS.iter().filter(|(table, _)| wanted(table)).collect();
        let sql: Vec<Statement> = reads.iter().map(|(_, sql)| statement(sql)).collect();
        let answers = store.load(&sql).context("the auditor cannot read")?;
        for ((table, _), rows) in reads.iter().zip(&answers) {
            match *table {
                "coinpay_orders" => self.orders = collect(rows, order),
                "coinpay_payments" => self.payments = collect(rows, payment),
                "coinpay_effects" => self.effects = collect(rows, effect),
                "coinpay_stock" => self.stock = collect(rows, stock),
                "coinpay_reservations" => self.reservations = collect(rows, reservation),
                "coinpay_order_log" => {
                    let log = |row: &Vec<Value>| (text(row, 0), (integer(row, 1), integer(row, 2)));
                    self.logs = Rc::new(rows.iter().map(log).collect());
                }
                other => bail!("the auditor does not know {other}"),
            }
        }
        Ok(())
    }

    #[must_use]
    pub(crate) fn order(&self, id: &str) -> Option<&OrderRow> {
        self.orders.iter().find(|order| order.id == id)
    }

    #[must_use]
    pub(crate) fn is_linked(&self, payment_id: &str) -> bool {
        self.payments.iter().any(|one| one.payment_id == payment_id)
    }
}

fn collect<T>(rows: &[Vec<Value>], read: fn(&[Value]) -> T) -> Rc<Vec<T>> {
    Rc::new(rows.iter().map(|row| read(row)).collect())
}

/// The hashes of the webhook bodies that are stored.
pub(crate) fn stored_bodies(store: &dyn Executor) -> Result<Vec<String>> {
    let sql = statement("SELECT body_hash FROM coinpay_webhook_events");
    let tables = store.load(&[sql])?;
    Ok(tables.iter().flatten().map(|row| text(row, 0)).collect())
}

#[must_use]
pub(crate) fn statement(sql: &str) -> Statement {
    Statement {
        sql: sql.into(),
        params: Vec::new(),
    }
}

fn order(row: &[Value]) -> OrderRow {
    OrderRow {
        id: text(row, 0),
        version: integer(row, 1),
        status: text(row, 2),
        attention: text(row, 3).split_whitespace().map(str::to_owned).collect(),
        checkout_key: text(row, 4),
        deadline_ms: integer(row, 5),
        currency: text(row, 6),
        total: text(row, 7).replace('.', "").parse().unwrap_or(i64::MAX),
        refund_due: text(row, 8),
    }
}

fn payment(row: &[Value]) -> PaymentRow {
    PaymentRow {
        order_id: text(row, 0),
        payment_id: text(row, 1),
        state: text(row, 2),
    }
}

fn effect(row: &[Value]) -> EffectRow {
    EffectRow {
        order_id: text(row, 0),
        kind: text(row, 1),
        subject: text(row, 2),
        state: text(row, 3),
        claim_no: integer(row, 4),
        error: text(row, 5),
    }
}

fn stock(row: &[Value]) -> StockRow {
    StockRow {
        sku: text(row, 0),
        on_hand: integer(row, 1),
        reserved: integer(row, 2),
    }
}

fn reservation(row: &[Value]) -> ReservationRow {
    ReservationRow {
        order_id: text(row, 0),
        number: integer(row, 1),
        sku: text(row, 2),
        quantity: integer(row, 3),
        state: text(row, 4),
    }
}

fn text(row: &[Value], column: usize) -> String {
    match row.get(column) {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Integer(number)) => number.to_string(),
        Some(Value::Null) | None => String::new(),
    }
}

fn integer(row: &[Value], column: usize) -> i64 {
    match row.get(column) {
        Some(Value::Integer(number)) => *number,
        Some(Value::Text(_) | Value::Null) | None => 0,
    }
}
