//! Agreement with the gateway's published SDK: fetched once, at a pinned version whose bytes
//! are known, and asked to verify what we sign. The script that asks is in
//! `tests/sdk-agreement`.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::npm::{self, Package};
use crate::workspace::Workspace;

const PACKAGE: Package = Package {
    name: "@profullstack/coinpay@0.11.2",
    integrity: "sha512-F9wKJ90HLgBICLr+64Ig9snq0u8BftrW7BF7fcmaqGBvirI24TNq37nxgnAJ52hA\
                vyayHUkgy6cdwp1MMiLzSg==",
};
const FOLDER: &str = ".cache/sdk/0.11.2";
const SCRIPT: &str = "tests/sdk-agreement/run.mjs";
const EXAMPLE: &str = "sign_payloads";

/// The folder of the unpacked SDK.
pub(crate) fn sdk(workspace: &Workspace) -> Result<PathBuf> {
    npm::unpacked(workspace, PACKAGE, FOLDER)
}

pub(super) fn run(workspace: &Workspace) -> Result<()> {
    let sdk = sdk(workspace)?;
    let build = ["build", "--package", "coinpay-core", "--example", EXAMPLE];
    workspace.run("cargo", &build)?;
    let examples = workspace.target_folder()?.join("debug/examples");
    let signer = examples.join(EXAMPLE);
    workspace.run("node", &[Path::new(SCRIPT), &sdk, &signer])
}
