//! `coinpay trigger`: signs a test event as the gateway does and posts it to a shop's endpoint.

mod shapes;
pub(super) mod target;

use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use coinpay_core::api::{
    Auth, HttpFault, HttpRequest, HttpResponse, Method, fault_error, get_payment, read_payment,
};
use coinpay_core::webhook::{EventKind, sign_webhook};
use coinpay_core::{
    Clock, Error, ErrorCode, Result, Secret, SystemClock, Transport, UreqTransport,
};
use serde_json::{Map, Value, json};

use crate::output::{Exit, Report, finish, note, without_secrets};
use crate::settings::{ConfigArgument, SecretsArgument, Settings};
use shapes::{Facts, Shape};

const COMMAND: &str = "trigger";

const EXAMPLES: &str = "\
Examples:
  Is the endpoint there, and has it the right secret?
    coinpay trigger test.webhook --to http://127.0.0.1:3000/webhooks/coinpay

  A payment of the sandbox is confirmed, whatever the sandbox thinks of it:
    coinpay trigger payment.confirmed --to http://127.0.0.1:3000/webhooks/coinpay --payment-id ID

  Does the shop refuse what was signed an hour ago?
    coinpay trigger payment.confirmed --to http://127.0.0.1:3000/webhooks/coinpay --bad stale

Exit status: 0 answered 2xx (with --bad: refused with 4xx), 1 answered otherwise or not at all,
2 for a wrong command line or configuration.";

/// As long as the gateway waits.
const TIMEOUT_MS: u64 = 30_000;
const MAX_ANSWER_BYTES: u64 = 64 * 1024;
const STALE_S: i64 = 3_600;

/// What is wrong with the event on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bad {
    /// Signed with another secret
    Signature,
    /// Signed an hour ago
    Stale,
    /// An empty signature header, as from a business without a secret
    Missing,
    /// Other bytes of the same JSON than were signed
    Reserialised,
}

/// Signs a test event and posts it to a shop's webhook endpoint.
///
/// Of a payment that the gateway of COINPAY_BASE_URL knows, amounts and address are read there.
/// For a payment id that is unknown they are left out, and without one a payment is made up.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Trigger {
    /// The event's type; --list shows them
    #[arg(
        required_unless_present = "list",
        value_parser = event_names(),
        hide_possible_values = true
    )]
    event: Option<String>,
    /// The endpoint: http:// on this machine, or https:// with --allow-remote
    #[arg(long, value_name = "URL", required_unless_present = "list")]
    to: Option<String>,
    /// The payment, as the gateway calls it
    #[arg(long, value_name = "ID")]
    payment_id: Option<String>,
    /// Which part of the gateway writes it; the usual one by default
    #[arg(long, value_enum)]
    shape: Option<Shape>,
    /// Fields of the event's data, as a JSON object, in place of the shape's own
    #[arg(long, value_name = "JSON", value_parser = object)]
    data: Option<Map<String, Value>>,
    /// Make it one that a shop has to refuse
    #[arg(long, value_enum)]
    bad: Option<Bad>,
    /// Post to another machine, whose shop may take the event for a real payment
    #[arg(long)]
    allow_remote: bool,
    /// List the types of events
    #[arg(long, conflicts_with_all = ["event", "to"])]
    list: bool,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    secrets: SecretsArgument,
    #[command(flatten)]
    config: ConfigArgument,
}

fn event_names() -> PossibleValuesParser {
    PossibleValuesParser::new(EventKind::ALL.iter().map(|(_, name)| *name))
}

fn object(text: &str) -> std::result::Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|error| format!("no JSON object: {error}"))
}

/// A body and what its signature header says.
pub(super) struct Signed {
    pub(super) body: String,
    pub(super) header: String,
}

impl Trigger {
    pub(crate) fn run(&self) -> ExitCode {
        let (Some(event), Some(to)) = (&self.event, &self.to) else {
            return finish(COMMAND, self.json, Ok(list()));
        };
        finish(COMMAND, self.json, self.trigger(event, to))
    }

    fn trigger(&self, event: &str, to: &str) -> Result<Report> {
        target::check(to, self.allow_remote)?;
        let settings = self.config.read()?;
        let secrets = self.secrets.read(&settings)?;
        let secret = secrets.iter().find(|secret| !secret.is_blank());
        let secret = secret.ok_or_else(|| no_secret(&settings))?;
        let now_ms = SystemClock.now_ms();
        let shape = self
            .shape
            .unwrap_or_else(|| Shape::usual(EventKind::of_type(event)));
        let facts = self.facts(event, &settings, now_ms)?;
        let changes = self.data.clone().unwrap_or_default();
        let document = shapes::event(event, shape, &facts, &changes, now_ms);
        let signed = sign(&document, secret, now_ms.div_euclid(1_000), self.bad);
        let answer = transport(to)?.send(&request(to, signed));
        Ok(self.report(&document, shape, answer.as_ref(), &secrets))
    }

