//! The API as a shop calls it: one request in, one answer out, or none. Logs every call and
//! lets the habits of answers bite; what a call does is decided elsewhere.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use tokio::task::spawn_blocking;

use super::answers::{Refusal, json_answer};
use super::connection::Connection;
use super::create::{self, After};
use super::lookups;
use super::request_log;
use super::twists::{self, Twist};
use super::world::Shared;

const LARGEST_REQUEST: usize = 1 << 20;
const KEY_RACE: Duration = Duration::from_millis(2_000);

/// One call, as far as HTTP has read it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub route: Option<Route>,
    pub uri: axum::http::Uri,
    pub authorization: Option<String>,
    pub idempotency_key: Option<String>,
    pub body: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Create,
    Get(String),
    Qr(String),
    List,
    Rates,
    Tokens,
    SupportedCoins,
    Businesses,
}

impl Route {
    fn parse(method: &str, path: &str) -> Option<Self> {
        let parts: Vec<_> = path.strip_prefix("/api/")?.split('/').collect();
        match (method, parts.as_slice()) {
            ("POST", ["payments", "create"]) => Some(Self::Create),
            ("GET", ["payments", id]) => Some(Self::Get((*id).to_owned())),
            ("GET", ["payments", id, "qr"]) => Some(Self::Qr((*id).to_owned())),
            ("GET", ["payments"]) => Some(Self::List),
            ("GET", ["rates"]) => Some(Self::Rates),
            ("GET", ["tokens"]) => Some(Self::Tokens),
            ("GET", ["supported-coins"]) => Some(Self::SupportedCoins),
            ("GET", ["businesses"]) => Some(Self::Businesses),
            _ => None,
        }
    }

    /// The name by which faults are kept to a route.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Get(_) => "get",
            Self::Qr(_) => "qr",
            Self::List => "list",
            Self::Rates => "rates",
            Self::Tokens => "tokens",
            Self::SupportedCoins => "supported_coins",
            Self::Businesses => "businesses",
        }
    }
}

/// How a call ends.
pub(crate) enum Reply {
    Answer(Response),
    Dropped,
    Never,
}

pub(crate) async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST_REQUEST).await;
    let call = Call {
        route: Route::parse(parts.method.as_str(), parts.uri.path()),
        authorization: text_of(&parts.headers, header::AUTHORIZATION.as_str()),
        idempotency_key: text_of(&parts.headers, "idempotency-key"),
        body: body
            .as_ref()
            .map(|bytes| bytes.to_vec())
            .unwrap_or_default(),
        uri: parts.uri,
    };
    let entry = log(&shared, parts.method.as_str(), &call);
    let reply = match body {
        Ok(_) => reply(&shared, &call).await,
        Err(_) => {
            let refusal = Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large");
            Reply::Answer(refusal.into_answer(false))
        }
    };
    let mut answer = match reply {
        Reply::Answer(answer) => answer,
        Reply::Never => std::future::pending().await,
        Reply::Dropped => {
            connection.break_off();
            return Response::default();
        }
    };
    let mut world = shared.lock();
    world.requests.answered(entry, answer.status().as_u16());
    let at = Duration::from_millis(world.clock.now_ms().unsigned_abs());
    let date = httpdate::fmt_http_date(std::time::UNIX_EPOCH + at);
    if let Ok(date) = HeaderValue::from_str(&date) {
        answer.headers_mut().insert(header::DATE, date);
    }
    answer
}

fn text_of(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.as_bytes();
    Some(String::from_utf8_lossy(value).into_owned())
}

fn log(shared: &Shared, method: &str, call: &Call) -> request_log::Entry {
    let path = call
        .uri
        .path_and_query()
        .map_or_else(String::new, ToString::to_string);
    let mut world = shared.lock();
    let request = request_log::Request {
        at_ms: world.clock.now_ms(),
        method: method.to_owned(),
        path,
        idempotency_key: call.idempotency_key.clone(),
        authorization_sent: call.authorization.is_some(),
        body: String::from_utf8_lossy(&call.body).into_owned(),
        status: None,
    };
    world.requests.add(request)
}

async fn reply(shared: &Arc<Shared>, call: &Call) -> Reply {
    let name = call.route.as_ref().map(Route::as_str);
    let twist = shared.change(|world| twists::take(world, name));
    match twist {
        Some(Twist::Drop) => return Reply::Dropped,
        Some(Twist::Never) => return Reply::Never,
        Some(Twist::Answer(answer)) => return Reply::Answer(answer),
        Some(Twist::Refuse(refusal)) => return refuse(shared, name, refusal),
        Some(Twist::Delay(delay)) => tokio::time::sleep(delay).await,
        None => {}
    }
    match &call.route {
        None => refuse(
            shared,
            name,
            Refusal::new(StatusCode::NOT_FOUND, "Not found"),
        ),
        Some(Route::Create) => create(shared, call).await,
        Some(route) => {
            let answer = shared.change(|world| lookups::answer(world, route, call));
            answer.map_or_else(|refusal| refuse(shared, name, refusal), Reply::Answer)
        }
    }
}

fn refuse(shared: &Shared, route: Option<&str>, refusal: Refusal) -> Reply {
    let as_object = shared
        .lock()
        .faults
        .take_for("error_as_object", route)
        .is_some();
    Reply::Answer(refusal.into_answer(as_object))
}

async fn create(shared: &Arc<Shared>, call: &Call) -> Reply {
    if let Some(key) = call.idempotency_key.clone() {
        let waiting = Arc::clone(shared);
        let refused = spawn_blocking(move || meet_second_call(&waiting, &key)).await;
        if let Ok(Some(refusal)) = refused {
            return refuse(shared, Some("create"), refusal);
        }
    }
    let wanted = create::Call {
        authorization: call.authorization.as_deref(),
        key: call.idempotency_key.as_deref(),
        body: &call.body,
    };
    let outcome = match shared.change(|world| create::create(world, &wanted)) {
        Ok(outcome) => outcome,
        Err(refusal) => return refuse(shared, Some("create"), refusal),
    };
    match outcome.after {
        After::Never => return Reply::Never,
        After::Dropped => return Reply::Dropped,
        After::Error => return Reply::Answer(twists::server_error()),
        After::Webhooks(wait_ms) => {
            let waiting = Arc::clone(shared);
            let until = Instant::now() + Duration::from_millis(wait_ms.min(60_000));
            // The answer goes out whether or not the webhook arrived in time.
            let _arrived = spawn_blocking(move || waiting.wait_until_idle(until)).await;
        }
        After::Answer => {}
    }
    Reply::Answer(json_answer(outcome.status, &outcome.body))
}

/// Two calls with one key in flight: the first waits here for the second, which fails.
fn meet_second_call(shared: &Shared, key: &str) -> Option<Refusal> {
    let mut world = shared.lock();
    if let Some(met) = world.held_keys.get_mut(key) {
        *met = true;
        drop(world);
        shared.announce();
        let error = "duplicate key value violates unique constraint";
        return Some(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error));
    }
    let fault = world.faults.take("key_in_flight")?;
    let wait = fault
        .ms
        .map_or(KEY_RACE, |ms| Duration::from_millis(ms.min(60_000)));
    let until = Instant::now() + wait;
    world.held_keys.insert(key.to_owned(), false);
    while world.held_keys.get(key) == Some(&false) && !shared.is_stopping() {
        let Some(left) = until.checked_duration_since(Instant::now()) else {
            break;
        };
        world = shared.wait(world, left);
    }
    world.held_keys.remove(key);
    None
}
