//! Commits of several threads share a transaction. Where the disk fails it, each of them hears
//! so, and none is there of which it was said that it is not.

use std::collections::BTreeSet;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use coinpay_core::SqliteExecutor;
use coinpay_core::store::{FaultClass, StoreFault};
use rusqlite::ffi;

use crate::disk::{Disk, Fault, Operation};
use crate::pairs::{self, Pair, THREADS};
use crate::shop_at_work::shop::{Dice, FILE, Folder};

type Outcome = Result<(), StoreFault>;

/// Has all threads commit while the file is somebody else's, so that they wait together, and then
/// on a disk that is `spoiled`. The last one's commit is a conflict.
fn at_once(
    folder: &Folder,
    executor: &SqliteExecutor,
    number: i64,
    spoiled: impl FnOnce(),
) -> Vec<Outcome> {
    let other = rusqlite::Connection::open(folder.path().join(FILE)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    spoiled();
    let start = Barrier::new(usize::try_from(THREADS).unwrap() + 1);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|name| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    if name == THREADS - 1 {
                        return pairs::clash(executor, (name, number), (0, 0));
                    }
                    pairs::commit(executor, (name, number))
                })
            })
            .collect();
        start.wait();
        thread::sleep(Duration::from_millis(300));
        other.execute_batch("ROLLBACK").unwrap();
        let outcomes = threads.into_iter().map(|thread| thread.join().unwrap());
        outcomes.collect()
    })
}

fn folder_with_a_pair(name: &str) -> (Folder, Arc<Disk>, SqliteExecutor) {
    let folder = Folder::new(name);
    let disk = Disk::insert(folder.path(), 1);
    let executor = pairs::open(&folder.path().join(FILE)).unwrap();
    pairs::commit(&executor, (0, 0)).unwrap();
    (folder, disk, executor)
}

#[test]
fn commits_that_wait_together_are_synced_together() {
    let (folder, disk, executor) = folder_with_a_pair("together");
    let before = disk.seen(Operation::Sync);
    let outcomes = at_once(&folder, &executor, 1, || ());
    let syncs = disk.seen(Operation::Sync) - before;
    assert!(syncs < 4, "{syncs} syncs for {THREADS} commits");
    let (last, others) = outcomes.split_last().unwrap();
    assert!(others.iter().all(Result::is_ok), "{others:?}");
    let class = last.as_ref().unwrap_err().class;
    assert_eq!(class, FaultClass::Conflict);
    let expected: BTreeSet<Pair> = (0..THREADS - 1)
        .map(|name| (name, 1))
        .chain([(0, 0)])
        .collect();
    assert_eq!(pairs::whole(&folder.path().join(FILE)), expected);
}

#[test]
fn what_a_failing_disk_makes_of_a_shared_transaction_everybody_hears() {
    for (number, (operation, answer)) in [
        (Operation::Sync, ffi::SQLITE_IOERR_FSYNC),
        (Operation::Write, ffi::SQLITE_FULL),
        (Operation::Write, ffi::SQLITE_IOERR_WRITE),
        (Operation::ShmLock, ffi::SQLITE_IOERR_SHMLOCK),
    ]
    .into_iter()
    .enumerate()
    {
        let (folder, disk, executor) = folder_with_a_pair(&format!("together-{number}"));
        let fault = Fault {
            operation,
            first: 1,
            times: u32::MAX,
            answer,
            torn: false,
        };
        let outcomes = at_once(&folder, &executor, 1, || disk.inject(fault));
        assert!(disk.struck() > 0, "{operation:?}");
        disk.lift();
        let mut left = pairs::whole(&folder.path().join(FILE));
        assert!(left.remove(&(0, 0)));
        for (name, outcome) in (0..).zip(&outcomes) {
            let fault = outcome
                .as_ref()
                .expect_err("nobody is told that it is stored");
            if fault.class != FaultClass::Unknown {
                assert!(!left.contains(&(name, 1)), "{fault} of what is there");
            }
        }
        let again = at_once(&folder, &executor, 2, || ());
        assert_eq!(
            again.iter().filter(|one| one.is_ok()).count(),
            7,
            "{again:?}"
        );
    }
}

/// What a thread was told of its commits.
#[derive(Default)]
struct Told {
    stored: BTreeSet<Pair>,
    not_stored: BTreeSet<Pair>,
}

/// Commits until the power goes; every few times what cannot be stored.
fn toil(executor: &SqliteExecutor, disk: &Disk, name: i64) -> Told {
    let mut told = Told::default();
    for number in 1.. {
        if disk.is_dead() {
            break;
        }
        let pair = (name, number);
        let outcome = if number % 5 == 0 {
            pairs::clash(executor, pair, (0, 0))
        } else {
            pairs::commit(executor, pair)
        };
        match outcome {
            Ok(()) => told.stored.insert(pair),
            Err(fault) if fault.class == FaultClass::Unknown => false,
            Err(_) => told.not_stored.insert(pair),
        };
        if disk.struck() > 0 {
            disk.lift();
        }
    }
    told
}

#[test]
fn whatever_fails_until_the_power_goes_what_was_said_of_each_commit_is_true() {
    let (mut stored, mut refused, mut syncs) = (0, 0, 0);
    for seed in 1..=40 {
        let mut dice = Dice::new(seed);
        let (folder, disk, executor) = folder_with_a_pair(&format!("toil-{seed}"));
        let faults = [
            (Operation::Sync, ffi::SQLITE_IOERR_FSYNC),
            (Operation::Write, ffi::SQLITE_FULL),
            (Operation::Write, ffi::SQLITE_IOERR_WRITE),
            (Operation::Read, ffi::SQLITE_IOERR_READ),
        ];
        let chosen = usize::try_from(dice.below(4)).unwrap();
        let (operation, answer) = faults[chosen];
        disk.inject(Fault {
            operation,
            first: 1 + u32::try_from(dice.below(40)).unwrap(),
            times: u32::MAX,
            answer,
            torn: dice.below(2) == 0,
        });
        disk.end_power_at(disk.changes() + 50 + dice.below(400));
        let all: Vec<Told> = thread::scope(|scope| {
            let (executor, disk) = (&executor, &*disk);
            let threads: Vec<_> = (0..THREADS)
                .map(|name| scope.spawn(move || toil(executor, disk, name)))
                .collect();
            let told = threads.into_iter().map(|thread| thread.join().unwrap());
            told.collect()
        });
        syncs += disk.seen(Operation::Sync);
        drop(executor);
        disk.remove(seed);
        let left = pairs::whole(&folder.path().join(FILE));
        for told in all {
            assert!(
                told.stored.is_subset(&left),
                "seed {seed}: what was stored is gone"
            );
            assert!(
                told.not_stored.is_disjoint(&left),
                "seed {seed}: what was not is there"
            );
            stored += told.stored.len();
            refused += told.not_stored.len();
        }
    }
    println!("{stored} commits with {syncs} syncs, {refused} refused");
    assert!(stored > 0 && refused > 0);
}
