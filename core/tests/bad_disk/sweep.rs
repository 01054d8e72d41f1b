//! A short life of a shop, played once for each input and output of SQLite, which goes wrong that
//! time. The call that it spoils says so; the same call on the same engine is well as soon as the
//! disk is, and everything that was acknowledged is there, also after a power loss.

use coinpay_core::Result;
use rusqlite::ffi;

use crate::disk::{Fault, Operation};
use crate::shop_at_work::worker::Worker;
use crate::shop_at_work::{checks, healing};
use crate::trial::{FIRST_MS, Trial, assert_typed};

type Step = (&'static str, fn(&mut Worker) -> Result<()>);

/// Between the two parts the file is closed, and opened again.
const LIFE: [&[Step]; 2] = [
    &[
        ("stock the shelf", |worker| worker.stock_the_shelf()),
        ("check out a", |worker| worker.check_out("a", "book")),
        ("check out b", |worker| worker.check_out("b", "print")),
        ("hear of a", |worker| worker.be_paid_for(0, "confirmed")),
        ("ship a", Worker::do_all_side_work),
        ("cancel b", |worker| worker.cancel(1)),
    ],
    &[
        ("check out c", |worker| worker.check_out("c", "book")),
        ("hear of c", |worker| worker.be_paid_for(0, "forwarded")),
        ("hear again", |worker| worker.be_paid_for(0, "forwarded")),
        ("ship c", Worker::do_all_side_work),
        ("look for money", Worker::reconcile),
    ],
];

const LASTING: u32 = u32::MAX;

/// Which goes wrong, how often, with what, and whether half of it is done.
pub(crate) const FAULTS: [(Operation, u32, i32, bool); 19] = [
    (Operation::Write, LASTING, ffi::SQLITE_FULL, false),
    (Operation::Write, LASTING, ffi::SQLITE_FULL, true),
    (Operation::Write, 1, ffi::SQLITE_IOERR_WRITE, true),
    (Operation::Sync, 1, ffi::SQLITE_IOERR_FSYNC, false),
    (Operation::Sync, LASTING, ffi::SQLITE_IOERR_FSYNC, false),
    (Operation::Read, 1, ffi::SQLITE_IOERR_READ, false),
    (Operation::Read, LASTING, ffi::SQLITE_IOERR_READ, false),
    (Operation::Truncate, 1, ffi::SQLITE_IOERR_TRUNCATE, false),
    (Operation::Delete, 1, ffi::SQLITE_IOERR_DELETE, false),
    (Operation::Open, 1, ffi::SQLITE_CANTOPEN, false),
    (Operation::Open, 1, ffi::SQLITE_NOMEM, false),
    (Operation::Access, 1, ffi::SQLITE_IOERR_ACCESS, false),
    (Operation::FileSize, 1, ffi::SQLITE_IOERR_FSTAT, false),
    (Operation::Lock, 1, ffi::SQLITE_BUSY, false),
    (Operation::Lock, 1, ffi::SQLITE_IOERR_LOCK, false),
    (Operation::ShmMap, 1, ffi::SQLITE_IOERR_SHMMAP, false),
    (Operation::ShmMap, 1, ffi::SQLITE_IOERR_NOMEM, false),
    (Operation::ShmLock, 1, ffi::SQLITE_BUSY, false),
    (Operation::ShmLock, 1, ffi::SQLITE_IOERR_SHMLOCK, false),
];

/// Lives with at most one fault, and until the power goes with a change of the disk, or at the
/// end. Answers what is left, on a good disk; the old one says what it has seen.
pub(crate) fn live(fault: Option<Fault>, power_ends_at: Option<u64>) -> Trial {
    let seed = fault.map_or(0, |fault| u64::from(fault.first)) + power_ends_at.unwrap_or(0);
    let mut trial = Trial::new("life", seed);
    if let Some(fault) = fault {
        trial.disk.inject(fault);
    }
    if let Some(change) = power_ends_at {
        trial.disk.end_power_at(change);
    }
    let mut last = None;
    for part in LIFE {
        drop(last.take());
        last = trial.open(1, FIRST_MS);
        for (name, step) in part {
            if let Some(worker) = &mut last {
                trial.spoiled |= go_through(&trial, fault, worker, name, *step);
            }
        }
    }
    trial.lose_power(last.into_iter().collect(), seed);
    if power_ends_at.is_none() {
        assert_well_in_the_end(&mut trial);
    }
    trial
}

/// A claim that was stored and could not be read back is nobody's: that takes a lease's time, and
/// for a shipment a person.
fn assert_well_in_the_end(trial: &mut Trial) {
    let end = r#"orders {"cancelled": 1, "fulfilled": 2}"#;
    trial.healed = !checks::story(trial.path()).starts_with(end);
    if trial.healed {
        healing::heal(trial.path(), FIRST_MS);
        checks::everything(trial.path(), &trial.acknowledged);
        checks::healed(trial.path(), &trial.acknowledged);
    }
    let story = checks::story(trial.path());
    assert!(story.starts_with(end), "{story}");
}

/// One call, and if the disk spoils it, the same call again on a disk that is well. Says whether
/// it was spoiled.
fn go_through(
    trial: &Trial,
    fault: Option<Fault>,
    worker: &mut Worker,
    name: &str,
    step: fn(&mut Worker) -> Result<()>,
) -> bool {
    if trial.disk.is_dead() {
        return false;
    }
    let Err(error) = step(worker) else {
        return false;
    };
    assert_typed(&error);
    if trial.disk.is_dead() {
        return true;
    }
    assert!(trial.disk.struck() > 0, "{name}: {error:?}");
    if fault.is_some_and(|fault| fault.answer == ffi::SQLITE_FULL) && worker.has_orders() {
        worker.look(0).expect("a full disk can be read");
    }
    trial.disk.lift();
    step(worker).expect(name);
    true
}

/// So many points of each kind, spread over the life.
const POINTS: u32 = 8;

/// `COINPAY_DISK_POINTS=all` plays every one.
pub(crate) fn points(total: u32) -> Vec<u32> {
    let wanted = match std::env::var("COINPAY_DISK_POINTS") {
        Ok(number) => number.parse().unwrap_or(total),
        Err(_) => POINTS,
    };
    let wanted = wanted.min(total);
    (0..wanted).map(|one| 1 + one * total / wanted).collect()
}

/// SQLite gives the row that says that the log is on before it writes that into the file.
#[test]
fn a_write_that_fails_while_the_file_is_made_is_noticed() {
    for first in 1..=8 {
        let fault = Fault {
            operation: Operation::Write,
            first,
            times: 1,
            answer: ffi::SQLITE_IOERR_WRITE,
            torn: true,
        };
        assert_eq!(live(Some(fault), None).disk.struck(), 1);
    }
}

#[test]
fn whatever_goes_wrong_on_the_disk_the_call_says_so_and_the_next_is_well() {
    let well = live(None, None);
    for (operation, times, answer, torn) in FAULTS {
        let total = well.disk.seen(operation);
        let points = points(total);
        let (mut met, mut spoiled, mut healed) = (0, 0, 0);
        for first in &points {
            let fault = Fault {
                operation,
                first: *first,
                times,
                answer,
                torn,
            };
            println!("{fault:?}");
            let trial = live(Some(fault), None);
            met += usize::from(trial.disk.struck() > 0);
            spoiled += usize::from(trial.spoiled);
            healed += usize::from(trial.healed);
        }
        print!("{operation:?} {answer}: {met} of {total} points, ");
        println!("{spoiled} calls spoiled, {healed} healed");
        // The last few are not always there: how much is written depends on the time a little.
        assert!(met * 10 >= points.len() * 9, "{operation:?} {met}");
    }
}
