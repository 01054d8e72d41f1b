//! The shop's settings: one document, checked as a whole before anything runs. A key that is
//! not known here is a mistake, not a wish.

use std::fmt;

use serde_json::{Map, Value as Json};

use crate::api::API_BASE_URL;
use crate::document::{self, FromJson, Place};
use crate::order::StockMode;
use crate::secret::Secret;
use crate::store::check_prefix;
use crate::{Error, ErrorCode, Result};

/// Whether real money moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Live,
    Test,
}

crate::order::names!(pub Mode {
    Live = "live",
    Test = "test",
});

/// When an unpaid order expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderWindow {
    /// After the order's own time, however often the shopper asks for a new address.
    Order,
    /// With its payment, as the gateway's example does.
    Payment,
}

crate::order::names!(pub OrderWindow {
    Order = "order",
    Payment = "payment",
});

/// The shop's settings. Only `mode`, `api_key` and `business_id` have no default.
#[derive(Clone)]
pub struct Config {
    /// The version of this document; 1.
    pub v: u32,
    pub mode: Mode,
    pub api_key: Secret,
    /// The business at the gateway, a UUID.
    pub business_id: String,
    /// Newest first; an old one stays until the gateway has stopped using it.
    pub webhook_secrets: Vec<Secret>,
    pub base_url: String,
    /// Tells this shop's orders from those of other shops of the same business.
    pub shop_id: Option<String>,
    /// Where orders are kept: `sqlite:<file>`, `postgres://…`, `mysql://…` or `mariadb://…`.
    pub database: String,
    pub table_prefix: String,
    pub stock: StockMode,
    pub order_window: OrderWindow,
    /// How long an order waits for its payment, in minutes.
    pub window_minutes: u32,
    /// The same for Bitcoin, which confirms slowly.
    pub window_btc_minutes: u32,
    /// How long after the deadline money still pays the order by itself, in hours.
    pub late_window_hours: u32,
    pub underpaid_tolerance_bps: u32,
    pub overpaid_tolerance_bps: u32,
    /// How many unpaid orders one customer may have at once; 0 is no limit.
    pub max_open_orders: u32,
    /// What the gateway allows this machine's address.
    pub requests_per_minute: u32,
    /// How old a webhook's signature may be, either way, in seconds.
    pub webhook_tolerance_s: u64,
    /// How long one call may spend on the network and on waiting, in milliseconds.
    pub budget_ms: u64,
    /// How long a worker may hold an effect without renewing it, in milliseconds.
    pub lease_ms: u32,
    /// How often an effect is tried before it is dead.
    pub max_tries: u32,
    /// The carrier does nothing twice for one idempotency key, so `ship_order` may be handed out
    /// again after its worker vanished.
    pub carrier_honours_key: bool,
    /// How long webhook bodies are kept, in days.
    pub keep_events_days: u32,
    /// How long ended orders are kept, in days; 0 keeps them for good.
    pub keep_orders_days: u32,
}

/// A database's address may hold a password; only its kind is ever printed.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.database.split(':').next();
        f.debug_struct("Config")
            .field("mode", &self.mode)
            .field("business_id", &self.business_id)
            .field("base_url", &self.base_url)
            .field("database", &kind)
            .field("stock", &self.stock)
            .finish_non_exhaustive()
    }
}

fn wrong(key: &str, why: &str) -> Error {
    Error::new(ErrorCode::InvalidConfiguration, format!("{key}: {why}"))
}

impl Config {
    /// Reads and checks a JSON document.
    ///
    /// # Errors
    /// `invalid_configuration`, naming the setting; never repeating a secret.
    pub fn from_json(text: &str) -> Result<Self> {
        let settings = Settings::read(text)?;
        let config = Self::of(&settings)?;
        config.check()?;
        Ok(config)
    }

