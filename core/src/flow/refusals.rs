//! How many webhooks were refused, and why the last one was. Counted in memory, so that a flood of
//! forgeries writes nothing, and added to the store's one note now and then: with the reason of a
//! refusal, which is looked for at most once a minute, and when `work` or `health` is called.

use crate::sorted::SortedMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value as Json};

use crate::ErrorCode;
use crate::Result;
use crate::document::{self, FromJson, ToJson, put, text};
use crate::store::{FaultClass, Fields, Query, Rows, Value};

use super::context::Cx;
use super::schedule::MINUTE_MS;

/// The note's name in the store.
const NAME: &str = "webhook_rejected";

/// What a shop has refused in this process and not written down yet.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Mutex<Pending>);

#[derive(Debug, Default)]
struct Pending {
    counts: SortedMap<ErrorCode, u64>,
    last: Option<Last>,
    looked_at_ms: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Last {
    code: ErrorCode,
    cause: Option<String>,
    at_ms: i64,
}

crate::document::written! { Last { code, at_ms; cause } }
crate::document::readable! { Last { code: get, cause: get, at_ms: get } }

/// Whether the reason of a refusal may be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    NotYet,
    /// For the first time in this process, which may be one of many that live for a request.
    First,
    Again,
}

/// The note in the store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Note {
    last: Option<Last>,
    pub(super) counts: SortedMap<String, u64>,
    pub(super) since_ms: Option<i64>,
}

impl Refusals {
    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, code: ErrorCode, now_ms: i64) -> Look {
        let mut pending = self.pending();
        let count = pending.counts.slot(code);
        *count = count.saturating_add(1);
        pending.last = Some(Last {
            code,
            cause: None,
            at_ms: now_ms,
        });
        let last_ms = pending.looked_at_ms;
        let is_recent = |at_ms: i64| at_ms <= now_ms && now_ms.saturating_sub(at_ms) < MINUTE_MS;
        if last_ms.is_some_and(is_recent) {
            return Look::NotYet;
        }
        pending.looked_at_ms = Some(now_ms);
        if last_ms.is_none() {
            Look::First
        } else {
            Look::Again
        }
    }

    fn take(&self) -> (SortedMap<ErrorCode, u64>, Option<Last>) {
        let mut pending = self.pending();
        (std::mem::take(&mut pending.counts), pending.last.take())
    }

    fn give_back(&self, counts: SortedMap<ErrorCode, u64>, last: Option<Last>) {
        let mut pending = self.pending();
        for (code, more) in counts {
            let count = pending.counts.slot(code);
            *count = count.saturating_add(more);
        }
        pending.last = pending.last.take().or(last);
    }
}

/// Counts a refused webhook. Where its reason may be looked for, that is `cause`'s answer, and it
/// is written down with what was counted before.
pub(super) async fn refuse(
    cx: &Cx,
    code: ErrorCode,
    cause: impl FnOnce() -> String + Send,
) -> Result<Option<String>> {
    let look = cx.shop.refusals.count(code, cx.now_ms());
    if look == Look::NotYet {
        return Ok(None);
    }
    let cause = cause();
    let last = Last {
        code,
        cause: Some(cause.clone()),
        at_ms: cx.now_ms(),
    };
    write_down(cx, Some(last), look == Look::First).await?;
    Ok(Some(cause))
}

/// Writes down what was counted since the last time, if anything was.
pub(super) async fn settle(cx: &Cx) -> Result<()> {
    if cx.shop.refusals.pending().counts.is_empty() {
        return Ok(());
    }
    write_down(cx, None, false).await
}

/// Nothing depends on the note, so a busy store is let be, and the counts wait. With `is_first` a
/// note that is no minute old stays as it is: where each webhook has a process of its own, a flood
/// would write it each time.
async fn write_down(cx: &Cx, explained: Option<Last>, is_first: bool) -> Result<()> {
    let loads = vec![cx.sql(Query::Meta, vec![NAME.into()])];
    let Ok(rows) = cx.load_once(loads).await? else {
        return Ok(());
    };
    let now_ms = cx.now_ms();
    let mut note = rows.first().map_or_else(Note::default, Note::read);
    let written_ms = note.last.as_ref().map(|last| last.at_ms);
    let is_recent = |at_ms: i64| at_ms <= now_ms && now_ms.saturating_sub(at_ms) < MINUTE_MS;
    if is_first && written_ms.is_some_and(is_recent) {
        return Ok(());
    }
    let (counts, last) = cx.shop.refusals.take();
    for (code, more) in &counts {
        let count = note.counts.slot(code.as_str().to_owned());
        *count = count.saturating_add(*more);
    }
    note.since_ms = note.since_ms.or(written_ms).or(Some(now_ms));
    // One that nobody looked into says less than the one before it.
    note.last = explained.or(note.last).or_else(|| last.clone());
    let value: Value = text(&note.to_json()).into();
    let statements = vec![
        cx.sql(Query::DeleteMeta, vec![NAME.into()]),
        cx.sql(Query::InsertMeta, vec![NAME.into(), value]),
    ];
    let written = cx.commit_once(statements).await?;
    // What may have been written all the same is not told twice.
    if written.is_err_and(|fault| fault.class != FaultClass::Unknown) {
        cx.shop.refusals.give_back(counts, last);
    }
    Ok(())
}

impl ToJson for Note {
    fn to_json(&self) -> Json {
        let mut fields = match self.last.to_json() {
            Json::Object(fields) => fields,
            _ => Map::new(),
        };
        put(&mut fields, "counts", self.counts.to_json());
        put(&mut fields, "since_ms", self.since_ms.to_json());
        Json::Object(fields)
    }
}

impl Note {
    /// A note that cannot be read is none.
    pub(super) fn read(rows: &Rows) -> Self {
        let text = rows.first().map(|row| Fields::of("meta", row).text());
        let text = text.and_then(Result::ok).unwrap_or_default();
        let note = document::parse(&text).unwrap_or_default();
        let counts = note.get("counts").and_then(Json::as_object);
        let counts = counts.into_iter().flatten();
        Self {
            last: Last::from_json(&note),
            counts: counts
                .filter_map(|(code, count)| Some((code.clone(), count.as_u64()?)))
                .collect(),
            since_ms: note.get("since_ms").and_then(Json::as_i64),
        }
    }

    /// The last one, as `health` tells it.
    pub(super) fn last(&self) -> Option<Json> {
        self.last.as_ref().map(Last::to_json)
    }
}
