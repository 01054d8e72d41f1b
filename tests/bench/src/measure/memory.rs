//! Resident memory, measured in a process that does nothing but serve the shop: the measuring
//! one holds samples and copies.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use coinpay_core::flow::ClaimEffects;

use super::callers::{CALLERS, shared, take};
use super::store::open;
use crate::samples::Webhook;

/// The argument that makes this program such a process; the file and the list follow.
pub const SERVE: &str = "serve-and-tell-memory";

/// How many megabytes a process holds at its peak that hears webhooks for these orders from 32
/// callers. `None` where the system does not tell.
///
/// # Errors
/// Where the process fails.
pub fn of_a_shop(file: &Path, folder: &Path, orders: &[String]) -> Result<Option<f64>> {
    if !cfg!(target_os = "linux") {
        return Ok(None);
    }
    let list = folder.join("orders.txt");
    fs::write(&list, orders.join("\n"))?;
    let program = std::env::current_exe().context("this program's own path")?;
    let output = Command::new(program)
        .arg(SERVE)
        .arg(file)
        .arg(&list)
        .output()?;
    ensure!(
        output.status.success(),
        "the process that serves: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let kilobytes: f64 = String::from_utf8_lossy(&output.stdout).trim().parse()?;
    Ok(Some(kilobytes * 1024.0 / 1e6))
}

/// The process itself: hears a webhook for each order of the list, a part at a time, hands out
/// some effects, and prints its peak in kilobytes.
///
/// # Errors
/// What a call fails with.
pub fn serve(file: &Path, list: &Path) -> Result<()> {
    let engine = open(file)?;
    let mut lines = BufReader::new(File::open(list)?).lines();
    loop {
        let part = lines
            .by_ref()
            .take(10 * CALLERS)
            .collect::<Result<Vec<_>, _>>()?;
        if part.is_empty() {
            break;
        }
        shared(&part, CALLERS, |order| {
            take(&engine, &Webhook::paying(order))
        })?;
    }
    let claim = ClaimEffects {
        limit: Some(100),
        kinds: Vec::new(),
    };
    engine.claim_effects(claim)?;
    engine.health()?;
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.context("the kernel tells the peak")?;
    println!("{}", peak.trim().trim_end_matches(" kB"));
    Ok(())
}
