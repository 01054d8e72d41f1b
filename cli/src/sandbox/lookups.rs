//! The calls that only look: payments, pictures, rates, tokens, businesses.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::Query;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::answers::{self, Refusal, json_answer};
use super::chain::CHAINS;
use super::clock::iso;
use super::create::check_key;
use super::gateway::{Call, Route};
use super::money;
use super::qr;
use super::world::World;

type Parameters = HashMap<String, String>;

pub(crate) fn answer(world: &mut World, route: &Route, call: &Call) -> Result<Response, Refusal> {
    let query = Query::<Parameters>::try_from_uri(&call.uri);
    let Query(query) = query.map_err(|_| Refusal::bad("The query cannot be read"))?;
    let authorization = call.authorization.as_deref();
    let body = match route {
        Route::Create => return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Use POST")),
        Route::Get(id) => {
            let index = find(world, id)?;
            answers::public(world, index)
        }
        Route::Qr(id) => return picture(world, id),
        Route::List => {
            let error = "Unauthorized: a dashboard token is required";
            return Err(Refusal::new(StatusCode::UNAUTHORIZED, error));
        }
        Route::Rates => rates(world, &query)?,
        Route::Tokens => {
            check_key(world, authorization)?;
            tokens(world, &query, "tokens", true)?
        }
        Route::SupportedCoins => {
            check_key(world, authorization)?;
            tokens(world, &query, "coins", false)?
        }
        Route::Businesses => {
            check_key(world, authorization)?;
            businesses(world)
        }
    };
    Ok(json_answer(StatusCode::OK, &body))
}

fn find(world: &World, id: &str) -> Result<usize, Refusal> {
    let missing = || Refusal::new(StatusCode::NOT_FOUND, "Payment not found");
    world.find(id).ok_or_else(missing)
}

fn picture(world: &World, id: &str) -> Result<Response, Refusal> {
    let payment = &world.payments[find(world, id)?];
    let failed = |error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error);
    let png = qr::png(&payment.address).map_err(failed)?;
    Ok(([(header::CONTENT_TYPE, "image/png")], Body::from(png)).into_response())
}

fn rates(world: &mut World, query: &Parameters) -> Result<Value, Refusal> {
    let asked = query
        .get("fiat")
        .map_or("USD", String::as_str)
        .to_uppercase();
    let wrong_fiat = world.faults.is_due("rate_wrong_fiat");
    let fiat = if wrong_fiat {
        "USD"
    } else {
        world.rates.fiat(&asked)
    }
    .to_owned();
    let one = world.faults.is_due("rate_exactly_one");
    let null = world.faults.is_due("rate_null");
    let rate = |coin: &str| {
        if null {
            None
        } else if one {
            Some("1.0".to_owned())
        } else {
            world.rates.rate(coin, &fiat)
        }
    };
    if let Some(coin) = query.get("coin") {
        let coin = coin.to_uppercase();
        return Ok(json!({
            "success": true,
            "coin": coin,
            "rate": rate(&coin).map(|rate| money::number(&rate)),
            "fiat": fiat,
            "cached": false,
            "timestamp": iso(world.clock.now_ms()),
        }));
    }
    let Some(coins) = query.get("coins") else {
        return Err(Refusal::bad("coin or coins is required"));
    };
    let (mut found, mut errors) = (Map::new(), Map::new());
    for coin in coins.split(',').map(|coin| coin.trim().to_uppercase()) {
        match rate(&coin) {
            Some(rate) => found.insert(coin, money::number(&rate)),
            None => errors.insert(coin, Value::from("No rate for this coin")),
        };
    }
    let mut answer = json!({ "success": true, "rates": found, "fiat": fiat });
    if !errors.is_empty() {
        answer["errors"] = Value::Object(errors);
    }
    Ok(answer)
}

fn tokens(world: &World, query: &Parameters, list: &str, detailed: bool) -> Result<Value, Refusal> {
    if let Some(business) = query.get("business_id")
        && !business.eq_ignore_ascii_case(&world.account.business_id)
    {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "Business not found"));
    }
    let active_only = query.get("active_only").is_some_and(|text| text == "true");
    let entries = CHAINS.iter().filter_map(|chain| {
        let has_wallet = !world.without_wallet.contains(chain.code);
        if active_only && !has_wallet {
            return None;
        }
        let mut entry = json!({
            "symbol": chain.code,
            "name": chain.name,
            "is_active": has_wallet,
            "has_wallet": has_wallet,
            "wallet_source": has_wallet.then_some("merchant"),
        });
        if detailed {
            entry["code"] = Value::from(chain.code.to_lowercase());
            entry["ticker"] = Value::from(chain.coin);
            entry["chain"] = Value::from(chain.network);
        }
        Some(entry)
    });
    let entries: Vec<_> = entries.collect();
    Ok(json!({ "success": true, list: entries }))
}

fn businesses(world: &World) -> Value {
    json!({
        "success": true,
        "businesses": [{
            "id": world.account.business_id,
            "name": "Sandbox shop",
            "webhook_url": world.outbox.url,
        }],
    })
}
