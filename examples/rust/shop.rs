//! A shop in Rust, with axum: checkout, status, webhooks, and a worker for what has to be done.
//! `cargo run --package coinpay-cli --example shop` runs it against a sandbox of its own.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use coinpay_cli::sandbox::{Sandbox, SandboxConfig};
use coinpay_core::flow::{
    Checkout, ClaimEffects, CompleteEffect, CreateCheckout, EffectId, OrderAccess, OrderStatus,
    WorkLimits,
};
use coinpay_core::{Config, Engine, Error, Result};
use serde_json::json;

type Answer<T> = Result<Json<T>, (StatusCode, Json<Error>)>;

/// The engine waits for its database and the gateway, so it gets threads of its own.
async fn run<T: Send + 'static>(
    engine: Arc<Engine>,
    call: impl FnOnce(&Engine) -> Result<T> + Send + 'static,
) -> Answer<T> {
    let answer = tokio::task::spawn_blocking(move || call(&engine))
        .await
        .expect("no panic");
    let status = |error: &Error| StatusCode::from_u16(error.code.http_status()).expect("a status");
    answer
        .map(Json)
        .map_err(|error| (status(&error), Json(error)))
}

// snippet: routes
async fn checkout(engine: State<Arc<Engine>>, cart: Json<CreateCheckout>) -> Answer<Checkout> {
    run(engine.0, |engine| engine.create_checkout(cart.0)).await
}

async fn status(
    engine: State<Arc<Engine>>,
    Path(order_id): Path<String>,
    access: Query<Vec<(String, String)>>,
) -> Answer<OrderStatus> {
    let token = access
        .0
        .into_iter()
        .find(|(key, _)| key == "token")
        .map(|(_, token)| token);
    let access = OrderAccess {
        order_id,
        customer_id: None,
        status_token: token,
    };
    run(engine.0, |engine| engine.order_status(access)).await
}

/// The raw bytes go in; what comes back is the whole answer.
async fn webhook(
    engine: State<Arc<Engine>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let signature = headers
        .get("x-coinpay-signature")
        .and_then(|value| value.to_str().ok());
    let signature = signature.map(str::to_owned);
    let answer = run(engine.0, move |engine| {
        engine.handle_webhook(body.to_vec(), signature)
    })
    .await;
    let answer = answer.map_or_else(
        |_| (503, String::new()),
        |one| (one.http_status, one.body()),
    );
    (StatusCode::from_u16(answer.0).expect("a status"), answer.1)
}
// /snippet

// snippet: worker
/// On a timer: finds payments whose webhook never came, ends orders, and does the side work.
fn tick(engine: &Engine) -> Result<()> {
    engine.work(WorkLimits::default())?;
    for effect in engine.claim_effects(ClaimEffects::default())? {
        // Mail, ship, alert: give `effect.idempotency_key` to whoever does it.
        println!("{}: {}", effect.kind, effect.idempotency_key);
        let effect = EffectId {
            order_id: effect.order_id,
            kind: effect.kind,
            subject: effect.subject,
        };
        engine.complete_effect(CompleteEffect {
            effect,
            result: None,
        })?;
    }
    Ok(())
}
// /snippet

/// The shop on a free port of this machine: its address, and the sandbox that it is paid by.
pub(crate) async fn open() -> (String, Sandbox) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let sandbox = Sandbox::start(SandboxConfig {
        webhook_url: Some(format!("{url}/webhooks/coinpay")),
        ..SandboxConfig::default()
    })
    .expect("a sandbox");
    let config = json!({
        "mode": "test",
        "api_key": SandboxConfig::API_KEY,
        "business_id": SandboxConfig::BUSINESS_ID,
        "webhook_secrets": [SandboxConfig::WEBHOOK_SECRET],
        "base_url": sandbox.base_url(),
        "database": "sqlite::memory:",
    });
    let config = Config::from_json(&config.to_string()).expect("a configuration");
    let engine = Arc::new(Engine::open(config).expect("an engine"));
    let worker = Arc::clone(&engine);
    std::thread::spawn(move || {
        loop {
            if let Err(error) = tick(&worker) {
                eprintln!("{error}");
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    });
    let routes = Router::new()
        .route("/checkout/crypto", post(checkout))
        .route("/orders/{id}/status", get(status))
        .route("/webhooks/coinpay", post(webhook))
        .with_state(engine);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (url, sandbox)
}

#[allow(dead_code, reason = "the tests open the shop themselves")]
#[tokio::main]
async fn main() {
    let (url, sandbox) = open().await;
    println!(
        "the shop: {url}\nthe gateway and its wallets: {}",
        sandbox.page_url()
    );
    std::future::pending::<()>().await;
}
