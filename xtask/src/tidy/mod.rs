//! `cargo xtask tidy`: house rules as code, for what no compiler or formatter checks. Each rule
//! is a function from text to findings, in a file beside this one, tested on text that breaks it.

mod arrows;
mod exceptions;
mod links;
mod map;
mod rust_source;
mod text;

use std::fmt;

use anyhow::{Result, bail};

use crate::workspace::Workspace;

/// A place where a rule is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Finding {
    rule: Rule,
    path: String,
    /// Counted from 1; 0 means the file as a whole.
    line: usize,
    message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    Arrow,
    BannedWord,
    BrokenLink,
    FileLength,
    LineWidth,
    MachinePath,
    Map,
    ModuleHeader,
    TrailingSpace,
}

impl Finding {
    fn new(rule: Rule, path: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            rule,
            path: path.to_owned(),
            line,
            message: message.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.message),
            line => write!(f, "{}:{line}: {}", self.path, self.message),
        }
    }
}

pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let mut findings = Vec::new();
    for file in workspace.text_files()? {
        findings.extend(text::check(&file));
        if file.has_extension(&["rs"]) {
            findings.extend(rust_source::check(&file));
        }
        if file.has_extension(&["md"]) {
            let exists = |path: &str| workspace.path(path).exists();
            findings.extend(links::check(&file, exists));
            findings.extend(map::check(&file, exists));
        }
        if let Some(warning) = text::long_file_warning(&file) {
            println!("warning: {warning}");
        }
    }
    findings.extend(arrows::check(&workspace.metadata()?)?);
    let findings = exceptions::apply(exceptions::ALL, findings);
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        1 => bail!("one house rule is broken, see above"),
        count => bail!("house rules are broken in {count} places, see above"),
    }
}
