//! Agreement with the gateway's published SDK: fetched once, at a pinned version whose bytes
//! are known, and asked to verify what we sign. The script that asks is in
//! `tests/sdk-agreement`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::workspace::Workspace;

const PACKAGE: &str = "@profullstack/coinpay@0.11.2";
const INTEGRITY: &str = "sha512-F9wKJ90HLgBICLr+64Ig9snq0u8BftrW7BF7fcmaqGBvirI24TNq37nxgnAJ52hA\
                         vyayHUkgy6cdwp1MMiLzSg==";
const FOLDER: &str = ".cache/sdk/0.11.2";
const SCRIPT: &str = "tests/sdk-agreement/run.mjs";
const EXAMPLE: &str = "sign_payloads";

pub(super) fn run(workspace: &Workspace) -> Result<()> {
    let sdk = fetched(workspace)?;
    let build = ["build", "--package", "coinpay-core", "--example", EXAMPLE];
    workspace.run("cargo", &build)?;
    let examples = workspace.target_folder()?.join("debug/examples");
    let signer = examples.join(EXAMPLE);
    workspace.run("node", &[Path::new(SCRIPT), &sdk, &signer])
}

/// The folder of the unpacked package, downloaded unless it is there.
fn fetched(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.path(FOLDER);
    let unpacked = folder.join("package");
    if unpacked.is_dir() {
        return Ok(unpacked);
    }
    // Unpacked beside its final place and then renamed, so that an interrupted download is
    // never taken for a finished one.
    let partial = folder.join("partial");
    if partial.is_dir() {
        fs::remove_dir_all(&partial).context("cannot remove an interrupted download")?;
    }
    fs::create_dir_all(&partial).context("cannot make a folder in .cache")?;
    let destination = partial.to_string_lossy().into_owned();
    let pack = ["pack", PACKAGE, "--json", "--pack-destination"];
    let printed = workspace.output("npm", &[&pack[..], &[destination.as_str()]].concat())?;
    let archive = partial.join(archive_name(&printed)?);
    let unpack = ["-xzf".as_ref(), archive.as_os_str(), "-C".as_ref()];
    workspace.run("tar", &[&unpack[..], &[partial.as_os_str()]].concat())?;
    fs::rename(partial.join("package"), &unpacked)
        .context("the package has no folder `package`")?;
    fs::remove_dir_all(&partial).context("cannot remove the archive")?;
    Ok(unpacked)
}

/// The name of the archive that `npm pack --json` wrote, if its bytes are those we know.
fn archive_name(printed: &str) -> Result<String> {
    let answer: Value = serde_json::from_str(printed).context("npm pack does not print JSON")?;
    let text = |field: &str| {
        answer
            .pointer(&format!("/0/{field}"))
            .and_then(Value::as_str)
    };
    let integrity = text("integrity").context("npm pack names no integrity")?;
    ensure!(
        integrity == INTEGRITY,
        "{PACKAGE} has other contents than the ones pinned: {integrity}"
    );
    let name = text("filename").context("npm pack names no file")?;
    // Some versions of npm print the scope as a folder but write a flat name.
    Ok(name.replace('@', "").replace('/', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(integrity: &str) -> String {
        format!(r#"[{{"integrity": "{integrity}", "filename": "@profullstack/coinpay.tgz"}}]"#)
    }

    #[test]
    fn the_pinned_package_is_accepted() {
        let name = archive_name(&answer(INTEGRITY)).expect("the pinned bytes");
        assert_eq!(name, "profullstack-coinpay.tgz");
    }

    #[test]
    fn other_bytes_under_the_same_version_are_refused() {
        archive_name(&answer("sha512-AAAA")).expect_err("other bytes");
        archive_name("[]").expect_err("no answer");
    }
}