    /// Each setting, or its default.
    fn of(settings: &Settings<'_>) -> Result<Self> {
        Ok(Self {
            v: settings.or("v", 1)?,
            mode: settings.get("mode")?,
            api_key: settings.get("api_key")?,
            business_id: settings.get("business_id")?,
            webhook_secrets: settings.or_default("webhook_secrets")?,
            base_url: settings.or("base_url", API_BASE_URL.to_owned())?,
            shop_id: settings.or_default("shop_id")?,
            database: settings.or("database", "sqlite:coinpay.db".to_owned())?,
            table_prefix: settings.or("table_prefix", "coinpay_".to_owned())?,
            stock: settings.or("stock", StockMode::Off)?,
            order_window: settings.or("order_window", OrderWindow::Order)?,
            window_minutes: settings.or("window_minutes", 60)?,
            window_btc_minutes: settings.or("window_btc_minutes", 180)?,
            late_window_hours: settings.or("late_window_hours", 24)?,
            underpaid_tolerance_bps: settings.or("underpaid_tolerance_bps", 100)?,
            overpaid_tolerance_bps: settings.or("overpaid_tolerance_bps", 100)?,
            max_open_orders: settings.or("max_open_orders", 3)?,
            requests_per_minute: settings.or("requests_per_minute", 100)?,
            webhook_tolerance_s: settings.or("webhook_tolerance_s", crate::webhook::TOLERANCE_S)?,
            budget_ms: settings.or("budget_ms", 10_000)?,
            lease_ms: settings.or("lease_ms", 120_000)?,
            max_tries: settings.or("max_tries", 8)?,
            carrier_honours_key: settings.or_default("carrier_honours_key")?,
            keep_events_days: settings.or("keep_events_days", 90)?,
            keep_orders_days: settings.or_default("keep_orders_days")?,
        })
    }

    /// Reads `COINPAY_<KEY>` for every key, through `read`. Lists are separated by commas.
    ///
    /// # Errors
    /// `invalid_configuration`, naming the variable.
    pub fn from_variables(read: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let mut document = Map::new();
        for (key, kind) in KEYS {
            let name = format!("COINPAY_{}", key.to_ascii_uppercase());
            let Some(text) = read(&name).filter(|text| !text.is_empty()) else {
                continue;
            };
            let value = kind
                .read(&text)
                .ok_or_else(|| wrong(&name, kind.expected()))?;
            document.insert((*key).to_owned(), value);
        }
        for required in ["mode", "api_key", "business_id"] {
            if !document.contains_key(required) {
                let name = format!("COINPAY_{}", required.to_ascii_uppercase());
                return Err(wrong(&name, "is not set"));
            }
        }
        Self::from_json(&document::text(&Json::Object(document)))
    }

    /// Checks what one value alone cannot show.
    ///
    /// # Errors
    /// `invalid_configuration`, naming the setting.
    pub fn check(&self) -> Result<()> {
        if self.v != 1 {
            return Err(wrong("v", "this library reads version 1"));
        }
        let key = self.api_key.expose();
        if key.trim() != key || key.is_empty() {
            return Err(wrong("api_key", "is empty or has white space round it"));
        }
        if uuid::Uuid::try_parse(&self.business_id).is_err() {
            return Err(wrong("business_id", "is not a UUID"));
        }
        if self.mode == Mode::Live {
            if key.starts_with("cp_test_") {
                return Err(wrong("api_key", "is a test key, and mode is live"));
            }
            if self.base_url != API_BASE_URL {
                return Err(wrong(
                    "base_url",
                    "mode live speaks to the gateway itself only",
                ));
            }
        } else if key.starts_with("cp_live_") {
            return Err(wrong("api_key", "is a live key, and mode is test"));
        }
        self.check_url()?;
        if self.webhook_secrets.len() > crate::webhook::MAX_SECRETS {
            return Err(wrong("webhook_secrets", "at most 8 at once"));
        }
        if self
            .webhook_secrets
            .iter()
            .any(|secret| secret.expose().trim().is_empty())
        {
            return Err(wrong(
                "webhook_secrets",
                "an empty secret would accept nothing",
            ));
        }
        self.check_limits()?;
        if (1..31).contains(&self.keep_orders_days) {
            // Payments are looked at for 30 days; what is deleted cannot be found paid.
            return Err(wrong("keep_orders_days", "0 for good, or at least 31"));
        }
        if self.webhook_tolerance_s > 3_600 {
            return Err(wrong("webhook_tolerance_s", "at most 3600"));
        }
        if self.budget_ms < 1_000 || self.budget_ms > 300_000 {
            return Err(wrong("budget_ms", "1000 to 300000"));
        }
        check_prefix(&self.table_prefix)
    }

