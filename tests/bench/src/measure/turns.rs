//! Takes turns. Criterion and divan measure one side to its end before the other; on a machine
//! that others use too, that compares two different moments.

use std::time::Instant;

use anyhow::Result;

/// A side of a comparison: takes its turn and says what it measured.
pub type Side<'a> = Box<dyn FnMut() -> Result<f64> + 'a>;

/// Gives each side its turn, `rounds` times, every round beginning with the next side. The
/// samples of each side come back, in the order of the rounds. A first round is not counted.
///
/// # Errors
/// What a side fails with.
pub fn take_turns(rounds: usize, sides: &mut [Side<'_>]) -> Result<Vec<Vec<f64>>> {
    let count = sides.len();
    let mut samples = vec![Vec::with_capacity(rounds); count];
    for round in 0..=rounds {
        for turn in 0..count {
            let side = (round + turn) % count;
            let sample = sides[side]()?;
            if round > 0 {
                samples[side].push(sample);
            }
        }
    }
    Ok(samples)
}

/// A side that makes a call over and over for about `turn_ns` and tells nanoseconds per call.
pub fn repeated<'a>(turn_ns: u64, mut call: impl FnMut() -> Result<()> + 'a) -> Side<'a> {
    let mut times = 1_u32;
    Box::new(move || {
        loop {
            let began = Instant::now();
            for _ in 0..times {
                call()?;
            }
            let took = began.elapsed();
            if took.as_nanos() >= u128::from(turn_ns) {
                return Ok(took.as_nanos() as f64 / f64::from(times));
            }
            times = times.saturating_mul(2);
        }
    })
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn every_round_gives_each_side_one_turn_and_begins_with_another() {
        let order = RefCell::new(String::new());
        let side = |name: char| -> Side<'_> {
            let order = &order;
            Box::new(move || {
                order.borrow_mut().push(name);
                Ok(f64::from(u32::from(name)))
            })
        };
        let samples = take_turns(2, &mut [side('a'), side('b'), side('c')]).expect("samples");
        assert_eq!(*order.borrow(), "abcbcacab");
        assert_eq!(samples, [[97.0; 2], [98.0; 2], [99.0; 2]]);
    }

    #[test]
    fn a_call_is_repeated_until_its_turn_is_over() {
        let mut calls = 0_u32;
        let mut side = repeated(50_000, || {
            calls += 1;
            Ok(())
        });
        let per_call_ns = side().expect("a sample");
        drop(side);
        assert!(per_call_ns > 0.0 && calls > 1);
    }
}
