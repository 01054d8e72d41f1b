//! One connection: the client, the small runtime that moves its bytes, and the statements that
//! the server has prepared for it. The runtime only runs while a caller waits.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, NoTls, Socket, Statement as Prepared};

use crate::drivers::pool::Trouble;
use crate::store::{FaultClass, Rows, Statement, StoreFault};

use super::Settings;
use super::batch::{self, Kind, Patience, Sent, Session};
use super::fault::{NO_ANSWER, no_connection, trouble};

/// More than there are statements.
const STATEMENTS: usize = 256;
/// How many parameters all of them have: the server keeps a quarter of a kilobyte for each.
const PARAMETERS: usize = 50_000;

pub(super) struct Link {
    // Before the runtime, so that it goes first.
    client: Client,
    prepared: BTreeMap<Arc<str>, Prepared>,
    session: Session,
    runtime: Runtime,
    answer_timeout: Duration,
}

impl Link {
    pub(super) fn connect(settings: &Settings) -> Result<Self, StoreFault> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|_| StoreFault::new(FaultClass::Fatal, "NO_RUNTIME"))?;
        let client = block(&runtime, async {
            let opened = open(settings);
            tokio::time::timeout(settings.connect_timeout.saturating_mul(2), opened)
                .await
                .unwrap_or_else(|_| Err(StoreFault::new(FaultClass::Fatal, "NO_CONNECTION")))
        })??;
        Ok(Self {
            client,
            prepared: BTreeMap::new(),
            session: Session::opened(settings.answer_timeout),
            runtime,
            answer_timeout: settings.answer_timeout,
        })
    }

    /// Whether it can be used: nothing has ended it meanwhile, and, after a while, it answers.
    pub(super) fn lives(&mut self, silent: bool) -> bool {
        let client = &self.client;
        let asked = block(&self.runtime, async {
            // Lets the runtime see what came in while nobody waited: an end, mostly.
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
            if client.is_closed() || !silent {
                return !client.is_closed();
            }
            let answered = client.check_connection();
            let limit = Duration::from_secs(2);
            matches!(tokio::time::timeout(limit, answered).await, Ok(Ok(())))
        });
        asked.unwrap_or(false)
    }

    /// Runs a batch within the time that is allowed for it: `sent`, or, where the server cannot
    /// prepare all of that, each of `given`, so that the first that fails says why. What is sent
    /// for several callers has nothing of that kind, and nothing is run then.
    pub(super) fn run(
        &mut self,
        kind: Kind,
        patience: Patience,
        sent: &[Sent<'_>],
        given: Option<&[Statement]>,
    ) -> Result<Vec<Rows>, Trouble> {
        self.forget();
        let (client, prepared) = (&self.client, &mut self.prepared);
        let limit = self.answer_timeout;
        let wanted = (self.session).wanted(kind, sent.len(), patience, limit);
        let session = (&mut self.session, wanted);
        let work = async {
            let started = prepare(client, prepared, kind, sent);
            let ready = match tokio::time::timeout(limit, started).await {
                Ok(ready) => ready?,
                // Nothing of the batch itself has been sent.
                Err(_) => return Err(Trouble::Lost(StoreFault::new(FaultClass::Retry, NO_ANSWER))),
            };
            let answered = async {
                match (ready, given) {
                    (Some(ready), _) => batch::at_once(client, session, kind, sent, &ready).await,
                    (None, Some(given)) => batch::one_by_one(client, kind, given).await,
                    (None, None) => Ok(Vec::new()),
                }
            };
            let silence = || Err(Trouble::Lost(StoreFault::new(kind.lost(), NO_ANSWER)));
            let outcome = tokio::time::timeout(limit, answered).await;
            outcome.unwrap_or_else(|_| silence())
        };
        // Nobody knows how far it came.
        let panicked = |_| Err(Trouble::Lost(StoreFault::new(kind.lost(), "DRIVER")));
        block(&self.runtime, work).unwrap_or_else(panicked)
    }

    /// The rows of one statement for several callers. `None` where the server cannot prepare it.
    pub(super) fn run_for_all(
        &mut self,
        kind: Kind,
        sent: Sent<'_>,
    ) -> Result<Option<Rows>, Trouble> {
        let mut rows = self.run(kind, Patience::Short, &[sent], None)?;
        Ok(rows.pop())
    }

    /// The types of a statement's parameters. `None` where the server cannot prepare it.
    pub(super) fn types(
        &mut self,
        kind: Kind,
        sql: &Arc<str>,
    ) -> Result<Option<Vec<Type>>, Trouble> {
        self.forget();
        let (client, prepared) = (&self.client, &mut self.prepared);
        let limit = self.answer_timeout;
        let of = [Sent {
            sql: Arc::clone(sql),
            params: Vec::new(),
        }];
        let work = async {
            let started = prepare(client, prepared, kind, &of);
            let silence = |_| Err(Trouble::Lost(StoreFault::new(FaultClass::Retry, NO_ANSWER)));
            let ready = tokio::time::timeout(limit, started).await;
            let ready = ready.unwrap_or_else(silence)?;
            let one = ready.and_then(|all| all.into_iter().next());
            Ok(one.map(|one| one.params().to_vec()))
        };
        let panicked = |fault| Err(Trouble::Lost(fault));
        block(&self.runtime, work).unwrap_or_else(panicked)
    }

    fn forget(&mut self) {
        let parameters = self.prepared.values().map(|one| one.params().len());
        if self.prepared.len() > STATEMENTS || parameters.sum::<usize>() > PARAMETERS {
            self.prepared.clear();
        }
    }
}

