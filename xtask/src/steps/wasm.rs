//! The core as WebAssembly: it has to build for a host that offers nothing, and the module has
//! to ask nothing of its host. Every function of the core is kept in the module, called or not,
//! so that no caller has to be written for each.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, ensure};
use wasmparser::{KnownCustom, Name, Parser, Payload};

use crate::workspace::Workspace;

const TARGET: &str = "wasm32-unknown-unknown";

/// Parts of the core that must be found in the module: a check of nothing proves nothing.
const MUST_CONTAIN: &[&str] = &[
    "coinpay_core::api",
    "coinpay_core::error",
    "coinpay_core::flow",
    "coinpay_core::money",
    "coinpay_core::order::decide",
    "coinpay_core::pay",
    "coinpay_core::store",
    "coinpay_core::webhook",
];

pub(super) fn run(workspace: &Workspace) -> Result<()> {
    let what = ["rustc", "--package", "coinpay-core", "--lib"];
    let how = ["--crate-type", "cdylib", "--target", TARGET];
    let keep_all = [
        "--",
        "-C",
        "link-dead-code",
        "-C",
        "link-arg=--no-gc-sections",
    ];
    workspace.run("cargo", &[&what[..], &how[..], &keep_all[..]].concat())?;
    let folder = workspace.target_folder()?.join(TARGET).join("debug");
    let path = folder.join("coinpay_core.wasm");
    let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
    let module = Module::read(&bytes)?;
    module.check(MUST_CONTAIN)?;
    println!("{} functions, no imports", module.functions.len());
    Ok(())
}

#[derive(Debug, Default)]
struct Module {
    /// As `module.name`.
    imports: BTreeSet<String>,
    functions: BTreeSet<String>,
}

impl Module {
    fn read(bytes: &[u8]) -> Result<Self> {
        let mut module = Self::default();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.context("not a WebAssembly module")? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import?;
                        module
                            .imports
                            .insert(format!("{}.{}", import.module, import.name));
                    }
                }
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(names) = section.as_known() {
                        for subsection in names {
                            module.read_function_names(subsection?)?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(module)
    }

    fn read_function_names(&mut self, name: Name<'_>) -> Result<()> {
        if let Name::Function(names) = name {
            for naming in names {
                self.functions.insert(naming?.name.to_owned());
            }
        }
        Ok(())
    }

    fn check(&self, must_contain: &[&str]) -> Result<()> {
        let imports: Vec<_> = self.imports.iter().map(String::as_str).collect();
        ensure!(
            imports.is_empty(),
            "the module imports from its host: {}",
            imports.join(", ")
        );
        for part in must_contain {
            let symbol = symbol_part(part);
            ensure!(
                self.functions.iter().any(|name| name.contains(&symbol)),
                "no function of {part} is in the module, so it was not checked"
            );
        }
        Ok(())
    }
}

/// How a path is spelled within the symbols of its functions, in either of rustc's manglings.
fn symbol_part(path: &str) -> String {
    let names = path.split("::");
    names.map(|name| format!("{}{name}", name.len())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The magic number and version, then these sections.
    fn module(sections: &[&[u8]]) -> Vec<u8> {
        [&b"\0asm\x01\0\0\0"[..], &sections.concat()].concat()
    }

    /// One function type without parameters or results.
    const TYPES: &[u8] = b"\x01\x04\x01\x60\0\0";
    /// The function `now` of the module `env`.
    const IMPORTS: &[u8] = b"\x02\x0b\x01\x03env\x03now\0\0";
    /// A name section that calls function 0 `_1a1b`.
    const NAMES: &[u8] = b"\0\x0f\x04name\x01\x08\x01\0\x05_1a1b";

    #[test]
    fn an_import_is_found_and_named() {
        let module = Module::read(&module(&[TYPES, IMPORTS])).expect("a module");
        let error = module.check(&[]).expect_err("it imports");
        assert!(error.to_string().contains("env.now"));
    }

    #[test]
    fn a_module_without_the_code_to_check_is_refused() {
        let module = Module::read(&module(&[TYPES, NAMES])).expect("a module");
        module.check(&["a::b"]).expect("it is there");
        let error = module.check(&["a::c"]).expect_err("it is not there");
        assert!(error.to_string().contains("a::c"));
    }

    #[test]
    fn bytes_that_are_no_module_are_refused() {
        Module::read(b"not wasm").expect_err("no module");
    }
}
