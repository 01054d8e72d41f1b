//! What can be learnt of an order or asked of it, and what became of that.

use crate::sorted::SortedSet;

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use crate::document::{ToJson, json, put};
use crate::money::Units;

use super::evidence::{CancelledBy, GatewayRefund, Quote};
use super::status::{Reason, names};

/// What one authentic report says about one attempt: a webhook, or the gateway's own answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PaymentFacts {
    pub seen: bool,
    pub paid_asserted: bool,
    /// The total measured at the address, in base units of the chain.
    pub received: Option<Units>,
    pub forwarded: bool,
    pub forwarding_failed: bool,
    pub expired: bool,
    pub failed: bool,
    pub refunded: Option<GatewayRefund>,
    pub conflicts: SortedSet<String>,
    /// When the gateway says that it confirmed the payment.
    pub confirmed_at_ms: Option<i64>,
    pub transaction: Option<String>,
    pub payout: Option<String>,
}

crate::document::written! {
    PaymentFacts {
        seen, paid_asserted, received, forwarded, forwarding_failed, expired, failed, refunded,
        conflicts, confirmed_at_ms, transaction, payout,
    }
}

impl PaymentFacts {
    /// Whether this report says that money came, much or little.
    #[must_use]
    pub fn claims_money(&self) -> bool {
        self.paid_asserted
            || self.forwarded
            || self.refunded.is_some()
            || self.received.is_some_and(|units| !units.is_zero())
    }
}

/// One thing learnt or asked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "input", rename_all = "snake_case")]
pub enum Input {
    /// The gateway reported on an attempt, by webhook or when asked.
    PaymentReported {
        attempt: u32,
        facts: PaymentFacts,
    },
    /// Another payment is going to be asked of the gateway.
    AttemptRequested {
        attempt: u32,
        deadline_at_ms: i64,
    },
    /// The gateway answered with an address and a quote.
    AttemptOpened {
        attempt: u32,
        quote: Quote,
    },
    Cancelled {
        by: CancelledBy,
    },
    /// The shop's order was paid through another method.
    PaidElsewhere,
    /// A person takes the order as paid in spite of these reasons.
    Accepted {
        reasons: SortedSet<Reason>,
    },
    /// A person ends the order; what came is to be refunded.
    Closed,
    /// A person recorded a refund made, or one waived.
    RefundRecorded {
        id: String,
        amount: Units,
        ends_order: bool,
        waived: bool,
    },
    /// A person handed over the goods.
    MarkedFulfilled,
    /// The host says that `ship_order` is done. A fact about the world, whatever the status.
    Shipped,
    /// The deadline passed, after a last look at the gateway.
    DeadlinePassed,
    /// The host answered `reserve_stock`.
    StockAnswered {
        reservation_no: u32,
        reserved: bool,
    },
    /// A person has been needed for longer than the goods are kept aside.
    ReviewAged,
}

impl Input {
    /// The name of the kind, as in logs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::PaymentReported { .. } => "payment_reported",
            Self::AttemptRequested { .. } => "attempt_requested",
            Self::AttemptOpened { .. } => "attempt_opened",
            Self::Cancelled { .. } => "cancelled",
            Self::PaidElsewhere => "paid_elsewhere",
            Self::Accepted { .. } => "accepted",
            Self::Closed => "closed",
            Self::RefundRecorded { .. } => "refund_recorded",
            Self::MarkedFulfilled => "marked_fulfilled",
            Self::Shipped => "shipped",
            Self::DeadlinePassed => "deadline_passed",
            Self::StockAnswered { .. } => "stock_answered",
            Self::ReviewAged => "review_aged",
        }
    }
}

/// Why a command was not taken. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rejection {
    /// Money has been claimed, or a person accepted the order.
    MoneyClaimed,
    /// Nothing has been claimed.
    NoMoney,
    NotPaid,
    /// The goods are not to be had.
    NoStock,
    /// The host has not said yet whether the goods are to be had.
    AwaitingStock,
    /// The reasons named are not those that hold now.
    ReasonsChanged,
    /// The order has ended.
    Ended,
    /// More than what came.
    MoreThanCredited,
    AlreadyCancelled,
}

names!(pub Rejection {
    MoneyClaimed = "money_claimed",
    NoMoney = "no_money",
    NotPaid = "not_paid",
    NoStock = "no_stock",
    AwaitingStock = "awaiting_stock",
    ReasonsChanged = "reasons_changed",
    Ended = "ended",
    MoreThanCredited = "more_than_credited",
    AlreadyCancelled = "already_cancelled",
});

/// What became of an input.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    Applied,
    /// It was known already; nothing changed.
    AlreadyApplied,
    /// It says less than what was known already; nothing changed.
    Stale,
    /// It contradicts what is stored, in this field.
    Conflicting {
        field: String,
    },
    Rejected {
        reason: Rejection,
    },
}

impl ToJson for Input {
    fn to_json(&self) -> Json {
        let mut fields = Map::new();
        put(&mut fields, "input", self.name().to_json());
        match self {
            Self::PaymentReported { attempt, facts } => {
                put(&mut fields, "attempt", attempt.to_json());
                put(&mut fields, "facts", facts.to_json());
            }
            Self::AttemptRequested {
                attempt,
                deadline_at_ms,
            } => {
                put(&mut fields, "attempt", attempt.to_json());
                put(&mut fields, "deadline_at_ms", deadline_at_ms.to_json());
            }
            Self::AttemptOpened { attempt, quote } => {
                put(&mut fields, "attempt", attempt.to_json());
                put(&mut fields, "quote", quote.to_json());
            }
            Self::Cancelled { by } => put(&mut fields, "by", by.to_json()),
            Self::Accepted { reasons } => put(&mut fields, "reasons", reasons.to_json()),
            Self::RefundRecorded {
                id,
                amount,
                ends_order,
                waived,
            } => {
                put(&mut fields, "id", id.to_json());
                put(&mut fields, "amount", amount.to_json());
                put(&mut fields, "ends_order", ends_order.to_json());
                put(&mut fields, "waived", waived.to_json());
            }
            Self::StockAnswered {
                reservation_no,
                reserved,
            } => {
                put(&mut fields, "reservation_no", reservation_no.to_json());
                put(&mut fields, "reserved", reserved.to_json());
            }
            Self::PaidElsewhere
            | Self::Closed
            | Self::MarkedFulfilled
            | Self::Shipped
            | Self::DeadlinePassed
            | Self::ReviewAged => {}
        }
        Json::Object(fields)
    }
}

crate::document::serialize!(Input);

impl ToJson for Outcome {
    fn to_json(&self) -> Json {
        match self {
            Self::Applied => json!({ "outcome": "applied" }),
            Self::AlreadyApplied => json!({ "outcome": "already_applied" }),
            Self::Stale => json!({ "outcome": "stale" }),
            Self::Conflicting { field } => json!({ "outcome": "conflicting", "field": field }),
            Self::Rejected { reason } => json!({ "outcome": "rejected", "reason": reason }),
        }
    }
}

crate::document::serialize!(Outcome);
