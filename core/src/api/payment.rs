//! A payment as the gateway tells of it, in a webhook or an answer: every shape that it sends,
//! read into one. Keeps what was sent; refuses to know what it means for an order.

use serde_json::{Map, Value};

use super::ApiError;
use super::answer::{self, Call};
use super::fields::Fields;
use super::http::HttpResponse;
use crate::document;
use crate::money::Decimal;

/// What one webhook or answer says of a payment. Every field may be absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PaymentReport {
    pub payment_id: Option<String>,
    pub business_id: Option<String>,
    /// As sent; for a webhook the event's type decides, not this.
    pub status: Option<String>,
    /// An echo of the sum asked for. What currency it is in depends on the sender.
    pub amount: Option<Decimal>,
    /// An echo of the sum asked for; may be zero in `payment.forwarded`.
    pub amount_usd: Option<Decimal>,
    /// An echo of the quote. Also sent as `crypto_amount`.
    pub amount_crypto: Option<Decimal>,
    /// Measured at the address: the one amount that says what came.
    pub received_amount: Option<Decimal>,
    pub refunded_amount: Option<Decimal>,
    /// A chain code of either case, or `usd`, depending on the sender.
    pub currency: Option<String>,
    pub blockchain: Option<String>,
    pub payment_address: Option<String>,
    pub tx_hash: Option<String>,
    /// The payout to the merchant. Also sent as `merchant_tx_hash`.
    pub forward_tx_hash: Option<String>,
    pub confirmations: Option<u64>,
    pub confirmed_at_ms: Option<i64>,
    pub expires_at_ms: Option<i64>,
    pub created_at_ms: Option<i64>,
    /// Empty when absent.
    pub metadata: Map<String, Value>,
    /// `card` or `crypto`; also found in the metadata.
    pub payment_rail: Option<String>,
    pub reason: Option<String>,
    /// Fields that were present but of a wrong type, too long or no number; they count as absent.
    pub unreadable: Vec<&'static str>,
}

impl PaymentReport {
    /// Reads what can be read of a payment's object; never fails.
    #[must_use]
    pub fn read(payment: &Map<String, Value>) -> Self {
        let mut fields = Fields::of(payment);
        let metadata = fields.object("metadata").cloned().unwrap_or_default();
        let rail = fields.text(&["payment_rail"]);
        let rail = rail.or_else(|| Fields::of(&metadata).text(&["payment_rail"]));
        Self {
            payment_id: fields.id(&["payment_id", "id"]),
            business_id: fields.id(&["business_id"]),
            status: fields.text(&["status"]),
            amount: fields.decimal(&["amount"]),
            amount_usd: fields.decimal(&["amount_usd"]),
            amount_crypto: fields.decimal(&["amount_crypto", "crypto_amount"]),
            received_amount: fields.decimal(&["received_amount"]),
            refunded_amount: fields.decimal(&["refunded_amount"]),
            currency: fields.text(&["currency"]),
            blockchain: fields.text(&["blockchain"]),
            payment_address: fields.text(&["payment_address"]),
            tx_hash: fields.text(&["tx_hash"]),
            forward_tx_hash: fields.text(&["forward_tx_hash", "merchant_tx_hash"]),
            confirmations: fields.count(&["confirmations"]),
            confirmed_at_ms: fields.time_ms(&["confirmed_at"]),
            expires_at_ms: fields.time_ms(&["expires_at"]),
            created_at_ms: fields.time_ms(&["created_at"]),
            metadata,
            payment_rail: rail,
            reason: fields.text(&["reason"]),
            unreadable: fields.unreadable,
        }
    }
}

/// Reads the answer to [`super::get_payment`].
///
/// # Errors
/// What the gateway refused; or [`crate::ErrorCode::GatewayAnswerUnusable`] if the answer has no
/// payment, or one without `id` or `status`.
pub fn read_payment(response: &HttpResponse) -> Result<PaymentReport, ApiError> {
    let body = answer::success(response, Call::Read)?;
    let unusable = |what: &str| answer::unusable(response, Call::Read, what);
    let payment = payment_in(&body).ok_or_else(|| unusable("`payment` is missing"))?;
    let report = PaymentReport::read(payment);
    if report.payment_id.is_none() {
        return Err(unusable("`payment.id` is missing"));
    }
    if report.status.is_none() {
        return Err(unusable("`payment.status` is missing"));
    }
    Ok(report)
}

/// The payment's object: under `payment`, `data.payment` or `data`, or the answer itself.
pub(super) fn payment_in(body: &Value) -> Option<&Map<String, Value>> {
    let nested: [&[&str]; 3] = [&["payment"], &["data", "payment"], &["data"]];
    let mut found = nested.iter().filter_map(|place| document::at(body, place));
    found
        .find_map(Value::as_object)
        .or_else(|| body.as_object())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report(payment: &Value) -> PaymentReport {
        PaymentReport::read(payment.as_object().unwrap())
    }

    #[test]
    fn a_wrong_typed_field_is_absent_and_listed_and_hides_no_other() {
        let report = report(&json!({
            "payment_id": ["p"], "status": "confirmed", "amount": true, "tx_hash": "x".repeat(513),
            "confirmations": -1, "confirmed_at": "yesterday", "metadata": "none",
        }));
        assert_eq!(report.status.as_deref(), Some("confirmed"));
        assert_eq!(
            report.unreadable,
            [
                "metadata",
                "payment_id",
                "amount",
                "tx_hash",
                "confirmations",
                "confirmed_at"
            ]
        );
    }

    #[test]
    fn an_alias_is_used_when_the_first_name_is_null_or_unreadable() {
        let report = report(&json!({
            "amount_crypto": null, "crypto_amount": "5e-7",
            "forward_tx_hash": 7, "merchant_tx_hash": "0xabc",
        }));
        assert_eq!(report.amount_crypto, Decimal::parse("0.0000005").ok());
        assert_eq!(report.forward_tx_hash.as_deref(), Some("0xabc"));
        assert_eq!(report.unreadable, ["forward_tx_hash"]);
    }

    #[test]
    fn an_empty_text_says_nothing() {
        let report = report(&json!({ "payment_address": "", "amount": "", "tx_hash": "" }));
        assert_eq!(report, PaymentReport::default());
    }
}
