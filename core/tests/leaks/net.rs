//! What must not show, and a net that is held under everything that is printed.

use std::collections::BTreeSet;
use std::fmt::{Debug, Display};

use coinpay_core::Error;
use serde::Serialize;

pub(crate) const KEY: &str = "cp_test_Kq7SECRETKEY";
pub(crate) const HOOK: &str = "whsec_Zu1SECRETHOOK";
pub(crate) const PLAIN_HOOK: &str = "an0ther-SECRETHOOK";
pub(crate) const PASSWORD: &str = "Pw5SECRETPASSWORD";

pub(crate) const NAME: &str = "Annegret Zwiebelfisch";
pub(crate) const MAIL: &str = "annegret@zwiebel.example";
pub(crate) const ADDRESS: &str = "Krautgasse 17";
pub(crate) const CUSTOMER: &str = "customer-4711";
pub(crate) const DESCRIPTION: &str = "a pullover for Ottokar";
pub(crate) const METADATA: &str = "ring twice at the yard";

const SECRETS: [(&str, &str); 4] = [
    ("the key", KEY),
    ("a webhook secret", HOOK),
    ("a webhook secret", PLAIN_HOOK),
    ("the database's password", PASSWORD),
];
const DATA: [(&str, &str); 6] = [
    ("the name", NAME),
    ("the mail", MAIL),
    ("the address", ADDRESS),
    ("the customer's id", CUSTOMER),
    ("the description", DESCRIPTION),
    ("the metadata", METADATA),
];

/// What was found, as `place: what`, and how much was looked at.
#[derive(Default)]
pub(crate) struct Net {
    pub found: BTreeSet<String>,
    pub looked: u32,
}

impl Net {
    /// Text that carries data, and no secret.
    pub(crate) fn data(&mut self, place: &str, text: &str) {
        self.search(place, text, &SECRETS);
    }

    /// Text that is printed: neither secrets nor what a customer gave.
    pub(crate) fn printed(&mut self, place: &str, text: &str) {
        self.search(place, text, &SECRETS);
        self.search(place, text, &DATA);
    }

    pub(crate) fn debug(&mut self, place: &str, value: &impl Debug) {
        self.printed(place, &format!("{value:?} {value:#?}"));
    }

    pub(crate) fn json(&mut self, place: &str, value: &impl Serialize) {
        self.printed(place, &serde_json::to_string(value).unwrap());
    }

    pub(crate) fn error(&mut self, place: &str, error: &Error) {
        let place = format!("{place} (error)");
        self.debug(&place, error);
        self.printed(&place, &(error as &dyn Display).to_string());
        self.json(&place, error);
    }

    fn search(&mut self, place: &str, text: &str, wanted: &[(&str, &str)]) {
        self.looked += 1;
        let text = text.to_lowercase();
        for (what, secret) in wanted {
            if text.contains(&secret.to_lowercase()) {
                self.found.insert(format!("{place}: {what}"));
            }
        }
    }
}
