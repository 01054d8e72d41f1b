//! The npm packages in Node, as a shop installs them: packed, installed by npm into a clean folder,
//! and run on the oldest Node and a newer one. What is shown is in `tests/node`.

use std::fs;

use anyhow::{Context, Result};

use crate::dist::{self, Profile};
use crate::workspace::Workspace;

const PRETTIER: &str = "js/node_modules/.bin/prettier";

pub(super) fn run(workspace: &Workspace) -> Result<()> {
    let folder = workspace.target_folder()?.join("node");
    if folder.is_dir() {
        fs::remove_dir_all(&folder).context("what an earlier run left")?;
    }
    fs::create_dir_all(&folder)?;
    workspace.run("cargo", &["test", "--package", "coinpay-node"])?;
    let packed = dist::node(workspace, Profile::Debug, &folder)?;
    workspace.run(PRETTIER, &["--check", "js", "tests/node"])?;
    let script = workspace.path("tests/node/run.mjs");
    let words = [&script, &packed.embed, &packed.addon, &packed.command];
    workspace.run("node", &words)
}
