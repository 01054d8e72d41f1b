//! One schedule: a shop with its workers, a store, a gateway and a clock, and whatever the
//! choices make of them. This file turns the crank of the flows; who starts what is in `actors`.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use coinpay_core::api::HttpFault;
use coinpay_core::flow::{Answer, Flow, Request, Start, Step};
use coinpay_core::store::{Dialect, Executor, FaultClass, Statement as SqlStatement, StoreFault};
use coinpay_core::{Config, Error, Shop};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use crate::auditor::{Auditor, Fate, Finding};
use crate::choices::Choices;
use crate::gateway::{BUSINESS, Gateway, Said, Weather, is_paid};
use crate::letters::{Letter, Statement};
use crate::store::Store;

pub(crate) const SECRET: &str = "whsec_simulated";
pub(crate) const API_KEY: &str = "cp_test_simulated_key";
pub(crate) const MAIL: &str = "somebody@example.com";
pub(crate) const BEGINNING_MS: i64 = 1_750_000_000_000;

/// Who counts the goods, one of them for each schedule.
const STOCK: [&str; 5] = ["managed", "managed", "managed", "host", "off"];

/// One shop for each of [`STOCK`]. They are settings and statements alone, so all schedules may
/// share them.
fn shops() -> &'static [Arc<Shop>] {
    static SHOPS: OnceLock<Vec<Arc<Shop>>> = OnceLock::new();
    SHOPS.get_or_init(|| STOCK.map(shop).into())
}

fn shop(stock: &str) -> Arc<Shop> {
    let config = json!({
        "mode": "test",
        "api_key": API_KEY,
        "business_id": BUSINESS,
        "webhook_secrets": [SECRET],
        "stock": stock,
        "base_url": "http://127.0.0.1:1/api",
        "max_open_orders": 0,
    });
    let config = Config::from_json(&config.to_string()).expect("a configuration");
    Shop::new(config, Dialect::Sqlite).expect("a shop")
}

/// What a running flow is for, and what follows from its end.
#[derive(Debug)]
pub(crate) enum Purpose {
    Webhook {
        letter: Option<u64>,
        hash: String,
        telling: Option<usize>,
        forged: bool,
    },
    Command(usize),
    Claim {
        completed: BTreeSet<(String, String, String)>,
    },
    Complete((String, String, String)),
    /// Whether each is said to be done, and what was completed before a claim may have begun.
    Report {
        told: Vec<((String, String, String), bool)>,
        completed: BTreeSet<(String, String, String)>,
    },
    Adjust(String),
    Other,
}

#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) name: String,
    pub(crate) worker: usize,
    pub(crate) purpose: Purpose,
    flow: Flow<Json>,
    /// Carried out, and not yet delivered.
    held: Option<(Answer, Option<Said>)>,
    heard: Vec<usize>,
}

/// How bad it gets, in thousandths of the steps.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Trouble {
    pub(crate) store: u32,
    pub(crate) network: u32,
    pub(crate) crash: u32,
    pub(crate) delay: u32,
}

pub(crate) struct World<'a> {
    pub(crate) choices: Choices,
    pub(crate) auditor: Auditor,
    pub(crate) gateway: Gateway,
    pub(crate) letters: Vec<(u64, Letter)>,
    pub(crate) effects: Vec<Json>,
    pub(crate) running: Vec<Running>,
    pub(crate) now_ms: i64,
    pub(crate) trouble: Trouble,
    pub(crate) stock: &'static str,
    pub(crate) counter: u64,
    pub(crate) trace: Option<Vec<String>>,
    pub(crate) steps: u64,
    store: &'a mut Store,
    /// Holds settings and statements alone, so the workers may share it.
    shop: Arc<Shop>,
    skews_ms: Vec<i64>,
}

impl<'a> World<'a> {
    pub(crate) fn new(mut choices: Choices, store: &'a mut Store, traced: bool) -> Self {
        let workers = 2 + choices.pick(3);
        let shop = choices.pick(5);
        let stock = STOCK[shop];
        let trouble = match choices.pick(4) {
            0 => Trouble::default(),
            1 => Trouble {
                store: 20,
                network: 50,
                crash: 10,
                delay: 100,
            },
            2 => Trouble {
                store: 100,
                network: 100,
                crash: 50,
                delay: 200,
            },
            _ => Trouble {
                store: 10,
                network: 300,
                crash: 5,
                delay: 50,
            },
        };
        let skews_ms = (0..workers)
            .map(|_| [0, 0, 29_000, -29_000][choices.pick(4)])
            .collect();
        Self {
            shop: Arc::clone(&shops()[shop]),
            skews_ms,
            choices,
            auditor: Auditor::default(),
            gateway: Gateway::default(),
            letters: Vec::new(),
            effects: Vec::new(),
            running: Vec::new(),
            now_ms: BEGINNING_MS,
            trouble,
            stock,
            counter: 0,
            trace: traced.then(Vec::new),
            steps: 0,
            store,
        }
    }

