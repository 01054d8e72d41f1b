//! The gateway's paths, and requests to them as data. Every part of a path or query is checked
//! to be an id or a code, so that nothing of a caller's can change where a request goes.

use super::http::{Auth, HttpRequest, Method};
use crate::{Error, Result};

/// Where the gateway's API lives.
pub const API_BASE_URL: &str = "https://coinpayportal.com/api";

const TIMEOUT_MS: u64 = 10_000;
const MAX_ANSWER_BYTES: u64 = 1024 * 1024;

const MAX_ID_BYTES: usize = 128;
const MAX_CODE_BYTES: usize = 32;

/// The public facts of one payment; needs no key.
///
/// # Errors
/// An id that is not 1 to 128 letters, digits, `-` and `_`.
pub fn get_payment(base_url: &str, payment_id: &str) -> Result<HttpRequest> {
    let id = checked_id("payment_id", payment_id)?;
    Ok(get(base_url, &format!("/payments/{id}"), Auth::None))
}

/// Where the gateway draws a payment's QR code, a PNG for everybody.
#[must_use]
pub fn payment_qr_url(base_url: &str, payment_id: &str) -> String {
    let id = percent_encoded(payment_id);
    format!("{}/payments/{id}/qr", base_url.trim_end_matches('/'))
}

/// What one `coin` costs in `fiat`. The coin `USDC` gives the rate of the dollar.
///
/// # Errors
/// A coin or currency that is not a code.
pub fn rate(base_url: &str, coin: &str, fiat: &str) -> Result<HttpRequest> {
    let (coin, fiat) = (checked_code("coin", coin)?, checked_code("fiat", fiat)?);
    Ok(get(
        base_url,
        &format!("/rates?coin={coin}&fiat={fiat}"),
        Auth::Bearer,
    ))
}

/// What one of each of `coins` costs in `fiat`.
///
/// # Errors
/// No coins, or a coin or currency that is not a code.
pub fn rates(base_url: &str, coins: &[&str], fiat: &str) -> Result<HttpRequest> {
    if coins.is_empty() {
        return Err(Error::invalid("coins", "are none"));
    }
    let coins: Result<Vec<_>> = coins
        .iter()
        .map(|coin| checked_code("coins", coin))
        .collect();
    let (coins, fiat) = (coins?.join(","), checked_code("fiat", fiat)?);
    Ok(get(
        base_url,
        &format!("/rates?coins={coins}&fiat={fiat}"),
        Auth::Bearer,
    ))
}

/// The coins that a business can be paid in now.
///
/// # Errors
/// A business id that is not 1 to 128 letters, digits, `-` and `_`.
pub fn tokens(base_url: &str, business_id: &str) -> Result<HttpRequest> {
    coins_of(base_url, "/tokens", business_id)
}

/// The same from an older call, which some deployments still serve alone.
///
/// # Errors
/// A business id that is not 1 to 128 letters, digits, `-` and `_`.
pub fn supported_coins(base_url: &str, business_id: &str) -> Result<HttpRequest> {
    coins_of(base_url, "/supported-coins", business_id)
}

fn coins_of(base_url: &str, path: &str, business_id: &str) -> Result<HttpRequest> {
    let id = checked_id("business_id", business_id)?;
    Ok(get(
        base_url,
        &format!("{path}?business_id={id}&active_only=true"),
        Auth::Bearer,
    ))
}

/// The account's businesses: the cheapest call that shows whether a key works.
#[must_use]
pub fn businesses(base_url: &str) -> HttpRequest {
    get(base_url, "/businesses", Auth::Bearer)
}

fn get(base_url: &str, path: &str, auth: Auth) -> HttpRequest {
    HttpRequest {
        method: Method::Get,
        url: format!("{}{path}", base_url.trim_end_matches('/')),
        headers: vec![header("Accept", "application/json")],
        body: None,
        auth,
        timeout_ms: TIMEOUT_MS,
        max_answer_bytes: MAX_ANSWER_BYTES,
    }
}

pub(super) fn post(base_url: &str, path: &str, body: String, extra: (&str, &str)) -> HttpRequest {
    let mut request = get(base_url, path, Auth::Bearer);
    request.method = Method::Post;
    request
        .headers
        .push(header("Content-Type", "application/json"));
    request.headers.push(header(extra.0, extra.1));
    request.body = Some(body);
    request
}

fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// An id that can stand in a path or query as it is.
pub(super) fn is_payment_id(id: &str) -> bool {
    let is_plain = id
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    is_plain && (1..=MAX_ID_BYTES).contains(&id.len())
}

/// A coin, chain or currency code.
pub(super) fn is_code(code: &str) -> bool {
    let is_plain = code
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_plain && (1..=MAX_CODE_BYTES).contains(&code.len())
}

fn checked_id<'a>(field: &str, id: &'a str) -> Result<&'a str> {
    let why = "is not 1 to 128 letters, digits, - and _";
    if is_payment_id(id) {
        Ok(id)
    } else {
        Err(Error::invalid(field, why))
    }
}

fn checked_code<'a>(field: &str, code: &'a str) -> Result<&'a str> {
    let why = "is not a code such as BTC or EUR";
    if is_code(code) {
        Ok(code)
    } else {
        Err(Error::invalid(field, why))
    }
}

fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorCode;

    #[test]
    fn no_id_or_code_can_lead_a_request_elsewhere() {
        let long = "x".repeat(129);
        for bad in [
            "",
            "..",
            "a/b",
            "a?b",
            "a#b",
            "a b",
            "a%2f",
            "ä",
            "a\r\nX: y",
            "a&b",
            &long,
        ] {
            let code = |result: Result<HttpRequest>| result.map(|_| ()).unwrap_err().code;
            assert_eq!(
                code(get_payment(API_BASE_URL, bad)),
                ErrorCode::InvalidInput,
                "{bad}"
            );
            assert_eq!(
                code(rate(API_BASE_URL, bad, "EUR")),
                ErrorCode::InvalidInput,
                "{bad}"
            );
            assert_eq!(
                code(rate(API_BASE_URL, "BTC", bad)),
                ErrorCode::InvalidInput,
                "{bad}"
            );
            assert_eq!(
                code(rates(API_BASE_URL, &["BTC", bad], "EUR")),
                ErrorCode::InvalidInput
            );
            assert_eq!(
                code(tokens(API_BASE_URL, bad)),
                ErrorCode::InvalidInput,
                "{bad}"
            );
            let url = payment_qr_url(API_BASE_URL, bad);
            let id = url
                .strip_prefix("https://coinpayportal.com/api/payments/")
                .unwrap();
            let id = id.strip_suffix("/qr").unwrap();
            assert!(
                id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'%'),
                "{url}"
            );
        }
    }

    #[test]
    fn a_slash_at_the_end_of_the_base_url_is_not_doubled() {
        let request = businesses("http://127.0.0.1:8080/api/");
        assert_eq!(request.url, "http://127.0.0.1:8080/api/businesses");
    }
}
