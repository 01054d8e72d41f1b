//! The calls by their names: a vector for each call and for each way in which it ends.

use std::collections::BTreeSet;

use coinpay::{coinpay_call, coinpay_slice};
use serde_json::Value as Json;

use crate::support::{Failed, bytes, code, covers, given, impossible, no_texts, none, text};

pub(crate) const EXPORTS: &[&str] = &["coinpay_call"];

const VECTORS: [&str; 8] = [
    include_str!("../../../tests/vectors/amounts.json"),
    include_str!("../../../tests/vectors/api_answers.json"),
    include_str!("../../../tests/vectors/api_requests.json"),
    include_str!("../../../tests/vectors/decisions.json"),
    include_str!("../../../tests/vectors/matching.json"),
    include_str!("../../../tests/vectors/payment_uris.json"),
    include_str!("../../../tests/vectors/webhook_events.json"),
    include_str!("../../../tests/vectors/webhook_signatures.json"),
];

fn call(
    name: coinpay_slice,
    arguments: coinpay_slice,
    body: coinpay_slice,
) -> Result<Json, Failed> {
    given("coinpay_call", |out, err| {
        // SAFETY: the slices are readable or impossible; the places are of this call.
        unsafe { coinpay_call(name, arguments, body, out, err) }
    })
    .map(|value| serde_json::from_slice(&value).expect("JSON"))
}

#[test]
fn each_call_comes_out_in_each_way_that_the_vectors_know() {
    covers(EXPORTS, || {
        let mut seen = BTreeSet::new();
        for file in VECTORS {
            let file: Json = serde_json::from_str(file).expect("vectors are JSON");
            for case in file["cases"].as_array().expect("cases") {
                let mut case = case.clone();
                for (field, value) in file["every"].as_object().into_iter().flatten() {
                    if case.get(field).is_none() {
                        case[field.as_str()] = value.clone();
                    }
                }
                let error = &case["error"];
                let ends_in = error.get("code").unwrap_or(error);
                let is_first = seen.insert((case["call"].to_string(), ends_in.to_string()));
                // A body of a mebibyte is for the other tests of the vectors.
                if is_first && case.get("body_repeat").is_none() {
                    play(&case, ends_in);
                }
            }
        }
        assert!(seen.len() > 50, "{seen:?}");
    });
}

fn play(case: &Json, ends_in: &Json) {
    let what = &case["name"];
    let plain = case["body"].as_str().map(|text| text.as_bytes().to_vec());
    let hex = case["body_hex"].as_str().map(unhex);
    let body = plain.or(hex).unwrap_or_default();
    let name = case["call"].as_str().unwrap_or("fault_error");
    match call(text(name), text(&case.to_string()), bytes(&body)) {
        Ok(value) => assert_eq!(value, case["gives"], "{what}"),
        Err(failed) => assert_eq!(failed.0["code"], *ends_in, "{what}"),
    }
}

fn unhex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    let pairs = pairs.map(|pair| std::str::from_utf8(pair).expect("ASCII"));
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).expect("hex"))
        .collect()
}

#[test]
fn what_is_no_call_is_refused() {
    let arguments = text(r#"{"code":"BTC"}"#);
    assert_eq!(code(call(text("chain"), arguments, none())), "ok");
    assert_eq!(code(call(text("destroy"), none(), none())), "invalid_input");
    assert_eq!(
        code(call(text("chain"), text("{"), none())),
        "invalid_input"
    );
    for wrong in no_texts() {
        assert_eq!(code(call(wrong, none(), none())), "invalid_input");
        assert_eq!(code(call(text("chain"), wrong, none())), "invalid_input");
    }
    for wrong in impossible() {
        assert_eq!(
            code(call(text("parse_webhook"), none(), wrong)),
            "invalid_input"
        );
    }
}
