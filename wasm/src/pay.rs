//! What a page needs to show a payment: its URI, its picture, and exact amounts.

use coinpay_core::money::{Chain, Decimal, Units};
use coinpay_core::{Error, ErrorCode, Result, pay};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::answer;

/// The URI for `amount` base units of `chain` to `address`.
#[wasm_bindgen]
#[must_use]
pub fn payment_uri(chain: &str, address: &str, amount: &str) -> String {
    let write = || pay::payment_uri(Chain::parse(chain)?, address, units(amount)?);
    answer::of(write())
}

/// The QR code of a text, as SVG.
#[wasm_bindgen]
#[must_use]
pub fn qr_svg(text: &str) -> String {
    answer::of(pay::qr_svg(text))
}

/// Base units of a decimal, exactly.
#[wasm_bindgen]
#[must_use]
pub fn to_units(amount: &str, decimals: u8) -> String {
    let read = || Decimal::parse(amount)?.to_units_exact(decimals);
    answer::of(read().map(|units| units.to_string()))
}

/// The decimal of base units.
#[wasm_bindgen]
#[must_use]
pub fn from_units(amount: &str, decimals: u8) -> String {
    answer::of(units(amount).map(|units| Decimal::from_units(units, decimals).to_string()))
}

fn units(text: &str) -> Result<Units> {
    let number = text.parse().map(Units);
    number.map_err(|_| Error::new(ErrorCode::InvalidAmount, "amount: no base units"))
}
