//! Runs the shared vectors for money and payment URIs. Every binding runs the same files.

#![allow(
    clippy::disallowed_methods,
    reason = "reads files and arguments as a program does"
)]

use std::collections::BTreeSet;
use std::fs;

use coinpay_core::money::{
    Chain, Currency, Decimal, Units, mul_div_ceiling, mul_div_floor, same_address, tolerance,
    usd_cents_for,
};
use coinpay_core::pay::{payment_uri, qr_svg};
use coinpay_core::{Error, Result};
use serde_json::{Value, json};

#[test]
fn amounts_come_out_as_the_vectors_say() {
    let file = Vectors::read("amounts.json");
    assert_eq!(
        file.run(amount_case),
        289,
        "the number of cases changed: is that meant?"
    );
    assert_eq!(file.values_of("chain", "code"), every_chain());
}

#[test]
fn payment_uris_and_addresses_come_out_as_the_vectors_say() {
    let file = Vectors::read("payment_uris.json");
    assert_eq!(
        file.run(payment_case),
        192,
        "the number of cases changed: is that meant?"
    );
    assert_eq!(file.values_of("payment_uri", "chain"), every_chain());
    assert_eq!(file.values_of("same_address", "chain"), every_chain());
}

fn amount_case(case: &Case) -> Result<Value> {
    let decimal = |key| Decimal::parse(case.text(key));
    Ok(match case.text("call") {
        "decimal" => json!(decimal("text")?.to_string()),
        "decimal_from_json" => {
            let value = serde_json::from_str(case.text("json")).unwrap();
            json!(Decimal::from_json(&value)?.to_string())
        }
        "is_one" => json!(decimal("text")?.is_one()),
        "is_zero" => json!(decimal("text")?.is_zero()),
        "compare" => {
            let order = decimal("left")?.cmp(&decimal("right")?);
            json!(format!("{order:?}").to_lowercase())
        }
        "to_units_exact" => json!(decimal("text")?.to_units_exact(case.small("exponent"))?),
        "to_units_rounded" => json!(decimal("text")?.to_units_rounded(case.small("exponent"))?),
        "to_units_ceiling" => json!(decimal("text")?.to_units_ceiling(case.small("exponent"))?),
        "from_units" => {
            let number = Decimal::from_units(case.units("units"), case.small("exponent"));
            json!(number.to_string())
        }
        "currency" => {
            let currency = Currency::parse(case.text("code"))?;
            json!({"code": currency.code(), "exponent": currency.exponent()})
        }
        "format" => json!(Currency::parse(case.text("currency"))?.format(case.units("units"))),
        "chain" => chain_facts(Chain::parse(case.text("code"))?),
        "mul_div_floor" => {
            json!(mul_div_floor(
                case.units("a"),
                case.units("b"),
                case.units("divisor")
            ))
        }
        "mul_div_ceiling" => {
            json!(mul_div_ceiling(
                case.units("a"),
                case.units("b"),
                case.units("divisor")
            ))
        }
        "tolerance" => json!(tolerance(case.units("due"), case.small("bps"))),
        "usd_cents_for" => {
            let currency = Currency::parse(case.text("currency"))?;
            json!(usd_cents_for(
                case.units("total"),
                currency,
                &decimal("rate")?
            )?)
        }
        other => panic!("{}: no such call: {other}", case.name()),
    })
}

fn chain_facts(chain: Chain) -> Value {
    json!({
        "code": chain.code(),
        "canonical": chain.canonical(),
        "asset_symbol": chain.asset_symbol(),
        "network_name": chain.network_name(),
        "decimals": chain.decimals(),
        "evm_chain_id": chain.evm_chain_id(),
        "token_contract": chain.token_contract(),
    })
}

fn payment_case(case: &Case) -> Result<Value> {
    let chain = Chain::parse(case.text("chain"))?;
    Ok(match case.text("call") {
        "payment_uri" => {
            let address = case.text("address");
            let uri = payment_uri(chain, address, case.units("amount"))
                .inspect_err(|error| assert_silent_about(address, error))?;
            qr_svg(&uri).expect("every payment URI fits a QR code");
            json!(uri)
        }
        "same_address" => {
            let (a, b) = (case.text("a"), case.text("b"));
            let same = same_address(chain, a, b);
            assert_eq!(
                same,
                same_address(chain, b, a),
                "{}: not symmetric",
                case.name()
            );
            json!(same)
        }
        other => panic!("{}: no such call: {other}", case.name()),
    })
}

fn assert_silent_about(address: &str, error: &Error) {
    assert!(
        address.is_empty() || !error.message.contains(address),
        "{error}"
    );
}

fn every_chain() -> BTreeSet<&'static str> {
    Chain::ALL.iter().map(|chain| chain.code()).collect()
}

struct Vectors {
    cases: Vec<Case>,
}

impl Vectors {
    fn read(name: &str) -> Self {
        let path = format!("{}/../tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(&path).expect(&path);
        let file: Value = serde_json::from_str(&text).expect(&path);
        assert!(file["about"].is_string(), "{name} does not explain itself");
        let cases = file["cases"].as_array().expect("cases").iter().cloned();
        let cases: Vec<_> = cases.map(Case).collect();
        let names: BTreeSet<_> = cases.iter().map(Case::name).collect();
        assert_eq!(names.len(), cases.len(), "{name} has two cases of one name");
        Self { cases }
    }

    /// Runs every case and answers how many came out as they say.
    fn run(&self, execute: impl Fn(&Case) -> Result<Value>) -> usize {
        let mut executed = 0;
        for case in &self.cases {
            let said = (case.0.get("gives"), case.0.get("error"));
            match (execute(case), said) {
                (Ok(value), (Some(gives), None)) => assert_eq!(value, *gives, "{}", case.name()),
                (Err(error), (None, Some(code))) => {
                    assert_eq!(error.code.as_str(), code, "{}", case.name());
                }
                (result, said) => panic!("{}: {result:?} instead of {said:?}", case.name()),
            }
            executed += 1;
        }
        executed
    }

    /// What stands under `key`, if in capitals, in the successful cases of `call`.
    fn values_of(&self, call: &str, key: &str) -> BTreeSet<&str> {
        let cases = self
            .cases
            .iter()
            .filter(|case| case.0.get("gives").is_some());
        let values = cases
            .filter(|case| case.text("call") == call)
            .map(|case| case.text(key));
        values
            .filter(|value| !value.contains(char::is_lowercase))
            .collect()
    }
}

struct Case(Value);

impl Case {
    fn name(&self) -> &str {
        self.text("name")
    }

    fn text(&self, key: &str) -> &str {
        self.0[key]
            .as_str()
            .unwrap_or_else(|| panic!("no text {key} in {}", self.0))
    }

    fn units(&self, key: &str) -> Units {
        Units(self.text(key).parse().expect(key))
    }

    fn small<T: TryFrom<u64>>(&self, key: &str) -> T {
        let number = self.0[key]
            .as_u64()
            .and_then(|number| T::try_from(number).ok());
        number.unwrap_or_else(|| panic!("no small number {key} in {}", self.0))
    }
}
