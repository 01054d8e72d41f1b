//! `cargo xtask dist`: what users download. Archives hold what was built here, for the platform
//! that this is.

mod node;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::workspace::Workspace;

pub(crate) use node::pack as node;

/// How what goes into an archive is built: for users, or quickly for a test of the packing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    Release,
    Debug,
}

/// The archives by their names on the command line.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Archive {
    /// Header, libraries, pkg-config file, command.
    C,
    /// The Composer package and the plugin for WooCommerce, each with library and command.
    Php,
    /// The npm package, and this platform's packages with the addon and the command.
    Node,
}

pub(crate) fn run(workspace: &Workspace, archive: Archive) -> Result<()> {
    let folder = workspace.path("dist");
    let paths = match archive {
        Archive::C => vec![c(workspace, Profile::Release, &folder)?],
        Archive::Php => vec![
            php(workspace, Profile::Release, &folder)?,
            plugin(workspace, Profile::Release, &folder)?,
        ],
        Archive::Node => {
            let packed = node(workspace, Profile::Release, &folder)?;
            vec![packed.embed, packed.addon, packed.command]
        }
    };
    for path in paths {
        println!("wrote {}", path.display());
    }
    Ok(())
}

/// `coinpay-<version>-<target>.tar.gz`.
pub(crate) fn c(workspace: &Workspace, profile: Profile, folder: &Path) -> Result<PathBuf> {
    let (version, target) = (version(workspace)?, target(workspace)?);
    let built = build(workspace, profile)?;
    let name = format!("coinpay-{version}-{target}");
    let root = fresh(folder, &name)?;
    let files = [
        (workspace.path("include/coinpay.h"), "include/coinpay.h"),
        (built.join("libcoinpay.so"), "lib/libcoinpay.so"),
        (built.join("libcoinpay.a"), "lib/libcoinpay.a"),
        (built.join("coinpay"), "bin/coinpay"),
        (workspace.path("docs/c.md"), "share/doc/coinpay/c.md"),
        (
            workspace.path("docs/errors.md"),
            "share/doc/coinpay/errors.md",
        ),
        (
            workspace.path("examples/c/shop.c"),
            "share/doc/coinpay/shop.c",
        ),
        (workspace.path("LICENSE"), "share/doc/coinpay/LICENSE"),
    ];
    for (from, to) in files {
        copy(&from, &root.join(to))?;
    }
    strip(
        workspace,
        profile,
        &root,
        &["lib/libcoinpay.so", "bin/coinpay"],
    )?;
    write(
        &root.join("lib/pkgconfig/coinpay.pc"),
        &pkg_config(&version),
    )?;
    let archive = folder.join(format!("{name}.tar.gz"));
    let inside = folder.as_os_str();
    let words = [
        "-czf".as_ref(),
        archive.as_os_str(),
        "-C".as_ref(),
        inside,
        name.as_ref(),
    ];
    workspace.run("tar", &words)?;
    Ok(archive)
}

/// `coinpay-php-<version>.zip`.
pub(crate) fn php(workspace: &Workspace, profile: Profile, folder: &Path) -> Result<PathBuf> {
    let version = version(workspace)?;
    let root = fresh(folder, "coinpay-embed")?;
    package(workspace, profile, &root)?;
    zip(
        workspace,
        folder,
        "coinpay-embed",
        &format!("coinpay-php-{version}.zip"),
    )
}

/// `coinpay-woocommerce-<version>.zip`: the plugin as WordPress installs it, the package inside.
pub(crate) fn plugin(workspace: &Workspace, profile: Profile, folder: &Path) -> Result<PathBuf> {
    let version = version(workspace)?;
    let main = workspace.read("php/woocommerce/coinpay-woocommerce.php")?;
    for line in [
        format!(" * Version: {version}"),
        format!("const VERSION = '{version}';"),
    ] {
        let there = main.lines().any(|one| one == line);
        ensure!(there, "the plugin is not of this version: no line `{line}`");
    }
    let name = "coinpay-woocommerce";
    let root = fresh(folder, name)?;
    for file in workspace.text_files()? {
        if let Some(inside) = file.path.strip_prefix("php/woocommerce/") {
            copy(&workspace.path(&file.path), &root.join(inside))?;
        }
    }
    copy(&workspace.path("LICENSE"), &root.join("LICENSE"))?;
    let guide = workspace.path("docs/woocommerce.md");
    copy(&guide, &root.join("docs/woocommerce.md"))?;
    let vendor = root.join("vendor/coinpay-embed");
    package(workspace, profile, &vendor)?;
    // WordPress unpacks each file as a whole in memory, so that none goes in with its symbols.
    for file in ["lib/libcoinpay.so", "bin/coinpay"] {
        let path = vendor.join(file);
        workspace.run("strip", &["--strip-unneeded".as_ref(), path.as_os_str()])?;
    }
    zip(workspace, folder, name, &format!("{name}-{version}.zip"))
}

