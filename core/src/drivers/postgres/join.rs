//! Writes joined into as few statements as mean the same: those of one commit, and those of several
//! commits that wait at the same time. The server gives each statement an answer of its own, and
//! starting one costs both sides more than a write does. Decides which writes may share a
//! statement; knows nothing of orders.

use std::sync::Arc;

use tokio_postgres::types::Type;

use crate::store::{Statement, Value};

use super::plain::{
    MOST_SHARED_PARAMETERS, Target, Verb, key, named, rows_of_insert, shifted, values,
};

/// More than a webhook writes; a copy, which writes hundreds of rows, keeps its statements short.
const MOST_WRITES: usize = 24;
/// PostgreSQL counts parameters in 16 bits.
const MOST_PARAMETERS: usize = 10_000;

/// Writes that differ in their values alone.
#[derive(Debug)]
struct Part {
    sql: Arc<str>,
    verb: Option<Verb>,
    /// How many values one of them takes.
    width: usize,
    /// Which of them names the row. Writes with different ones touch different rows.
    key: Option<usize>,
    /// The places of these writes in the commit. One may insert several rows into a table.
    places: Vec<usize>,
}

impl Part {
    /// The row that a commit's first write of these names, to be compared.
    fn row<'a>(&self, commit: &'a [Statement]) -> Option<(i64, &'a str)> {
        let write = commit.get(*self.places.first()?)?;
        match write.params.get(self.key?)? {
            Value::Text(text) => Some((0, text)),
            Value::Integer(number) => Some((*number, "")),
            Value::Null => None,
        }
    }

    /// Its text with so many writes, behind so many parameters. `types` are those of one write.
    fn sql(&self, writes: usize, behind: usize, types: &[Type]) -> String {
        let offset = |write: usize| behind.saturating_add(write.saturating_mul(self.width));
        let offsets: Vec<_> = (0..writes).map(offset).collect();
        if let [_, _, ..] = offsets[..] {
            if let Some((head, row)) = rows_of_insert(&self.sql) {
                let rows = offsets.iter().map(|offset| shifted(row, *offset));
                return format!("{head}{}", rows.collect::<Vec<_>>().join(", "));
            }
            if let Some((set, condition)) = self.sql.split_once(" WHERE ") {
                let values = values(&offsets, types);
                let (set, condition) = (named(set), named(condition));
                return format!("{set} FROM {values} WHERE {condition}");
            }
        }
        shifted(&self.sql, behind)
    }
}

/// Writes of one commit that are one statement: the shape of it, without values.
#[derive(Debug, Default)]
pub(super) struct Joined {
    parts: Vec<Part>,
    writes: usize,
    parameters: usize,
}

