//! `coinpay health`: is the shop well? For people, and for whatever watches over it.

use std::fmt::Display;
use std::process::ExitCode;

use clap::Args;
use coinpay_core::Result;
use coinpay_core::flow::Health as Found;
use coinpay_core::sorted::SortedMap;
use coinpay_core::time::format_rfc3339;
use serde_json::json;

use crate::operator::{for_an_operator, open};
use crate::output::{Exit, Report, finish};
use crate::settings::ConfigArgument;

const EXAMPLES: &str = "\
Examples:
  coinpay health
  coinpay health --json | jq -r '.warnings[].code'

  From a watchdog:
    coinpay health >/dev/null || mail -s 'the shop needs a look' ops@example.com

Exit status: 0 where all is well, 1 where there is a warning or the database does not answer, 2 for
a wrong command line or configuration.";

/// Says what waits, what failed and whether webhooks arrive. Asks the database alone.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Health {
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArgument,
}

impl Health {
    pub(crate) fn run(&self) -> ExitCode {
        finish("health", self.json, self.ask())
    }

    fn ask(&self) -> Result<Report> {
        let found = open(&self.config)?.health().map_err(for_an_operator)?;
        Ok(Report {
            text: text(&found),
            json: json!(found),
            exit: Exit::of(found.ok),
        })
    }
}

fn text(found: &Found) -> String {
    let mut lines = Vec::new();
    for warning in &found.warnings {
        lines.push(format!("warning  {}", warning.message));
        lines.push(format!("         -> {}", warning.next_step));
    }
    if found.ok {
        lines.push("ok       nothing is overdue, failed or waiting for a person".to_owned());
    }
    lines.push(format!("open orders: {}", counts(&found.orders)));
    lines.push(format!("side work: {}", counts(&found.effects)));
    lines.push(format!(
        "payments: of the last {}, {} learnt by asking",
        found.learnt, found.learnt_by_asking
    ));
    if let Some(rejected) = &found.webhook_rejected {
        let at = rejected["at_ms"]
            .as_i64()
            .map(format_rfc3339)
            .unwrap_or_default();
        let code = rejected["code"].as_str().unwrap_or_default();
        lines.push(format!("last webhook refused: {at}, {code}"));
    }
    if let Some(since_ms) = found.webhooks_refused_since_ms {
        lines.push(format!(
            "webhooks refused since {}, at least: {}",
            format_rfc3339(since_ms),
            counts(&found.webhooks_refused)
        ));
    }
    if let Some(at_ms) = found.worked_at_ms {
        lines.push(format!("last worked: {}", format_rfc3339(at_ms)));
    }
    lines.join("\n")
}

fn counts<N: Display>(counts: &SortedMap<String, N>) -> String {
    let counts = counts.iter().map(|(name, count)| format!("{count} {name}"));
    let counts = counts.collect::<Vec<_>>().join(", ");
    if counts.is_empty() {
        "none".to_owned()
    } else {
        counts
    }
}
