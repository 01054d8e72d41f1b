//! Exact money by the names of its calls. Amounts and base units are texts both ways, because
//! JSON readers elsewhere round large numbers.

use serde_json::Value as Json;

use super::{Arguments, read};
use crate::document::json;
use crate::money::{
    Chain, Currency, Decimal, mul_div_ceiling, mul_div_floor, tolerance, usd_cents_for,
};
use crate::{Error, Result};

pub(super) fn call(name: &str, arguments: &str) -> Result<Json> {
    let fields = Arguments::read(arguments)?;
    let decimal = |field: &str| Decimal::parse(fields.text(field)?);
    let exponent = || fields.small::<u8>("exponent");
    Ok(match name {
        "decimal" => json!(decimal("text")?.to_string()),
        "decimal_from_json" => {
            let value: Json = read(fields.text("json")?)?;
            json!(Decimal::from_json(&value)?.to_string())
        }
        "is_one" => json!(decimal("text")?.is_one()),
        "is_zero" => json!(decimal("text")?.is_zero()),
        "compare" => json!(compared(&decimal("left")?, &decimal("right")?)),
        "to_units_exact" => json!(decimal("text")?.to_units_exact(exponent()?)?),
        "to_units_rounded" => json!(decimal("text")?.to_units_rounded(exponent()?)?),
        "to_units_ceiling" => json!(decimal("text")?.to_units_ceiling(exponent()?)?),
        "from_units" => json!(Decimal::from_units(fields.units("units")?, exponent()?).to_string()),
        "currency" => {
            let currency = Currency::parse(fields.text("code")?)?;
            json!({ "code": currency.code(), "exponent": currency.exponent() })
        }
        "format" => {
            let currency = Currency::parse(fields.text("currency")?)?;
            json!(currency.format(fields.units("units")?))
        }
        "chain" => chain(fields.text("code")?)?,
        "mul_div_floor" | "mul_div_ceiling" => divided(name, &fields)?,
        "tolerance" => json!(tolerance(fields.units("due")?, fields.small("bps")?)),
        "usd_cents_for" => {
            let currency = Currency::parse(fields.text("currency")?)?;
            let total = fields.units("total")?;
            json!(usd_cents_for(total, currency, &decimal("rate")?)?)
        }
        _ => return Err(Error::invalid("call", "there is none of that name")),
    })
}

fn compared(left: &Decimal, right: &Decimal) -> &'static str {
    match left.cmp(right) {
        std::cmp::Ordering::Less => "less",
        std::cmp::Ordering::Equal => "equal",
        std::cmp::Ordering::Greater => "greater",
    }
}

fn divided(name: &str, fields: &Arguments) -> Result<Json> {
    let (a, b) = (fields.units("a")?, fields.units("b")?);
    let divisor = fields.units("divisor")?;
    Ok(if name == "mul_div_floor" {
        json!(mul_div_floor(a, b, divisor))
    } else {
        json!(mul_div_ceiling(a, b, divisor))
    })
}

fn chain(code: &str) -> Result<Json> {
    let chain = Chain::parse(code)?;
    Ok(json!({
        "code": chain.code(),
        "canonical": chain.canonical(),
        "asset_symbol": chain.asset_symbol(),
        "network_name": chain.network_name(),
        "decimals": chain.decimals(),
        "evm_chain_id": chain.evm_chain_id(),
        "token_contract": chain.token_contract(),
    }))
}
