//! The habits of any answer: what comes instead of, or before, what the call would have got.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::json;

use super::answers::{Refusal, html_answer, json_answer};
use super::world::World;

const REQUESTS_A_MINUTE: usize = 100;
const MINUTE_MS: i64 = 60_000;

pub(crate) enum Twist {
    Answer(Response),
    Refuse(Refusal),
    Delay(Duration),
    Drop,
    Never,
}

/// What happens to a request of this route before anybody looks at it.
pub(crate) fn take(world: &mut World, route: Option<&str>) -> Option<Twist> {
    if world.faults.take_for("drop_connection", route).is_some() {
        return Some(Twist::Drop);
    }
    if world.faults.take_for("no_answer", route).is_some() {
        return Some(Twist::Never);
    }
    if let Some(refusal) = refusal(world, route) {
        return Some(Twist::Refuse(refusal));
    }
    if let Some(answer) = answer(world, route) {
        return Some(Twist::Answer(answer));
    }
    let delay = world.faults.take_for("delay", route)?;
    Some(Twist::Delay(Duration::from_millis(delay.ms_or(1_000))))
}

fn refusal(world: &mut World, route: Option<&str>) -> Option<Refusal> {
    if let Some(fault) = world.faults.take_for("rate_limited", route) {
        return Some(too_many(fault.ms_or(30_000).div_ceil(1000)));
    }
    if world.faults.take_for("enforce_rate_limit", route).is_some()
        && let Some(seconds) = seconds_to_wait(world)
    {
        return Some(too_many(seconds));
    }
    if world.faults.take_for("unauthorized", route).is_some() {
        return Some(Refusal::unauthorized());
    }
    if world.faults.take_for("forbidden", route).is_some() {
        let error = "This API key does not have the scope for this";
        return Some(Refusal::new(StatusCode::FORBIDDEN, error));
    }
    if world.faults.take_for("not_found", route).is_some() {
        return Some(Refusal::new(StatusCode::NOT_FOUND, "Not found"));
    }
    None
}

fn answer(world: &mut World, route: Option<&str>) -> Option<Response> {
    if world.faults.take_for("server_error", route).is_some() {
        return Some(server_error());
    }
    if world.faults.take_for("unavailable", route).is_some() {
        let mut answer = Response::default();
        *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        return Some(answer);
    }
    if world.faults.take_for("redirected", route).is_some() {
        let mut answer = Response::default();
        *answer.status_mut() = StatusCode::FOUND;
        let elsewhere = HeaderValue::from_static("/elsewhere");
        answer.headers_mut().insert(header::LOCATION, elsewhere);
        return Some(answer);
    }
    if world.faults.take_for("not_json", route).is_some() {
        return Some(page(StatusCode::OK));
    }
    if world.faults.take_for("oversized_answer", route).is_some() {
        let padding = "x".repeat((1 << 20) + 1);
        return Some(json_answer(
            StatusCode::OK,
            &json!({ "success": true, "padding": padding }),
        ));
    }
    None
}

/// 500 with the page of a proxy instead of JSON.
pub(crate) fn server_error() -> Response {
    page(StatusCode::INTERNAL_SERVER_ERROR)
}

fn page(status: StatusCode) -> Response {
    let page = format!("<!doctype html><title>{status}</title><h1>{status}</h1><hr>proxy");
    html_answer(status, page)
}

fn too_many(seconds: u64) -> Refusal {
    let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests");
    Refusal {
        retry_after_seconds: Some(seconds),
        ..refusal.code("RATE_LIMITED")
    }
}

/// Counts this request; says how long to wait when it is one too many in a minute.
fn seconds_to_wait(world: &mut World) -> Option<u64> {
    let now_ms = world.clock.now_ms();
    let recent = &mut world.recent_calls_ms;
    while recent
        .front()
        .is_some_and(|at_ms| *at_ms <= now_ms - MINUTE_MS)
    {
        recent.pop_front();
    }
    if recent.len() < REQUESTS_A_MINUTE {
        recent.push_back(now_ms);
        return None;
    }
    let wait_ms = recent
        .front()
        .map_or(MINUTE_MS, |at_ms| at_ms + MINUTE_MS - now_ms);
    Some(wait_ms.unsigned_abs().div_ceil(1000).max(1))
}
