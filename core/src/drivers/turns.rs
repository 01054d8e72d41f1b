//! Lets callers take turns at the few connections that there are for something, and lets whoever
//! has a turn do it for those that wait for theirs. Decides who has a turn and who hears what;
//! knows nothing of databases.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::store::{FaultClass, Statement, StoreFault};

/// What becomes of one batch of statements; `T` is what they bring.
pub(super) type Outcome<T> = Result<T, StoreFault>;

pub(super) struct Turns<T> {
    line: Mutex<Line<T>>,
    /// What a batch may have come to whose outcome nobody heard.
    lost: FaultClass,
    /// How long somebody waits in line before it goes without a turn: those who have one may
    /// stand at a lock, or at a connection that is dead.
    patience: Duration,
}

struct Line<T> {
    /// How many turns nobody has.
    free: usize,
    waiting: VecDeque<Arc<Waiting<T>>>,
}

struct Waiting<T> {
    statements: Vec<Statement>,
    word: Mutex<Option<Word<T>>>,
    heard: Condvar,
}

enum Word<T> {
    YourTurn(Kind),
    Done(Outcome<T>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    OneOfAll,
    /// Taken by one who had waited too long, and nobody's after that.
    Extra,
    /// The same, for one who was sent back and takes nobody along.
    Alone,
}

/// What a caller gets.
pub(super) enum Taken<'a, T> {
    /// It does it itself.
    Turn(Turn<'a, T>),
    /// Whoever had a turn has done it.
    Done(Outcome<T>),
}

impl<T> Turns<T> {
    /// So many may have a turn at once.
    pub(super) const fn new(at_once: usize, lost: FaultClass, patience: Duration) -> Self {
        let line = Line {
            free: at_once,
            waiting: VecDeque::new(),
        };
        Self {
            line: Mutex::new(line),
            lost,
            patience,
        }
    }

    /// Waits for a turn, or for the outcome. The statements are copied only where there is no turn
    /// left.
    pub(super) fn take(&self, statements: &[Statement]) -> Taken<'_, T> {
        if let Some(turn) = self.free(&mut lock(&self.line)) {
            return Taken::Turn(turn);
        }
        let waiting = Arc::new(Waiting {
            statements: statements.to_vec(),
            word: Mutex::new(None),
            heard: Condvar::new(),
        });
        {
            let mut line = lock(&self.line);
            if let Some(turn) = self.free(&mut line) {
                return Taken::Turn(turn);
            }
            line.waiting.push_back(Arc::clone(&waiting));
        }
        let word = waiting.wait(self.patience);
        let word = word.unwrap_or_else(|| match self.leave(&waiting) {
            true => Word::YourTurn(Kind::Extra),
            false => waiting.wait_for_ever(),
        });
        match word {
            Word::YourTurn(kind) => Taken::Turn(Turn { turns: self, kind }),
            Word::Done(outcome) => Taken::Done(outcome),
        }
    }

    /// Whether it was still in line.
    fn leave(&self, waiting: &Arc<Waiting<T>>) -> bool {
        let line = &mut lock(&self.line).waiting;
        let place = line.iter().position(|one| Arc::ptr_eq(one, waiting));
        place.and_then(|place| line.remove(place)).is_some()
    }

    fn free(&self, line: &mut Line<T>) -> Option<Turn<'_, T>> {
        line.free = line.free.checked_sub(1)?;
        let kind = Kind::OneOfAll;
        Some(Turn { turns: self, kind })
    }

    #[cfg(all(test, feature = "sqlite"))]
    pub(super) fn waiting(&self) -> usize {
        lock(&self.line).waiting.len()
    }
}

impl<T> Waiting<T> {
    fn say(&self, word: Word<T>) {
        *lock(&self.word) = Some(word);
        self.heard.notify_one();
    }

    /// `None` where nothing was heard for so long.
    fn wait(&self, patience: Duration) -> Option<Word<T>> {
        let word = lock(&self.word);
        let heard = self
            .heard
            .wait_timeout_while(word, patience, |word| word.is_none());
        let (mut word, _) = heard.unwrap_or_else(PoisonError::into_inner);
        word.take()
    }

