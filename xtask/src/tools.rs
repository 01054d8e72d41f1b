//! The tools that steps need beside cargo: found, else installed, else named in an error that
//! says how to install them. CONTRIBUTING.md lists them for people.

mod databases;

use std::sync::{Mutex, PoisonError};

use anyhow::{Result, bail};

use crate::workspace::Workspace;

const OLDEST_NODE: u32 = 18;

/// Something that a step needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    /// A rustup component, with the cargo subcommand that it brings.
    Component {
        name: &'static str,
        subcommand: &'static str,
    },
    /// The standard library's sources, to be compiled with a program.
    Sources,
    /// A compilation target.
    Target(&'static str),
    /// A cargo subcommand in a package of its own.
    Subcommand {
        package: &'static str,
        name: &'static str,
    },
    /// Node.js and npm.
    Node,
    /// Valgrind with callgrind; there is none outside of Linux, and nothing counts there.
    Valgrind,
    /// Programs from Debian packages, all of which have to be there.
    Packages {
        programs: &'static [(&'static str, &'static [&'static str])],
        packages: &'static [&'static str],
    },
    /// Chromium, with fonts for what the pages are written in.
    Chromium,
    /// PostgreSQL 15's and MariaDB 10.11's servers, or newer ones.
    Databases,
}

pub(crate) const RUSTFMT: Tool = Tool::Component {
    name: "rustfmt",
    subcommand: "fmt",
};
pub(crate) const CLIPPY: Tool = Tool::Component {
    name: "clippy",
    subcommand: "clippy",
};
pub(crate) const CARGO_FUZZ: Tool = Tool::Subcommand {
    package: "cargo-fuzz",
    name: "fuzz",
};
pub(crate) const WASM: Tool = Tool::Target("wasm32-unknown-unknown");
pub(crate) const STD_SOURCES: Tool = Tool::Sources;

/// Compilers, binutils, and the JSON library that the tests in C read vectors with.
pub(crate) const C: Tool = Tool::Packages {
    programs: &[
        ("gcc", &["--version"]),
        ("g++", &["--version"]),
        ("nm", &["--version"]),
        ("pkg-config", &["--exists", "jansson"]),
    ],
    packages: &["gcc", "g++", "binutils", "pkg-config", "libjansson-dev"],
};

/// PHP as a shop's server has it, and what asks php-fpm. The extensions are asked for by name.
pub(crate) const PHP: Tool = Tool::Packages {
    programs: &[
        (
            "php",
            &[
                "-r",
                "exit((int) !(extension_loaded('ffi') && extension_loaded('curl')));",
            ],
        ),
        (
            "php",
            &[
                "-r",
                "exit(count(array_intersect(['mysql', 'pgsql', 'sqlite'],
                    PDO::getAvailableDrivers())) - 3);",
            ],
        ),
        ("php", &["-r", "exit((int) !extension_loaded('mysqli'));"]),
        ("phpunit", &["--version"]),
        ("composer", &["--version"]),
        (
            "sh",
            &[
                "-c",
                "command -v php-fpm8.2 || test -x /usr/sbin/php-fpm8.2",
            ],
        ),
        (
            "sh",
            &[
                "-c",
                "command -v cgi-fcgi && command -v zip && command -v unzip",
            ],
        ),
    ],
    packages: &[
        "composer",
        "php8.2-cli",
        "php8.2-fpm",
        "php8.2-curl",
        "php8.2-mbstring",
        "php8.2-mysql",
        "php8.2-pgsql",
        "php8.2-sqlite3",
        "php8.2-xml",
        "phpunit",
        "libfcgi-bin",
        "unzip",
        "zip",
    ],
};

/// Packages that bring a service which nobody here asked for.
const SERVICES: &[(&str, &str)] = &[
    ("php8.2-fpm", "php8.2-fpm.service"),
    ("nginx-light", "nginx.service"),
];

/// A web server before php-fpm.
pub(crate) const NGINX: Tool = Tool::Packages {
    programs: &[("sh", &["-c", "command -v nginx || test -x /usr/sbin/nginx"])],
    packages: &["nginx-light"],
};

