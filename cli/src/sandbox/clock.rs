//! The sandbox's own time: it runs along with the machine's unless it is frozen, and can be
//! moved. Decides nothing about what becomes due.

use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;

/// Whose time the signature header carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureTime {
    /// The machine's, because the shop's clock is not moved along with the sandbox's.
    Wall,
    Sandbox,
}

#[derive(Clone, Debug)]
pub(crate) struct Clock {
    offset_ms: i64,
    frozen_at_ms: Option<i64>,
    pub signature_time: SignatureTime,
}

impl Clock {
    /// A clock that stands still at a moment, or runs with the machine's.
    pub(crate) const fn new(frozen_at_ms: Option<i64>) -> Self {
        Self {
            offset_ms: 0,
            frozen_at_ms,
            signature_time: SignatureTime::Wall,
        }
    }

    pub(crate) fn now_ms(&self) -> i64 {
        let running = || wall_ms().saturating_add(self.offset_ms);
        self.frozen_at_ms.unwrap_or_else(running)
    }

    pub(crate) fn set(&mut self, now_ms: i64) {
        match &mut self.frozen_at_ms {
            Some(frozen) => *frozen = now_ms,
            None => self.offset_ms = now_ms.saturating_sub(wall_ms()),
        }
    }

    pub(crate) fn freeze(&mut self, frozen: bool) {
        let now_ms = self.now_ms();
        self.frozen_at_ms = frozen.then_some(now_ms);
        self.set(now_ms);
    }

    pub(crate) const fn is_frozen(&self) -> bool {
        self.frozen_at_ms.is_some()
    }

    /// The seconds that go into a signature.
    pub(crate) fn signature_seconds(&self) -> i64 {
        let now_ms = match self.signature_time {
            SignatureTime::Wall => wall_ms(),
            SignatureTime::Sandbox => self.now_ms(),
        };
        now_ms.div_euclid(1000)
    }
}

fn wall_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// ISO 8601 with milliseconds, as the service writes every time.
pub(crate) fn iso(at_ms: i64) -> String {
    let epoch = OffsetDateTime::UNIX_EPOCH;
    let at = epoch
        .checked_add(time::Duration::milliseconds(at_ms))
        .unwrap_or(epoch);
    let (year, month, day) = at.to_calendar_date();
    let (hour, minute, second, milli) = at.to_hms_milli();
    let month = u8::from(month);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// The latest moment that can be set, a year before years get a fifth digit, which neither ISO
/// 8601 nor an HTTP date has room for.
pub(crate) const LATEST_SECONDS: i64 = 253_370_764_800;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_with_milliseconds() {
        assert_eq!(iso(1_795_392_000_005), "2026-11-23T00:00:00.005Z");
    }

    #[test]
    fn a_frozen_clock_stands_still_and_moves_only_when_set() {
        let mut clock = Clock::new(Some(5_000));
        assert_eq!(clock.now_ms(), 5_000);
        clock.set(9_000);
        assert_eq!((clock.now_ms(), clock.is_frozen()), (9_000, true));
    }

    #[test]
    fn a_running_clock_keeps_its_offset_when_frozen_and_released() {
        let mut clock = Clock::new(None);
        clock.set(wall_ms() + 3_600_000);
        clock.freeze(true);
        clock.freeze(false);
        assert!(clock.now_ms() >= wall_ms() + 3_590_000);
    }
}
