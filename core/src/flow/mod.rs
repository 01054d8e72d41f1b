//! The operations of a shop. Each is a flow: it asks for what it needs, a step at a time, and is
//! the same whoever answers.

mod alerts;
mod bundle;
mod change;
mod context;
mod effect_rows;
mod runtime;
mod schedule;
mod transact;

pub use runtime::{Answer, Flow, Request, Start, Step};
pub(crate) use schedule::MINUTE_MS;
