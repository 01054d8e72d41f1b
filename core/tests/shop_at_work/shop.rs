//! The shop that is killed: its folder, its clock, its engine, and the world outside it, which is
//! a journal on the disk.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use coinpay_core::flow::{AdjustStock, Effect};
use coinpay_core::store::Dialect;
use coinpay_core::{Clock, Config, Engine, Result, Shop, SqliteExecutor};
use serde_json::json;

use super::gateway::{Gateway, Pace};

/// The shop's database, in its folder.
pub(crate) const FILE: &str = "shop.db";
pub(crate) const SECRET: &str = "whsec_killed";
pub(crate) const BUSINESS: &str = "7b8f2c1e-5d5c-4c6e-9a51-2f6f3f1d9f10";
/// Enough of one article for everybody, and of the other for a few.
pub(crate) const SHELF: [(&str, i64); 2] = [("book", 1_000_000), ("print", 12)];

/// A folder of its own, gone at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let name = format!("coinpay-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What a failure left is worth looking at.
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

/// Repeatable chance (SplitMix64).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        // Half of it, so that it travels as any integer.
        (mixed ^ (mixed >> 31)) >> 1
    }

    pub(crate) const fn below(&mut self, bound: u64) -> u64 {
        self.draw() % bound
    }
}

/// Starts where it is told to and then goes on with real time.
#[derive(Clone, Copy)]
pub(crate) struct RoundClock {
    start_ms: i64,
    started: Instant,
}

impl RoundClock {
    pub(crate) fn new(start_ms: i64) -> Self {
        Self {
            start_ms,
            started: Instant::now(),
        }
    }
}

impl Clock for RoundClock {
    fn now_ms(&self) -> i64 {
        self.start_ms + i64::try_from(self.started.elapsed().as_millis()).unwrap()
    }
}

pub(crate) fn engine(folder: &Path, gateway: Gateway, clock: RoundClock) -> Result<Engine> {
    let config = json!({
        "mode": "test",
        "api_key": "cp_test_killed",
        "business_id": BUSINESS,
        "webhook_secrets": [SECRET],
        "stock": "managed",
        "base_url": "http://127.0.0.1:1/api",
        "requests_per_minute": 100_000,
        "max_tries": 50,
        "budget_ms": 60_000,
    });
    let config = Config::from_json(&config.to_string()).unwrap();
    let shop = Shop::new(config, Dialect::Sqlite).unwrap();
    let store = SqliteExecutor::open(&folder.join(FILE))?;
    let engine = Engine::new(Arc::clone(&shop), Box::new(gateway), Box::new(store));
    Ok(engine.with_clock(Box::new(clock)))
}

/// The world outside the shop, which is there before it.
pub(crate) fn open_the_world(folder: &Path) {
    Gateway::create(folder);
    File::create(folder.join("journal")).unwrap();
}

/// The world, the tables and the shelf.
pub(crate) fn prepare(folder: &Path, now_ms: i64) {
    open_the_world(folder);
    let clock = RoundClock::new(now_ms);
    let gateway = Gateway::open(folder, 0, clock, Pace::Instant);
    let engine = engine(folder, gateway, clock).unwrap();
    engine.prepare_store().unwrap();
    stock_the_shelf(&engine).unwrap();
}

pub(crate) fn stock_the_shelf(engine: &Engine) -> Result<()> {
    for (sku, delta) in SHELF {
        let adjust = AdjustStock {
            adjustment_id: format!("first {sku}"),
            sku: sku.into(),
            delta,
            actor: "test".into(),
            note: None,
        };
        engine.adjust_stock(adjust)?;
    }
    Ok(())
}

/// The mailer's and the carrier's book: what is in it has happened, whatever the shop knows.
pub(crate) struct Journal(File);

impl Journal {
    pub(crate) fn open(folder: &Path) -> Self {
        let path = folder.join("journal");
        Self(File::options().append(true).open(path).unwrap())
    }

    /// `handed` out, `done`, or about to be called `failed`.
    pub(crate) fn write(&mut self, what: &str, effect: &Effect) {
        let (order, kind, subject) = (&effect.order_id, effect.kind, &effect.subject);
        let key = &effect.idempotency_key;
        let line = format!("{what}\t{order}\t{kind}\t{subject}\t{key}\n");
        self.0.write_all(line.as_bytes()).unwrap();
        self.0.sync_data().unwrap();
    }

    /// A person says that the shipment was not made.
    pub(crate) fn again(&mut self, order_id: &str) {
        let line = format!("again\t{order_id}\tship_order\t\t\n");
        self.0.write_all(line.as_bytes()).unwrap();
        self.0.sync_data().unwrap();
    }
}
