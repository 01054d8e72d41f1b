//! What is printed and written down of a run.

use std::fmt;

use anyhow::Result;
use serde::Serialize;
use serde_json::json;

use super::figure::{Figure, Spread, Unit, Wanted};
use super::machine::Machine;

#[derive(Debug, Serialize)]
pub struct Report {
    pub machine: Machine,
    /// A run that only proves that everything runs; its figures mean nothing.
    pub quick: bool,
    pub figures: Vec<Figure>,
}

impl Report {
    /// # Errors
    /// Never, for what a report holds.
    pub fn to_json(&self) -> Result<String> {
        let mut document = json!(self);
        document["v"] = json!(1);
        Ok(serde_json::to_string_pretty(&document)? + "\n")
    }
}

impl fmt::Display for Report {
    /// A table in Markdown, for a page to take as it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let machine = &self.machine;
        let sha = if machine.sha_instructions {
            "with"
        } else {
            "without"
        };
        writeln!(
            f,
            "{}, commit {}, {}\n{} cores, {}, {sha} SHA instructions, load {}\n",
            machine.date,
            machine.commit,
            machine.compiler,
            machine.cores,
            machine.processor,
            machine.load
        )?;
        if self.quick {
            writeln!(
                f,
                "A quick run: it proves that everything runs, and nothing else.\n"
            )?;
        }
        writeln!(f, "| what | ours | beside it | ratio | wanted | holds |")?;
        writeln!(f, "|---|---:|---:|---:|---|---|")?;
        self.figures.iter().try_for_each(|figure| row(f, figure))
    }
}

fn row(f: &mut fmt::Formatter<'_>, figure: &Figure) -> fmt::Result {
    let unit = figure.unit;
    let ours = with_unit(figure.ours.median, unit);
    let beside = match (&figure.against, figure.beside) {
        (Some(against), Some(beside)) => {
            format!("{against}: {}", with_unit(beside.median, unit))
        }
        _ => String::new(),
    };
    let ratio = figure.ratio.map(spread).unwrap_or_default();
    let wanted = match figure.wanted {
        None => String::new(),
        Some(Wanted::AtMost(most)) => format!("at most {most}"),
        Some(Wanted::AtLeast(least)) => format!("at least {least}"),
    };
    let holds = match figure.holds() {
        None => "",
        Some(true) => "yes",
        Some(false) => "NO",
    };
    let what = &figure.what;
    writeln!(
        f,
        "| {what} | {ours} | {beside} | {ratio} | {wanted} | {holds} |"
    )
}

/// Three digits that say something, never more.
fn with_unit(value: f64, unit: Unit) -> String {
    let decimals = match value {
        value if value < 10.0 => 2,
        value if value < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {}", unit.short())
}

fn spread(ratio: Spread) -> String {
    format!("{:.2} ({:.2}–{:.2})", ratio.median, ratio.low, ratio.high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_that_falls_short_says_so_in_its_row() {
        let slow = Figure::alone("g", "a call", Unit::Nanoseconds, &[20.0]);
        let slow = slow.beside(&[20.0], "peer", &[10.0]);
        let report = Report {
            machine: Machine::here(),
            quick: false,
            figures: vec![slow.wanted(Wanted::AtMost(1.25))],
        };
        let expected =
            "| a call | 20.0 ns | peer: 10.0 ns | 2.00 (2.00–2.00) | at most 1.25 | NO |\n";
        assert!(report.to_string().ends_with(expected), "{report}");
        let json = report.to_json().expect("JSON");
        assert!(json.contains("\"at_most\": 1.25"), "{json}");
    }
}
