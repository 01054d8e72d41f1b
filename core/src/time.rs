//! Times as services write them, to and from milliseconds since 1970 UTC. The calendar is `time`'s;
//! its reader of such texts alone would be a twentieth of a module for Workers. Knows no clock.

use ::time::{Date, Month};

/// The milliseconds of 0000-01-01 and of the last millisecond of 9999: RFC 3339 has four
/// digits for a year.
const EARLIEST_MS: i64 = -62_167_219_200_000;
const LATEST_MS: i64 = 253_402_300_799_999;
const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;
/// 1970-01-01, as astronomers count days.
const EPOCH_JULIAN_DAY: i32 = 2_440_588;

/// Longer than any time that a service writes.
const MAX_TEXT_BYTES: usize = 64;

/// Milliseconds since 1970 of an ISO 8601 time with a zone, rounded down. Accepts what
/// databases print as well: a space for the `T`, and the offset `+00` or `+0000`. A leap second is
/// the last millisecond before it.
///
/// A time without a zone is refused, because every guess is hours wrong for somebody.
#[must_use]
pub fn parse_rfc3339_ms(text: &str) -> Option<i64> {
    if text.len() > MAX_TEXT_BYTES {
        return None;
    }
    let day = day(text.get(..10)?)?;
    let clock = text.get(10..)?.strip_prefix(['T', 't', ' '])?;
    let (clock, offset_ms) = without_offset(clock)?;
    let ms = day.checked_mul(DAY_MS)?.checked_add(ms_of_day(clock)?)?;
    ms.checked_sub(offset_ms)
}

/// The day of `2026-11-22`, counted from 1970.
fn day(date: &str) -> Option<i64> {
    let (year, rest) = date.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let month = Month::try_from(u8::try_from(digits(month, 2)?).ok()?).ok()?;
    let day = u8::try_from(digits(day, 2)?).ok()?;
    let year = i32::try_from(digits(year, 4)?).ok()?;
    let date = Date::from_calendar_date(year, month, day).ok()?;
    let days = date.to_julian_day().checked_sub(EPOCH_JULIAN_DAY)?;
    Some(days.into())
}

/// The milliseconds of `12:00:00` or `12:00:00.123456`.
fn ms_of_day(clock: &str) -> Option<i64> {
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let (hours, rest) = clock.split_once(':')?;
    let (minutes, seconds) = rest.split_once(':')?;
    let minutes = minute_of_day(hours, minutes)?;
    let ms = match digits(seconds, 2)? {
        60 => 59_999,
        seconds @ 0..=59 => seconds
            .checked_mul(1000)?
            .checked_add(thousandths(fraction)?)?,
        _ => return None,
    };
    minutes.checked_mul(MINUTE_MS)?.checked_add(ms)
}

/// Of any number of digits behind the point, rounded down.
fn thousandths(fraction: &str) -> Option<i64> {
    let three = format!("{fraction:0<3}");
    let (three, rest) = three.split_at_checked(3)?;
    let is_number = !fraction.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
    digits(three, 3).filter(|_| is_number)
}

fn minute_of_day(hours: &str, minutes: &str) -> Option<i64> {
    let hours = digits(hours, 2).filter(|hours| *hours < 24)?;
    let minutes = digits(minutes, 2).filter(|minutes| *minutes < 60)?;
    hours.checked_mul(60)?.checked_add(minutes)
}

/// `12:00:00+00:00`, `+0000`, `+00` and `Z` without what they are ahead of UTC, in milliseconds.
fn without_offset(clock: &str) -> Option<(&str, i64)> {
    if let Some(clock) = clock.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let (clock, offset) = clock.split_at_checked(clock.rfind(['+', '-'])?)?;
    let (sign, offset) = offset.split_at_checked(1)?;
    let (hours, minutes) = offset.split_at_checked(2)?;
    let minutes = match minutes.strip_prefix(':').unwrap_or(minutes) {
        "" => "00",
        minutes => minutes,
    };
    let by = if sign == "-" { -MINUTE_MS } else { MINUTE_MS };
    Some((clock, minute_of_day(hours, minutes)?.checked_mul(by)?))
}

/// A number of exactly so many digits.
fn digits(text: &str, count: usize) -> Option<i64> {
    let fits = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| fits)
}

