//! A gateway in memory for the bodies that drive flows: it makes payments, answers looks and
//! rates, and fails when it is told to.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::api::{HttpFault, HttpRequest, HttpResponse, Method};
use crate::time::format_rfc3339;

#[derive(Clone, Debug)]
pub(super) struct Payment {
    pub(super) id: String,
    pub(super) address: String,
    pub(super) crypto: String,
    pub(super) request: Json,
    pub(super) status: &'static str,
    pub(super) made_at_ms: i64,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Gateway {
    pub(super) payments: Vec<Payment>,
    by_key: BTreeMap<String, usize>,
    /// What the next answers are to be instead of the true ones; 0 is the truth.
    pub(super) troubles: Vec<u8>,
}

impl Gateway {
    pub(super) fn send(
        &mut self,
        request: &HttpRequest,
        now_ms: i64,
    ) -> Result<HttpResponse, HttpFault> {
        let trouble = self.troubles.pop().unwrap_or(0) % 8;
        let refusal = json!({ "success": false, "error": "no" });
        match trouble {
            1 => return Err(HttpFault::NotSent),
            2 => return Ok(answer(429, &refusal)),
            3 => return Ok(answer(500, &refusal)),
            4 => return Ok(answer(400, &refusal)),
            5 => return Ok(html()),
            _ => {}
        }
        let truth = self.carry_out(request, trouble, now_ms);
        if trouble == 6 {
            return Err(HttpFault::Interrupted);
        }
        Ok(truth)
    }

    fn carry_out(&mut self, request: &HttpRequest, trouble: u8, now_ms: i64) -> HttpResponse {
        if request.method == Method::Post {
            return self.create(request, trouble, now_ms);
        }
        let last = request.url.rsplit('/').next().unwrap_or_default();
        if let Some(payment) = self.payments.iter().find(|payment| payment.id == last) {
            return answer(200, &row(payment));
        }
        match request.url.rsplit_once("fiat=") {
            Some((_, fiat)) => answer(
                200,
                &json!({ "success": true, "coin": "USDC", "rate": 0.9, "fiat": fiat }),
            ),
            None => answer(404, &json!({ "success": false, "error": "not found" })),
        }
    }

    fn create(&mut self, request: &HttpRequest, trouble: u8, now_ms: i64) -> HttpResponse {
        let mut headers = request.headers.iter();
        let key = headers.find(|(name, _)| name == "Idempotency-Key");
        let key = key.expect("every create call has its key").1.clone();
        let body = request
            .body
            .as_deref()
            .expect("every create call has a body");
        let body: Json = serde_json::from_str(body).expect("a JSON body");
        let is_known = self.by_key.contains_key(&key);
        let made = self.payments.len();
        let index = *self.by_key.entry(key).or_insert(made);
        if index == made {
            let number = made + 1;
            self.payments.push(Payment {
                id: format!("00000000-0000-4000-8000-{number:012}"),
                address: format!("0x{number:040x}"),
                crypto: format!("0.0{number}25"),
                request: body.clone(),
                status: "pending",
                made_at_ms: now_ms,
            });
        }
        let payment = &self.payments[index];
        assert_eq!(payment.request, body, "a key is sent with one body only");
        let mut document = row(payment);
        if trouble == 7 {
            document["payment"]["blockchain"] = json!("DOGE");
        }
        document["idempotent_replay"] = json!(is_known);
        answer(if is_known { 200 } else { 201 }, &document)
    }
}

fn row(payment: &Payment) -> Json {
    let chain = &payment.request["blockchain"];
    json!({ "success": true, "payment": {
        "id": payment.id,
        "business_id": payment.request["business_id"],
        "amount": payment.request["amount"],
        "currency": chain.as_str().unwrap_or_default().to_lowercase(),
        "blockchain": chain,
        "crypto_amount": payment.crypto,
        "payment_address": payment.address,
        "status": payment.status,
        "expires_at": format_rfc3339(payment.made_at_ms.saturating_add(900_000)),
    }})
}

fn answer(status: u16, body: &Json) -> HttpResponse {
    HttpResponse {
        status,
        headers: Vec::new(),
        body: body.to_string().into_bytes(),
    }
}

fn html() -> HttpResponse {
    HttpResponse {
        status: 502,
        headers: vec![("Content-Type".into(), "text/html".into())],
        body: b"<html>oops</html>".to_vec(),
    }
}
