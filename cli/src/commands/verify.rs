//! `coinpay verify`: is a webhook authentic, and if not, what is the likely mistake.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use coinpay_core::webhook::{
    MAX_BODY_BYTES, Rejection, TOLERANCE_S, Verified, likely_cause, parse_webhook, verify_webhook,
};
use coinpay_core::{Clock, Error, ErrorCode, Result, Secret, SystemClock};
use serde_json::{Value, json};

use crate::output::{Exit, Report, finish};
use crate::settings::{ConfigArgument, SecretsArgument};

const EXAMPLES: &str = "\
Examples:
  A body and header from your server's log, with the secret from COINPAY_WEBHOOK_SECRETS:
    coinpay verify --signature 't=1795392000,v1=5257a8…' --now 1795392010 body.json

  From another program, with the secret in a file:
    curl -s https://shop.example/last-webhook |
      coinpay verify --secret-file secret.txt --signature \"$HEADER\" -

Exit status: 0 authentic, 1 not, 2 no secret, or a wrong command line or configuration.";

/// Checks a webhook's signature as the library does, and says why it fails.
///
/// Secrets come from --secret-file or the settings, never from the command line, and are not
/// printed.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Verify {
    /// The raw bytes of the request; - for standard input
    #[arg(value_name = "BODY_FILE")]
    body: PathBuf,
    /// The value of the header X-CoinPay-Signature; without it the webhook came unsigned
    #[arg(long, value_name = "HEADER")]
    signature: Option<String>,
    /// The time of arrival, in seconds since 1970; now by default
    #[arg(long, value_name = "SECONDS")]
    now: Option<u32>,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    secrets: SecretsArgument,
    #[command(flatten)]
    config: ConfigArgument,
}

impl Verify {
    pub(crate) fn run(&self) -> ExitCode {
        finish("verify", self.json, self.verify())
    }

    fn verify(&self) -> Result<Report> {
        let settings = self.config.read()?;
        let secrets = self.secrets.read(&settings)?;
        let tolerance_s = settings
            .number("webhook_tolerance_s")
            .unwrap_or(TOLERANCE_S);
        let body = self.read_body()?;
        let header = self.signature.as_deref();
        let now_ms = self
            .now
            .map_or_else(|| SystemClock.now_ms(), |now| i64::from(now) * 1_000);
        Ok(
            match verify_webhook(&body, header, &secrets, now_ms, tolerance_s) {
                Ok(verified) => authentic(&body, verified, &secrets),
                Err(rejection) => {
                    let cause = likely_cause(&body, header, &secrets, now_ms, &rejection);
                    rejected(rejection, &json!(cause)["cause"], &cause.advice())
                }
            },
        )
    }

    fn read_body(&self) -> Result<Vec<u8>> {
        let failed = |error: io::Error| {
            let place = self.body.display();
            Error::new(
                ErrorCode::InvalidInput,
                format!("cannot read {place}: {}", error.kind()),
            )
        };
        let source: Box<dyn Read> = if self.body.as_os_str() == "-" {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(&self.body).map_err(failed)?)
        };
        // One byte more than the most shows that it is too large.
        let most = u64::try_from(MAX_BODY_BYTES)
            .unwrap_or(u64::MAX)
            .saturating_add(1);
        let mut body = Vec::new();
        source.take(most).read_to_end(&mut body).map_err(failed)?;
        Ok(body)
    }
}

fn authentic(body: &[u8], verified: Verified, secrets: &[Secret]) -> Report {
    let event = parse_webhook(body);
    let place = verified.secret_index + 1;
    let signed = format!("ok: signed with secret {place} of {}", secrets.len());
    let (text, event) = match event {
        Ok(event) => {
            let payment = event.data.payment_id.as_deref().unwrap_or("no payment");
            let text = format!("{signed}\n  {} for {payment}", event.type_name);
            let known = json!({ "type": event.type_name, "payment_id": event.data.payment_id });
            (text, known)
        }
        Err(error) => (
            format!("{signed}\n  but it is no event: {error}"),
            Value::Null,
        ),
    };
    Report {
        text,
        json: json!({
            "secret_index": verified.secret_index,
            "signed_at_s": verified.timestamp_s,
            "event": event,
        }),
        exit: Exit::Fine,
    }
}

fn rejected(rejection: Rejection, cause: &Value, advice: &str) -> Report {
    let code = rejection.code();
    let exit = match rejection {
        Rejection::SecretMissing => Exit::Usage,
        Rejection::BodyTooLarge
        | Rejection::SignatureMissing
        | Rejection::SignatureMalformed
        | Rejection::SignatureStale { .. }
        | Rejection::SignatureWrong => Exit::Problem,
    };
    Report {
        text: format!("not authentic: {code}: {rejection}\n  likely cause: {advice}"),
        json: json!({
            "error": Error::from(rejection),
            "cause": cause,
            "advice": advice,
        }),
        exit,
    }
}
