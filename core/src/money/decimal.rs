//! Numbers as people and gateways write them, kept exactly. Decides what counts as a number and
//! how it becomes base units; refuses to know what the number is for.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::Units;
use crate::{Error, ErrorCode, Result};

/// The most digits that a number may have on either side of its point. Far more than any amount
/// needs, and few enough that `1e999999999` costs nothing.
const MAX_DIGITS: i32 = 76;

/// An exact decimal that is not negative. Equal and ordered by value: `1.50` is `1.5`.
///
/// The value is `0.<digits>` times ten to the power of `point`, without leading or trailing
/// zeros, so that comparing the fields in their order compares the values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal {
    point: i32,
    digits: String,
}

impl Decimal {
    /// Zero has no digits, and its point is below that of every other number.
    pub const ZERO: Self = Self {
        point: i32::MIN,
        digits: String::new(),
    };

    /// Reads digits, optionally a point and more digits, optionally an exponent.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidAmount`] for anything else, such as a sign, a space, `NaN` or a comma,
    /// and for numbers of more than 76 digits on either side of the point.
    pub fn parse(text: &str) -> Result<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
            None => (text, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) if is_digits(fraction) => (whole, fraction),
            Some(_) => return Err(not_a_number()),
            None => (mantissa, ""),
        };
        if !is_digits(whole) {
            return Err(not_a_number());
        }
        let whole_length = i32::try_from(whole.len()).map_err(|_| too_long())?;
        let number = Self::normalised(&[whole, fraction].concat(), whole_length)
            .times_ten_to(exponent)
            .ok_or_else(too_long)?;
        if number.point > MAX_DIGITS || number.decimals().is_none_or(|n| n > MAX_DIGITS) {
            return Err(too_long());
        }
        Ok(number)
    }

    /// Reads a JSON number by its text, never through a double, or a string that holds a number.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidAmount`] for any other value.
    pub fn from_json(value: &Value) -> Result<Self> {
        match value {
            Value::Number(number) => Self::parse(&number.to_string()),
            Value::String(text) => Self::parse(text),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                Err(invalid("an amount is a number, or a string that holds one"))
            }
        }
    }

    /// The number that `units` is in a currency or chain with `exponent` decimals.
    #[must_use]
    pub fn from_units(units: Units, exponent: u8) -> Self {
        let digits = units.to_string();
        // A u128 has at most 39 digits.
        let length = i32::try_from(digits.len()).unwrap_or(i32::MAX);
        Self::normalised(&digits, length.saturating_sub(i32::from(exponent)))
    }

    /// The base units of a number that was written for this currency.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidAmount`] when it has more decimals than the currency, or is larger
    /// than base units can count.
    pub fn to_units_exact(&self, exponent: u8) -> Result<Units> {
        match self.split_at(exponent)? {
            (units, Rest::Nothing) => Ok(Units(units)),
            (_, Rest::BelowHalf | Rest::HalfOrMore) => {
                Err(invalid("the amount has more decimals than its currency"))
            }
        }
    }

    /// The nearest base units, half up: for a number that passed through a double on its way.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidAmount`] when it is larger than base units can count.
    pub fn to_units_rounded(&self, exponent: u8) -> Result<Units> {
        match self.split_at(exponent)? {
            (units, Rest::Nothing | Rest::BelowHalf) => Ok(Units(units)),
            (units, Rest::HalfOrMore) => one_more(units),
        }
    }

    /// The fewest base units that are not less than the number.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidAmount`] when it is larger than base units can count.
    pub fn to_units_ceiling(&self, exponent: u8) -> Result<Units> {
        match self.split_at(exponent)? {
            (units, Rest::Nothing) => Ok(Units(units)),
            (units, Rest::BelowHalf | Rest::HalfOrMore) => one_more(units),
        }
    }

    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// Whether the value is exactly one, however it was written.
    #[must_use]
    pub fn is_one(&self) -> bool {
        self.point == 1 && self.digits == "1"
    }

    /// The value as a numerator and the power of ten that divides it, if a `u128` holds the
    /// numerator.
    pub(super) fn as_fraction(&self) -> Option<(u128, u8)> {
        let decimals = self.decimals().and_then(|n| u8::try_from(n).ok())?;
        let (numerator, _) = self.split_at(decimals).ok()?;
        Some((numerator, decimals))
    }

    /// `0.<digits>` times ten to the power of `point`, where `digits` may have outer zeros.
    fn normalised(digits: &str, point: i32) -> Self {
        let significant = digits.trim_start_matches('0');
        let leading = digits.len().saturating_sub(significant.len());
        let leading = i32::try_from(leading).unwrap_or(i32::MAX);
        if significant.is_empty() {
            return Self::ZERO;
        }
        Self {
            point: point.saturating_sub(leading),
            digits: significant.trim_end_matches('0').to_owned(),
        }
    }

    fn times_ten_to(self, exponent: i32) -> Option<Self> {
        if self.is_zero() {
            return Some(self);
        }
        let point = self.point.checked_add(exponent)?;
        Some(Self { point, ..self })
    }

    /// How many digits stand after the point in plain notation.
    fn decimals(&self) -> Option<i32> {
        if self.is_zero() {
            return Some(0);
        }
        let length = i32::try_from(self.digits.len()).ok()?;
        Some(length.checked_sub(self.point)?.max(0))
    }

    /// The whole base units, and what is left of them.
    fn split_at(&self, exponent: u8) -> Result<(u128, Rest)> {
        let whole_digits = self.point.saturating_add(i32::from(exponent));
        let Ok(length) = usize::try_from(whole_digits) else {
            let rest = if self.is_zero() {
                Rest::Nothing
            } else {
                Rest::BelowHalf
            };
            return Ok((0, rest));
        };
        let (kept, dropped) = self
            .digits
            .split_at_checked(length)
            .unwrap_or((&self.digits, ""));
        let units = format!("0{kept:0<length$}")
            .parse()
            .map_err(|_| too_large())?;
        // Digits never end in a zero, so whatever was dropped is more than nothing.
        let rest = match dropped.chars().next() {
            None => Rest::Nothing,
            Some('0'..='4') => Rest::BelowHalf,
            Some(_) => Rest::HalfOrMore,
        };
        Ok((units, rest))
    }
}

