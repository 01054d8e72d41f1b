//! The rows as structs: one place that knows the order of the columns, for reading and writing.

use crate::Result;
use crate::document::{ToJson, text};
use crate::money::{Chain, Units};
use crate::order::status_names;
use crate::order::{EffectKind, Evidence, Lane, PaymentStatus, Reason, RefundDue, Status, Terms};

use super::executor::Value;
use super::row::Fields;

/// What was asked for at checkout, kept as it was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) items: Vec<Item>,
    pub(crate) description: Option<String>,
    /// What the host wants to find again at the gateway.
    pub(crate) metadata: serde_json::Map<String, serde_json::Value>,
    /// The host's own reservation, where the host counts the stock.
    pub(crate) reservation_id: Option<String>,
}

crate::document::written! {
    Contents {
        items, description, metadata, reservation_id,
    }
}

crate::document::readable! {
    Contents {
        items: get,
        description: or_default,
        metadata: or_default,
        reservation_id: or_default,
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub sku: String,
    pub quantity: u32,
    /// In minor units of the order's currency, for one piece.
    pub price: Units,
    pub digital: bool,
}

crate::document::written! {
    Item {
        sku, quantity, price, digital,
    }
}

crate::document::readable! {
    Item {
        sku: get,
        quantity: get,
        price: get,
        digital: or_default,
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OrderRecord {
    pub(crate) id: String,
    pub(crate) version: i64,
    pub(crate) checkout_key: String,
    pub(crate) key_lock: String,
    pub(crate) cart_id: Option<String>,
    pub(crate) user_id: Option<String>,
    pub(crate) total_usd: Option<String>,
    pub(crate) payment_blockchain: Chain,
    pub(crate) coinpay_payment_id: Option<String>,
    pub(crate) payment_address: Option<String>,
    pub(crate) crypto_amount: Option<String>,
    pub(crate) status: Status,
    pub(crate) payment_status: PaymentStatus,
    pub(crate) attention: Vec<Reason>,
    pub(crate) refund_due: Option<RefundDue>,
    pub(crate) expires_at_ms: Option<i64>,
    pub(crate) due_at_ms: Option<i64>,
    pub(crate) paid_at_ms: Option<i64>,
    pub(crate) forwarded_at_ms: Option<i64>,
    pub(crate) failed_at_ms: Option<i64>,
    pub(crate) created_at_ms: i64,
    pub(crate) updated_at_ms: i64,
    pub(crate) status_token: String,
    pub(crate) terms: Terms,
    pub(crate) evidence: Evidence,
    pub(crate) contents: Contents,
    /// The customer's own data as JSON, apart so that it can be erased.
    pub(crate) customer: Option<String>,
}

impl OrderRecord {
    pub(super) const COLUMNS: &'static str = "id, version, checkout_key, key_lock, cart_id, \
        user_id, currency, total, total_usd, payment_method, payment_blockchain, \
        coinpay_payment_id, payment_address, crypto_amount, status, payment_status, attention, \
        refund_due, expires_at, deadline_at, due_at, paid_at, forwarded_at, failed_at, \
        created_at, updated_at, status_token, terms, evidence, contents, customer";

    /// The columns of a row that are not the record's own.
    pub(crate) fn behind(row: &[Value]) -> &[Value] {
        row.get(Self::COLUMNS.split(',').count()..)
            .unwrap_or_default()
    }

    pub(crate) fn read(row: &[Value]) -> Result<Self> {
        let mut fields = Fields::of("orders", row);
        let id = fields.text()?;
        let version = fields.integer()?;
        let checkout_key = fields.text()?;
        let key_lock = fields.text()?;
        let cart_id = fields.optional_text()?;
        let user_id = fields.optional_text()?;
        // Currency and total stand in the terms too; the columns are for people who query.
        fields.text()?;
        fields.text()?;
        let total_usd = fields.optional_text()?;
        fields.text()?;
        let payment_blockchain = fields.parsed(|code| Chain::parse(code).ok())?;
        let coinpay_payment_id = fields.optional_text()?;
        let payment_address = fields.optional_text()?;
        let crypto_amount = fields.optional_text()?;
        let status = fields.parsed(Status::parse)?;
        let payment_status = fields.parsed(PaymentStatus::parse)?;
        let attention = fields.parsed(status_names)?;
        let refund_due = fields.optional_json()?;
        let expires_at_ms = fields.optional_integer()?;
        fields.integer()?;
        Ok(Self {
            id,
            version,
            checkout_key,
            key_lock,
            cart_id,
            user_id,
            total_usd,
            payment_blockchain,
            coinpay_payment_id,
            payment_address,
            crypto_amount,
            status,
            payment_status,
            attention,
            refund_due,
            expires_at_ms,
            due_at_ms: fields.optional_integer()?,
            paid_at_ms: fields.optional_integer()?,
            forwarded_at_ms: fields.optional_integer()?,
            failed_at_ms: fields.optional_integer()?,
            created_at_ms: fields.integer()?,
            updated_at_ms: fields.integer()?,
            status_token: fields.text()?,
            terms: fields.json()?,
            evidence: fields.json()?,
            contents: fields.json()?,
            customer: fields.optional_text()?,
        })
    }

    /// The values in the order of `COLUMNS`.
    pub(crate) fn values(&self) -> Vec<Value> {
        let attention: Vec<_> = self
            .attention
            .iter()
            .map(|reason| reason.as_str())
            .collect();
        vec![
            self.id.as_str().into(),
            self.version.into(),
            self.checkout_key.as_str().into(),
            self.key_lock.as_str().into(),
            self.cart_id.clone().into(),
            self.user_id.clone().into(),
            self.terms.currency.code().into(),
            self.terms.due.to_string().into(),
            self.total_usd.clone().into(),
            "crypto".into(),
            self.payment_blockchain.code().into(),
            self.coinpay_payment_id.clone().into(),
            self.payment_address.clone().into(),
            self.crypto_amount.clone().into(),
            self.status.as_str().into(),
            self.payment_status.as_str().into(),
            attention.join(" ").into(),
            self.refund_due.as_ref().map(document).into(),
            self.expires_at_ms.into(),
            self.evidence.deadline_at_ms.into(),
            self.due_at_ms.into(),
            self.paid_at_ms.into(),
            self.forwarded_at_ms.into(),
            self.failed_at_ms.into(),
            self.created_at_ms.into(),
            self.updated_at_ms.into(),
            self.status_token.as_str().into(),
            document(&self.terms).into(),
            document(&self.evidence).into(),
            document(&self.contents).into(),
            self.customer.clone().into(),
        ]
    }
}

pub(crate) fn document<T: ToJson>(value: &T) -> String {
    text(&value.to_json())
}

/// What is known of the create call of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttemptState {
    /// The request is stored; whether the gateway made the payment is not known.
    Creating,
    Open,
    /// The gateway made it, and it is not to be shown: too old, or another took its place.
    Superseded,
    /// The gateway will not make it.
    Refused,
}

crate::order::names!(pub(crate) AttemptState {
    Creating = "creating",
    Open = "open",
    Superseded = "superseded",
    Refused = "refused",
});

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AttemptRecord {
    pub(crate) order_id: String,
    pub(crate) attempt: u32,
    pub(crate) idempotency_key: String,
    pub(crate) coinpay_payment_id: Option<String>,
    pub(crate) payment_blockchain: Chain,
    pub(crate) state: AttemptState,
    /// Exactly what was sent, so that a repetition is the same to the last byte.
    pub(crate) request_body: String,
    pub(crate) usd_cents: Units,
    /// What the attempt is to pay of the order, in minor units of its currency.
    pub(crate) worth: Units,
    pub(crate) rate: Option<String>,
    pub(crate) payment_address: Option<String>,
    pub(crate) crypto_amount: Option<Units>,
    pub(crate) expires_at_ms: Option<i64>,
    pub(crate) created_at_ms: i64,
    pub(crate) answered_at_ms: Option<i64>,
    pub(crate) looks: u32,
    pub(crate) looked_at_ms: Option<i64>,
    pub(crate) next_look_at_ms: Option<i64>,
    /// 1 while the order is open, 2 after; the order in which attempts are looked at.
    pub(crate) look_rank: u32,
    /// How its money was first heard of: `webhook` or `asking`.
    pub(crate) learnt_by: Option<String>,
    pub(crate) error: Option<String>,
}

impl AttemptRecord {
    pub(super) const COLUMNS: &'static str = "order_id, attempt, idempotency_key, \
        coinpay_payment_id, payment_blockchain, state, request_body, amount_usd, worth, rate, \
        payment_address, crypto_amount, expires_at, created_at, answered_at, looks, looked_at, \
        next_look_at, look_rank, learnt_by, error";

    pub(crate) fn read(row: &[Value]) -> Result<Self> {
        let mut fields = Fields::of("payments", row);
        let units = |text: &str| text.parse().ok().map(Units);
        Ok(Self {
            order_id: fields.text()?,
            attempt: fields.count()?,
            idempotency_key: fields.text()?,
            coinpay_payment_id: fields.optional_text()?,
            payment_blockchain: fields.parsed(|code| Chain::parse(code).ok())?,
            state: fields.parsed(AttemptState::parse)?,
            request_body: fields.text()?,
            usd_cents: fields.parsed(units)?,
            worth: fields.parsed(units)?,
            rate: fields.optional_text()?,
            payment_address: fields.optional_text()?,
            crypto_amount: fields.optional_text()?.as_deref().and_then(units),
            expires_at_ms: fields.optional_integer()?,
            created_at_ms: fields.integer()?,
            answered_at_ms: fields.optional_integer()?,
            looks: fields.count()?,
            looked_at_ms: fields.optional_integer()?,
            next_look_at_ms: fields.optional_integer()?,
            look_rank: fields.count()?,
            learnt_by: fields.optional_text()?,
            error: fields.optional_text()?,
        })
    }

    pub(crate) fn values(&self) -> Vec<Value> {
        vec![
            self.order_id.as_str().into(),
            self.attempt.into(),
            self.idempotency_key.as_str().into(),
            self.coinpay_payment_id.clone().into(),
            self.payment_blockchain.code().into(),
            self.state.as_str().into(),
            self.request_body.as_str().into(),
            self.usd_cents.to_string().into(),
            self.worth.to_string().into(),
            self.rate.clone().into(),
            self.payment_address.clone().into(),
            self.crypto_amount.map(|units| units.to_string()).into(),
            self.expires_at_ms.into(),
            self.created_at_ms.into(),
            self.answered_at_ms.into(),
            self.looks.into(),
            self.looked_at_ms.into(),
            self.next_look_at_ms.into(),
            self.look_rank.into(),
            self.learnt_by.clone().into(),
            self.error.clone().into(),
        ]
    }
}

/// Where a piece of side work stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EffectState {
    Due,
    /// Not handed out while the order needs a person.
    Held,
    Claimed,
    Completed,
    /// Its last try failed.
    Dead,
    /// It is not to be done any more.
    Void,
    /// Its worker vanished and it may or may not have been done.
    Uncertain,
}

crate::order::names!(pub(crate) EffectState {
    Due = "due",
    Held = "held",
    Claimed = "claimed",
    Completed = "completed",
    Dead = "dead",
    Void = "void",
    Uncertain = "uncertain",
});

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EffectRecord {
    pub(crate) order_id: String,
    pub(crate) kind: EffectKind,
    pub(crate) subject: String,
    pub(crate) lane: Lane,
    pub(crate) version: i64,
    pub(crate) state: EffectState,
    pub(crate) idempotency_key: String,
    pub(crate) payload: serde_json::Value,
    pub(crate) claim_no: u32,
    pub(crate) claim_token: Option<String>,
    pub(crate) lease_until_ms: Option<i64>,
    pub(crate) tries: u32,
    pub(crate) next_at_ms: i64,
    pub(crate) result: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) created_at_ms: i64,
    pub(crate) updated_at_ms: i64,
}

