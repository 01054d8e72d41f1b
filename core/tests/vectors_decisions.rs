//! Runs the shared vectors for the life of an order and for what reports state. Every binding
//! runs the same files.

use std::collections::BTreeSet;
use std::fs;

use coinpay_core::api::PaymentReport;
use coinpay_core::money::{Chain, Units};
use coinpay_core::order::{
    Alert, Ask, Circumstances, Decision, Evidence, Expected, Input, Outcome, Quote, ShipCall,
    StockMode, StockMove, StockState, Terms, decide, facts_of, view,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

#[test]
fn orders_come_out_as_the_vectors_say() {
    let file = read("decisions.json");
    run(&file, 55, |case| scenario(&file, case));
}

#[test]
fn reports_are_matched_as_the_vectors_say() {
    let file = read("matching.json");
    run(&file, 67, |case| matched(&file, case));
}

fn scenario(file: &Value, case: &Value) -> Value {
    let terms: Terms = parse(&over(&file["terms"], &case["terms"]));
    let stock = match terms.stock {
        StockMode::Off => StockState::Off,
        StockMode::Managed | StockMode::Host => StockState::Held,
    };
    let deadline_at_ms = file["deadline_at_ms"].as_i64().unwrap();
    let mut evidence = Evidence::opened(deadline_at_ms, stock);
    let opening = [
        json!({"at_ms": 0, "input": {
            "input": "attempt_requested", "attempt": 1, "deadline_at_ms": deadline_at_ms,
        }}),
        json!({"at_ms": 0, "input": {
            "input": "attempt_opened", "attempt": 1,
            "quote": {"chain": "ETH", "crypto": "1000000000000000000", "worth": "10000"},
        }}),
    ];
    let mut outcome = Outcome::Applied;
    let mut effects = Vec::new();
    for told in opening.iter().chain(case["told"].as_array().unwrap()) {
        let circumstances = Circumstances {
            now_ms: told["at_ms"].as_i64().unwrap(),
            stock_available: told["stock_available"].as_bool().unwrap_or(true),
            newer_order: told["newer_order"].as_bool().unwrap_or(false),
        };
        let input: Input = parse(&told["input"]);
        let decision = decide(&terms, &evidence, &input, &circumstances);
        effects.extend(words(&decision));
        evidence = decision.evidence;
        outcome = decision.outcome;
    }
    let view = view(&terms, &evidence);
    json!({
        "last_outcome": outcome_words(&outcome),
        "status": view.status,
        "payment_status": view.payment_status,
        "attention": view.attention,
        "credited": view.ledger.credited,
        "refund_due": view.ledger.refund_due,
        "stock": evidence.stock,
        "effects": effects,
    })
}

fn outcome_words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Applied => "applied".into(),
        Outcome::AlreadyApplied => "already_applied".into(),
        Outcome::Stale => "stale".into(),
        Outcome::Conflicting { field } => format!("conflicting {field}"),
        Outcome::Rejected { reason } => format!("rejected {reason}"),
    }
}

/// What the shelf, the carrier and the host have to do, in this order.
fn words(decision: &Decision) -> Vec<String> {
    let mut words = Vec::new();
    if decision.stock != StockMove::None {
        words.push(format!("stock: {}", name(&json!(decision.stock))));
    }
    if decision.ship != ShipCall::Leave {
        words.push(format!("ship: {}", name(&json!(decision.ship))));
    }
    words.extend(decision.asks.iter().map(|ask| match ask {
        Ask::SendConfirmationEmail => "send_confirmation_email".into(),
        Ask::OrderStatusChanged => "order_status_changed".into(),
        Ask::ReserveStock { reservation_no } => format!("reserve_stock {reservation_no}"),
        Ask::ReleaseStock { reservation_no } => format!("release_stock {reservation_no}"),
        Ask::Alert { alert, .. } => match alert {
            Alert::Review { reason } => format!("alert: review {reason}"),
            Alert::RefundDue { amount, reason } => {
                format!("alert: refund_due {amount} {reason}")
            }
            Alert::ForwardingFailed => "alert: forwarding_failed".into(),
            Alert::PaymentFailed => "alert: payment_failed".into(),
            Alert::Oversold => "alert: oversold".into(),
        },
    }));
    words
}

fn name(word: &Value) -> String {
    word.as_str().unwrap().to_owned()
}

fn matched(file: &Value, case: &Value) -> Value {
    let stored = over(&file["expected"], &case["expected"]);
    let quote = Quote {
        chain: parse::<Chain>(&stored["chain"]),
        crypto: parse(&stored["crypto"]),
        worth: Units(10_000),
    };
    let expected = Expected {
        business_id: stored["business_id"].as_str().unwrap(),
        address: stored["address"].as_str(),
        quote: &quote,
        usd_cents: parse(&stored["usd_cents"]),
    };
    let report = PaymentReport::read(case["report"].as_object().unwrap());
    assert!(report.unreadable.is_empty(), "{:?}", report.unreadable);
    let kind = case.get("kind").map(parse);
    let facts = json!(facts_of(&report, kind, &expected));
    let nothing = [json!(null), json!(false), json!([])];
    let mut facts: Map<String, Value> = parse(&facts);
    facts.retain(|_, fact| !nothing.contains(fact));
    Value::Object(facts)
}

#[allow(clippy::disallowed_methods, reason = "the vectors are files")]
fn read(file: &str) -> Value {
    let path = format!("{}/../tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap()
}

fn parse<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{value}: {error}"))
}

/// The fields of `defaults`, those of `own` over them.
fn over(defaults: &Value, own: &Value) -> Value {
    let mut fields = defaults.as_object().unwrap().clone();
    fields.extend(own.as_object().cloned().unwrap_or_default());
    Value::Object(fields)
}

/// Runs every case, lists all that differ, and holds the file to its number of cases.
fn run(file: &Value, expected_cases: usize, judge: impl Fn(&Value) -> Value) {
    let mut names = BTreeSet::new();
    let mut differing = Vec::new();
    for case in file["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        assert!(names.insert(name), "two cases are called {name}");
        let actual = judge(case);
        if actual != case["gives"] {
            let expected = &case["gives"];
            differing.push(format!("{name}\n  is   {actual}\n  not  {expected}"));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    assert_eq!(
        names.len(),
        expected_cases,
        "the number of cases changed: is that meant?"
    );
}
