//! What the fuzzers run, as ordinary functions: each reads bytes as an input of one part of the
//! library and panics where something is broken that always has to hold. Decides nothing, and
//! refuses to know which fuzzer, or which test, hands in the bytes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic is how a fuzzer is told"
)]

mod amounts;
mod answers;
mod configuration;
#[cfg(all(feature = "dash", feature = "sqlite"))]
mod dash;
#[cfg(feature = "sqlite")]
mod documents;
mod event;
#[cfg(feature = "sqlite")]
mod gateway;
#[cfg(any(feature = "page", all(feature = "dash", feature = "sqlite")))]
mod html;
#[cfg(feature = "sqlite")]
mod operations;
#[cfg(feature = "page")]
mod pay_page;
mod payment_uri;
#[cfg(feature = "sqlite")]
mod scene;
mod seeds;
#[cfg(feature = "sqlite")]
mod tables;
mod webhook;
#[cfg(feature = "sqlite")]
mod world;

pub use seeds::{NAMES, seeds};

/// A name, and what it is about, with the function that takes the bytes.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    pub name: &'static str,
    pub run: fn(&[u8]),
}

/// Every body that was compiled in; all of [`NAMES`] with the features `dash`, `page` and `sqlite`.
pub const TARGETS: &[Target] = &[
    target("amounts", amounts::run),
    target("answers", answers::run),
    target("configuration", configuration::run),
    #[cfg(all(feature = "dash", feature = "sqlite"))]
    target("dash", dash::run),
    #[cfg(feature = "sqlite")]
    target("documents", documents::run),
    target("event", event::run),
    #[cfg(feature = "page")]
    target("pay_page", pay_page::run),
    target("payment_uri", payment_uri::run),
    target("webhook", webhook::run),
    #[cfg(feature = "sqlite")]
    target("operations", operations::run),
];

const fn target(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run }
}

/// Runs the body of that name.
///
/// # Panics
/// Where there is none of that name, and where the body finds something.
pub fn run(name: &str, data: &[u8]) {
    let mut all = TARGETS.iter();
    let target = all.find(|target| target.name == name);
    (target.expect("a target of that name").run)(data);
}

/// The bytes up to the first line break, and those after it.
fn line(data: &[u8]) -> (&[u8], &[u8]) {
    match data.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, &[]),
    }
}

/// A line as text, whatever it holds.
fn text_line<'a>(data: &mut &'a [u8]) -> std::borrow::Cow<'a, str> {
    let (first, rest) = line(data);
    *data = rest;
    String::from_utf8_lossy(first)
}
