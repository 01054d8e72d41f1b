//! The `coinpay` command. Reads the command line and hands over to one file per subcommand.

#![forbid(unsafe_code)]

mod commands;
mod operator;
mod output;
mod settings;
mod shop;
mod stop;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A flow is mostly small allocations.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    Bridge(commands::bridge::Bridge),
    Copy(commands::copy::Copy),
    Dash(commands::dash::Dash),
    Doctor(commands::doctor::Doctor),
    Effects(commands::effects::Effects),
    Explain(commands::explain::Explain),
    Export(commands::export::Export),
    Health(commands::health::Health),
    Orders(commands::orders::Orders),
    Report(commands::report::Report),
    Review(commands::review::Review),
    Demo(commands::demo::Demo),
    #[command(hide = true)]
    DemoShop(commands::demo_shop::DemoShop),
    Migrate(commands::migrate::Migrate),
    Sandbox(commands::sandbox::Sandbox),
    Trigger(Box<commands::trigger::Trigger>),
    Verify(commands::verify::Verify),
    Work(commands::work::Work),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Bridge(command) => command.run(),
        Command::Copy(command) => command.run(),
        Command::Dash(command) => command.run(),
        Command::Doctor(command) => command.run(),
        Command::Effects(command) => command.run(),
        Command::Explain(command) => command.run(),
        Command::Export(command) => command.run(),
        Command::Health(command) => command.run(),
        Command::Orders(command) => command.run(),
        Command::Report(command) => command.run(),
        Command::Review(command) => command.run(),
        Command::Demo(command) => command.run(),
        Command::DemoShop(command) => command.run(),
        Command::Migrate(command) => command.run(),
        Command::Sandbox(command) => command.run(),
        Command::Trigger(command) => command.run(),
        Command::Verify(command) => command.run(),
        Command::Work(command) => command.run(),
    }
}
