//! Which package of the workspace may depend on which: the core on none, nothing on a binding.

use anyhow::{Context, Result};
use serde_json::Value;

use super::{Finding, Rule};

/// Each package with the packages of ours that it may depend on.
const ARROWS: &[(&str, &[&str])] = &[
    ("coinpay-core", &[]),
    ("coinpay-cli", &["coinpay-core"]),
    ("coinpay-ffi", &["coinpay-core"]),
    ("coinpay-node", &["coinpay-core"]),
    ("coinpay-wasm", &["coinpay-core"]),
    ("coinpay-simulator", &["coinpay-core"]),
    ("coinpay-bench", &["coinpay-core", "coinpay-stores"]),
    ("coinpay-stores", &["coinpay-core"]),
    ("xtask", &["coinpay-core"]),
];

/// Reads what `cargo metadata --no-deps` prints.
pub(super) fn check(metadata: &Value) -> Result<Vec<Finding>> {
    let packages = metadata.get("packages").and_then(Value::as_array);
    let packages = packages.context("cargo metadata lists no packages")?;
    let names: Vec<_> = packages.iter().filter_map(name).collect();
    let mut findings = Vec::new();
    for package in packages {
        let name = name(package).context("a package without a name")?;
        let mut report = |message: String| {
            findings.push(Finding::new(Rule::Arrow, name, 0, message));
        };
        let Some((_, allowed)) = ARROWS.iter().find(|(from, _)| *from == name) else {
            report("has no row in xtask/src/tidy/arrows.rs".to_owned());
            continue;
        };
        let dependencies = package.get("dependencies").and_then(Value::as_array);
        for dependency in dependencies.into_iter().flatten().filter_map(self::name) {
            if names.contains(&dependency) && !allowed.contains(&dependency) {
                report(format!("must not depend on {dependency}"));
            }
        }
    }
    Ok(findings)
}

fn name(value: &Value) -> Option<&str> {
    value.get("name").and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn messages(packages: &[(&str, &[&str])]) -> Vec<String> {
        let packages: Vec<_> = packages
            .iter()
            .map(|(name, dependencies)| {
                let dependencies: Vec<_> = dependencies
                    .iter()
                    .map(|name| json!({"name": name}))
                    .collect();
                json!({"name": name, "dependencies": dependencies})
            })
            .collect();
        let findings = check(&json!({"packages": packages})).expect("metadata");
        findings.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn bindings_may_depend_on_the_core_and_on_strangers() {
        let packages: [(&str, &[&str]); 2] = [
            ("coinpay-core", &["serde"]),
            ("coinpay-cli", &["coinpay-core", "clap"]),
        ];
        assert!(messages(&packages).is_empty());
    }

    #[test]
    fn the_core_depends_on_no_package_of_ours() {
        let packages: [(&str, &[&str]); 2] =
            [("coinpay-core", &["coinpay-cli"]), ("coinpay-cli", &[])];
        let found = ["coinpay-core: must not depend on coinpay-cli"];
        assert_eq!(messages(&packages), found);
    }

    #[test]
    fn nothing_depends_on_a_sibling() {
        let packages: [(&str, &[&str]); 2] =
            [("coinpay-ffi", &[]), ("coinpay-node", &["coinpay-ffi"])];
        let found = ["coinpay-node: must not depend on coinpay-ffi"];
        assert_eq!(messages(&packages), found);
    }

    #[test]
    fn a_package_without_a_rule_is_found() {
        assert_eq!(messages(&[("coinpay-new", &[])]).len(), 1);
    }
}
