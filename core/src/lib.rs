//! The decisions behind a crypto checkout, as pure functions over plain data.

pub mod api;
mod error;
pub mod money;
pub mod pay;
mod secret;
pub mod time;
pub mod webhook;

pub use error::{Error, ErrorCode, Result};
pub use secret::Secret;
