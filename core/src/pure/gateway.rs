//! The gateway's API by the names of its calls: a request to send, and what its answer says.

use serde_json::Value as Json;

use super::{Arguments, Outcome, documents};
use crate::api::{self, API_BASE_URL, CreatePayment, HttpFault, HttpResponse};
use crate::document::json;
use crate::money::Decimal;
use crate::{Error, Result};

/// Calls that give a request, as a flow's step would have it; `payment_qr_url` gives a URL.
pub(super) const REQUESTS: &[&str] = &[
    "create_payment",
    "create_payment_with_body",
    "get_payment",
    "payment_qr_url",
    "rate",
    "rates",
    "tokens",
    "supported_coins",
    "businesses",
];

/// Calls that read an answer: `status` and `headers` in the arguments, its body beside them.
pub(super) const ANSWERS: &[&str] = &[
    "read_create_payment",
    "read_payment",
    "read_rate",
    "read_rates",
    "read_tokens",
    "read_supported_coins",
    "read_businesses",
    "fault_error",
];

pub(super) fn request(name: &str, arguments: &str) -> Result<Json> {
    let fields = Arguments::read(arguments)?;
    let base_url = fields.0.get("base_url").and_then(Json::as_str);
    let base_url = base_url.unwrap_or(API_BASE_URL);
    let text = |field: &str| fields.text(field);
    let request = match name {
        "create_payment" => {
            let payment = payment(fields.get("payment")?)?;
            api::create_payment(base_url, &payment, text("idempotency_key")?)?
        }
        "create_payment_with_body" => {
            let body = text("body")?.to_owned();
            api::create_payment_with_body(base_url, body, text("idempotency_key")?)
        }
        "get_payment" => api::get_payment(base_url, text("payment_id")?)?,
        "payment_qr_url" => return Ok(api::payment_qr_url(base_url, text("payment_id")?).into()),
        "rate" => api::rate(base_url, text("coin")?, text("fiat")?)?,
        "rates" => api::rates(base_url, &fields.texts("coins")?, text("fiat")?)?,
        "tokens" => api::tokens(base_url, text("business_id")?)?,
        "supported_coins" => api::supported_coins(base_url, text("business_id")?)?,
        _ => api::businesses(base_url),
    };
    Ok(json!(request))
}

fn payment(payment: &Json) -> Result<CreatePayment> {
    let text = |field: &str| payment.get(field).and_then(Json::as_str).map(str::to_owned);
    let needed = |field: &str| text(field).ok_or_else(|| Error::invalid(field, "is missing"));
    let metadata = payment.get("metadata").and_then(Json::as_object);
    Ok(CreatePayment {
        business_id: needed("business_id")?,
        amount_usd: Decimal::from_json(payment.get("amount_usd").unwrap_or(&Json::Null))?,
        blockchain: needed("blockchain")?,
        description: text("description"),
        metadata: metadata.cloned().unwrap_or_default(),
        payment_method: text("payment_method"),
        success_url: text("success_url"),
        cancel_url: text("cancel_url"),
        redirect_url: text("redirect_url"),
        merchant_wallet_address: text("merchant_wallet_address"),
    })
}

/// Headers as steps write them, or as an object, of which what is no text is left out.
fn headers(given: &Json) -> Option<Vec<(String, String)>> {
    let pair = |pair: &Json| match pair.as_array()?.as_slice() {
        [name, value] => Some((name.as_str()?.to_owned(), value.as_str()?.to_owned())),
        _ => None,
    };
    let text = |(name, value): (&String, &Json)| Some((name.clone(), value.as_str()?.to_owned()));
    match given {
        Json::Array(list) => list.iter().map(pair).collect(),
        Json::Object(object) => Some(object.iter().filter_map(text).collect()),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => None,
    }
}

fn response(fields: &Arguments, body: &[u8]) -> Result<HttpResponse> {
    let given = fields.0.get("headers").filter(|given| !given.is_null());
    let headers = given.map_or_else(|| Some(Vec::new()), headers);
    Ok(HttpResponse {
        status: fields.small("status")?,
        headers: headers.ok_or_else(|| Error::invalid("headers", "are not a list of pairs"))?,
        body: body.to_vec(),
    })
}

pub(super) fn answer(name: &str, arguments: &str, body: &[u8]) -> Outcome {
    let fields = Arguments::read(arguments)?;
    if let Some(fault) = fields.0.get("fault") {
        let fault = fault.as_str().and_then(HttpFault::parse);
        let fault = fault.ok_or_else(|| Error::invalid("fault", "is not a driver's fault"))?;
        return Err(api::fault_error(fault).into());
    }
    let response = response(&fields, body)?;
    Ok(match name {
        "read_create_payment" => documents::created(&api::read_create_payment(&response)?),
        "read_payment" => documents::report(&api::read_payment(&response)?),
        "read_rate" => {
            let (coin, fiat) = (fields.text("coin")?, fields.text("fiat")?);
            documents::rate(&api::read_rate(&response, coin, fiat)?)
        }
        "read_rates" => {
            let coins = fields.texts("coins")?;
            let rates = api::read_rates(&response, &coins, fields.text("fiat")?)?;
            let rates = rates.iter();
            Json::Object(
                rates
                    .map(|(coin, rate)| (coin.clone(), documents::rate(rate)))
                    .collect(),
            )
        }
        "read_tokens" => documents::coins(&api::read_tokens(&response)?),
        "read_supported_coins" => documents::coins(&api::read_supported_coins(&response)?),
        "read_businesses" => documents::businesses(&api::read_businesses(&response)?),
        _ => return Err(Error::invalid("fault", "is missing").into()),
    })
}
