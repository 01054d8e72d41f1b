//! `cargo xtask bench node`: checking a webhook beside other packages in one process, and the
//! Express shop under load beside the one that everybody writes. `--quick` only proves that all of
//! it runs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::dist::{self, Profile};
use crate::edge;
use crate::steps::{Servers, sdk};
use crate::tools::{self, Tool};
use crate::workspace::Workspace;

const OWN: &str = "tests/node-bench";
const APP: &str = ".cache/node-bench";

pub(super) fn run(workspace: &Workspace, options: &[String]) -> Result<()> {
    for tool in [tools::WASM, Tool::Node, Tool::Databases] {
        tools::provide(workspace, tool)?;
    }
    let quick = options.iter().any(|option| option == "--quick");
    let profile = if quick {
        Profile::Debug
    } else {
        Profile::Release
    };
    let app = workspace.path(APP);
    install(workspace, profile, &app)?;
    let sdk = sdk(workspace)?;
    let verify = app.join("verify.mjs");
    for node in ["node", edge::NODE] {
        workspace.run(node, &[&verify, &sdk])?;
    }
    let servers = Servers::start(workspace)?;
    let mut words = vec![
        PathBuf::from("--no-warnings"),
        app.join("load.mjs"),
        sdk,
        servers.address("postgres")?.into(),
    ];
    if quick {
        words.push("--quick".into());
    }
    workspace.run(edge::NODE, &words)
}

/// The peers at the versions of the lock file, the packages beside them, and the scripts.
fn install(workspace: &Workspace, profile: Profile, app: &Path) -> Result<()> {
    let lock = workspace.read(&format!("{OWN}/package-lock.json"))?;
    let noted = app.join("installed.json");
    fs::create_dir_all(app)?;
    for entry in fs::read_dir(workspace.path(OWN))? {
        let entry = entry?;
        fs::copy(entry.path(), app.join(entry.file_name()))?;
    }
    let place = app.display().to_string();
    if !fs::read_to_string(&noted).is_ok_and(|found| found == lock) {
        let install = ["ci", "--prefix", &place, "--no-audit", "--no-fund"];
        workspace.run("npm", &[&install[..], &["--ignore-scripts"]].concat())?;
        fs::write(&noted, lock)?;
    }
    let packed = dist::node(
        workspace,
        profile,
        &workspace.target_folder()?.join("bench-node"),
    )?;
    let packages = [("coinpay-embed", &packed.embed), ("", &packed.addon)];
    for (name, archive) in packages {
        let name = if name.is_empty() {
            addon_name(archive)?
        } else {
            name.to_owned()
        };
        let folder = app.join("node_modules").join(name);
        if folder.is_dir() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let unpack: [&Path; 5] = [
            "-xzf".as_ref(),
            archive,
            "-C".as_ref(),
            &folder,
            "--strip-components=1".as_ref(),
        ];
        workspace.run("tar", &unpack)?;
    }
    Ok(())
}

/// The archive's name without its version.
fn addon_name(archive: &Path) -> Result<String> {
    let name = archive.file_name().and_then(|name| name.to_str());
    let name = name.and_then(|name| name.rsplit_once('-'));
    Ok(name
        .context("an archive's name has a version")?
        .0
        .to_owned())
}
