//! The log of API calls. Notes whether a key was sent, never the key.

use serde_json::{Value, json};

use super::clock::iso;

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub at_ms: i64,
    pub method: String,
    /// With the query.
    pub path: String,
    pub idempotency_key: Option<String>,
    pub authorization_sent: bool,
    pub body: String,
    /// `None` while there is no answer, and for good when none was sent.
    pub status: Option<u16>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct RequestLog {
    /// So that an answer from before a reset marks no request from after it.
    generation: u64,
    requests: Vec<Request>,
}

/// Where in the log a request is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    generation: u64,
    index: usize,
}

impl RequestLog {
    pub(crate) fn add(&mut self, request: Request) -> Entry {
        self.requests.push(request);
        Entry {
            generation: self.generation,
            index: self.requests.len() - 1,
        }
    }

    pub(crate) fn answered(&mut self, entry: Entry, status: u16) {
        if entry.generation == self.generation
            && let Some(request) = self.requests.get_mut(entry.index)
        {
            request.status = Some(status);
        }
    }

    pub(crate) fn emptied(&self) -> Self {
        Self {
            generation: self.generation + 1,
            requests: Vec::new(),
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        let one = |request: &Request| {
            json!({
                "at": iso(request.at_ms),
                "method": request.method,
                "path": request.path,
                "idempotency_key": request.idempotency_key,
                "authorization_sent": request.authorization_sent,
                "body": request.body,
                "status": request.status,
            })
        };
        self.requests.iter().map(one).collect()
    }
}
