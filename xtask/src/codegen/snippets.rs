//! Code in README.md and docs/*.md, taken from files that are compiled or run. A page says
//! `<!-- snippet: path#name -->` and `<!-- /snippet -->`; what stands between is replaced by the
//! region that the file marks with `snippet: name` and `/snippet` in comments of its own.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use super::Output;
use crate::workspace::Workspace;

const OPEN: &str = "<!-- snippet: ";
const CLOSE: &str = "<!-- /snippet -->";

pub(super) fn generate(workspace: &Workspace) -> Result<Vec<Output>> {
    let mut outputs = Vec::new();
    for page in workspace.text_files()? {
        let in_docs = page.path.starts_with("docs/") && page.has_extension(&["md"]);
        if in_docs || page.path == "README.md" {
            let text = fill(&page.text, |path| workspace.read(path));
            outputs.push(Output {
                text: text.with_context(|| page.path.clone())?,
                path: page.path,
            });
        }
    }
    Ok(outputs)
}

/// The page with every snippet as its source has it now.
fn fill(page: &str, read: impl Fn(&str) -> Result<String>) -> Result<String> {
    let mut filled = String::new();
    let mut lines = page.split_inclusive('\n');
    while let Some(line) = lines.next() {
        filled.push_str(line);
        let Some(named) = line.trim().strip_prefix(OPEN) else {
            continue;
        };
        let place = named.strip_suffix("-->").map(str::trim);
        let (path, name) = place
            .and_then(|place| place.split_once('#'))
            .with_context(|| format!("`{}` is not `path#name`", line.trim()))?;
        let code = region(&read(path)?, name).with_context(|| format!("{path}#{name}"))?;
        filled.push_str(&format!("```{}\n{code}```\n{CLOSE}\n", language(path)));
        ensure!(
            lines.any(|line| line.trim() == CLOSE),
            "the snippet {path}#{name} is not closed by `{CLOSE}`"
        );
    }
    Ok(filled)
}

/// The lines between the markers, moved to the left margin.
fn region(source: &str, name: &str) -> Result<String> {
    let start = format!("snippet: {name}");
    let mut lines = source.lines();
    ensure!(
        lines.any(|line| comment(line) == Some(&start)),
        "no comment `{start}`"
    );
    let mut inside = Vec::new();
    loop {
        match lines.next() {
            None => bail!("the region is not closed by `/snippet`"),
            Some(line) if comment(line) == Some("/snippet") => break,
            Some(line) => inside.push(line),
        }
    }
    ensure!(!inside.is_empty(), "the region is empty");
    let written = inside.iter().filter(|line| !line.trim().is_empty());
    let margin = written
        .map(|line| line.len() - line.trim_start().len())
        .min();
    let moved = inside.iter().map(|line| {
        let rest = line.get(margin.unwrap_or_default()..).unwrap_or_default();
        format!("{}\n", rest.trim_end())
    });
    Ok(moved.collect())
}

/// The text of a line that is nothing but a comment.
fn comment(line: &str) -> Option<&str> {
    let line = line.trim();
    if let Some(text) = line
        .strip_prefix("/*")
        .and_then(|text| text.strip_suffix("*/"))
    {
        return Some(text.trim());
    }
    let marks = ["//", "#", "--"];
    let text = marks.iter().find_map(|mark| line.strip_prefix(mark))?;
    Some(text.trim())
}

/// The name of a file's language after the fence.
fn language(path: &str) -> &str {
    match Path::new(path).extension().and_then(|e| e.to_str()) {
        Some("rs") => "rust",
        Some("mjs" | "cjs") => "js",
        Some("h") => "c",
        Some(other) => other,
        None => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
fn main() {
    // snippet: greet
    if true {

        println!(\"hello\");
    }
    // /snippet
}
";

    fn source(_: &str) -> Result<String> {
        Ok(SOURCE.to_owned())
    }

    const PAGE: &str = "before\n<!-- snippet: a/b.rs#greet -->\nstale\n<!-- /snippet -->\nafter\n";

    #[test]
    fn a_region_replaces_what_stood_there_and_loses_its_margin() {
        let wanted = "before\n<!-- snippet: a/b.rs#greet -->\n```rust\nif true {\n\n    \
                      println!(\"hello\");\n}\n```\n<!-- /snippet -->\nafter\n";
        assert_eq!(fill(PAGE, source).expect("filled"), wanted);
    }

    #[test]
    fn a_comment_of_c_marks_a_region_too() {
        let source = "/* snippet: x */\n  a();\n/* /snippet */\n";
        assert_eq!(region(source, "x").expect("found"), "a();\n");
    }

    #[test]
    fn filling_a_filled_page_changes_nothing() {
        let once = fill(PAGE, source).expect("filled");
        assert_eq!(fill(&once, source).expect("filled"), once);
    }

    #[test]
    fn a_page_without_snippets_stays_as_it_is() {
        assert_eq!(fill("a\n\nb", source).expect("nothing to fill"), "a\n\nb");
    }

    #[test]
    fn a_marker_that_leads_nowhere_is_an_error() {
        let unclosed = "<!-- snippet: a.rs#greet -->\ntext\n";
        let unknown = "<!-- snippet: a.rs#absent -->\n<!-- /snippet -->\n";
        let unnamed = "<!-- snippet: a.rs -->\n<!-- /snippet -->\n";
        for page in [unclosed, unknown, unnamed] {
            fill(page, source).expect_err(page);
        }
        region("// snippet: open\ncode\n", "open").expect_err("not closed");
        region("// snippet: none\n// /snippet\n", "none").expect_err("empty");
    }
}