impl EffectRecord {
    pub(super) const COLUMNS: &'static str = "order_id, kind, subject, lane, version, state, \
        idempotency_key, payload, claim_no, claim_token, lease_until, tries, next_at, result, \
        error, created_at, updated_at";

    pub(crate) fn read(row: &[Value]) -> Result<Self> {
        let mut fields = Fields::of("effects", row);
        Ok(Self {
            order_id: fields.text()?,
            kind: fields.parsed(EffectKind::parse)?,
            subject: fields.text()?,
            lane: fields.parsed(Lane::parse)?,
            version: fields.integer()?,
            state: fields.parsed(EffectState::parse)?,
            idempotency_key: fields.text()?,
            payload: fields.json()?,
            claim_no: fields.count()?,
            claim_token: fields.optional_text()?,
            lease_until_ms: fields.optional_integer()?,
            tries: fields.count()?,
            next_at_ms: fields.integer()?,
            result: fields.optional_text()?,
            error: fields.optional_text()?,
            created_at_ms: fields.integer()?,
            updated_at_ms: fields.integer()?,
        })
    }

    pub(crate) fn values(&self) -> Vec<Value> {
        vec![
            self.order_id.as_str().into(),
            self.kind.as_str().into(),
            self.subject.as_str().into(),
            self.lane.as_str().into(),
            self.version.into(),
            self.state.as_str().into(),
            self.idempotency_key.as_str().into(),
            document(&self.payload).into(),
            self.claim_no.into(),
            self.claim_token.clone().into(),
            self.lease_until_ms.into(),
            self.tries.into(),
            self.next_at_ms.into(),
            self.result.clone().into(),
            self.error.clone().into(),
            self.created_at_ms.into(),
            self.updated_at_ms.into(),
        ]
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReservationState {
    Held,
    Released,
    Sold,
}

crate::order::names!(pub(crate) ReservationState {
    Held = "held",
    Released = "released",
    Sold = "sold",
});

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReservationRecord {
    pub(crate) reservation_no: u32,
    pub(crate) sku: String,
    pub(crate) quantity: i64,
    pub(crate) state: ReservationState,
}

impl ReservationRecord {
    pub(super) const COLUMNS: &'static str = "reservation_no, sku, quantity, state";

    /// The columns of a row that are not the record's own.
    pub(crate) fn behind(row: &[Value]) -> &[Value] {
        row.get(Self::COLUMNS.split(',').count()..)
            .unwrap_or_default()
    }

    pub(crate) fn read(row: &[Value]) -> Result<Self> {
        let mut fields = Fields::of("reservations", row);
        Ok(Self {
            reservation_no: fields.count()?,
            sku: fields.text()?,
            quantity: fields.integer()?,
            state: fields.parsed(ReservationState::parse)?,
        })
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StockRecord {
    pub(crate) sku: String,
    pub(crate) on_hand: i64,
    pub(crate) reserved: i64,
}

impl StockRecord {
    pub(super) const COLUMNS: &'static str = "sku, on_hand, reserved";

    pub(crate) fn read(row: &[Value]) -> Result<Self> {
        let mut fields = Fields::of("stock", row);
        Ok(Self {
            sku: fields.text()?,
            on_hand: fields.integer()?,
            reserved: fields.integer()?,
        })
    }

    pub(crate) fn available(&self) -> i64 {
        self.on_hand.saturating_sub(self.reserved)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EventRecord {
    pub(crate) body_hash: String,
    pub(crate) event_id: Option<String>,
    pub(crate) event_type: String,
    pub(crate) payment_id: Option<String>,
    pub(crate) order_id: Option<String>,
    pub(crate) outcome: String,
    pub(crate) body: String,
    /// `utf8`, or `hex` for bytes that are no text.
    pub(crate) body_encoding: String,
    pub(crate) processed_at_ms: i64,
    /// When to alert about it, if it says that money came and no order is found for it.
    pub(crate) alert_at_ms: Option<i64>,
}

impl EventRecord {
    pub(super) const COLUMNS: &'static str = "body_hash, event_id, event_type, payment_id, \
        order_id, outcome, body, body_encoding, processed_at, alert_at";

    pub(crate) fn read(row: &[Value]) -> Result<Self> {
        let mut fields = Fields::of("webhook_events", row);
        Ok(Self {
            body_hash: fields.text()?,
            event_id: fields.optional_text()?,
            event_type: fields.text()?,
            payment_id: fields.optional_text()?,
            order_id: fields.optional_text()?,
            outcome: fields.text()?,
            body: fields.text()?,
            body_encoding: fields.text()?,
            processed_at_ms: fields.integer()?,
            alert_at_ms: fields.optional_integer()?,
        })
    }

    pub(crate) fn values(&self) -> Vec<Value> {
        vec![
            self.body_hash.as_str().into(),
            self.event_id.clone().into(),
            self.event_type.as_str().into(),
            self.payment_id.clone().into(),
            self.order_id.clone().into(),
            self.outcome.as_str().into(),
            self.body.as_str().into(),
            self.body_encoding.as_str().into(),
            self.processed_at_ms.into(),
            self.alert_at_ms.into(),
        ]
    }

    /// The bytes as they came.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self.body_encoding.as_str() {
            "hex" => hex::decode(&self.body).unwrap_or_default(),
            _ => self.body.clone().into_bytes(),
        }
    }
}
