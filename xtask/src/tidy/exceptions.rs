//! The places where a rule does not hold, each with its reason. An exception that is no longer
//! needed is itself a finding.

use super::{Finding, Rule};

#[derive(Clone, Copy, Debug)]
pub(super) struct Exception {
    rule: Rule,
    path: &'static str,
    /// Read by people only.
    #[expect(dead_code, reason = "an exception without a reason should not compile")]
    reason: &'static str,
}

pub(super) const ALL: &[Exception] = &[Exception {
    rule: Rule::LineWidth,
    path: "core/src/error.rs",
    reason: "a table with one row per error code",
}];

impl Exception {
    fn covers(&self, finding: &Finding) -> bool {
        self.rule == finding.rule && self.path == finding.path
    }
}

/// The findings that no exception covers, and one for each exception that covers none.
pub(super) fn apply(exceptions: &[Exception], findings: Vec<Finding>) -> Vec<Finding> {
    let unused: Vec<_> = exceptions
        .iter()
        .filter(|exception| !findings.iter().any(|finding| exception.covers(finding)))
        .map(|exception| {
            let message = "is excepted from a rule that it keeps; remove the exception";
            Finding::new(exception.rule, exception.path, 0, message)
        })
        .collect();
    let mut left = findings;
    left.retain(|finding| !exceptions.iter().any(|exception| exception.covers(finding)));
    left.extend(unused);
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &[Exception] = &[Exception {
        rule: Rule::LineWidth,
        path: "table.rs",
        reason: "a sample",
    }];

    #[test]
    fn an_exception_covers_its_own_rule_in_its_own_file_only() {
        let covered = Finding::new(Rule::LineWidth, "table.rs", 3, "wide");
        let other_rule = Finding::new(Rule::BannedWord, "table.rs", 3, "banned");
        let other_file = Finding::new(Rule::LineWidth, "other.rs", 3, "wide");
        let all = vec![covered, other_rule.clone(), other_file.clone()];
        assert_eq!(apply(SAMPLE, all), [other_rule, other_file]);
    }

    #[test]
    fn an_exception_that_nothing_needs_is_found() {
        let findings = apply(SAMPLE, Vec::new());
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].path, "table.rs");
    }
}
