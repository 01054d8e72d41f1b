//! The parsers behind the signature, and those that read no webhooks, against small changes of
//! everything in the vectors: a value or a typed error, never a panic.

use std::collections::BTreeSet;

use coinpay_core::api::{self, ApiError, HttpResponse};
use coinpay_core::webhook::parse_webhook;
use coinpay_core::{Config, ErrorCode};

use crate::changes::{few_replacements, insertions, omissions, truncations};
use crate::wire_vectors::{Case, Vectors};

/// Longer bodies are long by repetition.
const LONGEST_BYTES: usize = 1_024;

fn small_changes(whole: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    few_replacements(whole)
        .chain(insertions(whole))
        .chain(omissions(whole))
}

/// The first case of each line of the protocol's tables.
fn one_of_each_row(file: &Vectors) -> Vec<&Case> {
    let mut rows = BTreeSet::new();
    let short = file.cases.iter().filter(|case| {
        (case.has("body") || case.has("body_hex")) && case.body().len() <= LONGEST_BYTES
    });
    short.filter(|case| rows.insert(case.text("row"))).collect()
}

#[test]
fn a_changed_event_is_read_or_unreadable() {
    let file = Vectors::read("webhook_events.json");
    let mut read = 0;
    for case in one_of_each_row(&file) {
        let body = case.body();
        for changed in truncations(&body).chain(small_changes(&body)) {
            match parse_webhook(&changed) {
                Ok(event) => {
                    assert!(!event.type_name.is_empty());
                    read += 1;
                }
                Err(error) => assert_eq!(error.code, ErrorCode::WebhookUnreadable),
            }
        }
    }
    assert!(read > 0, "many changes leave an event");
}

#[test]
fn no_truncation_of_an_event_is_read() {
    let file = Vectors::read("webhook_events.json");
    for case in file.cases.iter().filter(|case| case.has("gives")) {
        let body = case.body();
        let end = body.trim_ascii_end().len();
        for changed in truncations(&body[..end]) {
            let error = parse_webhook(&changed).expect_err(case.name());
            assert_eq!(error.code, ErrorCode::WebhookUnreadable);
        }
    }
}

/// The error of every reader, `None` where it reads something.
fn readers(response: &HttpResponse) -> [Option<ApiError>; 7] {
    [
        api::read_create_payment(response).err(),
        api::read_payment(response).err(),
        api::read_rate(response, "BTC", "EUR").err(),
        api::read_rates(response, &["BTC", "ETH"], "EUR").err(),
        api::read_tokens(response).err(),
        api::read_supported_coins(response).err(),
        api::read_businesses(response).err(),
    ]
}

fn is_of_the_gateway(code: ErrorCode) -> bool {
    code.as_str().starts_with("gateway_")
        || [ErrorCode::RateDoubtful, ErrorCode::AmountTooLarge].contains(&code)
}

#[test]
fn a_changed_answer_is_read_or_an_error_of_the_gateway() {
    let file = Vectors::read("api_answers.json");
    for case in one_of_each_row(&file) {
        let mut response = case.response();
        let body = case.body();
        for changed in truncations(&body).chain(few_replacements(&body)) {
            response.body = changed;
            for error in readers(&response) {
                let is_good = (200..300).contains(&response.status);
                assert!(is_good || error.is_some(), "{}", case.name());
                if let Some(error) = error {
                    assert!(is_of_the_gateway(error.error.code), "{error:?}");
                    assert_eq!(error.status, response.status);
                }
            }
        }
    }
}

const CONFIGURATION: &str = r#"{"v":1,"mode":"test","api_key":"cp_test_0123456789abcdef",
"business_id":"7b8f2c1e-5d5c-4c6e-9a51-2f6f3f1d9f10","webhook_secrets":["whsec_aa","whsec_bb"],
"base_url":"https://coinpayportal.com/api","shop_id":"shop","database":"sqlite:shop.db",
"table_prefix":"coinpay_","stock":"managed","order_window":"order","window_minutes":60,
"window_btc_minutes":180,"late_window_hours":24,"underpaid_tolerance_bps":100,
"overpaid_tolerance_bps":100,"max_open_orders":3,"requests_per_minute":100,
"webhook_tolerance_s":300,"budget_ms":10000,"lease_ms":120000,"max_tries":8,
"carrier_honours_key":false,"keep_events_days":90,"keep_orders_days":0}"#;

#[test]
fn a_changed_configuration_is_checked_as_a_whole_or_refused_by_name() {
    assert!(Config::from_json(CONFIGURATION).is_ok());
    let (mut read, mut refused) = (0, 0);
    for changed in small_changes(CONFIGURATION.as_bytes()) {
        // Hosts hand in text; what is none of it they cannot.
        let Ok(text) = String::from_utf8(changed) else {
            continue;
        };
        match Config::from_json(&text) {
            Ok(config) => {
                assert_eq!(config.check(), Ok(()));
                read += 1;
            }
            Err(error) => {
                assert_eq!(error.code, ErrorCode::InvalidConfiguration);
                for secret in ["0123456789", "whsec"] {
                    assert!(!error.message.contains(secret), "{}", error.message);
                }
                refused += 1;
            }
        }
    }
    assert!(read > 0 && refused > 0);
}

#[test]
fn no_truncation_of_a_configuration_is_read() {
    for changed in truncations(CONFIGURATION.as_bytes()) {
        let text = String::from_utf8(changed).expect("ASCII");
        let error = Config::from_json(&text).expect_err("cut off");
        assert_eq!(error.code, ErrorCode::InvalidConfiguration);
    }
}
