//! The map in ARCHITECTURE.md: every folder that its first table names has to exist.

use super::{Finding, Rule};
use crate::workspace::SourceFile;

const PAGE: &str = "ARCHITECTURE.md";

pub(super) fn check(file: &SourceFile, exists: impl Fn(&str) -> bool) -> Vec<Finding> {
    if file.path != PAGE {
        return Vec::new();
    }
    let missing = folders(&file.text);
    let missing = missing.into_iter().filter(|(_, folder)| !exists(folder));
    missing
        .map(|(line, folder)| {
            let message = format!("the map names {folder}, which is not there");
            Finding::new(Rule::Map, PAGE, line, message)
        })
        .collect()
}

/// What stands between backticks and ends in a slash, in the first table.
fn folders(markdown: &str) -> Vec<(usize, &str)> {
    let numbered = markdown.lines().enumerate();
    let table = numbered
        .skip_while(|(_, line)| !line.starts_with('|'))
        .take_while(|(_, line)| line.starts_with('|'));
    let quoted = table.flat_map(|(index, line)| {
        let quoted = line.split('`').skip(1).step_by(2);
        quoted.map(move |text| (index + 1, text))
    });
    quoted.filter(|(_, text)| text.ends_with('/')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: &str = "\
# Map

| folder | room |
|---|---|
| `core/` | decides |
| `gone/` | `tests/vectors/` and `coinpay-core` |

| `elsewhere/` | not the map |
";

    fn findings(path: &str) -> Vec<Finding> {
        let file = SourceFile {
            path: path.to_owned(),
            text: MAP.to_owned(),
        };
        check(&file, |path| ["core/", "tests/vectors/"].contains(&path))
    }

    #[test]
    fn a_folder_that_is_not_there_is_found() {
        let found = findings("ARCHITECTURE.md");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].line, 6);
        assert!(found[0].message.contains("gone/"));
    }

    #[test]
    fn only_the_architecture_has_a_map() {
        assert!(findings("README.md").is_empty());
    }
}
