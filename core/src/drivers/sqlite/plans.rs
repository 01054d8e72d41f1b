//! How SQLite runs every statement of the store: by an index, never by reading a table from its
//! one end to the other. The servers' plans are tested on them.

use rusqlite::{Connection, params_from_iter};

use crate::store::{Dialect, MIGRATIONS, Sql, migration};

#[test]
fn no_statement_reads_a_whole_table() {
    let connection = Connection::open_in_memory().unwrap();
    for number in 1..=MIGRATIONS {
        for table in migration(number, Dialect::Sqlite, "coinpay_") {
            connection.execute_batch(&table).unwrap();
        }
    }
    let mut scans = Vec::new();
    for (name, sql) in Sql::new(Dialect::Sqlite, "coinpay_").named() {
        let values = vec![None::<i64>; sql.matches('?').count()];
        let mut asked = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .expect(&name);
        let steps = asked.query_map(params_from_iter(values), |row| row.get("detail"));
        let plan: Vec<String> = steps.unwrap().map(Result::unwrap).collect();
        // Going through an index from its end is well where a limit ends it.
        let ends = |step: &String| step.contains(" USING INDEX ") && sql.contains(" LIMIT ");
        // What a subquery finds is no table.
        let found = |name: &str| plan.contains(&format!("CO-ROUTINE {name}"));
        let scanned = |step: &String| step.strip_prefix("SCAN ").map(found);
        let whole = |step: &String| scanned(step) == Some(false) && !ends(step);
        if plan.iter().any(whole) {
            scans.push(format!("{name}: {sql}\n{plan:?}"));
        }
    }
    assert!(scans.is_empty(), "{}", scans.join("\n\n"));
}
