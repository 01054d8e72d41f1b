//! Relative links in Markdown: each has to lead to something in the repository.

use super::{Finding, Rule};
use crate::workspace::SourceFile;

pub(super) fn check(file: &SourceFile, exists: impl Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, target) in targets(&file.text) {
        let place = target.split(['#', '?']).next().unwrap_or_default();
        if place.is_empty() || is_address(place) {
            continue;
        }
        let leads_somewhere = resolve(&file.path, place).is_some_and(|path| exists(&path));
        if !leads_somewhere {
            let message = format!("the link to {target} leads nowhere");
            findings.push(Finding::new(Rule::BrokenLink, &file.path, line, message));
        }
    }
    findings
}

/// Whether it has a scheme, such as `https:` or `mailto:`.
fn is_address(target: &str) -> bool {
    target
        .split_once(':')
        .is_some_and(|(scheme, _)| scheme.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// A target as a path from the root; `None` if it leaves the repository.
fn resolve(page: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    if target.starts_with('/') {
        parts.clear();
    }
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// Every link target with its line, outside of code.
fn targets(markdown: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (index, line) in markdown.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code {
            // Every other piece stands between backticks.
            let text: String = line.split('`').step_by(2).collect::<Vec<_>>().join("code");
            let inline = text.split("](").skip(1);
            let inline = inline.filter_map(|rest| rest.split(')').next());
            let definition = text
                .strip_prefix('[')
                .and_then(|rest| rest.split_once("]: "));
            for target in inline.chain(definition.map(|(_, target)| target)) {
                let target = target.split_whitespace().next().unwrap_or_default();
                let target = target.trim_start_matches('<').trim_end_matches('>');
                found.push((index + 1, target.to_owned()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(path: &str, text: &str) -> Vec<usize> {
        let file = SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        let exists = |path: &str| ["docs/errors.md", "LICENSE", "docs", ""].contains(&path);
        let findings = check(&file, exists);
        findings.iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        assert_eq!(broken("README.md", "see\n[errors](docs/eror.md)"), [2]);
        assert_eq!(
            broken("README.md", "[a](gone.md) [b](LICENSE) [c](lost.md)"),
            [1, 1]
        );
        assert_eq!(broken("README.md", "[errors]: docs/gone.md"), [1]);
        assert_eq!(
            broken("README.md", "![picture](docs/gone.svg \"title\")"),
            [1]
        );
    }

    #[test]
    fn links_resolve_from_the_page_or_from_the_root() {
        assert!(
            broken(
                "docs/a.md",
                "[e](errors.md#x) [l](../LICENSE) [r](/LICENSE)"
            )
            .is_empty()
        );
        assert!(broken("README.md", "[errors](./docs/errors.md) [docs](docs/)").is_empty());
        assert_eq!(broken("README.md", "[outside](../LICENSE)"), [1]);
    }

    #[test]
    fn addresses_anchors_and_code_are_left_alone() {
        assert!(broken("a.md", "[a](https://example.com/x) [b](#below)").is_empty());
        assert!(broken("a.md", "`[a](gone.md)`\n```\n[b](gone.md)\n```\n").is_empty());
    }
}
