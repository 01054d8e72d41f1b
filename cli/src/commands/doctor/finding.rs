//! What one check found, and what to do about it.

use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    Ok,
    Warning,
    Problem,
    Skipped,
}

impl Level {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
            Self::Skipped => "skipped",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub check: &'static str,
    #[serde(rename = "result")]
    pub level: Level,
    pub message: String,
    /// What to do; `None` where there is nothing to do.
    pub advice: Option<String>,
}

impl Finding {
    pub(super) fn ok(check: &'static str, message: impl Into<String>) -> Self {
        Self {
            check,
            level: Level::Ok,
            message: message.into(),
            advice: None,
        }
    }

    pub(super) fn skipped(check: &'static str, why: &str) -> Self {
        let message = format!("not checked: {why}");
        Self {
            level: Level::Skipped,
            ..Self::ok(check, message)
        }
    }

    pub(super) fn warning(check: &'static str, message: impl Into<String>, advice: &str) -> Self {
        Self {
            level: Level::Warning,
            advice: Some(advice.to_owned()),
            ..Self::ok(check, message)
        }
    }

    pub(super) fn problem(check: &'static str, message: impl Into<String>, advice: &str) -> Self {
        Self {
            level: Level::Problem,
            ..Self::warning(check, message, advice)
        }
    }

    /// The same with its words changed.
    pub(super) fn map_text(self, change: impl Fn(&str) -> String) -> Self {
        Self {
            message: change(&self.message),
            advice: self.advice.as_deref().map(change),
            ..self
        }
    }

    pub(super) fn to_text(&self) -> String {
        let level = self.level.as_str();
        let line = format!("{level:<8} {:<16} {}", self.check, self.message);
        match &self.advice {
            Some(advice) => format!("{line}\n{:<25} -> {advice}", ""),
            None => line,
        }
    }
}
