//! `cargo xtask codegen`: the files that are made from the code, so that no fact is kept twice
//! by hand. A new generator is one row of the table and a file beside this one.

mod errors;
mod header;
mod php;
mod pot;
mod snippets;
mod transitions;
mod typescript;

use std::fs;

use anyhow::{Context, Result, bail};

use crate::vectors;
use crate::workspace::Workspace;

/// A file as it has to be.
#[derive(Debug, PartialEq, Eq)]
struct Output {
    path: String,
    text: String,
}

/// Something that makes files; it reads the repository and writes nothing.
type Generator = fn(&Workspace) -> Result<Vec<Output>>;

const GENERATORS: &[Generator] = &[
    errors::generate,
    header::generate,
    php::generate,
    pot::generate,
    manifest,
    snippets::generate,
    transitions::generate,
    typescript::generate,
];

/// Writes what has changed.
pub(crate) fn write(workspace: &Workspace) -> Result<()> {
    for output in stale(workspace)? {
        let path = workspace.path(&output.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        fs::write(&path, output.text).with_context(|| output.path.clone())?;
        println!("wrote {}", output.path);
    }
    Ok(())
}

/// Fails if a file is not what would be written.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let stale = stale(workspace)?;
    if stale.is_empty() {
        return Ok(());
    }
    for output in &stale {
        match workspace.read(&output.path) {
            Ok(found) => println!("{}: {}", output.path, difference(&output.text, &found)),
            Err(_) => println!("{}: missing", output.path),
        }
    }
    let paths: Vec<_> = stale.iter().map(|output| output.path.as_str()).collect();
    bail!(
        "not what would be generated: {}; run `cargo xtask codegen` and commit the result",
        paths.join(", ")
    )
}

/// The outputs that differ from the files.
fn stale(workspace: &Workspace) -> Result<Vec<Output>> {
    let mut stale = Vec::new();
    for generate in GENERATORS {
        stale.extend(generate(workspace)?);
    }
    stale.retain(|output| {
        fs::read_to_string(workspace.path(&output.path))
            .ok()
            .as_ref()
            != Some(&output.text)
    });
    Ok(stale)
}

/// The first line that differs, for a person to see at a glance what is stale.
fn difference(wanted: &str, found: &str) -> String {
    let mut wanted = wanted.lines();
    let mut found = found.lines();
    for number in 1.. {
        let pair = (wanted.next(), found.next());
        let said = |line: Option<&str>| line.map_or("the end".to_owned(), |l| format!("`{l}`"));
        match pair {
            (None, None) => break,
            (one, other) if one == other => {}
            (one, other) => {
                return format!("line {number} is {}, not {}", said(other), said(one));
            }
        }
    }
    "the line endings differ".to_owned()
}

/// The manifest of the test vectors, as soon as there are any.
fn manifest(workspace: &Workspace) -> Result<Vec<Output>> {
    let counts = vectors::count(workspace)?;
    if counts.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![Output {
        path: vectors::MANIFEST.to_owned(),
        text: vectors::manifest(&counts),
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_differs_is_shown() {
        assert_eq!(difference("a\nb\n", "a\nc\n"), "line 2 is `c`, not `b`");
        assert_eq!(difference("a\nb\n", "a\n"), "line 2 is the end, not `b`");
        assert_eq!(difference("a\n", "a\nb\n"), "line 2 is `b`, not the end");
        assert_eq!(difference("a\n", "a"), "the line endings differ");
    }
}
