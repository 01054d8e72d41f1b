//! Webhooks without an engine.

use std::mem::MaybeUninit;
use std::ptr;

use coinpay::coinpay_webhook_verify;
use coinpay::{coinpay_secrets, coinpay_secrets_free, coinpay_secrets_new, coinpay_slice};
use coinpay::{coinpay_status, coinpay_verified, coinpay_webhook_parse, coinpay_webhook_sign};
use serde_json::Value as Json;

use crate::support::{
    Failed, Shared, bytes, code, covers, given, impossible, no_texts, none, note, text, told,
};

pub(crate) const EXPORTS: &[&str] = &[
    "coinpay_secrets_new",
    "coinpay_secrets_free",
    "coinpay_webhook_verify",
    "coinpay_webhook_parse",
    "coinpay_webhook_sign",
];

const BODY: &str = r#"{"id":"evt_1","type":"payment.confirmed","created_at":"2026-11-22T12:00:00Z",
"data":{"payment_id":"3f6c0d6e-8f5b-4c69-9b0e-0c8b5d6f7a11","status":"confirmed",
"blockchain":"BTC","amount_crypto":"0.00042","payment_address":"bc1qexample"}}"#;
const SIGNED_S: i64 = 1_795_348_800;
const NOW_MS: i64 = SIGNED_S * 1000;

fn secrets(list: coinpay_slice) -> Result<*mut coinpay_secrets, Failed> {
    let mut place = MaybeUninit::uninit();
    let made = told("coinpay_secrets_new", |err| {
        // SAFETY: the list is readable or impossible; the places are of this call.
        unsafe { coinpay_secrets_new(list, place.as_mut_ptr(), err) }
    });
    // SAFETY: every call writes the place before anything else.
    let secrets = unsafe { place.assume_init() };
    assert_eq!(secrets.is_null(), made.is_err());
    made.map(|()| secrets)
}

fn free(secrets: *mut coinpay_secrets) {
    // SAFETY: NULL, or made and not freed before.
    unsafe { coinpay_secrets_free(secrets) };
    note("coinpay_secrets_free", !secrets.is_null());
}

fn sign(body: coinpay_slice, secret: coinpay_slice, timestamp_s: i64) -> Result<String, Failed> {
    given("coinpay_webhook_sign", |out, err| {
        // SAFETY: as in `secrets`.
        unsafe { coinpay_webhook_sign(body, secret, timestamp_s, out, err) }
    })
    .map(|header| String::from_utf8(header).expect("text"))
}

fn verify(
    secrets: *const coinpay_secrets,
    body: coinpay_slice,
    header: coinpay_slice,
    now_ms: i64,
) -> Result<coinpay_verified, Failed> {
    let mut verified = MaybeUninit::uninit();
    told("coinpay_webhook_verify", |err| {
        let place = verified.as_mut_ptr();
        // SAFETY: as in `secrets`; they are NULL or made.
        unsafe { coinpay_webhook_verify(secrets, body, header, now_ms, 300, place, err) }
    })
    // SAFETY: a call that goes well writes it.
    .map(|()| unsafe { verified.assume_init() })
}

fn parse(body: coinpay_slice) -> Result<Json, Failed> {
    given("coinpay_webhook_parse", |out, err| {
        // SAFETY: as in `secrets`.
        unsafe { coinpay_webhook_parse(body, out, err) }
    })
    .map(|event| serde_json::from_slice(&event).expect("JSON"))
}

#[test]
fn secrets_are_kept_or_refused() {
    covers(&["coinpay_secrets_new", "coinpay_secrets_free"], || {
        for list in ["[]", r#"["whsec_a"]"#, r#"["new","",   "old"]"#] {
            free(secrets(text(list)).expect("a list of texts"));
        }
        for wrong in ["", "{}", "[1]", "[\"a\""] {
            assert_eq!(code(secrets(text(wrong))), "invalid_input");
        }
        for wrong in no_texts() {
            assert_eq!(code(secrets(wrong)), "invalid_input");
        }
        let nowhere = told("coinpay_secrets_new", |err| {
            // SAFETY: NULL is refused.
            unsafe { coinpay_secrets_new(text("[]"), ptr::null_mut(), err) }
        });
        assert_eq!(code(nowhere), "invalid_input");
        free(ptr::null_mut());
    });
}

