//! `cargo xtask bench php`: checking a webhook through FFI beside the same check in PHP.

use anyhow::Result;

use crate::dist;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, _: &[String]) -> Result<()> {
    let built = dist::build(workspace, dist::Profile::Release)?;
    let library = format!("COINPAY_LIBRARY={}", built.join("libcoinpay.so").display());
    let header = workspace.path("include/coinpay.h");
    let header = format!("COINPAY_HEADER={}", header.display());
    let unset = ["-u", "LD_LIBRARY_PATH"];
    let php = ["php", "tests/php/bench.php"];
    workspace.run("env", &[&unset[..], &[&library, &header], &php].concat())
}
