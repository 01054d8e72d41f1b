//! Rules for Rust sources: the width of lines that rustfmt leaves alone, words that mark
//! unfinished or switched-off code, and the header of a module.

use super::{Finding, Rule};
use crate::workspace::SourceFile;

const WIDEST_LINE: usize = 100;

/// Spelled in pieces, since this file is checked too.
const BANNED: &[&str] = &[
    concat!("todo", "!"),
    concat!("unimplemented", "!"),
    concat!("dbg", "!"),
    concat!("#[", "ignore"),
];

/// Where every file starts by saying what it decides and what it refuses to know.
const WITH_HEADERS: &[&str] = &["core/src/", "cli/src/", "xtask/src/"];

pub(super) fn check(file: &SourceFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let width = line.chars().count();
        if width > WIDEST_LINE {
            let message = format!("{width} columns; {WIDEST_LINE} is the most");
            findings.push(Finding::new(
                Rule::LineWidth,
                &file.path,
                index + 1,
                message,
            ));
        }
        if let Some(word) = BANNED.iter().find(|word| line.contains(**word)) {
            let message = format!("`{word}` is not for committed code");
            findings.push(Finding::new(
                Rule::BannedWord,
                &file.path,
                index + 1,
                message,
            ));
        }
    }
    let needs_header = WITH_HEADERS
        .iter()
        .any(|folder| file.path.starts_with(folder));
    if needs_header && !file.text.starts_with("//! ") {
        let message = "does not start with a `//!` header";
        findings.push(Finding::new(Rule::ModuleHeader, &file.path, 1, message));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<(Rule, usize)> {
        let file = SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        let findings = check(&file);
        findings.iter().map(|f| (f.rule, f.line)).collect()
    }

    #[test]
    fn a_line_wider_than_a_hundred_columns_is_found() {
        assert_eq!(rules("a.rs", &"ü".repeat(100)), []);
        assert_eq!(rules("a.rs", &"x".repeat(101)), [(Rule::LineWidth, 1)]);
    }

    #[test]
    fn unfinished_and_switched_off_code_is_found() {
        for word in BANNED {
            let text = format!("fn f() {{\n    {word}\n}}\n");
            assert_eq!(rules("a.rs", &text), [(Rule::BannedWord, 2)], "{word}");
        }
    }

    #[test]
    fn a_module_without_a_header_is_found() {
        assert_eq!(rules("core/src/a.rs", "//! Adds.\n"), []);
        assert_eq!(
            rules("core/src/a.rs", "use x;\n"),
            [(Rule::ModuleHeader, 1)]
        );
        assert_eq!(rules("cli/src/a/b.rs", ""), [(Rule::ModuleHeader, 1)]);
        assert_eq!(rules("core/tests/a.rs", "use x;\n"), []);
    }
}
