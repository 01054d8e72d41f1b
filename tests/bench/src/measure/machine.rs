//! What a figure was measured on: without that it says nothing.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};
use coinpay_core::time::format_rfc3339;
use coinpay_core::{Clock, SystemClock};
use serde::Serialize;

/// How often a block is synced for one sample.
const SYNCS: u32 = 20;

#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    pub date: String,
    pub commit: String,
    pub compiler: String,
    pub processor: String,
    pub cores: usize,
    /// Whether the processor has instructions for SHA-256.
    pub sha_instructions: bool,
    /// How many threads wanted to run in the minute before.
    pub load: String,
}

impl Machine {
    /// Looks around; what is not to be found out is left empty.
    #[must_use]
    pub fn here() -> Self {
        let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let field = |name: &str| {
            let line = cpu.lines().find(|line| line.starts_with(name));
            let value = line.and_then(|line| line.split_once(": "));
            value.map_or("", |(_, value)| value).to_owned()
        };
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Self {
            date: format_rfc3339(SystemClock.now_ms()),
            commit: said("git", &["describe", "--always", "--dirty"]),
            compiler: said("rustc", &["--version"]),
            processor: field("model name"),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            sha_instructions: field("flags").split(' ').any(|flag| flag == "sha_ni"),
            load: load.split(' ').next().unwrap_or_default().to_owned(),
        }
    }
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    text.unwrap_or_default().trim().to_owned()
}

/// How long it takes to append 4 KiB to a file and have it on the disk, in microseconds: below
/// that no commit can be.
///
/// # Errors
/// Where the file cannot be written.
pub fn sync_us(path: &Path) -> Result<f64> {
    let mut file = File::create(path).context("a file to sync")?;
    let began = Instant::now();
    for _ in 0..SYNCS {
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
    }
    Ok(began.elapsed().as_secs_f64() * 1e6 / f64::from(SYNCS))
}
