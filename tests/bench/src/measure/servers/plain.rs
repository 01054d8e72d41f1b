//! The peer: a webhook handler as shops write it, with the tables that go with it. It verifies and
//! reads the event, looks the order up by the event's metadata, asks whether it has seen the event
//! and notes it, marks the order paid, and fulfilled. Five statements, each a round trip and each
//! committed by itself. Connections are kept, and statements are prepared once, which is its best
//! case; on PostgreSQL there is also the one that sends them as text each time, as clients do that
//! are not told otherwise. It mails and ships nothing; neither does ours within a webhook.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use hmac::Hmac;
use mysql::prelude::Queryable;
use postgres::types::{ToSql, Type};
use rusqlite::{Connection, OptionalExtension};
use serde_json::Value as Json;
use sha2::Sha256;

use super::super::pure::{Signed, hmac_key};
use crate::samples::{Payment, Webhook};

/// Statements of the handler, in the order in which they run, with `?` for values.
const ORDER: &str = "SELECT status, user_id FROM orders WHERE id = ?";
const KNOWN: &str = "SELECT event_type FROM webhook_events WHERE event_id = ?";
const NOTE: &str = "INSERT INTO webhook_events (event_id, event_type, order_id) VALUES (?, ?, ?)";
const PAID: &str = "UPDATE orders SET status = 'paid', payment_status = 'confirmed', \
                    paid_at = CURRENT_TIMESTAMP WHERE id = ?";
const FULFILLED: &str = "UPDATE orders SET status = 'fulfilled' WHERE id = ?";

const NEW_ORDER: &str = "INSERT INTO orders (id, user_id, cart_id, total_usd, payment_blockchain, \
                         coinpay_payment_id, payment_address, crypto_amount) \
                         VALUES (?, ?, 'cart', 49.90, 'USDC_POL', ?, ?, '49.900000')";

/// The tables; `ID` and `TIME` stand for types.
const TABLES: [&str; 4] = [
    "CREATE TABLE orders (id ID PRIMARY KEY, user_id ID NOT NULL, cart_id TEXT NOT NULL, \
     total_usd NUMERIC(10, 2) NOT NULL, payment_method VARCHAR(20) DEFAULT 'crypto', \
     payment_blockchain TEXT, coinpay_payment_id VARCHAR(80), payment_address TEXT, \
     crypto_amount TEXT, status VARCHAR(30) DEFAULT 'awaiting_payment', \
     payment_status VARCHAR(30) DEFAULT 'pending', expires_at TIME NULL, paid_at TIME NULL, \
     forwarded_at TIME NULL, created_at TIME DEFAULT CURRENT_TIMESTAMP)",
    "CREATE TABLE webhook_events (event_id VARCHAR(120) PRIMARY KEY, \
     event_type TEXT NOT NULL, order_id ID REFERENCES orders(id), \
     processed_at TIME DEFAULT CURRENT_TIMESTAMP)",
    "CREATE INDEX idx_orders_coinpay_payment ON orders(coinpay_payment_id)",
    "CREATE INDEX idx_orders_status ON orders(status)",
];

fn tables(id: &str, time: &str) -> [String; 4] {
    TABLES.map(|sql| {
        sql.replace(" ID", &format!(" {id}"))
            .replace(" TIME", &format!(" {time}"))
    })
}

pub(super) trait Plain: Sync {
    /// Makes the rows of orders with these ids, as its checkout would.
    fn open_orders(&self, ids: &[String]) -> Result<()>;
    fn take(&self, webhook: &Webhook) -> Result<()>;
}

struct Event {
    id: String,
    kind: String,
    order_id: String,
}

/// Verifies and reads.
fn read(webhook: &Webhook, key: &Hmac<Sha256>) -> Result<Event> {
    Signed::of(webhook)?.check_with_hmac(key)?;
    let event: Json = serde_json::from_slice(&webhook.body)?;
    let text = |value: &Json| value.as_str().map(str::to_owned).context("a text");
    Ok(Event {
        id: text(&event["id"])?,
        kind: text(&event["type"])?,
        order_id: text(&event["data"]["metadata"]["order_id"])?,
    })
}

