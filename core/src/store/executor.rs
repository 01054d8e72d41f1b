//! What runs statements: two verbs, and a class for every way to fail.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::document::{FromJson, ToJson};

/// A value that goes into or comes out of a column. Integers stay below 2^53, so that every host
/// can carry them.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    Null,
    Integer(i64),
    Text(String),
}

impl ToJson for Value {
    fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Integer(number) => number.to_json(),
            Self::Text(text) => text.to_json(),
        }
    }
}

impl Value {
    /// The value that a host wrote down; `None` where a column holds nothing of the kind.
    pub(crate) fn of_json(value: Json) -> Option<Self> {
        match value {
            Json::Null => Some(Self::Null),
            Json::Number(number) => number.as_i64().map(Self::Integer),
            Json::String(text) => Some(Self::Text(text)),
            Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
        }
    }
}

impl FromJson for Value {
    fn from_json(value: &Json) -> Option<Self> {
        Self::of_json(value.clone())
    }
}

crate::document::serialize!(Value);
crate::document::deserialize!(Value);

/// Values may be a customer's; only their kind is ever printed.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Integer(_) => "integer",
            Self::Text(_) => "text",
        })
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Integer(i64::from(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One statement with its parameters, in the placeholders of the executor's dialect.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Statement {
    pub sql: Arc<str>,
    pub params: Vec<Value>,
}

crate::document::written! {
    Statement {
        sql, params,
    }
}

/// The rows of one SELECT, columns in the order of the statement.
pub type Rows = Vec<Vec<Value>>;

/// What a failure means for what comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultClass {
    /// A key or a check of ours: somebody was faster. Load and decide again.
    Conflict,
    /// Deadlock, serialization, lock timeout, busy: the same again.
    Retry,
    /// The connection was lost during the commit: it may have happened.
    Unknown,
    /// Anything else: nothing was stored.
    Fatal,
}

crate::order::names!(pub FaultClass {
    Conflict = "conflict",
    Retry = "retry",
    Unknown = "unknown",
    Fatal = "fatal",
});

/// Why a load or a commit failed. Holds the database's own code, never a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreFault {
    pub class: FaultClass,
    /// The database's own code, such as `SQLITE_BUSY` or `40001`.
    pub code: String,
}

impl StoreFault {
    #[must_use]
    pub fn new(class: FaultClass, code: impl Into<String>) -> Self {
        Self {
            class,
            code: code.into(),
        }
    }
}

impl fmt::Display for StoreFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.class, self.code)
    }
}

impl std::error::Error for StoreFault {}

/// Runs statements against a database.
///
/// `load` reads all its statements in one read transaction. `commit` runs its statements in
/// order in one transaction, stops at the first error and undoes everything; when it returns
/// `Ok` the writes are durable.
pub trait Executor: Send + Sync {
    fn dialect(&self) -> super::Dialect;

    /// # Errors
    /// A [`StoreFault`] with the class that fits the database's error.
    fn load(&self, statements: &[Statement]) -> Result<Vec<Rows>, StoreFault>;

    /// # Errors
    /// A [`StoreFault`] with the class that fits the database's error.
    fn commit(&self, statements: &[Statement]) -> Result<(), StoreFault>;
}
