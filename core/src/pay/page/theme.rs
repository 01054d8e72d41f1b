//! How a shop colours the page: a few named values, each checked, written as CSS variables. A
//! value that could be more than a colour, a length or a font is left out.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

/// The CSS variables of the page and of `<coinpay-checkout>`. What is absent stays as it is, also
/// in the dark; what is given holds in light and dark alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Theme {
    /// `--coinpay-accent`: buttons, links, the running step.
    pub accent: Option<String>,
    /// `--coinpay-accent-text`: what is written on it.
    pub accent_text: Option<String>,
    /// `--coinpay-background`: behind everything.
    pub background: Option<String>,
    /// `--coinpay-surface`: the card.
    pub surface: Option<String>,
    /// `--coinpay-text`: what is written on the card.
    pub text: Option<String>,
    /// `--coinpay-muted`: labels and small print.
    pub muted: Option<String>,
    /// `--coinpay-border`: lines.
    pub border: Option<String>,
    /// `--coinpay-radius`: how round corners are.
    pub radius: Option<String>,
    /// `--coinpay-font`: a list of fonts that the shopper's machine has.
    pub font: Option<String>,
}

const LONGEST_VALUE: usize = 100;

impl Theme {
    /// The rule that sets the variables; empty where there is nothing to set.
    pub(super) fn css(&self) -> String {
        let values = [
            ("accent", &self.accent),
            ("accent-text", &self.accent_text),
            ("background", &self.background),
            ("surface", &self.surface),
            ("text", &self.text),
            ("muted", &self.muted),
            ("border", &self.border),
            ("radius", &self.radius),
            ("font", &self.font),
        ];
        let mut rules = String::new();
        for (name, value) in values {
            if let Some(value) = value.as_deref().and_then(harmless) {
                // Writing to a string cannot fail.
                let _ = write!(rules, "--coinpay-{name}: {value}; ");
            }
        }
        if rules.is_empty() {
            return rules;
        }
        format!(":root, :host {{ {rules}}}\n")
    }
}

/// Colours, lengths and names of fonts need no more than this; an address would.
fn harmless(value: &str) -> Option<&str> {
    let value = value.trim();
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"#%.,()- _".contains(&byte);
    let loads = value.to_ascii_lowercase().contains("url");
    let short = (1..=LONGEST_VALUE).contains(&value.len());
    let closed = value.matches('(').count() == value.matches(')').count();
    (short && value.bytes().all(fine) && !loads && closed).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_lengths_and_fonts_become_variables() {
        let theme = Theme {
            accent: Some("#0a7".into()),
            radius: Some(" 0.25rem ".into()),
            font: Some("Inter, system-ui, sans-serif".into()),
            text: Some("rgb(10, 20, 30)".into()),
            ..Theme::default()
        };
        assert_eq!(
            theme.css(),
            ":root, :host { --coinpay-accent: #0a7; \
             --coinpay-text: rgb(10, 20, 30); --coinpay-radius: 0.25rem; \
             --coinpay-font: Inter, system-ui, sans-serif; }\n"
        );
        assert_eq!(Theme::default().css(), "");
    }

    #[test]
    fn what_could_be_more_than_a_value_is_left_out() {
        for bad in [
            "",
            "red; } body { display: none",
            "red}",
            "url(https://evil.example)",
            "URL(x",
            "rgb(1, 2",
            "red</style>",
            "\"Font\"",
            "red /* x",
            "\\75rl(x)",
            "x\ny",
        ] {
            let theme = Theme {
                accent: Some(bad.into()),
                ..Theme::default()
            };
            assert_eq!(theme.css(), "", "{bad:?}");
        }
        let long = Theme {
            accent: Some("a".repeat(101)),
            ..Theme::default()
        };
        assert_eq!(long.css(), "");
    }
}