impl Joined {
    /// The writes of a commit, neighbours joined where that means the same.
    pub(super) fn all(statements: &[Statement]) -> Vec<Self> {
        let mut all: Vec<(Self, Vec<Target<'_>>)> = Vec::new();
        for (place, statement) in statements.iter().enumerate() {
            let target = Target::read(&statement.sql);
            let last = all.last();
            if !last.is_some_and(|(last, before)| last.takes(statement, target, before)) {
                all.push((Self::default(), Vec::new()));
            }
            if let Some((last, before)) = all.last_mut() {
                last.add(place, statement, target);
                before.extend(target);
            }
        }
        all.into_iter().map(|(joined, _)| joined).collect()
    }

    fn takes(
        &self,
        statement: &Statement,
        target: Option<Target<'_>>,
        before: &[Target<'_>],
    ) -> bool {
        self.writes < MOST_WRITES
            && self.parameters.saturating_add(statement.params.len()) <= MOST_PARAMETERS
            // One that could not be read stands alone.
            && before.len() == self.writes
            && target.is_some_and(|target| before.iter().all(|one| target.is_apart_from(*one)))
    }

    fn add(&mut self, place: usize, statement: &Statement, target: Option<Target<'_>>) {
        self.writes = self.writes.saturating_add(1);
        self.parameters = self.parameters.saturating_add(statement.params.len());
        let inserts = rows_of_insert(&statement.sql).is_some();
        let same = |part: &&mut Part| inserts && part.sql == statement.sql;
        match self.parts.iter_mut().find(same) {
            Some(part) => part.places.push(place),
            None => self.parts.push(Part {
                sql: Arc::clone(&statement.sql),
                verb: target.map(|target| target.verb),
                width: statement.params.len(),
                key: if inserts {
                    Some(0)
                } else {
                    key(&statement.sql)
                },
                places: vec![place],
            }),
        }
    }

    /// Whether several commits of this shape can be one statement, so many of them.
    pub(super) fn can_be_shared(&self, commits: usize) -> bool {
        let shareable = |part: &Part| match part.verb {
            Some(Verb::Insert) => rows_of_insert(&part.sql).is_some(),
            Some(Verb::Update) => part.key.is_some(),
            Some(Verb::Delete) | None => false,
        };
        self.parameters.saturating_mul(commits) <= MOST_SHARED_PARAMETERS
            && self.parts.iter().all(shareable)
    }

    /// Whether rows are named by values that are different where their bytes are. `types` are those
    /// of the parameters for one commit.
    pub(super) fn has_plain_keys(&self, types: &[Type]) -> bool {
        let mut behind: usize = 0;
        self.parts.iter().all(|part| {
            let place = part.key.map(|key| behind.saturating_add(key));
            behind = behind.saturating_add(part.width.saturating_mul(part.places.len()));
            let kind = place.and_then(|place| types.get(place));
            part.verb != Some(Verb::Update)
                || kind.is_some_and(|kind| {
                    [Type::TEXT, Type::VARCHAR, Type::INT8, Type::INT4].contains(kind)
                })
        })
    }

    /// Whether two commits of this shape touch different rows. The parts of one statement see
    /// nothing of each other, so a row that both change would be changed once.
    pub(super) fn are_apart(&self, one: &[Statement], other: &[Statement]) -> bool {
        let updates = |part: &&Part| part.verb == Some(Verb::Update);
        let mut updates = self.parts.iter().filter(updates);
        updates.all(|part| part.row(one) != part.row(other))
    }

    /// The statement for so many commits. For more than one it takes the types of the parameters
    /// that it has for one.
    ///
    /// The first write is the main one, since the server runs it before the others: it is the one
    /// that meets whoever was faster. The server runs the others from the last to the first, so
    /// they are written down in reverse, to take their locks in the order given.
    pub(super) fn sql(&self, commits: usize, mut types: &[Type]) -> Arc<str> {
        let mut behind: usize = 0;
        let mut parts = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let own = part.width.saturating_mul(part.places.len());
            let (of_part, others) = types.split_at_checked(own).unwrap_or_default();
            types = others;
            let of_one = of_part.get(..part.width).unwrap_or_default();
            let writes = part.places.len().saturating_mul(commits);
            parts.push(part.sql(writes, behind, of_one));
            behind = behind.saturating_add(own.saturating_mul(commits));
        }
        match parts.split_first() {
            Some((main, further)) if !further.is_empty() => {
                let further = further.iter().enumerate().rev();
                let named = further.map(|(number, part)| format!("w{number} AS ({part})"));
                let named: Vec<_> = named.collect();
                format!("WITH {} {main}", named.join(", ")).into()
            }
            _ => parts.concat().into(),
        }
    }

    /// The values of these commits, in the order in which the statement takes them. Each part goes
    /// through its rows in the order of their keys, so that two statements hardly ever wait for
    /// each other's.
    pub(super) fn params<'a>(&self, commits: &[&'a [Statement]]) -> Vec<&'a Value> {
        let mut params = Vec::with_capacity(self.parameters.saturating_mul(commits.len()));
        let mut commits = commits.to_vec();
        for part in &self.parts {
            commits.sort_by_key(|commit| part.row(commit));
            for commit in &commits {
                let writes = part.places.iter().filter_map(|place| commit.get(*place));
                params.extend(writes.flat_map(|write| &write.params));
            }
        }
        params
    }
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

    /// What is sent: texts, with how many values each has.
    fn sent(statements: &[Statement]) -> Vec<(String, usize)> {
        let all = Joined::all(statements);
        let sent = all.iter().map(|one| {
            let params = one.params(&[statements]).len();
            (one.sql(1, &[]).to_string(), params)
        });
        sent.collect()
    }

    fn texts(statements: &[Statement]) -> Vec<String> {
        sent(statements).into_iter().map(|(sql, _)| sql).collect()
    }

    fn values_of(joined: &Joined, commits: &[&[Statement]]) -> String {
        let text = |value: &&Value| match value {
            Value::Text(text) => text.clone(),
            other => format!("{other:?}"),
        };
        joined.params(commits).iter().map(text).collect()
    }

    fn paid(order: &str, sku: &str) -> [Statement; 5] {
        [
            write("INSERT INTO log (id, note) VALUES ($1, $2)", &[order, "b"]),
            write("UPDATE orders SET status = $1 WHERE id = $2", &["c", order]),
            write("INSERT INTO effects (id) VALUES ($1)", &["e"]),
            write("UPDATE stock SET n = n - $1 WHERE sku = $2", &["1", sku]),
            write("INSERT INTO effects (id) VALUES ($1)", &["f"]),
        ]
    }

    #[test]
    fn writes_to_several_tables_become_one_statement_that_begins_with_the_first() {
        let writes = paid("A", "s");
        let all = Joined::all(&writes);
        let [one] = all.as_slice() else {
            panic!("{all:?}");
        };
        assert_eq!(
            &*one.sql(1, &[]),
            "WITH w2 AS (UPDATE stock SET n = n - $7 WHERE sku = $8), \
             w1 AS (INSERT INTO effects (id) VALUES ($5), ($6)), \
             w0 AS (UPDATE orders SET status = $3 WHERE id = $4) \
             INSERT INTO log (id, note) VALUES ($1, $2)"
        );
        assert_eq!(values_of(one, &[&writes]), "AbcAef1s");
    }

    #[test]
    fn two_commits_of_one_shape_become_one_statement() {
        let (first, second) = (paid("A", "s"), paid("B", "t"));
        let all = Joined::all(&first);
        let [one] = all.as_slice() else {
            panic!("{all:?}");
        };
        let types = [vec![Type::TEXT; 6], vec![Type::INT8, Type::TEXT]].concat();
        assert_eq!(
            &*one.sql(2, &types),
            "WITH w2 AS (UPDATE stock SET n = n - v.p1 FROM (VALUES ($13::int8, $14::text), \
             ($15::int8, $16::text)) v(p1, p2) WHERE sku = v.p2), \
             w1 AS (INSERT INTO effects (id) VALUES ($9), ($10), ($11), ($12)), \
             w0 AS (UPDATE orders SET status = v.p1 FROM (VALUES ($5::text, $6::text), \
             ($7::text, $8::text)) v(p1, p2) WHERE id = v.p2) \
             INSERT INTO log (id, note) VALUES ($1, $2), ($3, $4)"
        );
        assert_eq!(values_of(one, &[&first, &second]), "AbBbcAcBefef1s1t");
        assert!(one.can_be_shared(2) && one.are_apart(&first, &second));
    }

    #[test]
    fn rows_are_gone_through_in_the_order_of_their_keys() {
        let (first, second) = (paid("A", "t"), paid("B", "s"));
        let all = Joined::all(&first);
        let one = all.first().expect("a statement");
        for commits in [[&first[..], &second], [&second, &first]] {
            let values = values_of(one, &commits);
            assert_eq!(values, "AbBbcAcBefef1s1t");
        }
    }

    #[test]
    fn commits_that_change_one_row_are_not_apart() {
        let all = Joined::all(&paid("A", "s"));
        let one = all.first().expect("a statement");
        assert!(
            !one.are_apart(&paid("A", "s"), &paid("B", "s")),
            "one article"
        );
        assert!(
            !one.are_apart(&paid("A", "s"), &paid("A", "t")),
            "one order"
        );
    }

    #[test]
    fn what_cannot_be_shared_is_known() {
        for sql in [
            "DELETE FROM stock WHERE sku = $1",
            "UPDATE stock SET n = $1 WHERE n + 1 = $2",
            "UPDATE stock SET n = $1 WHERE sku = $2 OR sku = $3",
            "UPDATE stock SET n = $1 WHERE bucket = $2 % 10",
            "UPDATE stock SET n = $1 WHERE n > $2",
            "INSERT INTO log (id, note) VALUES ($1, 'fee $1')",
            "INSERT INTO log (id) VALUES ($1) returning id",
            "UPDATE stock SET n = $1",
            "INSERT INTO stock DEFAULT ROWS",
            "UPDATE three SET id = (SELECT MAX(id) FROM one) WHERE id = $1",
        ] {
            let all = Joined::all(&[write(sql, &["a"])]);
            assert!(all.iter().all(|one| !one.can_be_shared(2)), "{sql}");
        }
        let wide = write("INSERT INTO one (id) VALUES ($1)", &vec!["x"; 1_000]);
        let all = Joined::all(&[wide]);
        assert!(
            all.iter()
                .all(|one| one.can_be_shared(2) && !one.can_be_shared(4))
        );
    }

    #[test]
    fn a_row_is_named_by_what_is_as_different_as_its_bytes() {
        let all = Joined::all(&[write(
            "UPDATE t SET n = $1 WHERE id = $2 AND n > $3",
            &["1"; 3],
        )]);
        let one = all.first().expect("a statement");
        assert!(one.can_be_shared(2));
        assert!(one.has_plain_keys(&[Type::INT8, Type::TEXT, Type::INT8]));
        assert!(!one.has_plain_keys(&[Type::INT8, Type::BPCHAR, Type::INT8]));
        assert!(!one.has_plain_keys(&[]));
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
            let texts = texts(&[first.clone(), second.clone()]);
            assert_eq!(texts, [&*first.sql, &*second.sql]);
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
            assert_eq!(found.len(), 3, "{sql}");
            assert_eq!(found.get(1).map(String::as_str), Some(sql));
        }
    }

    #[test]
    fn one_write_and_none_stay_as_they_are() {
        assert!(texts(&[]).is_empty());
        let one = "UPDATE one SET id = $1";
        assert_eq!(texts(&[write(one, &["a"])]), [one]);
    }

    #[test]
    fn a_statement_never_holds_too_many_writes() {
        let writes = vec![write("INSERT INTO one (id) VALUES ($1)", &["a"]); 50];
        let counts: Vec<_> = sent(&writes)
            .into_iter()
            .map(|(_, params)| params)
            .collect();
        assert_eq!(counts, [24, 24, 2]);
    }

    #[test]
    fn there_are_never_too_many_parameters() {
        let many = vec!["x"; 4_000];
        let writes = vec![write("INSERT INTO one (id) VALUES ($1)", &many); 3];
        let counts: Vec<_> = sent(&writes)
            .into_iter()
            .map(|(_, params)| params)
            .collect();
        assert_eq!(counts, [8_000, 4_000]);
    }
}
