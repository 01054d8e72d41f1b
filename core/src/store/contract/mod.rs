//! What every executor has to do, as data: steps to take against a store, and what each has to
//! give. The runner here plays them on a Rust executor; `tests/vectors/store_contract_*.json`
//! holds the same suites for executors in other languages.

mod cases_commits;
mod cases_together;
mod cases_values;
mod document;
mod faulty;
mod runner;
mod sql;

use std::sync::Arc;

use serde::Serialize;

use super::{Dialect, FaultClass, Value};

pub use document::document;
pub use faulty::{FaultyExecutor, Injected, Verb};
pub use runner::run;

const ABOUT: &str = "\
What every executor of this dialect has to do. Open two executors, 1 and 2, on one store. Commit \
each statement of `drop`, then of `schema`, by itself; a store that is to keep other tables is \
safe, all names start with contract_. Then play the cases in their order. A step of a case says \
what to `do`. load and commit run `statements` `on` an executor and have to give `rows` (one \
list of rows for each statement), `committed`, or a `fault` of that class. spoil commits \
`statements` on executor 1 once for each of them, with that one replaced by `with`; each time \
the fault is `fault` and `load` gives `rows` afterwards. race commits `commits` at the same \
time, the first on executor 1 and the second on 2, again while the fault is retry; `winners` of \
them have to be committed and the others to end in conflict. churn commits `commits` in turn on \
executor 1, `times` times over and until executor 2, which loads `load` without pause, has \
loaded as often; each of its loads has to give one of `one_of`. A value is null, an integer, a \
text, or `repeat`, a text to be taken so many `times`.";

/// A suite for one dialect.
#[derive(Clone, Debug, Serialize)]
pub struct Suite {
    pub about: &'static str,
    pub dialect: Dialect,
    /// Statements that remove what an earlier run left.
    pub drop: Vec<Order>,
    /// Statements that make the tables.
    pub schema: Vec<Order>,
    pub cases: Vec<Case>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Case {
    pub name: &'static str,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Step {
    Load {
        on: u8,
        statements: Vec<Order>,
        gives: Gives,
    },
    Commit {
        on: u8,
        statements: Vec<Order>,
        gives: Gives,
    },
    Spoil {
        statements: Vec<Order>,
        with: Order,
        fault: FaultClass,
        load: Vec<Order>,
        rows: Vec<Table>,
    },
    Race {
        commits: [Vec<Order>; 2],
        winners: usize,
    },
    Churn {
        commits: Vec<Vec<Order>>,
        times: u64,
        load: Vec<Order>,
        one_of: Vec<Vec<Table>>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Gives {
    Rows(Vec<Table>),
    Committed,
    Fault(FaultClass),
}

/// A statement whose values may be written short.
#[derive(Clone, Debug, Serialize)]
pub struct Order {
    pub sql: Arc<str>,
    pub params: Vec<Datum>,
}

pub type Table = Vec<Vec<Datum>>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Datum {
    Plain(Value),
    Long { repeat: &'static str, times: usize },
}

impl<T: Into<Value>> From<T> for Datum {
    fn from(value: T) -> Self {
        Self::Plain(value.into())
    }
}

impl Datum {
    fn value(&self) -> Value {
        match self {
            Self::Plain(value) => value.clone(),
            Self::Long { repeat, times } => Value::Text(repeat.repeat(*times)),
        }
    }
}

/// The suite for executors of `dialect`.
#[must_use]
pub fn suite(dialect: Dialect) -> Suite {
    let sql = sql::Words::new(dialect);
    let mut all = cases_values::all(&sql);
    all.extend(cases_commits::all(&sql));
    all.extend(cases_together::all(&sql));
    Suite {
        about: ABOUT,
        dialect,
        drop: sql.drop(),
        schema: sql.schema(),
        cases: all,
    }
}

/// Every statement of the store by its name, for whoever wants to see how a database runs it.
#[must_use]
pub fn statements(dialect: Dialect, prefix: &str) -> Vec<(String, Arc<str>)> {
    super::Sql::new(dialect, prefix).named()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_dialect_has_the_same_cases_and_no_name_twice() {
        let names = |dialect| -> Vec<&str> {
            let cases = suite(dialect).cases;
            cases.iter().map(|case| case.name).collect()
        };
        let sqlite = names(Dialect::Sqlite);
        assert_eq!(sqlite, names(Dialect::Postgres));
        assert_eq!(sqlite, names(Dialect::Mysql));
        let once: BTreeSet<_> = sqlite.iter().collect();
        assert_eq!(once.len(), sqlite.len());
    }
}
