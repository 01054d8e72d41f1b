//! The simulated gateway: payments, deposits, and every habit of the service that a shop meets.
//! It knows nothing of the shop but the requests that come.

use std::collections::BTreeMap;

use coinpay_core::api::{HttpRequest, HttpResponse, Method};
use coinpay_core::time::format_rfc3339;
use serde_json::{Value as Json, json};

pub(crate) const BUSINESS: &str = "7b8f2c1e-5d5c-4c6e-9a51-2f6f3f1d9f10";
pub(crate) const QUOTE_MS: i64 = 15 * 60_000;

/// Code, decimals, and base units for one US cent.
pub(crate) const CHAINS: [(&str, u8, u128); 3] = [
    ("ETH", 18, 5_000_000_000_000),
    ("BTC", 8, 20),
    ("USDC_POL", 6, 10_000),
];

/// A payment as the gateway keeps it.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) id: String,
    /// `None` for a payment that no create call of ours made.
    pub(crate) key: Option<String>,
    pub(crate) order_id: String,
    pub(crate) chain: usize,
    pub(crate) cents: u64,
    pub(crate) quote: u128,
    pub(crate) deposited: u128,
    pub(crate) address: String,
    pub(crate) status: &'static str,
    pub(crate) created_ms: i64,
    /// When the gateway first held it to be paid.
    pub(crate) paid_ms: Option<i64>,
    /// Its create answer was one that a shop may not use for long.
    pub(crate) short_lived: bool,
}

impl Payment {
    #[must_use]
    pub(crate) fn metadata(&self) -> Json {
        json!({ "order_id": self.order_id, "idempotency_key": self.key })
    }

    #[must_use]
    pub(crate) fn expires_ms(&self) -> i64 {
        let runs_ms = if self.short_lived { 100_000 } else { QUOTE_MS };
        self.created_ms + runs_ms
    }
}

/// How the network treats a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weather {
    Fair,
    TooManyRequests,
    Failing,
    Page,
    ShortQuote,
}

#[derive(Debug, Default)]
pub(crate) struct Gateway {
    pub(crate) payments: Vec<Payment>,
    pub(crate) bodies: BTreeMap<String, String>,
    by_key: BTreeMap<String, usize>,
}

/// What the gateway's answer says of a payment, for the auditor.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) payment: usize,
    pub(crate) status: &'static str,
    /// The payment was made by this very request.
    pub(crate) made: bool,
}

impl Gateway {
    /// Answers a request; the second part is what a listener has learnt by it.
    pub(crate) fn answer(
        &mut self,
        request: &HttpRequest,
        weather: Weather,
        now_ms: i64,
    ) -> (HttpResponse, Option<Said>) {
        let path = request.url.split("/api").nth(1).unwrap_or_default();
        match weather {
            Weather::TooManyRequests => {
                let mut answer = respond(429, &json!({"success": false, "error": "slow down"}));
                answer.headers.push(("Retry-After".into(), "2".into()));
                return (answer, None);
            }
            Weather::Failing => {
                return (
                    respond(500, &json!({"success": false, "error": "no"})),
                    None,
                );
            }
            Weather::Page => {
                let mut answer = respond(502, &Json::Null);
                answer.body = b"<html>bad gateway</html>".to_vec();
                return (answer, None);
            }
            Weather::Fair | Weather::ShortQuote => {}
        }
        match request.method {
            Method::Post => self.create(request, weather == Weather::ShortQuote, now_ms),
            Method::Get if path.starts_with("/payments/") => {
                let id = path.rsplit('/').next().unwrap_or_default();
                match self.payments.iter().position(|one| one.id == id) {
                    Some(payment) => self.row(payment, 200, None),
                    None => (
                        respond(404, &json!({"success": false, "error": "none"})),
                        None,
                    ),
                }
            }
            Method::Get => {
                let fiat = path.rsplit("fiat=").next().unwrap_or_default();
                let body = json!({"success": true, "coin": "USDC", "rate": 0.8, "fiat": fiat});
                (respond(200, &body), None)
            }
        }
    }

