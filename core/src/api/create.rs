//! Asking for a payment: the exact bytes that are sent, and the answer to them. The bytes are
//! made once and stored before they are sent, because a repeat must send the same.

use serde_json::{Map, Value};

use super::answer::{self, ApiError, Call};
use super::fields::Fields;
use super::http::{HttpRequest, HttpResponse};
use super::payment::{PaymentReport, payment_in};
use super::requests::{self, is_code};
use crate::document::{self, ToJson, text};
use crate::money::{Decimal, Units};
use crate::{Error, ErrorCode, Result};

/// The gateway's limit for one payment, in whole US dollars.
const MAX_AMOUNT_USD: Units = Units(1_000_000);

/// The gateway's limit for an `Idempotency-Key`.
const MAX_KEY_BYTES: usize = 255;

const MAX_URL_BYTES: usize = 4096;

/// A payment to ask for. The gateway always takes the amount as US dollars.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatePayment {
    pub business_id: String,
    pub amount_usd: Decimal,
    /// One of the gateway's upper-case codes.
    pub blockchain: String,
    pub description: Option<String>,
    pub metadata: Map<String, Value>,
    /// `crypto` when absent; `card` or `both`.
    pub payment_method: Option<String>,
    pub success_url: Option<String>,
    pub cancel_url: Option<String>,
    pub redirect_url: Option<String>,
    pub merchant_wallet_address: Option<String>,
}

/// The body of the request. The amount is written digit by digit as it is, never as a double.
///
/// # Errors
/// A missing business, a chain that is not an upper-case code, an amount of zero
/// ([`ErrorCode::NothingToPay`]) or above the gateway's limit ([`ErrorCode::AmountTooLarge`]).
pub fn create_payment_body(payment: &CreatePayment) -> Result<String> {
    if payment.business_id.trim().is_empty() {
        return Err(Error::invalid("business_id", "is empty"));
    }
    if !is_code(&payment.blockchain) || payment.blockchain.bytes().any(|b| b.is_ascii_lowercase()) {
        return Err(Error::invalid(
            "blockchain",
            "is not an upper-case code such as USDC_POL",
        ));
    }
    let amount = json_amount(&payment.amount_usd)?;
    let metadata = Some(&payment.metadata).filter(|metadata| !metadata.is_empty());
    let fields = [
        ("business_id", payment.business_id.to_json()),
        ("amount", amount),
        ("currency", "USD".to_json()),
        ("blockchain", payment.blockchain.to_json()),
        ("description", payment.description.to_json()),
        ("metadata", metadata.to_json()),
        ("payment_method", payment.payment_method.to_json()),
        ("success_url", payment.success_url.to_json()),
        ("cancel_url", payment.cancel_url.to_json()),
        ("redirect_url", payment.redirect_url.to_json()),
        (
            "merchant_wallet_address",
            payment.merchant_wallet_address.to_json(),
        ),
    ];
    let mut body = String::new();
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        body.push(if body.is_empty() { '{' } else { ',' });
        body.push_str(&format!("\"{name}\":{}", text(value)));
    }
    body.push('}');
    Ok(body)
}

fn json_amount(amount: &Decimal) -> Result<Value> {
    if amount.is_zero() {
        return Err(ErrorCode::NothingToPay.into());
    }
    if *amount > Decimal::from_units(MAX_AMOUNT_USD, 0) {
        return Err(ErrorCode::AmountTooLarge.into());
    }
    document::parse(&amount.to_string()).map_err(|_| ErrorCode::InvalidAmount.into())
}

/// The request for a new payment.
///
/// # Errors
/// Those of [`create_payment_body`], and a key that is empty, longer than 255 characters or
/// holds others than visible ASCII.
pub fn create_payment(
    base_url: &str,
    payment: &CreatePayment,
    idempotency_key: &str,
) -> Result<HttpRequest> {
    let is_visible = idempotency_key.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_visible || !(1..=MAX_KEY_BYTES).contains(&idempotency_key.len()) {
        return Err(Error::invalid(
            "idempotency_key",
            "is not 1 to 255 visible ASCII characters",
        ));
    }
    let body = create_payment_body(payment)?;
    Ok(create_payment_with_body(base_url, body, idempotency_key))
}

/// The same request again, with the body and the key that were stored when it was first made.
#[must_use]
pub fn create_payment_with_body(
    base_url: &str,
    body: String,
    idempotency_key: &str,
) -> HttpRequest {
    requests::post(
        base_url,
        "/payments/create",
        body,
        ("Idempotency-Key", idempotency_key),
    )
}

/// A payment that the gateway made, now or on an earlier call with the same key.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatedPayment {
    pub report: PaymentReport,
    /// The key was known; this is the payment of the first call, which may be expired.
    pub idempotent_replay: bool,
    pub usage: Option<Usage>,
    /// The gateway's clock when it answered, from the `Date` header.
    pub date_ms: Option<i64>,
    pub stripe_checkout_url: Option<String>,
    /// The whole answer, with the fields that nobody here knows.
    pub raw: Value,
}

/// How much of the account's monthly quota is used, in payments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub current: Option<u64>,
    pub limit: Option<u64>,
    pub remaining: Option<u64>,
}

/// Reads the answer to [`create_payment`]. Whether chain and amount are those asked for is the
/// caller's to compare.
///
/// # Errors
/// What the gateway refused; or [`ErrorCode::GatewayAnswerUnusable`] naming the field without
/// which nobody can pay: `id`, and for crypto `payment_address` and `amount_crypto`, for cards
/// `amount`.
pub fn read_create_payment(response: &HttpResponse) -> Result<CreatedPayment, ApiError> {
    let raw = answer::success(response, Call::Create)?;
    let payment = payment_in(&raw);
    let payment =
        payment.ok_or_else(|| answer::unusable(response, Call::Create, "`payment` is missing"))?;
    let stripe_checkout_url = checkout_url(payment);
    let report = PaymentReport::read(payment);
    if let Some(field) = missing_field(&report, stripe_checkout_url.is_some()) {
        let what = format!("`payment.{field}` is missing or unreadable");
        return Err(answer::unusable(response, Call::Create, &what));
    }
    Ok(CreatedPayment {
        idempotent_replay: raw.get("idempotent_replay") == Some(&Value::Bool(true)),
        usage: raw.get("usage").and_then(Value::as_object).map(read_usage),
        date_ms: answer::date_ms(response),
        report,
        stripe_checkout_url,
        raw,
    })
}

fn missing_field(report: &PaymentReport, has_checkout_url: bool) -> Option<&'static str> {
    let is_card = has_checkout_url || report.payment_rail.as_deref() == Some("card");
    let id = report.payment_id.as_deref();
    if !id.is_some_and(requests::is_payment_id) {
        return Some("id");
    }
    if report.payment_address.is_some() {
        return report.amount_crypto.is_none().then_some("amount_crypto");
    }
    if !is_card {
        return Some("payment_address");
    }
    let has_amount = report.amount.is_some() || report.amount_usd.is_some();
    (!has_amount).then_some("amount")
}

/// Where a shopper can be sent: a web address, and longer than other texts, as Stripe's are.
fn checkout_url(payment: &Map<String, Value>) -> Option<String> {
    let url = payment.get("stripe_checkout_url")?.as_str()?;
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    (is_web && url.len() <= MAX_URL_BYTES).then(|| url.to_owned())
}

fn read_usage(usage: &Map<String, Value>) -> Usage {
    let mut fields = Fields::of(usage);
    Usage {
        current: fields.count(&["current"]),
        limit: fields.count(&["limit"]),
        remaining: fields.count(&["remaining"]),
    }
}
