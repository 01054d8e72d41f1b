//! Exchange rates of the gateway, and why most odd ones are refused: it answers with dollars for
//! a currency that it does not know, and with exactly 1 when a conversion failed.

use crate::sorted::SortedMap;

use serde_json::Value;

use super::answer::{self, ApiError, Call, Finality};
use super::http::HttpResponse;
use crate::money::Decimal;
use crate::time::parse_rfc3339_ms;
use crate::{Error, ErrorCode};

/// What one coin costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Rate {
    pub rate: Decimal,
    /// When the gateway says that it was so.
    pub timestamp_ms: Option<i64>,
}

/// Reads the answer to [`super::rate`] for the same `coin` and `fiat`.
///
/// # Errors
/// What the gateway refused; or [`ErrorCode::RateDoubtful`] for no rate, zero, another coin or
/// currency than asked for, or exactly 1 for a currency that is not the dollar.
pub fn read_rate(response: &HttpResponse, coin: &str, fiat: &str) -> Result<Rate, ApiError> {
    let body = answer::success(response, Call::Read)?;
    check_echoes(&body, coin, fiat).map_err(|why| doubtful(response, why))?;
    let rate = body.get("rate").unwrap_or(&Value::Null);
    let rate = usable_rate(rate, fiat).map_err(|why| doubtful(response, why))?;
    Ok(Rate {
        rate,
        timestamp_ms: timestamp_ms(&body),
    })
}

/// Reads the answer to [`super::rates`] for the same `fiat`. A coin without a usable rate is not
/// in the result.
///
/// # Errors
/// What the gateway refused; or [`ErrorCode::RateDoubtful`] for another currency than asked for,
/// or when not one rate is usable.
pub fn read_rates(
    response: &HttpResponse,
    coins: &[&str],
    fiat: &str,
) -> Result<SortedMap<String, Rate>, ApiError> {
    let body = answer::success(response, Call::Read)?;
    check_fiat(&body, fiat).map_err(|why| doubtful(response, why))?;
    let timestamp_ms = timestamp_ms(&body);
    let rate_of = |coin: &&str| {
        let entry = body.get("rates")?.get(*coin)?;
        let rate = usable_rate(entry.get("rate").unwrap_or(entry), fiat).ok()?;
        Some(((*coin).to_owned(), Rate { rate, timestamp_ms }))
    };
    let rates: SortedMap<_, _> = coins.iter().filter_map(rate_of).collect();
    if rates.is_empty() {
        return Err(doubtful(
            response,
            "the gateway has no usable rate for any of the coins",
        ));
    }
    Ok(rates)
}

fn check_echoes(body: &Value, coin: &str, fiat: &str) -> Result<(), &'static str> {
    let ticker = |code: &str| {
        code.split('_')
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase()
    };
    match body.get("coin").and_then(Value::as_str) {
        Some(echo) if ticker(echo) != ticker(coin) => Err("the rate is of another coin"),
        _ => check_fiat(body, fiat),
    }
}

fn check_fiat(body: &Value, fiat: &str) -> Result<(), &'static str> {
    match body.get("fiat").and_then(Value::as_str) {
        Some(echo) if echo.eq_ignore_ascii_case(fiat) => Ok(()),
        Some(_) => Err("the rate is in another currency; the gateway does not know this one"),
        None => Err("the answer does not say in which currency the rate is"),
    }
}

fn usable_rate(rate: &Value, fiat: &str) -> Result<Decimal, &'static str> {
    if rate.is_null() {
        return Err("the gateway has no rate");
    }
    let rate = Decimal::from_json(rate).map_err(|_| "the rate is not a positive number")?;
    if rate.is_zero() {
        return Err("the rate is zero");
    }
    if rate.is_one() && !fiat.eq_ignore_ascii_case("USD") {
        return Err(
            "the rate is exactly 1, which is what the gateway says when a conversion failed",
        );
    }
    Ok(rate)
}

/// As text, or as a count of seconds or milliseconds, which differ by a factor that no date of
/// this century can bridge.
fn timestamp_ms(body: &Value) -> Option<i64> {
    const LARGEST_SECONDS: i64 = 100_000_000_000;
    match body.get("timestamp")? {
        Value::String(text) => parse_rfc3339_ms(text),
        number => match number.as_i64()? {
            seconds @ 0..LARGEST_SECONDS => seconds.checked_mul(1000),
            ms => (ms > 0).then_some(ms),
        },
    }
}

fn doubtful(response: &HttpResponse, why: &str) -> ApiError {
    ApiError {
        status: response.status,
        error: Error::new(ErrorCode::RateDoubtful, why),
        gateway_code: None,
        outcome: Finality::Retryable,
    }
}
