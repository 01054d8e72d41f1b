//! What is known of an order. It only grows; the status is derived from it, so that the order in
//! which facts arrive does not matter.

use crate::sorted::{SortedMap, SortedSet};

use serde_json::Value as Json;

use crate::document::{Fields, FromJson, ToJson, json};
use crate::money::{Chain, Units, mul_div_floor};

use super::status::Reason;

/// What the gateway asked the customer to send for one attempt, and what that is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    pub chain: Chain,
    /// In base units of `chain`.
    pub crypto: Units,
    /// What `crypto` pays of the order, in minor units of the order's currency.
    pub worth: Units,
}

crate::document::written! {
    Quote {
        chain, crypto, worth,
    }
}

crate::document::readable! {
    Quote {
        chain: get,
        crypto: get,
        worth: get,
    }
}

impl Quote {
    /// What so many base units of the chain pay of the order.
    fn worth_of(&self, units: Units) -> Units {
        if self.crypto.is_zero() {
            return Units::ZERO;
        }
        mul_div_floor(units, self.worth, self.crypto).unwrap_or(Units(u128::MAX))
    }
}

/// A refund that the gateway reports on an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatewayRefund {
    /// In base units of the attempt's chain.
    Amount(Units),
    /// No amount was said: all that was credited.
    All,
}

impl ToJson for GatewayRefund {
    fn to_json(&self) -> Json {
        match self {
            Self::Amount(units) => json!({ "amount": units }),
            Self::All => json!("all"),
        }
    }
}

impl FromJson for GatewayRefund {
    fn from_json(value: &Json) -> Option<Self> {
        match value.as_str() {
            Some("all") => Some(Self::All),
            Some(_) => None,
            None => Fields::of(value)?.get("amount").map(Self::Amount),
        }
    }
}

crate::document::serialize!(GatewayRefund);
crate::document::deserialize!(GatewayRefund);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttemptEvidence {
    /// Absent until the gateway has answered the create call.
    pub quote: Option<Quote>,
    /// A transaction is on its way; it proves nothing yet.
    pub seen: bool,
    pub paid_asserted: bool,
    /// The largest total measured at the address, in base units of the chain.
    pub received: Option<Units>,
    pub forwarded: bool,
    pub forwarding_failed: bool,
    pub expired: bool,
    pub failed: bool,
    pub refunded: Option<GatewayRefund>,
    /// Fields in which a report that claims money contradicted what was stored.
    pub conflicts: SortedSet<String>,
    /// When money was first claimed: the gateway's own time if it said one that is earlier.
    pub first_claimed_at_ms: Option<i64>,
    /// Another, newer order had the checkout key when money was first claimed.
    pub newer_order: bool,
    /// Hashes of the customer's transactions.
    pub transactions: SortedSet<String>,
    /// Hashes of payouts to the shop.
    pub payouts: SortedSet<String>,
}

crate::document::written! {
    AttemptEvidence {
        quote, seen, paid_asserted, received, forwarded, forwarding_failed, expired, failed,
        refunded, conflicts, first_claimed_at_ms, newer_order, transactions, payouts,
    }
}

crate::document::readable! {
    AttemptEvidence {
        quote: or_default,
        seen: or_default,
        paid_asserted: or_default,
        received: or_default,
        forwarded: or_default,
        forwarding_failed: or_default,
        expired: or_default,
        failed: or_default,
        refunded: or_default,
        conflicts: or_default,
        first_claimed_at_ms: or_default,
        newer_order: or_default,
        transactions: or_default,
        payouts: or_default,
    }
}

impl AttemptEvidence {
    /// Whether the gateway says that money came, much or little.
    #[must_use]
    pub fn claimed(&self) -> bool {
        self.paid_asserted || self.received.is_some_and(|units| !units.is_zero())
    }

    /// What this attempt pays of the order, in minor units of its currency. A measurement
    /// outranks an assertion, whichever came first.
    #[must_use]
    pub fn credit(&self) -> Units {
        let Some(quote) = &self.quote else {
            return Units::ZERO;
        };
        match self.received {
            Some(received) => quote.worth_of(received),
            None if self.paid_asserted => quote.worth,
            None => Units::ZERO,
        }
    }

    /// What the gateway has given back of that credit.
    #[must_use]
    pub fn refunded_credit(&self) -> Units {
        match (self.refunded, &self.quote) {
            (None, _) | (Some(_), None) => Units::ZERO,
            (Some(GatewayRefund::All), Some(_)) => self.credit(),
            (Some(GatewayRefund::Amount(units)), Some(quote)) => quote.worth_of(units),
        }
    }

