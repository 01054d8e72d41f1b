//! What the `coinpay` command is made of, usable in-process by tests.

#![forbid(unsafe_code)]

pub mod demo;
pub mod sandbox;
