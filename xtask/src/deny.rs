//! `cargo xtask deny`: what `deny.toml` says of dependencies, checked by cargo-deny, which this
//! command does not install.

use anyhow::{Result, bail};

use crate::workspace::Workspace;

pub(crate) fn check(workspace: &Workspace, advisories: bool) -> Result<()> {
    if !workspace.succeeds("cargo", &["deny", "--version"]) {
        bail!("cargo-deny is missing; `cargo install cargo-deny --locked` brings it");
    }
    let mut arguments = vec![
        "deny",
        "--all-features",
        "check",
        "licenses",
        "bans",
        "sources",
    ];
    if advisories {
        arguments.push("advisories");
    }
    workspace.run("cargo", &arguments)
}
