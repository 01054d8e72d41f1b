//! Amounts: four lines, of which the first two are read as decimals and all as whole numbers
//! where they are some. Reading and writing come back to the same, rounding goes to the next
//! unit and no further, and products divide as they do on paper.

use std::cmp::Ordering;

use crate::ErrorCode;
use crate::money::{
    Currency, Decimal, Units, mul_div_ceiling, mul_div_floor, tolerance, usd_cents_for,
};

pub(super) fn run(mut data: &[u8]) {
    let lines: [_; 4] = std::array::from_fn(|_| super::text_line(&mut data));
    let left = decimal(&lines[0]);
    let right = decimal(&lines[1]);
    let whole = |index: usize| lines[index].parse::<u128>().ok();
    let exponent = whole(3).and_then(|number| u8::try_from(number).ok());
    for number in [&left, &right].into_iter().flatten() {
        for exponent in [0, 2, 6, 8, 18, exponent.unwrap_or(9)] {
            rounding(number, exponent);
        }
    }
    if let (Some(left), Some(right)) = (&left, &right) {
        order(left, right);
    }
    if let (Some(a), Some(b), Some(divisor)) = (whole(0), whole(1), whole(2)) {
        division(a, b, divisor);
        tolerances(a, b);
    }
    if let (Some(total), Some(rate)) = (whole(0), &right) {
        exchange(Units(total), rate);
    }
}

fn decimal(text: &str) -> Option<Decimal> {
    let read = Decimal::parse(text);
    let quoted = serde_json::Value::String(text.to_owned());
    assert_eq!(Decimal::from_json(&quoted), read);
    if let Ok(json @ serde_json::Value::Number(_)) = serde_json::from_str(text)
        && !text.contains('-')
        && text.trim() == text
    {
        assert_eq!(Decimal::from_json(&json), read, "{text}");
    }
    let number = match read {
        Ok(number) => number,
        Err(error) => {
            assert_eq!(error.code, ErrorCode::InvalidAmount);
            return None;
        }
    };
    let shown = number.to_string();
    assert_eq!(Decimal::parse(&shown).as_ref(), Ok(&number));
    assert!(
        shown
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.'),
        "{shown}"
    );
    assert_eq!(number.is_zero(), shown == "0");
    assert_eq!(number.is_one(), shown == "1");
    let json = serde_json::to_string(&number).expect("writes");
    assert_eq!(
        serde_json::from_str::<Decimal>(&json).expect("reads"),
        number
    );
    Some(number)
}

fn rounding(number: &Decimal, exponent: u8) {
    let exact = number.to_units_exact(exponent);
    let nearest = number.to_units_rounded(exponent);
    let ceiling = number.to_units_ceiling(exponent);
    if let Ok(units) = exact {
        assert_eq!(&Decimal::from_units(units, exponent), number);
        assert_eq!((nearest, ceiling), (Ok(units), Ok(units)));
        return;
    }
    if let Ok(up) = ceiling {
        assert!(&Decimal::from_units(up, exponent) > number);
        let down = Units(up.0 - 1);
        assert!(&Decimal::from_units(down, exponent) < number);
        // Half of the last unit, one decimal further on.
        let half = exponent.checked_add(1).and_then(|finer| {
            let half = down.0.checked_mul(10)?.checked_add(5)?;
            Some(Decimal::from_units(Units(half), finer))
        });
        if let Some(half) = half {
            let wanted = if number < &half { down } else { up };
            assert_eq!(nearest, Ok(wanted), "{number} at {exponent}");
        }
    }
}

fn order(left: &Decimal, right: &Decimal) {
    assert_eq!(left.cmp(right), right.cmp(left).reverse());
    assert_eq!(left == right, left.cmp(right) == Ordering::Equal);
    if let (Ok(a), Ok(b)) = (left.to_units_exact(18), right.to_units_exact(18)) {
        assert_eq!(left.cmp(right), a.cmp(&b));
    }
}

fn division(a: u128, b: u128, divisor: u128) {
    let units = (Units(a), Units(b), Units(divisor));
    let floor = mul_div_floor(units.0, units.1, units.2);
    let ceiling = mul_div_ceiling(units.0, units.1, units.2);
    assert_eq!(floor, mul_div_floor(units.1, units.0, units.2));
    assert_eq!(ceiling, mul_div_ceiling(units.1, units.0, units.2));
    if divisor == 0 {
        assert_eq!((floor, ceiling), (None, None));
        return;
    }
    if let Some(product) = a.checked_mul(b) {
        assert_eq!(floor, Some(Units(product / divisor)));
        assert_eq!(ceiling, Some(Units(product.div_ceil(divisor))));
    }
    if let (Some(down), Some(up)) = (floor, ceiling) {
        assert!(up.0 - down.0 <= 1);
    }
    assert_eq!(mul_div_floor(units.0, units.2, units.2), Some(units.0));
    assert_eq!(mul_div_ceiling(units.0, units.2, units.2), Some(units.0));
}

fn tolerances(due: u128, bps: u128) {
    let Ok(bps) = u32::try_from(bps) else {
        return;
    };
    let allowed = tolerance(Units(due), bps);
    assert!(allowed >= Units(1));
    if bps <= 10_000 {
        assert!(allowed <= Units(due.max(1)));
    }
    assert!(allowed <= tolerance(Units(due), bps.saturating_add(1)));
}

fn exchange(total: Units, rate: &Decimal) {
    for code in ["EUR", "JPY", "KWD", "USD"] {
        let currency = Currency::parse(code).expect("in use");
        let shown = currency.format(total);
        let read = Decimal::parse(&shown).and_then(|one| one.to_units_exact(currency.exponent()));
        assert_eq!(read, Ok(total), "{shown}");
        let cents = usd_cents_for(total, currency, rate);
        match &cents {
            Ok(cents) => {
                assert!(!total.is_zero() || cents.is_zero());
                assert!(
                    total.is_zero() || !cents.is_zero(),
                    "a shop never asks for less"
                );
                if let Some(more) = total.0.checked_add(1)
                    && let Ok(more) = usd_cents_for(Units(more), currency, rate)
                {
                    assert!(more >= *cents);
                }
                if code == "USD" || code == "EUR" && rate.is_one() {
                    assert_eq!(*cents, total);
                }
            }
            Err(error) => assert!(
                matches!(
                    error.code,
                    ErrorCode::RateDoubtful | ErrorCode::AmountTooLarge
                ),
                "{error}"
            ),
        }
    }
}
