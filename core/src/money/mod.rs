//! Exact money: decimals as written, base units for sums, currencies and chains with their own
//! exponents. Knows nothing of orders.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::float_arithmetic
    )
)]

mod address;
mod arithmetic;
mod chain;
mod currency;
mod decimal;
mod exchange;
#[cfg(test)]
mod properties;
mod units;

pub(crate) use address::Destination;
pub use address::same_address;
pub use arithmetic::{mul_div_ceiling, mul_div_floor, tolerance};
pub use chain::Chain;
pub(crate) use chain::Network;
pub use currency::Currency;
pub use decimal::Decimal;
pub use exchange::usd_cents_for;
pub use units::Units;
