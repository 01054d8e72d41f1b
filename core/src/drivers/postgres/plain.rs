//! What a statement's text says of itself, as far as sharing it needs, and the same text for
//! several callers. Decides what is plain enough; knows no SQL beyond that.

use tokio_postgres::types::Type;

/// The server keeps a plan of a quarter of a kilobyte for each, on every connection.
pub(super) const MOST_SHARED_PARAMETERS: usize = 2_500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Insert,
    Update,
    Delete,
}

/// What a statement writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target<'a> {
    table: &'a str,
    pub(super) verb: Verb,
}

impl<'a> Target<'a> {
    /// `None` for whatever is not plainly a write to one table that reads no other.
    pub(super) fn read(sql: &'a str) -> Option<Self> {
        if !is_plain(sql) || has_word(sql, "SELECT") || has_word(sql, "RETURNING") {
            return None;
        }
        let verbs = [
            ("INSERT INTO ", Verb::Insert),
            ("UPDATE ", Verb::Update),
            ("DELETE FROM ", Verb::Delete),
        ];
        let known = |(word, verb): &(&str, Verb)| Some((sql.strip_prefix(word)?, *verb));
        let (rest, verb) = verbs.iter().find_map(known)?;
        let table = rest.split([' ', '(']).next()?;
        Some(Self { table, verb })
    }

    /// The parts of one statement see what was there before it and nothing of each other. So a
    /// table that one part changes, or takes from, belongs to that part alone.
    pub(super) fn is_apart_from(self, other: Self) -> bool {
        let both_insert = self.verb == Verb::Insert && other.verb == Verb::Insert;
        self.table != other.table || both_insert
    }
}

/// What an INSERT begins with, and its one row.
pub(super) fn rows_of_insert(sql: &str) -> Option<(&str, &str)> {
    let at = sql.find(" VALUES ")?.checked_add(" VALUES ".len())?;
    sql.starts_with("INSERT INTO ").then(|| sql.split_at(at))
}

/// The place of the value that an UPDATE names its row by: that of the first column it compares,
/// which is the first of its table's key. `None` for a condition that may mean other rows too.
pub(super) fn key(sql: &str) -> Option<usize> {
    let (_, condition) = sql.split_once(" WHERE ")?;
    let mut comparisons = condition.split(" AND ").map(|one| {
        let (column, rest) = one.split_once(' ')?;
        let (operator, value) = rest.split_once(" $")?;
        let is_name = |ch: char| ch.is_ascii_alphanumeric() || ch == '_';
        let known = ["=", "<", ">", "<=", ">="].contains(&operator);
        let number: usize = value.parse().ok()?;
        (column.chars().all(is_name) && known).then_some((operator, number))
    });
    let (operator, first) = comparisons.next()??;
    let plain = comparisons.all(|one| one.is_some());
    first.checked_sub(1).filter(|_| plain && operator == "=")
}

/// `(VALUES ($5::text, $6::int8), ($7::text, $8::int8)) v(p1, p2)`.
pub(super) fn values(offsets: &[usize], types: &[Type]) -> String {
    let row = |offset: &usize| {
        let each = types.iter().zip(offset.saturating_add(1)..);
        let each = each.map(|(kind, number)| format!("${number}::{}", kind.name()));
        format!("({})", each.collect::<Vec<_>>().join(", "))
    };
    let rows: Vec<_> = offsets.iter().map(row).collect();
    let names: Vec<_> = (1..=types.len())
        .map(|number| format!("p{number}"))
        .collect();
    format!("(VALUES {}) v({})", rows.join(", "), names.join(", "))
}

/// Whether a text can be read without knowing SQL: a `$` is a parameter's, and no literal or name
/// holds anything that looks like a part of the statement.
fn is_plain(sql: &str) -> bool {
    let mut quoted = false;
    let mut chars = sql.chars().peekable();
    while let Some(ch) = chars.next() {
        match ch {
            '\'' => quoted = !quoted,
            '$' | '(' | ')' if quoted => return false,
            '$' if !chars.peek().is_some_and(char::is_ascii_digit) => return false,
            '"' | ';' | '\\' => return false,
            '-' if chars.peek() == Some(&'-') => return false,
            '/' if chars.peek() == Some(&'*') => return false,
            _ => {}
        }
    }
    !quoted
}

