//! `coinpay work`: does what has to be done without anybody asking, again and again or once.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use coinpay_core::flow::{WorkLimits, WorkReport};
use coinpay_core::time::format_rfc3339;
use coinpay_core::{Clock, Engine, Error, ErrorCode, Result, SystemClock};
use serde_json::json;

use crate::output::{self, Exit, Report, fail, finish, note};
use crate::settings::ConfigArgument;
use crate::shop;
use crate::stop::Stop;

const COMMAND: &str = "work";

const EXAMPLES: &str = "\
Examples:
  As a service, until Ctrl-C or SIGTERM:
    coinpay work

  From cron, every minute:
    * * * * * coinpay work --once --config /etc/shop/coinpay.json

Exit status: 0, or 1 where the work cannot go on or an order cannot be read, 2 for a wrong command
line or configuration.";

/// The shortest and the longest pause, in milliseconds: not to spin, and not to sleep through
/// what the shop does meanwhile.
const SHORTEST_MS: i64 = 1_000;
const LONGEST_MS: i64 = 60_000;

/// Finds payments whose webhook never came, ends orders whose time is over, notices work that
/// stopped, and tidies up.
///
/// Several workers on one database are fine. The first call creates or migrates the tables.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Work {
    /// Work once and end, for cron
    #[arg(long)]
    once: bool,
    /// At most so many questions to the gateway, and so many rows of each kind, at a time
    #[arg(long, value_name = "N", value_parser = at_a_time())]
    limit: Option<u32>,
    /// Print one line of JSON for each time
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArgument,
}

fn at_a_time() -> RangedU64ValueParser<u32> {
    RangedU64ValueParser::new().range(1..=1000)
}

impl Work {
    pub(crate) fn run(&self) -> ExitCode {
        let engine = self
            .config
            .read()
            .and_then(|settings| shop::open(&settings));
        let engine = match engine {
            Ok(engine) => engine,
            Err(error) => return fail(COMMAND, self.json, &error),
        };
        if self.once {
            let outcome = prepare(&engine).and_then(|()| self.work(&engine));
            return finish(COMMAND, self.json, outcome.map(|report| said(&report)));
        }
        match self.go_on(&engine) {
            Ok(()) => Exit::Fine.into(),
            Err(error) => fail(COMMAND, self.json, &error),
        }
    }

    fn limits(&self) -> WorkLimits {
        let usual = WorkLimits::default();
        WorkLimits {
            looks: self.limit.unwrap_or(usual.looks),
            rows: self.limit.unwrap_or(usual.rows),
        }
    }

    fn work(&self, engine: &Engine) -> Result<WorkReport> {
        engine.work(self.limits())
    }

    fn go_on(&self, engine: &Engine) -> Result<()> {
        let stop = Stop::listen().map_err(|error| {
            let message = format!("cannot listen for signals: {}", error.kind());
            Error::new(ErrorCode::Internal, message)
        })?;
        if !self.json {
            note(COMMAND, "working; Ctrl-C ends it");
        }
        let mut prepared = false;
        let mut failures = 0;
        loop {
            let ready = if prepared { Ok(()) } else { prepare(engine) };
            prepared |= ready.is_ok();
            let pause_ms = match ready.and_then(|()| self.work(engine)) {
                Ok(report) => {
                    failures = 0;
                    if self.json || is_worth_a_line(&report) {
                        output::print(&said(&report), self.json);
                    }
                    report.next_at_ms.saturating_sub(SystemClock.now_ms())
                }
                Err(error) if error.code.retryable() => {
                    failures += 1;
                    let pause_ms = pause_after_failure_ms(&error, failures);
                    let seconds = pause_ms / 1_000;
                    note(COMMAND, &format!("{error} Trying again in {seconds} s."));
                    pause_ms
                }
                Err(error) => return Err(error),
            };
            let pause_ms = pause_ms.clamp(SHORTEST_MS, LONGEST_MS).unsigned_abs();
            if stop.within(Duration::from_millis(pause_ms)) {
                return Ok(());
            }
        }
    }
}

fn prepare(engine: &Engine) -> Result<()> {
    let prepared = engine.prepare_store()?;
    if prepared.from != prepared.to {
        let (from, to) = (prepared.from, prepared.to);
        note(
            COMMAND,
            &format!("the tables went from version {from} to {to}"),
        );
    }
    Ok(())
}

/// Twice as long each time, unless the error knows better.
fn pause_after_failure_ms(error: &Error, failures: u32) -> i64 {
    let doubled = SHORTEST_MS << failures.min(6);
    let asked = error
        .retry_after_ms
        .and_then(|wait_ms| i64::try_from(wait_ms).ok());
    doubled.max(asked.unwrap_or_default()).min(LONGEST_MS)
}

fn is_worth_a_line(report: &WorkReport) -> bool {
    !what_was_done(report).is_empty()
}

fn what_was_done(report: &WorkReport) -> Vec<String> {
    let counts = [
        (report.looked, "asked of the gateway"),
        (report.learnt, "paid without a webhook"),
        (report.expired, "expired"),
        (report.released, "given back after review"),
        (report.lost_effects, "effects lost by their worker"),
        (report.alerted, "unknown payments alerted"),
        (report.deleted, "rows tidied"),
        (report.unreadable, "orders CANNOT BE READ"),
    ];
    let mut done: Vec<_> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if report.looks_left_over {
        done.push("some questions left for next time".to_owned());
    }
    done
}

fn said(report: &WorkReport) -> Report {
    let done = what_was_done(report);
    let done = if done.is_empty() {
        "nothing to do".to_owned()
    } else {
        done.join(", ")
    };
    let now = format_rfc3339(SystemClock.now_ms());
    let next = format_rfc3339(report.next_at_ms);
    Report {
        text: format!("{now}  {done}; next at {next}"),
        json: serde_json::to_value(report).unwrap_or_else(|_| json!({})),
        exit: Exit::of(report.unreadable == 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_after_failures_grow_to_a_minute_and_heed_the_error() {
        let error = Error::from(ErrorCode::StoreBusy);
        let pauses: Vec<_> = (1..9).map(|n| pause_after_failure_ms(&error, n)).collect();
        assert_eq!(pauses[..3], [2_000, 4_000, 8_000]);
        assert_eq!(pauses[7], 60_000);
        assert_eq!(
            pause_after_failure_ms(&error.retry_after_ms(30_000), 1),
            30_000
        );
    }

    #[test]
    fn a_report_of_nothing_is_not_worth_a_line() {
        assert!(!is_worth_a_line(&WorkReport::default()));
        assert!(said(&WorkReport::default()).text.contains("nothing to do"));
        let report = WorkReport {
            expired: 2,
            looks_left_over: true,
            ..WorkReport::default()
        };
        assert!(
            said(&report)
                .text
                .contains("2 expired, some questions left for next time")
        );
    }
}
