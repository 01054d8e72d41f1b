//! The bodies of the fuzz targets without a fuzzer: over their seeds, over inputs that once broke
//! one, and over a few thousand changes of the seeds that are the same in every run.

#![allow(
    clippy::disallowed_methods,
    reason = "reads files and arguments as a program does"
)]

mod changed;

use std::fs;
use std::path::PathBuf;

use changed::Changes;
use coinpay_core::fuzz::{NAMES, TARGETS, run, seeds};

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../tests")
        .join(name)
}

fn seeds_of(target: &str) -> Vec<Vec<u8>> {
    let read = |file: &str| fs::read_to_string(folder("vectors").join(file)).expect("vectors");
    let seeds = seeds(target, &read);
    assert!(
        seeds.len() > 3,
        "{target} begins with {} seeds",
        seeds.len()
    );
    seeds
}

fn play(target: &str, changes: usize) {
    let seeds = seeds_of(target);
    for seed in &seeds {
        run(target, seed);
    }
    for input in Changes::of(&seeds).take(changes) {
        let shown = String::from_utf8_lossy(&input).into_owned();
        let outcome = std::panic::catch_unwind(|| run(target, &input));
        assert!(outcome.is_ok(), "{target} breaks on {shown:?} {input:?}");
    }
}

macro_rules! targets {
    ($($name:ident $changes:literal,)*) => {
        $(#[test]
        fn $name() {
            play(stringify!($name), $changes);
        })*

        const PLAYED: &[&str] = &[$(stringify!($name)),*];
    };
}

targets! {
    amounts 10_000,
    answers 3_000,
    configuration 3_000,
    dash 1_000,
    documents 3_000,
    event 3_000,
    pay_page 300,
    payment_uri 3_000,
    webhook 3_000,
    operations 150,
}

#[test]
fn every_target_is_played_and_has_a_shim() {
    let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(names, NAMES);
    assert_eq!(PLAYED, NAMES);
    for name in NAMES {
        let shim = folder("fuzz/fuzz_targets").join(format!("{name}.rs"));
        let shim = fs::read_to_string(&shim).expect("a shim for every target");
        assert!(shim.contains(&format!("run(\"{name}\"")), "{name}");
    }
}

/// Each file in `tests/fuzz/regressions/<target>/` broke its target once.
#[test]
fn what_once_broke_a_target_does_not_any_more() {
    for name in NAMES {
        let Ok(files) = fs::read_dir(folder("fuzz/regressions").join(name)) else {
            continue;
        };
        for file in files {
            run(
                name,
                &fs::read(file.expect("a file").path()).expect("reads"),
            );
        }
    }
}
