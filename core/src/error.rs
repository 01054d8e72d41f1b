//! The one table of errors: every code that this library can return, in any language, with
//! whether trying again can help and the HTTP status that an adapter answers with.
//! Append only: a code is never renamed, reused or removed.

use std::fmt;
use std::ops::{Deref, DerefMut};

use serde::Deserialize;
use serde_json::Value as Json;

use crate::document::ToJson;

macro_rules! error_codes {
    ($($name:ident, $code:literal, $status:literal, $retryable:literal, $advice:literal;)*) => {
        /// What went wrong, as a stable name. See [`ErrorCode::advice`] for what to check.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ErrorCode {
            $(#[doc = $advice] $name,)*
        }

        impl ErrorCode {
            /// Every code, in the order in which they were added.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The snake_case name that documents, logs and other languages use.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The HTTP status that an adapter answers with.
            #[must_use]
            pub const fn http_status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// Whether the same call can succeed later without a change by a person.
            #[must_use]
            pub const fn retryable(self) -> bool {
                match self { $(Self::$name => $retryable,)* }
            }

            fn parse(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == code)
            }

            /// What to check, in one sentence.
            #[must_use]
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice,)* }
            }
        }
    };
}

error_codes! {
    // Input and configuration.
    InvalidInput, "invalid_input", 400, false, "A field of the call has a wrong type or value; the message names it.";
    InvalidAmount, "invalid_amount", 400, false, "An amount is a plain decimal number, not negative, with at most the currency's decimals.";
    UnknownCurrency, "unknown_currency", 400, false, "The currency is not an ISO 4217 code that is in use.";
    UnknownBlockchain, "unknown_blockchain", 400, false, "The blockchain is not one of the gateway's codes.";
    InvalidConfiguration, "invalid_configuration", 500, false, "A setting is missing, unknown or contradicts another; the message names it.";
    NothingToPay, "nothing_to_pay", 422, false, "The total is zero; complete the order without a payment.";
    AmountTooLarge, "amount_too_large", 422, false, "The total is above what the gateway takes in one payment.";
    TooManyOpenOrders, "too_many_open_orders", 429, true, "This customer has as many unpaid orders as the shop allows; pay or cancel one.";
    TooManyAttempts, "too_many_attempts", 429, false, "The order has used all its payment attempts; open a new order.";
    OutOfStock, "out_of_stock", 409, false, "An article is not available in the quantity asked for.";
    UnknownSku, "unknown_sku", 400, false, "The article is not in the stock table; add it with adjust_stock.";
    NotFound, "not_found", 404, false, "There is no such order for this customer or token.";
    UnknownEffect, "unknown_effect", 404, false, "There is no such effect.";
    // Webhooks.
    BodyTooLarge, "body_too_large", 413, false, "A webhook body has at most 256 KiB.";
    SignatureMissing, "signature_missing", 401, false, "The request carries no X-CoinPay-Signature; is a secret set at the gateway?";
    SignatureMalformed, "signature_malformed", 401, false, "The signature header is not of the form t=<seconds>,v1=<hex>.";
    SignatureStale, "signature_stale", 401, false, "The signature's time is more than the tolerance from this server's clock.";
    SignatureWrong, "signature_wrong", 401, false, "No secret gives this signature; is the raw body passed, and is the secret the right one?";
    SecretMissing, "secret_missing", 401, false, "No webhook secret is configured; set one at the gateway and in the shop.";
    WebhookUnreadable, "webhook_unreadable", 200, false, "The webhook is authentic but is not a JSON event.";
    // The gateway.
    GatewayRefused, "gateway_refused", 502, false, "The gateway refused the request; the message says why.";
    GatewayUnauthorized, "gateway_unauthorized", 502, false, "The gateway does not accept the API key.";
    GatewayForbidden, "gateway_forbidden", 502, false, "The API key may not do this.";
    GatewayNotFound, "gateway_not_found", 502, false, "The gateway does not know the payment or the business.";
    GatewayRateLimited, "gateway_rate_limited", 503, true, "Too many requests to the gateway; wait as long as it says.";
    GatewayQuotaExceeded, "gateway_quota_exceeded", 502, false, "The account's monthly quota is used up; raise it at the gateway.";
    GatewayUnavailable, "gateway_unavailable", 503, true, "The gateway failed or sent something unreadable; it is tried again.";
    GatewayUnreachable, "gateway_unreachable", 503, true, "No answer from the gateway in time; it is tried again.";
    GatewayAnswerUnusable, "gateway_answer_unusable", 502, true, "The gateway's answer lacks what the protocol promises; the message names it.";
    IdempotencyCollision, "idempotency_collision", 502, true, "The gateway answered with another payment than the one asked for.";
    RateDoubtful, "rate_doubtful", 503, true, "No trustworthy exchange rate for the currency; try later or pass a rate of your own.";
    CreateUnknown, "create_unknown", 503, true, "The gateway did not say whether the payment was made; the same call continues it.";
    // The store.
    StoreBusy, "store_busy", 503, true, "The database was busy; try again.";
    StoreUnavailable, "store_unavailable", 503, true, "The database does not answer; check that it runs and can be reached.";
    StoreNotAtomic, "store_not_atomic", 500, false, "The database does not undo a failed commit; use a transactional engine and one connection.";
    StoreTooNew, "store_too_new", 500, false, "The database was written by a newer version of this library.";
    StoreCorrupt, "store_corrupt", 500, false, "A stored record cannot be read; restore it from a backup and report this.";
    StoreRefused, "store_refused", 500, false, "This database cannot be used; the message says why.";
    // Use of the library.
    FlowMisused, "flow_misused", 500, false, "An answer came with a wrong step number, kind or order; the flow has ended.";
    LeaseLost, "lease_lost", 409, false, "Another worker holds this effect now; its outcome counts.";
    Rejected, "rejected", 409, false, "The order's state does not allow this; the message says which state.";
    ServerOnly, "server_only", 500, false, "This call needs secrets and runs on a server only.";
    Internal, "internal", 500, false, "A defect of this library; nothing was changed. Please report it.";
}

