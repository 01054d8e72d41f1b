//! What a webhook says: the envelope and the payment in it. Decides nothing about authenticity,
//! and never fails on a field that is not needed to know what kind of event it is.

use serde_json::{Map, Value};

use crate::api::{Fields, PaymentReport};
use crate::document::{self, Place};
use crate::{Error, ErrorCode, Result};

/// One notice of the gateway.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Not a key: two events of one payment can share it, and one event can come with two.
    pub id: Option<String>,
    pub kind: EventKind,
    /// The type as it was sent.
    pub type_name: String,
    pub created_at_ms: Option<i64>,
    pub business_id: Option<String>,
    /// The payment. Fields of the envelope that were of a wrong type are listed in its
    /// `unreadable` as `event.<field>`.
    pub data: PaymentReport,
}

macro_rules! event_kinds {
    ($($kind:ident, $name:literal, $type_name:literal;)*) => {
        /// What an event is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EventKind {
            $($kind,)*
            /// Any other type: invoices, escrow, and what the gateway will add.
            Other,
        }

        impl EventKind {
            /// Every kind that has a type of its own, with that type.
            pub const ALL: &'static [(Self, &'static str)] = &[$((Self::$kind, $type_name),)*];

            /// The kind of an event with this `type`.
            #[must_use]
            pub fn of_type(type_name: &str) -> Self {
                match type_name { $($type_name => Self::$kind,)* _ => Self::Other }
            }

            /// Its name in documents.
            const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $name,)* Self::Other => "other" }
            }

            fn parse(name: &str) -> Option<Self> {
                let all = Self::ALL.iter().map(|(kind, _)| *kind);
                all.chain([Self::Other]).find(|kind| kind.as_str() == name)
            }
        }

        crate::order::by_name!(EventKind);
    };
}

event_kinds! {
    PaymentCreated, "payment_created", "payment.created";
    PaymentPending, "payment_pending", "payment.pending";
    PaymentDetected, "payment_detected", "payment.detected";
    PaymentConfirming, "payment_confirming", "payment.confirming";
    PaymentConfirmed, "payment_confirmed", "payment.confirmed";
    PaymentCompleted, "payment_completed", "payment.completed";
    PaymentForwarding, "payment_forwarding", "payment.forwarding";
    PaymentForwardingFailed, "payment_forwarding_failed", "payment.forwarding_failed";
    PaymentForwarded, "payment_forwarded", "payment.forwarded";
    PaymentExpired, "payment_expired", "payment.expired";
    PaymentCancelled, "payment_cancelled", "payment.cancelled";
    PaymentFailed, "payment_failed", "payment.failed";
    PaymentRefunded, "payment_refunded", "payment.refunded";
    Test, "test", "test.webhook";
}

impl EventKind {
    /// Whether such an event says something of a payment, so that `data` must be there.
    #[must_use]
    pub const fn is_payment(self) -> bool {
        !matches!(self, Self::Test | Self::Other)
    }
}

/// Reads an event. Call it only with a body that [`super::verify_webhook`] accepted.
///
/// # Errors
/// [`ErrorCode::WebhookUnreadable`] if the body is not a JSON object with a text `type`, or is
/// an event of a payment without an object `data`.
pub fn parse_webhook(body: &[u8]) -> Result<Event> {
    let envelope = document::parse_bytes(body).map_err(not_json)?;
    let Value::Object(envelope) = envelope else {
        return Err(unreadable("the body is JSON but not an object"));
    };
    let mut fields = Fields::of(&envelope);
    let type_name = fields
        .text(&["type"])
        .ok_or_else(|| unreadable("`type` is missing or not a text"))?;
    let kind = EventKind::of_type(&type_name);
    let id = fields.id(&["id"]);
    let created_at_ms = fields.time_ms(&["created_at"]);
    let business_id = fields.id(&["business_id"]);
    let nothing = Map::new();
    let data = match fields.object("data") {
        Some(data) => data,
        None if kind.is_payment() => return Err(unreadable("`data` is missing or not an object")),
        None => &nothing,
    };
    let mut data = PaymentReport::read(data);
    data.unreadable
        .extend(fields.unreadable.iter().copied().map(in_envelope));
    Ok(Event {
        id,
        kind,
        type_name,
        created_at_ms,
        business_id: business_id.or_else(|| data.business_id.clone()),
        data,
    })
}

/// The name under which an unreadable field of the envelope is listed.
fn in_envelope(name: &'static str) -> &'static str {
    match name {
        "id" => "event.id",
        "created_at" => "event.created_at",
        "business_id" => "event.business_id",
        "data" => "event.data",
        other => other,
    }
}

/// Only where, never what: a body may hold a customer's data.
fn not_json(place: Place) -> Error {
    unreadable(&format!("the body is not JSON from {place} on"))
}

fn unreadable(what: &str) -> Error {
    let advice = "the secret matches, so check what else signs with it";
    Error::new(ErrorCode::WebhookUnreadable, format!("{what}; {advice}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_kind_is_found_by_its_type() {
        for (kind, type_name) in EventKind::ALL {
            assert_eq!(EventKind::of_type(type_name), *kind);
        }
        assert_eq!(EventKind::of_type("Payment.Confirmed"), EventKind::Other);
    }

    #[test]
    fn every_truncation_of_an_event_is_unreadable_and_no_panic() {
        let body = br#"{"id":"e","type":"payment.confirmed","data":{"payment_id":"p"}}"#;
        assert!(parse_webhook(body).is_ok());
        for length in 0..body.len() {
            let error = parse_webhook(&body[..length]).unwrap_err();
            assert_eq!(error.code, ErrorCode::WebhookUnreadable);
        }
    }

    #[test]
    fn an_unreadable_body_is_not_repeated_in_the_message() {
        let error = parse_webhook(br#"{"email": "eve@example.org" oops"#).unwrap_err();
        assert!(!error.message.contains("eve"), "{}", error.message);
    }

    #[test]
    fn nesting_without_end_is_unreadable() {
        let body = "[".repeat(200_000);
        assert!(parse_webhook(body.as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = parse_webhook(&body);
        }

        #[test]
        fn no_value_of_a_field_makes_it_panic(
            field in prop::sample::select(vec![
                "payment_id", "amount", "amount_crypto", "received_amount", "confirmations",
                "confirmed_at", "metadata", "tx_hash",
            ]),
            value in "(\\PC{0,20}|-?[0-9]{1,40}(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,5})?)",
        ) {
            let quoted = serde_json::to_string(&value).unwrap();
            for value in [value, quoted] {
                let data = format!(r#"{{"{field}":{value}}}"#);
                let body = format!(r#"{{"type":"payment.confirmed","data":{data}}}"#);
                let _ = parse_webhook(body.as_bytes());
            }
        }
    }
}
