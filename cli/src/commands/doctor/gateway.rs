//! What the gateway says: of the key, of the business, of the time, of the coins. Each question
//! is asked by itself, and the key is sent only where the settings allow the shop to send it.

use coinpay_core::api::{
    ApiError, Auth, Business, HttpFault, HttpRequest, HttpResponse, businesses, fault_error,
    get_payment, read_businesses, read_supported_coins, read_tokens, supported_coins, tokens,
};
use coinpay_core::time::parse_http_date_ms;
use coinpay_core::{
    Clock, Config, Error, ErrorCode, Result, Secret, SystemClock, Transport, UreqTransport,
};

use super::finding::Finding;
use crate::settings::Settings;

pub(super) const CHECKS: [&str; 4] = [KEY, BUSINESS, CLOCK, COINS];

const KEY: &str = "gateway_key";
const BUSINESS: &str = "business";
const CLOCK: &str = "clock";
const COINS: &str = "coins";

/// Webhooks are refused beyond 300 seconds: this is on the way there.
const SKEW_WARNING_MS: u64 = 30_000;
const SKEW_PROBLEM_MS: u64 = 240_000;

/// A `Date` header tells whole seconds.
const HALF_SECOND_MS: i64 = 500;

pub(super) fn check(settings: &Settings) -> Vec<Finding> {
    let mut findings = key_and_business(settings);
    findings.push(clock(settings));
    findings.push(coins(settings));
    findings
}

/// One call shows both.
fn key_and_business(settings: &Settings) -> Vec<Finding> {
    let Ok(config) = settings.config_of(&["mode", "api_key", "base_url"]) else {
        let key = Finding::skipped(KEY, "see api_key");
        return vec![key, business(settings, None)];
    };
    let answer = ask(&config, &businesses(&config.base_url));
    match answer.and_then(|answer| read_businesses(&answer)) {
        Ok(listed) => {
            let key = Finding::ok(KEY, "the gateway accepts it");
            vec![key, business(settings, Some(&listed))]
        }
        Err(error) => vec![not_answered(KEY, &error), business(settings, None)],
    }
}

fn business(settings: &Settings, listed: Option<&[Business]>) -> Finding {
    let copy = "Copy the business id from the gateway's dashboard, or use that business's key.";
    let wanted = match settings.config_of(&["business_id"]) {
        Ok(config) => config.business_id,
        Err(error) => return Finding::problem(BUSINESS, error.into_message(), copy),
    };
    let Some(listed) = listed else {
        return Finding::skipped(BUSINESS, "the key did not work");
    };
    let is_wanted = |one: &&Business| one.id.eq_ignore_ascii_case(&wanted);
    match listed.iter().find(is_wanted) {
        Some(found) => {
            let name = found.name.as_deref().unwrap_or("without a name");
            Finding::ok(BUSINESS, format!("the key is for it: {name}"))
        }
        None if listed.is_empty() => {
            Finding::warning(BUSINESS, "the gateway lists none for this key", copy)
        }
        None => {
            let count = listed.len();
            Finding::problem(
                BUSINESS,
                format!("is not among those of the key ({count})"),
                copy,
            )
        }
    }
}

/// Asks, without the key, for a payment that is not there: every answer has the time on it.
fn clock(settings: &Settings) -> Finding {
    let Ok(config) = settings.config_of(&["base_url"]) else {
        return Finding::skipped(CLOCK, "the base URL is wrong");
    };
    let before_ms = SystemClock.now_ms();
    let request = get_payment(&config.base_url, "clock").map_err(not_made);
    let answer = request.and_then(|request| ask(&config, &request));
    let after_ms = SystemClock.now_ms();
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return not_answered(CLOCK, &error),
    };
    let Some(theirs_ms) = answer.header("date").and_then(parse_http_date_ms) else {
        let message = "the gateway's answer has no date";
        return Finding::warning(CLOCK, message, "Is the base URL right?");
    };
    let theirs_ms = theirs_ms.saturating_add(HALF_SECOND_MS);
    judged(before_ms.midpoint(after_ms).saturating_sub(theirs_ms))
}

