//! `coinpay copy`: moves a shop's tables from one database to another. Decides where to go on
//! after an interruption, and when a copy is a copy.

mod moving;
mod side;

use std::process::ExitCode;

use clap::Args;
use coinpay_core::{Error, ErrorCode, Result};
use serde_json::json;

use crate::output::{Exit, Report, finish, note};
use side::Side;

const EXAMPLES: &str = "\
Examples:
  coinpay copy --from sqlite:/srv/shop/coinpay.db --to env:SHOP_DATABASE
  coinpay copy --from sqlite:coinpay.db --to postgres://shop@127.0.0.1/shop

Exit status: 0 when both sides are the same, 1 when they are not or a database fails, 2 for a wrong
command line.";

/// Copies a shop from one database to another, and compares the two.
///
/// Stop the shop and its workers first: what is written meanwhile is not in the copy, and shows
/// as a difference. A copy that was interrupted goes on where it was when it is called again. The
/// tables of the other database are made here, and have to be empty.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Copy {
    /// The database to read, as in the setting `database`, or env:NAME for a variable that holds
    /// it, since others on this machine can read command lines
    #[arg(long, value_name = "DATABASE")]
    from: String,
    /// The database to fill, likewise
    #[arg(long, value_name = "DATABASE")]
    to: String,
    /// The prefix of the tables, on both sides
    #[arg(long, value_name = "PREFIX", default_value = "coinpay_")]
    table_prefix: String,
    /// Rows in one commit
    #[arg(long, value_name = "N", default_value = "200", hide = true,
        value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rows: u32,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

impl Copy {
    pub(crate) fn run(&self) -> ExitCode {
        finish("copy", self.json, self.copy())
    }

    fn copy(&self) -> Result<Report> {
        let (from, to) = (named(&self.from)?, named(&self.to)?);
        if from == to {
            let message = "--from and --to are the same database";
            return Err(Error::new(ErrorCode::InvalidInput, message));
        }
        let source = Side::existing(&from, &self.table_prefix)?;
        let target = Side::to_fill(&to, &self.table_prefix, &from)?;
        source.same_version(&target)?;
        let mut copied = Vec::new();
        for table in coinpay_core::store::tables() {
            let rows = moving::copy(&source, &target, &table, self.rows)?;
            if !self.json {
                note("copy", &format!("{}: {rows} rows copied", table.name));
            }
            copied.push(table);
        }
        let mut lines = Vec::new();
        let mut compared = Vec::new();
        let mut same = true;
        for table in copied {
            let (one, other) = (source.sum(&table)?, target.sum(&table)?);
            same &= one == other;
            let verdict = if one == other {
                "the same"
            } else {
                "DIFFERENT"
            };
            lines.push(format!(
                "{}: {} and {} rows, {verdict}",
                table.name, one.rows, other.rows
            ));
            compared.push(json!({
                "table": table.name, "from": one.rows, "to": other.rows,
                "from_sha256": one.sha256, "to_sha256": other.sha256, "same": one == other,
            }));
        }
        if same {
            target.finish()?;
            lines.push("the copy is complete; point the shop's setting database at it".into());
        } else {
            let why = "the copy is NOT like its source; was the shop running? Empty the tables";
            lines.push(format!("{why}, stop the shop, and copy again"));
        }
        Ok(Report {
            text: lines.join("\n"),
            json: json!({ "same": same, "tables": compared }),
            exit: Exit::of(same),
        })
    }
}

/// A database's address, or that in the variable which is named.
fn named(text: &str) -> Result<String> {
    let Some(name) = text.strip_prefix("env:") else {
        return Ok(text.to_owned());
    };
    std::env::var(name).map_err(|_| {
        let message = format!("the variable {name} is not set");
        Error::new(ErrorCode::InvalidInput, message)
    })
}
