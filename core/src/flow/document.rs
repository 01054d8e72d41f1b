//! Flows for hosts in other languages: an operation by its name, steps and answers as JSON
//! documents with bodies as bytes beside them.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::api::{HttpFault, HttpResponse};
use crate::document::{self, FromJson, ToJson, json, put};
use crate::shop::Shop;
use crate::store::{FaultClass, Rows, StoreFault, Value};
use crate::{Error, Result};

#[cfg(feature = "dash")]
use super::inputs::only;
use super::inputs::{input, optional};
use super::runtime::{Answer, Flow, Request, Start, Step};
use super::webhook::WebhookAnswer;

/// The version of every document here.
pub const DOCUMENT_VERSION: u32 = 1;

/// The operations that [`Shop::start`] knows, by name. The last ones are the operators', and there
/// with the feature `dash`: a module for Workers has no room for them beside a shop's.
pub const OPERATIONS: &[&str] = &[
    "prepare_store",
    "create_checkout",
    "handle_webhook",
    "order_status",
    "cancel_order",
    "resolve_review",
    "record_refund",
    "mark_fulfilled",
    "adjust_stock",
    "work",
    "claim_effects",
    "complete_effect",
    "fail_effect",
    "renew_effect",
    "settle_effect",
    "report_effects",
    "health",
    "list_coins",
    #[cfg(feature = "dash")]
    "explain_order",
    #[cfg(feature = "dash")]
    "export",
    #[cfg(feature = "dash")]
    "erase_customer",
    #[cfg(feature = "dash")]
    "list_orders",
    #[cfg(feature = "dash")]
    "list_effects",
    #[cfg(feature = "dash")]
    "report_figures",
    #[cfg(feature = "dash")]
    "dash",
];

/// Of what only operators are given.
#[cfg(feature = "dash")]
fn read<T: serde::de::DeserializeOwned>(document: &str) -> Result<T> {
    // The parser's own message may quote a value of a customer's; the place does not.
    serde_json::from_str(document).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let why = format!("is not a document of this operation (line {line}, column {column})");
        Error::invalid("document", &why)
    })
}

fn unknown() -> Error {
    Error::invalid("operation", "there is none of that name")
}

/// The answer with the body that the endpoint sends, so that no host has to know its spelling.
fn answer_document(answer: &WebhookAnswer) -> Result<Json> {
    let mut document = answer.to_json();
    if let Some(fields) = document.as_object_mut() {
        put(fields, "body", answer.body().into());
    }
    Ok(document)
}

impl Shop {
    /// Starts the operation `name` with its input as a JSON document. `body` are a webhook's
    /// bytes; empty otherwise.
    ///
    /// # Errors
    /// `invalid_input` where there is no such operation or the document does not fit it.
    pub fn start(
        self: &Arc<Self>,
        start: Start,
        name: &str,
        document: &str,
        body: Vec<u8>,
    ) -> Result<Flow<Json>> {
        let document = if document.is_empty() { "{}" } else { document };
        Ok(match name {
            "prepare_store" => self.prepare_store(start).into_json(),
            "create_checkout" => self.create_checkout(start, input(document)?).into_json(),
            "handle_webhook" => {
                let signature = optional(document, "signature")?;
                self.handle_webhook(start, body, signature)
                    .map(|answer| answer_document(&answer))
            }
            "order_status" => self.order_status(start, input(document)?).into_json(),
            "cancel_order" => self.cancel_order(start, input(document)?).into_json(),
            "resolve_review" => self.resolve_review(start, input(document)?).into_json(),
            "record_refund" => self.record_refund(start, input(document)?).into_json(),
            "mark_fulfilled" => self.mark_fulfilled(start, input(document)?).into_json(),
            "adjust_stock" => self.adjust_stock(start, input(document)?).into_json(),
            "work" => self.work(start, input(document)?).into_json(),
            "claim_effects" => self.claim_effects(start, input(document)?).into_json(),
            "complete_effect" => self.complete_effect(start, input(document)?).into_json(),
            "fail_effect" => self.fail_effect(start, input(document)?).into_json(),
            "renew_effect" => self.renew_effect(start, input(document)?).into_json(),
            "settle_effect" => self.settle_effect(start, input(document)?).into_json(),
            "report_effects" => self.report_effects(start, input(document)?).into_json(),
            "health" => self.health(start).into_json(),
            "list_coins" => self.list_coins(start).into_json(),
            #[cfg(feature = "dash")]
            _ => return self.start_for_operators(start, name, document),
            #[cfg(not(feature = "dash"))]
            _ => return Err(unknown()),
        })
    }