/// `2026-11-22T23:20:00.123Z`, always with three digits of a second. A time outside the years
/// 0 to 9999 becomes the nearest one inside.
#[must_use]
pub fn format_rfc3339(ms: i64) -> String {
    let ms = ms.clamp(EARLIEST_MS, LATEST_MS);
    let days = i32::try_from(ms.div_euclid(DAY_MS)).unwrap_or_default();
    let date = Date::from_julian_day(days.saturating_add(EPOCH_JULIAN_DAY));
    let date = date.unwrap_or(Date::MIN);
    let ms = ms.rem_euclid(DAY_MS);
    let minutes = ms.div_euclid(MINUTE_MS);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        minutes.div_euclid(60),
        minutes.rem_euclid(60),
        ms.div_euclid(1000).rem_euclid(60),
        ms.rem_euclid(1000),
    )
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Milliseconds since 1970 of an HTTP date (`Date`, `Retry-After`), as RFC 9110 has them written
/// since 1999: `Sun, 22 Nov 2026 12:00:00 GMT`.
#[must_use]
pub fn parse_http_date_ms(text: &str) -> Option<i64> {
    let (_, date) = text.trim().split_once(", ")?;
    let date = date.strip_suffix(" GMT")?;
    let (day, rest) = date.split_once(' ')?;
    let (month, rest) = rest.split_once(' ')?;
    let (year, clock) = rest.split_once(' ')?;
    let month = MONTHS
        .iter()
        .position(|name| *name == month)?
        .saturating_add(1);
    parse_rfc3339_ms(&format!("{year}-{month:02}-{day}T{clock}Z"))
}

#[cfg(test)]
mod tests {
    use ::time::format_description::well_known::Rfc3339;
    use ::time::{OffsetDateTime, UtcOffset};
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
    fn a_leap_second_is_the_end_of_the_second_before_it() {
        let end = parse_rfc3339_ms("2016-12-31T23:59:59.999Z");
        assert_eq!(parse_rfc3339_ms("2016-12-31T23:59:60Z"), end);
        assert_eq!(parse_rfc3339_ms("2016-12-31T23:59:60.5Z"), end);
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
            "2026-11-22T12:00Z",
            "2026-11-22T12:00:61Z",
            "2026-11-22T12:60:00Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T12:00:00.Z",
            "2026-11-22T12:00:00.12x4Z",
            "2026-11-22T12:00:00.1234xZ",
            "2026-11-22T12:00:00+24:00",
            "2026-11-22T12:00:00+00:60",
            "2026-11-22T+2:00:00Z",
            "2025-02-29T12:00:00Z",
            "2026-11-31T12:00:00Z",
            "2026-00-22T12:00:00Z",
            "20261-1-22T12:00:00Z",
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
        for text in [
            "120",
            "Sun, 22 Nov 2026 12:00:00",
            "Sun, 22 Nov 2026 12:00:00 CET",
            "Sun, 22 nov 2026 12:00:00 GMT",
            "Sun, 31 Nov 2026 12:00:00 GMT",
            "Sunday, 22-Nov-26 12:00:00 GMT",
            "Sun Nov 22 12:00:00 2026",
        ] {
            assert_eq!(parse_http_date_ms(text), None, "{text}");
        }
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
        fn times_are_those_of_the_calendar(
            ms in EARLIEST_MS + DAY_MS..=LATEST_MS - DAY_MS,
            nanoseconds in 0..1_000_000_i128,
            minutes in -1439..=1439_i32,
        ) {
            let nanoseconds = i128::from(ms) * 1_000_000 + nanoseconds;
            let at = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).unwrap();
            let offset = UtcOffset::from_whole_seconds(minutes * 60).unwrap();
            let written = at.to_offset(offset).format(&Rfc3339).unwrap();
            prop_assert_eq!(parse_rfc3339_ms(&written), Some(ms), "{}", written);
            let utc = format_rfc3339(ms);
            let read = OffsetDateTime::parse(&utc, &Rfc3339).unwrap();
            prop_assert_eq!(read.unix_timestamp_nanos(), i128::from(ms) * 1_000_000, "{}", utc);
        }

        #[test]
        fn http_dates_are_those_of_the_calendar(s in 0..253_402_300_800_u64) {
            let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(s);
            let ms = i64::try_from(s).unwrap() * 1000;
            prop_assert_eq!(parse_http_date_ms(&httpdate::fmt_http_date(at)), Some(ms));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = parse_rfc3339_ms(&text);
            let _ = parse_http_date_ms(&text);
        }
    }
}
