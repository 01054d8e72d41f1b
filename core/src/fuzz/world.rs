//! A shop on SQLite in memory with a gateway beside it, for the bodies that drive flows. Faults
//! of the store, crashes and the time come from the input.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::flow::{Answer, Flow, Request, Start, Step};
use crate::store::{Dialect, Executor, FaultClass, Rows, Statement, StoreFault};
use crate::{Config, Result, Shop, SqliteExecutor};

use super::gateway::Gateway;

pub(super) const SECRET: &str = "whsec_fuzz";
pub(super) const API_KEY: &str = "cp_test_fuzzed_key";
pub(super) const BUSINESS: &str = "7b8f2c1e-5d5c-4c6e-9a51-2f6f3f1d9f10";

pub(super) struct World {
    pub(super) shop: Arc<Shop>,
    pub(super) store: Arc<SqliteExecutor>,
    pub(super) gateway: Gateway,
    pub(super) now_ms: i64,
    starts: u64,
    /// What the next commits and loads are to end in; 0 is the truth.
    pub(super) faults: Vec<u8>,
    /// The next flow is dropped before it takes so many answers.
    pub(super) cut_after: Option<u32>,
}

thread_local! {
    /// Opening a store and making its tables takes longer than everything else.
    static STORE: RefCell<Option<Arc<SqliteExecutor>>> = const { RefCell::new(None) };

    /// Shops by their settings; writing out their statements takes a fifth of the time.
    static SHOPS: RefCell<BTreeMap<String, Arc<Shop>>> = const { RefCell::new(BTreeMap::new()) };
}

impl World {
    /// A shop with more settings than the least, on tables that are emptied for it.
    pub(super) fn new(settings: &Json) -> Self {
        let (store, is_new) = STORE.with_borrow_mut(|kept| {
            let is_new = kept.is_none();
            (Arc::clone(kept.get_or_insert_with(open)), is_new)
        });
        let mut world = Self::on(store, settings);
        if is_new {
            world.prepare();
        }
        world.wipe();
        world
    }

    /// The same on a store of its own.
    pub(super) fn apart(settings: &Json) -> Self {
        let mut world = Self::on(open(), settings);
        world.prepare();
        world
    }

    fn on(store: Arc<SqliteExecutor>, settings: &Json) -> Self {
        let mut config = json!({
            "mode": "test",
            "api_key": API_KEY,
            "business_id": BUSINESS,
            "webhook_secrets": [SECRET],
            "base_url": "http://127.0.0.1:1/api",
        });
        for (key, value) in settings.as_object().expect("settings") {
            config[key] = value.clone();
        }
        Self {
            shop: shop(config.to_string()),
            store,
            gateway: Gateway::default(),
            now_ms: 1_750_000_000_000,
            starts: 0,
            faults: Vec::new(),
            cut_after: None,
        }
    }

    fn prepare(&mut self) {
        let start = self.start();
        let flow = self.shop.prepare_store(start);
        let outcome = self.drive(flow).expect("nothing cuts it off");
        outcome.expect("the tables are made");
    }

    fn wipe(&self) {
        let tables = [
            "order_log",
            "orders",
            "payments",
            "webhook_events",
            "effects",
            "stock",
            "reservations",
            "meta WHERE name LIKE 'work%' OR name LIKE 'webhook%'",
        ];
        let empty = tables.map(|table| statement(&format!("DELETE FROM coinpay_{table}")));
        self.store.commit(&empty).expect("the tables are emptied");
    }

    pub(super) fn start(&mut self) -> Start {
        self.starts += 1;
        let mut randomness = [0; 32];
        randomness[..8].copy_from_slice(&self.starts.to_be_bytes());
        Start {
            now_ms: self.now_ms,
            randomness,
        }
    }

    /// Carries out what the flow asks for until it is done; `None` where it is cut off.
    pub(super) fn drive<T: Send + 'static>(&mut self, mut flow: Flow<T>) -> Option<Result<T>> {
        let cut_after = self.cut_after.take().unwrap_or(u32::MAX);
        loop {
            let (number, request) = match flow.step() {
                Step::Done(_) => return Some(flow.into_outcome().expect("done")),
                Step::Ask { number, request } => (*number, request.clone()),
            };
            assert!(number < 2_000, "a flow without an end");
            let answer = self.carry_out(&request);
            if number > cut_after {
                return None;
            }
            flow.answer(number, answer, self.now_ms);
        }
    }

    pub(super) fn carry_out(&mut self, request: &Request) -> Answer {
        match request {
            Request::Http(request) => {
                self.now_ms += 50;
                Answer::Http(self.gateway.send(request, self.now_ms))
            }
            Request::Load(statements) => {
                self.now_ms += 1;
                Answer::Load(self.load(statements))
            }
            Request::Commit(statements) => {
                self.now_ms += 1;
                Answer::Commit(self.commit(statements))
            }
            Request::Wait(wait_ms) => {
                self.now_ms += i64::try_from(*wait_ms).expect("a short wait");
                Answer::Wait
            }
        }
    }

    fn load(&mut self, statements: &[Statement]) -> Result<Vec<Rows>, StoreFault> {
        match self.faults.pop().unwrap_or(0) % 8 {
            1 => Err(StoreFault::new(FaultClass::Retry, "SQLITE_BUSY")),
            2 => Err(StoreFault::new(FaultClass::Fatal, "SQLITE_IOERR")),
            _ => self.store.load(statements),
        }
    }

    fn commit(&mut self, statements: &[Statement]) -> Result<(), StoreFault> {
        let fault = |class| Err(StoreFault::new(class, "FUZZED"));
        match self.faults.pop().unwrap_or(0) % 8 {
            1 => fault(FaultClass::Retry),
            2 => fault(FaultClass::Conflict),
            3 => fault(FaultClass::Fatal),
            4 => fault(FaultClass::Unknown),
            // It was done, and nobody hears of it.
            5 => self
                .store
                .commit(statements)
                .and_then(|()| fault(FaultClass::Unknown)),
            _ => self.store.commit(statements),
        }
    }

    pub(super) fn select(&self, sql: &str) -> Rows {
        self.store.load(&[statement(sql)]).expect("rows").remove(0)
    }
}

fn shop(config: String) -> Arc<Shop> {
    SHOPS.with_borrow_mut(|shops| {
        let new = |text: &String| {
            let config = Config::from_json(text).expect("a configuration");
            Shop::new(config, Dialect::Sqlite).expect("a shop")
        };
        let shop = shops.entry(config).or_insert_with_key(new);
        Arc::clone(shop)
    })
}

fn open() -> Arc<SqliteExecutor> {
    Arc::new(SqliteExecutor::open_in_memory().expect("a store in memory"))
}

fn statement(sql: &str) -> Statement {
    Statement {
        sql: sql.into(),
        params: Vec::new(),
    }
}