/// Has the server prepare what it does not know yet, all in one round trip. `None` where one of
/// them cannot be: an earlier statement of the batch may make its table, or fail first.
async fn prepare(
    client: &Client,
    known: &mut BTreeMap<Arc<str>, Prepared>,
    kind: Kind,
    statements: &[Sent<'_>],
) -> Result<Option<Vec<Prepared>>, Trouble> {
    let mut missing: Vec<&Arc<str>> = Vec::new();
    for Sent { sql, .. } in statements {
        if !known.contains_key(sql) && !missing.contains(&sql) {
            missing.push(sql);
        }
    }
    if kind == Kind::Commit && missing.iter().any(|sql| is_definition(sql)) {
        return Ok(None);
    }
    let asked = missing.iter().map(|sql| client.prepare(sql)).collect();
    let mut complete = true;
    for (sql, outcome) in missing.iter().zip(batch::all(asked).await) {
        match outcome {
            Ok(prepared) => drop(known.insert((*sql).clone(), prepared)),
            Err(error) => match trouble(&error, FaultClass::Retry, FaultClass::Retry) {
                lost @ Trouble::Lost(_) => return Err(lost),
                Trouble::Answered(_) | Trouble::Unusable(_) => complete = false,
            },
        }
    }
    let ready: Option<Vec<_>> = statements
        .iter()
        .map(|one| known.get(&one.sql).cloned())
        .collect();
    Ok(ready.filter(|_| complete))
}

fn is_definition(sql: &str) -> bool {
    ["CREATE ", "ALTER ", "DROP "]
        .iter()
        .any(|word| sql.starts_with(word))
}

async fn open(settings: &Settings) -> Result<Client, StoreFault> {
    let client = match &settings.tls {
        Some(tls) => start(settings, tls.clone()).await,
        None => start(settings, NoTls).await,
    };
    let client = client.map_err(|error| no_connection(&error))?;
    let setup = batch::setup(settings.answer_timeout);
    let done = client.batch_execute(&setup).await;
    done.map_err(|error| no_connection(&error))?;
    Ok(client)
}

async fn start<T>(settings: &Settings, tls: T) -> Result<Client, tokio_postgres::Error>
where
    T: MakeTlsConnect<Socket>,
    T::TlsConnect: Send,
    T::Stream: Send + 'static,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    let (client, connection) = settings.config.connect(tls).await?;
    // What ends the connection reaches whoever waits for an answer.
    drop(tokio::spawn(async move { drop(connection.await) }));
    Ok(client)
}

/// Waits for `work` on the calling thread; on another one where that thread already serves a
/// runtime of its host, which must not wait inside itself.
fn block<T: Send>(
    runtime: &Runtime,
    work: impl Future<Output = T> + Send,
) -> Result<T, StoreFault> {
    if Handle::try_current().is_err() {
        return Ok(runtime.block_on(work));
    }
    std::thread::scope(|scope| scope.spawn(|| runtime.block_on(work)).join())
        .map_err(|_| StoreFault::new(FaultClass::Fatal, "DRIVER"))
}
