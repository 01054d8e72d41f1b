//! Decimal text to whole units and back, and the forms in which the gateway writes amounts.
//! Deliberately not the library's own arithmetic: two sides that share code agree on its
//! mistakes.

use serde_json::{Number, Value};

/// Dollars are counted in hundred-millionths.
pub(crate) const USD_DECIMALS: u32 = 8;

/// A non-negative decimal, with or without an exponent, as units of `10^-decimals`. Digits
/// beyond that are rounded half up. `None` for anything else.
pub(crate) fn parse(text: &str, decimals: u32) -> Option<u128> {
    let text = text.trim();
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let units: u128 = digits.parse().ok()?;
    let fraction_digits = i32::try_from(fraction.len()).ok()?;
    let shift = i32::try_from(decimals)
        .ok()?
        .checked_add(exponent)?
        .checked_sub(fraction_digits)?;
    if shift >= 0 {
        let factor = 10_u128.checked_pow(shift.unsigned_abs());
        return if units == 0 {
            Some(0)
        } else {
            units.checked_mul(factor?)
        };
    }
    match 10_u128.checked_pow(shift.unsigned_abs()) {
        Some(divisor) => Some(units / divisor + u128::from(units % divisor >= divisor.div_ceil(2))),
        None => Some(0),
    }
}

/// Plain decimal text without needless zeros.
pub(crate) fn format(units: u128, decimals: u32) -> String {
    let scale = 10_u128.pow(decimals);
    let (whole, rest) = (units / scale, units % scale);
    if rest == 0 {
        return whole.to_string();
    }
    let fraction = format!("{rest:0width$}", width = decimals as usize);
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

/// What the shopper is asked for: the dollars and the network fee at the coin's price, rounded
/// up to eight decimals, as the gateway shows them.
pub(crate) fn quote(usd: u128, fee_usd: u128, price_usd: u128, decimals: u32) -> u128 {
    let units = ((usd + fee_usd) * 10_u128.pow(decimals)).div_ceil(price_usd.max(1));
    let step = 10_u128.pow(decimals.saturating_sub(8));
    units.div_ceil(step) * step
}

/// How the gateway writes an amount this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Whatever is usual for the field.
    Usual,
    Text,
    Number,
}

impl Form {
    /// An amount in this form, for a field that is usually a number.
    pub(crate) fn usually_number(self, text: &str) -> Value {
        match self {
            Self::Text => Value::from(text),
            Self::Usual | Self::Number => number(text),
        }
    }

    /// An amount in this form, for a field that is usually a string.
    pub(crate) fn usually_text(self, text: &str) -> Value {
        match self {
            Self::Number => number(text),
            Self::Usual | Self::Text => Value::from(text),
        }
    }
}

/// The text as a JSON number, digit for digit.
pub(crate) fn number(text: &str) -> Value {
    text.parse::<Number>().map_or(Value::Null, Value::Number)
}

/// An amount as a service written in JavaScript prints it: through a double, with an exponent
/// below a millionth. `noisy` adds the last-digit error of a sum of doubles.
pub(crate) fn through_a_double(text: &str, noisy: bool) -> Value {
    let Ok(mut double) = text.parse::<f64>() else {
        return Value::Null;
    };
    let tiny = double < 1e-6 && double > 0.0;
    if noisy && !tiny {
        double = double.next_up();
    }
    let written = if tiny {
        format!("{double:e}")
    } else {
        format!("{double}")
    };
    number(&written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_with_exponents_and_rounded_half_up() {
        assert_eq!(parse("19.99", 8), Some(1_999_000_000));
        assert_eq!(parse("1e2", 2), Some(10_000));
        assert_eq!(parse("5e-7", 6), Some(1));
        assert_eq!(parse("4e-7", 6), Some(0));
        assert_eq!(parse("1.005", 2), Some(101));
        assert_eq!(parse("1e-99", 2), Some(0));
        assert_eq!(parse("0e99", 2), Some(0));
        for bad in ["", ".", "-1", "+1", "1,5", "0x1", "1e", "nan"] {
            assert_eq!(parse(bad, 8), None, "{bad}");
        }
    }

    #[test]
    fn units_are_written_without_needless_zeros() {
        assert_eq!(format(1_999_000_000, 8), "19.99");
        assert_eq!(format(100, 2), "1");
        assert_eq!(format(5, 18), "0.000000000000000005");
    }

    #[test]
    fn a_double_prints_as_javascript_prints_it() {
        assert_eq!(
            through_a_double("0.3", true).to_string(),
            "0.30000000000000004"
        );
        assert_eq!(through_a_double("0.0000005", true).to_string(), "5e-7");
        assert_eq!(through_a_double("0.3", false).to_string(), "0.3");
    }

    #[test]
    fn a_quote_covers_amount_and_fee_and_has_at_most_eight_decimals() {
        let dollars = parse("20", USD_DECIMALS).unwrap();
        let fee = parse("0.3", USD_DECIMALS).unwrap();
        let price = parse("3000", USD_DECIMALS).unwrap();
        assert_eq!(format(quote(dollars, fee, price, 18), 18), "0.00676667");
    }
}
