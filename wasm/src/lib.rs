//! The core as WebAssembly. Bytes and JSON documents go in, JSON documents come out; time and
//! randomness are arguments, and nothing is asked of the host. Decides only how a call is
//! spelled; refuses to know networks, databases and clocks.

#![allow(
    missing_docs,
    reason = "the package's TypeScript documents these calls"
)]

mod answer;
#[cfg(feature = "calls")]
mod calls;
#[cfg(any(feature = "flows", feature = "desk"))]
mod flows;
#[cfg(any(feature = "webhook", feature = "flows", feature = "desk"))]
mod number;
#[cfg(feature = "page")]
mod page;
#[cfg(feature = "pay")]
mod pay;
#[cfg(feature = "webhook")]
mod webhook;

#[cfg(feature = "calls")]
pub use calls::call;
#[cfg(any(feature = "flows", feature = "desk"))]
pub use flows::{Operation, Shop};
#[cfg(feature = "page")]
pub use page::pay_page;
#[cfg(feature = "pay")]
pub use pay::{from_units, payment_uri, qr_svg, to_units};
#[cfg(feature = "webhook")]
pub use webhook::{parse_webhook, sign_webhook, verify_webhook};
