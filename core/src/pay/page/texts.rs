//! What the page says, in whatever language: one field for each text, so that a language that
//! lacks one does not compile. A new language is a file in `languages` and a few lines in
//! `Language`.

use serde::{Deserialize, Serialize};

use super::languages::{arabic, english, french, german, japanese, spanish};

/// The language of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    #[default]
    #[serde(rename = "en")]
    English,
    #[serde(rename = "de")]
    German,
    #[serde(rename = "es")]
    Spanish,
    #[serde(rename = "fr")]
    French,
    #[serde(rename = "ja")]
    Japanese,
    #[serde(rename = "ar")]
    Arabic,
}

impl Language {
    pub const ALL: &'static [Self] = &[
        Self::English,
        Self::German,
        Self::Spanish,
        Self::French,
        Self::Japanese,
        Self::Arabic,
    ];

    /// As in the `lang` attribute.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Spanish => "es",
            Self::French => "fr",
            Self::Japanese => "ja",
            Self::Arabic => "ar",
        }
    }

    /// As in the `dir` attribute.
    #[must_use]
    pub const fn direction(self) -> &'static str {
        match self {
            Self::English | Self::German | Self::Spanish | Self::French | Self::Japanese => "ltr",
            Self::Arabic => "rtl",
        }
    }

    /// The language of a tag such as `de` or `de-AT`, if the page speaks it.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next()?.trim();
        let mut all = Self::ALL.iter().copied();
        all.find(|language| language.code().eq_ignore_ascii_case(primary))
    }

    /// The language that a browser wants most, by its `Accept-Language`, of those that the page
    /// speaks; English where it speaks none of them.
    #[must_use]
    pub fn wanted(accept_language: &str) -> Self {
        let mut best = (0, Self::default());
        for range in accept_language.split(',').take(50) {
            let mut parts = range.split(';');
            let Some(language) = parts.next().and_then(|tag| Self::parse(tag.trim())) else {
                continue;
            };
            let quality = parts.find_map(|part| part.trim().strip_prefix("q="));
            let quality = quality.map_or(1_000, thousandths);
            if quality > best.0 {
                best = (quality, language);
            }
        }
        best.1
    }

    pub(super) const fn texts(self) -> &'static Texts {
        match self {
            Self::English => &english::TEXTS,
            Self::German => &german::TEXTS,
            Self::Spanish => &spanish::TEXTS,
            Self::French => &french::TEXTS,
            Self::Japanese => &japanese::TEXTS,
            Self::Arabic => &arabic::TEXTS,
        }
    }
}

/// A quality such as `0.7`, in thousandths; 0 for what is none.
fn thousandths(quality: &str) -> u32 {
    let (whole, fraction) = quality.split_once('.').unwrap_or((quality, ""));
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    match (whole.parse::<u32>(), digits.parse::<u32>()) {
        (Ok(whole), Ok(fraction)) => whole.min(1).saturating_mul(1_000).saturating_add(fraction),
        _ => 0,
    }
}

/// Where the order stands, and what the shopper should do about it.
pub(super) struct State {
    pub(super) headline: &'static str,
    pub(super) advice: &'static str,
}

pub(super) struct Texts {
    /// Between whole and fraction in sums of money. Amounts in coins keep the point, because
    /// they are copied into wallets.
    pub(super) decimal_mark: &'static str,

    pub(super) send_payment: State,
    pub(super) seen: State,
    pub(super) confirming: State,
    pub(super) send_the_rest: State,
    pub(super) quote_expired: State,
    pub(super) paid: State,
    pub(super) being_checked: State,
    /// Being checked because it came after its time.
    pub(super) late: State,
    pub(super) expired: State,
    pub(super) cancelled: State,
    pub(super) refunded: State,

    /// What the shopper does, what the network does, what it leads to.
    pub(super) steps: [&'static str; 3],
    pub(super) progress: &'static str,
    pub(super) order: &'static str,
    pub(super) total: &'static str,
    pub(super) received: &'static str,
    pub(super) missing: &'static str,
    pub(super) refund_due: &'static str,

    pub(super) how_to_pay: &'static str,
    pub(super) amount: &'static str,
    pub(super) exactly: &'static str,
    pub(super) address: &'static str,
    pub(super) destination_tag: &'static str,
    pub(super) tag_needed: &'static str,
    /// Of an asset and a network.
    pub(super) asset_on_network: fn(&str, &str) -> String,
    /// Of an asset and a network.
    pub(super) send_only: fn(&str, &str) -> String,
    pub(super) open_wallet: &'static str,
    pub(super) picture: &'static str,
    pub(super) time_left: &'static str,
    pub(super) copy_amount: &'static str,
    pub(super) copy_address: &'static str,
    pub(super) copy_tag: &'static str,
    pub(super) copied: &'static str,

    pub(super) new_quote: &'static str,
    pub(super) pay_otherwise: &'static str,
    pub(super) pay_with: &'static str,
    pub(super) get_quote: &'static str,
    pub(super) cancel: &'static str,
    pub(super) before_cancel: &'static str,
    pub(super) cancel_now: &'static str,

    /// Of the shop's name, if it has one, and the order's id.
    pub(super) contact: fn(Option<&str>, &str) -> String,
    pub(super) back: fn(Option<&str>) -> String,
    pub(super) state_changed: &'static str,
    pub(super) no_answer: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_that_a_browser_wants_most_is_taken() {
        for (accept, language) in [
            (
                "fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5",
                Language::French,
            ),
            ("tlh, ja;q=0.3, de-AT;q=0.31", Language::German),
            ("ar", Language::Arabic),
            ("en;q=0.1, es;q=1.0", Language::Spanish),
            ("de;q=0, tlh", Language::English),
            ("de;q=x", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(Language::wanted(accept), language, "{accept}");
        }
    }
}
