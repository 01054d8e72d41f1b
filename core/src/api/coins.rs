//! What a business can be paid in, and which businesses a key is for.

use serde_json::{Map, Value};

use super::answer::{self, ApiError, Call};
use super::fields::Fields;
use super::http::HttpResponse;

/// A coin that the gateway offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coin {
    /// The code that a payment is asked with, such as `USDC_POL`.
    pub symbol: String,
    pub name: Option<String>,
    /// True when not said, because only active ones are asked for.
    pub is_active: bool,
    /// Whether the business can be paid in it; unknown when not said.
    pub has_wallet: Option<bool>,
}

/// Reads the answer to [`super::tokens`]. An entry without a symbol is left out.
///
/// # Errors
/// What the gateway refused, or an answer without the list.
pub fn read_tokens(response: &HttpResponse) -> Result<Vec<Coin>, ApiError> {
    read_list(response, "tokens")
}

/// Reads the answer to [`super::supported_coins`]. An entry without a symbol is left out.
///
/// # Errors
/// What the gateway refused, or an answer without the list.
pub fn read_supported_coins(response: &HttpResponse) -> Result<Vec<Coin>, ApiError> {
    read_list(response, "coins")
}

fn read_list(response: &HttpResponse, list: &str) -> Result<Vec<Coin>, ApiError> {
    let body = answer::success(response, Call::Read)?;
    let Some(entries) = body.get(list).and_then(Value::as_array) else {
        let what = format!("`{list}` is missing or not a list");
        return Err(answer::unusable(response, Call::Read, &what));
    };
    Ok(objects(entries).filter_map(read_coin).collect())
}

fn read_coin(entry: &Map<String, Value>) -> Option<Coin> {
    let mut fields = Fields::of(entry);
    let symbol = fields.text(&["symbol", "code"])?.to_ascii_uppercase();
    Some(Coin {
        symbol,
        name: fields.text(&["name"]),
        is_active: fields.flag("is_active").unwrap_or(true),
        has_wallet: fields.flag("has_wallet"),
    })
}

/// A shop at the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Business {
    pub id: String,
    pub name: Option<String>,
}

/// Reads the answer to [`super::businesses`]. That it succeeds shows that the key works; the
/// list may be empty, also when the answer has another shape than known.
///
/// # Errors
/// What the gateway refused.
pub fn read_businesses(response: &HttpResponse) -> Result<Vec<Business>, ApiError> {
    let body = answer::success(response, Call::Read)?;
    let named = body.get("businesses").or_else(|| body.get("data"));
    let entries = named.unwrap_or(&body).as_array();
    let read = |entry| {
        let mut fields = Fields::of(entry);
        Some(Business {
            id: fields.id(&["id"])?,
            name: fields.text(&["name"]),
        })
    };
    Ok(entries
        .map(|entries| objects(entries).filter_map(read).collect())
        .unwrap_or_default())
}

fn objects(entries: &[Value]) -> impl Iterator<Item = &Map<String, Value>> {
    entries.iter().filter_map(Value::as_object)
}