    fn wait_for_ever(&self) -> Word<T> {
        loop {
            if let Some(word) = self.wait(Duration::MAX) {
                return word;
            }
        }
    }
}

/// A turn; it goes to the next in line when it is dropped.
pub(super) struct Turn<'a, T> {
    turns: &'a Turns<T>,
    kind: Kind,
}

impl<T> Turn<'_, T> {
    /// Takes at most so many out of the line, from its head, to do what they want.
    pub(super) fn others(&self, most: usize) -> Vec<Other<T>> {
        let mut line = lock(&self.turns.line);
        let count = line.waiting.len().min(most);
        let taken = line.waiting.drain(..count);
        taken.map(|waiting| self.other(waiting)).collect()
    }

    /// Takes those out of the line of which `fits` says that they go with `own` and with each
    /// other; the rest keep their places. With `own` there are a power of two of them, at most
    /// `most`, so that there are few different numbers.
    pub(super) fn others_that_fit(
        &self,
        most: usize,
        own: &[Statement],
        fits: impl Fn(&[Statement], &[Statement]) -> bool,
    ) -> Vec<Other<T>> {
        if self.kind == Kind::Alone {
            return Vec::new();
        }
        let mut line = lock(&self.turns.line);
        let mut found = Vec::new();
        let mut together = vec![own];
        for (place, waiting) in line.waiting.iter().enumerate() {
            if together.len() >= most {
                break;
            }
            if together.iter().all(|one| fits(one, &waiting.statements)) {
                found.push(place);
                together.push(&waiting.statements);
            }
        }
        let all = found.len().saturating_add(1);
        let whole = 1_usize << all.ilog2();
        found.truncate(whole.saturating_sub(1));
        // From the last to the first, so that places stay what they are.
        let taken = found
            .iter()
            .rev()
            .filter_map(|place| line.waiting.remove(*place));
        let mut others: Vec<_> = taken.map(|waiting| self.other(waiting)).collect();
        others.reverse();
        others
    }
}

impl<T> Turn<'_, T> {
    fn other(&self, waiting: Arc<Waiting<T>>) -> Other<T> {
        Other {
            waiting,
            lost: self.turns.lost,
            done: false,
        }
    }
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        if self.kind != Kind::OneOfAll {
            return;
        }
        let mut line = lock(&self.turns.line);
        match line.waiting.pop_front() {
            Some(next) => next.say(Word::YourTurn(self.kind)),
            None => line.free = line.free.saturating_add(1),
        }
    }
}

/// What is done in another's turn. One that is dropped without an outcome, by a panic, is lost.
pub(super) struct Other<T> {
    waiting: Arc<Waiting<T>>,
    lost: FaultClass,
    done: bool,
}

impl<T> Other<T> {
    pub(super) fn statements(&self) -> &[Statement] {
        &self.waiting.statements
    }

    pub(super) fn done(mut self, outcome: Outcome<T>) {
        self.done = true;
        self.waiting.say(Word::Done(outcome));
    }

    /// Nothing was done: it is to do it itself, at once.
    #[cfg(feature = "postgres")]
    pub(super) fn send_back(mut self) {
        self.done = true;
        self.waiting.say(Word::YourTurn(Kind::Alone));
    }
}

impl<T> Drop for Other<T> {
    fn drop(&mut self) {
        if !self.done {
            let fault = StoreFault::new(self.lost, "PANICKED");
            self.waiting.say(Word::Done(Err(fault)));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn batch(name: &str) -> Vec<Statement> {
        let sql = name.into();
        let params = Vec::new();
        vec![Statement { sql, params }]
    }

    fn name_of(statements: &[Statement]) -> String {
        statements.iter().map(|one| one.sql.to_string()).collect()
    }

    /// Gets in line behind those that are there.
    fn wait_behind<'scope, 'a: 'scope>(
        scope: &'scope thread::Scope<'scope, '_>,
        turns: &'a Turns<u32>,
        name: &'static str,
    ) -> thread::ScopedJoinHandle<'scope, Result<u32, &'static str>> {
        let before = lock(&turns.line).waiting.len();
        let handle = scope.spawn(move || match turns.take(&batch(name)) {
            Taken::Turn(_) => Err("a turn"),
            Taken::Done(outcome) => outcome.map_err(|_| "a fault"),
        });
        while lock(&turns.line).waiting.len() == before {
            thread::yield_now();
        }
        handle
    }

    fn turn(turns: &Turns<u32>) -> Turn<'_, u32> {
        match turns.take(&batch("own")) {
            Taken::Turn(turn) => turn,
            Taken::Done(_) => panic!("there is a turn left"),
        }
    }

