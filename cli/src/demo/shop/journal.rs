//! The world outside the shop, as a file: mails sent, parcels handed over, people alerted. One
//! JSON document a line, on the disk before anybody is told, so that what happened can be counted
//! by others after the shop was killed.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

/// Something that was done in the world.
#[derive(Clone, Debug)]
pub(crate) struct Deed<'a> {
    pub at_ms: i64,
    /// `mail`, `shipment`, `alert` or `status`.
    pub kind: &'static str,
    /// The same at every try of the same thing.
    pub key: &'a str,
    pub order_id: &'a str,
    pub text: &'a str,
}

#[derive(Debug)]
pub(crate) struct Journal(Mutex<Pages>);

#[derive(Debug)]
struct Pages {
    file: File,
    keys: BTreeSet<String>,
}

impl Journal {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .read(true)
            .open(path)?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        if !text.is_empty() && !text.ends_with('\n') {
            // The shop was killed while it wrote; that line never counted.
            file.write_all(b"\n")?;
        }
        let lines = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        let keys = lines.filter_map(|line: Value| Some(line["key"].as_str()?.to_owned()));
        Ok(Self(Mutex::new(Pages {
            keys: keys.collect(),
            file,
        })))
    }

    /// For those who keep the key and do nothing twice, as mailers do. False when it was done.
    pub(crate) fn once(&self, deed: &Deed<'_>) -> io::Result<bool> {
        let mut pages = self.lock();
        if pages.keys.contains(deed.key) {
            return Ok(false);
        }
        pages.write(deed)?;
        Ok(true)
    }

    /// For those who do whatever they are told, as this carrier does: told twice, it ships twice.
    pub(crate) fn always(&self, deed: &Deed<'_>) -> io::Result<()> {
        self.lock().write(deed)
    }

    fn lock(&self) -> MutexGuard<'_, Pages> {
        // A panic of another thread has torn no line.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    fn write(&mut self, deed: &Deed<'_>) -> io::Result<()> {
        let line = json!({
            "at_ms": deed.at_ms,
            "kind": deed.kind,
            "key": deed.key,
            "order_id": deed.order_id,
            "text": deed.text,
        });
        self.file.write_all(format!("{line}\n").as_bytes())?;
        self.file.sync_data()?;
        self.keys.insert(deed.key.to_owned());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deed(key: &str) -> Deed<'_> {
        Deed {
            at_ms: 1,
            kind: "mail",
            key,
            order_id: "o",
            text: "thanks",
        }
    }

    #[test]
    fn a_mail_is_sent_once_and_a_parcel_as_often_as_told_also_after_a_torn_line() {
        let folder = std::env::temp_dir().join(format!("coinpay-journal-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("world.jsonl");
        let journal = Journal::open(&path).expect("opens");
        assert!(journal.once(&deed("a")).expect("writes"));
        assert!(!journal.once(&deed("a")).expect("knows it"));
        drop(journal);
        std::fs::write(
            &path,
            std::fs::read_to_string(&path).expect("text") + "{\"ke",
        )
        .expect("tears");
        let journal = Journal::open(&path).expect("opens again");
        assert!(!journal.once(&deed("a")).expect("still knows it"));
        journal.always(&deed("a")).expect("writes");
        let text = std::fs::read_to_string(&path).expect("text");
        let whole = |line: &&str| serde_json::from_str::<Value>(line).is_ok();
        assert_eq!(text.lines().filter(whole).count(), 2);
        std::fs::remove_dir_all(folder).expect("tidies");
    }
}
