//! From the shop's currency to the dollars that the gateway asks for. Decides the rounding;
//! refuses to know where a rate comes from and whether it can be trusted.

use super::{Currency, Decimal, Units, mul_div_ceiling};
use crate::{Error, ErrorCode, Result};

/// The decimals of the answer: US cents.
const CENT_DECIMALS: u8 = 2;

/// The US cents that `total` in `currency` comes to, rounded up, so that a shop is never asked
/// to take less. `rate` is how many units of `currency` one US dollar costs (EUR: about 0.92);
/// dollars need none and ignore it.
///
/// # Errors
/// [`ErrorCode::RateDoubtful`] when the rate is zero or has too many digits to be a rate,
/// [`ErrorCode::AmountTooLarge`] when the cents cannot be counted.
pub fn usd_cents_for(total: Units, currency: Currency, rate: &Decimal) -> Result<Units> {
    if currency == Currency::USD {
        return Ok(total);
    }
    let (factor, divisor) =
        conversion(currency, rate).ok_or_else(|| Error::from(ErrorCode::RateDoubtful))?;
    mul_div_ceiling(total, factor, divisor).ok_or_else(|| Error::from(ErrorCode::AmountTooLarge))
}

/// What to multiply by and to divide by, both whole: the rate is a numerator over a power of
/// ten, and so are the units of both currencies; shared powers of ten cancel.
fn conversion(currency: Currency, rate: &Decimal) -> Option<(Units, Units)> {
    let (numerator, rate_decimals) = rate.as_fraction()?;
    if numerator == 0 {
        return None;
    }
    let up = rate_decimals.checked_add(CENT_DECIMALS)?;
    let shared = up.min(currency.exponent());
    let factor = power_of_ten(up.checked_sub(shared)?)?;
    let divisor = power_of_ten(currency.exponent().checked_sub(shared)?)?;
    Some((Units(factor), Units(divisor.checked_mul(numerator)?)))
}

fn power_of_ten(exponent: u8) -> Option<u128> {
    10_u128.checked_pow(u32::from(exponent))
}
