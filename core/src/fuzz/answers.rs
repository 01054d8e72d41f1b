//! Answers of the gateway: a line with the status, lines of headers, an empty line, the body.
//! Every reader reads each of them, and every error is fit for a log and for a decision.

use crate::ErrorCode;
use crate::api::{
    ApiError, Finality, HttpResponse, Retry, read_businesses, read_create_payment, read_payment,
    read_rate, read_rates, read_supported_coins, read_tokens, retry,
};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
const BUDGET_MS: u64 = 10_000;

pub(super) fn run(data: &[u8]) {
    let response = response(data);
    let created = read_create_payment(&response);
    if let Ok(created) = &created {
        let report = &created.report;
        let id = report.payment_id.as_deref().expect("an id");
        assert!(!id.is_empty());
        assert!(report.payment_address.is_none() || report.amount_crypto.is_some());
        let url = created.stripe_checkout_url.as_deref().unwrap_or("https://");
        assert!(url.starts_with("http"));
        assert_ne!(created.raw["success"], serde_json::Value::Bool(false));
    }
    check(&response, created.err().as_ref(), false);
    let payment = read_payment(&response);
    if let Ok(report) = &payment {
        assert!(report.payment_id.is_some() && report.status.is_some());
    }
    check(&response, payment.err().as_ref(), true);
    for fiat in ["EUR", "USD"] {
        let rate = read_rate(&response, "BTC", fiat);
        if let Ok(rate) = &rate {
            assert!(!rate.rate.is_zero());
            assert!(fiat == "USD" || !rate.rate.is_one());
        }
        check(&response, rate.err().as_ref(), true);
        let rates = read_rates(&response, &["BTC", "ETH"], fiat);
        if let Ok(rates) = &rates {
            assert!(!rates.is_empty() && rates.values().all(|one| !one.rate.is_zero()));
        }
        check(&response, rates.err().as_ref(), true);
    }
    for coins in [read_tokens(&response), read_supported_coins(&response)] {
        if let Ok(coins) = &coins {
            assert!(coins.iter().all(|coin| !coin.symbol.is_empty()));
        }
        check(&response, coins.err().as_ref(), true);
    }
    check(&response, read_businesses(&response).err().as_ref(), true);
}

fn response(mut data: &[u8]) -> HttpResponse {
    let status = super::text_line(&mut data).trim().parse().unwrap_or(200);
    let mut headers = Vec::new();
    loop {
        let line = super::text_line(&mut data);
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    HttpResponse {
        status,
        headers,
        body: data.to_vec(),
    }
}

fn check(response: &HttpResponse, error: Option<&ApiError>, only_reads: bool) {
    let is_good = (200..300).contains(&response.status);
    let Some(error) = error else {
        assert!(is_good, "HTTP {} was taken for a success", response.status);
        return;
    };
    assert_eq!(error.status, response.status);
    let code = error.error.code;
    assert!(
        code.as_str().starts_with("gateway_")
            || matches!(code, ErrorCode::RateDoubtful | ErrorCode::AmountTooLarge),
        "{code:?}"
    );
    let message = &error.error.message;
    assert!(message.chars().count() < 300, "{message}");
    assert!(!message.chars().any(char::is_control), "{message:?}");
    let lower = message.to_ascii_lowercase();
    for mark in ["cp_live_", "cp_test_", "whsec_"] {
        assert!(!lower.contains(mark), "{message}");
    }
    let waits_ms = error.error.retry_after_ms;
    assert!(waits_ms.unwrap_or(0) <= DAY_MS);
    assert!(
        !(only_reads && error.outcome == Finality::Unknown),
        "{error:?}"
    );
    if error.outcome == Finality::Final {
        assert_eq!(waits_ms, None);
    }
    for (attempt, elapsed_ms) in [(1, 0), (3, 4_000), (u32::MAX, BUDGET_MS)] {
        match retry(attempt, error, only_reads, elapsed_ms, BUDGET_MS, u64::MAX) {
            Retry::Again { wait_ms } => {
                assert_ne!(error.outcome, Finality::Final);
                assert!(elapsed_ms + wait_ms < BUDGET_MS);
                assert!(wait_ms >= waits_ms.unwrap_or(0));
            }
            Retry::Stop { retry_after_ms } => {
                assert!(error.outcome != Finality::Final || retry_after_ms.is_none());
            }
        }
    }
}
