//! What one bridge has open, and what each request does with it. A request that is wrong, or that
//! panics, is answered with an error and leaves the others as they are.

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use coinpay_core::flow::{Flow, Start, Step};
use coinpay_core::pure::{self, Refusal, error_document};
use coinpay_core::store::Dialect;
use coinpay_core::{Clock, Config, Engine, Error, ErrorCode, Result, Shop, SystemClock};
use serde::Deserialize;
use serde_json::{Value as Json, json};

/// With built-in I/O, or for a host that answers the steps itself.
enum Opened {
    Engine(Engine),
    Shop(Arc<Shop>),
}

/// Shops and flows by the numbers that the host knows them by.
#[derive(Default)]
pub(super) struct Session {
    shops: BTreeMap<u64, Opened>,
    flows: BTreeMap<u64, Flow<Json>>,
    last: u64,
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    id: Json,
    #[serde(flatten)]
    request: Json,
}

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum Request {
    Open(Open),
    Operation(Operation),
    Start(Operation),
    Answer(Answered),
    Drop { flow: u64 },
    Call(Call),
}

#[derive(Deserialize)]
struct Open {
    config: Json,
    #[serde(default)]
    dialect: Option<Dialect>,
    #[serde(default)]
    prepare: bool,
}

#[derive(Deserialize)]
struct Operation {
    shop: u64,
    operation: String,
    #[serde(default)]
    input: Json,
    #[serde(default)]
    body: String,
    #[serde(default)]
    now_ms: Option<i64>,
}

#[derive(Deserialize)]
struct Answered {
    flow: u64,
    answer: Json,
    #[serde(default)]
    body: String,
}

#[derive(Deserialize)]
struct Call {
    name: String,
    #[serde(default)]
    arguments: Json,
    #[serde(default)]
    body: String,
}

type Outcome = Result<Json, Refusal>;

impl Session {
    /// Answers one line, whatever it is.
    pub(super) fn answer(&mut self, line: &[u8]) -> Json {
        let Ok(line) = serde_json::from_slice::<Line>(line) else {
            let error = Error::invalid("line", "is not a JSON object");
            return json!({ "id": null, "error": error_document(&error) });
        };
        // A flow that panics is out of the table while it runs, and does not come back.
        let caught = panic::catch_unwind(AssertUnwindSafe(|| self.serve(line.request)));
        let outcome = caught.unwrap_or_else(|_| {
            let what = "a panic in the library was caught; please report it";
            Err(Error::new(ErrorCode::Internal, what).into())
        });
        match outcome {
            Ok(ok) => json!({ "id": line.id, "ok": ok }),
            Err(refusal) => json!({ "id": line.id, "error": refusal.document() }),
        }
    }

    fn serve(&mut self, request: Json) -> Outcome {
        let request = serde_json::from_value(request)
            .map_err(|_| Error::invalid("request", "does not fit what it says to do"))?;
        match request {
            Request::Open(open) => self.open(open),
            Request::Operation(operation) => self.run(&operation),
            Request::Start(operation) => self.start(&operation),
            Request::Answer(answered) => self.go_on(&answered),
            Request::Drop { flow } => {
                self.flows.remove(&flow);
                Ok(Json::Null)
            }
            Request::Call(call) => {
                let body = bytes(&call.body)?;
                pure::call(&call.name, &document(&call.arguments), &body)
            }
        }
    }

    fn open(&mut self, open: Open) -> Outcome {
        let config = Config::from_json(&open.config.to_string())?;
        let opened = match (open.dialect, open.prepare) {
            (Some(dialect), _) => Opened::Shop(Shop::new(config, dialect)?),
            (None, true) => Opened::Engine(Engine::open(config)?),
            (None, false) => Opened::Engine(Engine::connect(config)?),
        };
        let number = self.number();
        self.shops.insert(number, opened);
        Ok(json!({ "shop": number }))
    }

    fn run(&self, asked: &Operation) -> Outcome {
        let Opened::Engine(engine) = self.shop(asked.shop)? else {
            return Err(Error::invalid("shop", "was opened for steps").into());
        };
        let body = bytes(&asked.body)?;
        Ok(engine.call(&asked.operation, &document(&asked.input), body)?)
    }

    fn start(&mut self, asked: &Operation) -> Outcome {
        let Opened::Shop(shop) = self.shop(asked.shop)? else {
            return Err(Error::invalid("shop", "was opened without a dialect").into());
        };
        let mut randomness = [0; 32];
        getrandom::fill(&mut randomness).map_err(|_| Error::from(ErrorCode::Internal))?;
        let start = Start {
            now_ms: asked.now_ms.unwrap_or_else(|| SystemClock.now_ms()),
            randomness,
        };
        let body = bytes(&asked.body)?;
        let flow = shop.start(start, &asked.operation, &document(&asked.input), body)?;
        let step = step_of(&flow)?;
        let number = self.number();
        self.flows.insert(number, flow);
        Ok(json!({ "flow": number, "step": step }))
    }

