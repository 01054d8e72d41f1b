//! Connections that wait for their next use. Decides which may be used again and which are given
//! up; knows nothing of what they speak.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::store::{FaultClass, StoreFault};

/// How many idle connections are kept. A caller that finds none opens its own, which takes a
/// server longer than a webhook does: so there are as many as callers that are common.
const IDLE: usize = 64;

/// After so long a silence a connection is asked whether it still lives.
const TRUSTED: Duration = Duration::from_secs(1);

/// After so long it is closed: firewalls forget it, and servers are glad.
const KEPT: Duration = Duration::from_secs(300);

/// A fault, and what it leaves of the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The server refused, and can be asked again.
    Answered(StoreFault),
    /// This connection is in a state that nobody knows.
    Unusable(StoreFault),
    /// The connection is gone.
    Lost(StoreFault),
}

pub(super) struct Pool<L> {
    process: u32,
    idle: Mutex<Vec<(L, Instant)>>,
}

impl<L> Pool<L> {
    pub(super) fn new() -> Self {
        Self {
            process: process_id(),
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Does `work` on an idle connection, or on a new one. Where `again`, work that met a
    /// connection that had gone while nobody used it is done once more.
    pub(super) fn run<T>(
        &self,
        again: bool,
        connect: impl Fn() -> Result<L, StoreFault>,
        lives: impl Fn(&mut L, bool) -> bool,
        mut work: impl FnMut(&mut L) -> Result<T, Trouble>,
    ) -> Result<T, StoreFault> {
        loop {
            let idle = self.take(&lives)?;
            let fresh = idle.is_none();
            let mut link = idle.map_or_else(&connect, Ok)?;
            match work(&mut link) {
                Ok(done) => {
                    self.give_back(link);
                    return Ok(done);
                }
                Err(Trouble::Answered(fault)) => {
                    self.give_back(link);
                    return Err(fault);
                }
                Err(Trouble::Unusable(fault)) => return Err(fault),
                Err(Trouble::Lost(fault)) => {
                    drop(link);
                    // Where one connection is lost, the others mostly are too.
                    self.clear();
                    if fresh || !again {
                        return Err(fault);
                    }
                }
            }
        }
    }

    /// The connection that was used last and of which `lives` says that it can be used. It is
    /// told whether the connection was silent for a while.
    ///
    /// # Errors
    /// `FORKED` in a child of the process that opened it: both would speak on one connection.
    fn take(&self, lives: impl Fn(&mut L, bool) -> bool) -> Result<Option<L>, StoreFault> {
        self.check_process()?;
        while let Some((mut link, since)) = self.pop() {
            let silent = age(since);
            if silent < KEPT && lives(&mut link, silent >= TRUSTED) {
                return Ok(Some(link));
            }
        }
        Ok(None)
    }

    /// # Errors
    /// `FORKED` in a child of the process that opened it.
    pub(super) fn check_process(&self) -> Result<(), StoreFault> {
        if self.process == process_id() {
            return Ok(());
        }
        Err(StoreFault::new(FaultClass::Fatal, "FORKED"))
    }

    fn pop(&self) -> Option<(L, Instant)> {
        self.lock().pop()
    }

    fn give_back(&self, link: L) {
        let mut idle = self.lock();
        // The longest idle ones come first. Those that a rush left behind are given up here.
        let over = idle.partition_point(|(_, since)| age(*since) >= KEPT);
        let over: Vec<_> = idle.drain(..over).collect();
        if idle.len() < IDLE {
            idle.push((link, now()));
        }
        drop(idle);
        drop(over);
    }

    fn clear(&self) {
        let idle = std::mem::take(&mut *self.lock());
        drop(idle);
    }

    /// A thread that panicked took its connection with it.
    fn lock(&self) -> MutexGuard<'_, Vec<(L, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<L> Drop for Pool<L> {
    fn drop(&mut self) {
        if self.process == process_id() {
            return;
        }
        // The connections belong to the parent: a farewell from here would end them.
        let idle = std::mem::take(&mut *self.lock());
        Box::leak(Box::new(idle));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a connection must not be used in a child of the process that opened it"
)]
fn process_id() -> u32 {
    std::process::id()
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a connection was silent is no decision of a flow"
)]
fn now() -> Instant {
    Instant::now()
}

fn age(since: Instant) -> Duration {
    now().saturating_duration_since(since)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_back_last_is_taken_first() {
        let pool = Pool::new();
        pool.give_back(1);
        pool.give_back(2);
        assert_eq!(pool.take(|_, silent| !silent), Ok(Some(2)));
        pool.clear();
        assert_eq!(pool.take(|_, _| true), Ok(None));
    }

    #[test]
    fn a_silent_connection_is_asked_and_an_old_one_is_closed() {
        for (silent_s, lives, taken) in [(2, true, Some(1)), (2, false, None), (301, true, None)] {
            let pool = Pool::new();
            let since = now().checked_sub(Duration::from_secs(silent_s)).unwrap();
            pool.lock().push((1, since));
            assert_eq!(
                pool.take(|_, silent| silent && lives),
                Ok(taken),
                "{silent_s} s"
            );
        }
    }

    #[test]
    fn a_child_of_the_process_that_opened_it_is_refused() {
        let mut pool: Pool<u8> = Pool::new();
        pool.process = pool.process.wrapping_add(1);
        assert_eq!(pool.take(|_, _| true).unwrap_err().code, "FORKED");
    }

    #[test]
    fn no_more_are_kept_than_are_wanted() {
        let pool = Pool::new();
        (0..IDLE + 5).for_each(|link| pool.give_back(link));
        assert_eq!(pool.lock().len(), IDLE);
    }
}
