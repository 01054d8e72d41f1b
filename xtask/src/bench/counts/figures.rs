//! The committed figures, and what a difference from them means.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::super::callgrind::Cost;
use crate::workspace::Workspace;

const FILE: &str = "tests/bench/counts.json";
/// How much dearer a call may be, in percent: linkers and versions of valgrind differ by less.
const TOLERANCE_PERCENT: u64 = 5;
pub(super) const WRITE: &str = "`cargo xtask bench counts --write` writes them anew";

pub(super) type Counted = BTreeMap<String, Cost>;

pub(super) struct Figures {
    pub(super) compiler: String,
    pub(super) host: String,
    calls: Counted,
}

impl Figures {
    pub(super) const fn of(compiler: String, host: String, calls: Counted) -> Self {
        Self {
            compiler,
            host,
            calls,
        }
    }

    pub(super) fn read(workspace: &Workspace) -> Result<Self> {
        Self::parse(&workspace.read(FILE)?).with_context(|| format!("{FILE} is damaged"))
    }

    fn parse(document: &str) -> Result<Self> {
        let document: Value = serde_json::from_str(document)?;
        let text = |name: &str| -> Result<String> {
            let value = document.get(name).and_then(Value::as_str);
            Ok(value.with_context(|| format!("no {name}"))?.to_owned())
        };
        let calls = document.get("calls").and_then(Value::as_object);
        let cost = |call: &Value| {
            let number = |name: &str| call.get(name).and_then(Value::as_u64);
            Some(Cost {
                instructions: number("instructions")?,
                allocations: number("allocations")?,
            })
        };
        let calls = calls.context("no calls")?.iter();
        let calls = calls.map(|(name, call)| Some((name.clone(), cost(call)?)));
        Ok(Self {
            compiler: text("compiler")?,
            host: text("host")?,
            calls: calls
                .collect::<Option<_>>()
                .context("a call without its cost")?,
        })
    }

    pub(super) fn write(&self, workspace: &Workspace) -> Result<()> {
        let call = |cost: &Cost| {
            let (instructions, allocations) = (cost.instructions, cost.allocations);
            json!({ "instructions": instructions, "allocations": allocations })
        };
        let calls = self.calls.iter().map(|(name, cost)| (name, call(cost)));
        let calls: BTreeMap<_, _> = calls.collect();
        let document = json!({
            "about": "What one call costs, without the C library and a database; docs/bench.md",
            "compiler": self.compiler,
            "host": self.host,
            "calls": calls,
        });
        fs::write(
            workspace.path(FILE),
            serde_json::to_string_pretty(&document)? + "\n",
        )?;
        self.compare(&self.calls)
    }

    /// Prints the table; fails where a call is dearer, or where the calls are not the same ones.
    pub(super) fn compare(&self, counted: &Counted) -> Result<()> {
        println!(
            "{:<30} {:>12} {:>12} {:>8}",
            "instructions", "committed", "counted", ""
        );
        let mut dearer = Vec::new();
        for (name, now) in counted {
            let was = self.calls.get(name);
            let was = was.with_context(|| format!("{name} is not in {FILE}; {WRITE}"))?;
            for (what, was, now) in [
                (name.clone(), was.instructions, now.instructions),
                ("  allocations".to_owned(), was.allocations, now.allocations),
            ] {
                let percent = percent(was, now);
                println!("{what:<30} {was:>12} {now:>12} {percent:>+7.1}%");
                if too_dear(was, now) {
                    dearer.push(format!("{name} ({percent:+.1} %)"));
                }
            }
        }
        let gone = self.calls.keys().find(|name| !counted.contains_key(*name));
        ensure!(
            gone.is_none(),
            "{gone:?} is not a hot call any more; {WRITE}"
        );
        ensure!(
            dearer.is_empty(),
            "more than {TOLERANCE_PERCENT} % dearer: {}. If that is what it has to cost, {WRITE}",
            dearer.join(", ")
        );
        Ok(())
    }
}

const fn too_dear(was: u64, now: u64) -> bool {
    now * 100 > was * (100 + TOLERANCE_PERCENT)
}

fn percent(was: u64, now: u64) -> f64 {
    let (was, now) = (was as f64, now as f64);
    if was == now {
        0.0
    } else {
        (now / was - 1.0) * 100.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(instructions: u64, allocations: u64) -> Counted {
        let cost = Cost {
            instructions,
            allocations,
        };
        BTreeMap::from([("call".to_owned(), cost)])
    }

    fn figures() -> Figures {
        Figures::of("rustc".into(), "host".into(), counted(1_000, 20))
    }

    #[test]
    fn a_call_may_be_five_percent_dearer_and_no_more() {
        figures().compare(&counted(1_050, 21)).expect("allowed");
        figures().compare(&counted(500, 2)).expect("cheaper");
        figures()
            .compare(&counted(1_051, 20))
            .expect_err("instructions");
        figures()
            .compare(&counted(1_000, 22))
            .expect_err("allocations");
    }

    #[test]
    fn a_call_that_is_new_or_gone_is_an_error() {
        figures().compare(&Counted::new()).expect_err("gone");
        let mut more = counted(1_000, 20);
        more.insert("another".to_owned(), Cost::default());
        figures().compare(&more).expect_err("new");
    }

    #[test]
    fn the_committed_figures_can_be_read() {
        let figures = Figures::read(&Workspace::of_this_crate()).expect("reads");
        assert!(figures.calls.len() >= 5, "the hot calls");
    }
}