    fn check_limits(&self) -> Result<()> {
        let limits = [
            ("window_minutes", self.window_minutes, 16, 7 * 24 * 60),
            (
                "window_btc_minutes",
                self.window_btc_minutes,
                16,
                7 * 24 * 60,
            ),
            ("late_window_hours", self.late_window_hours, 0, 30 * 24),
            (
                "underpaid_tolerance_bps",
                self.underpaid_tolerance_bps,
                0,
                5_000,
            ),
            (
                "overpaid_tolerance_bps",
                self.overpaid_tolerance_bps,
                0,
                5_000,
            ),
            ("requests_per_minute", self.requests_per_minute, 4, 100_000),
            ("lease_ms", self.lease_ms, 120_000, 86_400_000),
            ("max_tries", self.max_tries, 1, 50),
            ("keep_events_days", self.keep_events_days, 1, 3_650),
        ];
        for (name, value, least, most) in limits {
            if value < least || value > most {
                return Err(wrong(
                    name,
                    &format!("is {value}, and has to be {least} to {most}"),
                ));
            }
        }
        Ok(())
    }

    fn check_url(&self) -> Result<()> {
        let url = &self.base_url;
        let loopback = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
        let local = loopback.iter().any(|start| {
            url.strip_prefix(start)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
        });
        let plain = url
            .chars()
            .all(|ch| ch.is_ascii_graphic() && ch != '"' && ch != '@');
        if plain && (url.starts_with("https://") || local) {
            return Ok(());
        }
        Err(wrong(
            "base_url",
            "has to start with https://, unless it is this machine's own",
        ))
    }

    /// What marks this shop's payments at the gateway.
    #[must_use]
    pub fn shop_id(&self) -> &str {
        self.shop_id.as_deref().unwrap_or(&self.business_id)
    }
}

/// A document of settings whose keys are all known. No message repeats a value: after a quotation
/// mark too many, a secret may even stand where a key belongs.
struct Settings<'a> {
    text: &'a str,
    fields: Map<String, Json>,
}

impl<'a> Settings<'a> {
    fn read(text: &'a str) -> Result<Self> {
        let fields = match document::parse(text) {
            Ok(Json::Object(fields)) => fields,
            Ok(_) => return Err(unreadable("it is not an object", Place::behind(b""))),
            Err(place) => return Err(unreadable("it is not JSON", place)),
        };
        let settings = Self { text, fields };
        let is_unknown = |key: &&String| *key != "v" && KEYS.iter().all(|(known, _)| key != known);
        if let Some(key) = settings.fields.keys().find(is_unknown) {
            let what = meant(key).map_or_else(
                || "a key is not known".to_owned(),
                |known| format!("the key {key} is not known; {known} is"),
            );
            return Err(unreadable(&what, settings.place(key)));
        }
        if let Some(key) = settings.fields.keys().find(|key| settings.is_twice(key)) {
            let what = format!("the key {key} is there twice");
            return Err(unreadable(&what, settings.place(key)));
        }
        Ok(settings)
    }

    /// A quotation mark inside of a text is escaped, so that only keys look like keys.
    fn is_twice(&self, key: &str) -> bool {
        let quoted = format!("\"{key}\"");
        let behind = self.text.split(quoted.as_str()).skip(1);
        let named = behind.filter(|text| text.trim_start().starts_with(':'));
        named.count() > 1
    }

