//! What was agreed when an order was opened. Fixed from then on, also when the shop changes its
//! settings.

use crate::money::{Currency, Units};

/// How the goods reach the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ship {
    /// A person ships and says so with `mark_fulfilled`.
    Manual,
    /// The host ships when handed `ship_order`: downloads, keys, vouchers.
    Effect,
}

crate::order::names!(pub Ship {
    Manual = "manual",
    Effect = "effect",
});

/// Who counts the stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockMode {
    /// Our own tables.
    Managed,
    /// The shop, which reserved before it opened the checkout.
    Host,
    /// Nobody: there is always enough.
    Off,
}

crate::order::names!(pub StockMode {
    Managed = "managed",
    Host = "host",
    Off = "off",
});

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    pub currency: Currency,
    /// What the customer owes, in minor units of `currency`.
    pub due: Units,
    pub ship: Ship,
    pub stock: StockMode,
    /// How much less than `due` is still enough, in hundredths of a percent.
    pub underpaid_tolerance_bps: u32,
    /// How much more than `due` is not worth a refund, in hundredths of a percent.
    pub overpaid_tolerance_bps: u32,
    /// How long after the deadline money still pays the order by itself.
    pub late_window_ms: i64,
    pub opened_at_ms: i64,
}

crate::document::written! {
    Terms {
        currency, due, ship, stock, underpaid_tolerance_bps, overpaid_tolerance_bps,
        late_window_ms, opened_at_ms,
    }
}

crate::document::readable! {
    Terms {
        currency: get,
        due: get,
        ship: get,
        stock: get,
        underpaid_tolerance_bps: get,
        overpaid_tolerance_bps: get,
        late_window_ms: get,
        opened_at_ms: get,
    }
}
