//! The pages in a browser: `tests/pages` drives Debian's Chromium through a demo shop and the
//! operator's view. Screenshots are left in `target/pages/pictures`.

use std::path::Path;

use anyhow::{Context, Result};

use crate::npm::{self, Package};
use crate::workspace::Workspace;

/// Drives the browser; the step `woocommerce` has one too.
pub(super) const PLAYWRIGHT: (&str, Package) = (
    ".cache/pages/playwright-core",
    Package {
        name: "playwright-core@1.65.1",
        integrity: "sha512-hqPpz7blSMPxWVdoeE1yiBSzXsKiVOd2k+kjCvmUywD2GPO2Dd9HfcWnq9NN0GHb\
                    NZDFgZ9JfBFr+X5/BLo0qw==",
    },
);
/// Looks for what keeps people out; the step `woocommerce` has it too.
pub(super) const AXE: (&str, Package) = (
    ".cache/pages/axe-core",
    Package {
        name: "axe-core@4.14.1",
        integrity: "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASy\
                    FNNtuFooJpZe37OgudVGtQ==",
    },
);
const SCRIPT: &str = "tests/pages/run.mjs";

pub(super) fn run(workspace: &Workspace) -> Result<()> {
    let mut folders = Vec::new();
    for (folder, package) in [PLAYWRIGHT, AXE] {
        folders.push(npm::unpacked(workspace, package, folder)?);
    }
    let build = ["build", "--package", "coinpay-cli", "--bin", "coinpay"];
    workspace.run("cargo", &build)?;
    let target = workspace.target_folder()?;
    let program = target.join("debug/coinpay");
    let chromium = workspace.output("sh", &["-c", "command -v chromium"])?;
    let [playwright, axe] = &folders[..] else {
        return Err(anyhow::anyhow!("a package is missing"));
    };
    let left = target.join("pages");
    let words: [&Path; 6] = [
        SCRIPT.as_ref(),
        &program,
        playwright,
        axe,
        chromium.trim().as_ref(),
        &left,
    ];
    workspace
        .run("node", &words)
        .with_context(|| format!("see the pictures in {}", left.join("pictures").display()))
}
