//! What a coin costs. Fixed prices unless the control API sets others, so that a run repeats.

use std::collections::BTreeMap;

use super::chain::CHAINS;
use super::money::{self, USD_DECIMALS};

#[derive(Clone, Debug)]
pub(crate) struct Rates {
    /// Hundred-millionths of a dollar for one coin.
    coins: BTreeMap<String, u128>,
    /// Hundred-millionths of a fiat unit for one dollar.
    fiats: BTreeMap<String, u128>,
}

const COINS: [(&str, &str); 11] = [
    ("BTC", "64000"),
    ("BCH", "400"),
    ("ETH", "3200"),
    ("POL", "0.5"),
    ("SOL", "160"),
    ("DOGE", "0.125"),
    ("XRP", "2.5"),
    ("ADA", "0.8"),
    ("BNB", "640"),
    ("USDT", "1"),
    ("USDC", "1"),
];

const FIATS: [(&str, &str); 8] = [
    ("USD", "1"),
    ("EUR", "0.92"),
    ("GBP", "0.78"),
    ("CHF", "0.88"),
    ("CAD", "1.38"),
    ("AUD", "1.52"),
    ("JPY", "150.5"),
    ("INR", "84.2"),
];

impl Rates {
    /// The price of a coin in dollars, or one cent for a coin that has lost its price.
    pub(crate) fn usd(&self, coin: &str) -> u128 {
        self.coins.get(coin).copied().unwrap_or(1_000_000)
    }

    /// The fiat that an answer is in: an unknown one silently becomes USD.
    pub(crate) fn fiat<'a>(&self, asked: &'a str) -> &'a str {
        if self.fiats.contains_key(asked) {
            asked
        } else {
            "USD"
        }
    }

    /// How much of `fiat` one `coin` costs, as decimal text. Token codes count as their coin.
    pub(crate) fn rate(&self, coin: &str, fiat: &str) -> Option<String> {
        let coin = CHAINS
            .iter()
            .find(|chain| chain.code == coin)
            .map(|chain| chain.coin)?;
        let (usd, per_usd) = (self.coins.get(coin)?, self.fiats.get(fiat)?);
        let scale = 10_u128.pow(USD_DECIMALS);
        Some(money::format(
            usd.checked_mul(*per_usd)? / scale,
            USD_DECIMALS,
        ))
    }

    pub(crate) fn set(&mut self, name: &str, price: &str) -> Result<(), String> {
        let units = money::parse(price, USD_DECIMALS)
            .filter(|units| (1..=10_u128.pow(18)).contains(units))
            .ok_or("rate: a decimal above 0 and at most ten thousand million")?;
        let known = self
            .coins
            .get_mut(name)
            .or_else(|| self.fiats.get_mut(name));
        match known {
            Some(_) if name == "USD" => Err("name: a dollar is a dollar".to_owned()),
            Some(rate) => {
                *rate = units;
                Ok(())
            }
            None => Err(format!(
                "name: {name:?} is neither a coin nor a fiat currency here"
            )),
        }
    }
}

impl Default for Rates {
    fn default() -> Self {
        let read = |(name, price): (&str, &str)| {
            (
                name.to_owned(),
                money::parse(price, USD_DECIMALS).unwrap_or_default(),
            )
        };
        Self {
            coins: COINS.into_iter().map(read).collect(),
            fiats: FIATS.into_iter().map(read).collect(),
        }
    }
}
