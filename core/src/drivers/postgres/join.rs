//! The writes of a commit joined into as few statements as mean the same. The server gives each
//! statement an answer of its own, which costs both sides more than the write does. Decides which
//! writes may share a statement; knows nothing of orders.

use crate::store::Statement;

/// More than a webhook writes; a copy, which writes hundreds of rows, keeps its statements short.
const MOST_WRITES: usize = 24;
/// PostgreSQL counts parameters in 16 bits.
const MOST_PARAMETERS: usize = 10_000;

/// What a statement writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Target<'a> {
    table: &'a str,
    inserts: bool,
}

impl<'a> Target<'a> {
    /// `None` for whatever is not plainly a write to one table that reads no other.
    fn read(sql: &'a str) -> Option<Self> {
        if sql.contains("SELECT") || sql.contains("RETURNING") {
            return None;
        }
        let verbs = [
            ("INSERT INTO ", true),
            ("UPDATE ", false),
            ("DELETE FROM ", false),
        ];
        let known = |(verb, inserts): &(&str, bool)| Some((sql.strip_prefix(verb)?, *inserts));
        let (rest, inserts) = verbs.iter().find_map(known)?;
        let table = rest.split([' ', '(']).next()?;
        Some(Self { table, inserts })
    }

    /// The parts of one statement see what was there before it and nothing of each other. So a
    /// table that one part changes, or takes from, belongs to that part alone.
    fn is_apart_from(self, other: Self) -> bool {
        self.table != other.table || (self.inserts && other.inserts)
    }
}

/// Neighbours that can be one statement.
#[derive(Default)]
struct Group<'a> {
    statements: Vec<&'a Statement>,
    targets: Vec<Target<'a>>,
    parameters: usize,
}

impl<'a> Group<'a> {
    fn takes(&self, statement: &Statement, target: Option<Target<'_>>) -> bool {
        let Some(target) = target else {
            return self.statements.is_empty();
        };
        // One that could not be read stands alone.
        self.targets.len() == self.statements.len()
            && self.targets.len() < MOST_WRITES
            && self.parameters.saturating_add(statement.params.len()) <= MOST_PARAMETERS
            && self.targets.iter().all(|one| target.is_apart_from(*one))
    }

    fn add(&mut self, statement: &'a Statement, target: Option<Target<'a>>) {
        self.statements.push(statement);
        self.targets.extend(target);
        self.parameters = self.parameters.saturating_add(statement.params.len());
    }

    /// One statement. The first write is the main one, since the server runs it before the others:
    /// it is the one that meets whoever was faster. The server runs the others from the last to
    /// the first, so they are written down in reverse, to take their locks in the order given.
    fn statement(self) -> Statement {
        let Some((first, others)) = self.statements.split_first() else {
            return Statement {
                sql: "".into(),
                params: Vec::new(),
            };
        };
        if others.is_empty() {
            return (*first).clone();
        }
        let mut params = Vec::with_capacity(self.parameters);
        let mut parts = Vec::with_capacity(self.statements.len());
        for statement in &self.statements {
            parts.push(shifted(&statement.sql, params.len()));
            params.extend_from_slice(&statement.params);
        }
        let (main, further) = parts.split_at(1);
        let further = further.iter().enumerate().rev();
        let named = further.map(|(number, part)| format!("w{number} AS ({part})"));
        let named: Vec<_> = named.collect();
        let sql = format!("WITH {} {}", named.join(", "), main.concat());
        Statement {
            sql: sql.into(),
            params,
        }
    }
}

/// The same writes, neighbours joined where that changes nothing. `None` where nothing is joined.
pub(super) fn joined(statements: &[Statement]) -> Option<Vec<Statement>> {
    let mut groups = vec![Group::default()];
    for statement in statements {
        let target = Target::read(&statement.sql);
        match groups.last_mut() {
            Some(last) if last.takes(statement, target) => last.add(statement, target),
            _ => {
                let mut next = Group::default();
                next.add(statement, target);
                groups.push(next);
            }
        }
    }
    let fewer = groups.len() < statements.len();
    fewer.then(|| groups.into_iter().map(Group::statement).collect())
}