fn has_word(sql: &str, word: &str) -> bool {
    sql.to_ascii_uppercase().contains(word)
}

/// One SELECT for several callers, who each give values of their own; a row ends with the number
/// of its caller.
pub(super) fn select_for_all(sql: &str, types: &[Type], callers: usize) -> String {
    let row = |caller: usize| {
        let first = caller.saturating_mul(types.len()).saturating_add(1);
        let each = types.iter().zip(first..);
        let each = each.map(|(kind, number)| format!(", ${number}::{}", kind.name()));
        format!("({caller}{})", each.collect::<String>())
    };
    let rows: Vec<_> = (0..callers).map(row).collect();
    let names: String = (1..=types.len())
        .map(|number| format!(", p{number}"))
        .collect();
    format!(
        "SELECT found.*, v.caller FROM (VALUES {}) v(caller{names}) CROSS JOIN LATERAL ({}) found",
        rows.join(", "),
        named(sql)
    )
}

/// Whether a SELECT can be asked for several callers at once: not where its rows have an order,
/// which would be lost.
pub(super) fn can_be_shared(sql: &str, parameters: usize, callers: usize) -> bool {
    if !sql.starts_with("SELECT ")
        || !is_plain(sql)
        || parameters.saturating_mul(callers) > MOST_SHARED_PARAMETERS
    {
        return false;
    }
    let mut depth = 0_usize;
    let mut outside = String::new();
    for ch in sql.chars() {
        match ch {
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => outside.push(ch),
            _ => {}
        }
    }
    let words = [
        "ORDER BY",
        "LIMIT",
        "FETCH",
        "OFFSET",
        "FOR UPDATE",
        "FOR SHARE",
    ];
    !words.iter().any(|word| has_word(&outside, word))
}

/// `$1` becomes `$4` behind three other parameters.
pub(super) fn shifted(sql: &str, by: usize) -> String {
    renumbered(sql, "$", by)
}

/// `$1` becomes `v.p1`.
pub(super) fn named(sql: &str) -> String {
    renumbered(sql, "v.p", 0)
}

fn renumbered(sql: &str, mark: &str, by: usize) -> String {
    let mut pieces = sql.split('$');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = piece.split_at(digits);
        match number.parse::<usize>() {
            Ok(number) => {
                text.push_str(mark);
                text.push_str(&number.saturating_add(by).to_string());
            }
            Err(_) => {
                text.push('$');
                text.push_str(number);
            }
        }
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_select_is_asked_for_several_callers() {
        assert_eq!(
            select_for_all(
                "SELECT a FROM t WHERE b = $1 AND c > $2",
                &[Type::TEXT, Type::INT8],
                2
            ),
            "SELECT found.*, v.caller FROM (VALUES (0, $1::text, $2::int8), (1, $3::text, \
             $4::int8)) v(caller, p1, p2) CROSS JOIN LATERAL \
             (SELECT a FROM t WHERE b = v.p1 AND c > v.p2) found"
        );
        let inside = "SELECT a FROM t WHERE b = (SELECT b FROM u ORDER BY b LIMIT 1)";
        assert!(can_be_shared(inside, 0, 2) && !can_be_shared(inside, 6_000, 2));
        for sql in [
            "SELECT a FROM t ORDER BY b",
            "SELECT a FROM t WHERE b IN ($1) LIMIT 3",
            "SELECT '(' , a FROM t ORDER BY a",
            "SELECT a FROM t order by b",
            "SELECT a FROM t; SELECT 1",
            "UPDATE t SET a = 1",
        ] {
            assert!(!can_be_shared(sql, 0, 2), "{sql}");
        }
    }
}