    fn create(
        &mut self,
        request: &HttpRequest,
        short_lived: bool,
        now_ms: i64,
    ) -> (HttpResponse, Option<Said>) {
        let named = |header: &&(String, String)| header.0 == "Idempotency-Key";
        let key = request
            .headers
            .iter()
            .find(named)
            .map(|header| header.1.clone());
        let key = key.unwrap_or_default();
        if let Some(known) = self.by_key.get(&key) {
            return self.row(*known, 200, Some(false));
        }
        let text = request.body.clone().unwrap_or_default();
        let body: Json = serde_json::from_str(&text).unwrap_or_default();
        self.bodies.insert(key.clone(), text);
        let chain = CHAINS
            .iter()
            .position(|chain| body["blockchain"] == chain.0);
        let order_id = body["metadata"]["order_id"].as_str().unwrap_or_default();
        let index = self.add(Some(key.clone()), order_id, chain.unwrap_or(0), now_ms);
        let payment = &mut self.payments[index];
        payment.cents = cents(&body["amount"]);
        payment.quote = u128::from(payment.cents) * CHAINS[payment.chain].2;
        payment.short_lived = short_lived;
        self.by_key.insert(key, index);
        self.row(index, 201, Some(true))
    }

    /// A payment of 100 dollars, until somebody says otherwise.
    pub(crate) fn add(
        &mut self,
        key: Option<String>,
        order_id: &str,
        chain: usize,
        now_ms: i64,
    ) -> usize {
        let number = self.payments.len() + 1;
        // Of no network, so that no QR code is drawn: that decides nothing and takes a tenth of
        // the time.
        let address = format!("simulated-{number}");
        self.payments.push(Payment {
            id: format!("00000000-0000-4000-8000-{number:012}"),
            key,
            order_id: order_id.to_owned(),
            chain,
            cents: 10_000,
            quote: 10_000 * CHAINS[chain].2,
            deposited: 0,
            address,
            status: "pending",
            created_ms: now_ms,
            paid_ms: None,
            short_lived: false,
        });
        number - 1
    }

    fn row(&self, index: usize, status: u16, made: Option<bool>) -> (HttpResponse, Option<Said>) {
        let payment = &self.payments[index];
        let (code, decimals, _) = CHAINS[payment.chain];
        let mut row = json!({
            "id": payment.id,
            "amount": dollars(payment.cents),
            "currency": code.to_lowercase(),
            "blockchain": code,
            "crypto_amount": coins(payment.quote, decimals),
            "payment_address": payment.address,
            "status": payment.status,
            "expires_at": format_rfc3339(payment.expires_ms()),
        });
        if made.is_some() {
            row["business_id"] = json!(BUSINESS);
            row["metadata"] = payment.metadata();
        }
        let replay = made == Some(false);
        let body = json!({"success": true, "payment": row, "idempotent_replay": replay});
        let said = Said {
            payment: index,
            status: payment.status,
            made: made == Some(true),
        };
        (respond(status, &body), Some(said))
    }
}

fn respond(status: u16, body: &Json) -> HttpResponse {
    HttpResponse {
        status,
        headers: Vec::new(),
        body: body.to_string().into_bytes(),
    }
}

fn cents(amount: &Json) -> u64 {
    let text = amount.to_string();
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let rest = format!("{rest}00");
    let part: u64 = rest.get(..2).and_then(|two| two.parse().ok()).unwrap_or(0);
    whole.parse::<u64>().unwrap_or(0) * 100 + part
}

#[must_use]
pub(crate) fn dollars(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// Base units as a decimal number.
#[must_use]
pub(crate) fn coins(units: u128, decimals: u8) -> String {
    let one = 10_u128.pow(u32::from(decimals));
    let width = usize::from(decimals);
    format!("{}.{:0width$}", units / one, units % one)
}

/// Whether a payment of this status has been paid, as the gateway sees it.
#[must_use]
pub(crate) fn is_paid(status: &str) -> bool {
    matches!(
        status,
        "confirmed" | "completed" | "forwarding" | "forwarding_failed" | "forwarded" | "refunded"
    )
}
