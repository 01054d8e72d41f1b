//! One payment as the gateway stores it. Holds facts; what happens to them is decided in
//! `scenario`.

use serde_json::{Map, Value};

use super::chain::Chain;
use super::money::{self, USD_DECIMALS};

/// How long a quote is good for.
pub(crate) const WINDOW_MS: i64 = 15 * 60 * 1000;

/// How long after its window the rescan still finds a deposit.
pub(crate) const RESCAN_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// What the database can hold. `failed` is for card attempts only; `refunded` is never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Pending,
    Confirmed,
    Forwarding,
    Forwarded,
    ForwardingFailed,
    Expired,
    Cancelled,
    Failed,
}

impl Status {
    pub(crate) const ALL: [Self; 8] = [
        Self::Pending,
        Self::Confirmed,
        Self::Forwarding,
        Self::Forwarded,
        Self::ForwardingFailed,
        Self::Expired,
        Self::Cancelled,
        Self::Failed,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Forwarding => "forwarding",
            Self::Forwarded => "forwarded",
            Self::ForwardingFailed => "forwarding_failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether the customer has paid, as this status tells it.
    pub(crate) const fn is_paid(self) -> bool {
        match self {
            Self::Confirmed | Self::Forwarding | Self::Forwarded | Self::ForwardingFailed => true,
            Self::Pending | Self::Expired | Self::Cancelled | Self::Failed => false,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Deposit {
    pub units: u128,
    pub tx_hash: String,
    pub at_ms: i64,
}

#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub id: String,
    pub business_id: String,
    /// In hundred-millionths of a dollar, as are all dollars here.
    pub usd: u128,
    pub fee_usd: u128,
    pub chain: &'static Chain,
    /// In base units of the chain.
    pub quote: u128,
    pub address: String,
    pub status: Status,
    pub created_at_ms: i64,
    pub expires_at_ms: i64,
    pub description: Option<String>,
    pub metadata: Map<String, Value>,
    pub idempotency_key: Option<String>,
    pub card_session: Option<String>,
    pub deposits: Vec<Deposit>,
    pub confirmations: u32,
    /// The customer's transaction, once the service has seen it.
    pub tx_hash: Option<String>,
    /// The payout to the merchant.
    pub forward_tx_hash: Option<String>,
    pub confirmed_at_ms: Option<i64>,
    /// The second of its first event, for senders that never change the id.
    pub first_event_seconds: Option<i64>,
    /// How many events it has had.
    pub events: i64,
}

impl Payment {
    /// All that ever came to the address.
    pub(crate) fn received(&self) -> u128 {
        self.deposits
            .iter()
            .fold(0, |sum, deposit| sum.saturating_add(deposit.units))
    }

    /// Whether the whole quote is at the address, to one part in 10^9.
    pub(crate) fn is_covered(&self) -> bool {
        self.received().saturating_add(self.quote / 1_000_000_000) >= self.quote
    }

    pub(crate) fn missing(&self) -> u128 {
        self.quote.saturating_sub(self.received())
    }

    pub(crate) fn usd_text(&self) -> String {
        money::format(self.usd, USD_DECIMALS)
    }

    pub(crate) fn crypto_text(&self) -> String {
        self.units_text(self.quote)
    }

    pub(crate) fn received_text(&self) -> String {
        self.units_text(self.received())
    }

    pub(crate) fn units_text(&self, units: u128) -> String {
        money::format(units, self.chain.decimals)
    }

    /// The coin for so many dollars, at the price of this payment's own quote.
    pub(crate) fn units_for_usd(&self, usd: u128) -> Option<u128> {
        let total = self.usd.checked_add(self.fee_usd)?;
        self.quote.checked_mul(usd)?.checked_div(total)
    }
}
