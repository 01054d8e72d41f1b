//! The shop's webhook endpoint, there and back: an unsigned event has to be refused, and a signed
//! one has to be taken and to show in the database of the settings. The event is that of the
//! gateway's test button, which moves no order.

use coinpay_core::api::HttpResponse;
use coinpay_core::webhook::sign_webhook;
use coinpay_core::{Clock, Secret, SystemClock, Transport};
use serde_json::{Value, json};

use super::super::trigger::{Signed, not_answered, request, target, transport};
use super::finding::Finding;
use crate::settings::Settings;
use crate::shop;

const UNSIGNED: &str = "webhook_unsigned";
const SIGNED: &str = "webhook_signed";
const ROUND_TRIP: &str = "webhook_arrives";

const IS_IT_OURS: &str =
    "Is the URL that of the shop's webhook endpoint, and is the library behind it?";

pub(super) fn check(settings: &Settings, url: &str) -> Vec<Finding> {
    // Whoever has the test button's event can do nothing with it, so it may go to another machine.
    if let Err(error) = target::check(url, true) {
        let advice = "Give the address of the endpoint as it stands at the gateway.";
        return vec![Finding::problem(SIGNED, error.into_message(), advice)];
    }
    let mut findings = vec![unsigned(settings, url)];
    let secrets = settings.webhook_secrets();
    let Some(secret) = secrets.iter().find(|secret| !secret.is_blank()) else {
        findings.push(Finding::skipped(SIGNED, "see webhook_secrets"));
        return findings;
    };
    findings.extend(signed(settings, url, secret));
    findings
}

/// An endpoint that takes what nobody signed would take anything.
fn unsigned(settings: &Settings, url: &str) -> Finding {
    let body = event(settings).to_string();
    let header = String::new();
    match post(url, Signed { body, header }) {
        Err(why) => unreachable(UNSIGNED, &why),
        Ok(answer) if (400..500).contains(&answer.status) && answer.status != 404 => {
            let message = format!(
                "an event without a signature is refused ({})",
                answer.status
            );
            Finding::ok(UNSIGNED, message)
        }
        Ok(answer) if (200..300).contains(&answer.status) => Finding::problem(
            UNSIGNED,
            format!("an event without a signature is taken ({})", answer.status),
            "Anybody could say that an order is paid. Hand every webhook to the library.",
        ),
        Ok(answer) => {
            let message = format!("the endpoint answers {}, not 401", answer.status);
            Finding::problem(UNSIGNED, message, IS_IT_OURS)
        }
    }
}

fn signed(settings: &Settings, url: &str, secret: &Secret) -> Vec<Finding> {
    let before = last_test(settings);
    let body = event(settings).to_string();
    let now_s = SystemClock.now_ms() / 1_000;
    let header = sign_webhook(body.as_bytes(), secret.expose(), now_s);
    let answer = match post(url, Signed { body, header }) {
        Ok(answer) => answer,
        Err(why) => return vec![unreachable(SIGNED, &why)],
    };
    if !(200..300).contains(&answer.status) {
        let message = format!("an event with our signature is refused ({})", answer.status);
        let advice = if answer.status == 401 {
            "The shop has another secret, or its framework parses the body before it is checked; \
             coinpay health says which."
        } else {
            IS_IT_OURS
        };
        return vec![Finding::problem(SIGNED, message, advice)];
    }
    let taken = format!("an event with our signature is taken ({})", answer.status);
    vec![
        Finding::ok(SIGNED, taken),
        arrived(before, last_test(settings)),
    ]
}

fn arrived(before: Result<Value, String>, after: Result<Value, String>) -> Finding {
    match (before, after) {
        (Err(why), _) | (_, Err(why)) => Finding::skipped(ROUND_TRIP, &why),
        (Ok(before), Ok(after)) if before == after => Finding::problem(
            ROUND_TRIP,
            "the event was taken, but it is not in the database of these settings",
            "Does the endpoint belong to another shop, or has it other settings?",
        ),
        (Ok(_), Ok(_)) => Finding::ok(ROUND_TRIP, "and it is in the database"),
    }
}

/// What the database knows of the test button.
fn last_test(settings: &Settings) -> Result<Value, String> {
    let engine = shop::open_existing(settings).map_err(coinpay_core::Error::into_message)?;
    let health = engine.health().map_err(coinpay_core::Error::into_message)?;
    Ok(json!(health.webhook_test))
}

/// As the dashboard's test button writes it.
fn event(settings: &Settings) -> Value {
    let now_ms = SystemClock.now_ms();
    json!({
        "id": format!("evt_test_{now_ms}"),
        "type": "test.webhook",
        "business_id": settings.text("business_id"),
        "created_at": coinpay_core::time::format_rfc3339(now_ms),
        "data": {
            "payment_id": format!("test_{now_ms}"),
            "status": "test",
            "message": "coinpay doctor looks whether webhooks arrive",
        },
    })
}

fn post(url: &str, signed: Signed) -> Result<HttpResponse, String> {
    let transport = transport(url).map_err(coinpay_core::Error::into_message)?;
    let answer = transport.send(&request(url, signed));
    answer.map_err(|fault| not_answered(fault).to_owned())
}

fn unreachable(check: &'static str, why: &str) -> Finding {
    let advice = "Does the shop run, and does its web server let POST requests through?";
    Finding::problem(check, why, advice)
}
