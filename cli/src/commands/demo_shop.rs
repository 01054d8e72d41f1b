//! `coinpay demo-shop`: the shop of the demo, as a process of its own. Hidden, because people
//! start it through `coinpay demo`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgAction, Args};
use coinpay_cli::demo::{ShopOptions, serve_shop};

/// The demo's shop; settings come from COINPAY_* variables.
#[derive(Args, Debug)]
pub(crate) struct DemoShop {
    /// Where to listen; loopback only, port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Where mails, shipments and alerts are written down
    #[arg(long, value_name = "FILE")]
    journal: PathBuf,
    /// How far the shop's clock is ahead of the machine's
    #[arg(
        long,
        default_value_t = 0,
        allow_negative_numbers = true,
        value_name = "MILLISECONDS"
    )]
    clock_offset_ms: i64,
    /// Whether side work is done by itself
    #[arg(long, default_value_t = true, action = ArgAction::Set, value_name = "BOOL")]
    worker: bool,
    /// The sandbox's page, for links to its wallet
    #[arg(long, value_name = "URL")]
    gateway_page: Option<String>,
    /// End when standard input does
    #[arg(long)]
    ends_with_stdin: bool,
}

impl DemoShop {
    pub(crate) fn run(self) -> ExitCode {
        let options = ShopOptions {
            listen: self.listen,
            journal: self.journal,
            clock_offset_ms: self.clock_offset_ms,
            worker: self.worker,
            gateway_page: self.gateway_page,
            ends_with_stdin: self.ends_with_stdin,
        };
        match serve_shop(options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("coinpay demo-shop: {error}");
                ExitCode::FAILURE
            }
        }
    }
}