    fn go_on(&mut self, answered: &Answered) -> Outcome {
        let body = bytes(&answered.body)?;
        let flow = self.flows.remove(&answered.flow);
        let mut flow = flow.ok_or_else(|| Error::from(ErrorCode::FlowMisused))?;
        flow.answer_document(&answered.answer.to_string(), body);
        let step = step_of(&flow)?;
        if matches!(flow.step(), Step::Ask { .. }) {
            self.flows.insert(answered.flow, flow);
        }
        Ok(json!({ "step": step }))
    }

    fn shop(&self, number: u64) -> Result<&Opened> {
        let shop = self.shops.get(&number);
        shop.ok_or_else(|| Error::invalid("shop", "is not open"))
    }

    fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}

/// The step's document, or the error that the flow has ended in.
fn step_of(flow: &Flow<Json>) -> Outcome {
    match flow.step() {
        Step::Done(Err(error)) => Err(error.clone().into()),
        Step::Done(Ok(_)) | Step::Ask { .. } => Ok(flow.step_document()),
    }
}

/// Absent is empty. PHP writes an object without fields as a list.
fn document(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::Array(items) if items.is_empty() => String::new(),
        other => other.to_string(),
    }
}

fn bytes(text: &str) -> Result<Vec<u8>> {
    let decoded = BASE64_STANDARD.decode(text);
    decoded.map_err(|_| Error::invalid("body", "is not base64"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"{"mode":"test","api_key":"cp_test_a","database":"sqlite::memory:",
        "business_id":"7b8f2c1e-5d5c-4c6e-9a51-2f6f3f1d9f10"}"#;

    fn ask(session: &mut Session, request: &str) -> Json {
        session.answer(
            request
                .replace("CONFIG", CONFIG)
                .replace('\n', " ")
                .as_bytes(),
        )
    }

    #[test]
    fn an_engine_runs_operations_by_its_number() {
        let mut session = Session::default();
        let opened = ask(
            &mut session,
            r#"{"id":1,"do":"open","config":CONFIG,"prepare":true}"#,
        );
        assert_eq!(opened, json!({ "id": 1, "ok": { "shop": 1 } }));
        let health = r#"{"id":2,"do":"operation","shop":1,"operation":"health","input":[]}"#;
        assert_eq!(ask(&mut session, health)["ok"]["ok"], false);
        let start = r#"{"id":3,"do":"start","shop":1,"operation":"health"}"#;
        assert_eq!(ask(&mut session, start)["error"]["code"], "invalid_input");
        let unknown = r#"{"id":4,"do":"operation","shop":9,"operation":"health"}"#;
        assert_eq!(ask(&mut session, unknown)["error"]["code"], "invalid_input");
    }

    #[test]
    fn a_flow_goes_on_until_it_ends_and_a_misused_one_is_gone() {
        let mut session = Session::default();
        ask(
            &mut session,
            r#"{"do":"open","config":CONFIG,"dialect":"mysql"}"#,
        );
        let start = r#"{"do":"start","shop":1,"operation":"health","now_ms":1000}"#;
        let step = ask(&mut session, start);
        assert_eq!(step["ok"]["step"]["request"], "load");
        let flow = step["ok"]["flow"].as_u64().expect("a number");
        let answer = format!(
            r#"{{"do":"answer","flow":{flow},"answer":{{"step":1,"now_ms":1,"answer":"elapsed"}}}}"#
        );
        for _ in 0..2 {
            assert_eq!(ask(&mut session, &answer)["error"]["code"], "flow_misused");
        }
        ask(&mut session, start);
        let dropped = ask(
            &mut session,
            &format!(r#"{{"do":"drop","flow":{}}}"#, flow + 1),
        );
        assert!(dropped.get("error").is_none());
        assert!(session.flows.is_empty());
    }

    #[test]
    fn what_is_no_request_is_answered_without_repeating_it() {
        let mut session = Session::default();
        for line in [
            "hunter2",
            "[]",
            r#"{"do":"hunter2"}"#,
            r#"{"do":"open","config":{"api_key":"hunter2"}}"#,
            r#"{"do":"call","name":"parse_webhook","body":"hunter2"}"#,
            r#"{"do":"call","name":"verify_webhook","arguments":{"secrets":"hunter2"}}"#,
        ] {
            let said = ask(&mut session, line);
            assert!(said["error"]["code"].is_string(), "{line}");
            assert!(!said.to_string().contains("hunter2"), "{said}");
        }
    }
}
