//! Text that must never be printed: API keys and webhook secrets. There is no way to serialise
//! one, and every way to print one gives the same placeholder.

use std::fmt;

use serde::Deserialize;

/// A key or a webhook secret, exactly as it was configured.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Empty, or nothing but white space: an unset variable, never a secret.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_printed() {
        let secret: Secret = serde_json::from_str("\"cp_live_abc\"").unwrap();
        assert_eq!(secret.expose(), "cp_live_abc");
        assert_eq!(
            format!("{secret} {secret:?} {:#?}", Some(&secret)),
            "[secret] [secret] Some(\n    [secret],\n)"
        );
    }

    #[test]
    fn white_space_alone_is_no_secret() {
        assert!(Secret::new("").is_blank());
        assert!(Secret::new(" \t\n\u{a0}").is_blank());
        assert!(!Secret::new(" x ").is_blank());
    }
}
