//! Creating a payment: what is refused, when an earlier payment is returned instead, and which
//! habits twist the answer.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::answers::{self, Refusal};
use super::chain::{self, Chain};
use super::events::Sender;
use super::money::{self, USD_DECIMALS};
use super::payment::{Payment, Status, WINDOW_MS};
use super::scenario;
use super::world::World;

const KEY_CHARACTERS: usize = 255;
const DOLLAR: u128 = 10_u128.pow(USD_DECIMALS);
const LARGEST: u128 = 1_000_000 * DOLLAR;
const DEFAULT_RACE_MS: u64 = 2_000;

/// A call, as far as HTTP has read it.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub authorization: Option<&'a str>,
    pub key: Option<&'a str>,
    pub body: &'a [u8],
}

/// What the caller gets once the payment is stored.
#[derive(Debug)]
pub(crate) enum After {
    Answer,
    /// The answer waits until the webhooks are out, or as many milliseconds.
    Webhooks(u64),
    Never,
    Dropped,
    Error,
}

#[derive(Debug)]
pub(crate) struct Outcome {
    pub status: StatusCode,
    pub body: Value,
    pub after: After,
}

/// A request that passed every check.
struct Wanted {
    usd: u128,
    chain: &'static Chain,
    description: Option<String>,
    metadata: Map<String, Value>,
    card: bool,
}

pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Outcome, Refusal> {
    let business_id = world.account.business_id.clone();
    let body = authorized_body(world, call)?;
    if call
        .key
        .is_some_and(|key| key.chars().count() > KEY_CHARACTERS)
    {
        return Err(Refusal::bad("Idempotency-Key has at most 255 characters"));
    }
    refuse_by_fault(world)?;
    let keyed = call.key.map(|key| (business_id, key.to_owned()));
    if let Some(first) = keyed
        .as_ref()
        .and_then(|keyed| world.keys.get(keyed))
        .copied()
    {
        return Ok(answer(world, first, true));
    }
    let wanted = validate(world, &body)?;
    // Nothing below refuses.
    let index = store(world, wanted, call.key);
    if let Some(keyed) = keyed {
        world.keys.insert(keyed, index);
    }
    let (index, replay) = twisted(world, index);
    Ok(answer(world, index, replay))
}

fn authorized_body(world: &World, call: &Call<'_>) -> Result<Map<String, Value>, Refusal> {
    check_key(world, call.authorization)?;
    let body = serde_json::from_slice::<Value>(call.body);
    let Ok(Value::Object(body)) = body else {
        return Err(Refusal::bad("The body is not a JSON object"));
    };
    let Some(business) = body.get("business_id").and_then(Value::as_str) else {
        return Err(Refusal::bad("business_id is required"));
    };
    if business.parse::<uuid::Uuid>().is_err() {
        return Err(Refusal::bad("business_id is not a UUID"));
    }
    if business == world.account.stranger_id {
        let error = "This API key belongs to another business";
        return Err(Refusal::new(StatusCode::FORBIDDEN, error));
    }
    if !business.eq_ignore_ascii_case(&world.account.business_id) {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "Business not found"));
    }
    Ok(body)
}

/// Refuses a call without the account's key.
pub(crate) fn check_key(world: &World, authorization: Option<&str>) -> Result<(), Refusal> {
    let key = authorization.and_then(|value| value.strip_prefix("Bearer "));
    if key == Some(world.account.api_key.as_str()) {
        return Ok(());
    }
    Err(Refusal::unauthorized())
}

fn refuse_by_fault(world: &mut World) -> Result<(), Refusal> {
    if world.faults.is_due("quota_exceeded") {
        let error = "The monthly payment quota is used up";
        let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, error);
        return Err(Refusal {
            usage: Some(answers::used_up()),
            ..refusal
        });
    }
    if world.faults.is_due("fraud_block") {
        let refusal = Refusal::new(StatusCode::FORBIDDEN, "This payment was blocked");
        return Err(refusal.code("FRAUD_BLOCK"));
    }
    if world.faults.is_due("amount_too_large") {
        return Err(too_large());
    }
    Ok(())
}

fn too_large() -> Refusal {
    Refusal::bad("amount is above the limit of one payment").code("AMOUNT_TOO_LARGE")
}