    /// Behind the first mention of a key.
    fn place(&self, key: &str) -> Place {
        let before = self.text.split(key).next().unwrap_or_default();
        let end = before.len().saturating_add(key.len());
        let before = self.text.as_bytes().get(..end);
        Place::behind(before.unwrap_or(self.text.as_bytes()))
    }

    fn get<T: FromJson>(&self, key: &str) -> Result<T> {
        let value = self.fields.get(key).unwrap_or(&Json::Null);
        T::from_json(value).ok_or_else(|| {
            let what = "a value is missing or of a wrong type";
            unreadable(&format!("{key}: {what}"), self.place(key))
        })
    }

    fn or<T: FromJson>(&self, key: &str, default: T) -> Result<T> {
        if self.fields.contains_key(key) {
            return self.get(key);
        }
        Ok(default)
    }

    fn or_default<T: FromJson + Default>(&self, key: &str) -> Result<T> {
        self.or(key, T::default())
    }
}

fn unreadable(what: &str, place: Place) -> Error {
    Error::new(ErrorCode::InvalidConfiguration, format!("{what} ({place})"))
}

/// The key that somebody who wrote `key` probably meant: one that is at most three slips away.
fn meant(key: &str) -> Option<&'static str> {
    let known = KEYS.iter().map(|(known, _)| (slips(key, known), *known));
    let (slips, nearest) = known.min()?;
    (slips <= 3).then_some(nearest)
}

/// How many characters have to be put in, left out or replaced (Levenshtein's distance).
fn slips(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (number, left) in from.chars().enumerate() {
        let mut diagonal = number;
        let mut before = number.saturating_add(1);
        let (first, rest) = row.split_at_mut(1);
        first.fill(before);
        for (cell, right) in rest.iter_mut().zip(to.chars()) {
            let replaced = diagonal.saturating_add(usize::from(left != right));
            diagonal = *cell;
            before = replaced
                .min(before.saturating_add(1))
                .min(cell.saturating_add(1));
            *cell = before;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// How a variable's text becomes a value.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    Flag,
    List,
}

impl Kind {
    fn read(self, text: &str) -> Option<Json> {
        match self {
            Self::Text => Some(text.into()),
            Self::Number => text.trim().parse::<u64>().ok().map(Into::into),
            Self::Flag => text.trim().parse::<bool>().ok().map(Into::into),
            Self::List => Some(text.split(',').map(str::trim).collect()),
        }
    }

    const fn expected(self) -> &'static str {
        match self {
            Self::Text | Self::List => "has to be text",
            Self::Number => "has to be a whole number",
            Self::Flag => "has to be true or false",
        }
    }
}

/// The names of the settings that can be variables; an error may say each.
#[cfg(feature = "fuzzing")]
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    KEYS.iter().map(|(key, _)| *key)
}

/// Every key that a variable can set.
const KEYS: &[(&str, Kind)] = &[
    ("mode", Kind::Text),
    ("api_key", Kind::Text),
    ("business_id", Kind::Text),
    ("webhook_secrets", Kind::List),
    ("base_url", Kind::Text),
    ("shop_id", Kind::Text),
    ("database", Kind::Text),
    ("table_prefix", Kind::Text),
    ("stock", Kind::Text),
    ("order_window", Kind::Text),
    ("window_minutes", Kind::Number),
    ("window_btc_minutes", Kind::Number),
    ("late_window_hours", Kind::Number),
    ("underpaid_tolerance_bps", Kind::Number),
    ("overpaid_tolerance_bps", Kind::Number),
    ("max_open_orders", Kind::Number),
    ("requests_per_minute", Kind::Number),
    ("webhook_tolerance_s", Kind::Number),
    ("budget_ms", Kind::Number),
    ("lease_ms", Kind::Number),
    ("max_tries", Kind::Number),
    ("carrier_honours_key", Kind::Flag),
    ("keep_events_days", Kind::Number),
    ("keep_orders_days", Kind::Number),
];

