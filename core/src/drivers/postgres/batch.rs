//! A load or a commit on its way: what is sent, in which order, and what its answers come to.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Statement as Prepared};

use crate::drivers::pool::Trouble;
use crate::store::{FaultClass, Rows, Statement, StoreFault, Value};

use super::fault::trouble;
use super::value::{Parameter, check, read};

/// A statement as it goes to the server.
#[derive(Debug)]
pub(super) struct Sent<'a> {
    pub(super) sql: Arc<str>,
    pub(super) params: Vec<&'a Value>,
}

impl<'a> From<&'a Statement> for Sent<'a> {
    fn from(statement: &'a Statement) -> Self {
        Self {
            sql: Arc::clone(&statement.sql),
            params: statement.params.iter().collect(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Load,
    Commit,
}

impl Kind {
    const fn begin(self) -> &'static str {
        match self {
            Self::Load => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Self::Commit => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
        }
    }

    /// What a connection means that is lost once all has been sent.
    pub(super) const fn lost(self) -> FaultClass {
        match self {
            Self::Load => FaultClass::Retry,
            Self::Commit => FaultClass::Unknown,
        }
    }
}

/// How long a commit waits for a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// Much longer than another commit takes. Where it is that of several callers, a longer wait
    /// would hold up all of them, and whoever waits for what they hold.
    Short,
    Long,
}

/// What a session is set to, beside what it was set to when it was opened.
///
/// Several writes are only ever sent to a session that reads outside of transactions: one that ran
/// outside of its own, whatever went wrong, could change nothing. One write that is a transaction
/// by itself needs a session that writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Session {
    writes: bool,
    lock_ms: u64,
}

const SHORT_LOCK_MS: u64 = 200;

impl Session {
    pub(super) fn opened(answer_timeout: Duration) -> Self {
        let lock_ms = lock_ms(answer_timeout);
        Self {
            writes: false,
            lock_ms,
        }
    }

    /// As it has to be for a batch.
    pub(super) fn wanted(
        self,
        kind: Kind,
        statements: usize,
        patience: Patience,
        limit: Duration,
    ) -> Self {
        if kind == Kind::Load {
            return self;
        }
        let own_ms = lock_ms(limit);
        Self {
            writes: statements == 1,
            lock_ms: match patience {
                Patience::Short => SHORT_LOCK_MS.min(own_ms),
                Patience::Long => own_ms,
            },
        }
    }

    fn sql(self) -> String {
        let reads = if self.writes { "off" } else { "on" };
        format!(
            "SET default_transaction_read_only = {reads}; SET lock_timeout = {}",
            self.lock_ms
        )
    }
}

fn statement_ms(answer_timeout: Duration) -> u64 {
    let ms = answer_timeout.as_millis().saturating_mul(3) / 4;
    u64::try_from(ms).unwrap_or(u64::MAX)
}

fn lock_ms(answer_timeout: Duration) -> u64 {
    statement_ms(answer_timeout).min(5_000)
}