/// What is left of a number below its last base unit.
enum Rest {
    Nothing,
    BelowHalf,
    HalfOrMore,
}

fn one_more(units: u128) -> Result<Units> {
    units.checked_add(1).map(Units).ok_or_else(too_large)
}

/// Four digits are already beyond what any amount uses; more could only overflow.
fn read_exponent(text: &str) -> Result<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !is_digits(digits) {
        return Err(not_a_number());
    }
    if digits.len() > 4 {
        return Err(too_long());
    }
    text.parse().map_err(|_| not_a_number())
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn invalid(why: &str) -> Error {
    Error::new(ErrorCode::InvalidAmount, why)
}

fn not_a_number() -> Error {
    invalid("an amount is digits, with a point before its decimals, and nothing else")
}

fn too_long() -> Error {
    invalid("an amount has at most 76 digits on either side of its point")
}

fn too_large() -> Error {
    invalid("the amount is larger than base units can count")
}

/// Plain notation: no exponent, no zeros that say nothing.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = &self.digits;
        let text = match usize::try_from(self.point) {
            _ if self.is_zero() => "0".to_owned(),
            Err(_) | Ok(0) => {
                let zeros = usize::try_from(self.point.unsigned_abs()).unwrap_or(usize::MAX);
                format!("0.{}{digits}", "0".repeat(zeros))
            }
            Ok(length) => match digits.split_at_checked(length) {
                Some((whole, fraction)) if !fraction.is_empty() => format!("{whole}.{fraction}"),
                Some(_) | None => format!("{digits:0<length$}"),
            },
        };
        f.pad(&text)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_json(&value).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn numbers_are_ordered_by_value_not_by_spelling() {
        let ascending = [
            "0", "1e-76", "0.09", "0.1", "0.10001", "0.9", "1", "9.99", "10", "1e75",
        ];
        for pair in ascending.windows(2) {
            assert!(decimal(pair[0]) < decimal(pair[1]), "{pair:?}");
        }
        assert_eq!(decimal("1.50"), decimal("15e-1"));
        assert_eq!(decimal("0e9"), Decimal::ZERO);
    }

    #[test]
    fn a_document_may_hold_a_number_or_a_string_and_gets_a_string_back() {
        let read: Vec<Decimal> = serde_json::from_str(r#"[0.30000000000000004, "5e-7"]"#).unwrap();
        let written = serde_json::to_string(&read).unwrap();
        assert_eq!(written, r#"["0.30000000000000004","0.0000005"]"#);
        assert!(serde_json::from_str::<Decimal>("null").is_err());
        assert!(serde_json::from_str::<Decimal>("-1").is_err());
    }

    #[test]
    fn the_longest_numbers_are_read_and_one_digit_more_is_refused() {
        let longest = "9".repeat(76);
        assert_eq!(decimal(&longest).to_string(), longest);
        assert_eq!(
            decimal(&format!("0.{longest}")).to_string(),
            format!("0.{longest}")
        );
        assert!(Decimal::parse(&"9".repeat(77)).is_err());
        assert!(Decimal::parse(&format!("0.{}", "9".repeat(77))).is_err());
        assert!(decimal(&longest).to_units_exact(0).is_err());
        assert!(decimal(&longest).as_fraction().is_none());
    }

    #[test]
    fn zeros_around_a_number_do_not_count_as_digits() {
        let zeros = "0".repeat(5_000);
        assert!(decimal(&format!("{zeros}1.{zeros}")).is_one());
        assert!(decimal(&format!("0.{zeros}")).is_zero());
    }

    #[test]
    fn an_amount_error_does_not_repeat_the_amount() {
        let error = Decimal::parse("12x34").unwrap_err();
        assert!(!error.message.contains("12x34"));
    }
}