    /// What is left of that credit after what the gateway has given back.
    #[must_use]
    pub fn kept(&self) -> Units {
        self.credit().saturating_sub(self.refunded_credit())
    }

    /// Whether the gateway gave back all of it.
    #[must_use]
    pub fn fully_refunded(&self) -> bool {
        self.refunded == Some(GatewayRefund::All)
            || (self.refunded.is_some() && self.refunded_credit() >= self.credit())
    }

    #[must_use]
    pub(super) fn partially_refunded(&self) -> bool {
        self.refunded.is_some() && !self.fully_refunded()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CancelledBy {
    Customer,
    Shop,
    /// The gateway refused to make a payment for it.
    Refusal,
}

crate::order::names!(pub CancelledBy {
    Customer = "customer",
    Shop = "shop",
    Refusal = "refusal",
});

/// A refund, or the decision not to make one, that a person recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedRefund {
    /// In minor units of the order's currency.
    pub amount: Units,
    /// The order is over with it; money that comes later is to be refunded too.
    pub ends_order: bool,
    /// Not sent: the customer agreed to leave it.
    pub waived: bool,
    pub at_ms: i64,
}

crate::document::written! {
    RecordedRefund {
        amount, ends_order, waived, at_ms,
    }
}

crate::document::readable! {
    RecordedRefund {
        amount: get,
        ends_order: get,
        waived: get,
        at_ms: get,
    }
}

/// Whether the goods are set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockState {
    /// Nobody counts.
    Off,
    Held,
    Released,
    /// It was tried again after a release, and there was not enough.
    Missing,
    /// The host was asked to reserve again and has not answered.
    Awaiting,
    Sold,
}

crate::order::names!(pub StockState {
    Off = "off",
    Held = "held",
    Released = "released",
    Missing = "missing",
    Awaiting = "awaiting",
    Sold = "sold",
});

impl StockState {
    #[must_use]
    pub const fn is_held(self) -> bool {
        match self {
            Self::Off | Self::Held | Self::Sold => true,
            Self::Released | Self::Missing | Self::Awaiting => false,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    pub attempts: SortedMap<u32, AttemptEvidence>,
    pub cancelled: Option<CancelledBy>,
    pub paid_elsewhere: bool,
    /// The reasons that a person accepted; present but empty: accepted without money.
    pub accepted: Option<SortedSet<Reason>>,
    pub closed: bool,
    pub fulfilled: bool,
    pub refunds: SortedMap<String, RecordedRefund>,
    pub deadline_passed: bool,
    /// Moved by new attempts, never back.
    pub deadline_at_ms: i64,
    pub stock: StockState,
    /// Which reservation of the order this is: 1 at checkout, one more each time it is renewed.
    pub reservation_no: u32,
    /// Since when a person is needed, if one is; anew when goods are set aside once more.
    pub review_since_ms: Option<i64>,
}

crate::document::written! {
    Evidence {
        attempts, cancelled, paid_elsewhere, accepted, closed, fulfilled, refunds, deadline_passed,
        deadline_at_ms, stock, reservation_no, review_since_ms,
    }
}

crate::document::readable! {
    Evidence {
        attempts: get,
        cancelled: or_default,
        paid_elsewhere: or_default,
        accepted: or_default,
        closed: or_default,
        fulfilled: or_default,
        refunds: or_default,
        deadline_passed: or_default,
        deadline_at_ms: get,
        stock: get,
        reservation_no: get,
        review_since_ms: or_default,
    }
}

impl Evidence {
    /// An order as it is opened, without an attempt yet.
    #[must_use]
    pub fn opened(deadline_at_ms: i64, stock: StockState) -> Self {
        Self {
            attempts: SortedMap::new(),
            cancelled: None,
            paid_elsewhere: false,
            accepted: None,
            closed: false,
            fulfilled: false,
            refunds: SortedMap::new(),
            deadline_passed: false,
            deadline_at_ms,
            stock,
            reservation_no: 1,
            review_since_ms: None,
        }
    }

    /// Whether the gateway says that money came, on any attempt.
    #[must_use]
    pub fn claimed(&self) -> bool {
        self.attempts.values().any(AttemptEvidence::claimed)
    }

    /// All that came, in minor units of the order's currency.
    #[must_use]
    pub fn credited(&self) -> Units {
        self.attempts.values().map(AttemptEvidence::credit).sum()
    }
}
