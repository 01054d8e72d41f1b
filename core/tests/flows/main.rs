//! The flows over a real store, driven step by step: what each does, and that being cut off at
//! any step loses nothing and does nothing twice.

#![allow(
    clippy::disallowed_methods,
    reason = "tests may panic and read the world"
)]

mod checkout;
mod cut_off;
#[cfg(feature = "dash")]
mod dash;
mod effects;
mod gateway;
mod payments;
mod refused;
mod replace;
mod report;
mod stores;
mod work;
mod world;
