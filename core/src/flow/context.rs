//! What a flow has at hand: its shop, the time, and the questions it can ask. Retries live here
//! and nowhere else.

use std::sync::Arc;

use crate::api::{ApiError, HttpFault, HttpRequest, HttpResponse, Retry, fault_error, retry};
use crate::secret::Secret;
use crate::shop::Shop;
use crate::store::{FaultClass, Query, Rows, Statement, StoreFault, Value};
use crate::{Error, ErrorCode, Result};

use super::runtime::{Answer, Channel, Request, misused};

/// How often a busy store is tried before the caller is told so.
const STORE_TRIES: u32 = 8;

/// Keeps what an answer says.
type Reading<'a> = &'a mut (dyn FnMut(&HttpResponse) -> Result<(), ApiError> + Send);

/// Cheap to clone: a flow hands it to its parts.
#[derive(Clone)]
pub(crate) struct Cx {
    pub(crate) shop: Arc<Shop>,
    channel: Channel,
    started_ms: i64,
    /// When the flow has to end with what it has, in milliseconds since 1970.
    pub(crate) until_ms: i64,
}

impl Cx {
    pub(crate) fn new(shop: Arc<Shop>, channel: Channel) -> Self {
        let started_ms = channel.now_ms();
        let budget_ms = i64::try_from(shop.config.budget_ms).unwrap_or(i64::MAX);
        Self {
            shop,
            channel,
            started_ms,
            until_ms: started_ms.saturating_add(budget_ms),
        }
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.channel.now_ms()
    }

