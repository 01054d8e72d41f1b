//! What is measured with: one shop's settings, one webhook as the gateway sends it, one order's
//! evidence. Fixed, so that two runs do the same work.

use coinpay_core::sorted::SortedMap;

use anyhow::{Result, ensure};
use coinpay_core::api::PaymentReport;
use coinpay_core::money::{Chain, Currency, Units};
use coinpay_core::order::{
    AttemptEvidence, Circumstances, Evidence, Expected, Input, Quote, Ship, StockMode, StockState,
    Terms, facts_of,
};
use coinpay_core::store::Dialect;
use coinpay_core::time::format_rfc3339;
use coinpay_core::webhook::{parse_webhook, sign_webhook};
use coinpay_core::{Config, Shop};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

pub const SECRET: &str = "whsec_8f14e45fceea167a5a36dedd4bea2543";
pub const BUSINESS: &str = "7b8f2c1e-5d5c-4c6e-9a51-2f6f3f1d9f10";
/// 2026-11-25, noon.
pub const NOW_MS: i64 = 1_795_608_000_000;
/// How long the gateway's usual `payment.confirmed` is, with our metadata in it.
pub const BODY_BYTES: usize = 723;

/// 49.90 dollars, in dollars on Polygon.
const USD: &str = "49.90";
const COINS: u128 = 49_900_000;
const QUOTE_MS: i64 = 15 * 60_000;

/// The order of the samples that need no store.
const ORDER: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

/// A shop that counts its own stock.
///
/// # Errors
/// Where the settings are refused.
pub fn shop() -> Result<std::sync::Arc<Shop>> {
    shop_on(Dialect::Sqlite)
}

/// The same on another kind of database.
///
/// # Errors
/// Where the settings are refused.
pub fn shop_on(dialect: Dialect) -> Result<std::sync::Arc<Shop>> {
    let config = json!({
        "mode": "test",
        "api_key": "cp_test_bench",
        "business_id": BUSINESS,
        "webhook_secrets": [SECRET],
        "stock": "managed",
        "base_url": "http://127.0.0.1:1/api",
        "max_open_orders": 0,
        "requests_per_minute": 100_000,
    });
    let config = Config::from_json(&config.to_string())?;
    Ok(Shop::new(config, dialect)?)
}

/// A payment of the sample gateway, all of which follows from the idempotency key.
#[derive(Clone, Debug)]
pub struct Payment {
    pub id: String,
    pub address: String,
    key: String,
}

impl Payment {
    /// The payment that the gateway makes for this key.
    #[must_use]
    pub fn of_key(key: &str) -> Self {
        let hex = hex(&Sha256::digest(key.as_bytes()));
        let (a, b, c) = (&hex[..8], &hex[8..12], &hex[12..15]);
        let (d, e) = (&hex[15..18], &hex[18..30]);
        Self {
            id: format!("{a}-{b}-4{c}-8{d}-{e}"),
            address: format!("0x{}", &hex[24..64]),
            key: key.to_owned(),
        }
    }

    /// The payment of an order's first attempt.
    #[must_use]
    pub fn of_order(order_id: &str) -> Self {
        Self::of_key(&format!("{order_id}:1"))
    }

    /// What the gateway answers to the create call.
    #[must_use]
    pub fn created(&self) -> Json {
        json!({
            "success": true,
            "payment": {
                "id": self.id,
                "business_id": BUSINESS,
                "amount": USD,
                "amount_usd": USD,
                "currency": "usdc_pol",
                "blockchain": "USDC_POL",
                "crypto_amount": "49.900000",
                "payment_address": self.address,
                "status": "pending",
                "expires_at": format_rfc3339(NOW_MS + QUOTE_MS),
                "created_at": format_rfc3339(NOW_MS),
                "metadata": self.metadata(),
            },
        })
    }

    /// The hash of the customer's transaction, as digits alone.
    #[must_use]
    pub fn transaction(&self) -> String {
        hex(&Sha256::digest(self.id.as_bytes()))
    }

