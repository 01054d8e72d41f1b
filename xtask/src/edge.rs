//! The package's WebAssembly modules: compiled, bound to JavaScript, made small, and held to
//! their sizes. Decides which modules there are; what is in one is decided by the features of
//! `wasm/`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::workspace::Workspace;

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "edge";
/// Where the package's TypeScript finds them.
pub(crate) const FOLDER: &str = "js/dist/wasm";

/// One file that a host downloads.
#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) name: &'static str,
    features: &'static str,
    /// After brotli at its best.
    pub(crate) most_kib: u64,
}

pub(crate) const MODULES: &[Module] = &[
    Module {
        name: "full",
        features: "webhook,calls,flows",
        most_kib: 160,
    },
    Module {
        name: "slim",
        features: "webhook",
        most_kib: 40,
    },
    Module {
        name: "browser",
        features: "pay",
        most_kib: 40,
    },
    Module {
        name: "page",
        features: "page",
        most_kib: 80,
    },
];

/// What every runtime that we name has had for years.
const OPTIMISE: &[&str] = &[
    "-Oz",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// Builds all modules.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    let folder = workspace.path(FOLDER);
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    MODULES
        .iter()
        .try_for_each(|module| build_one(workspace, module, &folder))
}

fn build_one(workspace: &Workspace, module: &Module, folder: &Path) -> Result<()> {
    let what = ["build", "--quiet", "--package", "coinpay-wasm", "--lib"];
    let how = ["--target", TARGET, "--profile", PROFILE];
    let features = ["--no-default-features", "--features", module.features];
    workspace.run("cargo", &[&what[..], &how[..], &features[..]].concat())?;
    let built = workspace.target_folder()?.join(TARGET).join(PROFILE);
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(built.join("coinpay_wasm.wasm"))
        .out_name(module.name)
        .web(true)?
        .typescript(true)
        .omit_default_module_path(true)
        .reset_state_function(true)
        .remove_name_section(true)
        .remove_producers_section(true);
    let bound = built.join(module.name);
    bindgen
        .generate(&bound)
        .with_context(|| format!("binding the module {}", module.name))?;
    for ending in ["js", "d.ts"] {
        let name = format!("{}.{ending}", module.name);
        fs::copy(bound.join(&name), folder.join(&name)).context(name)?;
    }
    let raw = bound.join(format!("{}_bg.wasm", module.name));
    let small = folder.join(format!("{}.wasm", module.name));
    let (raw, small) = (raw.display().to_string(), small.display().to_string());
    let files = [raw.as_str(), "-o", small.as_str()];
    workspace.run("wasm-opt", &[OPTIMISE, &files[..]].concat())
}
