//! Where webhooks go, what became of them, and sending more of them by hand.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::clock::iso;
use super::super::events::{self, Sender, Special};
use super::super::loopback;
use super::super::outbox::{Outbox, Signing, id_of};
use super::super::world::Shared;
use super::{Answer, Refused, Success, block, read, until};

const MOST_COPIES: usize = 100;

pub(crate) async fn config(State(shared): State<Arc<Shared>>) -> Answer {
    Ok(Success(config_json(&shared.lock().outbox)))
}

/// Sets the fields that are there; `null` takes a URL or a secret away.
pub(crate) async fn configure(State(shared): State<Arc<Shared>>, body: Bytes) -> Answer {
    let fields: Map<String, Value> = read(&body)?;
    shared.change(|world| {
        let outbox = &world.outbox;
        let mut url = outbox.url.clone();
        let mut secret = outbox.secret.clone();
        let mut extra = outbox.extra.clone();
        let mut timeout_ms = outbox.timeout_ms;
        for (name, value) in fields {
            match (name.as_str(), value) {
                ("url", Value::Null) => url = None,
                ("url", Value::String(text)) => {
                    loopback::check_url(&text).map_err(Refused::bad)?;
                    url = Some(text);
                }
                ("secret", Value::Null) => secret = None,
                ("secret", Value::String(text)) => secret = Some(text),
                ("extra", Value::Object(fields)) => extra = fields,
                ("timeout_ms", Value::Number(number)) => {
                    let within = number.as_u64().filter(|ms| (1..=300_000).contains(ms));
                    timeout_ms = within.ok_or_else(|| Refused::bad("timeout_ms: 1 to 300000"))?;
                }
                ("url" | "secret" | "extra" | "timeout_ms", _) => {
                    return Err(Refused::bad(format!("{name}: wrong type")));
                }
                _ => return Err(Refused::bad(format!("{name}: unknown field"))),
            }
        }
        // Nothing below refuses.
        let outbox = &mut world.outbox;
        (outbox.url, outbox.secret) = (url, secret);
        (outbox.extra, outbox.timeout_ms) = (extra, timeout_ms);
        Ok(Success(config_json(outbox)))
    })
}

fn config_json(outbox: &Outbox) -> Value {
    json!({
        "url": outbox.url,
        "has_secret": outbox.secret.is_some(),
        "extra": outbox.extra,
        "timeout_ms": outbox.timeout_ms,
    })
}

pub(crate) async fn deliveries(State(shared): State<Arc<Shared>>) -> Answer {
    Ok(Success(
        json!({ "deliveries": shared.lock().outbox.to_json() }),
    ))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Redeliver {
    delivery: Option<String>,
    payment_id: Option<String>,
    times: Option<usize>,
    concurrently: Option<bool>,
}

pub(crate) async fn redeliver(State(shared): State<Arc<Shared>>, body: Bytes) -> Answer {
    let redeliver: Redeliver = read(&body)?;
    let times = redeliver.times.unwrap_or(1);
    if !(1..=MOST_COPIES).contains(&times) {
        return Err(Refused::bad(format!("times: 1 to {MOST_COPIES}")));
    }
    shared.change(|world| {
        let outbox = &mut world.outbox;
        if outbox.url.is_none() {
            return Err(Refused::conflict("no webhook URL is set"));
        }
        let chosen = match (&redeliver.delivery, &redeliver.payment_id) {
            (Some(id), None) => outbox.of_id(id).into_iter().collect(),
            (None, Some(payment_id)) => outbox.of_payment(payment_id),
            _ => return Err(Refused::bad("either delivery or payment_id")),
        };
        if chosen.is_empty() {
            return Err(Refused::missing("delivery"));
        }
        let copies: Vec<_> = chosen.repeat(times);
        outbox.send(&copies, redeliver.concurrently.unwrap_or(false), false);
        Ok(Success(json!({ "queued": copies.len() })))
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Send {
    #[serde(rename = "type")]
    kind: String,
    payment_id: String,
    shape: Option<String>,
    data: Option<Map<String, Value>>,
    signature: Option<String>,
}

/// An event made by hand. It changes no payment.
pub(crate) async fn send(State(shared): State<Arc<Shared>>, body: Bytes) -> Answer {
    let send: Send = read(&body)?;
    let sender = Sender::parse(send.shape.as_deref().unwrap_or("balance_check"));
    let wrong_shape = || Refused::bad("shape: monitor, balance_check, forwarding or card");
    let sender = sender.ok_or_else(wrong_shape)?;
    let signing = Signing::parse(send.signature.as_deref().unwrap_or("good"));
    let wrong_signature = || Refused::bad("signature: good, wrong, stale, missing or reserialised");
    let signing = signing.ok_or_else(wrong_signature)?;
    shared.change(|world| {
        let index = world
            .find(&send.payment_id)
            .ok_or_else(|| Refused::missing("payment"))?;
        let before = world.outbox.len();
        let special = Special {
            overrides: send.data.unwrap_or_default(),
            signing,
        };
        events::emit_special(world, index, &send.kind, sender, special);
        Ok(Success(made_since(&world.outbox, before)))
    })
}

pub(crate) async fn test(State(shared): State<Arc<Shared>>) -> Answer {
    shared.change(|world| {
        let before = world.outbox.len();
        events::emit_test(world);
        Ok(Success(made_since(&world.outbox, before)))
    })
}

fn made_since(outbox: &Outbox, before: usize) -> Value {
    let ids = (before..outbox.len()).map(id_of);
    json!({ "deliveries": ids.collect::<Vec<_>>() })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Flush {
    timeout_ms: Option<u64>,
}

/// Lets go of held events and waits until nothing is queued or under way. Retries that wait for
/// the clock are not waited for.
pub(crate) async fn flush(State(shared): State<Arc<Shared>>, body: Bytes) -> Answer {
    let flush: Flush = read(&body)?;
    shared.change(|world| world.outbox.release());
    let until = until(flush.timeout_ms);
    let waiting = Arc::clone(&shared);
    let idle = block(move || waiting.wait_until_idle(until)).await?;
    let world = shared.lock();
    Ok(Success(json!({
        "idle": idle,
        "scheduled": world.outbox.scheduled(),
        "next_due_at": world.outbox.next_due_ms().map(iso),
    })))
}
