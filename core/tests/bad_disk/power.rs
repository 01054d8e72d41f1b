//! The power goes in the middle of the work. What was not synced is lost, in part and in any
//! order; what was acknowledged has to be there when the power is back, and nothing may have
//! happened twice.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::disk::{Disk, Fault, Operation};
use crate::shop_at_work::acknowledged::Acknowledged;
use crate::shop_at_work::shop::{Dice, FILE, Folder};
use crate::shop_at_work::{checks, healing};
use crate::sweep::{FAULTS, live, points};
use crate::trial::{FIRST_MS, Trial};

/// How far the shop's clock goes on between two rounds: a lease is over after the next one.
const ROUND_MS: i64 = 100_000;

#[test]
fn wherever_the_power_goes_in_a_short_life_what_was_acknowledged_is_there() {
    let changes = live(None, None).disk.changes();
    let points = points(u32::try_from(changes).unwrap());
    for change in &points {
        println!("the power goes at change {change} of {changes}");
        let trial = live(None, Some(u64::from(*change)));
        let mut worker = trial.start(2, FIRST_MS + ROUND_MS).unwrap();
        (0..5).for_each(|_| worker.act().unwrap());
        checks::everything(trial.path(), &trial.acknowledged);
    }
    println!("the power went at {} of {changes} changes", points.len());
}

/// What went wrong in the rounds of one seed, and what was acknowledged in them.
struct Story {
    rounds: u32,
    faults: u32,
    checkpointed: u32,
    acknowledged: Acknowledged,
    end: String,
}

/// Round after round the power goes; in every other one the disk has failed before.
fn play(seed: u64, rounds: u32) -> Story {
    let mut dice = Dice::new(seed);
    let mut trial = Trial::new("power", seed);
    let (mut faults, mut checkpointed) = (0, 0);
    for round in 0..rounds {
        let now_ms = FIRST_MS + i64::from(round) * ROUND_MS;
        if round > 0 {
            trial.use_another_disk(dice.draw());
        }
        // Long enough in some rounds for the log to fill up and be moved into the file.
        let longest = if dice.below(4) == 0 { 6_000 } else { 1_500 };
        trial.disk.end_power_at(1 + dice.below(longest));
        if dice.below(2) == 0 {
            trial.disk.inject(some_fault(&mut dice));
        }
        let count = if dice.below(3) == 0 { 2 } else { 1 };
        let mut workers = Vec::new();
        for _ in 0..count {
            workers.extend(trial.open(dice.draw(), now_ms));
        }
        if let Some(first) = workers.first_mut() {
            if first.stock_the_shelf().is_err() {
                trial.disk.lift();
                let stocked = first.stock_the_shelf().is_ok();
                assert!(stocked || trial.disk.is_dead());
            }
            trial.work(&mut workers, &mut dice);
        }
        faults += u32::from(trial.disk.struck() > 0);
        checkpointed += u32::from(trial.disk.checkpointed() > 1);
        trial.lose_power(workers, dice.draw());
    }
    let over_ms = FIRST_MS + i64::from(rounds + 1) * ROUND_MS;
    healing::heal(trial.path(), over_ms);
    checks::everything(trial.path(), &trial.acknowledged);
    checks::healed(trial.path(), &trial.acknowledged);
    Story {
        rounds,
        faults,
        checkpointed,
        end: checks::story(trial.path()),
        acknowledged: trial.acknowledged.clone(),
    }
}

fn some_fault(dice: &mut Dice) -> Fault {
    let chosen = dice.below(u64::try_from(FAULTS.len()).unwrap());
    let (operation, times, answer, torn) = FAULTS[usize::try_from(chosen).unwrap()];
    let often = matches!(
        operation,
        Operation::Read | Operation::ShmLock | Operation::Sync | Operation::Write
    );
    let most = if often { 300 } else { 10 };
    Fault {
        operation,
        first: 1 + u32::try_from(dice.below(most)).unwrap(),
        times,
        answer,
        torn,
    }
}

/// `COINPAY_POWER_SEEDS` says how many, `COINPAY_POWER_FROM` the first.
#[test]
fn what_was_acknowledged_survives_power_losses_at_random_and_nothing_happens_twice() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse().unwrap());
    let seeds: u64 = number("COINPAY_POWER_SEEDS").unwrap_or(1);
    let first: u64 = number("COINPAY_POWER_FROM").unwrap_or(1);
    let (mut rounds, mut faults, mut checkpointed) = (0, 0, 0);
    for seed in first..first + seeds {
        let story = play(seed, 12);
        rounds += story.rounds;
        faults += story.faults;
        checkpointed += story.checkpointed;
        println!("seed {seed}: {}; {}", story.acknowledged, story.end);
    }
    print!("{seeds} seeds, {rounds} power losses, {faults} of them after a fault of the disk, ");
    println!("{checkpointed} after the log was moved into the file");
    assert!(faults > 0 && checkpointed > 0);
}

/// The proof that the loss of power is felt: on a disk that says that it has synced and has not,
/// the same checks miss what was acknowledged.
#[test]
fn on_a_disk_that_lies_about_its_syncs_acknowledged_work_is_missed() {
    let missed = (1..=5).filter(|seed| {
        let mut trial = Trial::new("lies", *seed);
        let mut workers: Vec<_> = trial.open(*seed, FIRST_MS).into_iter().collect();
        workers[0].stock_the_shelf().unwrap();
        trial.disk.lie();
        trial.disk.end_power_at(trial.disk.changes() + 400);
        trial.work(&mut workers, &mut Dice::new(*seed));
        let kept = catch_unwind(AssertUnwindSafe(|| trial.lose_power(workers, *seed)));
        let why = kept.err().and_then(|why| why.downcast::<String>().ok());
        let missing = ["checkout ", "webhook ", " cancelled "];
        why.is_some_and(|why| missing.iter().any(|what| why.contains(what)))
    });
    assert!(missed.count() >= 3);
}

/// Rows that were committed before the power went, and are there afterwards.
fn committed_and_kept(synchronous: &str, seed: u64) -> (u32, u32) {
    let folder = Folder::new(&format!("rows-{seed}"));
    let path = folder.path().join(FILE);
    let disk = Disk::insert(folder.path(), seed);
    let file = rusqlite::Connection::open(&path).unwrap();
    file.execute_batch(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE rows (number INTEGER PRIMARY KEY) STRICT;
         PRAGMA synchronous = {synchronous};"
    ))
    .unwrap();
    disk.end_power_at(disk.changes() + 20 + seed);
    let committed = (1..)
        .take_while(|number| {
            let insert = "INSERT INTO rows VALUES (?)";
            file.execute(insert, [number]).is_ok()
        })
        .last();
    drop(file);
    disk.remove(seed);
    let file = rusqlite::Connection::open(&path).unwrap();
    let kept = file.query_row("SELECT COUNT(*) FROM rows", [], |row| row.get(0));
    (committed.unwrap_or(0), kept.unwrap())
}

#[test]
fn a_commit_is_lost_with_the_power_exactly_where_sqlite_is_told_not_to_sync_it() {
    let all = |synchronous| (1..40).map(move |seed| committed_and_kept(synchronous, seed));
    for (committed, kept) in all("FULL") {
        assert!(committed > 0 && kept >= committed, "{kept} of {committed}");
    }
    for synchronous in ["NORMAL", "OFF"] {
        let lossy = all(synchronous).filter(|(committed, kept)| kept < committed);
        assert!(lossy.count() > 10, "{synchronous}");
    }
}
