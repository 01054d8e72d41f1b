//! A gateway in memory for the tests of the flows: no sockets, no clock, faults on demand.

use std::collections::BTreeMap;

use coinpay_core::api::{HttpFault, HttpRequest, HttpResponse, Method};
use serde_json::{Value as Json, json};

/// What the next answers are to be instead of the true ones.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    /// The request never arrives.
    NotSent,
    /// It is carried out, and the answer is lost.
    AnswerLost,
    Status(u16, &'static str),
    Html(u16),
    /// The right payment with another chain: a key that was used for something else.
    OtherPayment,
    /// A quote that runs for so many seconds only.
    ShortQuote(i64),
}

#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub id: String,
    pub address: String,
    pub request: Json,
    pub crypto: String,
    pub status: String,
    pub created_at_ms: i64,
}

#[derive(Debug, Default)]
pub(crate) struct Gateway {
    pub payments: Vec<Payment>,
    by_key: BTreeMap<String, usize>,
    pub trouble: Vec<Trouble>,
    pub requests: Vec<String>,
    pub rates: BTreeMap<String, Json>,
}

impl Gateway {
    pub(crate) fn payment(&self, id: &str) -> &Payment {
        self.payments
            .iter()
            .find(|one| one.id == id)
            .expect("a payment of this gateway")
    }

    pub(crate) fn set_status(&mut self, id: &str, status: &str) {
        let payment = self
            .payments
            .iter_mut()
            .find(|one| one.id == id)
            .expect("a payment");
        payment.status = status.to_owned();
    }

    pub(crate) fn send(
        &mut self,
        request: &HttpRequest,
        now_ms: i64,
    ) -> Result<HttpResponse, HttpFault> {
        let path = request
            .url
            .split("/api")
            .nth(1)
            .unwrap_or_default()
            .to_owned();
        self.requests.push(format!("{:?} {path}", request.method));
        let trouble = if self.trouble.is_empty() {
            None
        } else {
            Some(self.trouble.remove(0))
        };
        match trouble {
            Some(Trouble::NotSent) => return Err(HttpFault::NotSent),
            Some(Trouble::Status(status, body)) => {
                return Ok(answer(status, body.as_bytes().to_vec(), now_ms));
            }
            Some(Trouble::Html(status)) => {
                return Ok(answer(status, b"<html>oops</html>".to_vec(), now_ms));
            }
            _ => {}
        }
        let truth = match request.method {
            Method::Post => self.create(request, &trouble, now_ms),
            Method::Get if path.starts_with("/payments/") => {
                let id = path.rsplit('/').next().unwrap_or_default();
                match self.payments.iter().find(|one| one.id == id) {
                    Some(payment) => json_answer(200, &self.row(payment, now_ms), now_ms),
                    None => json_answer(404, &json!({"success": false, "error": "no"}), now_ms),
                }
            }
            Method::Get => {
                let fiat = path.rsplit("fiat=").next().unwrap_or_default();
                let rate = self.rates.get(fiat).cloned().unwrap_or(Json::Null);
                let body = json!({"success": true, "coin": "USDC", "rate": rate, "fiat": fiat});
                json_answer(200, &body, now_ms)
            }
        };
        match trouble {
            Some(Trouble::AnswerLost) => Err(HttpFault::Interrupted),
            _ => Ok(truth),
        }
    }

    fn create(
        &mut self,
        request: &HttpRequest,
        trouble: &Option<Trouble>,
        now_ms: i64,
    ) -> HttpResponse {
        let key = request
            .headers
            .iter()
            .find(|(name, _)| name == "Idempotency-Key");
        let key = key.expect("every create call carries its key").1.clone();
        let body: Json =
            serde_json::from_str(request.body.as_deref().expect("a body")).expect("JSON");
        let replay = self.by_key.contains_key(&key);
        let index = *self.by_key.entry(key).or_insert_with(|| {
            let number = self.payments.len() + 1;
            self.payments.push(Payment {
                id: format!("00000000-0000-4000-8000-{number:012}"),
                address: format!("0x{number:040x}"),
                request: body,
                crypto: format!("0.0{number}25"),
                status: "pending".into(),
                created_at_ms: now_ms,
            });
            number - 1
        });
        let payment = self.payments[index].clone();
        let mut row = self.row(&payment, now_ms);
        if let Some(Trouble::OtherPayment) = trouble {
            row["payment"]["blockchain"] = json!("BTC");
        }
        if let Some(Trouble::ShortQuote(seconds)) = trouble {
            let until_ms = now_ms + seconds * 1_000;
            row["payment"]["expires_at"] = json!(coinpay_core::time::format_rfc3339(until_ms));
        }
        row["idempotent_replay"] = json!(replay);
        json_answer(if replay { 200 } else { 201 }, &row, now_ms)
    }

    fn row(&self, payment: &Payment, _now_ms: i64) -> Json {
        let chain = &payment.request["blockchain"];
        json!({"success": true, "payment": {
            "id": payment.id,
            "business_id": payment.request["business_id"],
            "amount": payment.request["amount"],
            "currency": chain.as_str().unwrap_or_default().to_lowercase(),
            "blockchain": chain,
            "crypto_amount": payment.crypto,
            "payment_address": payment.address,
            "status": payment.status,
            "expires_at": coinpay_core::time::format_rfc3339(payment.created_at_ms + 900_000),
        }})
    }
}

fn json_answer(status: u16, body: &Json, now_ms: i64) -> HttpResponse {
    answer(status, body.to_string().into_bytes(), now_ms)
}

fn answer(status: u16, body: Vec<u8>, _now_ms: i64) -> HttpResponse {
    HttpResponse {
        status,
        headers: Vec::new(),
        body,
    }
}