#[test]
fn what_is_signed_is_verified_and_nothing_else() {
    covers(&["coinpay_webhook_sign", "coinpay_webhook_verify"], || {
        let kept = secrets(text(r#"["whsec_new","whsec_old"]"#)).expect("secrets");
        let body = text(BODY);
        let header = sign(body, text("whsec_old"), SIGNED_S).expect("a header");
        let found = verify(kept, body, text(&header), NOW_MS).expect("authentic");
        assert_eq!((found.timestamp_s, found.secret_index), (SIGNED_S, 1));
        let sound = [
            (text("{}"), text(&header), NOW_MS, "signature_wrong"),
            (body, none(), NOW_MS, "signature_missing"),
            (body, text(""), NOW_MS, "signature_missing"),
            (body, text("t=,v1="), NOW_MS, "signature_malformed"),
            (body, text(&header), NOW_MS + 301_000, "signature_stale"),
            (body, text(&header), i64::MIN, "signature_stale"),
        ];
        for (body, header, now_ms, wanted) in sound {
            assert_eq!(code(verify(kept, body, header, now_ms)), wanted);
        }
        for wrong in impossible() {
            assert_eq!(
                code(verify(kept, wrong, text(&header), NOW_MS)),
                "invalid_input"
            );
            assert_eq!(
                code(sign(wrong, text("whsec_old"), SIGNED_S)),
                "invalid_input"
            );
        }
        for wrong in no_texts() {
            assert_eq!(code(verify(kept, body, wrong, NOW_MS)), "invalid_input");
            assert_eq!(code(sign(body, wrong, SIGNED_S)), "invalid_input");
        }
        assert_eq!(code(sign(body, none(), SIGNED_S)), "invalid_input");
        assert_eq!(
            code(verify(ptr::null(), body, none(), NOW_MS)),
            "invalid_input"
        );
        free(kept);
        let blank = secrets(text("[\" \"]")).expect("a list");
        assert_eq!(
            code(verify(blank, body, text(&header), NOW_MS)),
            "secret_missing"
        );
        free(blank);
    });
}

#[test]
fn who_only_wants_the_status_gives_no_places() {
    let kept = secrets(text(r#"["whsec"]"#)).expect("secrets");
    let header = sign(text(BODY), text("whsec"), SIGNED_S).expect("a header");
    for (body, wanted) in [
        (BODY, coinpay_status::Ok),
        ("{}", coinpay_status::SignatureWrong),
    ] {
        let (verified, err) = (ptr::null_mut(), ptr::null_mut());
        let (body, header) = (text(body), text(&header));
        // SAFETY: NULL is allowed for both.
        let status =
            unsafe { coinpay_webhook_verify(kept, body, header, NOW_MS, 300, verified, err) };
        assert_eq!(status, wanted);
    }
    free(kept);
}

#[test]
fn threads_verify_with_the_same_secrets_at_once() {
    let kept = secrets(text(r#"["whsec"]"#)).expect("secrets");
    let header = sign(text(BODY), text("whsec"), SIGNED_S).expect("a header");
    let shared = Shared(kept.cast_const());
    std::thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| {
                let (body, header) = (text(BODY), text(&header));
                let found = verify(shared.get(), body, header, NOW_MS);
                assert_eq!(found.expect("authentic").timestamp_s, SIGNED_S);
            });
        }
    });
    free(kept);
}

#[test]
fn a_body_is_read_or_refused() {
    covers(&["coinpay_webhook_parse"], || {
        let event = parse(text(BODY)).expect("an event");
        assert_eq!(event["type_name"], "payment.confirmed");
        for wrong in [text(""), text("[]"), text("{"), bytes(b"\xff\xfe")] {
            assert_eq!(code(parse(wrong)), "webhook_unreadable");
        }
        for wrong in impossible() {
            assert_eq!(code(parse(wrong)), "invalid_input");
        }
    });
}