crate::order::by_name!(ErrorCode);

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error as every caller gets it: a stable code and a sentence for people.
///
/// The sentence names fields and settings, never a secret and never a customer's data. It is one
/// pointer, so that every `Result` on the way is small.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Error(Box<ErrorDetails>);

/// What an [`Error`] says; read and changed through it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ErrorDetails {
    pub code: ErrorCode,
    pub message: String,
    /// How long to wait before the same call is worth repeating, in milliseconds.
    #[serde(default)]
    pub retry_after_ms: Option<u64>,
}

crate::document::written! {
    ErrorDetails {
        code, message
        ; retry_after_ms
    }
}

impl Error {
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::with(code, message.into())
    }

    #[cold]
    fn with(code: ErrorCode, message: String) -> Self {
        Self(Box::new(ErrorDetails {
            code,
            message,
            retry_after_ms: None,
        }))
    }

    /// A wrong value in the field `field` of a call.
    #[must_use]
    pub fn invalid(field: &str, why: &str) -> Self {
        Self::with(ErrorCode::InvalidInput, format!("{field}: {why}"))
    }

    #[must_use]
    pub fn retry_after_ms(mut self, wait_ms: u64) -> Self {
        self.retry_after_ms = Some(wait_ms);
        self
    }

    /// The sentence alone.
    #[must_use]
    pub fn into_message(self) -> String {
        self.0.message
    }
}

impl Deref for Error {
    type Target = ErrorDetails;

    fn deref(&self) -> &ErrorDetails {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut ErrorDetails {
        &mut self.0
    }
}

impl ToJson for Error {
    fn to_json(&self) -> Json {
        self.0.to_json()
    }
}

crate::document::serialize!(Error);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Error {}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        Self::with(code, code.advice().to_owned())
    }
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_snake_case_and_unique() {
        let mut names: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        assert!(
            names
                .iter()
                .all(|n| n.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        );
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ErrorCode::ALL.len());
    }

    #[test]
    fn a_code_reads_back_from_its_name() {
        for code in ErrorCode::ALL {
            let json = serde_json::to_string(code).expect("a code serialises");
            assert_eq!(json, format!("\"{code}\""));
            assert_eq!(
                serde_json::from_str::<ErrorCode>(&json).expect("reads back"),
                *code
            );
        }
    }
}
