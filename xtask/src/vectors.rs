//! The test vectors of `tests/vectors`: which files there are, what each must have, and the
//! manifest that counts them so that a runner in any language can tell that it ran them all.
//! Knows nothing of what a case means.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::workspace::Workspace;

const FOLDER: &str = "tests/vectors/";
pub(crate) const MANIFEST: &str = "tests/vectors/manifest.json";

/// The number of cases of each file, by its path below `tests/vectors`.
pub(crate) type Counts = BTreeMap<String, usize>;

/// Reads every vector file and checks its form.
pub(crate) fn count(workspace: &Workspace) -> Result<Counts> {
    let mut counts = Counts::new();
    for file in workspace.text_files()? {
        let Some(name) = file.path.strip_prefix(FOLDER) else {
            continue;
        };
        if file.has_extension(&["json"]) && file.path != MANIFEST {
            let cases = cases_of(&file.text).with_context(|| file.path.clone())?;
            counts.insert(name.to_owned(), cases);
        }
    }
    Ok(counts)
}

/// The manifest as it is committed.
pub(crate) fn manifest(counts: &Counts) -> String {
    let document = json!({
        "about": "The number of cases in each vector file; written by `cargo xtask codegen`. \
                  A runner that executes fewer has to fail.",
        "files": counts,
        "total": counts.values().sum::<usize>(),
    });
    format!("{document:#}\n")
}

/// Whether the manifest counts exactly these files.
pub(crate) fn compare(manifest: &str, counts: &Counts) -> Result<()> {
    let document: Value = serde_json::from_str(manifest).context("the manifest is not JSON")?;
    let stated = document
        .get("files")
        .context("the manifest has no `files`")?;
    let stated: Counts =
        serde_json::from_value(stated.clone()).context("`files` is not a map of counts")?;
    for (name, count) in counts {
        match stated.get(name) {
            None => bail!("{name} is not in the manifest; run `cargo xtask codegen`"),
            Some(said) => ensure!(
                said == count,
                "{name} has {count} cases, the manifest says {said}; run `cargo xtask codegen`"
            ),
        }
    }
    if let Some(gone) = stated.keys().find(|name| !counts.contains_key(*name)) {
        bail!("the manifest lists {gone}, which is not there");
    }
    let total: usize = counts.values().sum();
    ensure!(
        document.get("total").and_then(Value::as_u64) == u64::try_from(total).ok(),
        "the manifest's total is not {total}"
    );
    Ok(())
}

/// The number of cases in a vector file that explains itself and names every case once.
fn cases_of(text: &str) -> Result<usize> {
    let document: Value = serde_json::from_str(text).context("not JSON")?;
    let about = document.get("about").and_then(Value::as_str);
    ensure!(
        about.is_some_and(|about| !about.trim().is_empty()),
        "no `about` that says what the file tests"
    );
    let cases = document.get("cases").and_then(Value::as_array);
    let cases = cases.context("no list `cases`")?;
    ensure!(!cases.is_empty(), "`cases` is empty");
    let mut names = BTreeSet::new();
    for (position, case) in cases.iter().enumerate() {
        let name = case.get("name").and_then(Value::as_str);
        let name = name.with_context(|| format!("case {position} has no `name`"))?;
        ensure!(names.insert(name), "two cases are named `{name}`");
    }
    Ok(cases.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(files: &[(&str, usize)]) -> Counts {
        files
            .iter()
            .map(|(name, n)| ((*name).to_owned(), *n))
            .collect()
    }

    fn refusal(text: &str) -> String {
        cases_of(text).expect_err("refused").to_string()
    }

    #[test]
    fn the_named_cases_of_a_file_are_counted() {
        let text = r#"{"about": "sums", "cases": [{"name": "a"}, {"name": "b"}]}"#;
        assert_eq!(cases_of(text).expect("well formed"), 2);
    }

    #[test]
    fn a_file_that_does_not_explain_itself_is_refused() {
        assert!(refusal(r#"{"cases": [{"name": "a"}]}"#).contains("about"));
        assert!(refusal(r#"{"about": " ", "cases": [{"name": "a"}]}"#).contains("about"));
    }

    #[test]
    fn cases_without_a_name_of_their_own_are_refused() {
        let twice = r#"{"about": "x", "cases": [{"name": "a"}, {"name": "a"}]}"#;
        assert_eq!(refusal(twice), "two cases are named `a`");
        assert!(refusal(r#"{"about": "x", "cases": [{}]}"#).contains("case 0"));
        assert!(refusal(r#"{"about": "x", "cases": []}"#).contains("empty"));
    }

    #[test]
    fn a_fresh_manifest_agrees_with_its_files() {
        let files = counts(&[("money.json", 3), ("webhook/verify.json", 4)]);
        compare(&manifest(&files), &files).expect("agrees");
    }

    #[test]
    fn a_manifest_that_counts_otherwise_is_refused() {
        let stated = manifest(&counts(&[("money.json", 3)]));
        for other in [
            counts(&[("money.json", 2)]),
            counts(&[("money.json", 3), ("new.json", 1)]),
            counts(&[]),
        ] {
            compare(&stated, &other).expect_err("refused");
        }
        let wrong_total = r#"{"files": {"money.json": 3}, "total": 4}"#;
        compare(wrong_total, &counts(&[("money.json", 3)])).expect_err("refused");
    }
}
