//! The body of a test event, in the shape of the part of the gateway that would write it. What
//! is not known of a payment is null, which contradicts nobody.

use clap::ValueEnum;
use coinpay_core::api::PaymentReport;
use coinpay_core::money::{Chain, Decimal, Units};
use coinpay_core::time::format_rfc3339;
use coinpay_core::webhook::EventKind;
use serde_json::{Map, Number, Value, json};

/// The part of the gateway that noticed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Shape {
    Monitor,
    BalanceCheck,
    Forwarding,
    Card,
}

impl Shape {
    /// Who usually writes an event of this type.
    pub(crate) const fn usual(kind: EventKind) -> Self {
        match kind {
            EventKind::PaymentForwarded
            | EventKind::PaymentForwarding
            | EventKind::PaymentForwardingFailed => Self::Forwarding,
            _ => Self::Monitor,
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Monitor => "monitor",
            Self::BalanceCheck => "balance_check",
            Self::Forwarding => "forwarding",
            Self::Card => "card",
        }
    }
}

/// What the event is about.
pub(crate) struct Facts {
    pub payment_id: String,
    pub business_id: Option<String>,
    pub blockchain: Option<String>,
    pub address: Option<String>,
    pub usd: Option<String>,
    pub crypto: Option<String>,
    /// Filled in where the payment is made up.
    pub transaction: Option<String>,
}

impl Facts {
    /// Nothing but the id: every other fact is left open.
    pub(crate) fn unknown(payment_id: &str) -> Self {
        Self {
            payment_id: payment_id.to_owned(),
            business_id: None,
            blockchain: None,
            address: None,
            usd: None,
            crypto: None,
            transaction: None,
        }
    }

    /// What the gateway tells of the payment.
    pub(crate) fn told(payment_id: &str, report: &PaymentReport) -> Self {
        let text = |amount: &Option<Decimal>| amount.as_ref().map(Decimal::to_string);
        Self {
            business_id: report.business_id.clone(),
            blockchain: report.blockchain.as_deref().map(str::to_ascii_uppercase),
            address: report.payment_address.clone(),
            usd: text(&report.amount_usd).or_else(|| text(&report.amount)),
            crypto: text(&report.amount_crypto),
            transaction: report.tx_hash.clone(),
            ..Self::unknown(payment_id)
        }
    }

    /// A payment that never was: its address has no valid checksum, so that nobody can pay it.
    pub(crate) fn made_up(payment_id: &str) -> Self {
        let some = |text: &str| Some(text.to_owned());
        Self {
            blockchain: some("BTC"),
            address: some("bc1qtestevent0000000000000000000000000000x"),
            usd: some("20.00"),
            crypto: some("0.0003125"),
            transaction: Some("7e57".repeat(16)),
            ..Self::unknown(payment_id)
        }
    }

    /// What the merchant gets and the half percent that the gateway keeps.
    fn shares(&self) -> Option<(String, String)> {
        let decimals = Chain::parse(self.blockchain.as_deref()?).ok()?.decimals();
        let came = Decimal::parse(self.crypto.as_deref()?).ok()?;
        let came = came.to_units_rounded(decimals).ok()?;
        let fee = Units(came.0 / 200);
        let text = |units| Decimal::from_units(units, decimals).to_string();
        Some((text(came.saturating_sub(fee)), text(fee)))
    }
}

/// The whole event; `changes` replace or add fields of its `data`.
pub(crate) fn event(
    kind: &str,
    shape: Shape,
    facts: &Facts,
    changes: &Map<String, Value>,
    now_ms: i64,
) -> Value {
    let mut data = if kind == "test.webhook" {
        test(facts)
    } else {
        match shape {
            Shape::Monitor => monitor(kind, facts, now_ms),
            Shape::BalanceCheck => balance_check(kind, facts, now_ms),
            Shape::Forwarding => forwarding(kind, facts, now_ms),
            Shape::Card => card(kind, facts),
        }
    };
    if let Some(data) = data.as_object_mut() {
        data.extend(changes.clone());
    }
    json!({
        "id": format!("evt_{}_{}", facts.payment_id, now_ms.div_euclid(1_000)),
        "type": kind,
        "data": data,
        "created_at": format_rfc3339(now_ms),
        "business_id": facts.business_id,
    })
}

fn test(facts: &Facts) -> Value {
    json!({
        "payment_id": facts.payment_id,
        "status": "test",
        "message": "A test event.",
    })
}

fn monitor(kind: &str, facts: &Facts, now_ms: i64) -> Value {
    let mut data = json!({
        "payment_id": facts.payment_id,
        "status": status(kind),
        "blockchain": facts.blockchain,
        "amount_crypto": facts.crypto,
        "payment_address": facts.address,
    });
    if kind == "payment.confirmed" {
        data["received_amount"] = number(facts.crypto.as_deref());
        data["confirmed_at"] = format_rfc3339(now_ms).into();
    }
    if kind == "payment.expired" {
        data["reason"] = "The payment window is over".into();
        data["expired_at"] = format_rfc3339(now_ms).into();
    }
    data
}

fn balance_check(kind: &str, facts: &Facts, now_ms: i64) -> Value {
    let mut data = with_amounts(kind, facts, facts.blockchain.clone());
    if kind == "payment.confirmed" {
        data["received_amount"] = number(facts.crypto.as_deref());
        data["confirmed_at"] = format_rfc3339(now_ms).into();
    }
    data
}