#[cfg(test)]
mod tests {
    use super::*;

    const BUSINESS: &str = "7b8f2c1e-5d5c-4c6e-9a51-2f6f3f1d9f10";

    fn read(extra: &str) -> Result<Config> {
        Config::from_json(&format!(
            r#"{{"mode":"test","api_key":"cp_test_a","business_id":"{BUSINESS}"{extra}}}"#
        ))
    }

    #[test]
    fn three_settings_are_enough() {
        let config = read("").expect("reads");
        assert_eq!(config.table_prefix, "coinpay_");
        assert_eq!(config.shop_id(), BUSINESS);
    }

    #[test]
    fn an_unknown_key_is_named() {
        let error = read(r#","windowminutes":5"#).expect_err("refused");
        assert_eq!(error.code, ErrorCode::InvalidConfiguration);
        assert!(error.message.contains("windowminutes"));
        assert!(error.message.contains("window_minutes"));
    }

    /// One quotation mark too many makes a key of a secret.
    #[test]
    fn a_key_that_is_none_of_ours_is_placed_and_not_repeated() {
        for slip in [
            r#","webhook_secrets":[],"whsec_bb":1"#,
            r#","hunter2hunter2":1"#,
        ] {
            let error = read(slip).expect_err("refused");
            assert!(
                error.message.starts_with("a key is not known (line "),
                "{error}"
            );
        }
    }

    #[test]
    fn slips_are_counted() {
        assert_eq!(slips("", "mode"), 4);
        assert_eq!(slips("mode", "mode"), 0);
        assert_eq!(slips("modes", "mode"), 1);
        assert_eq!(slips("api-key", "api_key"), 1);
        assert_eq!(slips("kitten", "sitting"), 3);
    }

    #[test]
    fn a_wrong_value_is_refused_without_repeating_a_secret() {
        for extra in [
            r#","table_prefix":"x; DROP""#,
            r#","base_url":"http://example.com""#,
            r#","base_url":"http://127.0.0.1.example.com""#,
            r#","lease_ms":1000"#,
            r#","window_minutes":0"#,
            r#","webhook_secrets":["  "]"#,
            r#","v":2"#,
            r#","api_key":"cp_test_a""#,
        ] {
            let error = read(extra).expect_err(extra);
            assert_eq!(error.code, ErrorCode::InvalidConfiguration, "{extra}");
            assert!(!error.message.contains("cp_test_a"), "{extra}");
        }
    }

    #[test]
    fn live_refuses_test_keys_and_other_gateways() {
        let live = |key: &str, url: &str| {
            Config::from_json(&format!(
                r#"{{"mode":"live","api_key":"{key}","business_id":"{BUSINESS}"{url}}}"#
            ))
        };
        assert!(live("cp_live_a", "").is_ok());
        assert!(live("cp_test_a", "").is_err());
        assert!(live("cp_live_a", r#","base_url":"https://example.com/api""#).is_err());
    }

    #[test]
    fn variables_say_the_same_as_a_document() {
        let read = |name: &str| match name {
            "COINPAY_MODE" => Some("test".to_owned()),
            "COINPAY_API_KEY" => Some("cp_test_a".to_owned()),
            "COINPAY_BUSINESS_ID" => Some(BUSINESS.to_owned()),
            "COINPAY_WEBHOOK_SECRETS" => Some("one, two".to_owned()),
            "COINPAY_MAX_TRIES" => Some("3".to_owned()),
            _ => None,
        };
        let config = Config::from_variables(read).expect("reads");
        assert_eq!(config.webhook_secrets.len(), 2);
        assert_eq!(config.max_tries, 3);
        let missing = Config::from_variables(|_| None).expect_err("nothing is set");
        assert!(missing.message.contains("COINPAY_MODE"));
    }
}
