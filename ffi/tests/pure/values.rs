//! The calls that cannot fail: versions, names, giving buffers back.

use std::ptr;
use std::sync::atomic::AtomicPtr;

use coinpay::coinpay_webhook_sign;
use coinpay::{coinpay_buffer, coinpay_buffer_free, coinpay_qr_svg, coinpay_status};

use crate::support::{covers, lasting, name, note, text};

/// The versions take nothing that could be wrong.
pub(crate) const EXPORTS: &[&str] = &[
    "coinpay_abi_version",
    "coinpay_version",
    "coinpay_status_name",
    "coinpay_buffer_free",
];

#[test]
fn versions_and_names_are_constant_texts() {
    covers(&["coinpay_status_name"], || {
        assert_eq!(coinpay::coinpay_abi_version(), coinpay::COINPAY_ABI_VERSION);
        assert_eq!(
            lasting(coinpay::coinpay_version()),
            env!("CARGO_PKG_VERSION")
        );
        assert_eq!(name(0), "ok");
        assert_eq!(
            name(coinpay_status::SignatureWrong as u32),
            "signature_wrong"
        );
        for number in [1, 99, 77_777, u32::MAX] {
            assert_eq!(name(number), "");
        }
    });
}

#[test]
fn a_buffer_is_given_back_once_and_again_without_harm() {
    covers(&["coinpay_buffer_free"], || {
        // SAFETY: NULL is allowed.
        unsafe { coinpay_buffer_free(ptr::null_mut()) };
        note("coinpay_buffer_free", false);
        let (data, len) = (ptr::null_mut(), 0);
        let mut buffer = coinpay_buffer { data, len };
        let place = &raw mut buffer;
        // One place for two arguments holds what was written last, and nothing is lost.
        // SAFETY: the place is this test's alone.
        let status = unsafe { coinpay_qr_svg(text(""), place, place) };
        assert_eq!(status, coinpay_status::InvalidInput);
        assert!(buffer.len > 0);
        for well in [true, false] {
            // SAFETY: as the call left it, then empty.
            unsafe { coinpay_buffer_free(&raw mut buffer) };
            assert!(buffer.data.is_null() && buffer.len == 0);
            note("coinpay_buffer_free", well);
        }
    });
}

#[test]
fn a_buffer_may_be_given_back_on_another_thread() {
    let (data, len) = (ptr::null_mut(), 0);
    let mut buffer = coinpay_buffer { data, len };
    let (body, place) = (text("{}"), &raw mut buffer);
    // SAFETY: the place is this test's alone; NULL is allowed for `err`.
    let status = unsafe { coinpay_webhook_sign(body, body, 1, place, ptr::null_mut()) };
    assert_eq!(status, coinpay_status::Ok);
    let held = AtomicPtr::new(buffer.data);
    let len = buffer.len;
    let elsewhere = std::thread::spawn(move || {
        let data = held.into_inner();
        let mut buffer = coinpay_buffer { data, len };
        // SAFETY: as the call left it, and only this thread has it now.
        unsafe { coinpay_buffer_free(&raw mut buffer) };
        buffer.data.is_null()
    });
    assert!(elsewhere.join().expect("no panic"));
}
