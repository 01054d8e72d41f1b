//! The decisions behind a crypto checkout, as pure functions over plain data, and the flows that
//! carry them out without doing any input or output of their own.

pub mod api;
mod config;
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
pub use error::{Error, ErrorCode, Result};
pub use secret::Secret;
pub use shop::Shop;