    /// The same for what operators ask for, and for nothing else: so that a module with these alone
    /// is without the others.
    ///
    /// # Errors
    /// As those of [`Shop::start`].
    #[cfg(feature = "dash")]
    pub fn start_for_operators(
        self: &Arc<Self>,
        start: Start,
        name: &str,
        document: &str,
    ) -> Result<Flow<Json>> {
        let document = if document.is_empty() { "{}" } else { document };
        Ok(match name {
            "explain_order" => self
                .explain_order(start, only(document, "order_id")?)
                .into_json(),
            "export" => self.export(start, input(document)?).into_json(),
            "erase_customer" => self
                .erase_customer(start, only(document, "customer_id")?)
                .into_json(),
            "list_orders" => self.list_orders(start, read(document)?).into_json(),
            "list_effects" => self.list_effects(start, read(document)?).into_json(),
            "report_figures" => self.report_figures(start, read(document)?).into_json(),
            "dash" => self.dash(start, read(document)?).into_json(),
            _ => return Err(unknown()),
        })
    }
}

impl<T: ToJson + Send + 'static> Flow<T> {
    /// The same flow with its outcome as a document.
    #[must_use]
    pub fn into_json(self) -> Flow<Json> {
        self.map(|outcome| Ok(outcome.to_json()))
    }

    /// Where the flow stands, as a document: `{"v", "step", "request", ...}`, or
    /// `{"v", "done", ...}` with `output` or `error`.
    #[must_use]
    pub fn step_document(&self) -> Json {
        match self.step() {
            Step::Ask { number, request } => {
                let (kind, with) = match request {
                    Request::Http(request) => ("http", json!(request)),
                    Request::Load(statements) => ("load", json!(statements)),
                    Request::Commit(statements) => ("commit", json!(statements)),
                    Request::Wait(wait_ms) => ("wait", json!(wait_ms)),
                };
                json!({ "v": DOCUMENT_VERSION, "step": number, "request": kind, "with": with })
            }
            Step::Done(Ok(output)) => {
                json!({ "v": DOCUMENT_VERSION, "done": true, "output": output })
            }
            Step::Done(Err(error)) => json!({
                "v": DOCUMENT_VERSION,
                "done": true,
                "error": error,
                "retryable": error.code.retryable(),
                "http_status": error.code.http_status(),
            }),
        }
    }
}

/// The number of the step, its answer, and the time at which that came, in milliseconds since
/// 1970, UTC.
fn read_answer(document: &str, body: Vec<u8>) -> Option<(u32, Answer, i64)> {
    let Ok(Json::Object(fields)) = document::parse(document) else {
        return None;
    };
    let step = FromJson::from_json(fields.get("step")?)?;
    let now_ms = FromJson::from_json(fields.get("now_ms")?)?;
    Some((step, answer_of(fields, body)?, now_ms))
}

/// An answer as hosts write it; `answer` says which of the fields there are. `None` where one is
/// missing or of another kind. An HTTP answer's body travels beside the document.
fn answer_of(mut fields: Map<String, Json>, body: Vec<u8>) -> Option<Answer> {
    let mut take = |name: &str| fields.remove(name).unwrap_or_default();
    let kind = take("answer");
    Some(match kind.as_str()? {
        "http" => Answer::Http(Ok(HttpResponse {
            status: FromJson::from_json(&take("status"))?,
            headers: headers(&take("headers"))?,
            body,
        })),
        "http_fault" => Answer::Http(Err(HttpFault::parse(take("fault").as_str()?)?)),
        "rows" => Answer::Load(Ok(rows(take("rows"))?)),
        "load_fault" => Answer::Load(Err(store_fault(&take("fault"))?)),
        "committed" => Answer::Commit(Ok(())),
        "commit_fault" => Answer::Commit(Err(store_fault(&take("fault"))?)),
        "elapsed" => Answer::Wait,
        _ => return None,
    })
}

fn headers(pairs: &Json) -> Option<Vec<(String, String)>> {
    let mut headers = Vec::new();
    for pair in pairs.as_array().map(Vec::as_slice).unwrap_or_default() {
        let [name, value] = pair.as_array()?.as_slice() else {
            return None;
        };
        headers.push((name.as_str()?.to_owned(), value.as_str()?.to_owned()));
    }
    Some(headers)
}

fn rows(tables: Json) -> Option<Vec<Rows>> {
    let Json::Array(tables) = tables else {
        return None;
    };
    let mut all = Vec::with_capacity(tables.len());
    for table in tables {
        let Json::Array(table) = table else {
            return None;
        };
        let mut rows = Rows::with_capacity(table.len());
        for row in table {
            let Json::Array(row) = row else {
                return None;
            };
            let mut values = Vec::with_capacity(row.len());
            for value in row {
                values.push(Value::of_json(value)?);
            }
            rows.push(values);
        }
        all.push(rows);
    }
    Some(all)
}

