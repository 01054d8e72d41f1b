//! `cargo xtask bench node`: checking a webhook beside other packages in one process, and the
//! Express shop under load beside the one that everybody writes. `--quick` only proves that all of
//! it runs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::edge;
use crate::npm;
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
    let (flags, profile): (&[&str], _) = if quick {
        (&[], "debug")
    } else {
        (&["--profile", "dist"], "dist")
    };
    let build = ["build", "--package", "coinpay-node"];
    workspace.run("cargo", &[&build[..], flags].concat())?;
    edge::build(workspace)?;
    let app = install_peers(workspace)?;
    let archive = npm::pack(workspace, &workspace.path("js"), &app)?;
    let servers = Servers::start(workspace)?;
    measure(workspace, &app, &archive, profile, &servers)
}

/// Proves that every measurement runs, on a package that is packed and an addon that is built for
/// tests.
pub(crate) fn try_out(workspace: &Workspace, archive: &Path, servers: &Servers) -> Result<()> {
    let app = install_peers(workspace)?;
    measure(workspace, &app, archive, "debug", servers)
}

fn measure(
    workspace: &Workspace,
    app: &Path,
    archive: &Path,
    profile: &str,
    servers: &Servers,
) -> Result<()> {
    let addon = install_ours(workspace, app, archive, profile)?;
    let addon = format!("COINPAY_ADDON={}", addon.display());
    let sdk = sdk(workspace)?;
    let option = if profile == "debug" {
        "--quick"
    } else {
        "--whole"
    };
    let run = |node: &str, words: &[&Path]| {
        let with: [&Path; 3] = [addon.as_ref(), node.as_ref(), "--no-warnings".as_ref()];
        workspace.run("env", &[&with, words, &[option.as_ref()]].concat())
    };
    for node in ["node", edge::NODE] {
        run(node, &[&app.join("verify.mjs"), &sdk])?;
    }
    let address = servers.address("postgres")?;
    run(edge::NODE, &[&app.join("load.mjs"), &sdk, address.as_ref()])
}

/// The peers at the versions of the lock file, and the scripts.
fn install_peers(workspace: &Workspace) -> Result<PathBuf> {
    let app = workspace.path(APP);
    fs::create_dir_all(&app)?;
    for entry in fs::read_dir(workspace.path(OWN))? {
        let entry = entry?;
        fs::copy(entry.path(), app.join(entry.file_name()))?;
    }
    let lock = workspace.read(&format!("{OWN}/package-lock.json"))?;
    let noted = app.join("installed.json");
    if fs::read_to_string(&noted).is_ok_and(|found| found == lock) {
        return Ok(app);
    }
    let place = app.display().to_string();
    let install = ["ci", "--prefix", &place, "--no-audit", "--no-fund"];
    workspace.run("npm", &[&install[..], &["--ignore-scripts"]].concat())?;
    fs::write(&noted, lock)?;
    Ok(app)
}

/// The package as it is packed, beside the peers; gives where its addon is.
fn install_ours(
    workspace: &Workspace,
    app: &Path,
    archive: &Path,
    profile: &str,
) -> Result<PathBuf> {
    let built = workspace.target_folder()?.join(profile);
    let addon = app.join("coinpay.node");
    fs::copy(built.join("libcoinpay_node.so"), &addon)?;
    let folder = app.join("node_modules/coinpay-embed");
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
    Ok(addon)
}