/// The Composer package, with what it needs beside PHP.
fn package(workspace: &Workspace, profile: Profile, root: &Path) -> Result<()> {
    let built = build(workspace, profile)?;
    for file in workspace.text_files()? {
        let ours = file.path.strip_prefix("php/");
        // The plugin for WooCommerce is an archive of its own.
        if let Some(inside) = ours.filter(|inside| !inside.starts_with("woocommerce/")) {
            copy(&workspace.path(&file.path), &root.join(inside))?;
        }
    }
    let files = [
        (workspace.path("include/coinpay.h"), "lib/coinpay.h"),
        (built.join("libcoinpay.so"), "lib/libcoinpay.so"),
        (built.join("coinpay"), "bin/coinpay"),
        (workspace.path("docs/php.md"), "docs/php.md"),
        (workspace.path("LICENSE"), "LICENSE"),
    ];
    for (from, to) in files {
        copy(&from, &root.join(to))?;
    }
    strip(
        workspace,
        profile,
        root,
        &["lib/libcoinpay.so", "bin/coinpay"],
    )
}

/// Packs `inside`, a folder in `folder`, into an archive beside it.
fn zip(workspace: &Workspace, folder: &Path, inside: &str, archive: &str) -> Result<PathBuf> {
    let archive = folder.join(archive);
    let _absent = fs::remove_file(&archive);
    // zip writes names as it is given them, so it has to stand in the folder.
    let script = "cd \"$1\" && zip --quiet --recurse-paths \"$2\" \"$3\"";
    let words = [
        "-c".as_ref(),
        script.as_ref(),
        "zip".as_ref(),
        folder.as_os_str(),
        archive.as_os_str(),
        inside.as_ref(),
    ];
    workspace.run("sh", &words)?;
    Ok(archive)
}

/// Builds the library and the command; gives where they lie.
pub(crate) fn build(workspace: &Workspace, profile: Profile) -> Result<PathBuf> {
    let packages = [
        "build",
        "--package",
        "coinpay-ffi",
        "--package",
        "coinpay-cli",
    ];
    let (flags, name): (&[&str], _) = match profile {
        Profile::Release => (&["--profile", "dist"], "dist"),
        Profile::Debug => (&[], "debug"),
    };
    workspace.run("cargo", &[&packages[..], flags].concat())?;
    Ok(workspace.target_folder()?.join(name))
}

fn version(workspace: &Workspace) -> Result<String> {
    let metadata = workspace.metadata()?;
    let version = metadata.pointer("/packages/0/version");
    let version = version.and_then(serde_json::Value::as_str);
    Ok(version
        .context("cargo metadata says no version")?
        .to_owned())
}

fn target(workspace: &Workspace) -> Result<String> {
    let told = workspace.output("rustc", &["-vV"])?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc says no host")?.to_owned())
}

/// An empty folder, whatever an earlier run left there.
fn fresh(folder: &Path, name: &str) -> Result<PathBuf> {
    let root = folder.join(name);
    if root.is_dir() {
        fs::remove_dir_all(&root).context("an earlier archive's folder")?;
    }
    fs::create_dir_all(&root)?;
    Ok(root)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(from, to).with_context(|| from.display().to_string())?;
    Ok(())
}

fn write(to: &Path, text: &str) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(to, text).with_context(|| to.display().to_string())
}

fn strip(workspace: &Workspace, profile: Profile, root: &Path, files: &[&str]) -> Result<()> {
    if profile == Profile::Debug {
        return Ok(());
    }
    for file in files {
        let path = root.join(file);
        workspace.run("strip", &["--strip-unneeded".as_ref(), path.as_os_str()])?;
    }
    Ok(())
}

/// Relative to where the file lies, so that the archive can be unpacked anywhere.
fn pkg_config(version: &str) -> String {
    format!(
        "prefix=${{pcfiledir}}/../..\n\
         libdir=${{prefix}}/lib\n\
         includedir=${{prefix}}/include\n\n\
         Name: coinpay\n\
         Description: Crypto payments through CoinPay\n\
         Version: {version}\n\
         Cflags: -I${{includedir}}\n\
         Libs: -L${{libdir}} -lcoinpay\n\
         Libs.private: -lpthread -ldl -lm\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_can_be_unpacked_anywhere() {
        let text = pkg_config("1.2.3");
        assert!(text.starts_with("prefix=${pcfiledir}/../..\n"));
        assert!(text.contains("\nVersion: 1.2.3\n"));
    }

    #[test]
    fn the_version_is_that_of_the_workspace() {
        let version = version(&Workspace::of_this_crate()).expect("a version");
        assert_eq!(version, env!("CARGO_PKG_VERSION"));
    }
}
