//! The store on real database servers: `tests/stores` starts them, on loopback and in folders of
//! its own, and stops them again.

use anyhow::Result;

use crate::bench;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace) -> Result<()> {
    let tests = ["test", "--package", "coinpay-stores"];
    workspace.run("cargo", &tests)?;
    bench::try_out_stores(workspace)
}
