//! One of the two databases of a copy: what state it is in, and what is in it.

use std::path::Path;

use coinpay_core::store::{Executor, FaultClass, Rows, Statement, StoreFault, TableShape, Value};
use coinpay_core::{Config, Engine, Error, ErrorCode, Result, dialect_of, open_executor};
use serde_json::json;
use sha2::{Digest, Sha256};

/// The mark of a copy that is not finished. A shop refuses to open tables that have it.
const COPYING: &str = "copying";
const VERSION: &str = "schema_version";
/// How many rows are read at once to be compared.
const PAGE: u32 = 1_000;

pub(super) struct Side {
    pub(super) executor: Box<dyn Executor>,
    pub(super) prefix: String,
}

/// What is in a table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) rows: u64,
    pub(super) sha256: String,
}

pub(super) fn unavailable(fault: &StoreFault) -> Error {
    let code = match fault.class {
        FaultClass::Conflict | FaultClass::Retry => ErrorCode::StoreBusy,
        FaultClass::Unknown | FaultClass::Fatal => ErrorCode::StoreUnavailable,
    };
    let message = format!("{} The database says {}.", code.advice(), fault.code);
    Error::new(code, message)
}

fn refused(message: &str) -> Error {
    Error::new(ErrorCode::StoreRefused, message)
}

impl Side {
    /// The database that is read. It is left as it is.
    pub(super) fn existing(url: &str, prefix: &str) -> Result<Self> {
        dialect_of(url)?;
        let file = url.strip_prefix("sqlite:").map(Path::new);
        if file.is_some_and(|path| !path.exists()) {
            let message = "--from: there is no such file";
            return Err(Error::new(ErrorCode::InvalidInput, message));
        }
        let side = Self::open(url, prefix)?;
        if side.note(COPYING)?.is_some() {
            return Err(refused("--from: is itself a copy that is not finished"));
        }
        Ok(side)
    }

    fn open(url: &str, prefix: &str) -> Result<Self> {
        // Checks the prefix, before it is part of a statement.
        config(url, prefix)?;
        Ok(Self {
            executor: open_executor(url)?,
            prefix: prefix.to_owned(),
        })
    }

    /// The database that is filled: its tables are made and marked, or have been before from the
    /// same source.
    pub(super) fn to_fill(url: &str, prefix: &str, from: &str) -> Result<Self> {
        let side = Self::open(url, prefix)?;
        // The address may hold a password, and is not written down.
        let mark = hex::encode(Sha256::digest(from));
        let known = side.has_tables() && side.note(COPYING)?.is_some();
        if known {
            if side.note(COPYING)?.as_deref() == Some(&mark) {
                return Ok(side);
            }
            return Err(refused("--to: a copy from another database was begun here"));
        }
        Engine::connect(config(url, prefix)?)?.prepare_store()?;
        for table in coinpay_core::store::tables() {
            let page = table.page(side.executor.dialect(), prefix, &[], 50);
            let found = side.rows(page)?;
            if found.iter().any(|row| belongs(&table, row)) {
                return Err(refused("--to: there are orders already; use empty tables"));
            }
        }
        side.commit(&side.write_note(COPYING, &mark))?;
        Ok(side)
    }

    fn has_tables(&self) -> bool {
        self.note(VERSION).is_ok()
    }

    pub(super) fn same_version(&self, other: &Self) -> Result<()> {
        let (one, other) = (self.note(VERSION)?, other.note(VERSION)?);
        if one == other {
            return Ok(());
        }
        Err(refused(
            "--from: the tables are of another version; coinpay migrate brings them up",
        ))
    }

    pub(super) fn rows(&self, statement: Statement) -> Result<Rows> {
        let loaded = self.executor.load(&[statement]);
        let loaded = loaded.map_err(|fault| unavailable(&fault))?;
        Ok(loaded.into_iter().next().unwrap_or_default())
    }

    pub(super) fn commit(&self, statements: &[Statement]) -> Result<()> {
        let done = self.executor.commit(statements);
        done.map_err(|fault| unavailable(&fault))
    }

    /// A statement with `?` for each parameter.
    fn statement(&self, template: &str, params: Vec<Value>) -> Statement {
        Statement {
            sql: self
                .executor
                .dialect()
                .statement(template, &self.prefix)
                .into(),
            params,
        }
    }

    pub(super) fn note(&self, name: &str) -> Result<Option<String>> {
        let find = self.statement("SELECT value FROM {meta} WHERE name = ?", vec![name.into()]);
        let found = self.rows(find)?;
        let value = found.into_iter().flatten().next();
        Ok(value.and_then(|value| match value {
            Value::Text(text) => Some(text),
            Value::Null | Value::Integer(_) => None,
        }))
    }

    pub(super) fn write_note(&self, name: &str, value: &str) -> [Statement; 2] {
        let insert = "INSERT INTO {meta} (name, value) VALUES (?, ?)";
        [
            self.delete_note(name),
            self.statement(insert, vec![name.into(), value.into()]),
        ]
    }

    fn delete_note(&self, name: &str) -> Statement {
        self.statement("DELETE FROM {meta} WHERE name = ?", vec![name.into()])
    }

    /// Reads a table from its one end to the other, in the order of its key, which is the same in
    /// every database.
    pub(super) fn sum(&self, table: &TableShape) -> Result<Sum> {
        let (mut rows, mut hash) = (0, Sha256::new());
        let mut after = Vec::new();
        loop {
            let page = table.page(self.executor.dialect(), &self.prefix, &after, PAGE);
            let found = self.rows(page)?;
            let Some(last) = found.last() else { break };
            after = table.key_of(last);
            for row in found.iter().filter(|row| belongs(table, row)) {
                hash.update(json!(row).to_string());
                hash.update("\n");
                rows += 1;
            }
        }
        let sha256 = hex::encode(hash.finalize());
        Ok(Sum { rows, sha256 })
    }

    /// Takes the marks away: from now on it is a shop's.
    pub(super) fn finish(&self) -> Result<()> {
        let mut statements: Vec<_> = coinpay_core::store::tables()
            .iter()
            .map(|table| self.delete_note(&place_of(table)))
            .collect();
        statements.push(self.delete_note(COPYING));
        self.commit(&statements)
    }
}

/// The note that says how far a table is copied.
pub(super) fn place_of(table: &TableShape) -> String {
    format!("copy:{}", table.name)
}

/// Whether a row is the shop's own, and not about the database that it lies in.
pub(super) fn belongs(table: &TableShape, row: &[Value]) -> bool {
    let Some(Value::Text(name)) = row.first() else {
        return true;
    };
    match table.name {
        "meta" => {
            let own = name == VERSION || name == COPYING;
            !own && !name.starts_with("copy:") && !name.starts_with("probe:")
        }
        "order_log" => name != "migration",
        _ => true,
    }
}

/// What making the tables needs; a copy speaks to no gateway.
fn config(url: &str, prefix: &str) -> Result<Config> {
    let config = json!({
        "mode": "test",
        "api_key": "cp_test_copy",
        "business_id": "00000000-0000-4000-8000-000000000000",
        "database": url,
        "table_prefix": prefix,
    });
    Config::from_json(&config.to_string())
}
