//! The sandbox itself: its clock, its habits, its prices and wallets, its log, its reset.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::chain;
use super::super::clock::{LATEST_SECONDS, SignatureTime, iso};
use super::super::faults::Switch;
use super::super::world::{Shared, World};
use super::{Answer, Refused, Success, block, read, until};

pub(crate) async fn overview(State(shared): State<Arc<Shared>>) -> Answer {
    let world = shared.lock();
    Ok(Success(json!({
        "base_url": shared.addresses.base_url(),
        "control_url": shared.addresses.control_url(),
        "business_id": world.account.business_id,
        "stranger_business_id": world.account.stranger_id,
        "seed": world.seeds.seed(),
        "now": iso(world.clock.now_ms()),
        "payments": world.payments.len(),
    })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    seed: Option<u64>,
}

pub(crate) async fn reset(State(shared): State<Arc<Shared>>, body: Bytes) -> Answer {
    let reset: Reset = read(&body)?;
    let seed = reset.seed.unwrap_or(shared.config.seed);
    shared.change(|world| world.reset(&shared.config, seed));
    Ok(Success(json!({ "seed": seed })))
}

pub(crate) async fn requests(State(shared): State<Arc<Shared>>) -> Answer {
    Ok(Success(
        json!({ "requests": shared.lock().requests.to_json() }),
    ))
}

pub(crate) async fn clock(State(shared): State<Arc<Shared>>) -> Answer {
    Ok(Success(clock_json(&shared.lock())))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
    wait_ms: Option<u64>,
}

pub(crate) async fn advance(State(shared): State<Arc<Shared>>, body: Bytes) -> Answer {
    let advance: Advance = read(&body)?;
    let seconds = i64::try_from(advance.seconds).unwrap_or(i64::MAX);
    let target_ms = shared
        .lock()
        .clock
        .now_ms()
        .saturating_add(seconds.saturating_mul(1000));
    if target_ms / 1000 > LATEST_SECONDS {
        return Err(Refused::bad("seconds: beyond the year 9998"));
    }
    let until = until(advance.wait_ms);
    let moving = Arc::clone(&shared);
    let delivered = block(move || moving.advance_to(target_ms, until)).await?;
    let mut answer = clock_json(&shared.lock());
    answer["idle"] = Value::from(delivered);
    Ok(Success(answer))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SetClock {
    unix_seconds: Option<i64>,
    frozen: Option<bool>,
    signature_time: Option<String>,
}

/// Jumps, without stopping at what falls due on the way; that happens on arrival.
pub(crate) async fn set_clock(State(shared): State<Arc<Shared>>, body: Bytes) -> Answer {
    let set: SetClock = read(&body)?;
    let seconds = set.unix_seconds;
    if seconds.is_some_and(|seconds| !(0..=LATEST_SECONDS).contains(&seconds)) {
        return Err(Refused::bad(
            "unix_seconds: from 0 to the end of the year 9998",
        ));
    }
    let signature_time = match set.signature_time.as_deref() {
        None => None,
        Some("wall") => Some(SignatureTime::Wall),
        Some("sandbox") => Some(SignatureTime::Sandbox),
        Some(_) => return Err(Refused::bad("signature_time: wall or sandbox")),
    };
    let answer = shared.change(|world| {
        if let Some(frozen) = set.frozen {
            world.clock.freeze(frozen);
        }
        if let Some(seconds) = seconds {
            world.clock.set(seconds * 1000);
        }
        if let Some(signature_time) = signature_time {
            world.clock.signature_time = signature_time;
        }
        world.run_due();
        clock_json(world)
    });
    Ok(Success(answer))
}

fn clock_json(world: &World) -> Value {
    let now_ms = world.clock.now_ms();
    let signature_time = match world.clock.signature_time {
        SignatureTime::Wall => "wall",
        SignatureTime::Sandbox => "sandbox",
    };
    json!({
        "now": iso(now_ms),
        "unix_seconds": now_ms.div_euclid(1000),
        "unix_ms": now_ms,
        "frozen": world.clock.is_frozen(),
        "signature_time": signature_time,
        "next_due_at": world.next_due_ms().map(iso),
    })
}

pub(crate) async fn faults(State(shared): State<Arc<Shared>>) -> Answer {
    Ok(Success(shared.lock().faults.to_json()))
}

pub(crate) async fn switch_fault(State(shared): State<Arc<Shared>>, body: Bytes) -> Answer {
    let switch: Switch = read(&body)?;
    shared.change(|world| {
        world.faults.switch(&switch).map_err(Refused::bad)?;
        Ok(Success(world.faults.to_json()))
    })
}

/// Clears all, or the one that `?name=` says.
pub(crate) async fn clear_faults(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<HashMap<String, String>>,
) -> Answer {
    shared.change(|world| {
        match query.get("name") {
            Some(name) => world.faults.clear(name),
            None => world.faults.clear_all(),
        }
        Ok(Success(world.faults.to_json()))
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SetRate {
    name: String,
    rate: Value,
}

/// Sets the dollars for a coin, or the units of a fiat currency for a dollar.
pub(crate) async fn set_rate(State(shared): State<Arc<Shared>>, body: Bytes) -> Answer {
    let set: SetRate = read(&body)?;
    let rate = match &set.rate {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    shared
        .change(|world| world.rates.set(&set.name, &rate))
        .map_err(Refused::bad)?;
    Ok(Success(json!({ "name": set.name, "rate": rate })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SetWallet {
    blockchain: String,
    has_wallet: bool,
}

pub(crate) async fn set_wallet(State(shared): State<Arc<Shared>>, body: Bytes) -> Answer {
    let set: SetWallet = read(&body)?;
    let unknown = || Refused::bad("blockchain: not a code of the gateway");
    let code = chain::find(&set.blockchain).ok_or_else(unknown)?.code;
    shared.change(|world| match set.has_wallet {
        true => world.without_wallet.remove(code),
        false => world.without_wallet.insert(code),
    });
    Ok(Success(
        json!({ "blockchain": code, "has_wallet": set.has_wallet }),
    ))
}
