//! `coinpay sandbox`: starts a sandbox gateway and says where it listens.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use coinpay_cli::sandbox::{Sandbox as Gateway, SandboxConfig};
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  A gateway for a shop that listens for webhooks on port 3000:
    coinpay sandbox --webhook-url http://127.0.0.1:3000/webhooks/coinpay

  On a free port, for a script that reads where it listens:
    coinpay sandbox --listen 127.0.0.1:0 --json

  Pay the first payment, one cent at a time, from another terminal:
    curl -s http://127.0.0.1:8787/control/payments
    curl -s -X POST http://127.0.0.1:8787/control/payments/<id>/pay -d '{\"amount\":\"0.01 usd\"}'

Open the address in a browser to pay by hand. docs/sandbox.md lists every route and habit.";

/// A gateway for development and tests that speaks CoinPay's protocol.
///
/// It keeps payments in memory, signs and sends webhooks to this machine, has a clock that can
/// be moved, and plays the real service's nasty habits on demand. Ctrl-C ends it.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Sandbox {
    /// Where to listen; loopback only, port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8787", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Where webhooks go: http:// on this machine
    #[arg(long, value_name = "URL")]
    webhook_url: Option<String>,
    /// What webhooks are signed with
    #[arg(long, default_value = SandboxConfig::WEBHOOK_SECRET, value_name = "SECRET")]
    webhook_secret: String,
    /// The key that the gateway accepts
    #[arg(long, default_value = SandboxConfig::API_KEY, value_name = "KEY")]
    api_key: String,
    /// The business that the key belongs to
    #[arg(long, default_value = SandboxConfig::BUSINESS_ID, value_name = "UUID")]
    business_id: String,
    /// Ids and addresses repeat with the seed; another each time if it is not given
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Print where it listens as one line of JSON
    #[arg(long)]
    json: bool,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox")
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}

impl Sandbox {
    pub(crate) fn run(self) -> ExitCode {
        let json = self.json;
        let config = SandboxConfig {
            listen: self.listen,
            api_key: self.api_key,
            business_id: self.business_id,
            webhook_url: self.webhook_url,
            webhook_secret: Some(self.webhook_secret),
            seed: self.seed.unwrap_or_else(fresh_seed),
            frozen_at_seconds: None,
        };
        let gateway = match Gateway::start(config.clone()) {
            Ok(gateway) => gateway,
            Err(error) => {
                eprintln!(
                    "coinpay sandbox: cannot listen on {}: {error}",
                    config.listen
                );
                return ExitCode::FAILURE;
            }
        };
        announce(&gateway, &config, json);
        gateway.wait();
        ExitCode::SUCCESS
    }
}

/// A seed that no run before had: a shop keeps its payments when the sandbox forgets them, and
/// their ids must not come again.
fn fresh_seed() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    // Milliseconds, so that the seed stays a number that every JSON reader keeps.
    u64::try_from(since.as_millis()).unwrap_or_default()
}

/// Says where it listens. A key or secret of the user's own is not repeated.
fn announce(gateway: &Gateway, config: &SandboxConfig, as_json: bool) {
    if as_json {
        let line = json!({
            "base_url": gateway.base_url(),
            "control_url": gateway.control_url(),
            "page_url": gateway.page_url(),
            "business_id": config.business_id,
            "seed": config.seed,
        });
        println!("{line}");
        return;
    }
    let known = |value: &str, default: &str| {
        if value == default {
            default
        } else {
            "as given"
        }
        .to_owned()
    };
    let secret = config.webhook_secret.as_deref().unwrap_or_default();
    println!("CoinPay sandbox");
    println!("  gateway         {}", gateway.base_url());
    println!("  control API     {}", gateway.control_url());
    println!("  page            {}", gateway.page_url());
    println!("  business id     {}", config.business_id);
    println!(
        "  API key         {}",
        known(&config.api_key, SandboxConfig::API_KEY)
    );
    println!(
        "  webhook secret  {}",
        known(secret, SandboxConfig::WEBHOOK_SECRET)
    );
    println!(
        "  webhooks to     {}",
        config.webhook_url.as_deref().unwrap_or("nowhere yet")
    );
    println!("  seed            {}", config.seed);
    println!("Ctrl-C ends it.");
}
