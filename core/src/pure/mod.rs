//! The calls that ask for nothing: no network, no database, no clock. By their names, with their
//! arguments as a JSON document and bytes beside it, for hosts in other languages. Decides only
//! how a call is spelled; what it does stands at the function of the same name.

mod amounts;
mod documents;
mod gateway;
#[cfg(feature = "verdicts")]
mod verdicts;
mod webhooks;

use serde_json::{Map, Value as Json};

use crate::api::ApiError;
use crate::document::{self, FromJson, Place, json};
use crate::money::Chain;
use crate::money::same_address;
use crate::pay::{payment_uri, qr_svg};
use crate::{Error, ErrorCode};

pub use documents::event_document;

/// Why a call gave nothing: the error, and what else is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    pub error: Error,
    /// `status`, `outcome` and `gateway_code` of an answer of the gateway; `cause`, `advice` and
    /// `skew_s` of a webhook.
    pub more: Map<String, Json>,
}

impl Refusal {
    /// The error as a document: `code`, `message`, `retryable`, `http_status`, and what is known
    /// beside it.
    #[must_use]
    pub fn document(&self) -> Json {
        let mut document = error_document(&self.error);
        if let Some(fields) = document.as_object_mut() {
            fields.extend(self.more.clone());
        }
        document
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let more = Map::new();
        Self { error, more }
    }
}

impl From<ApiError> for Refusal {
    fn from(refused: ApiError) -> Self {
        let more = documents::present(json!({
            "status": refused.status,
            "outcome": refused.outcome,
            "gateway_code": refused.gateway_code,
        }));
        let error = refused.error;
        Self { error, more }
    }
}

type Outcome = Result<Json, Refusal>;

/// An error as hosts in other languages read it: what an [`Error`] says, with `retryable` and
/// `http_status` from the table of codes.
#[must_use]
pub fn error_document(error: &Error) -> Json {
    let mut document = json!({
        "code": error.code,
        "message": error.message,
        "retryable": error.code.retryable(),
        "http_status": error.code.http_status(),
    });
    if let (Some(wait_ms), Some(fields)) = (error.retry_after_ms, document.as_object_mut()) {
        fields.insert("retry_after_ms".to_owned(), wait_ms.into());
    }
    document
}

/// Every call by its name.
pub const CALLS: &[&str] = &[
    "verify_webhook",
    "sign_webhook",
    "parse_webhook",
    "payment_uri",
    "same_address",
    "qr_svg",
    #[cfg(feature = "page")]
    "pay_page",
    "create_payment",
    "create_payment_with_body",
    "get_payment",
    "payment_qr_url",
    "rate",
    "rates",
    "tokens",
    "supported_coins",
    "businesses",
    "read_create_payment",
    "read_payment",
    "read_rate",
    "read_rates",
    "read_tokens",
    "read_supported_coins",
    "read_businesses",
    "fault_error",
    "decimal",
    "decimal_from_json",
    "is_one",
    "is_zero",
    "compare",
    "to_units_exact",
    "to_units_rounded",
    "to_units_ceiling",
    "from_units",
    "currency",
    "format",
    "chain",
    "mul_div_floor",
    "mul_div_ceiling",
    "tolerance",
    "usd_cents_for",
    #[cfg(feature = "verdicts")]
    "preview_order",
    #[cfg(feature = "verdicts")]
    "preview_report",
];

