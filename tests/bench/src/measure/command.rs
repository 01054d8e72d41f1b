//! What every program of measurements does with what was typed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
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
    let report = measure(options, groups)?;
    println!("\n{report}");
    if let Some(file) = &options.json {
        write(file, &report.to_json()?)?;
    }
    if let Some(file) = &options.plot {
        plot::draw(&report.figures, file)?;
    }
    Ok(())
}

fn measure(options: &Choices, groups: &[Group]) -> Result<Report> {
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
    let mut figures = Vec::new();
    for group in groups {
        if !options.only.is_empty() && !options.only.iter().any(|name| name == group.name) {
            continue;
        }
        eprintln!("{}: {}", group.name, group.about);
        let folder = options.folder.join(group.name);
        empty(&folder)?;
        let measured = (group.run)(&effort, &folder).with_context(|| group.name)?;
        fs::remove_dir_all(&folder)?;
        ensure!(!measured.is_empty(), "{} measured nothing", group.name);
        figures.extend(measured);
    }
    Ok(Report {
        machine,
        quick: options.quick,
        figures,
    })
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
