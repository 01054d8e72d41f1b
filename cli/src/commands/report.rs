//! `coinpay report`: the last days in figures.

use std::process::ExitCode;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use coinpay_core::Result;
use coinpay_core::flow::{Figures, ReportFigures};
use serde_json::json;

use crate::operator::{duration, for_an_operator, open, table};
use crate::output::{Exit, Report as Said, finish};
use crate::settings::ConfigArgument;

const EXAMPLES: &str = "\
Examples:
  coinpay report
  coinpay report --days 7
  coinpay report --days 90 --json | jq '.days[] | [.day, .volume.USD]'

Exit status: 0, or 1 where the database does not answer, 2 for a wrong command line or
configuration.";

/// Says what was ordered and paid, how long that took, and where orders get stuck.
///
/// Only reads. Days are those of UTC.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Report {
    /// How many days, today included
    #[arg(long, value_name = "N", default_value_t = 30,
          value_parser = RangedU64ValueParser::<u32>::new().range(1..=366))]
    days: u32,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArgument,
}

impl Report {
    pub(crate) fn run(&self) -> ExitCode {
        finish("report", self.json, self.count())
    }

    fn count(&self) -> Result<Said> {
        let asked = ReportFigures {
            days: Some(self.days),
        };
        let figures = open(&self.config)?.report_figures(asked);
        let figures = figures.map_err(for_an_operator)?;
        Ok(Said {
            text: text(&figures),
            json: json!(figures),
            exit: Exit::Fine,
        })
    }
}

const WIDEST_BAR: u32 = 30;

fn text(figures: &Figures) -> String {
    let mut parts = Vec::new();
    let busy = figures.days.iter().filter(|day| day.orders > 0);
    let rows: Vec<_> = busy
        .map(|day| {
            let volume = day.volume.iter();
            let volume: Vec<_> = volume.map(|(code, sum)| format!("{sum} {code}")).collect();
            let (orders, paid) = (day.orders.to_string(), day.paid.to_string());
            vec![day.day.clone(), orders, paid, volume.join(", ")]
        })
        .collect();
    if rows.is_empty() {
        parts.push("no orders in these days".to_owned());
    } else {
        parts.push(table(&["day", "orders", "paid", "volume"], &rows));
    }
    let steps = figures.funnel.iter();
    let steps: Vec<_> = steps.map(|one| (one.step.clone(), one.orders)).collect();
    parts.push(format!("How far orders came\n{}", bars(&steps)));
    let spans: Vec<_> = figures
        .time_to_paid
        .iter()
        .map(|span| {
            let name = span.up_to_ms.map_or_else(
                || "longer".to_owned(),
                |most_ms| format!("within {}", duration(most_ms)),
            );
            (name, span.orders)
        })
        .collect();
    let median = figures.median_to_paid_ms.map(duration);
    let median = median.map_or_else(String::new, |median| format!(" (median {median})"));
    parts.push(format!("Time to paid{median}\n{}", bars(&spans)));
    for (title, counts) in [
        ("Why a person was needed", &figures.attention),
        ("What became of webhooks", &figures.webhooks),
    ] {
        let counts: Vec<_> = counts.iter().map(|(name, n)| (name.clone(), *n)).collect();
        if !counts.is_empty() {
            parts.push(format!("{title}\n{}", bars(&counts)));
        }
    }
    if figures.truncated {
        parts.push("There is more than was counted; ask for fewer days.".to_owned());
    }
    parts.join("\n\n")
}

fn bars(counts: &[(String, u32)]) -> String {
    let most = counts.iter().map(|(_, count)| *count).max();
    let most = u64::from(most.unwrap_or(0).max(1));
    let widest = counts.iter().map(|(name, _)| name.chars().count()).max();
    let widest = widest.unwrap_or(0);
    let lines = counts.iter().map(|(name, count)| {
        let length = u64::from(*count) * u64::from(WIDEST_BAR) / most;
        let length = usize::try_from(length).unwrap_or(0);
        let bar = "#".repeat(length.max(usize::from(*count > 0)));
        format!("  {name:<widest$}  {count:>6}  {bar}")
    });
    let lines: Vec<_> = lines.map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}
