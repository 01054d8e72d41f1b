//! How a flow runs: it asks for one thing at a time and goes on with the answer. Flows are
//! written as ordinary sequential code and compiled to state machines; nothing here knows what
//! they decide. Dropping a flow at any step is the same as a crash at that step.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::api::{HttpFault, HttpRequest, HttpResponse};
use crate::store::{Rows, Statement, StoreFault};
use crate::{Error, ErrorCode, Result};

/// What a flow wants done next.
#[derive(Clone, Debug)]
pub enum Request {
    /// Send this once; no redirects and no retries.
    Http(HttpRequest),
    /// Run these SELECTs in one read transaction.
    Load(Vec<Statement>),
    /// Run these writes, all or nothing, and answer when they are durable.
    Commit(Vec<Statement>),
    /// Come back after so many milliseconds.
    Wait(u64),
}

/// What came of a [`Request`]; each kind answers its own.
#[derive(Clone, Debug)]
pub enum Answer {
    Http(Result<HttpResponse, HttpFault>),
    Load(Result<Vec<Rows>, StoreFault>),
    Commit(Result<(), StoreFault>),
    Wait,
}

impl Answer {
    const fn answers(&self, request: &Request) -> bool {
        matches!(
            (self, request),
            (Self::Http(_), Request::Http(_))
                | (Self::Load(_), Request::Load(_))
                | (Self::Commit(_), Request::Commit(_))
                | (Self::Wait, Request::Wait(_))
        )
    }
}

/// Where a flow stands.
#[derive(Debug)]
pub enum Step<T> {
    /// Answer this request with its number.
    Ask {
        number: u32,
        request: Request,
    },
    Done(Result<T>),
}

/// The time and the randomness that a flow starts with.
#[derive(Clone, Copy)]
pub struct Start {
    /// Milliseconds since 1970, UTC.
    pub now_ms: i64,
    /// From a cryptographic source: tokens are made of it.
    pub randomness: [u8; 32],
}

impl fmt::Debug for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Start")
            .field("now_ms", &self.now_ms)
            .finish_non_exhaustive()
    }
}

struct Exchange {
    request: Option<Request>,
    answer: Option<Answer>,
    now_ms: i64,
    randomness: [u8; 32],
    drawn: u64,
}

/// A flow's side of the exchange.
#[derive(Clone)]
pub(crate) struct Channel(Arc<Mutex<Exchange>>);

impl Channel {
    fn lock(&self) -> MutexGuard<'_, Exchange> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.lock().now_ms
    }

    /// Fresh bytes from the randomness that the flow started with.
    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut exchange = self.lock();
        let mut bytes = [0; N];
        for chunk in bytes.chunks_mut(32) {
            exchange.drawn = exchange.drawn.wrapping_add(1);
            let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&exchange.randomness) else {
                continue;
            };
            mac.update(&exchange.drawn.to_be_bytes());
            for (to, from) in chunk.iter_mut().zip(mac.finalize().into_bytes()) {
                *to = from;
            }
        }
        bytes
    }

    /// Runs another flow inside of this one: its questions become ours.
    #[cfg(feature = "dash")]
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        begin: impl FnOnce(Start) -> Flow<T> + Send,
    ) -> Result<T> {
        let mut flow = begin(Start {
            now_ms: self.now_ms(),
            randomness: self.random(),
        });
        while let Step::Ask { number, request } = flow.step() {
            let (number, request) = (*number, request.clone());
            let answer = self.ask(request).await;
            flow.answer(number, answer, self.now_ms());
        }
        let outcome = flow.into_outcome();
        outcome.unwrap_or_else(|_| Err(ErrorCode::Internal.into()))
    }

    pub(crate) fn ask(&self, request: Request) -> Asking {
        Asking {
            channel: self.clone(),
            request: Some(request),
        }
    }
}

/// A question on its way to the driver and its answer on the way back.
pub(crate) struct Asking {
    channel: Channel,
    request: Option<Request>,
}

impl Future for Asking {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Answer> {
        if let Some(request) = self.request.take() {
            self.channel.lock().request = Some(request);
            return Poll::Pending;
        }
        let answer = self.channel.lock().answer.take();
        answer.map_or(Poll::Pending, Poll::Ready)
    }
}

/// An operation on its way: answer its requests until it is done.
pub struct Flow<T> {
    future: Option<Pin<Box<dyn Future<Output = Result<T>> + Send>>>,
    channel: Channel,
    step: Step<T>,
}

impl<T> fmt::Debug for Flow<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match &self.step {
            Step::Ask { number, .. } => *number,
            Step::Done(_) => 0,
        };
        f.debug_struct("Flow")
            .field("step", &step)
            .finish_non_exhaustive()
    }
}

