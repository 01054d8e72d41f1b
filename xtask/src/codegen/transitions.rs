//! `docs/transitions.md`: what every input does in every status, with a diagram.

use anyhow::Result;
use coinpay_core::order::transition_table;

use super::Output;
use crate::workspace::Workspace;

#[expect(clippy::unnecessary_wraps, reason = "generators share a signature")]
pub(super) fn generate(_: &Workspace) -> Result<Vec<Output>> {
    Ok(vec![Output {
        path: "docs/transitions.md".to_owned(),
        text: transition_table(),
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_the_tables_and_the_diagram() {
        let outputs = generate(&Workspace::of_this_crate()).expect("generates");
        let text = &outputs[0].text;
        assert!(text.contains("```mermaid\nstateDiagram-v2\n"));
        assert!(text.contains("| deadline passed | expired |"));
    }
}