/// What has to be said on every connection. The server gives up before the client does. A commit
/// is durable even where the server was told to hurry. A statement is planned once: every one goes
/// by a key, so that its values make no better plan, and planning costs more than running. A plan
/// that does not know its limit takes many rows for likely, and would start processes to find ten.
pub(super) fn setup(answer_timeout: Duration) -> String {
    let statement_ms = statement_ms(answer_timeout);
    let lock_ms = lock_ms(answer_timeout);
    format!(
        "SET client_min_messages = warning;
         SET statement_timeout = {statement_ms};
         SET lock_timeout = {lock_ms};
         SET idle_in_transaction_session_timeout = 60000;
         SET default_transaction_read_only = on;
         SET default_transaction_isolation = 'read committed';
         SELECT set_config('synchronous_commit', 'on', false)
             WHERE current_setting('synchronous_commit') = 'off';
         SELECT set_config('plan_cache_mode', 'force_generic_plan', false)
             WHERE current_setting('plan_cache_mode', true) IS NOT NULL;
         SELECT set_config('max_parallel_workers_per_gather', '0', false)
             WHERE current_setting('max_parallel_workers_per_gather', true) IS NOT NULL"
    )
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Answers of futures that were all begun in their order, before any was waited for.
pub(super) async fn all<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut pending: Vec<_> = futures
        .into_iter()
        .map(|one| (Box::pin(one), None))
        .collect();
    poll_fn(|cx| {
        let mut ready = true;
        for (future, answer) in &mut pending {
            if answer.is_none() {
                match future.as_mut().poll(cx) {
                    Poll::Ready(value) => *answer = Some(value),
                    Poll::Pending => ready = false,
                }
            }
        }
        if ready {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    pending
        .into_iter()
        .filter_map(|(_, answer)| answer)
        .collect()
}

/// Whether this needs no BEGIN. A load does unless it plainly reads, since the session may write.
fn is_a_transaction(kind: Kind, statements: &[Sent<'_>]) -> bool {
    let [one] = statements else {
        return false;
    };
    kind == Kind::Commit || one.sql.starts_with("SELECT ")
}

/// Sends everything, then reads the answers. After the first error the server refuses the rest
/// and turns the COMMIT into a ROLLBACK. One statement is a transaction by itself.
pub(super) async fn at_once(
    client: &Client,
    (session, wanted): (&mut Session, Session),
    kind: Kind,
    statements: &[Sent<'_>],
    prepared: &[Prepared],
) -> Result<Vec<Rows>, Trouble> {
    for (one, statement) in prepared.iter().zip(statements) {
        check(one, &statement.params).map_err(Trouble::Answered)?;
    }
    let set = (wanted != *session).then(|| wanted.sql());
    let sent = StepsSent::default();
    let mut steps: Vec<Boxed<'_, Result<Rows, Failure>>> = Vec::new();
    if let Some(set) = &set {
        steps.push(sent.after_all_before(command(client, set)));
    }
    let alone = is_a_transaction(kind, statements);
    if !alone {
        steps.push(sent.after_all_before(command(client, kind.begin())));
    }
    let first = steps.len();
    for (one, statement) in prepared.iter().zip(statements) {
        let step = run(client, kind, one, &statement.params);
        steps.push(sent.after_all_before(step));
    }
    if !alone {
        steps.push(sent.after_all_before(command(client, "COMMIT")));
    }
    let last = steps.len().saturating_sub(1);
    let mut rows = Vec::new();
    for (index, answer) in all(steps).await.into_iter().enumerate() {
        match answer {
            Ok(found) => rows.push(found),
            Err(Failure::Unreadable(fault)) => return Err(Trouble::Unusable(fault)),
            Err(Failure::NotSent) => {
                return Err(Trouble::Lost(StoreFault::new(
                    FaultClass::Retry,
                    "NOT_SENT",
                )));
            }
            // What came behind it may have been done all the same.
            Err(Failure::Said(_)) if set.is_some() && index == 0 => {
                let fault = StoreFault::new(kind.lost(), "SESSION_NOT_SET");
                return Err(Trouble::Unusable(fault));
            }
            Err(Failure::Said(error)) => {
                // Answers come in order: who is told of the end before the COMMIT was answered
                // for knows that it did not happen.
                let ended = if index == last {
                    kind.lost()
                } else {
                    FaultClass::Retry
                };
                return Err(trouble(&error, kind.lost(), ended));
            }
        }
        // The first answer.
        if index == 0 && set.is_some() {
            *session = wanted;
        }
    }
    // The answers of BEGIN and COMMIT are no rows.
    let rows = rows.into_iter().skip(first);
    Ok(rows.take(statements.len()).collect())
}

/// Waits for each answer before the next is sent: for statements that cannot be prepared before
/// those in front of them have run.
pub(super) async fn one_by_one(
    client: &Client,
    kind: Kind,
    statements: &[Statement],
) -> Result<Vec<Rows>, Trouble> {
    // The COMMIT has not been sent.
    let before = |error: &Error| trouble(error, FaultClass::Retry, FaultClass::Retry);
    let failed = |error: Error| before(&error);
    client.batch_execute(kind.begin()).await.map_err(failed)?;
    let mut all = Vec::new();
    for statement in statements {
        let answer = async {
            let prepared = client
                .prepare(&statement.sql)
                .await
                .map_err(Failure::Said)?;
            let params = Sent::from(statement).params;
            check(&prepared, &params).map_err(Failure::Unreadable)?;
            run(client, kind, &prepared, &params).await
        };
        let trouble = match answer.await {
            Ok(rows) => {
                all.push(rows);
                continue;
            }
            Err(Failure::Said(error)) => before(&error),
            Err(Failure::Unreadable(fault)) => Trouble::Answered(fault),
            Err(Failure::NotSent) => Trouble::Lost(StoreFault::new(FaultClass::Retry, "NOT_SENT")),
        };
        return match (client.batch_execute("ROLLBACK").await, trouble) {
            (Err(_), Trouble::Answered(fault)) => Err(Trouble::Lost(fault)),
            (_, trouble) => Err(trouble),
        };
    }
    let done = client.batch_execute("COMMIT").await;
    done.map_err(|error| trouble(&error, kind.lost(), kind.lost()))?;
    Ok(all)
}

enum Failure {
    Said(Error),
    Unreadable(StoreFault),
    /// Something before it could not be sent, so it was not either.
    NotSent,
}

/// Keeps a COMMIT from being sent when a statement before it was not.
#[derive(Default)]
struct StepsSent {
    broken: std::sync::Arc<std::sync::atomic::AtomicBool>,
}

impl StepsSent {
    /// `step` is sent when it is first polled; one that has failed by then was not.
    fn after_all_before<'a>(
        &self,
        step: impl Future<Output = Result<Rows, Failure>> + Send + 'a,
    ) -> Boxed<'a, Result<Rows, Failure>> {
        use std::sync::atomic::Ordering;
        let broken = self.broken.clone();
        let mut step = Box::pin(step);
        let mut begun = false;
        Box::pin(poll_fn(move |cx| {
            if begun {
                return step.as_mut().poll(cx);
            }
            if broken.load(Ordering::Relaxed) {
                return Poll::Ready(Err(Failure::NotSent));
            }
            begun = true;
            let polled = step.as_mut().poll(cx);
            if matches!(polled, Poll::Ready(Err(_))) {
                broken.store(true, Ordering::Relaxed);
            }
            polled
        }))
    }
}

async fn command(client: &Client, sql: &str) -> Result<Rows, Failure> {
    let done = client.batch_execute(sql).await;
    done.map(|()| Rows::new()).map_err(Failure::Said)
}

async fn run(
    client: &Client,
    kind: Kind,
    prepared: &Prepared,
    params: &[&Value],
) -> Result<Rows, Failure> {
    let params = params.iter().map(|value| Parameter(value));
    if kind == Kind::Commit {
        let done = client.execute_raw(prepared, params).await;
        return done.map(|_| Rows::new()).map_err(Failure::Said);
    }
    let params: Vec<_> = params.collect();
    let mut references: Vec<&(dyn ToSql + Sync)> = Vec::new();
    for one in &params {
        references.push(one);
    }
    let found = client
        .query(prepared, &references)
        .await
        .map_err(Failure::Said)?;
    let rows: Result<Rows, StoreFault> = found.iter().map(read).collect();
    rows.map_err(Failure::Unreadable)
}
