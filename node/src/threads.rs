//! Threads of a store's own, so that a database blocks neither the event loop nor the pool that
//! Node reads files with. Decides which thread does what, and that a panic ends one job only;
//! knows nothing of what a job is.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// What is done with the database `D`.
pub(crate) type Job<D> = Box<dyn FnOnce(&D) + Send>;

/// A queue, and the threads that take from it.
pub(crate) struct Threads<D>(Sender<Job<D>>);

impl<D: Send + Sync + 'static> Threads<D> {
    /// `open` makes the database on the first thread; the others, `count` with it, start when it
    /// is there. Where it is not, jobs are dropped unseen. `closed` runs after the database is
    /// gone, once `self` is dropped and the last job is done.
    pub(crate) fn start(
        count: usize,
        open: impl FnOnce() -> Option<D> + Send + 'static,
        closed: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<Self> {
        let (sender, receiver) = channel();
        let crew = Arc::new(Crew {
            jobs: Mutex::new(receiver),
            closed: Mutex::new(Some(Box::new(closed))),
        });
        spawn(move || {
            let Ok(Some(database)) = catch_unwind(AssertUnwindSafe(open)) else {
                return;
            };
            let database = Arc::new(database);
            for _ in 1..count {
                let (crew, database) = (Arc::clone(&crew), Arc::clone(&database));
                // One thread is enough to go on with.
                let _fewer = spawn(move || crew.work(database));
            }
            crew.work(database);
        })?;
        Ok(Self(sender))
    }

    /// Whether somebody is there to do it.
    pub(crate) fn give(&self, job: Job<D>) -> bool {
        self.0.send(job).is_ok()
    }
}

fn spawn(run: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    let named = thread::Builder::new().name("coinpay-store".to_owned());
    named.spawn(run).map(drop)
}

struct Crew<D> {
    jobs: Mutex<Receiver<Job<D>>>,
    closed: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl<D> Crew<D> {
    fn work(&self, database: Arc<D>) {
        while let Some(job) = self.next() {
            // What the job held is dropped, and whoever waits for it hears so.
            let _panicked = catch_unwind(AssertUnwindSafe(|| job(&database)));
        }
        if let Some(last) = Arc::into_inner(database) {
            drop(last);
            let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(closed) = closed.take() {
                closed();
            }
        }
    }

    fn next(&self) -> Option<Job<D>> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.recv().ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    fn started(count: usize) -> (Threads<u32>, Receiver<()>) {
        let (closed, heard) = channel();
        let closed = move || closed.send(()).unwrap_or_default();
        (
            Threads::start(count, || Some(7), closed).expect("starts"),
            heard,
        )
    }

    #[test]
    fn every_job_given_is_done_before_the_database_is_closed() {
        let (threads, heard) = started(3);
        let (done, results) = channel();
        for number in 0..100 {
            let done = done.clone();
            let job = move |database: &u32| done.send(database + number).unwrap_or_default();
            assert!(threads.give(Box::new(job)));
        }
        drop((threads, done));
        heard.recv().expect("closed");
        let mut results: Vec<_> = results.into_iter().collect();
        results.sort_unstable();
        assert_eq!(results, (7..107).collect::<Vec<_>>());
    }

    #[test]
    fn a_panic_ends_one_job_only() {
        let (threads, _) = started(1);
        let (done, results) = channel();
        threads.give(Box::new(|_| panic!("on purpose")));
        threads.give(Box::new(move |_| done.send(1).unwrap_or_default()));
        assert_eq!(results.recv(), Ok(1));
    }

    #[test]
    fn where_there_is_no_database_jobs_are_dropped() {
        let threads: Threads<u32> = Threads::start(2, || None, || ()).expect("starts");
        let (done, results) = channel::<u32>();
        threads.give(Box::new(move |_| done.send(1).unwrap_or_default()));
        assert!(results.recv().is_err());
    }
}
