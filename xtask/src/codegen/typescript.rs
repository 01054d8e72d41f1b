//! What the npm package knows of the core by name: error codes, and the words of documents.

use std::fmt::Write;

use anyhow::{Context, Result};
use coinpay_core::ErrorCode;
use coinpay_core::flow::OPERATIONS;
use coinpay_core::money::Chain;
use coinpay_core::order::{EffectKind, PaymentStatus, Reason, Status};
use coinpay_core::webhook::EventKind;
use serde::Serialize;
use serde_json::{Value, json};

use super::Output;
use crate::workspace::Workspace;

const FOLDER: &str = "js/src/generated";
const HEAD: &str = "// Written by `cargo xtask codegen` from the core. Change nothing here.\n";

pub(super) fn generate(_: &Workspace) -> Result<Vec<Output>> {
    Ok(vec![
        Output {
            path: format!("{FOLDER}/errors.ts"),
            text: errors()?,
        },
        Output {
            path: format!("{FOLDER}/names.ts"),
            text: names()?,
        },
        Output {
            path: format!("{FOLDER}/version.ts"),
            text: version(),
        },
    ])
}

fn version() -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!("{HEAD}\n/** The version of this package. */\nexport const VERSION = '{version}';\n")
}

fn errors() -> Result<String> {
    let mut text = format!("{HEAD}\n/** Every error code, with what it means for a caller. */\n");
    text.push_str("export const ERRORS = {\n");
    for code in ErrorCode::ALL {
        writeln!(text, "  {code}: {{")?;
        writeln!(text, "    httpStatus: {},", code.http_status())?;
        writeln!(text, "    retryable: {},", code.retryable())?;
        writeln!(text, "    advice:\n      {},", json!(code.advice()))?;
        text.push_str("  },\n");
    }
    text.push_str("} as const;\n\nexport type ErrorCode = keyof typeof ERRORS;\n");
    Ok(text)
}

fn names() -> Result<String> {
    let chains: Vec<_> = Chain::ALL.iter().map(|chain| chain.code()).collect();
    let events = EventKind::ALL.iter();
    let types: Vec<_> = events.map(|(_, type_name)| *type_name).collect();
    let mut text = HEAD.to_owned();
    let lists = [
        ("BLOCKCHAINS", "Blockchain", json!(chains)),
        ("EVENT_TYPES", "EventType", json!(types)),
        ("ORDER_STATES", "OrderState", words(Status::ALL)?),
        ("PAYMENT_STATES", "PaymentState", words(PaymentStatus::ALL)?),
        ("REASONS", "Reason", words(Reason::ALL)?),
        ("EFFECT_KINDS", "EffectKind", words(EffectKind::ALL)?),
        ("OPERATIONS", "Operation", json!(OPERATIONS)),
    ];
    for (list, type_name, values) in lists {
        writeln!(text, "\nexport const {list} = [")?;
        for value in values.as_array().context("a list")? {
            writeln!(text, "  {value},")?;
        }
        writeln!(text, "] as const;")?;
        writeln!(text, "export type {type_name} = (typeof {list})[number];")?;
    }
    Ok(text)
}

fn words<T: Serialize>(all: &[T]) -> Result<Value> {
    serde_json::to_value(all).context("names are texts")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_there_with_its_status() {
        let text = errors().expect("writes");
        for code in ErrorCode::ALL {
            assert!(text.contains(&format!(
                "  {code}: {{\n    httpStatus: {}",
                code.http_status()
            )));
        }
    }

    #[test]
    fn names_are_those_of_the_documents() {
        let text = names().expect("writes");
        for name in [
            "\"USDC_POL\"",
            "\"payment.confirmed\"",
            "\"awaiting_payment\"",
        ] {
            assert!(text.contains(name), "{name}");
        }
    }
}
