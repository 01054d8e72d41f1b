//! Looking at payments, and doing to them what customers, networks and the service do.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::clock::iso;
use super::super::events::{self, Sender};
use super::super::payment::{Deposit, Payment, Status};
use super::super::scenario::{self, Amount, Pay};
use super::super::world::{Shared, World};
use super::{Answer, Refused, Success, read};

pub(crate) async fn list(State(shared): State<Arc<Shared>>) -> Answer {
    let world = shared.lock();
    let all = world
        .payments
        .iter()
        .map(|payment| to_json(&world, payment));
    Ok(Success(json!({ "payments": all.collect::<Vec<_>>() })))
}

pub(crate) async fn show(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Answer {
    let world = shared.lock();
    let index = world.find(&id).ok_or_else(|| Refused::missing("payment"))?;
    Ok(Success(
        json!({ "payment": to_json(&world, &world.payments[index]) }),
    ))
}

pub(crate) async fn action(
    State(shared): State<Arc<Shared>>,
    Path((id, name)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let action: Action = read(&body)?;
    shared.change(|world| {
        let index = world.find(&id).ok_or_else(|| Refused::missing("payment"))?;
        let shown = act(world, index, &name, &action)?;
        Ok(Success(
            json!({ "payment": to_json(world, &world.payments[shown]) }),
        ))
    })
}

/// The fields that an action takes; each action reads those that concern it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Action {
    amount: Option<Value>,
    by: Option<Value>,
    confirm: Option<bool>,
    shape: Option<String>,
    seen_first: Option<bool>,
    status: Option<String>,
}

/// What an action may be told, by its name. A field that would do nothing is refused.
const ACTIONS: [(&str, &[&str]); 15] = [
    ("pay", &["amount", "confirm", "shape", "seen_first"]),
    ("pay_rest", &["confirm", "shape", "seen_first"]),
    ("pay_late", &["amount", "confirm", "shape", "seen_first"]),
    ("underpay", &["by", "confirm", "shape", "seen_first"]),
    ("overpay", &["by", "confirm", "shape", "seen_first"]),
    ("see", &[]),
    ("check", &["shape"]),
    ("confirm_again", &["shape"]),
    ("forward", &["shape"]),
    ("expire", &[]),
    ("cancel", &[]),
    ("fail", &["shape"]),
    ("refund", &["shape"]),
    ("status", &["status"]),
    ("foreign", &[]),
];

/// Does it, and says which payment to show: the one acted on, or a new one.
pub(crate) fn act(
    world: &mut World,
    index: usize,
    name: &str,
    action: &Action,
) -> Result<usize, Refused> {
    action.check_fields(name)?;
    match name {
        "pay" => {
            let pay = action.pay(Amount::Full)?;
            scenario::pay(world, index, &pay).map_err(Refused::bad)?;
        }
        "pay_rest" => {
            let pay = action.pay(Amount::Rest)?;
            scenario::pay(world, index, &pay).map_err(Refused::bad)?;
        }
        "pay_late" => {
            let pay = action.pay(Amount::Full)?;
            if world.payments[index].status == Status::Pending {
                world.expire(index);
            }
            scenario::pay(world, index, &pay).map_err(Refused::bad)?;
        }
        "underpay" | "overpay" => {
            let by = action
                .by
                .as_ref()
                .map_or(Ok(Amount::Part(1, 10)), amount_of)?;
            let pay = action.pay(Amount::Full)?;
            let more = name == "overpay";
            scenario::pay_beside(world, index, &by, more, &pay).map_err(Refused::bad)?;
        }
        "see" => {
            want_deposit(world, index)?;
            scenario::see(world, index);
        }
        "check" => scenario::check(world, index, action.sender(Sender::Monitor)?),
        "confirm_again" => {
            want_deposit(world, index)?;
            scenario::confirm(world, index, action.sender(Sender::Monitor)?);
        }
        "forward" => {
            want_deposit(world, index)?;
            scenario::forward(world, index, action.sender(Sender::Forwarding)?);
        }
        "expire" => {
            if world.payments[index].status != Status::Pending {
                return Err(Refused::conflict("only a pending payment expires"));
            }
            world.expire(index);
        }
        "cancel" => world.payments[index].status = Status::Cancelled,
        "fail" => scenario::fail(world, index, action.sender(Sender::BalanceCheck)?),
        "refund" => {
            let sender = action.sender(Sender::BalanceCheck)?;
            events::emit(world, index, "payment.refunded", sender);
        }
        "status" => {
            let status = action.status.as_deref().and_then(Status::parse);
            let wrong =
                || Refused::bad("status: one that the database can hold, as \"forwarding\"");
            world.payments[index].status = status.ok_or_else(wrong)?;
        }
        // check_fields has refused every other name.
        _ => return Ok(scenario::foreign(world, index)),
    }
    Ok(index)
}

impl Action {
    /// An action with an amount and nothing else.
    pub(crate) fn paying(amount: Option<&str>) -> Self {
        Self {
            amount: amount.map(Value::from),
            ..Self::default()
        }
    }

    fn check_fields(&self, name: &str) -> Result<(), Refused> {
        let Some((_, allowed)) = ACTIONS.iter().find(|(known, _)| *known == name) else {
            let known: Vec<_> = ACTIONS.iter().map(|(known, _)| *known).collect();
            let why = format!("no such action; there are {}", known.join(", "));
            return Err(Refused(StatusCode::NOT_FOUND, why));
        };
        let present = [
            ("amount", self.amount.is_some()),
            ("by", self.by.is_some()),
            ("confirm", self.confirm.is_some()),
            ("shape", self.shape.is_some()),
            ("seen_first", self.seen_first.is_some()),
            ("status", self.status.is_some()),
        ];
        let stray = present
            .iter()
            .find(|(field, is_there)| *is_there && !allowed.contains(field));
        match stray {
            Some((field, _)) => Err(Refused::bad(format!("{field}: {name} does not take it"))),
            None => Ok(()),
        }
    }

    fn sender(&self, usual: Sender) -> Result<Sender, Refused> {
        let Some(shape) = self.shape.as_deref() else {
            return Ok(usual);
        };
        Sender::parse(shape)
            .ok_or_else(|| Refused::bad("shape: monitor, balance_check, forwarding or card"))
    }

    fn pay(&self, usual: Amount) -> Result<Pay, Refused> {
        Ok(Pay {
            amount: self.amount.as_ref().map_or(Ok(usual), amount_of)?,
            confirm: self.confirm.unwrap_or(true),
            sender: self.sender(Sender::Monitor)?,
            seen_first: self.seen_first.unwrap_or(false),
        })
    }
}

/// An amount as text or as a JSON number of coin.
fn amount_of(value: &Value) -> Result<Amount, Refused> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err(Refused::bad("amount: a string or a number")),
    };
    Amount::parse(&text).map_err(Refused::bad)
}

