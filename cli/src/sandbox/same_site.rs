//! Keeps web pages of other sites from steering the sandbox through somebody's browser, which
//! reaches loopback as well as they do. Programs are not browsers and are let through.

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::json;

use super::answers::json_answer;

pub(crate) async fn refuse_others(request: Request, next: Next) -> Response {
    let site = request.headers().get("sec-fetch-site");
    let elsewhere = site.is_some_and(|site| site == "cross-site");
    if elsewhere && request.method() != Method::GET {
        let error = json!({ "error": "the request comes from a page of another site" });
        return json_answer(StatusCode::FORBIDDEN, &error);
    }
    next.run(request).await
}
