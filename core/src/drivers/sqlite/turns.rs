//! Lets committers take turns at the one connection that writes, and lets whoever has the turn
//! commit for those that wait for theirs. Decides who has the turn and who hears what; knows
//! nothing of SQLite.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::store::{FaultClass, Statement, StoreFault};

/// What becomes of one commit.
pub(super) type Outcome = Result<(), StoreFault>;

pub(super) struct Turns(Mutex<Line>);

struct Line {
    /// Somebody has the turn.
    taken: bool,
    waiting: VecDeque<Arc<Waiting>>,
}

struct Waiting {
    statements: Vec<Statement>,
    word: Mutex<Option<Word>>,
    heard: Condvar,
}

enum Word {
    YourTurn,
    Done(Outcome),
}

/// What a committer gets.
pub(super) enum Taken<'a> {
    /// It commits itself.
    Turn(Turn<'a>),
    /// Whoever had the turn has committed for it.
    Done(Outcome),
}

impl Turns {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Line {
            taken: false,
            waiting: VecDeque::new(),
        }))
    }

    /// Waits for the turn, or for the outcome. The statements are copied only where somebody has
    /// the turn.
    pub(super) fn take(&self, statements: &[Statement]) -> Taken<'_> {
        if let Some(turn) = self.free(&mut lock(&self.0)) {
            return Taken::Turn(turn);
        }
        let waiting = Arc::new(Waiting {
            statements: statements.to_vec(),
            word: Mutex::new(None),
            heard: Condvar::new(),
        });
        {
            let mut line = lock(&self.0);
            if let Some(turn) = self.free(&mut line) {
                return Taken::Turn(turn);
            }
            line.waiting.push_back(Arc::clone(&waiting));
        }
        match waiting.wait() {
            Word::YourTurn => Taken::Turn(Turn(self)),
            Word::Done(outcome) => Taken::Done(outcome),
        }
    }

    fn free(&self, line: &mut Line) -> Option<Turn<'_>> {
        let taken = std::mem::replace(&mut line.taken, true);
        (!taken).then(|| Turn(self))
    }

    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        lock(&self.0).waiting.len()
    }
}

impl Waiting {
    fn say(&self, word: Word) {
        *lock(&self.word) = Some(word);
        self.heard.notify_one();
    }

    fn wait(&self) -> Word {
        let mut word = lock(&self.word);
        loop {
            if let Some(word) = word.take() {
                return word;
            }
            let heard = self.heard.wait(word);
            word = heard.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// The turn; it goes to the next in line when it is dropped.
pub(super) struct Turn<'a>(&'a Turns);

impl Turn<'_> {
    /// Takes at most so many out of the line, from its head, to commit for them.
    pub(super) fn others(&self, most: usize) -> Vec<Other> {
        let mut line = lock(&self.0.0);
        let count = line.waiting.len().min(most);
        let others = line.waiting.drain(..count);
        others
            .map(|waiting| Other {
                waiting,
                done: false,
            })
            .collect()
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut line = lock(&self.0.0);
        match line.waiting.pop_front() {
            Some(next) => next.say(Word::YourTurn),
            None => line.taken = false,
        }
    }
}

/// A commit that is done in another's turn. One that is dropped without an outcome, by a panic,
/// may have happened.
pub(super) struct Other {
    waiting: Arc<Waiting>,
    done: bool,
}

impl Other {
    pub(super) fn statements(&self) -> &[Statement] {
        &self.waiting.statements
    }

    pub(super) fn done(mut self, outcome: Outcome) {
        self.done = true;
        self.waiting.say(Word::Done(outcome));
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        if !self.done {
            let fault = StoreFault::new(FaultClass::Unknown, "PANICKED");
            self.waiting.say(Word::Done(Err(fault)));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
