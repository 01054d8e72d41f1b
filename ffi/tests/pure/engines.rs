//! The engine with built-in I/O, as far as it comes without any: one of a database server that is
//! not spoken to before the first operation, and what is refused before that.

use std::mem::MaybeUninit;
use std::ptr;

use coinpay::{coinpay_buffer, coinpay_engine, coinpay_slice, coinpay_status};
use coinpay::{coinpay_engine_call, coinpay_engine_connect, coinpay_engine_free};
use serde_json::json;

use crate::support::{Failed, code, covers, given, impossible, no_texts, none, note, text, told};

/// Of `coinpay_engine_open` and `coinpay_engine_call` only what they refuse: the rest reaches a
/// store.
pub(crate) const EXPORTS: &[&str] = &[
    "coinpay_engine_open",
    "coinpay_engine_connect",
    "coinpay_engine_call",
    "coinpay_engine_free",
];

type Open = unsafe extern "C" fn(
    coinpay_slice,
    *mut *mut coinpay_engine,
    *mut coinpay_buffer,
) -> coinpay_status;

const WAYS: [(&str, Open); 2] = [
    ("coinpay_engine_open", coinpay::coinpay_engine_open),
    ("coinpay_engine_connect", coinpay_engine_connect),
];

fn opened(
    (export, open): (&'static str, Open),
    config: coinpay_slice,
) -> Result<*mut coinpay_engine, Failed> {
    let mut place = MaybeUninit::uninit();
    let made = told(export, |err| {
        // SAFETY: the slice is readable or impossible; the places are of this call.
        unsafe { open(config, place.as_mut_ptr(), err) }
    });
    // SAFETY: every call writes the place before anything else.
    let engine = unsafe { place.assume_init() };
    assert_eq!(engine.is_null(), made.is_err());
    made.map(|()| engine)
}

fn call(
    engine: *const coinpay_engine,
    operation: coinpay_slice,
    input: coinpay_slice,
    body: coinpay_slice,
) -> Result<Vec<u8>, Failed> {
    given("coinpay_engine_call", |out, err| {
        // SAFETY: as in `opened`; the engine is NULL or open.
        unsafe { coinpay_engine_call(engine, operation, input, body, out, err) }
    })
}

fn free(engine: *mut coinpay_engine) {
    // SAFETY: NULL, or opened and not freed before.
    unsafe { coinpay_engine_free(engine) };
    note("coinpay_engine_free", !engine.is_null());
}

fn config() -> String {
    let config = json!({
        "mode": "test",
        "api_key": "cp_test_hunter2",
        "business_id": "5a0db0c5-0000-4000-8000-000000000001",
        "webhook_secrets": ["whsec_hunter2"],
        "base_url": "http://127.0.0.1:1/api",
        "database": "mysql://shop:hunter2@127.0.0.1:1/shop",
    });
    config.to_string()
}

#[test]
fn an_engine_is_opened_and_says_what_it_cannot_do() {
    covers(&["coinpay_engine_connect", "coinpay_engine_free"], || {
        let engine = opened(WAYS[1], text(&config())).expect("no server is asked");
        let status = text("order_status");
        assert_eq!(
            code(call(engine, text("destroy"), none(), none())),
            "invalid_input"
        );
        assert_eq!(
            code(call(engine, status, text("[]"), none())),
            "invalid_input"
        );
        for wrong in no_texts() {
            assert_eq!(code(call(engine, wrong, none(), none())), "invalid_input");
            assert_eq!(code(call(engine, status, wrong, none())), "invalid_input");
        }
        for wrong in impossible() {
            assert_eq!(
                code(call(engine, text("handle_webhook"), none(), wrong)),
                "invalid_input"
            );
        }
        free(engine);
        free(ptr::null_mut());
        assert_eq!(code(opened(WAYS[1], text("{}"))), "invalid_configuration");
    });
}

#[test]
fn no_engine_is_opened_by_what_is_no_configuration() {
    for way in WAYS {
        for wrong in ["", "{\"mode\":", "{}", "[]"] {
            assert_eq!(code(opened(way, text(wrong))), "invalid_configuration");
        }
        for wrong in no_texts() {
            assert_eq!(code(opened(way, wrong)), "invalid_input");
        }
        let (export, open) = way;
        let nowhere = told(export, |err| {
            // SAFETY: NULL is refused, before anything is opened.
            unsafe { open(text(&config()), ptr::null_mut(), err) }
        });
        assert_eq!(code(nowhere), "invalid_input");
        // SAFETY: NULL is allowed for `err`.
        let status = unsafe { open(none(), ptr::null_mut(), ptr::null_mut()) };
        assert_eq!(status, coinpay_status::InvalidInput);
    }
    assert_eq!(
        code(call(ptr::null(), text("health"), none(), none())),
        "invalid_input"
    );
}

#[test]
fn a_secret_is_not_repeated_in_an_error() {
    let wrong = config().replace("cp_test_", "cp_live_");
    let failed = opened(WAYS[1], text(&wrong)).expect_err("a live key in test mode");
    assert!(!failed.0.to_string().contains("hunter2"), "{}", failed.0);
}
