//! The database servers that the step `stores` starts by itself. Debian's packages would start a
//! server of the system's own as well: that is kept from happening, and undone where it would
//! happen at the next boot.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result};

use super::{apt_install, is_root};
use crate::workspace::Workspace;

/// Where Debian keeps PostgreSQL's servers, which are not on the path.
const POSTGRES: &str = "/usr/lib/postgresql";
const MARIADB: [&str; 3] = ["mariadbd", "/usr/sbin/mariadbd", "/usr/libexec/mariadbd"];

/// Forbids packages to start services while it is there.
const POLICY: &str = "/usr/sbin/policy-rc.d";
/// Read by the package `postgresql-common` before it makes a database cluster for the system.
const NO_CLUSTER: &str = "/etc/postgresql-common/createcluster.d/coinpay-tests.conf";

pub(super) fn provide(workspace: &Workspace) -> Result<()> {
    let mut missing = Vec::new();
    if !has_postgres() {
        missing.push("postgresql-15");
    }
    if !has_mariadb(workspace) {
        missing.push("mariadb-server");
    }
    if missing.is_empty() {
        return Ok(());
    }
    install_quietly(workspace, &missing)?;
    if missing.contains(&"mariadb-server") && workspace.succeeds("systemctl", &["--version"]) {
        // Where there is no systemd running, this only takes a link away.
        workspace.succeeds("systemctl", &["disable", "--quiet", "mariadb.service"]);
    }
    Ok(())
}

/// Installs packages without the services that they would start.
pub(super) fn install_quietly(workspace: &Workspace, packages: &[&str]) -> Result<()> {
    let quiet = Quiet::begin(workspace)?;
    let installed = apt_install(workspace, packages);
    drop(quiet);
    installed
}

fn has_postgres() -> bool {
    let versions = fs::read_dir(POSTGRES).into_iter().flatten().flatten();
    versions
        .map(|version| version.path().join("bin/initdb"))
        .any(|initdb| initdb.exists())
}

fn has_mariadb(workspace: &Workspace) -> bool {
    let mut servers = MARIADB.iter();
    servers.any(|server| workspace.succeeds(server, &["--no-defaults", "--version"]))
}

/// While this lives, packages start no service and make no cluster. Without root, `sudo` installs
/// and these files cannot be written: the packages then do what they always do.
struct Quiet {
    policy_is_ours: bool,
}

impl Quiet {
    fn begin(workspace: &Workspace) -> Result<Self> {
        if !is_root(workspace) {
            println!("not root: the packages may start services of their own");
            return Ok(Self {
                policy_is_ours: false,
            });
        }
        let no_cluster = Path::new(NO_CLUSTER);
        if let Some(folder) = no_cluster.parent() {
            fs::create_dir_all(folder).context("a setting for PostgreSQL's package")?;
        }
        fs::write(no_cluster, "create_main_cluster = false\n")?;
        let policy_is_ours = !Path::new(POLICY).exists();
        if policy_is_ours {
            fs::write(POLICY, "#!/bin/sh\nexit 101\n")?;
            fs::set_permissions(POLICY, fs::Permissions::from_mode(0o755))?;
        }
        Ok(Self { policy_is_ours })
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        if self.policy_is_ours {
            let _ = fs::remove_file(POLICY);
        }
        let _ = fs::remove_file(NO_CLUSTER);
    }
}