fn want_deposit(world: &World, index: usize) -> Result<(), Refused> {
    if world.payments[index].received() == 0 {
        return Err(Refused::conflict(
            "nothing has come to this address yet; pay first",
        ));
    }
    Ok(())
}

fn to_json(world: &World, payment: &Payment) -> Value {
    let deposit = |deposit: &Deposit| {
        json!({
            "amount": payment.units_text(deposit.units),
            "tx_hash": deposit.tx_hash,
            "at": iso(deposit.at_ms),
        })
    };
    let left_ms = payment.expires_at_ms.saturating_sub(world.clock.now_ms());
    json!({
        "id": payment.id,
        "business_id": payment.business_id,
        "foreign": payment.business_id != world.account.business_id,
        "status": payment.status.as_str(),
        "amount_usd": payment.usd_text(),
        "blockchain": payment.chain.code,
        "quote": payment.crypto_text(),
        "received": payment.received_text(),
        "missing": payment.units_text(payment.missing()),
        "payment_address": payment.address,
        "created_at": iso(payment.created_at_ms),
        "expires_at": iso(payment.expires_at_ms),
        "seconds_left": left_ms.max(0) / 1000,
        "confirmed_at": payment.confirmed_at_ms.map(iso),
        "confirmations": payment.confirmations,
        "tx_hash": payment.tx_hash,
        "forward_tx_hash": payment.forward_tx_hash,
        "stripe_session_id": payment.card_session,
        "idempotency_key": payment.idempotency_key,
        "metadata": payment.metadata,
        "deposits": payment.deposits.iter().map(deposit).collect::<Vec<_>>(),
    })
}
