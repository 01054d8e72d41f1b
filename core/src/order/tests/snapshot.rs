//! The committed table is what the code does.

use super::*;

#[test]
fn the_committed_transition_table_is_what_decide_does() {
    let committed = include_str!("../../../../docs/transitions.md");
    assert!(
        committed == transition_table(),
        "run `cargo xtask codegen`, look at what changed in docs/transitions.md and commit it"
    );
}

#[test]
fn the_table_shows_every_status_input_and_rule() {
    let table = transition_table();
    for status in Status::ALL {
        assert!(table.contains(&format!("\n## {status}")), "{status}");
        assert!(table.contains(&format!("--> {status}")), "{status}");
    }
    for line in Line::ALL {
        assert!(table.contains(line.rule()));
    }
}
