//! The store: every statement of SQL, written once per dialect, as data for any executor to run.
//! Knows no connection; an executor knows nothing of orders.

#[cfg(any(test, feature = "contract"))]
pub mod contract;
mod dialect;
mod executor;
mod queries;
mod records;
mod row;
mod schema;
mod tables;

pub use dialect::Dialect;
pub(crate) use dialect::check_prefix;
pub use executor::{Executor, FaultClass, Rows, Statement, StoreFault, Value};
pub(crate) use queries::{KINDS_AT_ONCE, Query, Selector, Sql, part};
pub use records::Item;
pub(crate) use records::{
    AttemptRecord, AttemptState, Contents, EffectRecord, EffectState, EventRecord, OrderRecord,
    ReservationRecord, ReservationState, StockRecord,
};
pub(crate) use row::Fields;
pub(crate) use schema::{MIGRATIONS, migration};
pub use tables::{TableShape, tables};
