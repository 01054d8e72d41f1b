//! `coinpay trigger`.

use coinpay_core::order::Status;
use coinpay_core::webhook::{EventKind, TOLERANCE_S, parse_webhook, verify_webhook};
use coinpay_core::{Clock, Secret, SystemClock};
use serde_json::{Value, json};

use crate::endpoint::{Endpoint, Hook};
use crate::place::{Place, payment_of};
use crate::run::{OLD_SECRET, SECRET};

fn accepting() -> Endpoint {
    Endpoint::answering(|_| (200, "{\"received\":true}".to_owned()))
}

fn is_authentic(hook: &Hook, secret: &str) -> bool {
    let secrets = [Secret::new(secret)];
    let (signature, now_ms) = (hook.signature.as_deref(), SystemClock.now_ms());
    verify_webhook(&hook.body, signature, &secrets, now_ms, TOLERANCE_S).is_ok()
}

#[test]
fn an_event_is_signed_with_the_newest_secret_and_posted_as_the_gateway_does() {
    let place = Place::new();
    let endpoint = accepting();
    let json = place
        .run(&[
            "trigger",
            "payment.confirmed",
            "--to",
            &endpoint.url,
            "--json",
        ])
        .ends(0)
        .json();
    assert_eq!(json["ok"], true);
    assert_eq!(json["status"], 200);
    assert_eq!(json["answer"], "{\"received\":true}");
    assert_eq!(json["shape"], "monitor");
    let hook = endpoint.only_hook();
    assert!(is_authentic(&hook, SECRET) && !is_authentic(&hook, OLD_SECRET));
    assert_eq!(hook.agent.as_deref(), Some("CoinPay-Webhook/1.0"));
    let sent: Value = serde_json::from_slice(&hook.body).expect("JSON");
    assert_eq!(json["event"], sent);
    assert_eq!(sent["business_id"], crate::place::BUSINESS);
}

#[test]
fn a_payment_that_the_gateway_knows_is_confirmed_to_the_shop() {
    let place = Place::new();
    let checkout = place.order(0);
    let payment = payment_of(&checkout);
    let endpoint = Endpoint::of_shop(place.engine(0));
    let to = ["--to", &endpoint.url, "--payment-id", &payment];
    for shape in ["monitor", "balance_check", "forwarding"] {
        let shape = ["trigger", "payment.confirmed", "--shape", shape];
        place
            .run(&[&shape[..], &to].concat())
            .ends(0)
            .says("taken\n  200 ");
    }
    assert_eq!(place.status_of(&checkout), Status::Paid);
    let story = place.run(&["explain", &checkout.order_id, "--json"]).json();
    assert_eq!(story["order"]["attention"], json!([]), "{story}");
    assert_eq!(story["events"].as_array().map(Vec::len), Some(3));
}

#[test]
fn given_fields_of_the_data_count() {
    let place = Place::new();
    let checkout = place.order(0);
    let payment = payment_of(&checkout);
    let endpoint = Endpoint::of_shop(place.engine(0));
    let short = ["--data", "{\"received_amount\": 0.00000001}"];
    let event = [
        "trigger",
        "payment.confirmed",
        "--to",
        &endpoint.url,
        "--payment-id",
        &payment,
    ];
    place.run(&[&event[..], &short].concat()).ends(0);
    assert_eq!(place.status_of(&checkout), Status::NeedsReview);
    place.run(&[&event[..], &["--data", "[]"]].concat()).ends(2);
}

#[test]
fn facts_that_nobody_knows_are_left_out() {
    let mut place = Place::new();
    let endpoint = accepting();
    let event = [
        "trigger",
        "payment.forwarded",
        "--to",
        &endpoint.url,
        "--payment-id",
        "strange",
    ];
    let event = [&event[..], &["--json"]].concat();
    let ran = place.run(&event).ends(0);
    assert!(
        ran.stderr.contains("amounts and address are left out"),
        "{ran:#?}"
    );
    assert_eq!(ran.json()["shape"], "forwarding");
    let data = &ran.json()["event"]["data"];
    assert_eq!(data["payment_id"], "strange");
    assert_eq!(data["payment_address"], Value::Null);
    place.set("COINPAY_BASE_URL", None);
    assert_eq!(place.run(&event).ends(0).stderr, "");
}

#[test]
fn a_shop_refuses_every_bad_event_and_that_is_success() {
    let place = Place::new();
    let endpoint = Endpoint::of_shop(place.engine(0));
    for bad in ["signature", "stale", "missing", "reserialised"] {
        let event = [
            "trigger",
            "payment.confirmed",
            "--to",
            &endpoint.url,
            "--bad",
            bad,
        ];
        place
            .run(&event)
            .ends(0)
            .says("refused, as it has to be\n  401 ");
    }
    assert_eq!(endpoint.count(), 4);
}

