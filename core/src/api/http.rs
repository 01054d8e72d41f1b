//! An HTTP exchange as plain data: what a flow asks a driver to send, and what came back.

use std::fmt;

use serde::Deserialize;

/// How a driver authenticates a request. The key itself never travels in a step, so that steps
/// can be logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    None,
    /// Add `Authorization: Bearer <api key>`.
    Bearer,
}

crate::order::names!(pub Auth {
    None = "none",
    Bearer = "bearer",
});

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
}

crate::order::names!(pub Method {
    Get = "GET",
    Post = "POST",
});

/// A request for a driver to send once: no redirects, no retries of its own.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct HttpRequest {
    pub method: Method,
    pub url: String,
    pub headers: Vec<(String, String)>,
    #[serde(default)]
    pub body: Option<String>,
    pub auth: Auth,
    /// The longest the whole exchange may take, in milliseconds.
    pub timeout_ms: u64,
    /// The longest answer to read, in bytes; a longer one is [`HttpFault::TooLarge`].
    pub max_answer_bytes: u64,
}

crate::document::written! {
    HttpRequest {
        method, url, headers, auth, timeout_ms, max_answer_bytes
        ; body
    }
}

/// The body says what a customer bought; only its length is ever printed.
impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("body_bytes", &self.body.as_ref().map(String::len))
            .finish_non_exhaustive()
    }
}

/// What the gateway answered, whatever the status.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpResponse {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The first header of that name, compared without case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpFault {
    /// The request certainly did not reach the gateway (name lookup, connect, TLS).
    NotSent,
    /// The request may have reached it: a timeout, or the connection broke.
    Interrupted,
    /// The answer was longer than asked for.
    TooLarge,
}

crate::order::names!(pub HttpFault {
    NotSent = "not_sent",
    Interrupted = "interrupted",
    TooLarge = "too_large",
});
