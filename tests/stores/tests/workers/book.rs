//! What has happened outside of the shop, or was acknowledged by it: lines in files that outlive
//! the processes, one file for each caller.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use coinpay_core::flow::Effect;

pub(crate) struct Book(File);

/// Without it a line was never finished, and nothing was done after it.
const END: &str = "\t.";

/// The lines that were finished.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.strip_suffix(END))
}

impl Book {
    pub(crate) fn open(folder: &Path, caller: &str) -> Self {
        let mut options = File::options();
        let opened = options.append(true).create(true).open(folder.join(caller));
        Self(opened.expect("a book"))
    }

    /// In one piece: what was given to the system survives the process. One that is killed while
    /// it writes leaves a part of a line, which then has no end mark; whoever writes next begins a
    /// line of its own.
    pub(crate) fn write(&mut self, words: &[&str]) {
        let line = format!("\n{}{END}", words.join("\t"));
        self.0.write_all(line.as_bytes()).expect("a line");
    }

    pub(crate) fn effect(&mut self, what: &str, effect: &Effect) {
        let (order, kind) = (&effect.order_id, effect.kind.to_string());
        self.write(&[what, order, &kind, &effect.subject, &effect.idempotency_key]);
    }
}

/// Order, kind, subject.
pub(crate) type Key = (String, String, String);

#[derive(Debug, Default)]
pub(crate) struct Happened {
    pub(crate) handed: u32,
    pub(crate) done: u32,
    pub(crate) again: u32,
    pub(crate) keys: BTreeSet<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Cart → order and payment.
    pub(crate) checkouts: BTreeMap<String, BTreeSet<(String, String)>>,
    pub(crate) out_of_stock: BTreeSet<String>,
    /// Hash of the body → payment.
    pub(crate) webhooks: BTreeMap<String, String>,
    pub(crate) cancelled: BTreeSet<String>,
    pub(crate) completed: BTreeSet<Key>,
    pub(crate) effects: BTreeMap<Key, Happened>,
}

pub(crate) fn read(folder: &Path) -> Told {
    let mut told = Told::default();
    for entry in fs::read_dir(folder).expect("the books") {
        let text = fs::read_to_string(entry.expect("a book").path()).expect("a book");
        for line in lines(&text) {
            take(&mut told, line);
        }
    }
    told
}

fn take(told: &mut Told, line: &str) {
    let words: Vec<String> = line.split('\t').map(str::to_owned).collect();
    match words.as_slice() {
        [what, cart, order, payment] if what == "checkout" => {
            let known = (order.clone(), payment.clone());
            told.checkouts
                .entry(cart.clone())
                .or_default()
                .insert(known);
        }
        [what, cart] if what == "out" => drop(told.out_of_stock.insert(cart.clone())),
        [what, hash, payment] if what == "webhook" => {
            told.webhooks.insert(hash.clone(), payment.clone());
        }
        [what, order] if what == "cancelled" => drop(told.cancelled.insert(order.clone())),
        [what, _] if what == "turn" => {}
        [what, order, kind, subject, key] => {
            let name = (order.clone(), kind.clone(), subject.clone());
            if what == "completed" {
                told.completed.insert(name);
                return;
            }
            let one = told.effects.entry(name).or_default();
            match what.as_str() {
                "handed" => one.handed += 1,
                "done" => one.done += 1,
                "again" => one.again += 1,
                _ => panic!("a book says: {line}"),
            }
            if !key.is_empty() {
                one.keys.insert(key.clone());
            }
        }
        _ => panic!("a book says: {line}"),
    }
}

/// How many turns a caller has finished.
pub(crate) fn turns(folder: &Path, caller: &str) -> u64 {
    let text = fs::read_to_string(folder.join(caller)).unwrap_or_default();
    // Two processes may have played one turn, the one that was killed and the one after it.
    let finished: BTreeSet<&str> = lines(&text)
        .filter(|line| line.starts_with("turn\t"))
        .collect();
    u64::try_from(finished.len()).expect("a number of turns")
}
