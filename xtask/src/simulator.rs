//! The simulator and its mutants. `simulate` plays schedules; `mutants` breaks the core on
//! purpose, one defect at a time, in a copy of the sources, and expects the auditor to notice.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::workspace::{NOT_OURS, Workspace};

const MUTANTS: &str = "tests/simulator/mutants.json";
/// How many schedules a mutant may survive before it counts as unnoticed.
const SCHEDULES: &str = "10000";

/// Plays schedules in release, with these arguments.
pub(crate) fn simulate(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let run = [
        "run",
        "--quiet",
        "--release",
        "--package",
        "coinpay-simulator",
        "--",
    ];
    let words: Vec<&str> = run
        .into_iter()
        .chain(arguments.iter().map(String::as_str))
        .collect();
    workspace.run("cargo", &words)
}

/// Applies every mutant, or only the one named; each has to be noticed.
pub(crate) fn mutants(workspace: &Workspace, only: Option<&str>) -> Result<()> {
    let target = workspace.target_folder()?;
    let copy = Workspace {
        root: workspace.path("target/mutants"),
    };
    copy_over(&workspace.root, &copy.root)?;
    let table: Value = serde_json::from_str(&workspace.read(MUTANTS)?)?;
    let table = table.get("mutants").and_then(Value::as_array);
    let mut unnoticed = Vec::new();
    let mut played = 0;
    for mutant in table.context("there are no mutants")? {
        let name = text(mutant, "name")?;
        if only.is_some_and(|only| only != name) {
            continue;
        }
        played += 1;
        let began = Instant::now();
        let noticed = try_mutant(workspace, &copy, &target, mutant)?;
        let seconds = began.elapsed().as_secs_f64();
        match noticed {
            Some(finding) => println!("{name:<30} noticed in {seconds:.0} s: {finding}"),
            None => {
                println!("{name:<30} UNNOTICED after {seconds:.0} s");
                unnoticed.push(name.to_owned());
            }
        }
    }
    ensure!(played > 0, "there is no mutant of that name");
    ensure!(unnoticed.is_empty(), "unnoticed: {}", unnoticed.join(", "));
    println!("{played} mutants, all noticed");
    Ok(())
}

/// The auditor's words for the mutant, if it was noticed. The copy is whole again afterwards.
fn try_mutant(
    workspace: &Workspace,
    copy: &Workspace,
    target: &Path,
    mutant: &Value,
) -> Result<Option<String>> {
    let name = text(mutant, "name")?;
    let edits = mutant.get("edits").and_then(Value::as_array);
    let edits = edits.with_context(|| format!("{name} has no edits"))?;
    let mut files = Vec::new();
    for edit in edits {
        let file = text(edit, "file")?;
        let source = copy.read(file)?;
        let patched = patch(&source, text(edit, "find")?, text(edit, "replace")?)
            .with_context(|| format!("{name} in {file}"))?;
        fs::write(copy.path(file), patched)?;
        files.push(file);
    }
    let outcome = play(copy, target);
    for file in files {
        fs::copy(workspace.path(file), copy.path(file))?;
    }
    outcome.with_context(|| format!("{name} does not build"))
}

fn play(copy: &Workspace, target: &Path) -> Result<Option<String>> {
    let manifest = copy.path("Cargo.toml");
    let manifest = manifest.to_str().context("the path is no text")?;
    let folder = target.to_str().context("the path is no text")?;
    let place = ["--manifest-path", manifest, "--target-dir", folder];
    let what = ["--quiet", "--release", "--package", "coinpay-simulator"];
    // Only the core and the simulator are built anew each time: quickly, not to run quickly.
    let quick = [
        "--config",
        "build.incremental=true",
        "--config",
        "profile.release.package.coinpay-core.opt-level=1",
    ];
    let build = [&["build"], &what[..], &place[..], &quick[..]].concat();
    copy.run("cargo", &build)?;
    let program = target.join("release").join("coinpay-simulator");
    let limits = ["--no-shrink", "--expect-failure", "--schedules", SCHEDULES];
    let program = program.to_str().context("the path is no text")?;
    let printed = copy.output(program, &limits)?;
    let finding = printed.lines().find(|line| line.contains(" breaks "));
    Ok(finding.map(|line| line.chars().take(160).collect()))
}

/// Replaces what stands there exactly once.
fn patch(source: &str, find: &str, replace: &str) -> Result<String> {
    match source.matches(find).count() {
        1 => Ok(source.replacen(find, replace, 1)),
        0 => bail!("what it replaces is not there any more"),
        count => bail!("what it replaces stands there {count} times"),
    }
}

fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str> {
    let found = value.get(field).and_then(Value::as_str);
    found.with_context(|| format!("a mutant without `{field}`"))
}

/// Copies what differs, so that cargo builds only what has changed.
fn copy_over(from: &Path, to: &Path) -> Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let name = entry?.file_name();
            if !NOT_OURS.iter().any(|skipped| name == *skipped) {
                copy_over(&from.join(&name), &to.join(&name))?;
            }
        }
        return Ok(());
    }
    let bytes = fs::read(from).with_context(|| from.display().to_string())?;
    if fs::read(to).ok().as_deref() != Some(&bytes) {
        fs::write(to, bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_replaces_what_stands_there_once_and_nothing_else() {
        assert_eq!(patch("a b c", "b", "x").expect("once"), "a x c");
        patch("a b b", "b", "x").expect_err("twice");
        patch("a c", "b", "x").expect_err("not there");
    }

    #[test]
    fn every_mutant_fits_the_sources_as_they_are() {
        let workspace = Workspace::of_this_crate();
        let table = workspace.read(MUTANTS).expect("the table");
        let table: Value = serde_json::from_str(&table).expect("JSON");
        let mutants = table["mutants"].as_array().expect("a list");
        assert!(mutants.len() >= 10, "ten different ways at least");
        for mutant in mutants {
            for edit in mutant["edits"].as_array().expect("edits") {
                let source = workspace
                    .read(text(edit, "file").expect("a file"))
                    .expect("reads");
                let find = text(edit, "find").expect("a text");
                let replace = text(edit, "replace").expect("a text");
                let name = text(mutant, "name").expect("a name");
                assert!(patch(&source, find, replace).is_ok(), "{name}");
            }
        }
    }
}
