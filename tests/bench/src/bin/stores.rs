//! `coinpay-bench-stores`: what a webhook costs on each kind of store; run by
//! `cargo xtask bench stores`, and needs the servers that the tests of the stores need.

use anyhow::Result;
use clap::Parser;
use coinpay_bench::measure::{command, servers};

/// As the command and the addon have it; both sides do.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures durable webhooks on SQLite, PostgreSQL and MariaDB, each beside a plain handler.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench stores")]
struct Options {
    #[command(flatten)]
    common: command::Choices,
}

fn main() -> Result<()> {
    command::run(&Options::parse().common, servers::GROUPS)
}
