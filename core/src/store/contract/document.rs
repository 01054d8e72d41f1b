//! A suite as a file that a person can read and a diff can show: a line for each step.

use serde::Serialize;

use super::suite;
use crate::store::Dialect;

/// The suite as JSON, as `tests/vectors` has it.
///
/// # Errors
/// Never for a suite of ours: every part of it can be written as JSON.
pub fn document(dialect: Dialect) -> serde_json::Result<String> {
    let suite = suite(dialect);
    let mut cases = Vec::new();
    for case in &suite.cases {
        let name = serde_json::to_string(case.name)?;
        let steps = lines(&case.steps, "      ")?;
        cases.push(format!(
            "    {{\"name\": {name}, \"steps\": [{steps}\n    ]}}"
        ));
    }
    Ok(format!(
        "{{\n  \"about\": {},\n  \"dialect\": {},\n  \"drop\": [{}\n  ],\n  \
         \"schema\": [{}\n  ],\n  \"cases\": [\n{}\n  ]\n}}\n",
        serde_json::to_string(suite.about)?,
        serde_json::to_string(&suite.dialect)?,
        lines(&suite.drop, "    ")?,
        lines(&suite.schema, "    ")?,
        cases.join(",\n"),
    ))
}

/// The items of a list, each on a line of its own.
fn lines<T: Serialize>(items: &[T], indent: &str) -> serde_json::Result<String> {
    let mut all = Vec::new();
    for item in items {
        all.push(format!("\n{indent}{}", serde_json::to_string(item)?));
    }
    Ok(all.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_says_what_the_suite_says() {
        for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql] {
            let written: serde_json::Value =
                serde_json::from_str(&document(dialect).unwrap()).unwrap();
            assert_eq!(written, serde_json::to_value(suite(dialect)).unwrap());
        }
    }
}
