//! Makes a failing schedule small: its list of choices is cut short, thinned and flattened for
//! as long as the same promise breaks.

use anyhow::Result;

use crate::schedule::{Failure, Stages};

/// How many schedules shrinking may play.
const MOST_TRIES: u32 = 3_000;

/// The smallest schedule that was found to break the same promise, with its trace.
///
/// # Errors
/// Where the store itself fails.
pub fn shrink(stages: &mut Stages, failure: &Failure) -> Result<Failure> {
    let mut best = failure.choices.clone();
    let mut tries = 0;
    let kind = kind(&failure.what).to_owned();
    let mut fails = |list: &[u32], tries: &mut u32| -> Result<bool> {
        *tries += 1;
        let failed = stages.repeat(failure.seed, list, false)?;
        Ok(failed.is_some_and(|failed| self::kind(&failed.what) == kind))
    };
    if !fails(&best, &mut tries)? {
        return Ok(failure.clone());
    }
    let mut chunk = best.len() / 2;
    while chunk > 0 && tries < MOST_TRIES {
        let mut start = 0;
        while start < best.len() && tries < MOST_TRIES {
            let end = (start + chunk).min(best.len());
            let mut without = best.clone();
            without.drain(start..end);
            let mut flat = best.clone();
            flat[start..end].fill(0);
            if fails(&without, &mut tries)? {
                best = without;
            } else if flat != best && fails(&flat, &mut tries)? {
                best = flat;
                start = end;
            } else {
                start = end;
            }
        }
        chunk /= 2;
    }
    let smallest = stages.repeat(failure.seed, &best, true)?;
    Ok(smallest.map_or_else(
        || failure.clone(),
        |mut smallest| {
            smallest.choices = best;
            smallest
        },
    ))
}

/// What comes before the colon names the promise.
fn kind(what: &str) -> &str {
    what.split(':').next().unwrap_or(what)
}
