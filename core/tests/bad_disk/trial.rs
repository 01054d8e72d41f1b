//! One shop on one bad disk: its calls, what has to be true of their errors, and the look at
//! what is left.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use coinpay_core::{Error, ErrorCode, Result};

use crate::disk::Disk;
use crate::shop_at_work::acknowledged::Acknowledged;
use crate::shop_at_work::checks;
use crate::shop_at_work::gateway::Pace;
use crate::shop_at_work::shop::{Dice, Folder, open_the_world};
use crate::shop_at_work::worker::Worker;

pub(crate) const FIRST_MS: i64 = 1_750_000_000_000;

/// What a call may answer when the store is at fault.
pub(crate) const STORE: [ErrorCode; 2] = [ErrorCode::StoreBusy, ErrorCode::StoreUnavailable];

pub(crate) struct Trial {
    folder: Folder,
    pub disk: Arc<Disk>,
    pub acknowledged: Acknowledged,
    /// A call ended in an error of the store.
    pub spoiled: bool,
    /// It was well only after a while.
    pub healed: bool,
    said: Rc<RefCell<Vec<String>>>,
}

impl Trial {
    pub(crate) fn new(name: &str, seed: u64) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = Folder::new(&format!("{name}-{number}"));
        open_the_world(folder.path());
        Self {
            disk: Disk::insert(folder.path(), seed),
            folder,
            acknowledged: Acknowledged::default(),
            spoiled: false,
            healed: false,
            said: Rc::default(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn start(&self, seed: u64, now_ms: i64) -> Result<Worker> {
        let said = Rc::clone(&self.said);
        let listener = Box::new(move |line: &str| said.borrow_mut().push(line.to_owned()));
        Worker::start(self.path(), seed, now_ms, Pace::Instant, listener)
    }

    /// Opens the shop, if need be again when the fault is over. `None` on a disk without power.
    pub(crate) fn open(&self, seed: u64, now_ms: i64) -> Option<Worker> {
        let error = match self.start(seed, now_ms) {
            Ok(worker) => return Some(worker),
            Err(error) => error,
        };
        // A file that cannot even be opened is refused, with the reason.
        if error.code == ErrorCode::StoreRefused {
            assert!(error.message.contains("(SQLITE_CANTOPEN)"), "{error:?}");
        } else {
            assert_typed(&error);
        }
        if self.disk.is_dead() {
            return None;
        }
        assert!(self.disk.struck() > 0, "the disk was well: {error:?}");
        self.disk.lift();
        match self.start(seed, now_ms) {
            Ok(worker) => Some(worker),
            Err(error) => {
                assert!(self.disk.is_dead(), "the disk is well: {error:?}");
                None
            }
        }
    }

    /// Works at random on the disk until its power goes. A fault is over once it was felt.
    pub(crate) fn work(&self, workers: &mut [Worker], dice: &mut Dice) {
        let count = u64::try_from(workers.len()).unwrap();
        while !self.disk.is_dead() {
            let chosen = usize::try_from(dice.below(count)).unwrap();
            let acted = workers[chosen].act();
            if let Err(error) = &acted {
                assert_typed(error);
                let blame = self.disk.is_dead() || self.disk.struck() > 0;
                assert!(blame, "the disk was well: {error:?}");
            }
            if acted.is_err() {
                self.disk.lift();
            }
        }
    }

    /// The power goes and comes back. Whoever had the file open is gone; what was acknowledged
    /// until then has to be there.
    pub(crate) fn lose_power(&mut self, workers: Vec<Worker>, seed: u64) {
        self.disk.end_power_now();
        drop(workers);
        self.disk.remove(seed);
        let lines: Vec<String> = self.said.borrow_mut().drain(..).collect();
        self.acknowledged.take(&lines);
        // Opens as ever. The tables and the shelf may be missing only where nobody was told.
        let mut worker = self.start(0, FIRST_MS).unwrap();
        if !self.acknowledged.stocked {
            worker.stock_the_shelf().unwrap();
        }
        drop(worker);
        checks::everything(self.path(), &self.acknowledged);
    }

    /// What is left is put on a bad disk again.
    pub(crate) fn use_another_disk(&mut self, seed: u64) {
        self.disk = Disk::insert(self.path(), seed);
    }
}

/// An error says whether it can go away by itself, and never that the file is broken.
pub(crate) fn assert_typed(error: &Error) {
    assert!(STORE.contains(&error.code), "{error:?}");
    assert!(error.retry_after_ms.is_some(), "{error:?}");
    for word in ["CORRUPT", "NOTADB", "MISUSE", "INTERNAL"] {
        assert!(!error.message.contains(word), "{error:?}");
    }
}
