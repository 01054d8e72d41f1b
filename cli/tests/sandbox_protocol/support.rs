//! A sandbox with a shop, and a client that reports what it gets.

use std::time::Duration;

use coinpay_cli::sandbox::{Sandbox, SandboxConfig};
use serde_json::{Value, json};
use ureq::Agent;

use crate::shop::{Hook, Shop};

/// 2026-11-23T00:00:00Z, when the clock of every test stands still.
pub(crate) const START_SECONDS: i64 = 1_795_392_000;

/// An answer, whatever its status.
#[derive(Debug)]
pub(crate) struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the answer is JSON")
    }
}

/// A sandbox whose webhooks go to a shop.
pub(crate) struct Scene {
    pub sandbox: Sandbox,
    pub shop: Shop,
    pub agent: Agent,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut SandboxConfig)) -> Self {
        let shop = Shop::open();
        let mut config = SandboxConfig {
            webhook_url: Some(shop.url.clone()),
            frozen_at_seconds: Some(START_SECONDS),
            ..SandboxConfig::default()
        };
        change(&mut config);
        let sandbox = Sandbox::start(config).expect("the sandbox starts");
        Self {
            sandbox,
            shop,
            agent: agent(Duration::from_secs(20)),
        }
    }

    /// A call of the API; `Err` when there is no answer.
    pub(crate) fn try_call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Reply, ureq::Error> {
        call(
            &self.agent,
            method,
            &format!("{}{path}", self.sandbox.base_url()),
            headers,
            body,
        )
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Reply {
        self.try_call("GET", path, &[], "").expect("an answer")
    }

    #[track_caller]
    pub(crate) fn get_with_key(&self, path: &str) -> Reply {
        self.try_call("GET", path, &[KEY], "").expect("an answer")
    }

    /// A create call for these contents under an idempotency key.
    #[track_caller]
    pub(crate) fn create(&self, key: &str, contents: &Value) -> Reply {
        self.try_create(key, contents).expect("an answer")
    }

    pub(crate) fn try_create(&self, key: &str, contents: &Value) -> Result<Reply, ureq::Error> {
        let headers = [KEY, ("idempotency-key", key)];
        self.try_call("POST", "/payments/create", &headers, &contents.to_string())
    }

    /// A new payment of 20 dollars in Bitcoin, as the create call answered it.
    #[track_caller]
    pub(crate) fn payment(&self) -> Value {
        let reply = self.try_call("POST", "/payments/create", &[KEY], &order().to_string());
        let reply = reply.expect("an answer");
        assert_eq!(reply.status, 201);
        reply.json()["payment"].clone()
    }

    #[track_caller]
    pub(crate) fn payment_id(&self) -> String {
        self.payment()["id"].as_str().expect("an id").to_owned()
    }

    #[track_caller]
    pub(crate) fn status_of(&self, id: &str) -> String {
        let view = self.get(&format!("/payments/{id}")).json();
        view["payment"]["status"]
            .as_str()
            .expect("a status")
            .to_owned()
    }

    /// A call of the control API, whatever it answers.
    #[track_caller]
    pub(crate) fn try_control(&self, method: &str, path: &str, body: &Value) -> Reply {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let url = format!("{}{path}", self.sandbox.control_url());
        call(&self.agent, method, &url, &[], &body).expect("an answer")
    }

    #[track_caller]
    pub(crate) fn control(&self, path: &str, body: Value) -> Value {
        let reply = self.try_control("POST", path, &body);
        assert_eq!(
            reply.status,
            200,
            "{path}: {}",
            String::from_utf8_lossy(&reply.body)
        );
        reply.json()
    }

    #[track_caller]
    pub(crate) fn look(&self, path: &str) -> Value {
        self.try_control("GET", path, &Value::Null).json()
    }

    #[track_caller]
    pub(crate) fn act(&self, id: &str, action: &str, fields: Value) -> Value {
        self.control(&format!("/payments/{id}/{action}"), fields)["payment"].clone()
    }

    /// Switches a habit on for the next time.
    #[track_caller]
    pub(crate) fn once(&self, name: &str) {
        self.control("/faults", json!({ "name": name, "times": 1 }));
    }

    #[track_caller]
    pub(crate) fn always(&self, name: &str) {
        self.control("/faults", json!({ "name": name }));
    }

    #[track_caller]
    pub(crate) fn advance(&self, seconds: i64) {
        let clock = self.control("/clock/advance", json!({ "seconds": seconds }));
        assert_eq!(clock["idle"], true);
    }

    /// What the shop has got, once nothing is on its way any more.
    #[track_caller]
    pub(crate) fn hooks(&self) -> Vec<Hook> {
        let flushed = self.control("/webhooks/flush", json!({ "timeout_ms": 20_000 }));
        assert_eq!(flushed["idle"], true);
        self.shop.hooks()
    }

    #[track_caller]
    pub(crate) fn events(&self) -> Vec<Value> {
        self.hooks().iter().map(Hook::json).collect()
    }

    #[track_caller]
    pub(crate) fn only_hook(&self) -> Hook {
        let mut hooks = self.hooks();
        assert_eq!(hooks.len(), 1, "{hooks:#?}");
        hooks.remove(0)
    }

    #[track_caller]
    pub(crate) fn kinds(&self) -> Vec<String> {
        let kind = |event: &Value| event["type"].as_str().expect("a type").to_owned();
        self.events().iter().map(kind).collect()
    }

    #[track_caller]
    pub(crate) fn deliveries(&self) -> Vec<Value> {
        self.hooks();
        self.look("/webhooks/deliveries")["deliveries"]
            .as_array()
            .expect("a list")
            .clone()
    }
}

/// The authorization that the sandbox accepts.
pub(crate) const KEY: (&str, &str) = ("authorization", "Bearer cp_test_sandbox");

/// A good create request.
pub(crate) fn order() -> Value {
    json!({
        "business_id": SandboxConfig::BUSINESS_ID,
        "amount": 20,
        "currency": "USD",
        "blockchain": "BTC",
        "metadata": { "order_id": "order-7" },
    })
}

/// The good request with some fields changed; a null takes the field away.
pub(crate) fn order_with(changes: &Value) -> Value {
    let mut order = order();
    for (name, value) in changes.as_object().expect("an object") {
        match value {
            Value::Null => drop(order.as_object_mut().and_then(|order| order.remove(name))),
            value => order[name] = value.clone(),
        }
    }
    order
}

pub(crate) fn agent(timeout: Duration) -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .max_idle_connections(0)
        .timeout_global(Some(timeout))
        .build();
    Agent::new_with_config(config)
}

pub(crate) fn call(
    agent: &Agent,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Reply, ureq::Error> {
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut answer = if method == "POST" {
        agent.run(request.body(body).expect("a request"))?
    } else {
        agent.run(request.body(()).expect("a request"))?
    };
    let text = |value: &ureq::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let headers = answer
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), text(value)));
    let headers = headers.collect();
    let body = answer
        .body_mut()
        .with_config()
        .limit(4 << 20)
        .read_to_vec()?;
    Ok(Reply {
        status: answer.status().as_u16(),
        headers,
        body,
    })
}

/// The names of an object's fields, sorted.
#[track_caller]
pub(crate) fn fields(value: &Value) -> Vec<&str> {
    let mut names: Vec<_> = value
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names
}
