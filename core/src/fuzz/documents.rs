//! Flows by documents, as hosts in other languages drive them: a line with the operation, one
//! with its document, one with a webhook's body, then a line for each answer. `~` answers
//! honestly from a shop with an order, and may replace one value of a row (`~1 0 4 "x"`); other
//! lines are answers as a careless host writes them. However wrong, a flow ends in an error of
//! the table, never as a defect of its own.

use std::cell::RefCell;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::Shop;
use crate::flow::{Answer, Flow, Request, Start, Step};
use crate::store::{Dialect, Executor, Rows, Value};

use super::gateway::Gateway;
use super::scene::{MAIL, Scene};
use super::text_line;
use super::world::{API_KEY, SECRET};

const MOST_ANSWERS: usize = 32;

thread_local! {
    static SCENE: RefCell<Option<Scene>> = const { RefCell::new(None) };
}

pub(super) fn run(mut data: &[u8]) {
    let name = text_line(&mut data);
    let document = text_line(&mut data);
    let (body, answers) = super::line(data);
    SCENE.with_borrow_mut(|kept| {
        let scene = kept.get_or_insert_with(Scene::new);
        let body = scene
            .filled(&String::from_utf8_lossy(body), b"")
            .into_bytes();
        let document = scene.filled(&document, &body);
        let mut shop = Arc::clone(&scene.world.shop);
        if name == "handle_webhook" {
            // A shop remembers when it last looked into a refused webhook.
            shop = Shop::new(shop.config().clone(), Dialect::Sqlite).expect("a shop");
        }
        let start = Start {
            now_ms: scene.world.now_ms,
            randomness: [7; 32],
        };
        match shop.start(start, &name, &document, body) {
            Ok(flow) => Talk::new(scene, flow).go_on(answers),
            Err(error) => {
                assert_eq!(error.code, crate::ErrorCode::InvalidInput);
                keeps_quiet(&error.to_string());
            }
        }
    });
}

/// What never stands in an error.
fn keeps_quiet(words: &str) {
    for secret in [API_KEY, SECRET, MAIL] {
        assert!(!words.contains(secret), "{words}");
    }
}

struct Talk<'a> {
    scene: &'a Scene,
    gateway: Gateway,
    now_ms: i64,
    flow: Flow<Json>,
}

impl<'a> Talk<'a> {
    fn new(scene: &'a Scene, flow: Flow<Json>) -> Self {
        Self {
            scene,
            gateway: scene.world.gateway.clone(),
            now_ms: scene.world.now_ms,
            flow,
        }
    }

    fn go_on(mut self, mut lines: &[u8]) {
        self.check();
        let mut honest = true;
        for _ in 0..MOST_ANSWERS {
            if lines.is_empty() {
                return;
            }
            let line = text_line(&mut lines);
            if let Some(edit) = line.strip_prefix('~') {
                if let Some(answer) = self.honest(edit) {
                    let number = self.number();
                    self.now_ms += 1;
                    self.flow.answer(number, answer, self.now_ms);
                    honest &= edit.is_empty();
                }
            } else {
                honest = false;
                self.careless(&line);
            }
            self.check();
            if honest {
                assert_ne!(self.code(), json!("flow_misused"), "{line}");
                assert_ne!(self.code(), json!("store_corrupt"), "{line}");
            }
        }
    }

    fn number(&self) -> u32 {
        match self.flow.step() {
            Step::Ask { number, .. } => *number,
            Step::Done(_) => 0,
        }
    }

    fn code(&self) -> Json {
        self.flow.step_document()["error"]["code"].clone()
    }

    /// `None` where nothing is asked for any more.
    fn honest(&mut self, edit: &str) -> Option<Answer> {
        let Step::Ask { request, .. } = self.flow.step() else {
            return None;
        };
        Some(match request {
            Request::Http(request) => Answer::Http(self.gateway.send(request, self.now_ms)),
            Request::Load(statements) => {
                let mut rows = self.scene.world.store.load(statements);
                if let Ok(rows) = &mut rows {
                    replace(rows, edit);
                }
                Answer::Load(rows)
            }
            // The scene stays as it is.
            Request::Commit(_) => Answer::Commit(Ok(())),
            Request::Wait(_) => Answer::Wait,
        })
    }

    /// A document as it stands, with the number of the step and the time put in where it asks
    /// for them, and an HTTP answer's body after a tab.
    fn careless(&mut self, line: &str) {
        let (document, body) = line.split_once('\t').unwrap_or((line, ""));
        let number = self.number();
        let filled = document
            .replace("$step", &number.to_string())
            .replace("$now", &self.now_ms.to_string());
        let read: Option<Json> = serde_json::from_str(&filled).ok();
        let was_over = matches!(self.flow.step(), Step::Done(_));
        self.flow.answer_document(&filled, body.as_bytes().to_vec());
        let step = read.map(|read| read["step"].clone());
        if was_over || step != Some(json!(number)) {
            assert_eq!(self.code(), json!("flow_misused"), "{filled}");
        }
    }

    /// A step that hosts can carry out, or an outcome that they can understand.
    fn check(&self) {
        let document = self.flow.step_document();
        assert_eq!(document["v"], json!(1));
        match self.flow.step() {
            Step::Ask { number, request } => {
                assert_eq!(document["step"], json!(number));
                keeps_quiet(&document["with"]["url"].to_string());
                keeps_quiet(&document["with"]["headers"].to_string());
                if let Request::Load(statements) | Request::Commit(statements) = request {
                    assert!(!statements.is_empty());
                    for statement in statements {
                        assert!(statement.params.len() <= 90, "{}", statement.sql);
                        assert!(statement.params.iter().all(fits), "{}", statement.sql);
                    }
                }
            }
            Step::Done(Ok(_)) => assert_eq!(document["done"], json!(true)),
            Step::Done(Err(error)) => {
                assert_ne!(error.code, crate::ErrorCode::Internal, "{error}");
                assert_eq!(document["http_status"], json!(error.code.http_status()));
                keeps_quiet(&document["error"].to_string());
            }
        }
    }
}

/// Integers stay below 2^53, so that every host can carry them.
fn fits(value: &Value) -> bool {
    match value {
        Value::Integer(number) => number.unsigned_abs() < 1 << 53,
        Value::Null | Value::Text(_) => true,
    }
}

/// Puts a value in the place of another: the statement, its row, the column, and the value.
fn replace(tables: &mut [Rows], edit: &str) {
    let mut words = edit.splitn(4, ' ');
    let mut index = |length: usize| {
        let number: usize = words.next()?.parse().ok()?;
        number.checked_rem(length)
    };
    let filled = tables.iter_mut().filter(|rows| !rows.is_empty());
    let mut filled: Vec<_> = filled.collect();
    let Some(table) = index(filled.len()) else {
        return;
    };
    let Some(row) = index(filled[table].len()) else {
        return;
    };
    let Some(column) = index(filled[table][row].len()) else {
        return;
    };
    let value = words
        .next()
        .and_then(|text| serde_json::from_str(text).ok());
    if let Some(value) = value {
        filled[table][row][column] = value;
    }
}
