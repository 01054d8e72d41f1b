//! The npm packages in Node, as a shop installs them: packed, installed by npm into a clean folder,
//! and run on the oldest Node and a newer one. What is shown is in `tests/node`.

use anyhow::Result;

use super::php::fresh;
use super::servers::Servers;
use crate::dist::{self, Profile};
use crate::workspace::Workspace;
use crate::{bench, edge};

pub(super) fn run(workspace: &Workspace) -> Result<()> {
    workspace.run("cargo", &["test", "--package", "coinpay-node"])?;
    let folder = fresh(&workspace.target_folder()?.join("node"))?;
    let packed = dist::node(workspace, Profile::Debug, &folder)?;
    let folders = ["js", "tests/node", "tests/node-bench"];
    workspace.run(edge::PRETTIER, &[&["--check"], &folders[..]].concat())?;
    let servers = Servers::start(workspace)?;
    let words = [
        format!("COINPAY_TEST_POSTGRES={}", servers.address("postgres")?),
        format!("COINPAY_TEST_MARIADB={}", servers.address("mariadb")?),
        "node".to_owned(),
        "tests/node/run.mjs".to_owned(),
        packed.embed.display().to_string(),
        packed.addon.display().to_string(),
        packed.command.display().to_string(),
    ];
    workspace.run("env", &words)?;
    bench::try_out_node(workspace, &packed.embed, &servers)
}
