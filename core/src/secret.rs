//! Text that must never be printed: API keys and webhook secrets. There is no way to serialise
//! one, and every way to print one gives the same placeholder.

use std::fmt;
use std::sync::OnceLock;

use hmac::{Hmac, KeyInit};
use serde_json::Value as Json;
use sha2::Sha256;

use crate::document::FromJson;

/// A key or a webhook secret, exactly as it was configured.
#[derive(Clone)]
pub struct Secret {
    text: String,
    /// Made when it is first needed, and kept: it takes two of the sixteen blocks of SHA-256 that
    /// verifying a usual webhook takes.
    signer: OnceLock<Option<Hmac<Sha256>>>,
}

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            signer: OnceLock::new(),
        }
    }

    /// The text itself, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Empty, or nothing but white space: an unset variable, never a secret.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.text.chars().all(char::is_whitespace)
    }

    /// HMAC-SHA256 keyed with the text's bytes, ready to be fed. `None` never happens: HMAC takes
    /// keys of every length.
    pub(crate) fn signer(&self) -> Option<Hmac<Sha256>> {
        let made = || Hmac::new_from_slice(self.text.as_bytes()).ok();
        self.signer.get_or_init(made).clone()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl FromJson for Secret {
    fn from_json(value: &Json) -> Option<Self> {
        value.as_str().map(Self::new)
    }
}

crate::document::deserialize!(Secret);

/// What was prepared from the text is no part of what it says.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Secret {}

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
    fn secrets_are_equal_by_their_text_whether_used_or_not() {
        let used = Secret::new("a");
        assert!(used.signer().is_some());
        assert_eq!(used, Secret::new("a"));
        assert_ne!(used, Secret::new("b"));
    }

    #[test]
    fn white_space_alone_is_no_secret() {
        assert!(Secret::new("").is_blank());
        assert!(Secret::new(" \t\n\u{a0}").is_blank());
        assert!(!Secret::new(" x ").is_blank());
    }
}
