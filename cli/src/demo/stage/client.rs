//! Calls over HTTP, to the shop and to the sandbox's controls.

use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::Request;

/// Why a scenario could not be played.
pub(crate) type Trouble = Box<dyn std::error::Error + Send + Sync>;

#[derive(Clone, Debug)]
pub(crate) struct Client {
    agent: Agent,
    base: String,
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) fn text(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_default().to_owned()
    }

    /// `201`, or the status with the code of the error: `409 out_of_stock`.
    pub(crate) fn in_short(&self) -> String {
        match self.body["error"].as_str() {
            Some(code) => format!("{} {code}", self.status),
            None => self.status.to_string(),
        }
    }
}

impl Client {
    pub(crate) fn new(base: String) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            // A shop that was killed leaves no connection to be surprised by.
            .max_idle_connections(0)
            .timeout_global(Some(Duration::from_secs(30)))
            .build();
        Self {
            agent: Agent::new_with_config(config),
            base,
        }
    }

    pub(crate) fn get(&self, path: &str) -> Result<Reply, Trouble> {
        self.send("GET", path, None)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Reply, Trouble> {
        self.send("POST", path, Some(body))
    }

    pub(crate) fn delete(&self, path: &str) -> Result<Reply, Trouble> {
        self.send("DELETE", path, None)
    }

    /// The same, where anything but success is a fault of the stage.
    pub(crate) fn want(&self, path: &str, body: &Value) -> Result<Value, Trouble> {
        let reply = self.post(path, body)?;
        good(path, reply)
    }

    pub(crate) fn want_get(&self, path: &str) -> Result<Value, Trouble> {
        let reply = self.get(path)?;
        good(path, reply)
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Reply, Trouble> {
        let url = format!("{}{path}", self.base);
        let request = Request::builder().method(method).uri(&url);
        let answered = match body {
            Some(body) => self.agent.run(request.body(body.to_string())?),
            None => self.agent.run(request.body(())?),
        };
        let mut answer = answered.map_err(|error| format!("{method} {path}: {error}"))?;
        let bytes = answer
            .body_mut()
            .with_config()
            .limit(16 << 20)
            .read_to_vec()?;
        Ok(Reply {
            status: answer.status().as_u16(),
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
        })
    }
}

fn good(path: &str, reply: Reply) -> Result<Value, Trouble> {
    if (200..300).contains(&reply.status) {
        return Ok(reply.body);
    }
    Err(format!("{path} answered {}: {}", reply.status, reply.body).into())
}