impl<T: Send + 'static> Flow<T> {
    pub(crate) fn start<F>(start: Start, body: impl FnOnce(Channel) -> F) -> Self
    where
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let exchange = Exchange {
            request: None,
            answer: None,
            now_ms: start.now_ms,
            randomness: start.randomness,
            drawn: 0,
        };
        let channel = Channel(Arc::new(Mutex::new(exchange)));
        let future = Box::pin(body(channel.clone()));
        let mut flow = Self {
            future: Some(future),
            channel,
            step: Step::Done(Err(ErrorCode::Internal.into())),
        };
        flow.go_on(1);
        flow
    }

    /// What the flow wants, or what came of it.
    #[must_use]
    pub const fn step(&self) -> &Step<T> {
        &self.step
    }

    /// The outcome, once the flow is done; a flow that is not done comes back.
    ///
    /// # Errors
    /// The flow itself, unchanged.
    pub fn into_outcome(self) -> Result<Result<T>, Self> {
        match self.step {
            Step::Done(outcome) => Ok(outcome),
            Step::Ask { .. } => Err(self),
        }
    }

    /// The same flow with another outcome.
    #[must_use]
    pub fn map<U: Send + 'static>(
        self,
        change: impl FnOnce(T) -> Result<U> + Send + 'static,
    ) -> Flow<U> {
        let Self {
            future,
            channel,
            step,
        } = self;
        let (future, step) = match (step, future) {
            (Step::Ask { number, request }, Some(inner)) => {
                let outer: Pin<Box<dyn Future<Output = Result<U>> + Send>> =
                    Box::pin(async move { inner.await.and_then(change) });
                (Some(outer), Step::Ask { number, request })
            }
            (Step::Done(outcome), _) => (None, Step::Done(outcome.and_then(change))),
            (Step::Ask { .. }, None) => (None, Step::Done(Err(ErrorCode::Internal.into()))),
        };
        Flow {
            future,
            channel,
            step,
        }
    }

    /// Hands in the answer to step `number`, and the time. A wrong number or kind ends the flow.
    pub fn answer(&mut self, number: u32, answer: Answer, now_ms: i64) -> &Step<T> {
        let fits = match &self.step {
            Step::Ask {
                number: asked,
                request,
            } => *asked == number && answer.answers(request),
            Step::Done(_) => false,
        };
        if fits {
            {
                let mut exchange = self.channel.lock();
                exchange.answer = Some(answer);
                exchange.now_ms = now_ms;
            }
            self.go_on(number.saturating_add(1));
        } else {
            self.future = None;
            self.step = Step::Done(Err(ErrorCode::FlowMisused.into()));
        }
        &self.step
    }

    fn go_on(&mut self, number: u32) {
        let Some(future) = self.future.as_mut() else {
            return;
        };
        let polled = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        self.step = match polled {
            Poll::Ready(outcome) => {
                self.future = None;
                Step::Done(outcome)
            }
            Poll::Pending => match self.channel.lock().request.take() {
                Some(request) => Step::Ask { number, request },
                // Only a question can suspend a flow; anything else is a defect.
                None => Step::Done(Err(ErrorCode::Internal.into())),
            },
        };
    }
}

pub(crate) fn misused() -> Error {
    ErrorCode::FlowMisused.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Start = Start {
        now_ms: 5,
        randomness: [7; 32],
    };

    fn two_waits() -> Flow<(i64, i64)> {
        Flow::start(START, |channel| async move {
            channel.ask(Request::Wait(10)).await;
            let first = channel.now_ms();
            channel.ask(Request::Wait(20)).await;
            Ok((first, channel.now_ms()))
        })
    }

    #[test]
    fn a_flow_goes_on_with_each_answer_and_its_time() {
        let mut flow = two_waits();
        assert!(matches!(
            flow.step(),
            Step::Ask {
                number: 1,
                request: Request::Wait(10)
            }
        ));
        flow.answer(1, Answer::Wait, 15);
        assert!(matches!(
            flow.step(),
            Step::Ask {
                number: 2,
                request: Request::Wait(20)
            }
        ));
        flow.answer(2, Answer::Wait, 35);
        assert_eq!(flow.into_outcome().expect("done"), Ok((15, 35)));
    }

    #[test]
    fn a_wrong_number_a_wrong_kind_or_an_answer_too_many_ends_the_flow() {
        let misuse = |number, answer| {
            let mut flow = two_waits();
            flow.answer(number, answer, 6);
            flow.into_outcome()
                .expect("ended")
                .expect_err("misused")
                .code
        };
        assert_eq!(misuse(2, Answer::Wait), ErrorCode::FlowMisused);
        assert_eq!(misuse(0, Answer::Wait), ErrorCode::FlowMisused);
        assert_eq!(misuse(1, Answer::Commit(Ok(()))), ErrorCode::FlowMisused);
        let mut done = two_waits();
        done.answer(1, Answer::Wait, 6);
        done.answer(2, Answer::Wait, 7);
        done.answer(3, Answer::Wait, 8);
        assert_eq!(
            done.into_outcome()
                .expect("ended")
                .expect_err("misused")
                .code,
            ErrorCode::FlowMisused
        );
    }

    #[test]
    fn the_same_start_draws_the_same_bytes_and_never_the_same_twice() {
        let draw = || {
            let flow = Flow::start(START, |channel| async move {
                Ok((channel.random::<40>(), channel.random::<16>()))
            });
            flow.into_outcome().expect("done").expect("drawn")
        };
        let (first, second) = draw();
        assert_eq!(draw(), (first, second));
        assert_ne!(first[..16], second[..]);
        assert_ne!(first[..8], first[32..]);
    }
}
