//! Rules for every text file: its length, trailing white space, and paths that exist on one
//! machine only.

use super::{Finding, Rule};
use crate::workspace::SourceFile;

const LONGEST_FILE: usize = 600;
const LONG_FILE: usize = 400;

/// Files that people write and read from top to bottom.
const CODE: &[&str] = &["rs", "ts", "js", "mjs", "php", "c"];

/// Folders of somebody's machine. Spelled in pieces, since this file is checked too.
const MACHINE_FOLDERS: &[&str] = &[
    concat!("/", "work/"),
    concat!("/", "root/"),
    concat!("/", "home/"),
    concat!("/", "Users/"),
    concat!("/", "tmp/"),
];

pub(super) fn check(file: &SourceFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lines = file.text.lines().count();
    if file.has_extension(CODE) && lines > LONGEST_FILE {
        let message = format!("{lines} lines; split it, {LONGEST_FILE} is the most");
        findings.push(Finding::new(Rule::FileLength, &file.path, 0, message));
    }
    for (index, line) in file.text.split('\n').enumerate() {
        if line.trim_end() != line {
            let message = "ends in white space";
            findings.push(Finding::new(
                Rule::TrailingSpace,
                &file.path,
                index + 1,
                message,
            ));
        }
        if let Some(folder) = machine_folder(line) {
            let message = format!("names {folder}, a folder of one machine");
            findings.push(Finding::new(
                Rule::MachinePath,
                &file.path,
                index + 1,
                message,
            ));
        }
    }
    findings
}

/// A file that is allowed but longer than one idea usually is.
pub(super) fn long_file_warning(file: &SourceFile) -> Option<String> {
    let lines = file.text.lines().count();
    let is_long = lines > LONG_FILE && lines <= LONGEST_FILE && file.has_extension(CODE);
    is_long.then(|| format!("{}: {lines} lines; is it still one idea?", file.path))
}

/// The first machine folder that a line names as an absolute path: at its start, or after
/// something that is not part of a longer path or an address.
fn machine_folder(line: &str) -> Option<&'static str> {
    MACHINE_FOLDERS.iter().copied().find(|folder| {
        line.match_indices(folder).any(|(position, _)| {
            let before = line.get(..position).and_then(|text| text.chars().last());
            before.is_none_or(|c| !(c.is_alphanumeric() || "._-~/}*)".contains(c)))
        })
    })
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
    fn clean_text_has_no_findings() {
        assert_eq!(rules("a.md", "# Title\n\nText.\n"), []);
    }

    #[test]
    fn white_space_at_the_end_of_a_line_is_found() {
        let found = [(Rule::TrailingSpace, 2), (Rule::TrailingSpace, 3)];
        assert_eq!(rules("a.md", "one\ntwo \nthree\r\n"), found);
    }

    #[test]
    fn a_path_on_one_machine_is_found() {
        for folder in MACHINE_FOLDERS {
            for line in [format!("{folder}x"), format!("cd \"{folder}x\"")] {
                assert_eq!(rules("a.sh", &line), [(Rule::MachinePath, 1)], "{line}");
            }
        }
    }

    #[test]
    fn an_address_or_a_relative_path_is_no_machine_path() {
        let folder = MACHINE_FOLDERS[0];
        for start in ["https://example.com", ".", "src", "$(pwd)"] {
            assert_eq!(rules("a.md", &format!("{start}{folder}x")), []);
        }
    }

    #[test]
    fn a_file_of_more_than_six_hundred_lines_is_found() {
        assert_eq!(rules("a.rs", &"x\n".repeat(600)), []);
        assert_eq!(rules("a.rs", &"x\n".repeat(601)), [(Rule::FileLength, 0)]);
        assert_eq!(rules("a.json", &"x\n".repeat(601)), []);
    }

    #[test]
    fn a_file_of_more_than_four_hundred_lines_is_warned_about() {
        let warning = |lines: usize| {
            long_file_warning(&SourceFile {
                path: "a.rs".to_owned(),
                text: "x\n".repeat(lines),
            })
        };
        assert_eq!(warning(400), None);
        assert!(warning(401).is_some());
        assert_eq!(warning(601), None);
    }
}
