//! What the `coinpay` command is made of, usable in-process by tests.

pub mod demo;
pub mod sandbox;
