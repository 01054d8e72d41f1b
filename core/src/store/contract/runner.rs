//! Plays the suite on two executors of one store. Panics never: what was wrong comes back as
//! text, with the case and the step.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use super::{Case, Gives, Order, Step, Table, suite};
use crate::store::{Executor, FaultClass, Rows, Statement, StoreFault};

/// How often a race is run again because the database was busy.
const TRIES: u32 = 50;

/// Plays every case. `open` opens the same store each time, empty or left by an earlier run, and
/// gives an executor of its own. Gives the number of cases.
///
/// # Errors
/// A line for every case that failed.
pub fn run(open: &dyn Fn() -> Box<dyn Executor>) -> Result<usize, String> {
    let pair = [open(), open()];
    let [first, second] = &pair;
    let pair = Pair([first.as_ref(), second.as_ref()]);
    let suite = suite(first.dialect());
    for order in suite.drop.iter().chain(&suite.schema) {
        let made = first.commit(&[statement(order)]);
        made.map_err(|fault| format!("{fault}: {}", order.sql))?;
    }
    let failures: Vec<String> = suite
        .cases
        .iter()
        .filter_map(|one| pair.play(one))
        .collect();
    if failures.is_empty() {
        Ok(suite.cases.len())
    } else {
        Err(failures.join("\n"))
    }
}

fn statement(order: &Order) -> Statement {
    Statement {
        sql: order.sql.clone(),
        params: order.params.iter().map(super::Datum::value).collect(),
    }
}

fn statements(orders: &[Order]) -> Vec<Statement> {
    orders.iter().map(statement).collect()
}

fn expected(tables: &[Table]) -> Vec<Rows> {
    let row = |row: &Vec<super::Datum>| row.iter().map(super::Datum::value).collect();
    tables
        .iter()
        .map(|table| table.iter().map(row).collect())
        .collect()
}

fn shown(rows: &[Rows]) -> String {
    let text = serde_json::to_string(rows).unwrap_or_default();
    text.chars().take(300).collect()
}

#[derive(Clone, Copy)]
struct Pair<'a>([&'a dyn Executor; 2]);

impl<'a> Pair<'a> {
    fn play(self, case: &Case) -> Option<String> {
        case.steps.iter().enumerate().find_map(|(number, step)| {
            let why = self.step(step).err()?;
            Some(format!("{}: step {}: {why}", case.name, number + 1))
        })
    }

