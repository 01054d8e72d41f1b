//! The plugin for WooCommerce as a shop installs it: packed, unpacked by WordPress, and used by
//! people with a browser. WordPress comes from npm; WooCommerce is in no registry, so a shop is
//! played only where `COINPAY_WOOCOMMERCE_TREE` names a WordPress that has it.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use super::pages::{AXE, PLAYWRIGHT};
use super::php::{self, fresh};
use super::servers::Servers;
use crate::dist::{self, Profile};
use crate::npm::{self, Package};
use crate::workspace::Workspace;

const TREE: &str = "COINPAY_WOOCOMMERCE_TREE";

const WORDPRESS: Package = Package {
    name: "@wp-playground/wordpress-builds@0.9.19",
    integrity: "sha512-dlqvh/MJDpE5W68vgPPKUjpip6zMuBh59L3D18ZX+pdwurC4q4ydrTww/3sTMV69\
                BBcoH6kF93YtAtujNC5Mpw==",
};
const ARCHIVE: &str = "src/wordpress/wp-6.5.zip";

pub(super) fn run(workspace: &Workspace) -> Result<()> {
    let unpacked = |(folder, package)| npm::unpacked(workspace, package, folder);
    let (playwright, axe) = (unpacked(PLAYWRIGHT)?, unpacked(AXE)?);
    let wordpress = npm::unpacked(workspace, WORDPRESS, ".cache/woocommerce/wordpress")?;
    let built = workspace.target_folder()?;
    let folder = fresh(&built.join("woocommerce"))?;
    let archive = dist::plugin(workspace, Profile::Debug, &folder)?;
    let chromium = workspace.output("sh", &["-c", "command -v chromium"])?;
    let servers = Servers::start(workspace)?;
    let setting = |name: &str, path: PathBuf| format!("{name}={}", path.display());
    let mut settings = vec![
        setting("COINPAY_TEST_COMMAND", built.join("debug/coinpay")),
        setting("COINPAY_TEST_PLUGIN", archive),
        setting("COINPAY_TEST_FOLDER", fresh(&folder.join("sites"))?),
        setting("COINPAY_TEST_WORDPRESS", wordpress.join(ARCHIVE)),
        setting("COINPAY_TEST_PLAYWRIGHT", playwright),
        setting("COINPAY_TEST_AXE", axe),
        format!("COINPAY_TEST_CHROMIUM={}", chromium.trim()),
        format!("COINPAY_TEST_FPM={}", php::fpm()),
        format!("COINPAY_TEST_MARIADB={}", servers.address("mariadb")?),
    ];
    match tree()? {
        Some(tree) => settings.push(setting("COINPAY_TEST_TREE", tree)),
        None => println!("{}", notice()),
    }
    // cargo sets it for this process, and the plugin has to find its own library.
    let words = ["-u", "LD_LIBRARY_PATH"].map(str::to_owned).to_vec();
    let node = ["node", "tests/woocommerce/run.mjs"].map(str::to_owned);
    let outcome = workspace.run("env", &[&words[..], &settings, &node].concat());
    if tree()?.is_none() {
        println!("{}", notice());
    }
    outcome
}

/// The WordPress with WooCommerce that a person named.
fn tree() -> Result<Option<PathBuf>> {
    let Some(path) = env::var_os(TREE).filter(|path| !path.is_empty()) else {
        return Ok(None);
    };
    let path = PathBuf::from(path);
    let path = path
        .canonicalize()
        .with_context(|| format!("{TREE}: {}", path.display()))?;
    for needed in [
        "wp-load.php",
        "wp-content/plugins/woocommerce/woocommerce.php",
    ] {
        let there = path.join(needed).is_file();
        ensure!(there, "{TREE}: there is no {needed} in {}", path.display());
    }
    Ok(Some(path))
}

fn notice() -> String {
    format!(
        "\n  NOT RUN: nobody bought anything. {TREE} is not set: name the folder of a WordPress\n  \
         whose wp-content/plugins has WooCommerce, and shoppers pay there in a browser.\n"
    )
}
