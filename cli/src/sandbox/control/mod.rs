//! The control API, by which tests and people move the sandbox: JSON in, JSON out, strict about
//! names, so that a misspelt switch is not a test that passes for nothing.

mod payments;
mod settings;
mod webhooks;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::answers::json_answer;
use super::world::Shared;

pub(crate) use payments::{Action, act};

type Answer = Result<Success, Refused>;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/control", get(settings::overview))
        .route("/control/reset", post(settings::reset))
        .route("/control/requests", get(settings::requests))
        .route("/control/clock", get(settings::clock))
        .route("/control/clock/advance", post(settings::advance))
        .route("/control/clock/set", post(settings::set_clock))
        .route(
            "/control/faults",
            get(settings::faults)
                .post(settings::switch_fault)
                .delete(settings::clear_faults),
        )
        .route("/control/rates", post(settings::set_rate))
        .route("/control/wallets", post(settings::set_wallet))
        .route("/control/payments", get(payments::list))
        .route("/control/payments/{id}", get(payments::show))
        .route("/control/payments/{id}/{action}", post(payments::action))
        .route(
            "/control/webhooks/config",
            get(webhooks::config).post(webhooks::configure),
        )
        .route("/control/webhooks/deliveries", get(webhooks::deliveries))
        .route("/control/webhooks/redeliver", post(webhooks::redeliver))
        .route("/control/webhooks/send", post(webhooks::send))
        .route("/control/webhooks/test", post(webhooks::test))
        .route("/control/webhooks/flush", post(webhooks::flush))
}

/// 200 with JSON.
#[derive(Debug)]
pub(crate) struct Success(Value);

impl IntoResponse for Success {
    fn into_response(self) -> Response {
        json_answer(StatusCode::OK, &self.0)
    }
}

/// Why the control API did not do it: `{"error": "…"}`.
#[derive(Debug)]
pub(crate) struct Refused(pub StatusCode, pub String);

impl Refused {
    fn bad(why: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, why.into())
    }

    fn missing(what: &str) -> Self {
        Self(StatusCode::NOT_FOUND, format!("there is no such {what}"))
    }

    fn conflict(why: impl Into<String>) -> Self {
        Self(StatusCode::CONFLICT, why.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        json_answer(self.0, &json!({ "error": self.1 }))
    }
}

/// The body as a command; no body is a command without fields.
fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refused> {
    let body: &[u8] = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| Refused::bad(error.to_string()))
}

/// The moment until which a call may block, by the machine's clock.
fn until(asked_ms: Option<u64>) -> Instant {
    const DEFAULT_MS: u64 = 10_000;
    const LONGEST_MS: u64 = 120_000;
    Instant::now() + Duration::from_millis(asked_ms.unwrap_or(DEFAULT_MS).min(LONGEST_MS))
}

/// Runs what blocks away from the threads that serve.
async fn block<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refused> {
    let stopped = |_| {
        Refused(
            StatusCode::SERVICE_UNAVAILABLE,
            "the sandbox stops".to_owned(),
        )
    };
    tokio::task::spawn_blocking(work).await.map_err(stopped)
}
