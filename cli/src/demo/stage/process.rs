//! The shop's process: started, killed as by a power failure, started again at the same address.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::client::Trouble;
use crate::sandbox::SandboxConfig;

/// What every start of the shop has in common.
#[derive(Clone, Debug)]
pub(crate) struct ShopSettings {
    /// The folder of its database and of the world's journal.
    pub(crate) folder: PathBuf,
    /// The program with its first arguments; this one where it is empty.
    pub(crate) command: Vec<String>,
    pub(crate) gateway_url: String,
    pub(crate) gateway_page: String,
}

impl ShopSettings {
    pub(crate) fn journal(&self) -> PathBuf {
        self.folder.join("world.jsonl")
    }

    fn program(&self) -> Result<Command, Trouble> {
        let mut command = match self.command.split_first() {
            Some((program, arguments)) => {
                let mut command = Command::new(program);
                command.args(arguments);
                command
            }
            None => Command::new(std::env::current_exe()?),
        };
        command.arg("demo-shop");
        Ok(command)
    }

    fn database(&self) -> PathBuf {
        self.folder.join("shop.db")
    }
}

#[derive(Debug)]
pub(crate) struct ShopProcess {
    child: Child,
    pub(crate) url: String,
}

impl ShopProcess {
    /// Starts it and waits until it listens. Without an address it takes a free one.
    pub(crate) fn start(
        settings: &ShopSettings,
        address: Option<&str>,
        clock_offset_ms: i64,
    ) -> Result<Self, Trouble> {
        let mut command = settings.program()?;
        command
            .args(["--listen", address.unwrap_or("127.0.0.1:0")])
            .arg("--journal")
            .arg(settings.journal())
            .args(["--clock-offset-ms", &clock_offset_ms.to_string()])
            .args(["--worker", "false", "--ends-with-stdin"])
            .args(["--gateway-page", &settings.gateway_page])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        // Settings of another shop in this terminal are not meant for this one.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("COINPAY_") {
                command.env_remove(&name);
            }
        }
        let database = format!("sqlite:{}", settings.database().display());
        for (name, value) in [
            ("COINPAY_MODE", "test"),
            ("COINPAY_API_KEY", SandboxConfig::API_KEY),
            ("COINPAY_BUSINESS_ID", SandboxConfig::BUSINESS_ID),
            ("COINPAY_WEBHOOK_SECRETS", SandboxConfig::WEBHOOK_SECRET),
            ("COINPAY_BASE_URL", &settings.gateway_url),
            ("COINPAY_SHOP_ID", "demo-shop"),
            ("COINPAY_DATABASE", &database),
            ("COINPAY_STOCK", "managed"),
            // A day's calls come within a minute here.
            ("COINPAY_REQUESTS_PER_MINUTE", "10000"),
            ("COINPAY_BUDGET_MS", "3000"),
        ] {
            command.env(name, value);
        }
        let mut child = command.spawn()?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line)?;
        }
        let said: Value = serde_json::from_str(&line).unwrap_or_default();
        let Some(url) = said["url"].as_str() else {
            let _gone = (child.kill(), child.wait());
            return Err("the shop did not start".into());
        };
        let url = url.to_owned();
        Ok(Self { child, url })
    }

    /// SIGKILL: nothing in it runs any more, as if the power had failed.
    pub(crate) fn kill(&mut self) -> Result<(), Trouble> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Host and port, to start at the same place again.
    pub(crate) fn address(&self) -> String {
        self.url.trim_start_matches("http://").to_owned()
    }
}

impl Drop for ShopProcess {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _gone = (self.child.kill(), self.child.wait());
    }
}