fn validate(world: &World, body: &Map<String, Value>) -> Result<Wanted, Refusal> {
    let Some(Value::Number(amount)) = body.get("amount") else {
        return Err(Refusal::bad("amount is a number above 0"));
    };
    let amount = amount.to_string();
    let negative = amount.starts_with('-');
    let usd = money::parse(&amount, USD_DECIMALS).filter(|_| !negative);
    let usd = match usd {
        // Too many digits for any dollar amount.
        None if !negative => return Err(too_large()),
        None | Some(0) => return Err(Refusal::bad("amount is a number above 0")),
        Some(usd) if usd > LARGEST => return Err(too_large()),
        Some(usd) => usd,
    };
    if body.get("currency").and_then(Value::as_str).is_none() {
        return Err(Refusal::bad("currency is required"));
    }
    let code = body.get("blockchain").and_then(Value::as_str);
    let Some(chain) = code.and_then(chain::find) else {
        return Err(Refusal::bad("blockchain is not one of the supported codes"));
    };
    if world.without_wallet.contains(chain.code) {
        let error = format!("No wallet is set up for {} in this business", chain.code);
        return Err(Refusal::bad(error));
    }
    let metadata = match body.get("metadata") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(metadata)) => metadata.clone(),
        Some(_) => return Err(Refusal::bad("metadata is an object")),
    };
    let card = match body.get("payment_method").map(Value::as_str) {
        None | Some(Some("crypto")) => false,
        Some(Some("card" | "both")) => true,
        Some(_) => return Err(Refusal::bad("payment_method is crypto, card or both")),
    };
    let description = body
        .get("description")
        .and_then(Value::as_str)
        .map(str::to_owned);
    Ok(Wanted {
        usd,
        chain,
        description,
        metadata,
        card,
    })
}

fn store(world: &mut World, wanted: Wanted, key: Option<&str>) -> usize {
    let window_ms = match world.faults.take("short_window") {
        Some(fault) => i64::try_from(fault.ms_or(60_000)).unwrap_or(WINDOW_MS),
        None => WINDOW_MS,
    };
    let chain = wanted.chain;
    let fee_usd = chain.fee_micro_usd * 100;
    let price = world.rates.usd(chain.coin);
    let now_ms = world.clock.now_ms();
    let payment = Payment {
        id: world.seeds.uuid(),
        business_id: world.account.business_id.clone(),
        usd: wanted.usd,
        fee_usd,
        chain,
        quote: money::quote(wanted.usd, fee_usd, price, chain.decimals),
        address: world.seeds.address(chain.family),
        status: Status::Pending,
        created_at_ms: now_ms,
        expires_at_ms: now_ms.saturating_add(window_ms),
        description: wanted.description,
        metadata: wanted.metadata,
        idempotency_key: key.map(str::to_owned),
        card_session: wanted
            .card
            .then(|| format!("cs_test_{}", world.seeds.hex())),
        deposits: Vec::new(),
        confirmations: 0,
        tx_hash: None,
        forward_tx_hash: None,
        confirmed_at_ms: None,
        first_event_seconds: None,
        events: 0,
    };
    world.payments.push(payment);
    world.created += 1;
    world.payments.len() - 1
}

/// Which payment the answer shows, and whether it says that it is an old one.
fn twisted(world: &mut World, index: usize) -> (usize, bool) {
    let (chain, usd) = (world.payments[index].chain, world.payments[index].usd);
    if world.faults.is_due("answer_for_other_chain") {
        return (
            scenario::variant(world, index, chain::other_than(chain), usd),
            true,
        );
    }
    if world.faults.is_due("answer_for_other_amount") {
        return (scenario::variant(world, index, chain, usd * 2), true);
    }
    if world.faults.is_due("replay_expired") {
        let payment = &mut world.payments[index];
        payment.created_at_ms -= WINDOW_MS + 60_000;
        payment.expires_at_ms = payment.created_at_ms + WINDOW_MS;
        payment.status = Status::Expired;
        return (index, true);
    }
    (index, false)
}

fn answer(world: &mut World, index: usize, replay: bool) -> Outcome {
    // Written before anything else happens to the payment, as the service does.
    let body = answers::created(world, index, replay);
    let status = if replay {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let after = if world.faults.is_due("timeout_after_create") {
        After::Never
    } else if world.faults.is_due("drop_after_create") {
        After::Dropped
    } else if world.faults.is_due("error_after_create") {
        After::Error
    } else if let Some(fault) = world.faults.take("webhook_before_answer") {
        scenario::pay_in_full(world, index, Sender::BalanceCheck);
        After::Webhooks(fault.ms_or(DEFAULT_RACE_MS))
    } else {
        After::Answer
    };
    Outcome {
        status,
        body,
        after,
    }
}