/// Connections that are kept, one for each caller at a time.
struct Kept<C> {
    key: Hmac<Sha256>,
    idle: Mutex<Vec<C>>,
}

impl<C> Kept<C> {
    fn new() -> Result<Self> {
        Ok(Self {
            key: hmac_key()?,
            idle: Mutex::default(),
        })
    }

    fn with<T>(
        &self,
        open: impl FnOnce() -> Result<C>,
        work: impl FnOnce(&mut C) -> Result<T>,
    ) -> Result<T> {
        let idle = self.lock().pop();
        let mut connection = idle.map_or_else(open, Ok)?;
        let done = work(&mut connection)?;
        self.lock().push(connection);
        Ok(done)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<C>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection for all, as a file has one writer at a time.
pub(super) struct PlainSqlite {
    key: Hmac<Sha256>,
    connection: Mutex<Connection>,
}

impl PlainSqlite {
    pub(super) fn open(file: &Path) -> Result<Self> {
        let connection = Connection::open(file)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        for sql in tables("TEXT", "TEXT") {
            connection.execute(&sql, [])?;
        }
        Ok(Self {
            key: hmac_key()?,
            connection: Mutex::new(connection),
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Plain for PlainSqlite {
    fn open_orders(&self, ids: &[String]) -> Result<()> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        for id in ids {
            let payment = Payment::of_order(id);
            transaction.execute(NEW_ORDER, [id, id, &payment.id, &payment.address])?;
        }
        Ok(transaction.commit()?)
    }

    fn take(&self, webhook: &Webhook) -> Result<()> {
        let event = read(webhook, &self.key)?;
        let connection = self.lock();
        let first = |sql: &str, id: &str| {
            let mut prepared = connection.prepare_cached(sql)?;
            prepared
                .query_row([id], |row| row.get::<_, String>(0))
                .optional()
        };
        ensure!(first(ORDER, &event.order_id)?.is_some(), "the order");
        ensure!(first(KNOWN, &event.id)?.is_none(), "a new event");
        let run = |sql: &str, values: &[&str]| {
            let mut prepared = connection.prepare_cached(sql)?;
            prepared.execute(rusqlite::params_from_iter(values))
        };
        run(NOTE, &[&event.id, &event.kind, &event.order_id])?;
        run(PAID, &[&event.order_id])?;
        run(FULFILLED, &[&event.order_id])?;
        Ok(())
    }
}

pub(super) struct PlainPostgres {
    url: String,
    kept: Kept<(postgres::Client, [postgres::Statement; 5])>,
}

/// `$1`, `$2`, … for `?`.
fn numbered(sql: &str) -> String {
    let mut text = String::new();
    for (place, piece) in sql.split('?').enumerate() {
        if place > 0 {
            text.push_str(&format!("${place}"));
        }
        text.push_str(piece);
    }
    text
}

impl PlainPostgres {
    pub(super) fn open(url: &str) -> Result<Self> {
        let mut client = postgres::Client::connect(url, postgres::NoTls)?;
        for sql in tables("TEXT", "TIMESTAMPTZ") {
            client.execute(&sql, &[])?;
        }
        Ok(Self {
            url: url.to_owned(),
            kept: Kept::new()?,
        })
    }

    fn connect(&self) -> Result<(postgres::Client, [postgres::Statement; 5])> {
        let mut client = postgres::Client::connect(&self.url, postgres::NoTls)?;
        let mut prepare = |sql: &str| client.prepare(&numbered(sql));
        let prepared = [
            prepare(ORDER)?,
            prepare(KNOWN)?,
            prepare(NOTE)?,
            prepare(PAID)?,
            prepare(FULFILLED)?,
        ];
        Ok((client, prepared))
    }
}

impl Plain for PlainPostgres {
    fn open_orders(&self, ids: &[String]) -> Result<()> {
        let mut client = postgres::Client::connect(&self.url, postgres::NoTls)?;
        let mut transaction = client.transaction()?;
        let insert = transaction.prepare(&numbered(NEW_ORDER))?;
        for id in ids {
            let payment = Payment::of_order(id);
            transaction.execute(&insert, &[id, id, &payment.id, &payment.address])?;
        }
        transaction.commit()?;
        client.batch_execute("ANALYZE")?;
        Ok(())
    }

    fn take(&self, webhook: &Webhook) -> Result<()> {
        let event = read(webhook, &self.kept.key)?;
        self.kept.with(
            || self.connect(),
            |(client, [order, known, note, paid, fulfilled])| {
                let found = client.query_opt(&*order, &[&event.order_id])?;
                ensure!(found.is_some(), "the order");
                ensure!(
                    client.query_opt(&*known, &[&event.id])?.is_none(),
                    "a new event"
                );
                client.execute(&*note, &[&event.id, &event.kind, &event.order_id])?;
                client.execute(&*paid, &[&event.order_id])?;
                client.execute(&*fulfilled, &[&event.order_id])?;
                Ok(())
            },
        )
    }
}

/// The same, with its statements sent as text.
pub(super) struct TextPostgres {
    tables: PlainPostgres,
    kept: Kept<postgres::Client>,
}

impl TextPostgres {
    pub(super) fn open(url: &str) -> Result<Self> {
        Ok(Self {
            tables: PlainPostgres::open(url)?,
            kept: Kept::new()?,
        })
    }
}

impl Plain for TextPostgres {
    fn open_orders(&self, ids: &[String]) -> Result<()> {
        self.tables.open_orders(ids)
    }

    fn take(&self, webhook: &Webhook) -> Result<()> {
        let event = read(webhook, &self.kept.key)?;
        let open = || {
            Ok(postgres::Client::connect(
                &self.tables.url,
                postgres::NoTls,
            )?)
        };
        self.kept.with(open, |client| {
            let mut run = |sql: &str, values: &[&String]| {
                let values: Vec<(&(dyn ToSql + Sync), Type)> = values
                    .iter()
                    .map(|value| (*value as &(dyn ToSql + Sync), Type::TEXT))
                    .collect();
                client.query_typed(&numbered(sql), &values)
            };
            let id = &event.order_id;
            ensure!(!run(ORDER, &[id])?.is_empty(), "the order");
            ensure!(run(KNOWN, &[&event.id])?.is_empty(), "a new event");
            run(NOTE, &[&event.id, &event.kind, id])?;
            run(PAID, &[id])?;
            run(FULFILLED, &[id])?;
            Ok(())
        })
    }
}

pub(super) struct PlainMariadb {
    url: String,
    kept: Kept<mysql::Conn>,
}

impl PlainMariadb {
    pub(super) fn open(url: &str) -> Result<Self> {
        let mut connection = mysql::Conn::new(url)?;
        for sql in tables("CHAR(36)", "TIMESTAMP") {
            connection.query_drop(sql)?;
        }
        Ok(Self {
            url: url.to_owned(),
            kept: Kept::new()?,
        })
    }
}

impl Plain for PlainMariadb {
    fn open_orders(&self, ids: &[String]) -> Result<()> {
        let mut connection = mysql::Conn::new(self.url.as_str())?;
        let mut transaction = connection.start_transaction(mysql::TxOpts::default())?;
        let rows = ids.iter().map(|id| {
            let payment = Payment::of_order(id);
            (id, id, payment.id, payment.address)
        });
        transaction.exec_batch(NEW_ORDER, rows)?;
        Ok(transaction.commit()?)
    }

    /// The client keeps prepared statements by their text.
    fn take(&self, webhook: &Webhook) -> Result<()> {
        let event = read(webhook, &self.kept.key)?;
        let id = &event.order_id;
        self.kept.with(
            || Ok(mysql::Conn::new(self.url.as_str())?),
            |connection| {
                let found: Option<(String, String)> = connection.exec_first(ORDER, (id,))?;
                ensure!(found.is_some(), "the order");
                let known: Option<String> = connection.exec_first(KNOWN, (&event.id,))?;
                ensure!(known.is_none(), "a new event");
                connection.exec_drop(NOTE, (&event.id, &event.kind, id))?;
                connection.exec_drop(PAID, (id,))?;
                connection.exec_drop(FULFILLED, (id,))?;
                Ok(())
            },
        )
    }
}
