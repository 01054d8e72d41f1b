//! Runs the built program and watches what it prints.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_coinpay");

/// Not in the form of a key, so that nothing but care keeps it off the screen.
pub(crate) const API_KEY: &str = "cp_test_7d1fe5c2a9";
pub(crate) const SECRET: &str = "newest-93ab17";
pub(crate) const OLD_SECRET: &str = "older-55cd02";

/// What a run of the program gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// The one line of JSON that was printed.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.stdout.lines().count(), 1, "{self:#?}");
        serde_json::from_str(&self.stdout).expect("a line of JSON")
    }

    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "no {text:?} in {self:#?}");
        self
    }
}

/// The program with these variables and no others.
pub(crate) fn program(
    arguments: &[&str],
    variables: &[(String, String)],
    folder: &Path,
) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .args(arguments)
        .env_clear()
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

#[track_caller]
pub(crate) fn finish(mut command: Command, input: &[u8]) -> Ran {
    let mut child = command.spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("its input");
    // A command that reads no input may be gone already.
    let _gone = stdin.write_all(input);
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let ran = Ran {
        code: output.status.code().expect("no signal ended it"),
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
    };
    prints_no_secret(&ran);
    ran
}

#[track_caller]
fn prints_no_secret(ran: &Ran) {
    for secret in [API_KEY, SECRET, OLD_SECRET] {
        let printed = ran.stdout.contains(secret) || ran.stderr.contains(secret);
        assert!(!printed, "{secret} is printed: {ran:#?}");
    }
}

/// A folder that goes with its value.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("coinpay-commands-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, contents).expect("a file");
        path.to_str().expect("plain text").to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left_over = std::fs::remove_dir_all(&self.0);
    }
}
