//! Runs steps in order until one fails, and says at the end what ran and for how long. Knows
//! nothing of what a step does.

use std::fmt;
use std::io::{self, Write};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::{STEPS, Step};
use crate::tools;
use crate::workspace::Workspace;

/// Prints the steps.
pub(crate) fn list() {
    for step in STEPS {
        println!("{:<14} {}", step.name, step.about);
    }
}

/// Runs all steps, or only those named.
pub(crate) fn run(workspace: &Workspace, only: &[String]) -> Result<()> {
    let steps = select(STEPS, only)?;
    let mut report = Report::default();
    let failure = thread::scope(|scope| {
        let provided = provide_beside(scope, workspace, &steps);
        report.play(&steps, move |step| {
            provided
                .recv()
                .context("no more tools are being provided")??;
            (step.run)(workspace)
        })
    });
    println!("\n{report}");
    match failure {
        None => Ok(()),
        Some((name, error)) => Err(error.context(format!("step {name} failed"))),
    }
}

/// Provides what the steps need, in their order, while those whose tools are there run: most of
/// it is waiting for the network. Tells of each step once it can run, and ends when nobody waits.
fn provide_beside<'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    workspace: &'scope Workspace,
    steps: &'scope [&Step],
) -> Receiver<Result<()>> {
    let (tell, provided) = mpsc::channel();
    scope.spawn(move || {
        for step in steps {
            let mut needs = step.needs.iter();
            let all = needs.try_for_each(|tool| tools::provide(workspace, *tool));
            let failed = all.is_err();
            if tell.send(all.context("its tools")).is_err() || failed {
                break;
            }
        }
    });
    provided
}

/// The steps named, in the table's order; all of them if none is named.
fn select<'a>(steps: &'a [Step], only: &[String]) -> Result<Vec<&'a Step>> {
    if let Some(unknown) = only
        .iter()
        .find(|name| !steps.iter().any(|step| step.name == name.as_str()))
    {
        let known: Vec<_> = steps.iter().map(|step| step.name).collect();
        bail!(
            "there is no step `{unknown}`; there are: {}",
            known.join(", ")
        );
    }
    let wanted = |step: &&Step| only.is_empty() || only.iter().any(|name| name == step.name);
    Ok(steps.iter().filter(wanted).collect())
}

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    NotRun,
}

/// What became of each step.
#[derive(Debug, Default)]
struct Report {
    rows: Vec<(&'static str, Outcome, Duration)>,
}

impl Report {
    /// Plays the steps until one fails; the failure is returned with its step's name.
    fn play(
        &mut self,
        steps: &[&Step],
        run: impl Fn(&Step) -> Result<()>,
    ) -> Option<(&'static str, anyhow::Error)> {
        let mut failure = None;
        for step in steps {
            if failure.is_some() {
                self.rows.push((step.name, Outcome::NotRun, Duration::ZERO));
                continue;
            }
            println!("\n==> {}: {}", step.name, step.about);
            // The step's own process writes to the same terminal.
            let _ = io::stdout().flush();
            let start = Instant::now();
            let outcome = run(step);
            let took = start.elapsed();
            let seconds = took.as_secs_f64();
            match outcome {
                Ok(()) => {
                    println!("<== {} passed in {seconds:.1} s", step.name);
                    self.rows.push((step.name, Outcome::Passed, took));
                }
                Err(error) => {
                    println!("<== {} FAILED after {seconds:.1} s: {error:#}", step.name);
                    self.rows.push((step.name, Outcome::Failed, took));
                    failure = Some((step.name, error));
                }
            }
        }
        failure
    }

    fn count(&self, wanted: &Outcome) -> usize {
        self.rows.iter().filter(|row| row.1 == *wanted).count()
    }
}

impl fmt::Display for Report {
    /// A table, and the sum alone on the last line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<14} {:<8} {:>8}", "step", "outcome", "seconds")?;
        for (name, outcome, took) in &self.rows {
            let word = match outcome {
                Outcome::Passed => "passed",
                Outcome::Failed => "FAILED",
                Outcome::NotRun => "not run",
            };
            writeln!(f, "{name:<14} {word:<8} {:>8.1}", took.as_secs_f64())?;
        }
        let total: Duration = self.rows.iter().map(|row| row.2).sum();
        writeln!(f, "{:<23} {:>8.1}\n", "total", total.as_secs_f64())?;
        let (passed, failed) = (self.count(&Outcome::Passed), self.count(&Outcome::Failed));
        write!(f, "{passed} passed, {failed} failed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &[Step] = &[sample("one"), sample("two"), sample("three")];

    const fn sample(name: &'static str) -> Step {
        Step {
            name,
            about: "a sample",
            needs: &[],
            run: |_| Ok(()),
        }
    }

    fn play(fails: &str) -> (Report, Option<&'static str>) {
        let steps: Vec<_> = SAMPLE.iter().collect();
        let mut report = Report::default();
        let failure = report.play(&steps, |step| match step.name == fails {
            true => bail!("broken"),
            false => Ok(()),
        });
        (report, failure.map(|(name, _)| name))
    }

    #[test]
    fn the_last_line_counts_the_steps_that_passed() {
        let (report, failure) = play("none of them");
        assert_eq!(failure, None);
        assert_eq!(
            report.to_string().lines().last(),
            Some("3 passed, 0 failed")
        );
    }

    #[test]
    fn a_failing_step_ends_the_run_and_is_counted() {
        let (report, failure) = play("two");
        assert_eq!(failure, Some("two"));
        assert_eq!(report.count(&Outcome::NotRun), 1);
        assert_eq!(
            report.to_string().lines().last(),
            Some("1 passed, 1 failed")
        );
    }

    #[test]
    fn named_steps_run_once_each_in_the_tables_order() {
        let only = ["three", "one", "three"].map(str::to_owned);
        let steps = select(SAMPLE, &only).expect("all are known");
        let names: Vec<_> = steps.iter().map(|step| step.name).collect();
        assert_eq!(names, ["one", "three"]);
    }

    #[test]
    fn an_unknown_step_is_refused_with_the_list_of_known_ones() {
        let error = select(SAMPLE, &["four".to_owned()]).expect_err("unknown");
        assert!(error.to_string().contains("one, two, three"));
    }

    #[test]
    fn every_step_has_a_name_of_its_own() {
        let mut names: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), STEPS.len());
    }
}
