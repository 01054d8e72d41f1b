//! Webhooks by the names of their calls. The clock is an argument.

use serde_json::Value as Json;

use super::{Outcome, Refusal, documents};
use crate::document::json;
use crate::webhook::{
    Rejection, TOLERANCE_S, likely_cause, parse_webhook, sign_webhook, verify_webhook,
};
use crate::{Error, Secret};

pub(super) struct Verify {
    header: Option<String>,
    secrets: Vec<Secret>,
    now_ms: i64,
    tolerance_s: Option<u64>,
}

pub(super) struct Sign {
    secret: Secret,
    timestamp_s: i64,
}

crate::document::readable! {
    Verify { header: get, secrets: get, now_ms: get, tolerance_s: get }
    Sign { secret: get, timestamp_s: get }
}

pub(super) fn verify(asked: &Verify, body: &[u8]) -> Outcome {
    let header = asked.header.as_deref();
    let tolerance_s = asked.tolerance_s.unwrap_or(TOLERANCE_S);
    match verify_webhook(body, header, &asked.secrets, asked.now_ms, tolerance_s) {
        Ok(verified) => Ok(json!({
            "timestamp_s": verified.timestamp_s,
            "secret_index": verified.secret_index,
        })),
        Err(rejection) => {
            let cause = likely_cause(body, header, &asked.secrets, asked.now_ms, &rejection);
            let mut refusal = refused(rejection);
            let more = &mut refusal.more;
            more.insert("advice".to_owned(), cause.advice().into());
            if let Json::Object(fields) = json!(cause) {
                more.extend(fields);
            }
            Err(refusal)
        }
    }
}

/// A rejection with its `skew_s`, if the time was wrong.
fn refused(rejection: Rejection) -> Refusal {
    let mut refusal = Refusal::from(Error::from(rejection));
    if let Rejection::SignatureStale { skew_s } = rejection {
        refusal.more.insert("skew_s".to_owned(), skew_s.into());
    }
    refusal
}

pub(super) fn sign(asked: &Sign, body: &[u8]) -> Outcome {
    Ok(json!(sign_webhook(
        body,
        asked.secret.expose(),
        asked.timestamp_s
    )))
}

pub(super) fn parse(body: &[u8]) -> Outcome {
    Ok(documents::event_document(&parse_webhook(body)?))
}
