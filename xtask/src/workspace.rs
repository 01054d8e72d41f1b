//! Where the repository is, which text files it has, and how a command is run in it.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

/// Directories that hold what was built or fetched, not what was written. A directory with a
/// `CACHEDIR.TAG` is skipped too, wherever cargo was told to build.
pub(crate) const NOT_OURS: &[&str] =
    &[".git", ".cache", "target", "dist", "node_modules", "vendor"];

/// Variables that `cargo run` sets for this process. Handed on to another cargo they would make
/// build scripts run again that watch them.
const SET_BY_CARGO_RUN: &[&str] = &[
    "CARGO_PKG_",
    "CARGO_MANIFEST_",
    "CARGO_BIN_",
    "CARGO_CRATE_",
];

/// A text file of the repository.
#[derive(Clone, Debug)]
pub(crate) struct SourceFile {
    /// Relative to the root, with forward slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl SourceFile {
    pub(crate) fn has_extension(&self, extensions: &[&str]) -> bool {
        let extension = Path::new(&self.path).extension().and_then(OsStr::to_str);
        extension.is_some_and(|extension| extensions.contains(&extension))
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
}

impl Workspace {
    pub(crate) fn of_this_crate() -> Self {
        let own_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self {
            root: own_folder.parent().unwrap_or(own_folder).to_owned(),
        }
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    pub(crate) fn read(&self, relative: &str) -> Result<String> {
        fs::read_to_string(self.path(relative)).with_context(|| format!("cannot read {relative}"))
    }

    /// Every text file that belongs to the repository, in the order of their paths.
    pub(crate) fn text_files(&self) -> Result<Vec<SourceFile>> {
        let mut files = Vec::new();
        self.collect_text_files(&self.root, &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    fn collect_text_files(&self, folder: &Path, files: &mut Vec<SourceFile>) -> Result<()> {
        let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
            if NOT_OURS.contains(&name) || path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                if !path.join("CACHEDIR.TAG").exists() {
                    self.collect_text_files(&path, files)?;
                }
            } else if let Ok(text) = fs::read_to_string(&path) {
                let relative = path.strip_prefix(&self.root)?;
                let path = relative.to_string_lossy().replace('\\', "/");
                files.push(SourceFile { path, text });
            }
        }
        Ok(())
    }

    /// What cargo says of the workspace's own packages.
    pub(crate) fn metadata(&self) -> Result<Value> {
        let json = self.output("cargo", &["metadata", "--no-deps", "--format-version", "1"])?;
        serde_json::from_str(&json).context("cannot read what cargo metadata prints")
    }

    /// Where cargo puts what it builds.
    pub(crate) fn target_folder(&self) -> Result<PathBuf> {
        let metadata = self.metadata()?;
        let folder = metadata.get("target_directory").and_then(Value::as_str);
        Ok(PathBuf::from(folder.context(
            "cargo metadata does not say where the target directory is",
        )?))
    }

    /// Runs a program at the root; what it prints goes to the terminal.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, program: &str, arguments: &[S]) -> Result<()> {
        self.run_with(&[], program, arguments)
    }

    /// The same, with variables of the environment besides those that are set.
    pub(crate) fn run_with<S: AsRef<OsStr>>(
        &self,
        variables: &[(&str, &str)],
        program: &str,
        arguments: &[S],
    ) -> Result<()> {
        let mut command = self.command(program, arguments);
        let status = command
            .envs(variables.iter().copied())
            .status()
            .with_context(|| format!("cannot start {program}"))?;
        ensure!(status.success(), "`{}` failed: {status}", shown(&command));
        Ok(())
    }

    /// Runs a program at the root and returns what it prints on its standard output.
    pub(crate) fn output<S: AsRef<OsStr>>(&self, program: &str, arguments: &[S]) -> Result<String> {
        let mut command = self.command(program, arguments);
        let output = command
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| format!("cannot start {program}"))?;
        if !output.status.success() {
            print!("{}", String::from_utf8_lossy(&output.stdout));
            bail!("`{}` failed: {}", shown(&command), output.status);
        }
        String::from_utf8(output.stdout)
            .with_context(|| format!("`{}` does not print UTF-8", shown(&command)))
    }

    /// Whether a program is there and succeeds with these arguments; it prints nothing.
    pub(crate) fn succeeds(&self, program: &str, arguments: &[&str]) -> bool {
        let mut command = self.command(program, arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    fn command<S: AsRef<OsStr>>(&self, program: &str, arguments: &[S]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.root);
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if SET_BY_CARGO_RUN.iter().any(|set| text.starts_with(set)) {
                command.env_remove(&name);
            }
        }
        command
    }
}

/// A command as one would type it.
fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy()];
    words.extend(command.get_args().map(OsStr::to_string_lossy));
    words.join(" ")
}
