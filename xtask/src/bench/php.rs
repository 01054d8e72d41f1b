//! `cargo xtask bench php`: checking a webhook through FFI beside the same check in PHP, which is
//! judged; and a whole webhook under php-fpm beside a handler in PHP, which is only printed.

use anyhow::Result;

use crate::dist;
use crate::steps::{Servers, php_fpm};
use crate::tools::{self, Tool};
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, _: &[String]) -> Result<()> {
    tools::provide(workspace, tools::PHP)?;
    tools::provide(workspace, Tool::Databases)?;
    let built = dist::build(workspace, dist::Profile::Release)?;
    let setting = |name: &str, path: &std::path::Path| format!("{name}={}", path.display());
    let folder = workspace.target_folder()?.join("php/bench");
    let _absent = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let servers = Servers::start(workspace)?;
    let settings = [
        setting("COINPAY_LIBRARY", &built.join("libcoinpay.so")),
        setting("COINPAY_HEADER", &workspace.path("include/coinpay.h")),
        setting("COINPAY_COMMAND", &built.join("coinpay")),
        setting("COINPAY_TEST_COMMAND", &built.join("coinpay")),
        setting("COINPAY_TEST_FOLDER", &folder),
        format!("COINPAY_TEST_FPM={}", php_fpm()),
        format!("COINPAY_TEST_MARIADB={}", servers.address("mariadb")?),
    ];
    let run = |script: &str| {
        let unset = ["-u", "LD_LIBRARY_PATH"].map(str::to_owned);
        let php = ["php", script].map(str::to_owned);
        workspace.run("env", &[&unset[..], &settings, &php].concat())
    };
    run("tests/php/bench_webhook.php")?;
    run("tests/php/bench.php")
}
