//! Runs one schedule from its seed, or from a list of choices, on a store that is kept for the
//! next.

use anyhow::Result;

use crate::choices::Choices;
use crate::reorder::compare;
use crate::store::Store;
use crate::world::World;

/// One in so many schedules runs on a file.
const ON_DISK: u64 = 500;

/// One in so many seeds plays the same facts in two orders instead.
const REORDERED: u64 = 10;

/// A schedule that broke a promise.
#[derive(Clone, Debug)]
pub struct Failure {
    pub seed: u64,
    pub what: String,
    pub choices: Vec<u32>,
    pub trace: Vec<String>,
}

/// Where schedules are played: one per thread.
#[derive(Debug)]
pub struct Stages {
    memory: Store,
    name: String,
    /// Steps of flows that were carried out.
    pub steps: u64,
}

/// Which store a schedule runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Memory,
    Disk,
}

impl Stage {
    #[must_use]
    pub const fn of(seed: u64) -> Self {
        if seed % ON_DISK == ON_DISK - 1 {
            Self::Disk
        } else {
            Self::Memory
        }
    }
}

impl Stages {
    /// `name` tells this thread's files from another's.
    ///
    /// # Errors
    /// Where SQLite cannot be opened.
    pub fn new(name: &str) -> Result<Self> {
        Ok(Self {
            memory: Store::in_memory()?,
            name: name.to_owned(),
            steps: 0,
        })
    }

    /// Plays the schedule of a seed.
    ///
    /// # Errors
    /// Where the store itself fails; a broken promise is a [`Failure`].
    pub fn play(&mut self, seed: u64, traced: bool) -> Result<Option<Failure>> {
        self.run(seed, Choices::seeded(seed), traced)
    }

    /// Plays a list of choices, on the store that the seed would have.
    ///
    /// # Errors
    /// As `play`.
    pub fn repeat(&mut self, seed: u64, list: &[u32], traced: bool) -> Result<Option<Failure>> {
        self.run(seed, Choices::listed(list.to_vec()), traced)
    }

    fn run(&mut self, seed: u64, choices: Choices, traced: bool) -> Result<Option<Failure>> {
        if Stage::of(seed) == Stage::Disk {
            let name = format!("{}-{seed}-{}", self.name, std::process::id());
            let mut disk = Store::on_disk(&name)?;
            let (outcome, steps) = play_on(&mut disk, seed, choices, traced);
            self.steps += steps;
            return Ok(outcome);
        }
        self.memory.wipe()?;
        let (outcome, steps) = play_on(&mut self.memory, seed, choices, traced);
        self.steps += steps;
        Ok(outcome)
    }
}

fn play_on(store: &mut Store, seed: u64, choices: Choices, traced: bool) -> (Option<Failure>, u64) {
    if seed.is_multiple_of(REORDERED) {
        let mut choices = choices;
        let outcome = compare(store, &mut choices);
        let failure = outcome.err().map(|what| Failure {
            seed,
            what,
            choices: choices.made().to_vec(),
            trace: Vec::new(),
        });
        return (failure, 0);
    }
    let mut world = World::new(choices, store, traced);
    let outcome = world.play().and_then(|()| world.heal());
    let failure = outcome.err().map(|what| Failure {
        seed,
        what,
        choices: world.choices.made().to_vec(),
        trace: world.trace.take().unwrap_or_default(),
    });
    (failure, world.steps)
}
