//! Reads what callgrind writes down: how many instructions ran in one program's own code, and how
//! often that code asked for memory.

use std::ops::Sub;

use anyhow::{Context, Result};

/// What the C library is asked for memory with.
const ALLOCATORS: [&str; 5] = [
    "malloc",
    "calloc",
    "realloc",
    "posix_memalign",
    "aligned_alloc",
];

/// Instructions of the program itself. Those of the C library are left out: it picks its copying
/// and comparing by the processor, and differs from system to system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cost {
    pub(super) instructions: u64,
    pub(super) allocations: u64,
}

impl Sub for Cost {
    type Output = Self;

    fn sub(self, less: Self) -> Self {
        Self {
            instructions: self.instructions.saturating_sub(less.instructions),
            allocations: self.allocations.saturating_sub(less.allocations),
        }
    }
}

/// Sums up a file that was written with names and positions in full.
pub(super) fn read(profile: &str, program: &str) -> Result<Cost> {
    let mut cost = Cost::default();
    let mut is_ours = false;
    let mut called = "";
    let mut lines = profile.lines();
    while let Some(line) = lines.next() {
        if let Some(object) = line.strip_prefix("ob=") {
            is_ours = object.rsplit('/').next() == Some(program);
        } else if let Some(name) = line.strip_prefix("cfn=") {
            called = name;
        } else if let Some(calls) = line.strip_prefix("calls=") {
            // The next line is what the callee cost, which stands at the callee too.
            lines.next();
            if is_ours && ALLOCATORS.contains(&called) {
                cost.allocations += number(calls, 0)?;
            }
        } else if is_ours && line.starts_with(|first: char| first.is_ascii_digit()) {
            cost.instructions += number(line, 1)?;
        }
    }
    Ok(cost)
}

fn number(line: &str, place: usize) -> Result<u64> {
    let word = line.split(' ').nth(place);
    let number = word.and_then(|word| word.parse().ok());
    number.with_context(|| format!("callgrind wrote a line that is not understood: {line}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILE: &str = "\
version: 1
positions: line
events: Ir
ob=/usr/lib/libc.so.6
fl=(unknown)
fn=malloc
0 500
ob=/somewhere/hot-calls
fl=lib.rs
fn=ours
12 30
cob=/usr/lib/libc.so.6
cfi=(unknown)
cfn=malloc
calls=7 0
12 500
13 4
cfn=theirs
calls=2 20
13 60
fn=theirs
20 60
totals: 594
";

    #[test]
    fn only_what_runs_in_the_program_itself_is_counted_and_once() {
        let cost = Cost {
            instructions: 94,
            allocations: 7,
        };
        assert_eq!(read(PROFILE, "hot-calls").expect("reads"), cost);
    }

    #[test]
    fn a_line_that_is_no_cost_is_an_error() {
        read("ob=p\n12\n", "p").expect_err("a position without a cost");
    }
}
