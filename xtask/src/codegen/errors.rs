//! `docs/errors.md`: the table of error codes as people read it.

use anyhow::Result;
use coinpay_core::ErrorCode;

use super::Output;
use crate::workspace::Workspace;

const HEAD: &str = "\
# Errors

<!-- Written by `cargo xtask codegen` from core/src/error.rs. -->

Every error has one of these codes, the same in every language. A code is never renamed, reused
or removed. *HTTP* is the status that an adapter answers with; *again* says whether the same call
can succeed later without a change by a person.

| code | HTTP | again | what it means, what to check |
|---|---|---|---|
";

#[expect(clippy::unnecessary_wraps, reason = "generators share a signature")]
pub(super) fn generate(_: &Workspace) -> Result<Vec<Output>> {
    let rows: String = ErrorCode::ALL.iter().map(|code| row(*code)).collect();
    Ok(vec![Output {
        path: "docs/errors.md".to_owned(),
        text: format!("{HEAD}{rows}"),
    }])
}

fn row(code: ErrorCode) -> String {
    let again = if code.retryable() { "yes" } else { "no" };
    // What stands in angle brackets would be taken for HTML, a bar for the end of a cell.
    let advice = code.advice().replace('<', "&lt;").replace('|', "\\|");
    format!(
        "| `{code}` | {} | {again} | {advice} |\n",
        code.http_status()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_the_code_its_status_and_its_advice() {
        assert_eq!(
            row(ErrorCode::StoreBusy),
            "| `store_busy` | 503 | yes | The database was busy; try again. |\n"
        );
    }

    #[test]
    fn advice_that_looks_like_html_is_shown_as_text() {
        assert!(row(ErrorCode::SignatureMalformed).contains("t=&lt;seconds>"));
    }

    #[test]
    fn every_code_has_a_row() {
        let outputs = generate(&Workspace::of_this_crate()).expect("generates");
        for code in ErrorCode::ALL {
            assert!(outputs[0].text.contains(&format!("| `{code}` |")));
        }
    }
}