    fn on(self, number: u8) -> &'a dyn Executor {
        let [first, second] = self.0;
        if number == 2 { second } else { first }
    }

    fn step(self, step: &Step) -> Result<(), String> {
        match step {
            Step::Load {
                on,
                statements: orders,
                gives,
            } => same_load(self.on(*on).load(&statements(orders)), gives),
            Step::Commit {
                on,
                statements: orders,
                gives,
            } => same_commit(self.on(*on).commit(&statements(orders)), gives),
            Step::Spoil {
                statements: orders,
                with,
                fault,
                load,
                rows,
            } => self.spoil(orders, with, *fault, &(statements(load), expected(rows))),
            Step::Race { commits, winners } => self.race(commits, *winners),
            Step::Churn {
                commits,
                times,
                load,
                one_of,
            } => {
                let commits: Vec<_> = commits.iter().map(|one| statements(one)).collect();
                let one_of: Vec<_> = one_of.iter().map(|one| expected(one)).collect();
                self.churn(&commits, *times, &statements(load), &one_of)
            }
        }
    }

    fn spoil(
        self,
        orders: &[Order],
        with: &Order,
        fault: FaultClass,
        (load, rows): &(Vec<Statement>, Vec<Rows>),
    ) -> Result<(), String> {
        for spoilt in 0..orders.len() {
            let mut all = statements(orders);
            if let Some(place) = all.get_mut(spoilt) {
                *place = statement(with);
            }
            let at = |why| format!("with statement {} spoilt: {why}", spoilt + 1);
            same_commit(self.on(1).commit(&all), &Gives::Fault(fault)).map_err(at)?;
            same_rows(&self.on(1).load(load).map_err(text).map_err(at)?, rows).map_err(at)?;
        }
        Ok(())
    }

    fn race(self, commits: &[Vec<Order>; 2], winners: usize) -> Result<(), String> {
        let [first, second] = commits;
        let line = Barrier::new(2);
        let start = |on, orders: &[Order]| {
            let statements = statements(orders);
            line.wait();
            persist(self.on(on), &statements)
        };
        let (first, second) = thread::scope(|scope| {
            let other = scope.spawn(|| start(2, second));
            (start(1, first), other.join())
        });
        let second = second.map_err(|_| "an executor panicked".to_owned())?;
        let (mut won, mut lost) = (0, 0);
        for outcome in [first, second] {
            match outcome {
                Ok(()) => won += 1,
                Err(fault) if fault.class == FaultClass::Conflict => lost += 1,
                Err(fault) => return Err(text(fault)),
            }
        }
        if won == winners {
            return Ok(());
        }
        Err(format!(
            "{won} were committed and {lost} in conflict, not {winners} committed"
        ))
    }

    fn churn(
        self,
        commits: &[Vec<Statement>],
        times: u64,
        load: &[Statement],
        one_of: &[Vec<Rows>],
    ) -> Result<(), String> {
        let over = AtomicBool::new(false);
        let loads = AtomicU64::new(0);
        thread::scope(|scope| {
            let reader = scope.spawn(|| {
                while !over.load(Ordering::SeqCst) {
                    match self.on(2).load(load) {
                        Ok(rows) if !one_of.contains(&rows) => {
                            return Err(format!("a load saw {}", shown(&rows)));
                        }
                        Err(fault) if fault.class != FaultClass::Retry => {
                            return Err(text(fault));
                        }
                        Ok(_) | Err(_) => loads.fetch_add(1, Ordering::SeqCst),
                    };
                }
                Ok(())
            });
            let mut rounds = 0_u64;
            let mut written = Ok(());
            while written.is_ok()
                && !reader.is_finished()
                && (rounds < times || loads.load(Ordering::SeqCst) < times)
            {
                let mut round = commits.iter();
                written = round.try_for_each(|one| persist(self.on(1), one).map_err(text));
                rounds = rounds.saturating_add(1);
            }
            over.store(true, Ordering::SeqCst);
            let read = reader.join();
            written.and(read.map_err(|_| "an executor panicked".to_owned())?)
        })
    }
}

/// Commits, again while the database is busy.
fn persist(executor: &dyn Executor, statements: &[Statement]) -> Result<(), StoreFault> {
    let mut outcome = executor.commit(statements);
    for _ in 1..TRIES {
        match &outcome {
            Err(fault) if fault.class == FaultClass::Retry => {}
            Ok(()) | Err(_) => break,
        }
        outcome = executor.commit(statements);
    }
    outcome
}

fn text(fault: StoreFault) -> String {
    fault.to_string()
}

fn same_load(outcome: Result<Vec<Rows>, StoreFault>, gives: &Gives) -> Result<(), String> {
    match (outcome, gives) {
        (Ok(rows), Gives::Rows(tables)) => same_rows(&rows, &expected(tables)),
        (Err(fault), Gives::Fault(class)) if fault.class == *class => Ok(()),
        (Ok(rows), _) => Err(format!("the load gave {}", shown(&rows))),
        (Err(fault), _) => Err(text(fault)),
    }
}

fn same_commit(outcome: Result<(), StoreFault>, gives: &Gives) -> Result<(), String> {
    match (outcome, gives) {
        (Ok(()), Gives::Committed) => Ok(()),
        (Err(fault), Gives::Fault(class)) if fault.class == *class => Ok(()),
        (Ok(()), _) => Err("it was committed".to_owned()),
        (Err(fault), _) => Err(text(fault)),
    }
}

fn same_rows(rows: &[Rows], expected: &[Rows]) -> Result<(), String> {
    if rows == expected {
        return Ok(());
    }
    Err(format!(
        "the load gave {}, not {}",
        shown(rows),
        shown(expected)
    ))
}