    fn metadata(&self) -> Json {
        let order_id = self.key.split(':').next();
        json!({ "order_id": order_id, "attempt": 1, "idempotency_key": self.key })
    }

    /// The webhook that says that all of it came, [`BODY_BYTES`] long.
    ///
    /// # Panics
    /// If the sample has outgrown that length.
    #[must_use]
    pub fn confirmed(&self) -> Vec<u8> {
        let event = |padding: &str| {
            json!({
                "id": format!("evt_{}_{}", self.id, NOW_MS / 1000),
                "type": "payment.confirmed",
                "business_id": BUSINESS,
                "created_at": format_rfc3339(NOW_MS),
                "data": {
                    "payment_id": self.id,
                    "status": "confirmed",
                    "blockchain": "USDC_POL",
                    "amount_crypto": "49.900000",
                    "amount_usd": USD,
                    "received_amount": 49.9,
                    "payment_address": self.address,
                    "tx_hash": format!("0x{}", self.transaction()),
                    "confirmed_at": format_rfc3339(NOW_MS),
                    "metadata": self.metadata(),
                    "message": padding,
                },
            })
            .to_string()
            .into_bytes()
        };
        let without = event("").len();
        let missing = BODY_BYTES
            .checked_sub(without)
            .expect("the sample is short enough");
        event(&"-".repeat(missing))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A webhook with its signature header.
#[derive(Clone, Debug)]
pub struct Webhook {
    pub body: Vec<u8>,
    pub signature: String,
}

impl Webhook {
    /// The one that pays this order.
    #[must_use]
    pub fn paying(order_id: &str) -> Self {
        let body = Payment::of_order(order_id).confirmed();
        let signature = sign_webhook(&body, SECRET, NOW_MS / 1000);
        Self { body, signature }
    }

    /// The sample that needs no store.
    #[must_use]
    pub fn sample() -> Self {
        Self::paying(ORDER)
    }
}

/// One decision: an open order with one attempt, and the report that pays it.
#[derive(Clone, Debug)]
pub struct Question {
    pub terms: Terms,
    pub evidence: Evidence,
    pub input: Input,
    pub circumstances: Circumstances,
}

impl Question {
    /// # Errors
    /// Where the sample webhook is not read as it is meant.
    pub fn sample() -> Result<Self> {
        let terms = Terms {
            currency: Currency::USD,
            due: Units(4_990),
            ship: Ship::Effect,
            stock: StockMode::Managed,
            underpaid_tolerance_bps: 100,
            overpaid_tolerance_bps: 100,
            late_window_ms: 24 * 3_600_000,
            opened_at_ms: NOW_MS - 60_000,
        };
        let mut evidence = Evidence::opened(NOW_MS + 3_600_000, StockState::Held);
        let quote = quote()?;
        let payment = Payment::of_order(ORDER);
        let expected = Expected {
            business_id: BUSINESS,
            address: Some(&payment.address),
            quote: &quote,
            usd_cents: Units(4_990),
        };
        let event = parse_webhook(&payment.confirmed())?;
        let report: &PaymentReport = &event.data;
        let facts = facts_of(report, Some(event.kind), &expected);
        ensure!(
            facts.paid_asserted && facts.conflicts.is_empty(),
            "a sample that pays"
        );
        let opened = AttemptEvidence {
            quote: Some(quote.clone()),
            ..Default::default()
        };
        evidence.attempts = SortedMap::from([(1, opened)]);
        Ok(Self {
            terms,
            evidence,
            input: Input::PaymentReported { attempt: 1, facts },
            circumstances: Circumstances {
                now_ms: NOW_MS,
                stock_available: true,
                newer_order: false,
            },
        })
    }
}

fn quote() -> Result<Quote> {
    let chain = Chain::parse("USDC_POL")?;
    Ok(Quote {
        chain,
        crypto: Units(COINS),
        worth: Units(4_990),
    })
}
