//! The same for commits that share a transaction: what one thread was told has to be there,
//! whatever the others were at.

use std::collections::BTreeSet;
use std::path::Path;
use std::thread;
use std::time::Duration;

use coinpay_core::store::FaultClass;

use crate::pairs::{self, Pair, THREADS};
use crate::shop_at_work::shop::{Dice, FILE, Folder};
use crate::{FIRST_MS, FOLDER, SEED, Victim, acknowledge};

const NAME: &str =
    "together::what_threads_were_told_before_a_kill_is_there_and_no_half_of_a_commit";
const ROUNDS: i64 = 15;

/// What a process does until it is killed: every thread goes on where its pairs end.
fn work(path: &Path, round: i64) {
    let executor = pairs::open(path).unwrap();
    thread::scope(|scope| {
        for name in 0..THREADS {
            let executor = &executor;
            scope.spawn(move || {
                for number in 1..i64::from(u16::MAX) {
                    let pair = (name, round * i64::from(u16::MAX) + number);
                    if number % 5 == 0 {
                        let clashed = pairs::clash(executor, pair, (name, pair.1 - 1));
                        assert_eq!(clashed.unwrap_err().class, FaultClass::Conflict);
                        continue;
                    }
                    pairs::commit(executor, pair).unwrap();
                    acknowledge(&format!("{} {}", pair.0, pair.1));
                }
            });
        }
    });
}

fn pair(line: &str) -> Pair {
    let (name, number) = line.split_once(' ').unwrap();
    (name.parse().unwrap(), number.parse().unwrap())
}

#[test]
fn what_threads_were_told_before_a_kill_is_there_and_no_half_of_a_commit() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let round = std::env::var(SEED).unwrap().parse().unwrap();
        work(&Path::new(&folder).join(FILE), round);
        return;
    }
    let folder = Folder::new("killed-together");
    let mut dice = Dice::new(7);
    let mut told = BTreeSet::new();
    for round in 0..ROUNDS {
        let victim = Victim::start(NAME, &folder, round.unsigned_abs(), FIRST_MS);
        let mut said = victim.heard(1 + dice.below(60));
        thread::sleep(Duration::from_micros(dice.below(9_000)));
        said.extend(victim.kill());
        told.extend(said.iter().map(|line| pair(line)));
        let left = pairs::whole(&folder.path().join(FILE));
        assert!(told.is_subset(&left), "round {round}");
    }
    println!("{ROUNDS} kills, {} commits acknowledged", told.len());
}
