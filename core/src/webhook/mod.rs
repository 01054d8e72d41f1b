//! Webhooks: is it authentic, and what does it say. Knows nothing of orders.

mod cause;
mod event;
mod header;
mod rewriting;
mod signature;

pub use cause::{Cause, likely_cause};
pub use event::{Event, EventKind, parse_webhook};
pub use signature::{Rejection, Verified, sign_webhook, verify_webhook};

/// The longest body that is looked at, in bytes.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// How far a signature's time may be from ours, in seconds, either way.
pub const TOLERANCE_S: u64 = 300;

/// The most `v1` signatures in one header.
pub const MAX_SIGNATURES: usize = 4;

/// The most secrets that are tried; a list that is longer is cut.
pub const MAX_SECRETS: usize = 8;