    pub(crate) fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.now_ms().saturating_sub(self.started_ms)).unwrap_or(0)
    }

    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        self.channel.random()
    }

    /// 128 random bits as hex digits.
    pub(crate) fn token(&self) -> String {
        hex::encode(self.random::<16>())
    }

    pub(crate) fn sql(&self, query: Query, params: Vec<Value>) -> Statement {
        self.shop.sql.statement(query, params)
    }

    pub(crate) async fn wait(&self, wait_ms: u64) -> Result<()> {
        match self.channel.ask(Request::Wait(wait_ms)).await {
            Answer::Wait => Ok(()),
            Answer::Http(_) | Answer::Load(_) | Answer::Commit(_) => Err(misused()),
        }
    }

    async fn http(&self, request: HttpRequest) -> Result<Result<HttpResponse, HttpFault>> {
        match self.channel.ask(Request::Http(request)).await {
            Answer::Http(answer) => Ok(answer),
            Answer::Load(_) | Answer::Commit(_) | Answer::Wait => Err(misused()),
        }
    }

    pub(crate) async fn load_once(
        &self,
        statements: Vec<Statement>,
    ) -> Result<Result<Vec<Rows>, StoreFault>> {
        let asked = statements.len();
        match self.channel.ask(Request::Load(statements)).await {
            Answer::Load(Ok(rows)) if rows.len() != asked => Err(misused()),
            Answer::Load(answer) => Ok(answer),
            Answer::Http(_) | Answer::Commit(_) | Answer::Wait => Err(misused()),
        }
    }

    /// Reads, again while the store is busy.
    pub(crate) async fn load(&self, statements: Vec<Statement>) -> Result<Vec<Rows>> {
        let mut tries = 0;
        loop {
            match self.load_once(statements.clone()).await? {
                Ok(rows) => return Ok(rows),
                Err(fault) => self.pause_or_give_up(&fault, &mut tries).await?,
            }
        }
    }

    pub(crate) async fn commit_once(
        &self,
        statements: Vec<Statement>,
    ) -> Result<Result<(), StoreFault>> {
        match self.channel.ask(Request::Commit(statements)).await {
            Answer::Commit(answer) => Ok(answer),
            Answer::Http(_) | Answer::Load(_) | Answer::Wait => Err(misused()),
        }
    }

    /// After a fault: waits a little longer each time, with jitter, or ends with the error that
    /// fits. `tries` counts the faults so far.
    pub(crate) async fn pause_or_give_up(&self, fault: &StoreFault, tries: &mut u32) -> Result<()> {
        *tries = tries.saturating_add(1);
        let again = match fault.class {
            FaultClass::Conflict | FaultClass::Retry => *tries < STORE_TRIES,
            FaultClass::Unknown => *tries < 2,
            FaultClass::Fatal => false,
        };
        if !again {
            return Err(store_error(fault));
        }
        // The store's own waiting counts too: a caller in a web request is not kept.
        if self.now_ms() >= self.until_ms {
            return Err(store_error(fault));
        }
        let most_ms = 4_u64.saturating_pow((*tries).min(4)).saturating_mul(2);
        let jitter = u64::from(u16::from_be_bytes(self.random::<2>()));
        self.wait(jitter.checked_rem(most_ms).unwrap_or(0).saturating_add(1))
            .await
    }

    /// A gateway may repeat in its words what it was sent, and these words are stored and shown.
    fn without_secrets(&self, mut error: ApiError) -> ApiError {
        let config = &self.shop.config;
        let secrets = config.webhook_secrets.iter().chain([&config.api_key]);
        for secret in secrets.map(Secret::expose).filter(|text| text.len() >= 4) {
            error.error.message = error.error.message.replace(secret, "[secret]");
        }
        error
    }

    /// Calls the gateway, again where that is safe and the time allows.
    pub(crate) async fn call<T: Send>(
        &self,
        request: &HttpRequest,
        safe_to_repeat: bool,
        read: impl Fn(&HttpResponse) -> Result<T, ApiError> + Send + Sync,
    ) -> Result<Result<T, ApiError>> {
        let mut got = None;
        let mut keep = |response: &HttpResponse| {
            got = Some(read(response)?);
            Ok(())
        };
        let ended = self.exchange(request, safe_to_repeat, &mut keep).await?;
        let got = got.ok_or_else(|| Error::from(ErrorCode::Internal));
        ended.map_or_else(|failed| Ok(Err(failed)), |()| got.map(Ok))
    }

    /// The same whatever is read, so that there is only one of it in a program.
    async fn exchange(
        &self,
        request: &HttpRequest,
        safe_to_repeat: bool,
        read: Reading<'_>,
    ) -> Result<Result<(), ApiError>> {
        let mut attempt = 1_u32;
        loop {
            let left_ms = self.until_ms.saturating_sub(self.now_ms());
            let Some(left_ms) = u64::try_from(left_ms).ok().filter(|left| *left > 0) else {
                return Ok(Err(fault_error(HttpFault::Interrupted)));
            };
            let mut request = request.clone();
            request.timeout_ms = request.timeout_ms.min(left_ms);
            let error = match self.http(request).await? {
                Ok(response) => match read(&response) {
                    Ok(()) => return Ok(Ok(())),
                    Err(error) => error,
                },
                Err(fault) => fault_error(fault),
            };
            let budget_ms = self.shop.config.budget_ms;
            let jitter = u64::from_be_bytes(self.random::<8>());
            match retry(
                attempt,
                &error,
                safe_to_repeat,
                self.elapsed_ms(),
                budget_ms,
                jitter,
            ) {
                Retry::Again { wait_ms } => self.wait(wait_ms).await?,
                Retry::Stop { .. } => return Ok(Err(self.without_secrets(error))),
            }
            attempt = attempt.saturating_add(1);
        }
    }
}

pub(crate) fn store_error(fault: &StoreFault) -> Error {
    let code = match fault.class {
        FaultClass::Conflict | FaultClass::Retry => ErrorCode::StoreBusy,
        FaultClass::Unknown | FaultClass::Fatal => ErrorCode::StoreUnavailable,
    };
    let message = format!("{} The database says {}.", code.advice(), fault.code);
    Error::new(code, message).retry_after_ms(1_000)
}
