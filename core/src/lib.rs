//! The decisions behind a crypto checkout, as pure functions over plain data, and the flows that
//! carry them out without doing any input or output of their own.

pub mod api;
mod config;
#[cfg(any(feature = "http", feature = "sqlite"))]
mod drivers;
#[cfg(feature = "engine")]
mod engine;
mod error;
pub mod flow;
pub mod money;
pub mod order;
pub mod pay;
mod secret;
mod shop;
pub mod store;
pub mod time;
pub mod webhook;

pub use config::{Config, Mode, OrderWindow};
#[cfg(feature = "sqlite")]
pub use drivers::SqliteExecutor;
#[cfg(feature = "http")]
pub use drivers::UreqTransport;
#[cfg(feature = "engine")]
pub use engine::{Clock, Engine, SystemClock, Transport};
pub use error::{Error, ErrorCode, Result};
pub use secret::Secret;
pub use shop::Shop;
