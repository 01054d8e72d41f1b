//! What an order's sum is in US dollars, the only currency that the gateway takes sums in.

use crate::api::{rate, read_rate};
use crate::money::{Currency, Units, usd_cents_for};
use crate::{Error, ErrorCode, Result};

use super::context::Cx;
use super::schedule::MINUTE_MS;
use super::wanted::HostRate;

/// The gateway's limit for one payment: 1,000,000 US dollars, in cents.
const MOST_CENTS: Units = Units(100_000_000);
const RATE_AGE_MS: i64 = 10 * MINUTE_MS;

/// What `worth` is in US cents; `None` where a rate is needed first.
pub(crate) fn price(
    currency: Currency,
    worth: Units,
    rate: Option<&HostRate>,
    now_ms: i64,
) -> Result<Option<Units>> {
    let cents = match (currency, rate) {
        (Currency::USD, _) => worth,
        (_, None) => return Ok(None),
        (currency, Some(rate)) => {
            if now_ms.saturating_sub(rate.at_ms) > RATE_AGE_MS {
                return Err(rate_doubtful("the rate is older than 10 minutes"));
            }
            usd_cents_for(worth, currency, &rate.rate)?
        }
    };
    if cents > MOST_CENTS {
        return Err(ErrorCode::AmountTooLarge.into());
    }
    Ok(Some(cents))
}

/// How many units of `currency` one US dollar costs, as the gateway says.
pub(crate) async fn fetch_rate(cx: &Cx, currency: Currency) -> Result<HostRate> {
    let code = currency.code();
    let request = rate(&cx.shop.config.base_url, "USDC", code)?;
    let read = cx
        .call(&request, true, |response| read_rate(response, "USDC", code))
        .await?;
    let read = read.map_err(|failed| failed.error)?;
    let at_ms = read.timestamp_ms.unwrap_or_else(|| cx.now_ms());
    if cx.now_ms().saturating_sub(at_ms) > RATE_AGE_MS {
        return Err(rate_doubtful("the gateway's rate is older than 10 minutes"));
    }
    Ok(HostRate {
        rate: read.rate,
        source: "gateway".into(),
        at_ms,
    })
}

fn rate_doubtful(why: &str) -> Error {
    Error::new(ErrorCode::RateDoubtful, why)
}
