//! What the operations are given, read from documents. By hand: what serde derives is several
//! times as much code for each type, and a module for Workers has to be small. Decides only how
//! a document is spelled; what a value may be is decided where it is used.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value as Json};

use crate::document::{self, FromJson, Place};
use crate::{Error, Result};

use super::commands::{
    AdjustStock, CancelOrder, MarkFulfilled, RecordRefund, Resolution, ResolveReview,
};
use super::effects::{
    ClaimEffects, CompleteEffect, EffectId, FailEffect, RenewEffect, SettleEffect,
};
use super::privacy::Export;
use super::report::{EffectOutcome, ReportEffects};
use super::status::OrderAccess;
use super::wanted::{CreateCheckout, HostRate, ItemInput};
use super::work::WorkLimits;

/// A document of an operation; fields that it does not know are nobody's business.
#[derive(Clone, Copy)]
pub(super) struct Document<'a>(&'a Map<String, Json>);

impl Document<'_> {
    /// A field that has to be there.
    fn get<T: FromJson>(self, field: &str) -> Result<T> {
        let value = self.0.get(field);
        value.map_or_else(|| Err(refused("has no field", field)), |it| read(it, field))
    }

    /// A field that may be left out.
    fn or<T: FromJson>(self, field: &str, default: T) -> Result<T> {
        let value = self.0.get(field);
        value.map_or(Ok(default), |value| read(value, field))
    }

    fn or_default<T: FromJson + Default>(self, field: &str) -> Result<T> {
        self.or(field, T::default())
    }
}

// No message repeats a value: it may be a customer's.
fn refused(what: &str, field: &str) -> Error {
    Error::invalid("document", &format!("{what} {field}"))
}

fn read<T: FromJson>(value: &Json, field: &str) -> Result<T> {
    T::from_json(value).ok_or_else(|| refused("has an unfit value in the field", field))
}

/// The input of one operation.
pub(super) trait Input: Sized {
    fn from_document(document: Document<'_>) -> Result<Self>;
}

/// Reads the input of an operation.
pub(super) fn input<T: Input>(document: &str) -> Result<T> {
    T::from_document(Document(&object(document)?))
}

/// The field of an operation that has only one.
#[cfg(feature = "dash")]
pub(super) fn only<T: FromJson>(document: &str, field: &str) -> Result<T> {
    Document(&object(document)?).get(field)
}

/// The same, where it may be left out.
pub(super) fn optional(document: &str, field: &str) -> Result<Option<String>> {
    Document(&object(document)?).or_default(field)
}

fn object(document: &str) -> Result<Map<String, Json>> {
    let place = match document::parse(document) {
        Ok(Json::Object(fields)) => return Ok(fields),
        Ok(_) => Place::behind(b""),
        Err(place) => place,
    };
    let why = format!("is not a JSON object ({place})");
    Err(Error::invalid("document", &why))
}

/// For programs in Rust that have such documents.
macro_rules! deserialize {
    ($name:ident) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let fields = Map::deserialize(from)?;
                Self::from_document(Document(&fields)).map_err(serde::de::Error::custom)
            }
        }
    };
}

macro_rules! inputs {
    ($($name:ident($document:ident) { $($field:ident: $value:expr),* $(,)? })*) => {$(
        impl Input for $name {
            fn from_document($document: Document<'_>) -> Result<Self> {
                Ok(Self { $($field: $value?),* })
            }
        }

        deserialize!($name);
    )*};
}

