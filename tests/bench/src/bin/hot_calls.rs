//! `coinpay-hot-calls --list` names the hot calls. `coinpay-hot-calls RECORDING NAME TIMES` makes
//! one of them so many times, under a tool that counts instructions: two runs that differ only in
//! TIMES differ only by that many calls.

use std::fs;

use anyhow::{Context, Result};
use coinpay_bench::hot::{HotCalls, NAMES};
use coinpay_bench::recorded::Recording;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().context("RECORDING NAME TIMES are needed");
    let file = next()?;
    if file == "--list" {
        NAMES.iter().for_each(|name| println!("{name}"));
        return Ok(());
    }
    let (name, times) = (next()?, next()?);
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {file}"))?;
    let recording: Recording = serde_json::from_str(&text).context("not a recording")?;
    let calls = HotCalls::new(&recording)?;
    for _ in 0..times.parse::<u32>().context("TIMES is a number")? {
        calls.call(&name)?;
    }
    Ok(())
}