/// `skew_ms` is our time less the gateway's.
fn judged(skew_ms: i64) -> Finding {
    let size_ms = skew_ms.unsigned_abs();
    if size_ms <= SKEW_WARNING_MS {
        return Finding::ok(CLOCK, "agrees with the gateway's");
    }
    let seconds = size_ms / 1_000;
    let side = if skew_ms < 0 { "behind" } else { "ahead of" };
    let message = format!("this machine is {seconds} s {side} the gateway");
    let advice = "Set this machine's clock, by NTP if possible: webhooks are refused beyond 300 s.";
    if size_ms <= SKEW_PROBLEM_MS {
        Finding::warning(CLOCK, message, advice)
    } else {
        Finding::problem(CLOCK, message, advice)
    }
}

fn coins(settings: &Settings) -> Finding {
    let Ok(config) = settings.config_of(&["mode", "api_key", "base_url", "business_id"]) else {
        return Finding::skipped(COINS, "see api_key and business");
    };
    let (base_url, business_id) = (&config.base_url, &config.business_id);
    let answer_to = |request: Result<HttpRequest>| ask(&config, &request.map_err(not_made)?);
    let answer = answer_to(tokens(base_url, business_id));
    let mut listed = answer.and_then(|answer| read_tokens(&answer));
    if matches!(&listed, Err(error) if error.status == 404) {
        // Some deployments serve the older call alone.
        let answer = answer_to(supported_coins(base_url, business_id));
        listed = answer.and_then(|answer| read_supported_coins(&answer));
    }
    let listed = match listed {
        Ok(listed) => listed,
        Err(error) => return not_answered(COINS, &error),
    };
    let usable = listed
        .iter()
        .filter(|coin| coin.is_active && coin.has_wallet != Some(false));
    let symbols: Vec<_> = usable.map(|coin| coin.symbol.as_str()).collect();
    if symbols.is_empty() {
        return Finding::problem(
            COINS,
            "the business has no wallet: it can be paid in nothing",
            "Add a wallet at the gateway for each coin that you want to be paid in.",
        );
    }
    Finding::ok(COINS, format!("can be paid in {}", symbols.join(", ")))
}

fn ask(config: &Config, request: &HttpRequest) -> Result<HttpResponse, ApiError> {
    let key = match request.auth {
        Auth::Bearer => config.api_key.clone(),
        Auth::None => Secret::new("none"),
    };
    let transport = UreqTransport::new(key, &config.base_url).map_err(not_made)?;
    transport.send(request).map_err(fault_error)
}

/// A request that could not be made never left.
fn not_made(error: Error) -> ApiError {
    ApiError {
        error,
        ..fault_error(HttpFault::NotSent)
    }
}

fn not_answered(check: &'static str, error: &ApiError) -> Finding {
    let advice = match error.error.code {
        ErrorCode::GatewayUnauthorized => "Make a new API key at the gateway and set it here.",
        ErrorCode::GatewayForbidden => "Give the key more scope at the gateway, or use another.",
        ErrorCode::GatewayRateLimited => "Wait a minute and try again.",
        ErrorCode::GatewayNotFound => "Compare base URL and business id with the dashboard's.",
        ErrorCode::GatewayUnreachable => "Does this machine reach the internet without a proxy?",
        ErrorCode::InvalidConfiguration => "Correct this setting.",
        _ => "Try again; if it stays, look at the gateway's status.",
    };
    Finding::problem(check, error.error.message.as_str(), advice)
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    #[test]
    fn a_clock_is_warned_about_beyond_30_seconds_and_wrong_beyond_240() {
        for (skew_ms, level) in [
            (0, Level::Ok),
            (30_000, Level::Ok),
            (-30_001, Level::Warning),
            (240_000, Level::Warning),
            (240_001, Level::Problem),
            (i64::MIN, Level::Problem),
        ] {
            assert_eq!(judged(skew_ms).level, level, "{skew_ms}");
        }
        assert!(judged(-60_000).message.contains("60 s behind"));
        assert!(judged(60_000).message.contains("60 s ahead"));
    }
}
