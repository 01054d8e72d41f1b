//! Every export that can be called without a store and a network, by well meant arguments and by
//! wrong ones, as C calls it: results go to places that hold nothing yet. `cargo xtask miri` runs
//! these tests where undefined behaviour and leaks show.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics says what is wrong"
)]

mod calls;
mod engines;
mod flows;
mod pay;
mod support;
mod values;
mod webhooks;

use std::collections::BTreeSet;

const HEADER: &str = include_str!("../../../include/coinpay.h");

/// What the tests of each file call; each test is held to its list by [`support::covers`].
const COVERED: [&[&str]; 6] = [
    calls::EXPORTS,
    engines::EXPORTS,
    flows::EXPORTS,
    pay::EXPORTS,
    values::EXPORTS,
    webhooks::EXPORTS,
];

#[test]
fn no_export_of_the_header_is_forgotten() {
    let declared: BTreeSet<&str> = HEADER.lines().filter_map(declared_in).collect();
    let covered: BTreeSet<&str> = COVERED.concat().into_iter().collect();
    assert!(declared.len() > 15, "{declared:?}");
    assert_eq!(covered, declared);
}

/// The name of the function that a line begins to declare.
fn declared_in(line: &str) -> Option<&str> {
    if line.starts_with([' ', '/', '#', '*']) {
        return None;
    }
    let name = line.split_once('(')?.0.rsplit([' ', '*']).next()?;
    name.starts_with("coinpay_").then_some(name)
}
