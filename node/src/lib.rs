//! The core as an addon for Node. Bytes and JSON documents go in, JSON documents come out, as in
//! `wasm/`; beside that, the core's own stores run on threads of the addon's own. Decides how a
//! call is spelled and on which thread it runs; refuses to know what a checkout is.
//!
//! Nothing here is shared by two instances: each worker of Node's has one of its own.

#![allow(
    missing_docs,
    reason = "the package's TypeScript documents these calls"
)]

mod answer;
mod calls;
mod flows;
mod store;
mod threads;
mod webhooks;

/// A flow is mostly small allocations, on sixteen threads. Node keeps its own allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub use calls::{call, version};
pub use flows::{Operation, Shop};
pub use store::Store;
pub use webhooks::{
    check_webhook, check_webhook_text, parse_webhook, sign_webhook, verify_webhook,
};
