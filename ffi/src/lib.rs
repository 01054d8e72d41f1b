//! `libcoinpay`: the core behind a C ABI, thin. Decides who owns what and for how long, and turns
//! what goes wrong, a panic too, into a status; refuses to know what a checkout is.
//!
//! Every export is a line or a few: arguments are read by helpers that return early, one guard
//! catches panics, and the core does the work. `include/coinpay.h` is made from this crate by
//! `cargo xtask codegen`, with the comments that stand here.

mod abi;
mod answer;
mod engine;
mod flow;
mod handle;
mod pay;
mod pure;
mod status;
mod webhook;

pub use abi::{
    COINPAY_ABI_VERSION, coinpay_abi_version, coinpay_buffer, coinpay_buffer_free, coinpay_slice,
    coinpay_version,
};
pub use engine::{
    coinpay_engine, coinpay_engine_call, coinpay_engine_connect, coinpay_engine_free,
    coinpay_engine_open,
};
pub use flow::{
    coinpay_flow, coinpay_flow_answer, coinpay_flow_free, coinpay_flow_start, coinpay_shop,
    coinpay_shop_free, coinpay_shop_open,
};
pub use pay::{coinpay_pay_page, coinpay_payment_uri, coinpay_qr_svg};
pub use pure::coinpay_call;
#[cfg(feature = "provoke")]
pub use pure::coinpay_provoke_panic;
pub use status::{coinpay_status, coinpay_status_name};
pub use webhook::{
    coinpay_secrets, coinpay_secrets_free, coinpay_secrets_new, coinpay_verified,
    coinpay_webhook_parse, coinpay_webhook_sign, coinpay_webhook_verify,
};
