//! What has to hold of the file, the journal and the gateway, whenever a process was killed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rusqlite::{Connection, params};

use super::acknowledged::Acknowledged;
use super::gateway::{connect, payment_id};
use super::shop::{FILE, SHELF};

pub(crate) struct Store(Connection);

impl Store {
    pub(crate) fn open(folder: &Path) -> Self {
        Self(Connection::open(folder.join(FILE)).unwrap())
    }

    fn count(&self, sql: &str) -> i64 {
        self.0.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    fn one(&self, sql: &str, values: &[&String]) -> Option<String> {
        let values = rusqlite::params_from_iter(values);
        self.0.query_row(sql, values, |row| row.get(0)).ok()
    }

    /// Nothing is found by a statement that looks for what must not be.
    fn none(&self, what: &str, sql: &str) {
        let sql = format!("SELECT COUNT(*) FROM ({sql})");
        assert_eq!(self.count(&sql), 0, "{what}: {sql}");
    }

    fn counts(&self, sql: &str) -> BTreeMap<String, i64> {
        let mut statement = self.0.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.unwrap().map(Result::unwrap).collect()
    }
}

/// After each kill: the whole of the small invariants, and what was acknowledged just now.
pub(crate) fn after_a_kill(folder: &Path, acknowledged: &Acknowledged) {
    let store = Store::open(folder);
    assert_eq!(store.one("PRAGMA quick_check", &[]).as_deref(), Some("ok"));
    invariants(&store);
    happened_once(folder);
    still_there(&store, acknowledged);
}

/// The same with everything that was ever acknowledged.
pub(crate) fn everything(folder: &Path, acknowledged: &Acknowledged) {
    let store = Store::open(folder);
    let sound = store.one("PRAGMA integrity_check", &[]);
    assert_eq!(sound.as_deref(), Some("ok"));
    after_a_kill(folder, acknowledged);
}

fn invariants(store: &Store) {
    store.none(
        "an order's versions have gaps",
        "SELECT 1 FROM coinpay_orders o JOIN (SELECT order_id, COUNT(*) AS entries,
         MAX(version) AS newest FROM coinpay_order_log GROUP BY order_id) l
         ON l.order_id = o.id WHERE o.version <> l.entries OR o.version <> l.newest",
    );
    store.none(
        "an order has no log",
        "SELECT 1 FROM coinpay_orders WHERE id NOT IN (SELECT order_id FROM coinpay_order_log)",
    );
    store.none(
        "two mails or two shipments of one order",
        "SELECT 1 FROM coinpay_effects WHERE kind IN ('ship_order', 'send_confirmation_email')
         GROUP BY order_id, kind HAVING COUNT(*) > 1",
    );
    store.none(
        "a cart has two orders that go on",
        "SELECT 1 FROM coinpay_orders WHERE status IN ('awaiting_payment', 'paid')
         GROUP BY checkout_key HAVING COUNT(*) > 1",
    );
    store.none(
        "goods are held twice for one order",
        "SELECT 1 FROM coinpay_reservations WHERE state IN ('held', 'sold')
         GROUP BY order_id HAVING COUNT(*) > 1",
    );
    store.none(
        "goods are not where the order's status wants them",
        "SELECT 1 FROM coinpay_orders o LEFT JOIN coinpay_reservations r
         ON r.order_id = o.id AND r.state IN ('held', 'sold') WHERE CASE o.status
         WHEN 'awaiting_payment' THEN r.state IS NOT 'held' WHEN 'paid' THEN r.state IS NOT 'held'
         WHEN 'fulfilled' THEN r.state IS NOT 'sold' WHEN 'needs_review' THEN r.state IS 'sold'
         ELSE r.state IS NOT NULL END",
    );
    store.none(
        "a shipment is done for an order that is not fulfilled",
        "SELECT 1 FROM coinpay_effects e JOIN coinpay_orders o ON o.id = e.order_id
         WHERE e.kind = 'ship_order' AND (e.state = 'completed') <> (o.status = 'fulfilled')",
    );
    for (sku, first) in SHELF {
        let sum = |state: &str| {
            store.count(&format!(
                "SELECT COALESCE(SUM(quantity), 0) FROM coinpay_reservations
                 WHERE sku = '{sku}' AND state = '{state}'"
            ))
        };
        let shelf = |column: &str| {
            let sql = format!("SELECT {column} FROM coinpay_stock WHERE sku = '{sku}'");
            store.count(&sql)
        };
        assert_eq!(shelf("reserved"), sum("held"), "{sku}");
        assert_eq!(shelf("on_hand"), first - sum("sold"), "{sku}");
        assert!(shelf("on_hand") >= shelf("reserved"), "{sku}");
    }
}

fn still_there(store: &Store, acknowledged: &Acknowledged) {
    if acknowledged.stocked {
        let filled = store.count("SELECT COUNT(*) FROM coinpay_stock");
        assert_eq!(usize::try_from(filled), Ok(SHELF.len()), "articles");
    }
    for (cart, order, payment) in &acknowledged.checkouts {
        let found = store.one(
            "SELECT o.checkout_key FROM coinpay_orders o JOIN coinpay_payments p
             ON p.order_id = o.id WHERE o.id = ? AND p.coinpay_payment_id = ?",
            &[order, payment],
        );
        assert_eq!(found.as_ref(), Some(cart), "checkout {order} {payment}");
    }
    for (hash, payment) in &acknowledged.webhooks {
        let sql = "SELECT payment_id FROM coinpay_webhook_events WHERE body_hash = ?";
        let found = store.one(sql, &[hash]);
        assert_eq!(found.as_ref(), Some(payment), "webhook {hash}");
        assert_taken_as_paid(store, payment);
    }
    for (order, kind, subject) in &acknowledged.completed {
        let sql = "SELECT state FROM coinpay_effects
            WHERE order_id = ? AND kind = ? AND subject = ?";
        let state = store.one(sql, &[order, kind, subject]);
        assert_eq!(state.as_deref(), Some("completed"), "{order} {kind}");
    }
    for order in &acknowledged.cancelled {
        let status = store.one("SELECT status FROM coinpay_orders WHERE id = ?", &[order]);
        // Money that comes after it needs a person.
        let fits = matches!(status.as_deref(), Some("cancelled" | "needs_review"));
        assert!(fits, "{order} was cancelled and is {status:?}");
    }
}

