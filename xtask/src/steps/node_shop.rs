//! The npm package in Node shops: in their frameworks, on their drivers of databases, beside the
//! published SDK. `tests/node-shop` packs it, installs it and runs what has to hold.

use anyhow::Result;

use super::sdk_agreement;
use super::servers::Servers;
use crate::edge;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace) -> Result<()> {
    edge::build(workspace)?;
    let folders = ["tests/node-shop", "examples/node"];
    workspace.run(edge::PRETTIER, &[&["--check"], &folders[..]].concat())?;
    let cli = ["build", "--package", "coinpay-cli", "--bin", "coinpay"];
    workspace.run("cargo", &cli)?;
    let sdk = sdk_agreement::sdk(workspace)?.display().to_string();
    let command = workspace.target_folder()?.join("debug/coinpay");
    let command = command.display().to_string();
    let servers = Servers::start(workspace)?;
    let script = "tests/node-shop/run.mjs";
    let (postgres, mariadb) = (servers.address("postgres")?, servers.address("mariadb")?);
    workspace.run(edge::NODE, &[script, &command, &sdk, postgres, mariadb])
}
