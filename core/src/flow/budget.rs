//! How many questions the gateway may be asked in a minute. Kept in the store, because the limit
//! is on the machine's address and not on a process. A quarter is left for create calls.

use crate::Result;
use crate::store::{FaultClass, Fields, Query};

use super::change::lock_statement;
use super::context::{Cx, store_error};
use super::schedule::MINUTE_MS;

/// Looks are taken in slots of so many.
const SLOT: u32 = 5;
/// The most slots that one worker takes at once.
const MOST_SLOTS: i64 = 4;

fn minute(now_ms: i64) -> i64 {
    now_ms.checked_div(MINUTE_MS).unwrap_or(0)
}

/// Takes the right to ask up to `wanted` questions in this minute; fewer, or none, where the
/// minute is used up.
pub(crate) async fn take(cx: &Cx, wanted: u32) -> Result<u32> {
    let per_minute = cx.shop.config.requests_per_minute;
    let for_looks = per_minute.saturating_mul(3).checked_div(4).unwrap_or(0);
    let slot = SLOT.min(for_looks).max(1);
    let slots = i64::from(for_looks.checked_div(slot).unwrap_or(0));
    let lock = format!("budget:{:012}", minute(cx.now_ms()));
    for _ in 0..4 {
        let rows = cx
            .load(vec![cx.sql(Query::LogVersion, vec![lock.as_str().into()])])
            .await?;
        let used = match rows.first().and_then(|rows| rows.first()) {
            Some(row) => Fields::of("order_log", row)
                .optional_integer()?
                .unwrap_or(0),
            None => 0,
        };
        let asked = i64::from(wanted.div_ceil(slot)).min(MOST_SLOTS);
        let free = slots.saturating_sub(used).min(asked);
        if free <= 0 {
            return Ok(0);
        }
        let commit_id = cx.token();
        let rows = (1..=free).map(|next| {
            let version = used.saturating_add(next);
            lock_statement(cx, &lock, version, "asked", &commit_id, cx.now_ms())
        });
        match cx.commit_once(rows.collect()).await? {
            Ok(()) => return Ok(u32::try_from(free).unwrap_or(0).saturating_mul(slot)),
            // Somebody took the same slots; or they may be ours: then they are wasted.
            Err(fault) if fault.class == FaultClass::Fatal => return Err(store_error(&fault)),
            Err(_) => {}
        }
    }
    Ok(0)
}

/// Names of the locks of minutes that are over.
pub(crate) fn over(now_ms: i64) -> String {
    format!("budget:{:012}", minute(now_ms).saturating_sub(1))
}
