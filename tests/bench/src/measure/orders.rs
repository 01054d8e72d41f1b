//! Fills a shop with orders, fast: one that the flows have really written is copied, row by row,
//! under new ids and at other times.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::samples::Payment;

const TABLES: [&str; 6] = [
    "order_log",
    "orders",
    "payments",
    "webhook_events",
    "effects",
    "reservations",
];

/// Any integer above is a time in milliseconds.
const TIMES_FROM: i64 = 1_000_000_000_000;
/// Copies are up to two years old.
const OLDEST_MS: u64 = 2 * 365 * 86_400_000;
/// How many orders are written before the next commit.
const AT_ONCE: usize = 20_000;

/// Repeatable chance (`SplitMix64`).
#[derive(Debug)]
struct Chance(u64);

impl Chance {
    const fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A text of the same form: other hexadecimal digits in a hash or an id, other numbers in
    /// anything else.
    fn like(&mut self, text: &str) -> String {
        let plain = |ch: char| ch.is_ascii_hexdigit() || ch == '-';
        let base = if text.chars().all(plain) { 16 } else { 10 };
        let mut another = |ch: char| {
            let digit = u32::try_from(self.draw() % u64::from(base)).ok();
            let digit = digit.and_then(|digit| char::from_digit(digit, base));
            digit.filter(|_| ch.is_digit(base)).unwrap_or(ch)
        };
        text.chars().map(&mut another).collect()
    }
}

/// A cell of a copied row.
#[derive(Debug)]
enum Cell {
    Same(Value),
    /// A time, which moves with the whole order.
    Time(i64),
    /// Pieces of text, each followed by the name with this number.
    Text(Vec<(String, Option<usize>)>),
}

/// One order, ready to be copied.
#[derive(Debug)]
pub struct Template {
    /// What is new in each copy: ids, keys, hashes, tokens.
    names: Vec<String>,
    /// For each table its insert and its rows.
    rows: Vec<(String, Vec<Vec<Cell>>)>,
}

impl Template {
    /// # Errors
    /// Where there is no such order.
    pub fn of(database: &Connection, order_id: &str) -> Result<Self> {
        let names = names(database, order_id)?;
        let mut rows = Vec::new();
        for table in TABLES {
            let select = format!("SELECT * FROM coinpay_{table}");
            let mut statement = database.prepare(&select)?;
            let width = statement.column_count();
            let parameters = vec!["?"; width].join(", ");
            let insert = format!("INSERT INTO coinpay_{table} VALUES ({parameters})");
            let mut found = statement.query([])?;
            let mut cells = Vec::new();
            while let Some(row) = found.next()? {
                let row = (0..width).map(|column| Ok(cell(row.get(column)?, &names)));
                let row = row.collect::<Result<Vec<_>>>()?;
                if row.iter().any(Cell::has_a_name) {
                    cells.push(row);
                }
            }
            ensure!(
                table != "orders" || cells.len() == 1,
                "there is no such order"
            );
            rows.push((insert, cells));
        }
        Ok(Self { names, rows })
    }

    fn copy(&self, database: &Connection, chance: &mut Chance) -> Result<()> {
        let names: Vec<_> = self.names.iter().map(|name| chance.like(name)).collect();
        let age_ms = i64::try_from(chance.draw() % OLDEST_MS)?;
        for (insert, rows) in &self.rows {
            let mut statement = database.prepare_cached(insert)?;
            for row in rows {
                let values = row.iter().map(|cell| cell.value(&names, age_ms));
                statement.execute(params_from_iter(values))?;
            }
        }
        Ok(())
    }
}

impl Cell {
    fn has_a_name(&self) -> bool {
        matches!(self, Self::Text(pieces) if pieces.iter().any(|(_, name)| name.is_some()))
    }

    fn value(&self, names: &[String], age_ms: i64) -> Value {
        match self {
            Self::Same(value) => value.clone(),
            Self::Time(at_ms) => Value::Integer(at_ms - age_ms),
            Self::Text(pieces) => {
                let mut text = String::new();
                for (before, name) in pieces {
                    text.push_str(before);
                    text.push_str(name.map_or("", |number| names[number].as_str()));
                }
                Value::Text(text)
            }
        }
    }
}

