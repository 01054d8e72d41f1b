//! Numbers of JavaScript as those of the core.

/// JavaScript's numbers are doubles. Times stay far below 2^53, and what is no time is time zero.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a float that does not fit becomes the nearest that does"
)]
pub(crate) const fn whole(number: f64) -> i64 {
    number as i64
}
