//! Packages of npm that tests use: fetched once, at a pinned version whose bytes are known, and
//! only unpacked; nothing of them is run by installing them. And the packing of ours.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::workspace::Workspace;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Package {
    /// With its version, as `name@1.2.3`.
    pub(crate) name: &'static str,
    pub(crate) integrity: &'static str,
}

/// The folder of the unpacked package under `folder`, downloaded unless it is there.
pub(crate) fn unpacked(workspace: &Workspace, package: Package, folder: &str) -> Result<PathBuf> {
    let folder = workspace.path(folder);
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
    let pack = ["pack", package.name, "--json", "--pack-destination"];
    let printed = workspace.output("npm", &[&pack[..], &[destination.as_str()]].concat())?;
    let archive = partial.join(archive_name(&printed, package)?);
    let unpack: [&Path; 4] = ["-xzf".as_ref(), &archive, "-C".as_ref(), &partial];
    workspace.run("tar", &unpack)?;
    fs::rename(partial.join("package"), &unpacked)
        .context("the package has no folder `package`")?;
    fs::remove_dir_all(&partial).context("cannot remove the archive")?;
    Ok(unpacked)
}

/// Packs the package in `root` into `to`, as it would be published; gives the archive.
pub(crate) fn pack(workspace: &Workspace, root: &Path, to: &Path) -> Result<PathBuf> {
    let (root, place) = (root.display().to_string(), to.display().to_string());
    let pack = ["pack", "--silent", &root, "--pack-destination", &place];
    let printed = workspace.output("npm", &pack)?;
    let name = printed.trim().lines().last();
    Ok(to.join(name.context("npm pack names no file")?))
}

/// The name of the archive that `npm pack --json` wrote, if its bytes are those we know.
fn archive_name(printed: &str, package: Package) -> Result<String> {
    let answer: Value = serde_json::from_str(printed).context("npm pack does not print JSON")?;
    let text = |field: &str| {
        answer
            .pointer(&format!("/0/{field}"))
            .and_then(Value::as_str)
    };
    let integrity = text("integrity").context("npm pack names no integrity")?;
    ensure!(
        integrity == package.integrity,
        "{} has other contents than the ones pinned: {integrity}",
        package.name
    );
    let name = text("filename").context("npm pack names no file")?;
    // Some versions of npm print the scope as a folder but write a flat name.
    Ok(name.replace('@', "").replace('/', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKAGE: Package = Package {
        name: "@scope/name@1.0.0",
        integrity: "sha512-BBBB",
    };

    fn answer(integrity: &str) -> String {
        format!(r#"[{{"integrity": "{integrity}", "filename": "@scope/name.tgz"}}]"#)
    }

    #[test]
    fn the_pinned_package_is_accepted() {
        let name = archive_name(&answer("sha512-BBBB"), PACKAGE).expect("the pinned bytes");
        assert_eq!(name, "scope-name.tgz");
    }

    #[test]
    fn other_bytes_under_the_same_version_are_refused() {
        archive_name(&answer("sha512-AAAA"), PACKAGE).expect_err("other bytes");
        archive_name("[]", PACKAGE).expect_err("no answer");
    }
}
