//! The currencies that a shop can price in: ISO 4217 codes in use, each with its exponent.
//! Refuses to know rates, symbols and languages.

use std::fmt;

use serde_json::Value as Json;

use super::Units;
use crate::document::{FromJson, ToJson};
use crate::{Error, ErrorCode, Result};

const CODE_BYTES: usize = 3;

/// Exponents and their codes, after ISO 4217 list one as of 2026: what can be owed, so without
/// metals, the SDR and other codes whose exponent is "not applicable".
const TABLE: &[(u8, &str)] = &[
    (
        0,
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    ),
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN",
    ),
    (
        2,
        "BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD",
    ),
    (
        2,
        "FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW",
    ),
    (
        2,
        "KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR",
    ),
    (
        2,
        "MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG",
    ),
    (
        2,
        "SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD",
    ),
    (2, "USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG"),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
];

/// A currency in use, with the number of decimals of its smallest unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: &'static str,
    exponent: u8,
}

impl Currency {
    pub const USD: Self = Self {
        code: "USD",
        exponent: 2,
    };

    /// Reads a three-letter code, in capitals or not.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownCurrency`] when no currency in use has this code.
    pub fn parse(code: &str) -> Result<Self> {
        Self::all()
            .find(|currency| currency.code.eq_ignore_ascii_case(code))
            .ok_or_else(|| Error::from(ErrorCode::UnknownCurrency))
    }

    /// Every currency in use. Codes are cut by their length: every order that is read comes by
    /// here, and looking for the spaces took a tenth of what reading an order takes.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().flat_map(|&(exponent, codes)| {
            let starts = (0..codes.len()).step_by(CODE_BYTES + 1);
            let codes = starts.filter_map(move |at| codes.get(at..at.saturating_add(CODE_BYTES)));
            codes.map(move |code| Self { code, exponent })
        })
    }

    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// How many decimals a unit of the currency has.
    #[must_use]
    pub const fn exponent(&self) -> u8 {
        self.exponent
    }

    /// The amount with all the currency's decimals and no code: `150.00`, or `1500` for JPY.
    #[must_use]
    pub fn format(&self, amount: Units) -> String {
        let exponent = usize::from(self.exponent);
        let digits = format!("{:0>width$}", amount.0, width = exponent.saturating_add(1));
        let whole = digits.len().saturating_sub(exponent);
        match digits.split_at_checked(whole) {
            Some((whole, fraction)) if !fraction.is_empty() => format!("{whole}.{fraction}"),
            Some(_) | None => digits,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code)
    }
}

impl ToJson for Currency {
    fn to_json(&self) -> Json {
        self.code.to_json()
    }
}

impl FromJson for Currency {
    fn from_json(value: &Json) -> Option<Self> {
        Self::parse(value.as_str()?).ok()
    }
}

crate::document::serialize!(Currency);
crate::document::deserialize!(Currency);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_three_capitals_and_listed_once() {
        let mut codes: Vec<_> = Currency::all().map(|currency| currency.code).collect();
        for code in &codes {
            assert!(
                code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()),
                "{code}"
            );
        }
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }

    #[test]
    fn a_currency_reads_back_from_its_code() {
        for currency in Currency::all() {
            let json = serde_json::to_string(&currency).unwrap();
            assert_eq!(serde_json::from_str::<Currency>(&json).unwrap(), currency);
        }
        assert_eq!(Currency::parse("usd").unwrap(), Currency::USD);
    }
}
