//! What a shopper pays by.

use std::ptr;

use coinpay::{coinpay_buffer, coinpay_pay_page, coinpay_payment_uri, coinpay_qr_svg};
use coinpay::{coinpay_slice, coinpay_status};
use serde_json::json;

use crate::support::{Failed, code, covers, given, no_texts, none, text};

pub(crate) const EXPORTS: &[&str] = &["coinpay_payment_uri", "coinpay_qr_svg", "coinpay_pay_page"];

const ADDRESS: &str = "0x8626f6940E2eb28930eFb4CeF49B2d1F2C9C1199";

fn uri(chain: coinpay_slice, address: coinpay_slice, amount: coinpay_slice) -> Outcome {
    given("coinpay_payment_uri", |out, err| {
        // SAFETY: the slices are readable or impossible; the places are of this call.
        unsafe { coinpay_payment_uri(chain, address, amount, out, err) }
    })
    .map(|uri| String::from_utf8(uri).expect("text"))
}

fn qr(what: coinpay_slice) -> Outcome {
    given("coinpay_qr_svg", |out, err| {
        // SAFETY: as in `uri`.
        unsafe { coinpay_qr_svg(what, out, err) }
    })
    .map(|svg| String::from_utf8(svg).expect("text"))
}

fn page(status: coinpay_slice, options: coinpay_slice) -> Outcome {
    given("coinpay_pay_page", |out, err| {
        // SAFETY: as in `uri`.
        unsafe { coinpay_pay_page(status, options, out, err) }
    })
    .map(|page| String::from_utf8(page).expect("text"))
}

type Outcome = Result<String, Failed>;

#[test]
fn a_payment_uri_is_given_or_refused() {
    covers(&["coinpay_payment_uri"], || {
        let (chain, address, amount) = (text("USDC_POL"), text(ADDRESS), text("25012345"));
        let good = uri(chain, address, amount).expect("a URI");
        assert!(good.starts_with("ethereum:"), "{good}");
        assert_eq!(
            code(uri(text("GOLD"), address, amount)),
            "unknown_blockchain"
        );
        assert_eq!(code(uri(chain, text("0x12"), amount)), "invalid_input");
        assert_eq!(code(uri(chain, address, text("-1"))), "invalid_amount");
        for wrong in no_texts() {
            assert_eq!(code(uri(wrong, address, amount)), "invalid_input");
            assert_eq!(code(uri(chain, wrong, amount)), "invalid_input");
            assert_eq!(code(uri(chain, address, wrong)), "invalid_input");
        }
    });
}

#[test]
fn a_qr_code_is_drawn_or_refused() {
    covers(&["coinpay_qr_svg"], || {
        let svg = qr(text("bitcoin:x")).expect("a picture");
        assert!(svg.starts_with("<svg"), "{svg}");
        assert_eq!(code(qr(none())), "invalid_input");
        assert_eq!(code(qr(text(&"x".repeat(2_400)))), "invalid_input");
        for wrong in no_texts() {
            assert_eq!(code(qr(wrong)), "invalid_input");
        }
    });
}

#[test]
fn a_pay_page_is_written_or_refused() {
    covers(&["coinpay_pay_page"], || {
        let order = json!({
            "order_id": "0199f0c2-0000-7000-8000-000000000001",
            "status": "awaiting_payment",
            "payment_status": "pending",
            "hint": "send_payment",
            "actions": ["pay", "cancel"],
            "currency": "EUR",
            "total": "25.00",
            "credited": "0.00",
            "missing": "25.00",
            "payment": {
                "payment_id": "pay_1",
                "blockchain": "USDC_POL",
                "network": "Polygon",
                "asset": "USDC",
                "address": ADDRESS,
                "crypto_amount": "25.012345",
            },
            "deadline_at_ms": 1_900_000_000_000_u64,
            "attention": [],
            "now_ms": 1_899_999_100_000_u64,
            "poll_after_ms": 5_000,
        });
        let order = order.to_string();
        for options in ["", "{}", r#"{"language":"de","status_url":"/orders/1"}"#] {
            let html = page(text(&order), text(options)).expect("a page");
            assert!(html.contains(ADDRESS));
        }
        assert_eq!(code(page(none(), none())), "invalid_input");
        assert_eq!(code(page(text(&order), text("7"))), "invalid_input");
        for wrong in no_texts() {
            assert_eq!(code(page(wrong, none())), "invalid_input");
            assert_eq!(code(page(text(&order), wrong)), "invalid_input");
        }
    });
}

#[test]
fn without_room_for_the_result_nothing_is_made_and_the_error_is_optional() {
    let nowhere: *mut coinpay_buffer = ptr::null_mut();
    // SAFETY: NULL is allowed for both.
    let status = unsafe { coinpay_qr_svg(text("x"), nowhere, nowhere) };
    assert_eq!(status, coinpay_status::InvalidInput);
}