    #[test]
    fn whoever_fits_is_taken_out_of_the_line_by_powers_of_two() {
        let turns = Turns::new(1, FaultClass::Unknown, LONG);
        thread::scope(|scope| {
            let turn = turn(&turns);
            let names = ["a1", "b1", "a2", "a2", "a3", "a4"];
            let handles = names.map(|name| wait_behind(scope, &turns, name));
            // One like another does not go with it.
            let fits = |one: &[Statement], other: &[Statement]| {
                name_of(other).starts_with('a') && name_of(one) != name_of(other)
            };
            let found = turn.others_that_fit(16, &batch("own"), fits);
            let taken: Vec<_> = found.iter().map(|one| name_of(one.statements())).collect();
            assert_eq!(taken, ["a1", "a2", "a3"]);
            for (number, other) in (1_u32..).zip(found) {
                other.done(Ok(number));
            }
            drop(turn);
            let heard = handles.map(|handle| handle.join().expect("no panic"));
            let turn = Err("a turn");
            assert_eq!(heard, [Ok(1), turn, Ok(2), turn, Ok(3), turn]);
        });
        assert_eq!(lock(&turns.line).free, 1);
    }

    #[test]
    fn so_many_have_a_turn_at_once() {
        let turns = Turns::new(2, FaultClass::Unknown, LONG);
        let both = [turn(&turns), turn(&turns)];
        thread::scope(|scope| {
            let third = wait_behind(scope, &turns, "third");
            drop(both);
            assert_eq!(third.join().expect("no panic"), Err("a turn"));
        });
        assert_eq!(lock(&turns.line).free, 2);
    }

    #[test]
    fn nobody_waits_for_ever_behind_one_who_stands_still() {
        let turns = Turns::new(1, FaultClass::Unknown, Duration::from_millis(5));
        let still = turn(&turns);
        let Taken::Turn(extra) = turns.take(&batch("impatient")) else {
            panic!("nobody does it for us");
        };
        assert!(extra.kind == Kind::Extra, "there is no turn left");
        drop(extra);
        assert_eq!(lock(&turns.line).free, 0);
        drop(still);
        assert_eq!(lock(&turns.line).free, 1);
    }

    #[cfg(feature = "postgres")]
    #[test]
    fn whoever_is_sent_back_goes_alone() {
        let turns: Turns<u32> = Turns::new(1, FaultClass::Unknown, LONG);
        thread::scope(|scope| {
            let first = turn(&turns);
            let other = scope.spawn(|| match turns.take(&batch("sent back")) {
                Taken::Turn(turn) => turn.others_that_fit(16, &[], |_, _| true).len(),
                Taken::Done(_) => panic!("nobody did it"),
            });
            while lock(&turns.line).waiting.is_empty() {
                thread::yield_now();
            }
            let sent_back = first.others(1).pop().expect("it waits");
            let third = wait_behind(scope, &turns, "third");
            sent_back.send_back();
            assert_eq!(other.join().expect("no panic"), 0);
            assert_eq!(lock(&turns.line).waiting.len(), 1, "it takes nobody along");
            drop(first);
            assert_eq!(third.join().expect("no panic"), Err("a turn"));
        });
        assert_eq!(lock(&turns.line).free, 1);
    }

    #[test]
    fn what_is_dropped_without_an_outcome_is_lost() {
        let turns: Turns<u32> = Turns::new(1, FaultClass::Retry, LONG);
        thread::scope(|scope| {
            let turn = turn(&turns);
            let other = wait_behind(scope, &turns, "other");
            drop(turn.others(5));
            assert_eq!(other.join().expect("no panic"), Err("a fault"));
        });
    }
}
