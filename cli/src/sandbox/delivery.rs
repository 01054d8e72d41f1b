//! The thread that sends webhooks: signs each attempt afresh, sends it to loopback, notes what
//! was answered. Decides neither what is sent nor when.

use std::sync::Arc;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use ureq::Agent;

use super::loopback;
use super::outbox::{Attempt, Delivery, Signing, Turn};
use super::world::{Shared, World};

const STALE_SECONDS: i64 = 3_600;
const LONGEST_SLEEP: Duration = Duration::from_secs(3_600);

/// Sends turn after turn until the sandbox stops.
pub(crate) fn run(shared: &Arc<Shared>) {
    let agent = agent();
    while let Some((turn, messages)) = next_turn(shared) {
        let outcomes = send_all(&agent, &messages);
        let mut world = shared.lock();
        let now_ms = world.clock.now_ms();
        let attempts = messages
            .into_iter()
            .zip(outcomes)
            .map(|(message, outcome)| Attempt {
                at_ms: message.at_ms,
                header: message.signature,
                status: outcome.as_ref().ok().copied(),
                error: outcome.err(),
            });
        let attempts = attempts.collect();
        world.outbox.finish(&turn, attempts, now_ms);
        drop(world);
        shared.announce();
    }
}

/// One attempt, ready to send.
struct Message {
    url: String,
    body: String,
    signature: String,
    content_type: &'static str,
    timeout: Duration,
    at_ms: i64,
}

fn next_turn(shared: &Shared) -> Option<(Turn, Vec<Message>)> {
    let mut world = shared.lock();
    loop {
        if shared.is_stopping() {
            return None;
        }
        if let Some(turn) = world.outbox.begin() {
            let world = &mut *world;
            let deliveries: Vec<_> = turn
                .deliveries
                .iter()
                .filter_map(|index| world.outbox.get(*index).cloned())
                .collect();
            let messages = deliveries.iter().map(|delivery| prepare(world, delivery));
            return Some((turn, messages.collect()));
        }
        world = shared.wait(world, LONGEST_SLEEP);
    }
}

fn prepare(world: &mut World, delivery: &Delivery) -> Message {
    let signing = match delivery.signing {
        Signing::Good => signing_by_fault(world),
        asked => asked,
    };
    let plain_text = world.faults.is_due("wrong_content_type");
    let outbox = &world.outbox;
    let mut seconds = world.clock.signature_seconds();
    if signing == Signing::Stale {
        seconds -= STALE_SECONDS;
    }
    let secret = outbox
        .secret
        .as_deref()
        .filter(|_| signing != Signing::Missing);
    let signature = secret.map_or_else(String::new, |secret| match signing {
        Signing::Wrong => sign(&format!("not {secret}"), seconds, &delivery.body),
        _ => sign(secret, seconds, &delivery.body),
    });
    let body = match signing {
        Signing::Reserialised => reserialised(&delivery.body),
        _ => delivery.body.clone(),
    };
    Message {
        url: outbox.url.clone().unwrap_or_default(),
        body,
        signature,
        content_type: if plain_text {
            "text/plain"
        } else {
            "application/json"
        },
        timeout: Duration::from_millis(outbox.timeout_ms),
        at_ms: world.clock.now_ms(),
    }
}

fn signing_by_fault(world: &mut World) -> Signing {
    let habits = [
        ("unsigned", Signing::Missing),
        ("wrong_secret", Signing::Wrong),
        ("stale_timestamp", Signing::Stale),
        ("reserialised_body", Signing::Reserialised),
    ];
    let due = habits
        .into_iter()
        .find(|(name, _)| world.faults.is_due(name));
    due.map_or(Signing::Good, |(_, signing)| signing)
}

/// The header's value for a body: HMAC-SHA256 over `<seconds>.<body>`.
fn sign(secret: &str, seconds: i64, body: &str) -> String {
    // HMAC takes keys of any length, so this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body.as_bytes());
    format!(
        "t={seconds},v1={}",
        hex::encode(mac.finalize().into_bytes())
    )
}

/// The same JSON in other bytes, as a proxy that parses and prints would send it.
fn reserialised(body: &str) -> String {
    let value = serde_json::from_str::<serde_json::Value>(body);
    let pretty = value.and_then(|value| serde_json::to_string_pretty(&value));
    pretty.unwrap_or_else(|_| format!("{body} "))
}

fn send_all(agent: &Agent, messages: &[Message]) -> Vec<Result<u16, String>> {
    let start_together = Barrier::new(messages.len());
    let send_one = |message| {
        start_together.wait();
        send(agent, message)
    };
    thread::scope(|scope| {
        let threads = messages
            .iter()
            .map(|message| scope.spawn(move || send_one(message)));
        let threads: Vec<_> = threads.collect();
        let lost = |_| Err("the delivery thread panicked".to_owned());
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(lost))
            .collect()
    })
}

fn send(agent: &Agent, message: &Message) -> Result<u16, String> {
    // Checked when it was configured; checked again because this is where it matters.
    loopback::check_url(&message.url)?;
    let request = agent
        .post(&message.url)
        .config()
        .timeout_global(Some(message.timeout))
        .build()
        .header("content-type", message.content_type)
        .header("user-agent", "CoinPay-Webhook/1.0")
        .header("x-coinpay-signature", &message.signature);
    let answer = request
        .send(message.body.as_bytes())
        .map_err(|error| error.to_string())?;
    Ok(answer.status().as_u16())
}

/// A client that reports every status as it is, follows nothing and asks no proxy.
fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        // A shop under test restarts often; a kept connection would fail for no reason of its.
        .max_idle_connections(0)
        .build();
    Agent::new_with_config(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_hmac_sha256_over_seconds_dot_body() {
        // From: printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac secret
        assert_eq!(
            sign("secret", 1_700_000_000, "{\"a\":1}"),
            "t=1700000000,v1=49f24e537407743fa4a0242bb63b94b9a47ee99cbbe071ccd8a22550ae411686"
        );
    }

    #[test]
    fn a_reserialised_body_is_the_same_json_in_other_bytes() {
        let body = "{\"b\":0.30000000000000004,\"a\":1}";
        let other = reserialised(body);
        assert_ne!(other, body);
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&other), read(body));
    }
}