/// Makes sure that the tool is there.
pub(crate) fn provide(workspace: &Workspace, tool: Tool) -> Result<()> {
    match tool {
        Tool::Component { name, subcommand } => {
            if workspace.succeeds("cargo", &[subcommand, "--version"]) {
                return Ok(());
            }
            rustup(workspace, &["component", "add", name])
        }
        Tool::Sources => {
            if has_sources(workspace) {
                return Ok(());
            }
            rustup(workspace, &["component", "add", "rust-src"])
        }
        Tool::Target(target) => {
            if has_target(workspace, target) {
                return Ok(());
            }
            rustup(workspace, &["target", "add", target])
        }
        Tool::Subcommand { package, name } => {
            if workspace.succeeds("cargo", &[name, "--version"]) {
                return Ok(());
            }
            println!("installing: cargo install {package}");
            workspace.run("cargo", &["install", "--locked", package])
        }
        Tool::Node => node(workspace),
        Tool::Valgrind => valgrind(workspace),
        Tool::Packages { programs, packages } => {
            let there =
                |(program, question): &(&str, &[&str])| workspace.succeeds(program, question);
            if programs.iter().all(there) {
                return Ok(());
            }
            databases::install_quietly(workspace, packages)?;
            for (package, service) in SERVICES {
                if packages.contains(package) && workspace.succeeds("systemctl", &["--version"]) {
                    // Where there is no systemd running, this only takes a link away.
                    workspace.succeeds("systemctl", &["disable", "--quiet", service]);
                }
            }
            Ok(())
        }
        Tool::Chromium => chromium(workspace),
        Tool::Databases => databases::provide(workspace),
    }
}

fn has_sources(workspace: &Workspace) -> bool {
    let question = ["--print", "sysroot"];
    let folder = workspace.output("rustc", &question).unwrap_or_default();
    let lock_file = "lib/rustlib/src/rust/library/Cargo.lock";
    !folder.is_empty()
        && std::path::Path::new(folder.trim())
            .join(lock_file)
            .is_file()
}

fn has_target(workspace: &Workspace, target: &str) -> bool {
    let question = ["--print", "target-libdir", "--target", target];
    let folder = workspace.output("rustc", &question).unwrap_or_default();
    !folder.is_empty() && std::path::Path::new(folder.trim()).is_dir()
}

fn rustup(workspace: &Workspace, arguments: &[&str]) -> Result<()> {
    let wanted = arguments.join(" ");
    if !workspace.succeeds("rustup", &["--version"]) {
        bail!("`rustup {wanted}` is needed, but there is no rustup: install it from rustup.rs");
    }
    println!("installing: rustup {wanted}");
    workspace.run("rustup", arguments)
}

fn node(workspace: &Workspace) -> Result<()> {
    if !has_node(workspace) {
        apt_install(workspace, &["nodejs", "npm"])?;
    }
    let version = workspace.output("node", &["--version"])?;
    match major_version(&version) {
        Some(major) if major >= OLDEST_NODE => Ok(()),
        _ => bail!(
            "Node.js {OLDEST_NODE} or newer is needed, here is {}",
            version.trim()
        ),
    }
}

fn has_node(workspace: &Workspace) -> bool {
    ["node", "npm"]
        .iter()
        .all(|program| workspace.succeeds(program, &["--version"]))
}

fn chromium(workspace: &Workspace) -> Result<()> {
    if workspace.succeeds("chromium", &["--version"]) {
        return Ok(());
    }
    let fonts = ["fonts-dejavu-core", "fonts-vlgothic"];
    apt_install(workspace, &["chromium", fonts[0], fonts[1]])
}

fn valgrind(workspace: &Workspace) -> Result<()> {
    if !cfg!(target_os = "linux") || workspace.succeeds("valgrind", &["--version"]) {
        return Ok(());
    }
    // Debian's valgrind needs the C library's symbols to start at all.
    apt_install(workspace, &["valgrind", "libc6-dbg"])
}

fn apt_install(workspace: &Workspace, packages: &[&str]) -> Result<()> {
    // One at a time, whoever asks; the lists are fetched once.
    static FETCHED: Mutex<bool> = Mutex::new(false);
    let mut fetched = FETCHED.lock().unwrap_or_else(PoisonError::into_inner);
    let names = packages.join(" ");
    if !workspace.succeeds("apt-get", &["--version"]) {
        bail!("{names}: needed and not found, and there is no apt-get to install it with");
    }
    let mut prefix = vec!["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
    if !is_root(workspace) {
        if !workspace.succeeds("sudo", &["-n", "true"]) {
            bail!(
                "{names}: needed and not found; run `sudo apt-get install {names}` and try again"
            );
        }
        prefix.splice(0..0, ["sudo", "-n"]);
    }
    println!("installing: apt-get install {names}");
    let install = ["install", "--yes", "--no-install-recommends", "--quiet=2"];
    let [program, ref shared @ ..] = prefix[..] else {
        bail!("an empty command");
    };
    if !*fetched {
        workspace.run(program, &[shared, &["update", "--quiet"]].concat())?;
        *fetched = true;
    }
    workspace.run(program, &[shared, &install, packages].concat())
}

fn is_root(workspace: &Workspace) -> bool {
    workspace
        .output("id", &["-u"])
        .is_ok_and(|id| id.trim() == "0")
}

/// The first number of `v20.11.1`.
fn major_version(version: &str) -> Option<u32> {
    let digits = version.trim().strip_prefix('v')?;
    digits.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_node_is_read() {
        assert_eq!(major_version("v20.11.1\n"), Some(20));
        assert_eq!(major_version("20.11.1"), None);
        assert_eq!(major_version("vnext"), None);
    }
}
