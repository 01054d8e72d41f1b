//! The statuses and what leads from one to another, as a Mermaid diagram: found by telling every
//! example input to every order that can be reached by telling them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;

use crate::order::evidence::Evidence;
use crate::order::status::Status;
use crate::order::view::view;

use super::examples::{Example, example_terms, opened_order};

/// More labels than this on one arrow are shortened; the tables have them all.
const MOST_LABELS: usize = 4;

pub(super) fn section(inputs: &[Example]) -> String {
    let mut text = String::from(
        "\n## As a diagram\n\n```mermaid\nstateDiagram-v2\n    [*] --> awaiting_payment\n",
    );
    for ((from, to), labels) in arrows(inputs) {
        let shown: Vec<_> = labels.iter().take(MOST_LABELS).copied().collect();
        let further = labels.len().saturating_sub(MOST_LABELS);
        let more = match further {
            0 => String::new(),
            number => format!(" / {number} more"),
        };
        // What follows a colon is the label, so that it must have none of its own.
        let label = shown.join(" / ").replace(':', "");
        let _ = writeln!(text, "    {from} --> {to} : {label}{more}");
    }
    text.push_str("```\n");
    text
}

/// From status to status, by the labels of the inputs that do it.
fn arrows(inputs: &[Example]) -> BTreeMap<(Status, Status), Vec<&'static str>> {
    let mut arrows: BTreeMap<(Status, Status), BTreeSet<usize>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut waiting = VecDeque::from([opened_order()]);
    while let Some(evidence) = waiting.pop_front() {
        if !seen.insert(essence(&evidence)) {
            continue;
        }
        for (number, input) in inputs.iter().enumerate() {
            let decision = input.tell(&evidence);
            let (before, after) = (decision.before.status, decision.after.status);
            if before != after {
                arrows.entry((before, after)).or_default().insert(number);
            }
            if decision.changed {
                waiting.push_back(decision.evidence);
            }
        }
    }
    let label = |number: usize| inputs.get(number).map(|input| input.label);
    let labelled = arrows
        .into_iter()
        .map(|(ends, numbers)| (ends, numbers.into_iter().filter_map(label).collect()));
    labelled.collect()
}

/// Orders that are alike in this are explored once.
fn essence(evidence: &Evidence) -> String {
    let view = view(&example_terms(), evidence);
    format!(
        "{} {:?} {:?} {:?}",
        view.line, view.attention, evidence.stock, evidence.accepted
    )
}
