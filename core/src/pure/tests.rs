//! The calls by their names, with the shared vectors as their arguments.

use std::fs;

use super::*;

fn vectors(name: &str) -> Json {
    let path = format!("{}/../tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).expect(&path);
    serde_json::from_str(&text).expect(&path)
}

fn body(case: &Json) -> Vec<u8> {
    if let Some(text) = case.get("body").and_then(Json::as_str) {
        return text.as_bytes().to_vec();
    }
    if let Some(hex) = case.get("body_hex").and_then(Json::as_str) {
        return hex::decode(hex).expect("hex");
    }
    let Some(repeat) = case.get("body_repeat") else {
        return Vec::new();
    };
    let times = repeat["times"].as_u64().expect("times");
    let text = repeat["text"].as_str().expect("a text");
    text.repeat(usize::try_from(times).expect("times"))
        .into_bytes()
}

/// Runs a file and answers how many of its cases came out as they say.
fn run(name: &str) -> usize {
    let file = vectors(name);
    let cases = file["cases"].as_array().expect("cases");
    for case in cases {
        let mut arguments = file["every"].as_object().cloned().unwrap_or_default();
        arguments.extend(case.as_object().expect("a case").clone());
        let call_name = arguments.get("call").and_then(Json::as_str);
        let call_name = call_name.unwrap_or("fault_error").to_owned();
        let arguments = Json::Object(arguments);
        let outcome = call(&call_name, &arguments.to_string(), &body(case));
        let what = &case["name"];
        match (outcome, case.get("gives"), case.get("error")) {
            (Ok(value), Some(gives), None) => assert_eq!(value, *gives, "{what}"),
            (Err(refusal), None, Some(error)) => {
                let document = refusal.document();
                if error.is_string() {
                    assert_eq!(document["code"], *error, "{what}");
                } else {
                    for (field, value) in error.as_object().expect("an object") {
                        assert_eq!(document.get(field), Some(value), "{what}: {field}");
                    }
                }
                for field in ["cause", "skew_s"] {
                    if let Some(value) = case.get(field) {
                        assert_eq!(document.get(field), Some(value), "{what}: {field}");
                    }
                }
            }
            (outcome, gives, error) => panic!("{what}: {outcome:?}, not {gives:?} {error:?}"),
        }
    }
    cases.len()
}

#[test]
fn every_vector_that_needs_nothing_comes_out_by_the_name_of_its_call() {
    let counts = vectors("manifest.json");
    for name in [
        "amounts.json",
        "api_answers.json",
        "api_requests.json",
        #[cfg(feature = "verdicts")]
        "decisions.json",
        #[cfg(feature = "verdicts")]
        "matching.json",
        "payment_uris.json",
        "webhook_events.json",
        "webhook_signatures.json",
    ] {
        assert_eq!(json!(run(name)), counts["files"][name], "{name}");
    }
}

#[cfg(feature = "verdicts")]
#[test]
fn the_reports_of_the_vectors_can_be_read() {
    for case in vectors("matching.json")["cases"].as_array().expect("cases") {
        let report = case["report"].as_object().expect("a report");
        let unreadable = crate::api::PaymentReport::read(report).unreadable;
        assert!(unreadable.is_empty(), "{}: {unreadable:?}", case["name"]);
    }
}

#[cfg(feature = "verdicts")]
#[test]
fn what_cannot_be_previewed_is_refused() {
    let file = vectors("decisions.json");
    let mut good = file["every"].as_object().expect("fields").clone();
    good.insert("told".to_owned(), Json::Array(Vec::new()));
    let preview = |arguments: Map<String, Json>| {
        let said = call("preview_order", &Json::Object(arguments).to_string(), b"");
        said.map_err(|refusal| refusal.error.code)
    };
    assert!(preview(good.clone()).is_ok());
    for (field, value) in [
        ("terms", "{\"currency\": \"USD\"}"),
        ("deadline_at_ms", "\"soon\""),
        ("quote", "null"),
        ("told", "{}"),
        ("told", r#"[{"input": {"input": "closed"}}]"#),
        ("told", r#"[{"at_ms": 1}]"#),
        ("told", r#"[{"at_ms": 1, "input": {"input": "wished"}}]"#),
        (
            "told",
            r#"[{"at_ms": 1, "newer_order": 1, "input": {"input": "closed"}}]"#,
        ),
    ] {
        let mut bad = good.clone();
        bad.insert(field.to_owned(), read(value).expect("JSON"));
        assert_eq!(preview(bad), Err(ErrorCode::InvalidInput), "{value}");
    }
}

#[test]
fn every_name_is_known_and_no_other_is() {
    let unknown = Error::invalid("call", "there is none of that name");
    for name in CALLS {
        let asked = call(name, "{}", b"");
        assert_ne!(asked, Err(unknown.clone().into()), "{name}");
    }
    assert_eq!(call("destroy", "{}", b""), Err(unknown.into()));
}

#[test]
fn arguments_that_do_not_fit_are_refused_without_their_values() {
    for name in CALLS {
        for arguments in [
            "[\"hunter2\"]",
            "{\"secrets\":\"hunter2\"}",
            "hunter2",
            "{\"a\"",
        ] {
            if let Err(refusal) = call(name, arguments, b"") {
                let said = refusal.document().to_string();
                assert!(!said.contains("hunter2"), "{name}: {said}");
            }
        }
    }
}
