//! `coinpay dash`: the operator's view on loopback. The pages are the core's; decided here is who
//! gets to see them: whoever has the key that is printed, through an address of this machine.

use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use clap::Args;
use coinpay_core::dash::{DashAnswer, DashRequest};
use coinpay_core::{Engine, Error, ErrorCode, Result};
use serde_json::json;
use tokio::runtime::Builder;

use crate::operator::{for_an_operator, open, user};
use crate::output::{Exit, Report, fail, note, print};
use crate::settings::ConfigArgument;

const COMMAND: &str = "dash";
const COOKIE: &str = "coinpay_dash";

const EXAMPLES: &str = "\
Examples:
  coinpay dash
  coinpay dash --listen 127.0.0.1:0 --actor anna --json

  From another machine, over ssh:
    ssh -L 8719:127.0.0.1:8719 shop.example coinpay dash

Exit status: 0 after Ctrl-C, 1 where the address is taken or the database does not answer, 2 for a
wrong command line or configuration.";

/// Serves the operator's view: orders and their stories, what needs a person, side work, stock,
/// figures, and /metrics for Prometheus.
///
/// On this machine only, to whoever has the key in the address that is printed; /metrics, which
/// has no order in it, takes none. What is decided there is written into the log with the actor.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Dash {
    /// Where to listen; loopback only, port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8719", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Who decides, for the log [default: the user of this machine]
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// Print the address as one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArgument,
}

struct Door {
    engine: Engine,
    actor: String,
    port: u16,
    /// Lets somebody in.
    key: String,
    csrf: String,
}

impl Dash {
    pub(crate) fn run(&self) -> ExitCode {
        match self.serve() {
            Ok(()) => Exit::Fine.into(),
            Err(error) => fail(COMMAND, self.json, &for_an_operator(error)),
        }
    }

    fn serve(&self) -> Result<()> {
        if !self.listen.ip().is_loopback() {
            return Err(Error::invalid("--listen", "has to be of this machine"));
        }
        let engine = open(&self.config)?;
        // Says at once where the database does not answer.
        engine.health()?;
        let listener = TcpListener::bind(self.listen).map_err(not_served)?;
        listener.set_nonblocking(true).map_err(not_served)?;
        let address = listener.local_addr().map_err(not_served)?;
        let door = Arc::new(Door {
            engine,
            actor: self.actor.clone().unwrap_or_else(user),
            port: address.port(),
            key: random()?,
            csrf: random()?,
        });
        let url = format!("http://{address}/?key={}", door.key);
        let report = Report {
            text: url.clone(),
            json: json!({ "url": url, "metrics_url": format!("http://{address}/metrics") }),
            exit: Exit::Fine,
        };
        print(&report, self.json);
        if !self.json {
            note(COMMAND, "open this address in a browser; Ctrl-C ends it");
        }
        let runtime = Builder::new_current_thread().enable_all().build();
        runtime
            .map_err(not_served)?
            .block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                let router: Router<()> = Router::new()
                    .fallback(page)
                    .layer(middleware::from_fn_with_state(Arc::clone(&door), let_in))
                    .with_state(door);
                let end = async {
                    let _asked = tokio::signal::ctrl_c().await;
                };
                axum::serve(listener, router)
                    .with_graceful_shutdown(end)
                    .await
            })
            .map_err(not_served)
    }
}

fn not_served(error: std::io::Error) -> Error {
    Error::new(ErrorCode::Internal, format!("cannot listen: {error}"))
}

fn random() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| Error::from(ErrorCode::Internal))?;
    Ok(hex::encode(bytes))
}

/// Nobody comes in by a name that is not this machine's, which a page of another site could have
/// pointed here; nobody without the key; and no form of another site's.
async fn let_in(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if !is_our_host(headers, door.port) {
        return refuse(
            StatusCode::MISDIRECTED_REQUEST,
            "this is not the host you asked for",
        );
    }
    let path = request.uri().path();
    if path == "/metrics" && request.method() == Method::GET {
        return next.run(request).await;
    }
    if let Some(key) = request
        .uri()
        .query()
        .and_then(|query| query.strip_prefix("key="))
    {
        return if same(key, &door.key) {
            enter(&door.key)
        } else {
            refuse(
                StatusCode::FORBIDDEN,
                "the key is another one now; see what was printed",
            )
        };
    }
    if !cookies(headers).any(|(name, value)| name == COOKIE && same(value, &door.key)) {
        return refuse(
            StatusCode::FORBIDDEN,
            "open the whole address that coinpay dash has printed, with its key",
        );
    }
    let elsewhere = headers.get("sec-fetch-site");
    let elsewhere = elsewhere.is_some_and(|site| site != "same-origin" && site != "none");
    if elsewhere && request.method() != Method::GET {
        return refuse(StatusCode::FORBIDDEN, "the form is of another site");
    }
    next.run(request).await
}

fn is_our_host(headers: &HeaderMap, port: u16) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let names = ["127.0.0.1", "localhost", "[::1]"];
    names
        .iter()
        .any(|name| host == Some(format!("{name}:{port}").as_str()))
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let all = headers.get_all(header::COOKIE).into_iter();
    let pairs = all.filter_map(|value| value.to_str().ok());
    let pairs = pairs.flat_map(|value| value.split(';'));
    pairs.filter_map(|pair| pair.trim().split_once('='))
}

/// Compares without telling by its time where the difference is.
fn same(a: &str, b: &str) -> bool {
    let pairs = a.bytes().zip(b.bytes());
    let difference = pairs.fold(0, |sum, (a, b)| sum | (a ^ b));
    a.len() == b.len() && difference == 0
}

/// The key goes from the address into a cookie, so that it is in no history and no log.
fn enter(key: &str) -> Response {
    let cookie = format!("{COOKIE}={key}; Path=/; HttpOnly; SameSite=Strict");
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, HeaderValue::from_static("/"));
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        headers.insert(header::SET_COOKIE, cookie);
    }
    response
}

fn refuse(status: StatusCode, why: &str) -> Response {
    (status, format!("coinpay dash: {why}\n")).into_response()
}

async fn page(State(door): State<Arc<Door>>, method: Method, uri: Uri, body: Bytes) -> Response {
    let nonce = match random() {
        Ok(nonce) => nonce,
        Err(error) => return refuse(StatusCode::INTERNAL_SERVER_ERROR, &error.message),
    };
    let request = DashRequest {
        method: method.to_string(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        form: String::from_utf8_lossy(&body).into_owned(),
        base: String::new(),
        actor: door.actor.clone(),
        csrf: door.csrf.clone(),
        nonce,
    };
    let asked = tokio::task::spawn_blocking(move || {
        let engine = &door.engine;
        engine.run(|start| engine.shop().dash(start, request))
    });
    match asked.await {
        Ok(Ok(answer)) => sent(answer),
        Ok(Err(error)) => refuse(StatusCode::INTERNAL_SERVER_ERROR, &error.message),
        Err(_) => refuse(StatusCode::INTERNAL_SERVER_ERROR, "the page broke down"),
    }
}

fn sent(answer: DashAnswer) -> Response {
    let status = StatusCode::from_u16(answer.http_status);
    let mut response = status
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
        .into_response();
    for (name, value) in &answer.headers {
        let name = HeaderName::try_from(name.as_str());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    *response.body_mut() = answer.body.into();
    response
}
