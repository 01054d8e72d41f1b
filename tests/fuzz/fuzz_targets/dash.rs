//! A shim: the body is in coinpay-core.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| coinpay_core::fuzz::run("dash", data));
