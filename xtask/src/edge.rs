//! The npm package: its WebAssembly modules compiled, bound to JavaScript and made small, its
//! TypeScript compiled, and all of it run. Decides which modules there are; what is in one is
//! decided by the features of `wasm/`, how large one may be by `tests/edge/sizes.mjs`.

use std::fs;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::tools;
use crate::workspace::Workspace;

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "edge";
/// The standard library is compiled with each module, so that only what is used of it, and made
/// small, is in there. Once for all: its sources, features and flags are the same for each.
const STD: &[&str] = &[
    "-Zbuild-std=std,panic_abort",
    "-Zbuild-std-features=optimize_for_size",
];
/// A panic ends the instance at once, so that no module has the words of panics in it.
const FLAGS: &[&str] = &["-Zunstable-options", "-Cpanic=immediate-abort"];
/// Compiling the standard library is a feature of nightly compilers that ours has too.
const UNSTABLE: (&str, &str) = ("RUSTC_BOOTSTRAP", "1");

/// Where the package's TypeScript finds them.
const FOLDER: &str = "js/dist/wasm";

/// One file that a host downloads.
#[derive(Debug)]
struct Module {
    name: &'static str,
    features: &'static str,
}

const MODULES: &[Module] = &[
    Module {
        name: "full",
        features: "flows",
    },
    Module {
        name: "client",
        features: "webhook,calls",
    },
    Module {
        name: "slim",
        features: "webhook",
    },
    Module {
        name: "browser",
        features: "pay",
    },
    Module {
        name: "page",
        features: "page",
    },
    Module {
        name: "desk",
        features: "desk",
    },
];

/// The decisions by themselves, for the tests: the package has no room for them.
const VERDICTS: Module = Module {
    name: "verdicts",
    features: "verdicts",
};
const VERDICTS_FOLDER: &str = ".cache/verdicts";

const WASM_OPT: &str = "js/node_modules/.bin/wasm-opt";
pub(crate) const PRETTIER: &str = "js/node_modules/.bin/prettier";
const TSC: &str = "js/node_modules/.bin/tsc";
/// Newer than the system's may be; Miniflare needs it.
pub(crate) const NODE: &str = "js/node_modules/node/bin/node";
/// The lock file that the installed tools are of.
const INSTALLED: &str = "js/node_modules/.installed.json";

/// Small, and with what every runtime that we name has had for years.
const OPTIMISE: &[&str] = &[
    "-Oz",
    // The stack lies lowest, and nobody points at the last thousand bytes before it overflows.
    "--low-memory-unused",
    // What is called once compresses better where it stands.
    "--one-caller-inline-max-function-size=1",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// Whether this process has built the package.
static BUILT: Mutex<bool> = Mutex::new(false);

/// Builds all modules, then the TypeScript over them; once in a run of several steps, since cargo
/// would compile each module anew: the files of all of them have the same name.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if !*built {
        build_all(workspace)?;
        *built = true;
    }
    Ok(())
}

fn build_all(workspace: &Workspace) -> Result<()> {
    tools::provide(workspace, tools::WASM)?;
    tools::provide(workspace, tools::STD_SOURCES)?;
    provide(workspace)?;
    for module in MODULES {
        build_one(workspace, module, FOLDER)?;
    }
    build_one(workspace, &VERDICTS, VERDICTS_FOLDER)?;
    workspace.run(TSC, &["--project", "js"])?;
    workspace.run(NODE, &["js/commonjs.mjs"])
}

fn build_one(workspace: &Workspace, module: &Module, folder: &str) -> Result<()> {
    let folder = workspace.path(folder);
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let what = ["build", "--quiet", "--package", "coinpay-wasm", "--lib"];
    let how = ["--target", TARGET, "--profile", PROFILE];
    let features = ["--no-default-features", "--features", module.features];
    // In place of RUSTFLAGS, whatever somebody has set there.
    let encoded = FLAGS.join("\u{1f}");
    let variables = [UNSTABLE, ("CARGO_ENCODED_RUSTFLAGS", &encoded)];
    let arguments = [&what[..], STD, &how[..], &features[..]].concat();
    workspace.run_with(&variables, "cargo", &arguments)?;
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
    if module.name == VERDICTS.name {
        // Nobody downloads it.
        fs::copy(&raw, &small).context(module.name)?;
        return Ok(());
    }
    let (raw, small) = (raw.display().to_string(), small.display().to_string());
    let files = [raw.as_str(), "-o", small.as_str()];
    workspace.run(WASM_OPT, &[OPTIMISE, &files[..]].concat())
}

/// Installs the package's tools, at the versions of its lock file, unless they are there.
pub(crate) fn provide(workspace: &Workspace) -> Result<()> {
    let wanted = workspace.read("js/package-lock.json")?;
    let noted = workspace.path(INSTALLED);
    if fs::read_to_string(&noted).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    println!("installing: npm ci, in js/");
    let install = ["ci", "--prefix", "js", "--no-audit", "--no-fund"];
    workspace.run("npm", &install)?;
    fs::write(&noted, wanted).with_context(|| noted.display().to_string())
}

/// Builds the package, and writes down what its types say.
pub(crate) fn reference(workspace: &Workspace) -> Result<()> {
    build(workspace)?;
    let folder = workspace.target_folder()?.join("reference");
    let folder = folder.display().to_string();
    workspace.run(NODE, &["tests/node-shop/reference.mjs", &folder])
}

/// Builds the package, then shows in every runtime what it has to show.
pub(crate) fn test(workspace: &Workspace) -> Result<()> {
    build(workspace)?;
    workspace.run(PRETTIER, &["--check", "js", "tests/edge", "examples/edge"])?;
    let cli = ["build", "--package", "coinpay-cli", "--bin", "coinpay"];
    workspace.run("cargo", &cli)?;
    let sandbox = workspace.target_folder()?.join("debug/coinpay");
    let sandbox = sandbox.display().to_string();
    workspace.run(NODE, &["--no-warnings", "tests/edge/run.mjs", &sandbox])
}