#[test]
fn a_bad_event_that_is_taken_is_a_problem() {
    let place = Place::new();
    for status in [200, 500] {
        let endpoint = Endpoint::answering(move |_| (status, String::new()));
        let event = [
            "trigger",
            "payment.confirmed",
            "--to",
            &endpoint.url,
            "--bad",
            "stale",
        ];
        place.run(&event).ends(1).says("NOT refused");
        let json = place
            .run(&[&event[..], &["--json"]].concat())
            .ends(1)
            .json();
        assert_eq!(
            (&json["ok"], &json["status"]),
            (&json!(false), &json!(status))
        );
    }
}

#[test]
fn any_answer_but_2xx_and_none_at_all_are_problems() {
    let place = Place::new();
    for status in [302, 401, 500] {
        let endpoint = Endpoint::answering(move |_| (status, "no".to_owned()));
        let event = ["trigger", "test.webhook", "--to", &endpoint.url];
        place
            .run(&event)
            .ends(1)
            .says(&format!("NOT taken\n  {status} no"));
    }
    let nobody = ["trigger", "test.webhook", "--to", "http://127.0.0.1:9/hook"];
    place
        .run(&nobody)
        .ends(1)
        .says("no answer: nobody listens there");
    let json = place
        .run(&[&nobody[..], &["--json"]].concat())
        .ends(1)
        .json();
    assert_eq!(json["status"], Value::Null);
}

#[test]
fn a_secret_that_the_shop_answers_with_is_not_printed() {
    let place = Place::new();
    let endpoint = Endpoint::answering(|_| (500, format!("the secret is {SECRET}\u{1b}[2J")));
    for json in [&["--json"][..], &[]] {
        let event = ["trigger", "test.webhook", "--to", &endpoint.url];
        // The run itself fails where a secret is printed.
        let ran = place
            .run(&[&event[..], json].concat())
            .ends(1)
            .says("the secret is [secret]");
        assert!(!ran.stdout.contains('\u{1b}'), "{ran:#?}");
    }
}

#[test]
fn another_machine_is_asked_for_by_name_and_over_https_only() {
    let place = Place::new();
    for to in [
        "https://shop.invalid/hook",
        "http://shop.invalid/hook",
        "127.0.0.1:3000",
    ] {
        let json = place
            .run(&["trigger", "test.webhook", "--to", to, "--json"])
            .ends(2)
            .json();
        assert_eq!(json["error"]["code"], "invalid_input", "{to}");
    }
    let plain = [
        "trigger",
        "test.webhook",
        "--to",
        "http://shop.invalid/",
        "--allow-remote",
    ];
    place.run(&plain).ends(2);
    // Allowed, and not there: the name is reserved for not existing.
    let remote = [
        "trigger",
        "test.webhook",
        "--to",
        "https://shop.invalid/",
        "--allow-remote",
    ];
    place.run(&remote).ends(1).says("no answer");
}

#[test]
fn the_types_are_listed_and_others_are_refused() {
    let mut place = Place::new();
    let json = place.run(&["trigger", "--list", "--json"]).ends(0).json();
    let names: Vec<_> = EventKind::ALL.iter().map(|(_, name)| *name).collect();
    assert_eq!(json["events"], json!(names));
    let ran = place.run(&["trigger", "--list"]).ends(0);
    assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), names);
    let typo = ["trigger", "payment.confirmd", "--to", "http://127.0.0.1:9/"];
    place.run(&typo).ends(2);
    place.run(&["trigger", "payment.confirmed"]).ends(2);
    place.set("COINPAY_WEBHOOK_SECRETS", None);
    let event = ["trigger", "test.webhook", "--to", "http://127.0.0.1:9/"];
    place.run(&event).ends(2);
}

#[test]
fn every_type_can_be_sent_in_every_shape() {
    let place = Place::new();
    let endpoint = Endpoint::answering(|hook| {
        let status = if parse_webhook(&hook.body).is_ok() {
            200
        } else {
            400
        };
        (status, String::new())
    });
    for shape in ["monitor", "balance_check", "forwarding", "card"] {
        for name in ["payment.confirmed", "payment.expired", "payment.refunded"] {
            place
                .run(&["trigger", name, "--to", &endpoint.url, "--shape", shape])
                .ends(0)
                .says(&format!("{name} ({shape}) for made_up_"));
        }
    }
}