    pub(crate) fn say(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            let after_s = (self.now_ms - BEGINNING_MS) / 1_000;
            trace.push(format!("{after_s:>9} s  {}", line()));
        }
    }

    #[must_use]
    pub(crate) fn store(&self) -> &dyn Executor {
        self.store.executor()
    }

    #[must_use]
    pub(crate) fn workers(&self) -> usize {
        self.skews_ms.len()
    }

    fn clock(&self, worker: usize) -> i64 {
        self.now_ms + self.skews_ms[worker]
    }

    /// Starts an operation on some worker.
    pub(crate) fn start(&mut self, name: &str, input: &Json, body: Vec<u8>, purpose: Purpose) {
        let worker = self.choices.pick(self.workers());
        self.start_on(worker, name, input, body, purpose);
    }

    pub(crate) fn start_on(
        &mut self,
        worker: usize,
        name: &str,
        input: &Json,
        body: Vec<u8>,
        purpose: Purpose,
    ) {
        self.counter += 1;
        let start = Start {
            now_ms: self.clock(worker),
            randomness: Sha256::digest(self.counter.to_be_bytes()).into(),
        };
        let flow = self.shop.start(start, name, &input.to_string(), body);
        let flow = flow.expect("the simulator writes sound documents");
        self.say(|| format!("worker {worker} starts {name} {input}"));
        self.running.push(Running {
            name: name.to_owned(),
            worker,
            purpose,
            flow,
            held: None,
            heard: Vec::new(),
        });
    }

    /// Advances one flow by one step: carries out, loses, delays, delivers or ends.
    pub(crate) fn advance(&mut self, index: usize) -> Finding {
        self.steps += 1;
        let worker = self.running[index].worker;
        let (number, request) = match self.running[index].flow.step() {
            Step::Done(_) => return self.finish(index),
            Step::Ask { number, request } => (*number, request.clone()),
        };
        let held = match self.running[index].held.take() {
            Some(held) => held,
            None => {
                if self.choices.chance(self.trouble.crash) {
                    self.crash(index, "before");
                    return Ok(());
                }
                let done = self.carry_out(index, &request)?;
                if self.choices.chance(self.trouble.crash) {
                    self.crash(index, "after");
                    return Ok(());
                }
                if self.choices.chance(self.trouble.delay) {
                    self.running[index].held = Some(done);
                    return Ok(());
                }
                done
            }
        };
        let (answer, said) = held;
        let heard_ms = self.clock(worker);
        if let Some(said) = said.filter(|said| is_paid(said.status)) {
            let statement = Statement {
                payment: said.payment,
                kind: said.status,
                received: None,
                given_back: None,
                confirmed_ms: None,
                twisted: false,
            };
            let telling = self.auditor.told(statement, heard_ms);
            self.running[index].heard.push(telling);
        }
        self.running[index].flow.answer(number, answer, heard_ms);
        if matches!(self.running[index].flow.step(), Step::Done(_)) {
            return self.finish(index);
        }
        Ok(())
    }

    fn crash(&mut self, index: usize, when: &str) {
        let lost = self.running.remove(index);
        self.say(|| {
            format!(
                "worker {} crashes in {} {when} a step",
                lost.worker, lost.name
            )
        });
        if let Purpose::Webhook {
            letter: Some(letter),
            ..
        } = lost.purpose
        {
            self.undelivered(letter);
        }
    }

    pub(crate) fn crash_worker(&mut self, worker: usize) -> Finding {
        while let Some(index) = self.running.iter().position(|one| one.worker == worker) {
            self.crash(index, "at");
        }
        if !self.store.reopen() {
            return Ok(());
        }
        self.auditor.look(self.store.executor(), &self.gateway)
    }

    fn carry_out(
        &mut self,
        index: usize,
        request: &Request,
    ) -> Result<(Answer, Option<Said>), String> {
        self.now_ms += 7;
        match request {
            Request::Http(request) => {
                if self.choices.chance(self.trouble.network / 3) {
                    self.say(|| "the request is lost".into());
                    return Ok((Answer::Http(Err(HttpFault::NotSent)), None));
                }
                let weather = if self.choices.chance(self.trouble.network / 3) {
                    let bad = [
                        Weather::TooManyRequests,
                        Weather::Failing,
                        Weather::Page,
                        Weather::ShortQuote,
                    ];
                    bad[self.choices.pick(4)]
                } else {
                    Weather::Fair
                };
                let (answer, said) = self.gateway.answer(request, weather, self.now_ms);
                self.say(|| {
                    let (method, url) = (request.method, &request.url);
                    format!("{method:?} {url} -> {} {said:?}", answer.status)
                });
                if let Some(said) = said.as_ref().filter(|said| said.made) {
                    self.auditor
                        .one_payment_is_asked(&self.gateway, said.payment)?;
                }
                if self.choices.chance(self.trouble.network / 3) {
                    self.say(|| "the answer is lost".into());
                    return Ok((Answer::Http(Err(HttpFault::Interrupted)), None));
                }
                Ok((Answer::Http(Ok(answer)), said))
            }
            Request::Load(statements) => Ok((
                Answer::Load(match self.store_fault() {
                    Some((class, _)) => Err(StoreFault::new(class, "INJECTED")),
                    None => self.store().load(statements),
                }),
                None,
            )),
            Request::Commit(statements) => {
                let fault = self.store_fault();
                let mut answer = Ok(());
                if fault.is_none_or(|(_, happened)| happened) {
                    answer = self.store().commit(statements);
                    if let Err(fault) = &answer {
                        let fault = fault.to_string();
                        self.say(|| format!("the commit fails: {fault}"));
                    }
                    self.audit(index, statements)?;
                }
                if let Some((class, happened)) = fault {
                    self.say(|| format!("the store says {class:?}, happened: {happened}"));
                    answer = Err(StoreFault::new(class, "INJECTED"));
                }
                Ok((Answer::Commit(answer), None))
            }
            Request::Wait(wait_ms) => {
                self.now_ms += i64::try_from(*wait_ms).unwrap_or(0);
                Ok((Answer::Wait, None))
            }
        }
    }

    fn audit(&mut self, index: usize, commit: &[SqlStatement]) -> Finding {
        let store = self.store.executor();
        if matches!(
            self.running[index].purpose,
            Purpose::Webhook { forged: true, .. }
        ) {
            self.auditor.ignores_forgery(store)?;
        }
        self.auditor.look_after(store, commit, &self.gateway)
    }

    pub(crate) fn audit_the_end(&mut self) -> Finding {
        let store = self.store.executor();
        self.auditor.look_at_the_end(store, &self.gateway)
    }

    /// A class, and whether the thing happened all the same.
    fn store_fault(&mut self) -> Option<(FaultClass, bool)> {
        if !self.choices.chance(self.trouble.store) {
            return None;
        }
        let faults = [
            (FaultClass::Retry, false),
            (FaultClass::Conflict, false),
            (FaultClass::Unknown, false),
            (FaultClass::Unknown, true),
            (FaultClass::Fatal, false),
        ];
        Some(faults[self.choices.pick(5)])
    }

    fn finish(&mut self, index: usize) -> Finding {
        let ended = self.running.remove(index);
        let Ok(outcome) = ended.flow.into_outcome() else {
            return Err(format!("{} says that it is done and is not", ended.name));
        };
        self.say(|| match &outcome {
            Ok(output) => format!("worker {} ends {}: {output}", ended.worker, ended.name),
            Err(error) => format!("worker {} ends {}: {error}", ended.worker, ended.name),
        });
        if let Err(error) = &outcome {
            let text = format!("{error:?} {error}");
            self.auditor
                .keeps_secrets(&text, &[SECRET, API_KEY, MAIL])?;
            if error.code.to_string() == "flow_misused" || error.code.to_string() == "internal" {
                return Err(format!("{} broke: {error}", ended.name));
            }
        }
        let now_ms = self.clock(ended.worker);
        if outcome.is_ok() {
            for telling in &ended.heard {
                self.auditor.settled(*telling, now_ms);
            }
        }
        match ended.purpose {
            Purpose::Webhook {
                letter,
                hash,
                telling,
                forged,
            } => {
                let answer = outcome.map_err(|error| error.to_string())?;
                self.webhook_answered(letter, hash, telling, forged, &answer, now_ms)
            }
            Purpose::Command(command) => {
                self.auditor.commands[command].fate = fate(&outcome);
                Ok(())
            }
            Purpose::Claim { completed } => self.handed_out(outcome.ok(), &completed),
            Purpose::Complete(key) => {
                if outcome.is_ok() {
                    self.auditor.completed.insert(key);
                }
                Ok(())
            }
            Purpose::Report { told, completed } => match outcome {
                Ok(reported) => self.reported(&reported, told, completed),
                Err(_) => Ok(()),
            },
            Purpose::Adjust(id) => {
                let fate = fate(&outcome);
                if fate == Fate::Done {
                    self.auditor.adjustments.entry(id).or_default().done = true;
                } else if fate == Fate::Refused {
                    self.auditor.adjustments.remove(&id);
                }
                Ok(())
            }
            Purpose::Other => Ok(()),
        }
    }

    fn webhook_answered(
        &mut self,
        letter: Option<u64>,
        hash: String,
        telling: Option<usize>,
        forged: bool,
        answer: &Json,
        now_ms: i64,
    ) -> Finding {
        let status = answer["http_status"].as_u64().unwrap_or(0);
        if forged {
            if status == 401 {
                return Ok(());
            }
            return Err(format!("promise 7: a forged webhook was answered {answer}"));
        }
        if status != 200 {
            if status != 503 {
                return Err(format!("an authentic webhook was answered {answer}"));
            }
            if let Some(letter) = letter {
                self.undelivered(letter);
            }
            return Ok(());
        }
        if answer["outcome"] != "test" {
            let store = self.store.executor();
            self.auditor.acknowledged_body(store, hash)?;
        }
        if let Some(telling) = telling {
            self.auditor.settled(telling, now_ms);
            let statement = self.auditor.tellings[telling].statement.clone();
            if is_paid(statement.kind) {
                let id = self.gateway.payments[statement.payment].id.clone();
                self.auditor.acknowledged_money(&id)?;
            }
        }
        self.letters.retain(|(id, _)| Some(*id) != letter);
        Ok(())
    }

    fn undelivered(&mut self, letter: u64) {
        for (id, one) in &mut self.letters {
            if *id == letter {
                one.tries_left = one.tries_left.saturating_sub(1);
            }
        }
        self.letters.retain(|(_, one)| one.tries_left > 0);
    }

    /// What a report was answered for is as good as told alone, whatever became of the others.
    fn reported(
        &mut self,
        reported: &Json,
        told: Vec<((String, String, String), bool)>,
        mut completed: BTreeSet<(String, String, String)>,
    ) -> Finding {
        let answers = reported["answers"].as_array().map_or(0, Vec::len);
        if answers != told.len() {
            return Err(format!("{} outcomes were answered {reported}", told.len()));
        }
        for (place, (key, is_done)) in told.into_iter().enumerate() {
            let answer = &reported["answers"][place];
            if is_done && answer["error"].is_null() {
                if answer["state"] != "completed" {
                    return Err(format!("{key:?} was completed and answered {answer}"));
                }
                completed.insert(key.clone());
                self.auditor.completed.insert(key);
            }
        }
        let claimed = reported["claimed"].as_array().cloned().unwrap_or_default();
        let ships = claimed.iter().filter(|one| one["kind"] == "ship_order");
        if ships.count() > 1 {
            return Err(format!("promise 1: two shipments at once: {reported}"));
        }
        self.handed_out(Some(claimed.into()), &completed)
    }

    fn handed_out(
        &mut self,
        effects: Option<Json>,
        completed: &BTreeSet<(String, String, String)>,
    ) -> Finding {
        let Some(Json::Array(effects)) = effects else {
            return Ok(());
        };
        for effect in effects {
            let key = effect_key(&effect);
            let known = completed.contains(&key);
            self.auditor.handed_out(&key.0, &key.1, &key.2, known)?;
            self.effects.push(effect);
        }
        Ok(())
    }
}

#[must_use]
pub(crate) fn effect_key(effect: &Json) -> (String, String, String) {
    let text = |field: &str| effect[field].as_str().unwrap_or_default().to_owned();
    (text("order_id"), text("kind"), text("subject"))
}

fn fate(outcome: &Result<Json, Error>) -> Fate {
    match outcome {
        Ok(_) => Fate::Done,
        Err(error) => match error.code.to_string().as_str() {
            "rejected" | "not_found" | "out_of_stock" | "invalid_input" => Fate::Refused,
            _ => Fate::Unknown,
        },
    }
}
