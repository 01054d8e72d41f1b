//! The PHP package as a shop installs it: packed, unpacked, and run by PHPUnit under every server,
//! against servers of `tests/stores`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::servers::Servers;
use crate::dist::{self, Profile};
use crate::workspace::Workspace;

/// Debian keeps it out of the path of those who are not root.
const FPM: [&str; 2] = ["/usr/sbin/php-fpm8.2", "/usr/bin/php-fpm8.2"];

pub(super) fn run(workspace: &Workspace) -> Result<()> {
    let built = workspace.target_folder()?;
    let folder = fresh(&built.join("php"))?;
    let archive = dist::php(workspace, Profile::Debug, &folder)?;
    let package = folder.join("unpacked");
    let unpack = [
        "-q".as_ref(),
        archive.as_os_str(),
        "-d".as_ref(),
        package.as_os_str(),
    ];
    workspace.run("unzip", &unpack)?;
    let servers = Servers::start(workspace)?;
    let tests = fresh(&folder.join("tests"))?;
    let settings = [
        setting("COINPAY_TEST_PACKAGE", package.join("coinpay-embed")),
        setting("COINPAY_TEST_COMMAND", built.join("debug/coinpay")),
        setting("COINPAY_TEST_FOLDER", tests),
        format!("COINPAY_TEST_FPM={}", fpm()),
        format!("COINPAY_TEST_MARIADB={}", servers.address("mariadb")?),
        format!("COINPAY_TEST_POSTGRES={}", servers.address("postgres")?),
    ];
    let phpunit = ["phpunit", "--configuration", "tests/php/phpunit.xml"].map(str::to_owned);
    // cargo sets it for this process, and the package has to find its own library.
    let unset = ["-u", "LD_LIBRARY_PATH"].map(str::to_owned);
    workspace.run("env", &[&unset[..], &settings, &phpunit].concat())
}

/// The program php-fpm.
pub(crate) fn fpm() -> &'static str {
    let there = FPM.into_iter().find(|path| Path::new(path).exists());
    there.unwrap_or("php-fpm")
}

fn setting(name: &str, path: PathBuf) -> String {
    format!("{name}={}", path.display())
}

pub(super) fn fresh(folder: &Path) -> Result<PathBuf> {
    if folder.is_dir() {
        fs::remove_dir_all(folder).context("what an earlier run left")?;
    }
    fs::create_dir_all(folder)?;
    Ok(folder.to_owned())
}