/// `$1` becomes `$4` behind three other parameters.
fn shifted(sql: &str, by: usize) -> String {
    let mut pieces = sql.split('$');
    let mut shifted = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = piece.split_at(digits);
        shifted.push('$');
        match number.parse::<usize>() {
            Ok(number) => shifted.push_str(&number.saturating_add(by).to_string()),
            Err(_) => shifted.push_str(number),
        }
        shifted.push_str(rest);
    }
    shifted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(sql: &str, params: &[&str]) -> Statement {
        let params = params.iter().map(|one| (*one).into()).collect();
        Statement {
            sql: sql.into(),
            params,
        }
    }

    fn texts(statements: &[Statement]) -> Option<Vec<String>> {
        let joined = joined(statements)?;
        Some(joined.iter().map(|one| one.sql.to_string()).collect())
    }

    #[test]
    fn writes_to_several_tables_become_one_statement_that_begins_with_the_first() {
        let writes = [
            write("INSERT INTO log (id, note) VALUES ($1, $2)", &["a", "b"]),
            write("UPDATE orders SET status = $1 WHERE id = $2", &["c", "d"]),
            write("INSERT INTO effects (id) VALUES ($1)", &["e"]),
            write("INSERT INTO effects (id) VALUES ($1)", &["f"]),
        ];
        let joined = joined(&writes).expect("joined");
        let [one] = joined.as_slice() else {
            panic!("{joined:?}");
        };
        assert_eq!(
            &*one.sql,
            "WITH w2 AS (INSERT INTO effects (id) VALUES ($6)), \
             w1 AS (INSERT INTO effects (id) VALUES ($5)), \
             w0 AS (UPDATE orders SET status = $3 WHERE id = $4) \
             INSERT INTO log (id, note) VALUES ($1, $2)"
        );
        let params: Vec<_> = ["a", "b", "c", "d", "e", "f"].map(Into::into).into();
        assert_eq!(one.params, params);
    }

    #[test]
    fn a_table_that_is_changed_is_in_one_statement_once() {
        let insert = write("INSERT INTO stock (sku) VALUES ($1)", &["a"]);
        let update = write("UPDATE stock SET reserved = $1", &["1"]);
        let delete = write("DELETE FROM stock WHERE sku = $1", &["a"]);
        for (first, second) in [
            (&insert, &update),
            (&update, &insert),
            (&update, &update),
            (&insert, &delete),
            (&delete, &insert),
        ] {
            assert_eq!(
                texts(&[first.clone(), second.clone()]),
                None,
                "{first:?} {second:?}"
            );
        }
    }

    #[test]
    fn what_reads_or_defines_stands_alone_and_keeps_its_place() {
        let insert = write("INSERT INTO one (id) VALUES ($1)", &["a"]);
        let other = write("INSERT INTO two (id) VALUES ($1)", &["b"]);
        for sql in [
            "SELECT pg_terminate_backend(pg_backend_pid())",
            "CREATE TABLE three (id TEXT)",
            "UPDATE three SET id = (SELECT MAX(id) FROM one)",
        ] {
            let alone = write(sql, &[]);
            let found = texts(&[insert.clone(), alone, other.clone(), insert.clone()]);
            let found = found.expect("the last two are joined");
            assert_eq!(found.len(), 3, "{sql}");
            assert_eq!(found.get(1).map(String::as_str), Some(sql));
        }
    }

    #[test]
    fn one_write_and_none_stay_as_they_are() {
        assert_eq!(texts(&[]), None);
        assert_eq!(texts(&[write("UPDATE one SET id = $1", &["a"])]), None);
    }

    #[test]
    fn a_statement_never_holds_too_many_writes() {
        let writes = vec![write("INSERT INTO one (id) VALUES ($1)", &["a"]); 50];
        let joined = joined(&writes).expect("joined");
        let counts: Vec<_> = joined.iter().map(|one| one.params.len()).collect();
        assert_eq!(counts, [24, 24, 2]);
    }

    #[test]
    fn there_are_never_too_many_parameters() {
        let many = vec!["x"; 4_000];
        let writes = vec![write("INSERT INTO one (id) VALUES ($1)", &many); 3];
        let joined = joined(&writes).expect("two are joined");
        let counts: Vec<_> = joined.iter().map(|one| one.params.len()).collect();
        assert_eq!(counts, [8_000, 4_000]);
    }
}
