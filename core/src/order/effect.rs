//! What the host has to do about a decision, in words; the store turns these into rows.

use serde::{Deserialize, Serialize};

use crate::money::Units;

use super::ledger::RefundReason;
use super::status::{Reason, names};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EffectKind {
    SendConfirmationEmail,
    ShipOrder,
    ReserveStock,
    ReleaseStock,
    OrderStatusChanged,
    AlertOperations,
}

names!(pub EffectKind {
    SendConfirmationEmail = "send_confirmation_email",
    ShipOrder = "ship_order",
    ReserveStock = "reserve_stock",
    ReleaseStock = "release_stock",
    OrderStatusChanged = "order_status_changed",
    AlertOperations = "alert_operations",
});

/// Effects of one order in one lane are handed out one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    Stock,
    Status,
    Mail,
    Ship,
    Alert,
}

names!(pub Lane {
    Stock = "stock",
    Status = "status",
    Mail = "mail",
    Ship = "ship",
    Alert = "alert",
});

impl EffectKind {
    #[must_use]
    pub const fn lane(self) -> Lane {
        match self {
            Self::SendConfirmationEmail => Lane::Mail,
            Self::ShipOrder => Lane::Ship,
            Self::ReserveStock | Self::ReleaseStock => Lane::Stock,
            Self::OrderStatusChanged => Lane::Status,
            Self::AlertOperations => Lane::Alert,
        }
    }
}

/// Why operations are alerted about an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "alert", rename_all = "snake_case")]
pub enum Alert {
    /// A person is needed.
    Review { reason: Reason },
    /// Money has to go back, in minor units of the order's currency.
    RefundDue { amount: Units, reason: RefundReason },
    /// The gateway could not pay out to the shop; the customer has paid.
    ForwardingFailed,
    /// The gateway says that the payment failed.
    PaymentFailed,
    /// Goods were shipped that were no longer reserved, and there were not enough.
    Oversold,
}

/// Something to be done once. Shipping is apart: it can be held and taken up again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    SendConfirmationEmail,
    OrderStatusChanged,
    ReserveStock { reservation_no: u32 },
    ReleaseStock { reservation_no: u32 },
    Alert { alert: Alert, attempt: Option<u32> },
}

/// What happens to the order's one `ship_order`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShipCall {
    Leave,
    /// Due, whether it is new, held or void; one that is done stays done.
    Start,
    /// Not handed out while a person is needed.
    Hold,
    /// Never to be handed out again, unless the order is paid again.
    Void,
}

/// What happens to the goods in our own tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StockMove {
    None,
    Reserve,
    Release,
    /// What was reserved leaves the shelf.
    Sell,
    /// Goods that were not reserved any more leave the shelf.
    Take,
}
