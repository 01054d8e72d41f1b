//! What every program of measurements does with what was typed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::machine::Machine;
use super::plot;
use super::report::Report;
use super::{Effort, Group};

#[derive(Debug, Args)]
pub struct Choices {
    /// Write all figures to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draw the ratios into this file.
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    /// Measure this group only; may be given several times.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Prove that everything runs; the figures mean nothing.
    #[arg(long)]
    quick: bool,
    /// Where databases are made, on the disk to be measured; emptied first, and removed at the
    /// end.
    #[arg(long, value_name = "FOLDER", default_value = "target/bench-databases")]
    folder: PathBuf,
    /// Print the groups and stop.
    #[arg(long)]
    list: bool,
}

/// Measures the groups that are wanted, prints the table, and writes what was asked for.
///
/// # Errors
/// What a group fails with, and files that cannot be written.
pub fn run(options: &Choices, groups: &[Group]) -> Result<()> {
    if options.list {
        for group in groups {
            println!("{:<16} {}", group.name, group.about);
        }
        return Ok(());
    }
    let (report, failed) = measure(options, groups)?;
    println!("\n{report}");
    if let Some(file) = &options.json {
        write(file, &report.to_json()?)?;
    }
    if let Some(file) = &options.plot {
        plot::draw(&report.figures, file)?;
    }
    failed.map_or(Ok(()), Err)
}

/// What was measured, and what the first group that failed failed with: an hour's figures are not
/// lost to the last of them.
fn measure(options: &Choices, groups: &[Group]) -> Result<(Report, Option<anyhow::Error>)> {
    let known = |name: &str| groups.iter().any(|group| group.name == name);
    if let Some(unknown) = options.only.iter().find(|name| !known(name)) {
        bail!("there is no group {unknown}; --list names them");
    }
    let effort = if options.quick {
        Effort::QUICK
    } else {
        Effort::FULL
    };
    let machine = Machine::here();
    let (mut figures, mut failed) = (Vec::new(), None);
    for group in groups {
        if !options.only.is_empty() && !options.only.iter().any(|name| name == group.name) {
            continue;
        }
        eprintln!("{}: {}", group.name, group.about);
        let folder = options.folder.join(group.name);
        empty(&folder)?;
        let measured = (group.run)(&effort, &folder).with_context(|| group.name);
        fs::remove_dir_all(&folder)?;
        match measured {
            Ok(measured) if measured.is_empty() => bail!("{} measured nothing", group.name),
            Ok(measured) => figures.extend(measured),
            Err(error) => {
                eprintln!("{error:?}");
                failed.get_or_insert(error);
            }
        }
    }
    let report = Report {
        machine,
        quick: options.quick,
        figures,
    };
    Ok((report, failed))
}

fn empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder).context("a folder for databases")
}

/// # Errors
/// Where the file cannot be written.
pub fn write(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}