    fn facts(&self, event: &str, settings: &Settings, now_ms: i64) -> Result<Facts> {
        let mut facts = match &self.payment_id {
            Some(id) => match settings.text("base_url") {
                Some(base_url) => told(&base_url, id)?,
                None => Facts::unknown(id),
            },
            None if event == "test.webhook" => {
                Facts::unknown(&format!("test_{}", now_ms.div_euclid(1_000)))
            }
            None => Facts::made_up(&format!("made_up_{now_ms}")),
        };
        facts.business_id = settings.text("business_id").or(facts.business_id);
        Ok(facts)
    }

    fn report(
        &self,
        document: &Value,
        shape: Shape,
        answer: std::result::Result<&HttpResponse, &HttpFault>,
        secrets: &[Secret],
    ) -> Report {
        let status = answer.ok().map(|answer| answer.status);
        let wanted = if self.bad.is_some() {
            400..500
        } else {
            200..300
        };
        let fine = status.is_some_and(|status| wanted.contains(&status));
        let body = answer.map_or_else(
            |fault| not_answered(*fault).to_owned(),
            |answer| String::from_utf8_lossy(&answer.body).into_owned(),
        );
        let body = without_secrets(body.trim(), secrets);
        let kind = document["type"].as_str().unwrap_or_default();
        let payment_id = document["data"]["payment_id"].as_str().unwrap_or_default();
        let answered = status.map_or_else(|| "no answer:".to_owned(), |status| status.to_string());
        // The test button's event has one form.
        let shape = (kind != "test.webhook").then_some(shape.as_str());
        let by = shape.map_or_else(String::new, |shape| format!(" ({shape})"));
        let verdict = match (fine, self.bad.is_some()) {
            (true, false) => "taken",
            (true, true) => "refused, as it has to be",
            (false, false) => "NOT taken",
            (false, true) => "NOT refused with 4xx, as it has to be",
        };
        Report {
            text: format!("{kind}{by} for {payment_id}: {verdict}\n  {answered} {body}"),
            json: json!({
                "event": document,
                "shape": shape,
                "status": status,
                "answer": body,
            }),
            exit: Exit::of(fine),
        }
    }
}

fn list() -> Report {
    let names: Vec<_> = EventKind::ALL.iter().map(|(_, name)| *name).collect();
    Report {
        text: names.join("\n"),
        json: json!({ "events": names }),
        exit: Exit::Fine,
    }
}

fn no_secret(settings: &Settings) -> Error {
    let name = settings.name_of("webhook_secrets");
    let message = format!("no secret to sign with: set {name}, or pass --secret-file");
    Error::new(ErrorCode::SecretMissing, message)
}

/// What the gateway tells everybody of a payment; nothing of it where it does not.
fn told(base_url: &str, payment_id: &str) -> Result<Facts> {
    let request = get_payment(base_url, payment_id)?;
    let answer = transport(base_url)?.send(&request).map_err(fault_error);
    match answer.and_then(|answer| read_payment(&answer)) {
        Ok(report) => Ok(Facts::told(payment_id, &report)),
        Err(error) => {
            note(
                COMMAND,
                &format!("amounts and address are left out: {error}"),
            );
            Ok(Facts::unknown(payment_id))
        }
    }
}

fn sign(document: &Value, secret: &Secret, now_s: i64, bad: Option<Bad>) -> Signed {
    let body = document.to_string();
    let right = secret.expose();
    let header = match bad {
        None | Some(Bad::Reserialised) => sign_webhook(body.as_bytes(), right, now_s),
        Some(Bad::Signature) => sign_webhook(body.as_bytes(), &format!("not {right}"), now_s),
        Some(Bad::Stale) => sign_webhook(body.as_bytes(), right, now_s.saturating_sub(STALE_S)),
        Some(Bad::Missing) => String::new(),
    };
    let body = if bad == Some(Bad::Reserialised) {
        format!("{document:#}")
    } else {
        body
    };
    Signed { body, header }
}

pub(super) fn request(to: &str, signed: Signed) -> HttpRequest {
    let header = |name: &str, value: String| (name.to_owned(), value);
    HttpRequest {
        method: Method::Post,
        url: to.to_owned(),
        headers: vec![
            header("Content-Type", "application/json".to_owned()),
            header("User-Agent", "CoinPay-Webhook/1.0".to_owned()),
            header("X-CoinPay-Signature", signed.header),
        ],
        body: Some(signed.body),
        auth: Auth::None,
        timeout_ms: TIMEOUT_MS,
        max_answer_bytes: MAX_ANSWER_BYTES,
    }
}

/// A transport that has no key to lose.
pub(super) fn transport(url: &str) -> Result<UreqTransport> {
    UreqTransport::new(Secret::new("none"), url)
}

pub(super) const fn not_answered(fault: HttpFault) -> &'static str {
    match fault {
        HttpFault::NotSent => "nobody listens there: does the shop run, and is the port right?",
        HttpFault::Interrupted => "the connection broke, or 30 seconds went by",
        HttpFault::TooLarge => "it was longer than 64 KiB",
    }
}