inputs! {
    CreateCheckout(it) {
        checkout_key: it.or_default("checkout_key"),
        cart_id: it.or_default("cart_id"),
        customer_id: it.or_default("customer_id"),
        customer: it.or_default("customer"),
        currency: it.get("currency"),
        total: it.or_default("total"),
        items: it.or_default("items"),
        blockchain: it.get("blockchain"),
        description: it.or_default("description"),
        metadata: it.or_default("metadata"),
        ship: it.or_default("ship"),
        reservation_id: it.or_default("reservation_id"),
        rate: it.or_default("rate"),
        again: it.or_default("again"),
        replace: it.or_default("replace"),
    }
    ItemInput(it) {
        sku: it.get("sku"),
        quantity: it.get("quantity"),
        price: it.or_default("price"),
        digital: it.or_default("digital"),
    }
    HostRate(it) {
        rate: it.get("rate"),
        source: it.get("source"),
        at_ms: it.get("at_ms"),
    }
    OrderAccess(it) {
        order_id: it.get("order_id"),
        customer_id: it.or_default("customer_id"),
        status_token: it.or_default("status_token"),
    }
    CancelOrder(it) {
        access: OrderAccess::from_document(it),
        reason: it.get("reason"),
        actor: it.or_default("actor"),
        note: it.or_default("note"),
    }
    ResolveReview(it) {
        order_id: it.get("order_id"),
        resolution: Resolution::from_document(it),
        actor: it.get("actor"),
        note: it.or_default("note"),
    }
    RecordRefund(it) {
        order_id: it.get("order_id"),
        refund_id: it.get("refund_id"),
        amount: it.get("amount"),
        ends_order: it.or_default("ends_order"),
        waived: it.or_default("waived"),
        actor: it.get("actor"),
        note: it.or_default("note"),
    }
    MarkFulfilled(it) {
        order_id: it.get("order_id"),
        actor: it.get("actor"),
        note: it.or_default("note"),
    }
    AdjustStock(it) {
        adjustment_id: it.get("adjustment_id"),
        sku: it.get("sku"),
        delta: it.get("delta"),
        actor: it.get("actor"),
        note: it.or_default("note"),
    }
    WorkLimits(it) {
        looks: it.or("looks", Self::default().looks),
        rows: it.or("rows", Self::default().rows),
    }
    ClaimEffects(it) {
        limit: it.or_default("limit"),
        kinds: it.or_default("kinds"),
    }
    EffectId(it) {
        order_id: it.get("order_id"),
        kind: it.get("kind"),
        subject: it.or_default("subject"),
    }
    CompleteEffect(it) {
        effect: EffectId::from_document(it),
        result: it.or_default("result"),
    }
    FailEffect(it) {
        effect: EffectId::from_document(it),
        claim_no: it.get("claim_no"),
        error: it.get("error"),
    }
    RenewEffect(it) {
        effect: EffectId::from_document(it),
        claim_no: it.get("claim_no"),
    }
    SettleEffect(it) {
        effect: EffectId::from_document(it),
        settlement: it.get("settlement"),
        actor: it.get("actor"),
        note: it.or_default("note"),
    }
    ReportEffects(it) {
        outcomes: it.or_default("outcomes"),
        claim: it.or_default("claim"),
    }
    EffectOutcome(it) {
        order_id: it.get("order_id"),
        kind: it.get("kind"),
        subject: it.or_default("subject"),
        error: it.or_default("error"),
        claim_no: it.or_default("claim_no"),
        result: it.or_default("result"),
    }
    Export(it) {
        after: it.or_default("after"),
        limit: it.or_default("limit"),
    }
}

impl Input for Resolution {
    fn from_document(it: Document<'_>) -> Result<Self> {
        let decision: String = it.get("decision")?;
        match decision.as_str() {
            "accept" => it.get("reasons").map(|reasons| Self::Accept { reasons }),
            "close" => Ok(Self::Close),
            _ => Err(refused("has an unfit value in the field", "decision")),
        }
    }
}

deserialize!(Resolution);

macro_rules! parts {
    ($($name:ident),*) => {$(
        impl FromJson for $name {
            fn from_json(value: &Json) -> Option<Self> {
                Self::from_document(Document(value.as_object()?)).ok()
            }
        }
    )*};
}

parts!(ClaimEffects, EffectOutcome, HostRate, ItemInput);
