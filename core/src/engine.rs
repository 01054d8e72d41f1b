//! Turns the crank of flows: hands each step to a transport, an executor or the clock, and the
//! answer back, until the flow is done. Blocks the calling thread; decides nothing.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::api::{HttpFault, HttpRequest, HttpResponse};
use crate::flow::{Answer, Flow, Request, Start, Step};
use crate::shop::Shop;
use crate::store::Executor;
use crate::{Error, ErrorCode, Result};

/// Sends one HTTP request: no redirects, no retries, the key only where the request asks for it.
pub trait Transport: Send + Sync {
    /// # Errors
    /// [`HttpFault::NotSent`] only where no byte of the request can have reached the gateway.
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFault>;
}

/// What time it is.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970, UTC.
    fn now_ms(&self) -> i64;
}

/// This machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that flows are given"
    )]
    fn now_ms(&self) -> i64 {
        let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => millis(since),
            Err(before) => millis(before.duration()).saturating_neg(),
        }
    }
}

/// A shop with everything that its flows need, for any number of threads.
pub struct Engine {
    shop: Arc<Shop>,
    transport: Box<dyn Transport>,
    executor: Box<dyn Executor>,
    clock: Box<dyn Clock>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("shop", &self.shop)
            .field("dialect", &self.executor.dialect())
            .finish_non_exhaustive()
    }
}

impl Engine {
    #[must_use]
    pub fn new(
        shop: Arc<Shop>,
        transport: Box<dyn Transport>,
        executor: Box<dyn Executor>,
    ) -> Self {
        Self {
            shop,
            transport,
            executor,
            clock: Box::new(SystemClock),
        }
    }

    /// The same with another clock. Waits go on taking real time, whatever this clock says.
    #[must_use]
    pub fn with_clock(mut self, clock: Box<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    #[must_use]
    pub const fn shop(&self) -> &Arc<Shop> {
        &self.shop
    }

    /// Runs a flow to its end: `engine.run(|start| some_flow(shop, start, …))`.
    ///
    /// # Errors
    /// What the flow ends in; `store_refused` where the shop's statements are for another
    /// database than the executor's.
    pub fn run<T: Send + 'static>(&self, make: impl FnOnce(Start) -> Flow<T>) -> Result<T> {
        if self.shop.sql.dialect() != self.executor.dialect() {
            return Err(Error::new(
                ErrorCode::StoreRefused,
                "the shop and its executor are for different databases",
            ));
        }
        let mut flow = make(self.start()?);
        while let Step::Ask { number, request } = flow.step() {
            let (number, answer) = (*number, self.answer(request));
            flow.answer(number, answer, self.clock.now_ms());
        }
        flow.into_outcome()
            .unwrap_or_else(|_| Err(ErrorCode::Internal.into()))
    }

    fn start(&self) -> Result<Start> {
        let mut randomness = [0; 32];
        getrandom::fill(&mut randomness).map_err(|_| {
            Error::new(ErrorCode::Internal, "The system has no randomness to give.")
        })?;
        Ok(Start {
            now_ms: self.clock.now_ms(),
            randomness,
        })
    }

    fn answer(&self, request: &Request) -> Answer {
        match request {
            Request::Http(request) => Answer::Http(self.transport.send(request)),
            Request::Load(statements) => Answer::Load(self.executor.load(statements)),
            Request::Commit(statements) => Answer::Commit(self.executor.commit(statements)),
            Request::Wait(wait_ms) => {
                sleep(*wait_ms);
                Answer::Wait
            }
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a blocking engine waits by sleeping"
)]
fn sleep(wait_ms: u64) {
    std::thread::sleep(Duration::from_millis(wait_ms));
}

#[cfg(all(feature = "http", feature = "sqlite"))]
mod opening {
    use std::path::Path;

    use super::Engine;
    use crate::config::Config;
    use crate::drivers::{SqliteExecutor, UreqTransport};
    use crate::shop::Shop;
    use crate::store::{Dialect, Executor};
    use crate::{Error, ErrorCode, Result};

    impl Engine {
        /// The built-in drivers, ready for use: HTTP to the gateway, and the database that the
        /// configuration names, `sqlite:<path>` or `sqlite::memory:`, with its tables made.
        ///
        /// # Errors
        /// `invalid_configuration`, naming the setting; `store_refused`, `store_not_atomic`,
        /// `store_busy` or `store_unavailable` from the database.
        pub fn open(config: Config) -> Result<Self> {
            let engine = Self::connect(config)?;
            engine.prepare_store()?;
            Ok(engine)
        }

        /// The same without touching the tables; `prepare_store` has to run before anything else
        /// does.
        ///
        /// # Errors
        /// `invalid_configuration`, naming the setting; `store_refused`, `store_busy` or
        /// `store_unavailable` from the database.
        pub fn connect(config: Config) -> Result<Self> {
            let shop = Shop::new(config, Dialect::Sqlite)?;
            let config = shop.config();
            let transport = UreqTransport::new(config.api_key.clone(), &config.base_url)?;
            let executor = executor(&config.database)?;
            Ok(Self::new(shop, Box::new(transport), executor))
        }

        /// The same, with the settings from `COINPAY_MODE`, `COINPAY_API_KEY` and so on.
        ///
        /// # Errors
        /// As [`Engine::open`]; `invalid_configuration` names the variable.
        #[expect(
            clippy::disallowed_methods,
            reason = "this is where settings are handed in"
        )]
        pub fn from_env() -> Result<Self> {
            Self::open(Config::from_variables(|name| std::env::var(name).ok())?)
        }
    }

    /// The setting may hold a password, so no message repeats it.
    fn executor(database: &str) -> Result<Box<dyn Executor>> {
        let wrong = |why: &str| {
            let message = format!("database: {why}");
            Error::new(ErrorCode::InvalidConfiguration, message)
        };
        let path = database
            .strip_prefix("sqlite:")
            .ok_or_else(|| wrong("only sqlite:<path> and sqlite::memory: are built in here"))?;
        if path == ":memory:" {
            return Ok(Box::new(SqliteExecutor::open_in_memory()?));
        }
        if path.is_empty() || path.starts_with("//") {
            return Err(wrong(
                "write sqlite:<path>, with no slashes before the path's own",
            ));
        }
        Ok(Box::new(SqliteExecutor::open(Path::new(path))?))
    }
}

mod operations;
#[cfg(test)]
mod tests;
