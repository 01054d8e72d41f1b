//! A gateway without a memory: what it answers follows from the key or the id alone, so any number
//! of processes speak to the same one.

use coinpay_core::Transport;
use coinpay_core::api::{HttpFault, HttpRequest, HttpResponse, Method};
use coinpay_core::time::format_rfc3339;
use coinpay_core::webhook::sign_webhook;
use serde_json::{Value as Json, json};

use crate::support::{BUSINESS, SECRET, hash};

/// What becomes of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Paid, and a webhook says so.
    Told,
    /// Paid, and nobody says so.
    Silent,
    NeverPaid,
}

pub(crate) fn fate(payment_id: &str) -> Fate {
    match hash(payment_id) % 10 {
        0..=6 => Fate::Told,
        7 => Fate::Silent,
        _ => Fate::NeverPaid,
    }
}

pub(crate) struct Gateway {
    pub(crate) now_ms: Box<dyn Fn() -> i64 + Send + Sync>,
}

impl Gateway {
    fn create(&self, request: &HttpRequest) -> Json {
        let asked: Json =
            serde_json::from_str(request.body.as_deref().unwrap_or_default()).unwrap_or_default();
        let key = request.headers.iter();
        let key = key.filter(|(name, _)| name.eq_ignore_ascii_case("idempotency-key"));
        let key = key
            .map(|(_, value)| value.as_str())
            .next()
            .unwrap_or_default();
        let (id, now_ms) = (payment_id(key), (self.now_ms)());
        let expires_at = format_rfc3339(now_ms + 900_000);
        json!({"success": true, "payment": {
            "id": id, "business_id": BUSINESS, "amount": asked["amount"],
            "amount_usd": asked["amount"], "blockchain": asked["blockchain"],
            "crypto_amount": "0.01000000", "payment_address": address(&id),
            "status": "pending", "expires_at": expires_at,
        }})
    }
}

impl Transport for Gateway {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFault> {
        let answer = match request.method {
            Method::Post => self.create(request),
            Method::Get => {
                let id = request.url.rsplit('/').next().unwrap_or_default();
                let status = match fate(id) {
                    Fate::Told | Fate::Silent => "confirmed",
                    Fate::NeverPaid => "pending",
                };
                json!({"success": true, "payment": {"id": id, "status": status}})
            }
        };
        Ok(HttpResponse {
            status: if request.method == Method::Post {
                201
            } else {
                200
            },
            headers: Vec::new(),
            body: answer.to_string().into_bytes(),
        })
    }
}

fn payment_id(key: &str) -> String {
    let (high, low) = (hash(key), hash(&format!("{key} again")));
    let hex = format!("{high:016x}{low:016x}");
    let part = |from: usize, to: usize| &hex[from..to];
    format!(
        "{}-{}-4{}-8{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 15),
        part(15, 18),
        part(18, 30)
    )
}

fn address(id: &str) -> String {
    format!("0x{:016x}{:016x}{:08x}", hash(id), hash(&id[1..]), 7)
}

/// The payment monitor's thin event with its signature.
pub(crate) fn event(id: &str, kind: &str, now_ms: i64) -> (Vec<u8>, String) {
    let body = json!({
        "id": format!("evt_{id}_{}", now_ms / 1_000),
        "type": format!("payment.{kind}"),
        "created_at": format_rfc3339(now_ms),
        "business_id": BUSINESS,
        "data": {
            "payment_id": id, "status": kind, "blockchain": "ETH",
            "amount_crypto": "0.01000000", "payment_address": address(id),
        },
    });
    let body = body.to_string().into_bytes();
    let signature = sign_webhook(&body, SECRET, now_ms / 1_000);
    (body, signature)
}
