//! Webhooks as the gateway writes them: one event in several shapes, with every twist that the
//! service is known for, and how often it tries to deliver.

use coinpay_core::time::format_rfc3339;
use serde_json::{Value as Json, json};

use crate::gateway::{BUSINESS, CHAINS, Payment, coins, dollars};

/// Which part of the service writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The payment monitor: no metadata, and one try only.
    Thin,
    /// The balance check: everything, and several tries.
    Full,
    /// Plain forwarding, whose amount in dollars is zero.
    Plain,
}

/// What an authentic event says of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) payment: usize,
    pub(crate) kind: &'static str,
    /// The measured total at the address.
    pub(crate) received: Option<u128>,
    /// What a refund gave back; all that came, where it does not say.
    pub(crate) given_back: Option<u128>,
    pub(crate) confirmed_ms: Option<i64>,
    /// It contradicts the payment as it was made.
    pub(crate) twisted: bool,
}

/// A webhook on its way.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) body: Vec<u8>,
    pub(crate) statement: Option<Statement>,
    pub(crate) tries_left: u32,
}

#[must_use]
pub(crate) fn write(payment: &Payment, statement: Statement, shape: Shape, now_ms: i64) -> Letter {
    let (code, decimals, _) = CHAINS[payment.chain];
    let mut data = json!({
        "payment_id": payment.id,
        "status": statement.kind,
        "blockchain": code,
        "amount_crypto": coins(payment.quote, decimals),
        "payment_address": payment.address,
    });
    if shape != Shape::Thin {
        data["metadata"] = payment.metadata();
        data["amount_usd"] = json!(dollars(payment.cents));
        data["currency"] = json!(code.to_lowercase());
        data["tx_hash"] = json!(format!("0xt{}", payment.deposited));
    }
    if shape == Shape::Plain {
        data["amount_usd"] = json!("0");
    }
    if let Some(received) = statement.received {
        data["received_amount"] = number(&coins(received, decimals));
    }
    if let Some(given_back) = statement.given_back {
        data["refunded_amount"] = number(&coins(given_back, decimals));
    }
    if let Some(at_ms) = statement.confirmed_ms {
        data["confirmed_at"] = json!(format_rfc3339(at_ms));
    }
    if statement.twisted {
        data["payment_address"] = json!("0xsomebodyelse");
    }
    let event = json!({
        // Two events of one payment in one second share an id.
        "id": format!("evt_{}_{}", payment.id, now_ms / 1_000),
        "type": format!("payment.{}", statement.kind),
        "created_at": format_rfc3339(now_ms),
        "business_id": BUSINESS,
        "data": data,
    });
    Letter {
        body: event.to_string().into_bytes(),
        statement: Some(statement),
        tries_left: if shape == Shape::Thin { 1 } else { 4 },
    }
}

/// Something authentic that is about no payment of ours.
#[must_use]
pub(crate) fn nonsense(which: usize, now_ms: i64) -> Letter {
    let body = match which {
        0 => b"not an event at all".to_vec(),
        1 => json!({"id": format!("evt_{now_ms}"), "type": "test.webhook", "data":
            {"payment_id": "test_1", "status": "test"}, "business_id": BUSINESS})
        .to_string()
        .into_bytes(),
        _ => json!({"id": format!("evt_{now_ms}"), "type": "invoice.paid", "data": {}})
            .to_string()
            .into_bytes(),
    };
    Letter {
        body,
        statement: None,
        tries_left: 1,
    }
}

fn number(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or(Json::Null)
}
