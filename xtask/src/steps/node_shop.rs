//! The npm packages in Node shops: in their frameworks, on their drivers of databases, beside the
//! published SDK. `tests/node-shop` installs what was packed and runs what has to hold.

use std::path::PathBuf;

use anyhow::Result;

use super::php::fresh;
use super::sdk_agreement;
use super::servers::Servers;
use crate::dist::{self, Profile};
use crate::edge;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace) -> Result<()> {
    let folder = fresh(&workspace.target_folder()?.join("node-shop"))?;
    let packed = dist::node(workspace, Profile::Debug, &folder)?;
    let folders = ["tests/node-shop", "examples/node"];
    workspace.run(edge::PRETTIER, &[&["--check"], &folders[..]].concat())?;
    let sdk = sdk_agreement::sdk(workspace)?;
    let command = workspace.target_folder()?.join("debug/coinpay");
    let servers = Servers::start(workspace)?;
    let words = [
        PathBuf::from("tests/node-shop/run.mjs"),
        packed.embed,
        packed.addon,
        packed.command,
        command,
        sdk,
        servers.address("postgres")?.into(),
        servers.address("mariadb")?.into(),
    ];
    workspace.run(edge::NODE, &words)
}
