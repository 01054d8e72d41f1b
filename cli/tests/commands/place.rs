//! A shop with its gateway: a sandbox, a SQLite file, and the settings that name both.

use std::time::Duration;

use coinpay_cli::sandbox::{Sandbox, SandboxConfig};
use coinpay_core::flow::{Checkout, CreateCheckout, OrderAccess};
use coinpay_core::order::Status;
use coinpay_core::{Clock, Config, Engine, SystemClock};
use serde_json::{Value, json};
use ureq::Agent;

use crate::run::{API_KEY, Folder, OLD_SECRET, Ran, SECRET, finish, program};

pub(crate) const BUSINESS: &str = SandboxConfig::BUSINESS_ID;
pub(crate) const MINUTE_MS: i64 = 60_000;

pub(crate) struct Place {
    pub sandbox: Sandbox,
    pub folder: Folder,
    pub settings: Vec<(String, String)>,
}

/// A clock that goes as ours does, some time behind it.
struct Earlier(i64);

impl Clock for Earlier {
    fn now_ms(&self) -> i64 {
        SystemClock.now_ms() - self.0
    }
}

impl Place {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut SandboxConfig)) -> Self {
        let mut config = SandboxConfig {
            api_key: API_KEY.to_owned(),
            webhook_secret: Some(SECRET.to_owned()),
            ..SandboxConfig::default()
        };
        change(&mut config);
        let sandbox = Sandbox::start(config).expect("the sandbox starts");
        let folder = Folder::new();
        let secrets = format!("{SECRET},{OLD_SECRET}");
        let settings = [
            ("COINPAY_MODE", "test"),
            ("COINPAY_API_KEY", API_KEY),
            ("COINPAY_BUSINESS_ID", BUSINESS),
            ("COINPAY_BASE_URL", &sandbox.base_url()),
            ("COINPAY_WEBHOOK_SECRETS", &secrets),
            ("COINPAY_DATABASE", "sqlite:shop.db"),
        ];
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let settings = settings.map(own).to_vec();
        Self {
            sandbox,
            folder,
            settings,
        }
    }

    /// Changes a variable, or takes it away.
    pub(crate) fn set(&mut self, name: &str, value: Option<&str>) {
        self.settings.retain(|(known, _)| known != name);
        if let Some(value) = value {
            self.settings.push((name.to_owned(), value.to_owned()));
        }
    }

    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, b"")
    }

    #[track_caller]
    pub(crate) fn run_with(&self, arguments: &[&str], input: &[u8]) -> Ran {
        finish(
            program(arguments, &self.settings, self.folder.path()),
            input,
        )
    }

    /// The shop itself, with its clock so far behind.
    pub(crate) fn engine(&self, behind_ms: i64) -> Engine {
        let database = self.folder.path().join("shop.db");
        let config = json!({
            "mode": "test",
            "api_key": API_KEY,
            "business_id": BUSINESS,
            "base_url": self.sandbox.base_url(),
            "webhook_secrets": [SECRET, OLD_SECRET],
            "database": format!("sqlite:{}", database.display()),
        });
        let config = Config::from_json(&config.to_string()).expect("a configuration");
        let engine = Engine::open(config).expect("a database");
        engine.with_clock(Box::new(Earlier(behind_ms)))
    }

    /// An order of 20 dollars in Bitcoin, placed so long ago.
    pub(crate) fn order(&self, ago_ms: i64) -> Checkout {
        self.order_of("cart-1", ago_ms)
    }

    pub(crate) fn order_of(&self, cart_id: &str, ago_ms: i64) -> Checkout {
        let engine = self.engine(ago_ms);
        let cart = json!({
            "cart_id": cart_id, "customer_id": "a-customer", "currency": "USD", "total": "20.00",
            "blockchain": "BTC", "customer": { "email": "someone@example.com" },
        });
        let cart: CreateCheckout = serde_json::from_value(cart).expect("a cart");
        let checkout = engine.create_checkout(cart);
        checkout.expect("a checkout")
    }

    pub(crate) fn status_of(&self, checkout: &Checkout) -> Status {
        let engine = self.engine(0);
        let access = OrderAccess {
            order_id: checkout.order_id.clone(),
            status_token: checkout.status_token.clone(),
            customer_id: None,
        };
        let status = engine.order_status(access);
        status.expect("a status").status
    }

    /// A call of the sandbox's control API.
    #[track_caller]
    pub(crate) fn control(&self, path: &str, body: &Value) {
        let url = format!("{}{path}", self.sandbox.control_url());
        let config = Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(20)))
            .proxy(None)
            .build();
        let sent = Agent::new_with_config(config)
            .post(&url)
            .send(body.to_string());
        sent.expect("the sandbox does it");
    }
}

/// The payment that an order asks for.
pub(crate) fn payment_of(checkout: &Checkout) -> String {
    let order = checkout.order.as_ref().expect("an order");
    order
        .payment
        .as_ref()
        .expect("a payment")
        .payment_id
        .clone()
}
