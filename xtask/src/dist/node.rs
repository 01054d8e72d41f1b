//! The npm packages: `coinpay-embed`, and for the platform that this is one with the addon and
//! one with the command, as the tools of N-API lay them out. npm installs the two that fit.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{Profile, copy, fresh, strip, target, version, write};
use crate::workspace::Workspace;
use crate::{edge, npm};

/// What was packed.
#[derive(Debug)]
pub(crate) struct Packages {
    pub(crate) embed: PathBuf,
    pub(crate) addon: PathBuf,
    pub(crate) command: PathBuf,
}

/// A platform in npm's words.
#[derive(Debug, PartialEq, Eq)]
struct Platform {
    os: &'static str,
    cpu: &'static str,
    /// On Linux: how the C library is called, and how npm calls it.
    libc: Option<(&'static str, &'static str)>,
}

/// `coinpay-embed-<version>.tgz` and those of the platform, beside each other in `folder`.
pub(crate) fn pack(workspace: &Workspace, profile: Profile, folder: &Path) -> Result<Packages> {
    let platform = Platform::of(&target(workspace)?)?;
    let version = version(workspace)?;
    let built = build(workspace, profile)?;
    edge::build(workspace)?;
    let staged = fresh(folder, "npm")?;
    let addon = Platform::name(&platform, "coinpay-embed");
    let command = Platform::name(&platform, "coinpay-embed-cli");
    let embed = stage_embed(workspace, &staged, &version, &[&addon, &command])?;
    let root = platform.stage(workspace, &staged, &addon, &version)?;
    copy(
        &built.join("libcoinpay_node.so"),
        &root.join("coinpay.node"),
    )?;
    strip(workspace, profile, &root, &["coinpay.node"])?;
    let cli = platform.stage(workspace, &staged, &command, &version)?;
    copy(&built.join("coinpay"), &cli.join("bin/coinpay"))?;
    strip(workspace, profile, &cli, &["bin/coinpay"])?;
    let packages = Packages {
        embed: npm::pack(workspace, &embed, folder)?,
        addon: npm::pack(workspace, &root, folder)?,
        command: npm::pack(workspace, &cli, folder)?,
    };
    fs::remove_dir_all(&staged)?;
    Ok(packages)
}

/// Builds the addon and the command; gives where they lie.
fn build(workspace: &Workspace, profile: Profile) -> Result<PathBuf> {
    let addon = ["build", "--package", "coinpay-node"];
    let command = ["--package", "coinpay-cli", "--bin", "coinpay", "--lib"];
    let (flags, name): (&[&str], _) = match profile {
        Profile::Release => (&["--profile", "dist"], "dist"),
        Profile::Debug => (&[], "debug"),
    };
    workspace.run("cargo", &[&addon[..], &command, flags].concat())?;
    Ok(workspace.target_folder()?.join(name))
}

/// What is in the tarball, with the packages that npm is to install beside it if they fit.
fn stage_embed(
    workspace: &Workspace,
    staged: &Path,
    version: &str,
    optional: &[&str],
) -> Result<PathBuf> {
    let root = staged.join("coinpay-embed");
    copy_folder(&workspace.path("js/dist"), &root.join("dist"))?;
    for name in ["LICENSE", "js/README.md"] {
        let file = Path::new(name).file_name().context("a name")?;
        copy(&workspace.path(name), &root.join(file))?;
    }
    copy(
        &workspace.path("js/package.json"),
        &root.join("package.json"),
    )?;
    // By npm, which leaves the rest in its order: conditions of exports are tried one by one.
    let place = root.display().to_string();
    let edit = ["pkg", "--prefix", &place];
    let unneeded = ["delete", "devDependencies", "scripts"];
    workspace.run("npm", &[&edit[..], &unneeded].concat())?;
    for name in optional {
        let entry = format!("optionalDependencies.{name}={version}");
        workspace.run("npm", &[&edit[..], &["set", &entry]].concat())?;
    }
    Ok(root)
}

impl Platform {
    fn of(target: &str) -> Result<Self> {
        let cpu = match target.split('-').next() {
            Some("x86_64") => "x64",
            Some("aarch64") => "arm64",
            _ => anyhow::bail!("no npm package is made for {target}"),
        };
        let (os, libc) = match target {
            _ if target.ends_with("-linux-gnu") => ("linux", Some(("gnu", "glibc"))),
            _ if target.ends_with("-linux-musl") => ("linux", Some(("musl", "musl"))),
            _ if target.ends_with("-apple-darwin") => ("darwin", None),
            _ => anyhow::bail!("no npm package is made for {target}"),
        };
        Ok(Self { os, cpu, libc })
    }

    fn name(&self, prefix: &str) -> String {
        let libc = self.libc.map(|(name, _)| format!("-{name}"));
        let libc = libc.unwrap_or_default();
        format!("{prefix}-{}-{}{libc}", self.os, self.cpu)
    }

    /// A folder with all of a platform's package but its binary.
    fn stage(
        &self,
        workspace: &Workspace,
        staged: &Path,
        name: &str,
        version: &str,
    ) -> Result<PathBuf> {
        let root = staged.join(name);
        let manifest = self.manifest(name, version);
        write(&root.join("package.json"), &format!("{manifest:#}\n"))?;
        copy(&workspace.path("LICENSE"), &root.join("LICENSE"))?;
        let readme =
            format!("# {name}\n\nA part of the package coinpay-embed, for one platform.\n");
        write(&root.join("README.md"), &readme)?;
        Ok(root)
    }

    fn manifest(&self, name: &str, version: &str) -> Value {
        let mut manifest = json!({
            "name": name,
            "version": version,
            "description": "A part of coinpay-embed, for one platform",
            "license": "MIT",
            "files": ["bin", "coinpay.node"],
            "engines": { "node": ">=20" },
            "os": [self.os],
            "cpu": [self.cpu],
        });
        let is_addon = !name.contains("-cli-");
        if let Some(fields) = manifest.as_object_mut() {
            if is_addon {
                fields.insert("main".to_owned(), json!("coinpay.node"));
            }
            if let Some((_, libc)) = self.libc {
                fields.insert("libc".to_owned(), json!([libc]));
            }
        }
        manifest
    }
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy_folder(&from, &to)?;
        } else {
            copy(&from, &to)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_is_named_as_npm_names_it() {
        let platform = Platform::of("x86_64-unknown-linux-gnu").expect("known");
        assert_eq!(
            platform.name("coinpay-embed"),
            "coinpay-embed-linux-x64-gnu"
        );
        let platform = Platform::of("aarch64-apple-darwin").expect("known");
        assert_eq!(platform.name("coinpay-embed"), "coinpay-embed-darwin-arm64");
        Platform::of("riscv64gc-unknown-none-elf").expect_err("nobody runs Node there");
    }

    #[test]
    fn npm_installs_a_package_only_where_it_fits() {
        let platform = Platform::of("x86_64-unknown-linux-musl").expect("known");
        let manifest = platform.manifest("coinpay-embed-linux-x64-musl", "1.2.3");
        assert_eq!(manifest["os"], json!(["linux"]));
        assert_eq!(manifest["libc"], json!(["musl"]));
        assert_eq!(manifest["main"], json!("coinpay.node"));
    }
}
