//! `coinpay-bench`: measures and prints a table; run by `cargo xtask bench`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use coinpay_bench::measure::report::Report;
use coinpay_bench::measure::{Effort, GROUPS, machine::Machine, memory, plot, store};

/// Measures the hot calls, each beside its limit or its peer.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench")]
struct Options {
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
    /// Only write down what the flows are answered, for counting their instructions.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if let [serve, file, list] = &arguments[..]
        && serve == memory::SERVE
    {
        return memory::serve(Path::new(file), Path::new(list));
    }
    let options = Options::parse();
    if options.list {
        for group in GROUPS {
            println!("{:<12} {}", group.name, group.about);
        }
        return Ok(());
    }
    if let Some(file) = &options.record {
        let recording = serde_json::to_string(&store::record_sample()?)?;
        return write(file, &recording);
    }
    let report = measure(&options)?;
    println!("\n{report}");
    if let Some(file) = &options.json {
        write(file, &report.to_json()?)?;
    }
    if let Some(file) = &options.plot {
        plot::draw(&report.figures, file)?;
    }
    Ok(())
}

fn measure(options: &Options) -> Result<Report> {
    let known = |name: &str| GROUPS.iter().any(|group| group.name == name);
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
    for group in GROUPS {
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

fn write(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}