fn store_fault(fault: &Json) -> Option<StoreFault> {
    let class = FaultClass::parse(fault.get("class")?.as_str()?)?;
    Some(StoreFault::new(class, fault.get("code")?.as_str()?))
}

impl<T: Send + 'static> Flow<T> {
    /// Hands in an answer as a document, with an HTTP answer's body beside it. A document that
    /// cannot be read, or that answers something else, ends the flow as misused.
    pub fn answer_document(&mut self, document: &str, body: Vec<u8>) {
        let (step, answer, now_ms) = read_answer(document, body).unwrap_or((0, Answer::Wait, 0));
        self.answer(step, answer, now_ms);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ErrorCode;
    use crate::store::Dialect;

    fn shop() -> Arc<Shop> {
        let config = crate::Config::from_json(
            r#"{"mode":"test","api_key":"cp_test_a",
                "business_id":"7b8f2c1e-5d5c-4c6e-9a51-2f6f3f1d9f10"}"#,
        );
        Shop::new(config.expect("reads"), Dialect::Sqlite).expect("opens")
    }

    const START: Start = Start {
        now_ms: 1_000,
        randomness: [1; 32],
    };

    #[test]
    fn every_operation_starts_by_its_name_and_no_other_does() {
        let document = r#"{"order_id":"o","customer_id":"c","currency":"USD","total":"1",
            "blockchain":"BTC","cart_id":"c","reason":"shop","decision":"close","actor":"a",
            "refund_id":"r","amount":"1","adjustment_id":"a","sku":"s","delta":1,
            "kind":"ship_order","claim_no":1,"error":"e","settlement":"done"}"#;
        for name in OPERATIONS {
            let flow = shop().start(START, name, document, Vec::new());
            assert!(flow.is_ok(), "{name}: {flow:?}");
        }
        let error = shop()
            .start(START, "destroy", document, Vec::new())
            .expect_err("none");
        assert_eq!(error.code, ErrorCode::InvalidInput);
    }

    #[test]
    fn a_document_that_does_not_fit_is_named_without_its_values() {
        let error = shop()
            .start(
                START,
                "resolve_review",
                r#"{"order_id":"secret"}"#,
                Vec::new(),
            )
            .expect_err("incomplete");
        assert_eq!(error.code, ErrorCode::InvalidInput);
        assert!(!error.message.contains("secret"), "{}", error.message);
    }

    #[test]
    fn steps_and_answers_travel_as_documents() {
        let mut flow = shop()
            .start(START, "health", "", Vec::new())
            .expect("starts");
        let step = flow.step_document();
        assert_eq!(
            (&step["v"], &step["step"], &step["request"]),
            (&json!(1), &json!(1), &json!("load"))
        );
        let rows =
            vec![Json::Array(Vec::new()); step["with"].as_array().expect("statements").len()];
        let answer = json!({ "step": 1, "now_ms": 1_001, "answer": "rows", "rows": rows });
        flow.answer_document(&answer.to_string(), Vec::new());
        let done = flow.step_document();
        assert_eq!(done["done"], json!(true));
        assert_eq!(done["output"]["ok"], json!(false), "nobody has called work");
    }

    #[test]
    fn a_webhook_answer_carries_the_body_that_the_endpoint_sends() {
        let document = r#"{"signature":"t=1,v1=00"}"#;
        let mut flow = shop()
            .start(START, "handle_webhook", document, b"{}".to_vec())
            .expect("starts");
        let mut done = flow.step_document();
        // What was refused is written down, at most once a minute.
        if done["done"] != json!(true) {
            let fault = json!({ "class": "fatal", "code": "GONE" });
            let kind = format!("{}_fault", done["request"].as_str().expect("a request"));
            let answer = json!({ "step": 1, "now_ms": 1_001, "answer": kind, "fault": fault });
            flow.answer_document(&answer.to_string(), Vec::new());
            done = flow.step_document();
        }
        assert_eq!(done["output"]["http_status"], json!(401));
        assert_eq!(
            done["output"]["body"],
            json!(r#"{"error":"secret_missing"}"#)
        );
    }

    #[test]
    fn an_unreadable_answer_ends_the_flow() {
        for answer in [
            "",
            "{}",
            r#"{"step":1,"now_ms":1,"answer":"elapsed"}"#,
            "[1]",
        ] {
            let mut flow = shop()
                .start(START, "health", "", Vec::new())
                .expect("starts");
            flow.answer_document(answer, Vec::new());
            assert_eq!(
                flow.step_document()["error"]["code"],
                json!("flow_misused"),
                "{answer}"
            );
        }
    }
}
