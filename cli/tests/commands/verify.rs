//! `coinpay verify`.

use coinpay_core::webhook::sign_webhook;
use serde_json::Value;

use crate::place::Place;
use crate::run::{OLD_SECRET, Ran, SECRET};

const BODY: &str = "{\"type\":\"payment.confirmed\",\"data\":{\"payment_id\":\"p1\"}}";
const NOW: i64 = 1_795_392_000;

fn verify(place: &Place, body: &str, signature: &str, more: &[&str]) -> Ran {
    let mut arguments = vec!["verify", "--signature", signature, "--now", "1795392010"];
    arguments.extend(more);
    arguments.push("-");
    place.run_with(&arguments, body.as_bytes())
}

fn signed() -> String {
    sign_webhook(BODY.as_bytes(), SECRET, NOW)
}

#[test]
fn an_authentic_webhook_is_ok_and_the_secret_is_told_by_its_place() {
    let place = Place::new();
    verify(&place, BODY, &signed(), &[])
        .ends(0)
        .says("ok: signed with secret 1 of 2\n  payment.confirmed for p1");
    let old = sign_webhook(BODY.as_bytes(), OLD_SECRET, NOW);
    let json = verify(&place, BODY, &old, &["--json"]).ends(0).json();
    assert_eq!(json["ok"], true);
    assert_eq!(json["secret_index"], 1);
    assert_eq!(json["signed_at_s"], NOW);
    assert_eq!(json["event"]["type"], "payment.confirmed");
    assert_eq!(json["event"]["payment_id"], "p1");
}

#[test]
fn the_body_may_be_a_file_and_secrets_too() {
    let mut place = Place::new();
    place.settings.clear();
    let body = place.folder.write("body.json", BODY);
    let secrets = place
        .folder
        .write("secrets.txt", format!("{OLD_SECRET}\r\n\n{SECRET}\n"));
    let arguments = [
        "--signature",
        &signed(),
        "--now",
        "1795392000",
        "--secret-file",
        &secrets,
    ];
    let mut arguments = [["verify"].as_slice(), &arguments].concat();
    arguments.push(&body);
    place.run(&arguments).ends(0).says("secret 2 of 2");
}

#[test]
fn what_is_authentic_and_no_event_is_said_to_be_so() {
    let place = Place::new();
    let signature = sign_webhook(b"hello", SECRET, NOW);
    verify(&place, "hello", &signature, &[])
        .ends(0)
        .says("but it is no event");
    let json = verify(&place, "hello", &signature, &["--json"])
        .ends(0)
        .json();
    assert_eq!(json["event"], Value::Null);
}

#[test]
fn each_failure_names_its_check_and_the_likely_cause() {
    let place = Place::new();
    let spaced = BODY.replace(':', ": ");
    let old = sign_webhook(BODY.as_bytes(), SECRET, NOW - 3_600);
    let other = sign_webhook(BODY.as_bytes(), "another", NOW);
    let large = "x".repeat(256 * 1024 + 1);
    for (body, signature, code, cause, word) in [
        (
            BODY,
            other.as_str(),
            "signature_wrong",
            "secret_wrong",
            "forged",
        ),
        (
            spaced.as_str(),
            &signed(),
            "signature_wrong",
            "body_reserialised",
            "before any JSON",
        ),
        (BODY, &old, "signature_stale", "clock_skew", "3610 s old"),
        (
            BODY,
            "",
            "signature_missing",
            "header_empty",
            "no webhook secret at the gateway",
        ),
        (
            BODY,
            "t=1,v1=xyz",
            "signature_malformed",
            "header_malformed",
            "unchanged",
        ),
        (
            &large,
            &signed(),
            "body_too_large",
            "body_too_large",
            "longer than any",
        ),
    ] {
        verify(&place, body, signature, &[])
            .ends(1)
            .says(&format!("not authentic: {code}: "))
            .says(word);
        let json = verify(&place, body, signature, &["--json"]).ends(1).json();
        assert_eq!(json["ok"], false);
        assert_eq!(json["error"]["code"], code);
        assert_eq!(json["cause"], cause);
        assert!(
            json["advice"].as_str().expect("advice").contains(word),
            "{json}"
        );
    }
    place
        .run_with(&["verify", "-"], BODY.as_bytes())
        .ends(1)
        .says("does a proxy drop it");
}

#[test]
fn white_space_in_a_secret_file_is_found_out() {
    let place = Place::new();
    let file = place.folder.write("secret.txt", format!("{SECRET} \n"));
    verify(&place, BODY, &signed(), &["--secret-file", &file])
        .ends(1)
        .says("white space at its ends");
}

#[test]
fn without_a_secret_the_configuration_is_wrong() {
    let mut place = Place::new();
    for empty in [None, Some(" , ")] {
        place.set("COINPAY_WEBHOOK_SECRETS", empty);
        let json = verify(&place, BODY, &signed(), &["--json"]).ends(2).json();
        assert_eq!(json["error"]["code"], "secret_missing");
    }
    verify(&place, BODY, &signed(), &["--secret-file", "not-there"]).ends(2);
}

#[test]
fn a_body_that_cannot_be_read_is_a_wrong_command_line() {
    let place = Place::new();
    let ran = place.run(&["verify", "not-there.json"]).ends(2);
    assert!(
        ran.stderr.contains("cannot read not-there.json"),
        "{ran:#?}"
    );
}
