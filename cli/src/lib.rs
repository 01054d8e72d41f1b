//! What the `coinpay` command is made of, usable in-process by tests.

pub mod sandbox;
