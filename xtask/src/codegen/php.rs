//! `php/src/ErrorCode.php`: the table of error codes for PHP, with the class of exception for each.

use anyhow::Result;
use coinpay_core::ErrorCode;

use super::Output;
use crate::workspace::Workspace;

const HEAD: &str = "\
<?php

declare(strict_types=1);

namespace CoinPay;

/**
 * Every way to fail, the same in every language; docs/errors.md has the table.
 *
 * Written by `cargo xtask codegen` from core/src/error.rs.
 */
enum ErrorCode: string
{
";

#[expect(clippy::unnecessary_wraps, reason = "generators share a signature")]
pub(super) fn generate(_: &Workspace) -> Result<Vec<Output>> {
    let mut text = HEAD.to_owned();
    for code in ErrorCode::ALL {
        text.push_str(&format!("    case {code:?} = '{code}';\n"));
    }
    let statuses = |code: ErrorCode| code.http_status().to_string();
    let agains = |code: ErrorCode| code.retryable().to_string();
    let advices = |code: ErrorCode| format!("'{}'", code.advice().replace('\'', "\\'"));
    let classes = |code: ErrorCode| format!("Exception\\{}Exception::class", class_of(code));
    text.push_str(&method(
        "The HTTP status that an adapter answers with.",
        "httpStatus(): int",
        statuses,
    ));
    text.push_str(&method(
        "Whether the same call can succeed later without a change by a person.",
        "retryable(): bool",
        agains,
    ));
    text.push_str(&method("What to check.", "advice(): string", advices));
    text.push_str(&method(
        "The class of its exception.\n     *\n     \
         * @return class-string<Exception\\CoinPayException>",
        "exceptionClass(): string",
        classes,
    ));
    text.push_str("}\n");
    Ok(vec![Output {
        path: "php/src/ErrorCode.php".to_owned(),
        text,
    }])
}

fn method(about: &str, signature: &str, value: impl Fn(ErrorCode) -> String) -> String {
    let arms: String = ErrorCode::ALL
        .iter()
        .map(|code| {
            let one = format!("            self::{code:?} => {},\n", value(*code));
            if one.chars().count() <= 101 {
                return one;
            }
            format!(
                "            self::{code:?} =>\n                {},\n",
                value(*code)
            )
        })
        .collect();
    format!(
        "\n    /**\n     * {about}\n     */\n    public function {signature}\n    {{\n        \
         return match ($this) {{\n{arms}        }};\n    }}\n"
    )
}

fn class_of(code: ErrorCode) -> &'static str {
    use ErrorCode::*;
    match code {
        InvalidInput | InvalidAmount | UnknownCurrency | UnknownBlockchain
        | InvalidConfiguration | UnknownSku | NotFound | UnknownEffect => "InvalidInput",
        NothingToPay | AmountTooLarge | TooManyOpenOrders | TooManyAttempts | OutOfStock
        | Rejected | LeaseLost => "Rejected",
        BodyTooLarge | SignatureMissing | SignatureMalformed | SignatureStale | SignatureWrong
        | SecretMissing | WebhookUnreadable => "Webhook",
        GatewayRefused
        | GatewayUnauthorized
        | GatewayForbidden
        | GatewayNotFound
        | GatewayRateLimited
        | GatewayQuotaExceeded
        | GatewayUnavailable
        | GatewayUnreachable
        | GatewayAnswerUnusable
        | IdempotencyCollision
        | RateDoubtful
        | CreateUnknown => "Gateway",
        StoreBusy | StoreUnavailable | StoreNotAtomic | StoreTooNew | StoreCorrupt
        | StoreRefused => "Store",
        FlowMisused | ServerOnly | Internal => "CoinPay",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_case_and_an_arm_in_every_method() {
        let outputs = generate(&Workspace::of_this_crate()).expect("generates");
        for code in ErrorCode::ALL {
            let arm = format!("self::{code:?} =>");
            assert_eq!(outputs[0].text.matches(&arm).count(), 4, "{code}");
        }
    }
}
