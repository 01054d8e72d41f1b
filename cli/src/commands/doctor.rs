//! `coinpay doctor`: checks everything that a shop needs, each thing by itself, so that one
//! mistake hides no other, and says what to do about each.

mod finding;
mod gateway;
mod local;
mod server;
mod store;
mod webhook;

use std::process::ExitCode;

use clap::Args;
use coinpay_core::{Result, Secret};
use serde_json::json;

use crate::output::{Exit, Report, finish, without_secrets};
use crate::settings::{ConfigArgument, Settings};
use finding::{Finding, Level};

const EXAMPLES: &str = "\
Examples:
  coinpay doctor
  coinpay doctor --offline --config /etc/shop/coinpay.json
  coinpay doctor --webhook https://shop.example/webhooks/coinpay
  coinpay doctor --json | jq -r '.checks[] | select(.result == \"problem\") | .message'

Exit status: 0 without problems (there may be warnings), 1 with, 2 for a wrong command line or a
configuration file that cannot be read.";

/// Checks the settings, the key, the clock, the coins, the webhook and the database.
///
/// Asks the gateway for nothing but facts, and creates no tables. A database file that others may
/// read is closed to them, as it is whenever it is opened.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Doctor {
    /// Ask nothing of the gateway
    #[arg(long)]
    offline: bool,
    /// Send test events to the shop's endpoint, as the gateway's test button does, and see
    /// whether they arrive in this database
    #[arg(long, value_name = "URL")]
    webhook: Option<String>,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArgument,
}

impl Doctor {
    pub(crate) fn run(&self) -> ExitCode {
        finish("doctor", self.json, self.examine())
    }

    fn examine(&self) -> Result<Report> {
        let settings = self.config.read()?;
        let mut findings = local::check(&settings);
        if self.offline {
            let skipped = gateway::CHECKS.map(|check| Finding::skipped(check, "--offline"));
            findings.extend(skipped);
        } else {
            findings.extend(gateway::check(&settings));
        }
        findings.extend(store::check(&settings));
        if let Some(url) = &self.webhook {
            findings.extend(webhook::check(&settings, url));
        }
        let findings = findings.into_iter().map(|finding| {
            finding.map_text(|text| {
                // The gateway's own words are among them.
                without_secrets(text, &all_secrets(&settings))
            })
        });
        Ok(report(&findings.collect::<Vec<_>>()))
    }
}

fn all_secrets(settings: &Settings) -> Vec<Secret> {
    let mut secrets = settings.webhook_secrets();
    secrets.extend(settings.text("api_key").map(Secret::new));
    secrets
}

fn report(findings: &[Finding]) -> Report {
    let count = |level| {
        findings
            .iter()
            .filter(|finding| finding.level == level)
            .count()
    };
    let (problems, warnings) = (count(Level::Problem), count(Level::Warning));
    let lines: Vec<_> = findings.iter().map(Finding::to_text).collect();
    let plural =
        |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let sum = format!(
        "{}, {}",
        plural(problems, "problem"),
        plural(warnings, "warning")
    );
    Report {
        text: format!("{}\n{sum}", lines.join("\n")),
        json: json!({ "problems": problems, "warnings": warnings, "checks": findings }),
        exit: Exit::of(problems == 0),
    }
}
