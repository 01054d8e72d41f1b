//! Multiplying and dividing base units without losing one. Knows no currency.

use super::Units;

/// One hundredth of a per cent, as a divisor.
const BASIS_POINTS: Units = Units(10_000);

/// `a * b / divisor` rounded down. `None` when the divisor is zero or the result does not fit;
/// the product itself may be as large as it likes.
#[must_use]
pub fn mul_div_floor(a: Units, b: Units, divisor: Units) -> Option<Units> {
    let (quotient, _) = divide(multiply(a.0, b.0), divisor.0)?;
    Some(Units(quotient))
}

/// `a * b / divisor` rounded up. `None` when the divisor is zero or the result does not fit.
#[must_use]
pub fn mul_div_ceiling(a: Units, b: Units, divisor: Units) -> Option<Units> {
    let (quotient, remainder) = divide(multiply(a.0, b.0), divisor.0)?;
    if remainder == 0 {
        return Some(Units(quotient));
    }
    quotient.checked_add(1).map(Units)
}

/// How far from `due` still counts as `due`: so many basis points of it, rounded down, but at
/// least one unit.
#[must_use]
pub fn tolerance(due: Units, bps: u32) -> Units {
    mul_div_floor(due, Units(u128::from(bps)), BASIS_POINTS)
        .unwrap_or(Units(u128::MAX))
        .max(Units(1))
}

/// A number of 256 bits.
struct Wide {
    high: u128,
    low: u128,
}

/// Long multiplication with digits of 64 bits. A product of two digits plus two more digits
/// fits 128 bits, so nothing here wraps.
fn multiply(a: u128, b: u128) -> Wide {
    const DIGIT: u128 = (1 << 64) - 1;
    let (a_high, a_low) = (a >> 64, a & DIGIT);
    let (b_high, b_low) = (b >> 64, b & DIGIT);
    let lowest = a_low.wrapping_mul(b_low);
    let middle = a_high.wrapping_mul(b_low).wrapping_add(lowest >> 64);
    let cross = a_low.wrapping_mul(b_high).wrapping_add(middle & DIGIT);
    let highest = a_high.wrapping_mul(b_high).wrapping_add(middle >> 64);
    Wide {
        high: highest.wrapping_add(cross >> 64),
        low: (cross << 64) | (lowest & DIGIT),
    }
}

/// Quotient and remainder, if the quotient fits: long division bit by bit, where the dividend
/// is too large for the processor's own.
fn divide(dividend: Wide, divisor: u128) -> Option<(u128, u128)> {
    // Also true of every dividend when the divisor is zero.
    if dividend.high >= divisor {
        return None;
    }
    if dividend.high == 0 {
        let quotient = dividend.low.checked_div(divisor)?;
        return Some((quotient, dividend.low.checked_rem(divisor)?));
    }
    let mut remainder = dividend.high;
    let mut quotient = 0_u128;
    for bit in (0..u128::BITS).rev() {
        let carried = remainder >> 127 == 1;
        remainder = (remainder << 1) | ((dividend.low >> bit) & 1);
        quotient <<= 1;
        // With the carry, the remainder has 129 bits; less the divisor it has 128 again.
        if carried || remainder >= divisor {
            remainder = remainder.wrapping_sub(divisor);
            quotient |= 1;
        }
    }
    Some((quotient, remainder))
}
