//! Sends one HTTP request through ureq with rustls. Decides who gets the key, and whether a
//! request that failed can have reached the gateway. Retries and redirects are none of its
//! business: it does neither.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ureq::http::header::AUTHORIZATION;
use ureq::http::{HeaderValue, Request, Response, Uri};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{
    Buffers, ChainedConnector, ConnectionDetails, Connector, NextTimeout, RustlsConnector,
    TcpConnector, Transport as Connection,
};
use ureq::{Agent, Body};

use crate::api::{Auth, HttpFault, HttpRequest, HttpResponse, Method};
use crate::engine::Transport;
use crate::{Error, ErrorCode, Result, Secret};

const USER_AGENT: &str = concat!("coinpay-embed/", env!("CARGO_PKG_VERSION"));

/// TCP, then TLS where the address says so. There is no link for a proxy in it.
type Chain = ChainedConnector<(), ChainedConnector<(), (), TcpConnector>, RustlsConnector>;

/// Blocking HTTP. Every request has a connection of its own, so that none is lost on one that
/// the gateway has just closed, and none is shared with a forked child; TLS sessions are resumed.
/// Proxies that the environment names are not used.
pub struct UreqTransport {
    authorization: HeaderValue,
    origin: Origin,
    chain: Arc<Chain>,
}

impl fmt::Debug for UreqTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UreqTransport")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

impl UreqTransport {
    /// # Errors
    /// `invalid_configuration` for a key that no header can carry, or a base URL that is neither
    /// https nor this machine's own.
    pub fn new(api_key: Secret, base_url: &str) -> Result<Self> {
        let wrong = |why| Error::new(ErrorCode::InvalidConfiguration, why);
        let origin = base_url.parse().ok().as_ref().and_then(Origin::of);
        let origin = origin.ok_or_else(|| {
            wrong("base_url: has to be an https:// address, or http:// of this machine")
        })?;
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", api_key.expose()))
            .map_err(|_| wrong("api_key: has characters that no key has"))?;
        authorization.set_sensitive(true);
        let chain = ().chain(TcpConnector::default());
        Ok(Self {
            authorization,
            origin,
            chain: Arc::new(chain.chain(RustlsConnector::default())),
        })
    }

    /// The request as ureq takes it; `None` where it must not or cannot be sent.
    fn prepare<'a>(&self, request: &'a HttpRequest) -> Option<Request<&'a str>> {
        let uri: Uri = request.url.parse().ok()?;
        let origin = Origin::of(&uri)?;
        let mut builder = Request::builder().uri(uri).method(match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
        });
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        if request.auth == Auth::Bearer {
            if origin != self.origin {
                return None;
            }
            builder = builder.header(AUTHORIZATION, self.authorization.clone());
        }
        builder.body(request.body.as_deref().unwrap_or("")).ok()
    }

    #[expect(clippy::disallowed_methods, reason = "the HTTP driver")]
    fn agent(&self, timeout_ms: u64, sent: Arc<AtomicBool>) -> Agent {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .max_idle_connections(0)
            .user_agent(USER_AGENT)
            .timeout_global(Some(Duration::from_millis(timeout_ms)))
            .build();
        let connector = Watched {
            chain: self.chain.clone(),
            sent,
        };
        Agent::with_parts(config, connector, DefaultResolver::default())
    }
}

impl Transport for UreqTransport {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFault> {
        let prepared = self.prepare(request).ok_or(HttpFault::NotSent)?;
        let sent = Arc::new(AtomicBool::new(false));
        let agent = self.agent(request.timeout_ms, sent.clone());
        let answer = match (request.method, &request.body) {
            (Method::Get, None) => agent.run(prepared.map(|_| ())),
            _ => agent.run(prepared),
        };
        answer
            .and_then(|answer| read(answer, request.max_answer_bytes))
            .map_err(|error| classify(&error, sent.load(Ordering::Relaxed)))
    }
}

fn read(answer: Response<Body>, most_bytes: u64) -> Result<HttpResponse, ureq::Error> {
    let (parts, mut body) = answer.into_parts();
    let header = |(name, value): (&ureq::http::HeaderName, &HeaderValue)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    };
    Ok(HttpResponse {
        status: parts.status.as_u16(),
        headers: parts.headers.iter().map(header).collect(),
        body: body.with_config().limit(most_bytes).read_to_vec()?,
    })
}

fn classify(error: &ureq::Error, sent: bool) -> HttpFault {
    match error {
        _ if !sent => HttpFault::NotSent,
        ureq::Error::BodyExceedsLimit(_) | ureq::Error::LargeResponseHeader(..) => {
            HttpFault::TooLarge
        }
        _ => HttpFault::Interrupted,
    }
}

/// Scheme, host and port: what a key is meant for.
#[derive(Debug, PartialEq, Eq)]
struct Origin {
    https: bool,
    host: String,
    port: u16,
}

impl Origin {
    /// `None` for what is neither https nor http on this machine, and for user names in it.
    fn of(uri: &Uri) -> Option<Self> {
        let authority = uri.authority()?;
        let host = authority.host().to_ascii_lowercase();
        let https = match uri.scheme_str()? {
            "https" => true,
            "http" if matches!(host.as_str(), "127.0.0.1" | "localhost" | "[::1]") => false,
            _ => return None,
        };
        if host.is_empty() || authority.as_str().contains('@') {
            return None;
        }
        let port = match (authority.port(), https) {
            (Some(port), _) => port.as_u16(),
            (None, true) => 443,
            (None, false) => 80,
        };
        Some(Self { https, host, port })
    }
}

/// A chain of connectors whose connections note when the first byte of a request goes out. Name
/// lookup, connecting and the TLS handshake come before that.
#[derive(Debug)]
struct Watched {
    chain: Arc<Chain>,
    sent: Arc<AtomicBool>,
}

impl Connector for Watched {
    type Out = WatchedConnection<<Chain as Connector>::Out>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let connection = self.chain.connect(details, chained)?;
        Ok(connection.map(|inner| WatchedConnection {
            inner,
            sent: self.sent.clone(),
        }))
    }
}

#[derive(Debug)]
struct WatchedConnection<C> {
    inner: C,
    sent: Arc<AtomicBool>,
}

impl<C: Connection> Connection for WatchedConnection<C> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.sent.store(true, Ordering::Relaxed);
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