/// Makes the call `name`. `body` are a webhook's or an answer's bytes; empty otherwise.
///
/// # Errors
/// `invalid_input` where there is no such call or the arguments do not fit it; else the call's
/// own.
pub fn call(name: &str, arguments: &str, body: &[u8]) -> Outcome {
    match name {
        "verify_webhook" => webhooks::verify(&read(arguments)?, body),
        "sign_webhook" => webhooks::sign(&read(arguments)?, body),
        "parse_webhook" => webhooks::parse(body),
        "payment_uri" | "same_address" | "qr_svg" => Ok(pay(name, arguments)?),
        #[cfg(feature = "page")]
        "pay_page" => page(arguments),
        #[cfg(feature = "verdicts")]
        "preview_order" => Ok(verdicts::order(arguments)?),
        #[cfg(feature = "verdicts")]
        "preview_report" => Ok(verdicts::report(arguments)?),
        _ if gateway::REQUESTS.contains(&name) => Ok(gateway::request(name, arguments)?),
        _ if gateway::ANSWERS.contains(&name) => gateway::answer(name, arguments, body),
        _ => Ok(amounts::call(name, arguments)?),
    }
}

fn pay(name: &str, arguments: &str) -> Result<Json, Error> {
    let fields = Arguments::read(arguments)?;
    Ok(match name {
        "payment_uri" => {
            let chain = Chain::parse(fields.text("chain")?)?;
            json!(payment_uri(
                chain,
                fields.text("address")?,
                fields.units("amount")?
            )?)
        }
        "same_address" => {
            let chain = Chain::parse(fields.text("chain")?)?;
            json!(same_address(chain, fields.text("a")?, fields.text("b")?))
        }
        _ => json!(qr_svg(fields.text("text")?)?),
    })
}

#[cfg(feature = "page")]
fn page(arguments: &str) -> Outcome {
    use crate::pay::page::{PageOptions, content_security_policy, pay_page};

    let fields = Arguments::read(arguments)?;
    let unfit = || Error::invalid("arguments", "do not fit the call");
    let status = serde_json::from_value(fields.get("status")?.clone()).map_err(|_| unfit())?;
    let options = fields
        .0
        .get("options")
        .cloned()
        .unwrap_or_else(|| json!({}));
    let options: PageOptions = serde_json::from_value(options).map_err(|_| unfit())?;
    let policy = options.nonce.as_deref().map(content_security_policy);
    Ok(json!({
        "html": pay_page(&status, &options),
        "content_security_policy": policy,
    }))
}

/// Arguments that fit a type. No message repeats a value, which may be a customer's or a secret.
fn read<T: FromJson>(arguments: &str) -> Result<T, Error> {
    let arguments = if arguments.is_empty() {
        "{}"
    } else {
        arguments
    };
    let whole = || Place::behind(arguments.as_bytes());
    let read = document::parse(arguments);
    read.and_then(|value| T::from_json(&value).ok_or_else(whole))
        .map_err(|place| Error::invalid("arguments", &format!("do not fit the call ({place})")))
}

/// The fields of a call that has only a few.
struct Arguments(Map<String, Json>);

impl Arguments {
    fn read(arguments: &str) -> Result<Self, Error> {
        Ok(Self(read(arguments)?))
    }

    fn get(&self, field: &str) -> Result<&Json, Error> {
        let value = self.0.get(field);
        value.ok_or_else(|| Error::invalid(field, "is missing"))
    }

    fn text(&self, field: &str) -> Result<&str, Error> {
        let text = self.get(field)?.as_str();
        text.ok_or_else(|| Error::invalid(field, "is not a text"))
    }

    fn small<T: TryFrom<u64>>(&self, field: &str) -> Result<T, Error> {
        let number = self.get(field)?.as_u64();
        let number = number.and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| Error::invalid(field, "is not a small whole number"))
    }

    fn texts(&self, field: &str) -> Result<Vec<&str>, Error> {
        let list = self.get(field)?.as_array();
        let texts = list.and_then(|list| list.iter().map(Json::as_str).collect());
        texts.ok_or_else(|| Error::invalid(field, "is not a list of texts"))
    }

    fn units(&self, field: &str) -> Result<crate::money::Units, Error> {
        let number = self.text(field)?.parse().map(crate::money::Units);
        number.map_err(|_| Error::new(ErrorCode::InvalidAmount, format!("{field}: no base units")))
    }
}

#[cfg(test)]
mod tests;
