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
        let outcome = self.turn(make);
        #[cfg(feature = "tracing")]
        traced::ended(&outcome);
        outcome
    }

    fn turn<T: Send + 'static>(&self, make: impl FnOnce(Start) -> Flow<T>) -> Result<T> {
        if self.shop.sql.dialect() != self.executor.dialect() {
            return Err(Error::new(
                ErrorCode::StoreRefused,
                "the shop and its executor are for different databases",
            ));
        }
        let start = self.start()?;
        #[cfg(feature = "tracing")]
        let mut asked_ms = start.now_ms;
        let mut flow = make(start);
        while let Step::Ask { number, request } = flow.step() {
            let (number, answer) = (*number, self.answer(request));
            let now_ms = self.clock.now_ms();
            #[cfg(feature = "tracing")]
            traced::answered(
                request,
                &answer,
                now_ms.saturating_sub(std::mem::replace(&mut asked_ms, now_ms)),
            );
            flow.answer(number, answer, now_ms);
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

#[cfg(feature = "http")]
mod opening;
#[cfg(feature = "http")]
pub use opening::{dialect_of, open_executor};
mod operations;
#[cfg(test)]
mod tests;
#[cfg(feature = "tracing")]
mod traced;
