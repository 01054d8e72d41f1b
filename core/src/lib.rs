//! The decisions behind a crypto checkout, as pure functions over plain data, and the flows that
//! carry them out without doing any input or output of their own.

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::float_arithmetic,
        clippy::as_conversions,
        clippy::print_stdout,
        clippy::print_stderr
    )
)]
#![cfg_attr(test, allow(clippy::disallowed_methods, clippy::disallowed_types))]

pub mod api;
mod config;
#[cfg(feature = "dash")]
pub mod dash;
mod document;
#[cfg(any(
    feature = "http",
    feature = "sqlite",
    feature = "postgres",
    feature = "mysql"
))]
mod drivers;
#[cfg(feature = "engine")]
mod engine;
mod error;
pub mod flow;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzz;
pub mod money;
pub mod order;
pub mod pay;
pub mod pure;
mod secret;
mod shop;
pub mod sorted;
pub mod store;
pub mod time;
pub mod webhook;

pub use config::{Config, Mode, OrderWindow};
#[cfg(feature = "mysql")]
pub use drivers::MysqlExecutor;
#[cfg(feature = "postgres")]
pub use drivers::PostgresExecutor;
#[cfg(feature = "sqlite")]
pub use drivers::SqliteExecutor;
#[cfg(feature = "http")]
pub use drivers::UreqTransport;
#[cfg(feature = "engine")]
pub use engine::{Clock, Engine, SystemClock, Transport};
#[cfg(all(feature = "engine", feature = "http"))]
pub use engine::{dialect_of, open_executor};
pub use error::{Error, ErrorCode, ErrorDetails, Result};
pub use secret::Secret;
pub use shop::Shop;