/// Everything that is unique to the order, the longest first.
fn names(database: &Connection, order_id: &str) -> Result<Vec<String>> {
    let texts = |sql: &str| -> Result<Vec<String>> {
        let mut statement = database.prepare(sql)?;
        let found = statement.query_map([order_id], |row| row.get::<_, Option<String>>(0))?;
        let found: Vec<_> = found.collect::<Result<_, _>>()?;
        Ok(found.into_iter().flatten().collect())
    };
    let payment = Payment::of_order(order_id);
    let mut names = BTreeSet::from([
        order_id.to_owned(),
        payment.id.clone(),
        payment.address.trim_start_matches("0x").to_owned(),
        payment.transaction(),
    ]);
    for sql in [
        "SELECT key_lock FROM coinpay_orders WHERE id = ?",
        "SELECT checkout_key FROM coinpay_orders WHERE id = ?",
        "SELECT user_id FROM coinpay_orders WHERE id = ?",
        "SELECT status_token FROM coinpay_orders WHERE id = ?",
        "SELECT body_hash FROM coinpay_webhook_events WHERE order_id = ?",
        "SELECT commit_id FROM coinpay_order_log WHERE order_id = ?",
        "SELECT claim_token FROM coinpay_effects WHERE order_id = ?",
    ] {
        names.extend(texts(sql)?);
    }
    let mut names: Vec<_> = names.into_iter().collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    Ok(names)
}

fn cell(value: Value, names: &[String]) -> Cell {
    match value {
        Value::Integer(number) if number >= TIMES_FROM => Cell::Time(number),
        Value::Text(text) => Cell::Text(pieces(&text, names)),
        other => Cell::Same(other),
    }
}

/// Cuts a text where one of the names stands in it.
fn pieces(text: &str, names: &[String]) -> Vec<(String, Option<usize>)> {
    let mut pieces = Vec::new();
    let mut rest = text;
    loop {
        let places = names.iter().enumerate();
        let places = places.filter_map(|(number, name)| Some((rest.find(name.as_str())?, number)));
        let Some((place, number)) = places.min_by_key(|(place, _)| *place) else {
            pieces.push((rest.to_owned(), None));
            return pieces;
        };
        pieces.push((rest[..place].to_owned(), Some(number)));
        rest = &rest[place + names[number].len()..];
    }
}

/// Copies the templates in turn, one `open` order for every 99 `ended`, until there are `count`.
/// What a power cut would do to a file that is only being filled does not matter.
///
/// # Errors
/// SQLite's own.
pub fn fill(file: &Path, ended: &str, open: &str, count: usize) -> Result<()> {
    let mut database = Connection::open(file).context("the file to fill")?;
    database.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000;",
    )?;
    let ended = Template::of(&database, ended)?;
    let open = Template::of(&database, open)?;
    let mut chance = Chance(1);
    let mut done = 0;
    let mut opened = 0;
    while done < count {
        let transaction = database.transaction()?;
        let until = count.min(done + AT_ONCE);
        while done < until {
            done += 1;
            let is_open = done % 100 == 0;
            opened += usize::from(is_open);
            let template = if is_open { &open } else { &ended };
            template.copy(&transaction, &mut chance)?;
        }
        transaction.commit()?;
    }
    let held = i64::try_from(opened)?;
    database.execute("UPDATE coinpay_stock SET reserved = reserved + ?", [held])?;
    database.execute_batch("PRAGMA journal_mode = WAL;")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copied_name_has_the_form_of_the_name() {
        let mut chance = Chance(1);
        let other = chance.like("0f8fad5b-d9cb-469f-a165-70867728950e");
        assert_eq!(other.len(), 36);
        assert_eq!(other.matches('-').count(), 4);
        let cart = chance.like("cart-00000001");
        assert!(cart.starts_with("cart-"));
        assert_ne!(cart, chance.like("cart-00000001"));
    }

    #[test]
    fn a_text_is_cut_at_every_name_in_it() {
        let names = ["order".to_owned(), "pay".to_owned()];
        let found = pieces("a order, pay", &names);
        let cut = |text: &str, name| (text.to_owned(), name);
        assert_eq!(
            found,
            [cut("a ", Some(0)), cut(", ", Some(1)), cut("", None)]
        );
    }
}
