//! Effects as rows: how a new one looks, and its key for the mailer or the carrier.

use serde_json::Value as Json;

use crate::order::EffectKind;
use crate::store::{EffectRecord, EffectState};

/// The `order_id` of effects that belong to the shop as a whole.
pub(crate) const SHOP: &str = "shop";

pub(crate) fn new_effect(
    order_id: &str,
    version: i64,
    kind: EffectKind,
    subject: String,
    payload: Json,
    now_ms: i64,
) -> EffectRecord {
    let idempotency_key = if subject.is_empty() {
        format!("{order_id}/{kind}")
    } else {
        format!("{order_id}/{kind}/{subject}")
    };
    EffectRecord {
        order_id: order_id.to_owned(),
        kind,
        subject,
        lane: kind.lane(),
        version,
        state: EffectState::Due,
        idempotency_key,
        payload,
        claim_no: 0,
        claim_token: None,
        lease_until_ms: None,
        tries: 0,
        next_at_ms: now_ms,
        result: None,
        error: None,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    }
}
