//! The PHP package as a shop installs it: packed, unpacked, and run by PHPUnit under every server,
//! against servers of `tests/stores`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

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
    // As the step `stores` builds it, so that nothing is built twice.
    workspace.run(
        "cargo",
        &["test", "--package", "coinpay-stores", "--no-run"],
    )?;
    let servers = Servers::start(&built.join("debug/servers"))?;
    let tests = fresh(&folder.join("tests"))?;
    let fpm = FPM.iter().find(|path| Path::new(path).exists());
    let settings = [
        setting("COINPAY_TEST_PACKAGE", package.join("coinpay-embed")),
        setting("COINPAY_TEST_COMMAND", built.join("debug/coinpay")),
        setting("COINPAY_TEST_FOLDER", tests),
        setting("COINPAY_TEST_FPM", PathBuf::from(fpm.unwrap_or(&"php-fpm"))),
        format!("COINPAY_TEST_MARIADB={}", servers.address("mariadb")?),
        format!("COINPAY_TEST_POSTGRES={}", servers.address("postgres")?),
    ];
    let phpunit = ["phpunit", "--configuration", "tests/php/phpunit.xml"].map(str::to_owned);
    // cargo sets it for this process, and the package has to find its own library.
    let unset = ["-u", "LD_LIBRARY_PATH"].map(str::to_owned);
    workspace.run("env", &[&unset[..], &settings, &phpunit].concat())
}

fn setting(name: &str, path: PathBuf) -> String {
    format!("{name}={}", path.display())
}

fn fresh(folder: &Path) -> Result<PathBuf> {
    if folder.is_dir() {
        fs::remove_dir_all(folder).context("what an earlier run left")?;
    }
    fs::create_dir_all(folder)?;
    Ok(folder.to_owned())
}

/// PostgreSQL and MariaDB, which end when this does.
struct Servers {
    child: Child,
    places: Value,
}

impl Servers {
    fn start(command: &Path) -> Result<Self> {
        let mut child = Command::new(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} does not start", command.display()))?;
        let mut line = String::new();
        let output = child.stdout.take().context("the servers have no output")?;
        BufReader::new(output).read_line(&mut line)?;
        let places = serde_json::from_str(&line).context("the servers did not start")?;
        Ok(Self { child, places })
    }

    fn address(&self, server: &str) -> Result<&str> {
        let address = self.places.get(server).and_then(Value::as_str);
        address.with_context(|| format!("no address of {server}"))
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        // The end of its input ends it, and it ends the servers.
        drop(self.child.stdin.take());
        let _reaped = self.child.wait();
    }
}
