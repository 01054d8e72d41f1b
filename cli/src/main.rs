//! The `coinpay` command. Reads the command line and hands over to one file per subcommand.

mod commands;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(
    name = "coinpay",
    version,
    about = "Crypto checkouts with CoinPay",
    max_term_width = 100
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Sandbox(commands::sandbox::Sandbox),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Sandbox(command) => command.run(),
    }
}
