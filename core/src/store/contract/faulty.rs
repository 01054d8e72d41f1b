//! An executor that fails when it is told to, for tests of what comes after a fault.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::store::{Dialect, Executor, FaultClass, Rows, Statement, StoreFault};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Load,
    Commit,
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Injected {
    /// With this class, and nothing was done.
    Before(FaultClass),
    /// As unknown, after it was done.
    After,
}

type Plan = dyn Fn(u64, Verb) -> Option<Injected> + Send + Sync;

/// Asks its plan before every call; calls are counted from 1, loads and commits together.
pub struct FaultyExecutor<E> {
    inner: E,
    plan: Box<Plan>,
    calls: AtomicU64,
}

impl<E: fmt::Debug> fmt::Debug for FaultyExecutor<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyExecutor")
            .field("inner", &self.inner)
            .field("calls", &self.calls)
            .finish_non_exhaustive()
    }
}

impl<E: Executor> FaultyExecutor<E> {
    pub fn new(
        inner: E,
        plan: impl Fn(u64, Verb) -> Option<Injected> + Send + Sync + 'static,
    ) -> Self {
        Self {
            inner,
            plan: Box::new(plan),
            calls: AtomicU64::new(0),
        }
    }

    /// How many calls there have been.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }

    pub const fn inner(&self) -> &E {
        &self.inner
    }

    fn call<T>(
        &self,
        verb: Verb,
        run: impl FnOnce(&E) -> Result<T, StoreFault>,
    ) -> Result<T, StoreFault> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst).saturating_add(1);
        match (self.plan)(number, verb) {
            None => run(&self.inner),
            Some(Injected::Before(class)) => Err(StoreFault::new(class, "INJECTED")),
            Some(Injected::After) => {
                run(&self.inner)?;
                Err(StoreFault::new(FaultClass::Unknown, "INJECTED"))
            }
        }
    }
}

impl<E: Executor> Executor for FaultyExecutor<E> {
    fn dialect(&self) -> Dialect {
        self.inner.dialect()
    }

    fn load(&self, statements: &[Statement]) -> Result<Vec<Rows>, StoreFault> {
        self.call(Verb::Load, |inner| inner.load(statements))
    }

    fn commit(&self, statements: &[Statement]) -> Result<(), StoreFault> {
        self.call(Verb::Commit, |inner| inner.commit(statements))
    }
}
