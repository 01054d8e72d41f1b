//! The database servers of `tests/stores`, for steps whose tests are in other languages.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::workspace::Workspace;

/// PostgreSQL and MariaDB, which end when this does.
pub(crate) struct Servers {
    child: Child,
    places: Value,
}

impl Servers {
    pub(crate) fn start(workspace: &Workspace) -> Result<Self> {
        // As the step `stores` builds it, so that nothing is built twice.
        let build = ["test", "--package", "coinpay-stores", "--no-run"];
        workspace.run("cargo", &build)?;
        let command = workspace.target_folder()?.join("debug/servers");
        let mut child = Command::new(&command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} does not start", command.display()))?;
        let mut line = String::new();
        let output = child.stdout.take().context("the servers have no output")?;
        BufReader::new(output).read_line(&mut line)?;
        let places = serde_json::from_str(&line).context("the servers did not start")?;
        Ok(Self { child, places })
    }

    /// The address of an empty database.
    pub(crate) fn address(&self, server: &str) -> Result<&str> {
        let address = self.places.get(server).and_then(Value::as_str);
        address.with_context(|| format!("no address of {server}"))
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        // The end of its input ends it, and it ends the servers.
        drop(self.child.stdin.take());
        let _reaped = self.child.wait();
    }
}
