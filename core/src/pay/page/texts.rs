//! What the page says, in whatever language: one field for each text, so that a language that
//! lacks one does not compile. A new language is a file beside this one and a line in `Language`.

use serde::{Deserialize, Serialize};

use super::{english, german};

/// The language of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    #[default]
    #[serde(rename = "en")]
    English,
    #[serde(rename = "de")]
    German,
}

impl Language {
    pub const ALL: &'static [Self] = &[Self::English, Self::German];

    /// As in the `lang` attribute.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The language of a tag such as `de` or `de-AT`, if the page speaks it.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next()?.trim();
        let mut all = Self::ALL.iter().copied();
        all.find(|language| language.code().eq_ignore_ascii_case(primary))
    }

    pub(super) const fn texts(self) -> &'static Texts {
        match self {
            Self::English => &english::TEXTS,
            Self::German => &german::TEXTS,
        }
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
    pub(super) expired: State,
    pub(super) cancelled: State,
    pub(super) refunded: State,

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
