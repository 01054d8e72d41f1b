//! What the commands of those who run a shop share: who acts, how an order is named in an error,
//! how a table is set. Knows no single command.

use clap::Args;
use coinpay_core::{Engine, Error, ErrorCode, Result};

use crate::settings::ConfigArgument;
use crate::shop;

/// Who does it; the order's log keeps it for good.
#[derive(Args, Debug)]
pub(crate) struct ActorArguments {
    /// Who decides, for the log [default: the user of this machine]
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// Why, for the log
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
}

impl ActorArguments {
    pub(crate) fn actor(&self) -> String {
        self.actor.clone().unwrap_or_else(user)
    }
}

/// The name of whoever is logged in, or `operator`.
pub(crate) fn user() -> String {
    let name = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| {
        let value = std::env::var(name).ok()?;
        (!value.trim().is_empty()).then_some(value)
    });
    name.unwrap_or_else(|| "operator".to_owned())
}

/// The shop of the settings, which has to be there already.
pub(crate) fn open(config: &ConfigArgument) -> Result<Engine> {
    shop::open_existing(&config.read()?)
}

/// The same error, in words for somebody who typed an order's id.
pub(crate) fn for_an_operator(error: Error) -> Error {
    match error.code {
        ErrorCode::NotFound => Error::new(
            error.code,
            "no order has this id; give the order's own, not the payment's or the cart's",
        ),
        ErrorCode::StoreUnavailable => {
            let hint = "If the database is new, the shop or coinpay work has to open it first.";
            Error::new(error.code, format!("{} {hint}", error.message))
        }
        _ => error,
    }
}

/// How long something took, in its two largest units.
pub(crate) fn duration(ms: i64) -> String {
    let seconds = ms / 1_000;
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// Columns as wide as their widest text; nothing behind the last.
pub(crate) fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
    let all: Vec<&Vec<String>> = std::iter::once(&heads).chain(rows).collect();
    let width = |column: usize| {
        let texts = all.iter().filter_map(|row| row.get(column));
        texts.map(|text| text.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let mut lines = Vec::new();
    for row in all {
        let cells = row.iter().zip(&widths);
        let cells = cells.map(|(text, width)| format!("{text:<width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_as_wide_as_its_texts_and_has_no_space_at_its_end() {
        let rows = [vec!["ä".to_owned(), "12".to_owned()]];
        assert_eq!(table(&["one", "2"], &rows), "one  2\nä    12");
    }

    #[test]
    fn durations_are_told_in_their_two_largest_units() {
        let texts = [59_999, 61_000, 3_660_000, 90_000_000].map(duration);
        assert_eq!(texts, ["59 s", "1 min 1 s", "1 h 1 min", "1 d 1 h"]);
    }
}
