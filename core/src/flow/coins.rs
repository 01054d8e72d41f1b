//! What the shop can be paid in: the coins that its business has a wallet for at the gateway,
//! remembered for a while so that a page costs no question.

use std::sync::Arc;

use crate::Result;
use crate::api::{ApiError, Coin, read_supported_coins, read_tokens, supported_coins, tokens};
use crate::document::{self, json};
use crate::money::Chain;
use crate::shop::Shop;
use crate::store::{Fields, Query};

use super::context::Cx;
use super::runtime::{Flow, Start};
use super::schedule::MINUTE_MS;
use super::webhook::remember;

/// How long an answer is as good as a new one.
const FRESH_MS: i64 = 10 * MINUTE_MS;
const NAME: &str = "coins";

/// The coins of the shop's business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coins {
    /// In the gateway's order, each asset on a network once. A coin that this version does not
    /// know is left out.
    pub blockchains: Vec<Chain>,
    /// When the gateway said so; milliseconds since 1970, UTC.
    pub at_ms: i64,
}

crate::document::written! {
    Coins {
        blockchains, at_ms,
    }
}

crate::document::readable! {
    Coins {
        blockchains: get,
        at_ms: get,
    }
}

impl Shop {
    /// What the business has a wallet for. Asks the gateway at most every ten minutes, and goes
    /// on with its last answer while it cannot be reached.
    #[must_use]
    pub fn list_coins(self: &Arc<Self>, start: Start) -> Flow<Coins> {
        let shop = Arc::clone(self);
        Flow::start(start, |channel| async move {
            let cx = Cx::new(shop, channel);
            list_coins(&cx).await
        })
    }
}

async fn list_coins(cx: &Cx) -> Result<Coins> {
    let rows = cx
        .load(vec![cx.sql(Query::Meta, vec![NAME.into()])])
        .await?;
    let row = rows.first().and_then(|rows| rows.first());
    let text = row.map(|row| Fields::of("meta", row).text()).transpose()?;
    let known = text.and_then(|text| document::read::<Coins>(&text));
    let is_fresh = |coins: &&Coins| {
        let age_ms = cx.now_ms().saturating_sub(coins.at_ms);
        (0..FRESH_MS).contains(&age_ms)
    };
    if let Some(fresh) = known.as_ref().filter(is_fresh) {
        return Ok(fresh.clone());
    }
    match ask(cx).await? {
        Ok(coins) => {
            let blockchains = usable(&coins);
            remember(cx, NAME, json!({ "blockchains": blockchains })).await;
            Ok(Coins {
                blockchains,
                at_ms: cx.now_ms(),
            })
        }
        Err(failed) => known.ok_or(failed.error),
    }
}

async fn ask(cx: &Cx) -> Result<Result<Vec<Coin>, ApiError>> {
    let config = &cx.shop.config;
    let request = tokens(&config.base_url, &config.business_id)?;
    let answer = cx.call(&request, true, read_tokens).await?;
    match answer {
        // Some deployments serve the older call alone.
        Err(failed) if failed.status == 404 => {
            let request = supported_coins(&config.base_url, &config.business_id)?;
            cx.call(&request, true, read_supported_coins).await
        }
        answer => Ok(answer),
    }
}

fn usable(coins: &[Coin]) -> Vec<Chain> {
    let mut chains: Vec<Chain> = Vec::new();
    for coin in coins {
        let payable = coin.is_active && coin.has_wallet != Some(false);
        let Some(chain) = Chain::parse(&coin.symbol).ok().filter(|_| payable) else {
            continue;
        };
        if !chains.iter().any(|known| known.same_asset(chain)) {
            chains.push(chain.canonical());
        }
    }
    chains
}
