//! The core's own stores, on threads of the addon's own. An operation begun here goes on by
//! itself until it asks for the network or for time, or is done: then JavaScript hears of it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use coinpay_core::flow::{Answer, DOCUMENT_VERSION, Flow, Request, Start, Step};
use coinpay_core::store::{Dialect, Executor, Statement, StoreFault};
use coinpay_core::{Clock, Error, ErrorCode, SystemClock, dialect_of, open_executor};
use napi::bindgen_prelude::{FnArgs, Function};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;
use serde_json::{Value, json};

use crate::answer::{self, thrown};
use crate::flows::Shop;
use crate::threads::Threads;

/// One connection of SQLite's writes, and what waits for it is written together: the more wait,
/// the fewer syncs.
const FOR_A_FILE: usize = 16;
/// Waiting for a server takes a thread each.
const FOR_A_SERVER: usize = 16;
/// The number under which opening and closing answer.
const ITSELF: u32 = 0;

type Said = FnArgs<(u32, String, bool)>;
/// Calls back with the number of what was asked, a document, and whether that is the end of it.
/// It does not keep the process alive; JavaScript decides how long there is something to wait for.
type Callback = ThreadsafeFunction<Said, (), Said, napi::Status, false, true>;

/// An open database, and the operations that wait for an answer of JavaScript's.
struct Database {
    executor: Box<dyn Executor>,
    waiting: Mutex<HashMap<u32, Flow<Value>>>,
}

#[napi]
pub struct Store {
    dialect: Dialect,
    callback: Arc<Callback>,
    threads: Option<Threads<Database>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("dialect", &self.dialect)
            .finish_non_exhaustive()
    }
}

#[napi]
impl Store {
    /// Opens what the setting `database` names. `callback` hears under number 0 that it is open,
    /// or why not, and later that it is closed.
    #[napi(constructor, catch_unwind)]
    pub fn new(database: String, callback: Function<'_, Said, ()>) -> napi::Result<Self> {
        let dialect = dialect_of(&database).map_err(|error| thrown(&error))?;
        let callback = callback
            .build_threadsafe_function()
            .weak::<true>()
            .build()?;
        let callback = Arc::new(callback);
        let count = if dialect == Dialect::Sqlite {
            FOR_A_FILE
        } else {
            FOR_A_SERVER
        };
        let (opened, closed) = (Due::of(&callback, ITSELF), Due::of(&callback, ITSELF));
        let open = move || match open_executor(&database) {
            Ok(executor) => {
                opened.say(answer::of(Ok(Value::Null)));
                let waiting = Mutex::default();
                Some(Database { executor, waiting })
            }
            Err(error) => {
                opened.say(answer::of::<Value>(Err(error)));
                None
            }
        };
        let threads = Threads::start(count, open, || closed.say(answer::of(Ok(Value::Null))));
        let threads = threads.map_err(|_| thrown(&no_thread()))?;
        let threads = Some(threads);
        Ok(Self {
            dialect,
            callback,
            threads,
        })
    }

    /// What its database speaks.
    #[napi(getter, catch_unwind)]
    pub fn dialect(&self) -> String {
        json!(self.dialect).as_str().unwrap_or_default().to_owned()
    }

    /// Begins an operation under a number of the caller's, which hears of its next step.
    #[napi(catch_unwind)]
    pub fn begin(&self, number: u32, shop: &Shop, name: String, document: String, body: &[u8]) {
        let (shop, body) = (shop.shared(), body.to_vec());
        self.give(number, move |database, due| {
            let started = start().and_then(|start| shop.start(start, &name, &document, body));
            match started {
                Ok(flow) => database.go_on(number, flow, due),
                Err(error) => due.say(ended(&error)),
            }
        });
    }

    /// Hands in what an operation asked for, and hears of its next step.
    #[napi(catch_unwind)]
    pub fn answer(&self, number: u32, document: String, body: &[u8]) {
        let body = body.to_vec();
        self.give(number, move |database, due| {
            let Some(mut flow) = database.waiting().remove(&number) else {
                return due.say(ended(&ErrorCode::FlowMisused.into()));
            };
            flow.answer_document(&document, body);
            database.go_on(number, flow, due);
        });
    }

    /// Leaves an operation where it stands, which equals a crash at this step.
    #[napi(catch_unwind)]
    pub fn leave(&self, number: u32) {
        if let Some(threads) = &self.threads {
            threads.give(Box::new(move |database| {
                database.waiting().remove(&number);
            }));
        }
    }

