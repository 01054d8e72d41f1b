//! Times as services write them, to and from milliseconds since 1970 UTC. Knows no clock.

use std::time::SystemTime;

use ::time::OffsetDateTime;
use ::time::format_description::well_known::Rfc3339;

/// The milliseconds of 0000-01-01 and of the last millisecond of 9999: RFC 3339 has four
/// digits for a year.
const EARLIEST_MS: i64 = -62_167_219_200_000;
const LATEST_MS: i64 = 253_402_300_799_999;
const NANOSECONDS_PER_MS: i128 = 1_000_000;

/// Longer than any time that a service writes.
const MAX_TEXT_BYTES: usize = 64;

/// Milliseconds since 1970 of an ISO 8601 time with a zone, rounded down. Accepts what
/// databases print as well: a space for the `T`, and the offset `+00` or `+0000`.
///
/// A time without a zone is refused, because every guess is hours wrong for somebody.
#[must_use]
pub fn parse_rfc3339_ms(text: &str) -> Option<i64> {
    if text.len() > MAX_TEXT_BYTES {
        return None;
    }
    let date = text.get(..10)?;
    let clock = text.get(10..)?.strip_prefix(['T', 't', ' '])?;
    let normal = format!("{date}T{}", with_full_offset(clock)?);
    let at = OffsetDateTime::parse(&normal, &Rfc3339).ok()?;
    let ms = at
        .unix_timestamp_nanos()
        .checked_div_euclid(NANOSECONDS_PER_MS)?;
    i64::try_from(ms).ok()
}

/// `12:00:00+00` and `12:00:00+0000` become `12:00:00+00:00`.
fn with_full_offset(clock: &str) -> Option<String> {
    let Some(at) = clock.rfind(['+', '-']) else {
        return Some(clock.to_ascii_uppercase());
    };
    let (time, offset) = clock.split_at_checked(at)?;
    let (hours, minutes) = offset.split_at_checked(3)?;
    let minutes = match minutes.strip_prefix(':').unwrap_or(minutes) {
        "" => "00",
        minutes => minutes,
    };
    Some(format!("{time}{hours}:{minutes}"))
}

/// `2026-11-22T23:20:00.123Z`, always with three digits of a second. A time outside the years
/// 0 to 9999 becomes the nearest one inside.
#[must_use]
pub fn format_rfc3339(ms: i64) -> String {
    let nanoseconds =
        i128::from(ms.clamp(EARLIEST_MS, LATEST_MS)).saturating_mul(NANOSECONDS_PER_MS);
    let at = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.millisecond()
    )
}

/// Milliseconds since 1970 of an HTTP date (`Date`, `Retry-After`).
#[must_use]
pub fn parse_http_date_ms(text: &str) -> Option<i64> {
    let at = httpdate::parse_http_date(text.trim()).ok()?;
    let since = at.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOON_MS: i64 = 1_795_348_800_000;

    #[test]
    fn every_way_of_writing_noon_is_noon() {
        for text in [
            "2026-11-22T12:00:00Z",
            "2026-11-22t12:00:00z",
            "2026-11-22T12:00:00.000Z",
            "2026-11-22T12:00:00.000999999Z",
            "2026-11-22T12:00:00+00:00",
            "2026-11-22 12:00:00+00",
            "2026-11-22 12:00:00.000000+0000",
            "2026-11-22T13:30:00+01:30",
            "2026-11-22T04:00:00-08",
        ] {
            assert_eq!(parse_rfc3339_ms(text), Some(NOON_MS), "{text}");
        }
        assert_eq!(parse_rfc3339_ms("1969-12-31T23:59:59.9995Z"), Some(-1));
    }

    #[test]
    fn what_is_no_time_or_has_no_zone_is_refused() {
        for text in [
            "",
            "2026-11-22",
            "2026-11-22T12:00:00",
            "2026-11-22 12:00:00.123",
            "2026-13-22T12:00:00Z",
            "2026-11-22T12:00:00+",
            "2026-11-22T12:00:00+0",
            "2026-11-22T12:00:00+000000",
            "2026-11-22T12:00:00Z ",
            "tomorrow",
            "1795348800",
            "2026-11-2\u{e9}T12:00:00Z",
        ] {
            assert_eq!(parse_rfc3339_ms(text), None, "{text}");
        }
        assert_eq!(
            parse_rfc3339_ms(&format!("2026-11-22T12:00:00.{}Z", "0".repeat(99))),
            None
        );
    }

    #[test]
    fn an_http_date_is_read_and_anything_else_is_not() {
        assert_eq!(
            parse_http_date_ms("Sun, 22 Nov 2026 12:00:00 GMT"),
            Some(NOON_MS)
        );
        assert_eq!(parse_http_date_ms("120"), None);
        assert_eq!(parse_http_date_ms(""), None);
    }

    #[test]
    fn a_time_out_of_range_is_written_as_the_nearest_in_range() {
        assert_eq!(format_rfc3339(i64::MIN), "0000-01-01T00:00:00.000Z");
        assert_eq!(format_rfc3339(i64::MAX), "9999-12-31T23:59:59.999Z");
        assert_eq!(format_rfc3339(NOON_MS + 7), "2026-11-22T12:00:00.007Z");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(ms in EARLIEST_MS..=LATEST_MS) {
            prop_assert_eq!(parse_rfc3339_ms(&format_rfc3339(ms)), Some(ms));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = parse_rfc3339_ms(&text);
            let _ = parse_http_date_ms(&text);
        }
    }
}
