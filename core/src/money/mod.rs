//! Exact money: decimals as written, base units for sums, currencies and chains with their own
//! exponents. Knows nothing of orders.

mod units;

pub use units::Units;