    /// Runs SELECTs, a JSON list of statements, as one read.
    #[napi(catch_unwind)]
    pub fn load(&self, number: u32, statements: String) {
        self.statements(number, statements, |executor, statements| {
            executor.load(statements).map(|rows| json!(rows))
        });
    }

    /// Runs writes, a JSON list of statements, all or nothing.
    #[napi(catch_unwind)]
    pub fn commit(&self, number: u32, statements: String) {
        self.statements(number, statements, |executor, statements| {
            executor.commit(statements).map(|()| Value::Null)
        });
    }

    /// Takes nothing more; the callback hears when what was begun is done and all is closed.
    #[napi(catch_unwind)]
    pub fn close(&mut self) {
        self.threads = None;
    }

    fn statements(
        &self,
        number: u32,
        statements: String,
        run: fn(&dyn Executor, &[Statement]) -> Result<Value, StoreFault>,
    ) {
        self.give(number, move |database, due| {
            let Ok(statements) = serde_json::from_str::<Vec<Statement>>(&statements) else {
                let error = Error::invalid("statements", "are not a list of statements");
                return due.say(answer::of::<Value>(Err(error)));
            };
            due.say(match run(&*database.executor, &statements) {
                Ok(output) => answer::document(Ok(output)),
                Err(fault) => json!({ "fault": fault }).to_string(),
            });
        });
    }

    fn give(&self, number: u32, work: impl FnOnce(&Database, Due) + Send + 'static) {
        // Dropped unseen, it says so itself.
        let due = Due::of(&self.callback, number);
        if let Some(threads) = &self.threads {
            threads.give(Box::new(move |database| work(database, due)));
        }
    }
}

impl Database {
    fn waiting(&self) -> MutexGuard<'_, HashMap<u32, Flow<Value>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers all that the database can answer.
    fn go_on(&self, number: u32, mut flow: Flow<Value>, due: Due) {
        while let Step::Ask { number, request } = flow.step() {
            let answer = match request {
                Request::Load(statements) => Answer::Load(self.executor.load(statements)),
                Request::Commit(statements) => Answer::Commit(self.executor.commit(statements)),
                Request::Http(_) | Request::Wait(_) => break,
            };
            flow.answer(*number, answer, SystemClock.now_ms());
        }
        let document = flow.step_document().to_string();
        if matches!(flow.step(), Step::Ask { .. }) {
            self.waiting().insert(number, flow);
            due.ask(document);
        } else {
            due.say(document);
        }
    }
}

fn start() -> Result<Start, Error> {
    let mut randomness = [0; 32];
    getrandom::fill(&mut randomness)
        .map_err(|_| Error::new(ErrorCode::Internal, "The system has no randomness to give."))?;
    let now_ms = SystemClock.now_ms();
    Ok(Start { now_ms, randomness })
}

/// How an operation says that it has ended before its first step; a load or a commit, too.
fn ended(error: &Error) -> String {
    json!({ "v": DOCUMENT_VERSION, "done": true, "error": error }).to_string()
}

fn no_thread() -> Error {
    Error::new(
        ErrorCode::StoreUnavailable,
        "the system gives no more threads",
    )
}

/// An answer that is owed to JavaScript. If its job ends without one, in a panic or because the
/// store is closed, that is the answer.
struct Due {
    callback: Arc<Callback>,
    number: u32,
    said: bool,
}

impl Due {
    fn of(callback: &Arc<Callback>, number: u32) -> Self {
        let callback = Arc::clone(callback);
        let said = false;
        Self {
            callback,
            number,
            said,
        }
    }

    fn say(mut self, document: String) {
        self.send(document, true);
    }

    fn ask(mut self, document: String) {
        self.send(document, false);
    }

    fn send(&mut self, document: String, over: bool) {
        self.said = true;
        let said = (self.number, document, over).into();
        // Where there is no JavaScript any more, there is nobody to tell.
        let _ended = self
            .callback
            .call(said, ThreadsafeFunctionCallMode::NonBlocking);
    }
}

impl Drop for Due {
    fn drop(&mut self) {
        if !self.said {
            let error = Error::new(
                ErrorCode::Internal,
                "The core stopped in the middle of a call.",
            );
            self.send(ended(&error), true);
        }
    }
}
