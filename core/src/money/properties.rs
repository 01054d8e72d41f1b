//! What holds of all numbers, tried on many.

use proptest::prelude::*;

use super::{Decimal, Units, mul_div_ceiling, mul_div_floor};

proptest! {
    #[test]
    fn reading_any_text_never_panics(text in any::<String>()) {
        let _ = Decimal::parse(&text);
    }

    #[test]
    fn reading_anything_like_a_number_never_panics_and_reads_back(
        text in "[0-9]{0,80}\\.?[0-9]{0,80}([eE][+-]?[0-9]{0,6})?",
    ) {
        if let Ok(number) = Decimal::parse(&text) {
            prop_assert_eq!(&Decimal::parse(&number.to_string()).unwrap(), &number);
            for exponent in [0, 2, 18, u8::MAX] {
                let _ = number.to_units_rounded(exponent);
                let _ = number.to_units_ceiling(exponent);
            }
        }
    }

    #[test]
    fn units_survive_the_way_through_a_decimal_and_its_text(units: u128, exponent in 0..=36_u8) {
        let number = Decimal::from_units(Units(units), exponent);
        let read = Decimal::parse(&number.to_string()).unwrap();
        prop_assert_eq!(&read, &number);
        prop_assert_eq!(read.to_units_exact(exponent).unwrap(), Units(units));
    }

    #[test]
    fn decimals_compare_as_their_units_do(a: u64, b: u64, exponent in 0..=18_u8) {
        let decimal = |units| Decimal::from_units(Units(u128::from(units)), exponent);
        prop_assert_eq!(decimal(a).cmp(&decimal(b)), a.cmp(&b));
    }

    #[test]
    fn rounding_agrees_with_division(units in 0..u128::MAX / 2, drop in 1..=20_u8) {
        let number = Decimal::from_units(Units(units), 20);
        let keep = 20 - drop;
        let divisor = 10_u128.pow(u32::from(drop));
        let nearest = units / divisor + u128::from(units % divisor >= divisor / 2);
        prop_assert_eq!(number.to_units_rounded(keep).unwrap(), Units(nearest));
        prop_assert_eq!(number.to_units_ceiling(keep).unwrap(), Units(units.div_ceil(divisor)));
        prop_assert_eq!(number.to_units_exact(keep).is_ok(), units % divisor == 0);
    }

    #[test]
    fn small_products_divide_as_the_processor_does(a: u64, b: u64, divisor in 1..=u128::MAX) {
        let product = u128::from(a) * u128::from(b);
        let (a, b) = (Units(a.into()), Units(b.into()));
        prop_assert_eq!(mul_div_floor(a, b, Units(divisor)), Some(Units(product / divisor)));
        let up = product.div_ceil(divisor);
        prop_assert_eq!(mul_div_ceiling(a, b, Units(divisor)), Some(Units(up)));
    }

    #[test]
    fn large_products_divide_as_on_paper(a: u128, b: u128, divisor in 1..=u128::MAX) {
        check_against_paper(a, b, divisor);
    }

    #[test]
    fn products_near_the_limit_divide_as_on_paper(a: u128, b: u128, distance in 0..9_u128) {
        // The quotient fits from this divisor on.
        let limit = mul_div_ceiling(Units(a), Units(b), Units(u128::MAX)).unwrap().0;
        check_against_paper(a, b, limit.saturating_sub(4).saturating_add(distance));
    }
}

#[test]
fn products_of_extremes_divide_as_on_paper() {
    let extremes = [
        0,
        1,
        2,
        u128::from(u64::MAX),
        1 << 64,
        1 << 127,
        u128::MAX - 1,
        u128::MAX,
    ];
    for a in extremes {
        for b in extremes {
            for divisor in extremes {
                check_against_paper(a, b, divisor);
            }
        }
    }
}

/// The defining inequalities, with products from the schoolbook: the floor `q` is right when
/// `q * divisor <= a * b < (q + 1) * divisor`, the ceiling likewise from above.
fn check_against_paper(a: u128, b: u128, divisor: u128) {
    let product = on_paper(a, b);
    let floor = mul_div_floor(Units(a), Units(b), Units(divisor));
    let ceiling = mul_div_ceiling(Units(a), Units(b), Units(divisor));
    let Some(Units(floor)) = floor else {
        let mut limit = on_paper(divisor, 1 << 127);
        double(&mut limit);
        assert!(product >= limit, "{a} * {b} / {divisor} fits");
        assert_eq!(ceiling, None);
        return;
    };
    assert_ne!(divisor, 0);
    assert!(on_paper(floor, divisor) <= product);
    let Some(above) = floor.checked_add(1) else {
        let exact = on_paper(floor, divisor) == product;
        assert_eq!(ceiling, exact.then_some(Units(floor)));
        return;
    };
    assert!(product < on_paper(above, divisor));
    let exact = on_paper(floor, divisor) == product;
    assert_eq!(ceiling, Some(Units(if exact { floor } else { above })));
}

/// The product as 33 bytes, the most significant first, so that they compare as numbers.
fn on_paper(a: u128, b: u128) -> [u8; 33] {
    let mut columns = [0_u32; 33];
    for (i, left) in a.to_be_bytes().iter().enumerate() {
        for (j, right) in b.to_be_bytes().iter().enumerate() {
            columns[i + j + 2] += u32::from(*left) * u32::from(*right);
        }
    }
    carried(columns)
}

fn double(number: &mut [u8; 33]) {
    *number = carried(number.map(|digit| u32::from(digit) * 2));
}

fn carried(mut columns: [u32; 33]) -> [u8; 33] {
    for column in (1..columns.len()).rev() {
        columns[column - 1] += columns[column] >> 8;
    }
    columns.map(|column| column.to_le_bytes()[0])
}