fn forwarding(kind: &str, facts: &Facts, now_ms: i64) -> Value {
    let currency = facts.blockchain.as_deref().map(str::to_ascii_lowercase);
    let mut data = with_amounts(kind, facts, currency);
    let shares = facts.shares();
    let share = |which: fn(&(String, String)) -> &String| {
        number(shares.as_ref().map(which).map(String::as_str))
    };
    data["merchant_amount"] = share(|shares| &shares.0);
    data["platform_fee"] = share(|shares| &shares.1);
    let payout = (kind == "payment.forwarded").then(|| "f0f0".repeat(16));
    data["merchant_tx_hash"] = json!(payout);
    data["platform_tx_hash"] = json!(payout.as_ref().map(|_| "fee0".repeat(16)));
    if payout.is_some() {
        // The payout, not what the customer sent.
        data["tx_hash"] = json!(payout);
    }
    if kind == "payment.confirmed" {
        data["confirmed_at"] = format_rfc3339(now_ms).into();
    }
    data
}

fn card(kind: &str, facts: &Facts) -> Value {
    json!({
        "payment_id": facts.payment_id,
        "status": status(kind),
        "amount": facts.usd,
        "amount_usd": number(facts.usd.as_deref()),
        "currency": "usd",
        "payment_address": null,
        "amount_crypto": null,
        "tx_hash": "pi_test_event",
        "metadata": { "payment_rail": "card" },
    })
}

fn with_amounts(kind: &str, facts: &Facts, currency: Option<String>) -> Value {
    json!({
        "payment_id": facts.payment_id,
        "status": status(kind),
        "amount": number(facts.usd.as_deref()),
        "amount_usd": facts.usd,
        "amount_crypto": facts.crypto,
        "currency": currency,
        "payment_address": facts.address,
        "tx_hash": facts.transaction,
        "metadata": {},
    })
}

fn status(kind: &str) -> &str {
    kind.strip_prefix("payment.").unwrap_or(kind)
}

/// A JSON number with these very digits.
fn number(text: Option<&str>) -> Value {
    let number = text.and_then(|text| text.parse::<Number>().ok());
    number.map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use coinpay_core::webhook::parse_webhook;

    use super::*;

    const SHAPES: [Shape; 4] = [
        Shape::Monitor,
        Shape::BalanceCheck,
        Shape::Forwarding,
        Shape::Card,
    ];

    fn data(kind: &str, shape: Shape, facts: &Facts) -> Value {
        event(kind, shape, facts, &Map::new(), 1_795_392_000_000)["data"].clone()
    }

    #[test]
    fn the_library_reads_every_type_in_every_shape() {
        for (kind, name) in EventKind::ALL {
            for shape in SHAPES {
                for facts in [Facts::made_up("p1"), Facts::unknown("p1")] {
                    let body = event(name, shape, &facts, &Map::new(), 1_795_392_000_000);
                    let read = parse_webhook(body.to_string().as_bytes()).expect("an event");
                    assert_eq!(read.kind, *kind);
                    assert_eq!(read.id.as_deref(), Some("evt_p1_1795392000"));
                    assert_eq!(read.data.payment_id.as_deref(), Some("p1"));
                    assert_eq!(read.data.unreadable, [""; 0], "{name} {shape:?}");
                }
            }
        }
    }

    #[test]
    fn the_monitor_is_thin_and_measures_on_confirmed_alone() {
        let facts = Facts::made_up("p1");
        let confirmed = data("payment.confirmed", Shape::Monitor, &facts);
        assert_eq!(confirmed["received_amount"].to_string(), "0.0003125");
        for missing in ["metadata", "amount_usd", "currency"] {
            assert!(confirmed.get(missing).is_none(), "{missing}");
        }
        let expired = data("payment.expired", Shape::Monitor, &facts);
        assert!(expired.get("received_amount").is_none());
        assert_eq!(expired["expired_at"], "2026-11-23T00:00:00.000Z");
    }

    #[test]
    fn forwarding_splits_what_came_and_names_the_payout() {
        let facts = Facts::made_up("p1");
        let forwarded = data("payment.forwarded", Shape::Forwarding, &facts);
        assert_eq!(forwarded["merchant_amount"].to_string(), "0.00031094");
        assert_eq!(forwarded["platform_fee"].to_string(), "0.00000156");
        assert_eq!(forwarded["tx_hash"], forwarded["merchant_tx_hash"]);
        assert_eq!(forwarded["currency"], "btc");
    }

    #[test]
    fn what_is_not_known_of_a_payment_is_null() {
        let confirmed = data(
            "payment.confirmed",
            Shape::BalanceCheck,
            &Facts::unknown("p1"),
        );
        for unknown in [
            "amount",
            "amount_crypto",
            "payment_address",
            "received_amount",
        ] {
            assert_eq!(confirmed[unknown], Value::Null, "{unknown}");
        }
    }

    #[test]
    fn given_fields_replace_those_of_the_shape() {
        let changes = json!({ "received_amount": "0.0001", "extra": 1 });
        let changes = changes.as_object().expect("an object");
        let facts = Facts::made_up("p1");
        let event = event("payment.confirmed", Shape::Monitor, &facts, changes, 0);
        assert_eq!(event["data"]["received_amount"], "0.0001");
        assert_eq!(event["data"]["extra"], 1);
    }
}