/// A payment whose money was heard of: its order is paid or further, or a person is needed for a
/// reason of this day: it was cancelled before, its cart was ordered again, its goods went to
/// another meanwhile, or, in a run of many rounds, the money came more than a day too late.
fn assert_taken_as_paid(store: &Store, payment: &String) {
    let sql = "SELECT o.status || ' ' || o.attention FROM coinpay_orders o JOIN coinpay_payments p
        ON p.order_id = o.id WHERE p.coinpay_payment_id = ?";
    // Without an order: the answer of the create call died with its process.
    let Some(found) = store.one(sql, &[payment]) else {
        return;
    };
    let (status, attention) = found.split_once(' ').unwrap();
    let reasons = ["cancelled", "no_stock", "newer_order", "too_late"];
    let reason = reasons.iter().any(|one| attention.contains(one));
    let fits = matches!(status, "paid" | "fulfilled") || (status == "needs_review" && reason);
    assert!(
        fits,
        "payment {payment} was reported paid, and its order is {found}"
    );
}

/// How often each thing was handed out and done, by order, kind and subject.
#[derive(Default)]
pub(crate) struct Told {
    handed: u32,
    pub done: u32,
    failed: u32,
    again: u32,
    keys: Vec<String>,
}

pub(crate) fn journal(folder: &Path) -> BTreeMap<(String, String, String), Told> {
    let mut told: BTreeMap<_, Told> = BTreeMap::new();
    for line in fs::read_to_string(folder.join("journal")).unwrap().lines() {
        let words: Vec<&str> = line.split('\t').collect();
        let [what, order, kind, subject, key] = words.as_slice() else {
            panic!("a torn line in the journal: {line}");
        };
        let one = told
            .entry(((*order).into(), (*kind).into(), (*subject).into()))
            .or_default();
        match *what {
            "handed" => one.handed += 1,
            "done" => one.done += 1,
            "failed" => one.failed += 1,
            "again" => one.again += 1,
            _ => panic!("{line}"),
        }
        if *what != "again" {
            one.keys.push((*key).to_owned());
            one.keys.dedup();
        }
    }
    told
}

/// The carrier was called once at most, and nobody was told to call it twice.
fn happened_once(folder: &Path) {
    for ((order, kind, subject), told) in journal(folder) {
        assert_eq!(told.keys.len(), 1, "{order} {kind} {subject}: one key");
        if kind == "ship_order" {
            assert!(told.done <= 1, "{order} was shipped {} times", told.done);
            let allowed = 1 + told.failed + told.again;
            assert!(told.handed <= allowed, "{order}: handed {}", told.handed);
        }
    }
}

/// After the healing nothing is left over, and all the money that came is accounted for.
pub(crate) fn healed(folder: &Path, acknowledged: &Acknowledged) {
    let store = Store::open(folder);
    store.none(
        "an order still waits",
        "SELECT 1 FROM coinpay_orders WHERE status IN ('awaiting_payment', 'paid')",
    );
    store.none(
        "side work is left over",
        "SELECT 1 FROM coinpay_effects WHERE state IN ('due', 'claimed', 'uncertain', 'dead')",
    );
    let gateway = connect(folder);
    let mut statement = gateway
        .prepare("SELECT number FROM payments WHERE paid = 1 AND shown = 1")
        .unwrap();
    let paid = statement.query_map(params![], |row| row.get::<_, i64>(0));
    for number in paid.unwrap() {
        assert_taken_as_paid(&store, &payment_id(number.unwrap()));
    }
    let journal = journal(folder);
    let orders = store.counts("SELECT id, status = 'fulfilled' FROM coinpay_orders");
    for (order, fulfilled) in orders {
        let ship = (order, "ship_order".to_owned(), String::new());
        let shipped = journal.get(&ship).map_or(0, |told| told.done);
        assert_eq!(i64::from(shipped), fulfilled, "{}", ship.0);
    }
    for one in &acknowledged.completed {
        assert!(journal[one].done >= 1, "{one:?}");
    }
}

/// What there is to tell of it all.
pub(crate) fn story(folder: &Path) -> String {
    let store = Store::open(folder);
    let orders = store.counts("SELECT status, COUNT(*) FROM coinpay_orders GROUP BY status");
    let journal = journal(folder);
    let ships = journal.iter().filter(|(key, _)| key.1 == "ship_order");
    let uncertain = ships.filter(|(_, told)| told.handed == 0 || told.again > 0);
    let events = store.count("SELECT COUNT(*) FROM coinpay_webhook_events");
    let lost = "SELECT COUNT(*) FROM coinpay_order_log WHERE kind = 'effect_lost'";
    format!(
        "orders {orders:?}, {events} webhooks, {} lost shipments, {} of them not made",
        store.count(lost),
        uncertain.count()
    )
}
