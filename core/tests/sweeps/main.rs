//! Sweeps: every truncation and every change of one byte of signed webhooks, and of what the
//! parsers are given. A signed webhook is believed only as it was signed, nothing else changes a
//! table, and every text ends in a value or a typed error.

#![allow(
    clippy::disallowed_methods,
    reason = "reads files and arguments as a program does"
)]

mod changes;
mod endpoint;
#[path = "../flows/gateway.rs"]
#[expect(dead_code, reason = "the tests of the flows use more of it")]
mod gateway;
mod parsers;
mod signed;
#[path = "../flows/stores.rs"]
mod stores;
mod verification;
#[path = "../wire_vectors/mod.rs"]
#[expect(dead_code, reason = "the tests of the vectors use more of it")]
mod wire_vectors;
#[path = "../flows/world.rs"]
#[expect(dead_code, reason = "the tests of the flows use more of it")]
mod world;
