//! The signature header, read to the letter: `t=<seconds>,v1=<64 hex digits>`, where unknown
//! keys are ignored and `v1` may be repeated while a secret is being changed.

use super::MAX_SIGNATURES;

/// Enough for the year 33658, and far from overflowing.
const MAX_TIME_DIGITS: usize = 12;

pub(super) const SIGNATURE_BYTES: usize = 32;

/// A header of the right form; nothing in it has been believed yet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SignatureHeader<'a> {
    /// The time as it was written, because the signature covers these characters.
    pub(super) time_text: &'a str,
    pub(super) timestamp_s: i64,
    signatures: [[u8; SIGNATURE_BYTES]; MAX_SIGNATURES],
    count: usize,
}

impl<'a> SignatureHeader<'a> {
    /// `None` if the header is of any other form.
    pub(super) fn parse(header: &'a str) -> Option<Self> {
        let mut time = None;
        let mut signatures = [[0; SIGNATURE_BYTES]; MAX_SIGNATURES];
        let mut count = 0_usize;
        let mut next = Some(header);
        while let Some(rest) = next {
            if let Some(rest) = rest.strip_prefix("v1=") {
                let (digits, behind) = rest.split_at_checked(2 * SIGNATURE_BYTES)?;
                // There is no room for one too many.
                *signatures.get_mut(count)? = parse_signature(digits)?;
                count = count.saturating_add(1);
                next = match behind.strip_prefix(',') {
                    None if !behind.is_empty() => return None,
                    further => further,
                };
                continue;
            }
            let (part, further) = first_part(rest);
            next = further;
            match part.strip_prefix("t=") {
                Some(_) if time.is_some() => return None,
                Some(text) => time = Some((text, parse_time(text)?)),
                None if is_key(part.split_once('=')?.0) => {}
                None => return None,
            }
        }
        let (time_text, timestamp_s) = time?;
        (count > 0).then_some(Self {
            time_text,
            timestamp_s,
            signatures,
            count,
        })
    }

    /// At least one.
    pub(super) fn signatures(&self) -> impl Iterator<Item = &[u8; SIGNATURE_BYTES]> {
        self.signatures.iter().take(self.count)
    }
}

/// What stands before the first comma, and what behind it, if there is one. The part is short:
/// looking at one byte after the other is the fastest way.
fn first_part(text: &str) -> (&str, Option<&str>) {
    let comma = text.bytes().position(|byte| byte == b',');
    let Some((part, rest)) = comma.and_then(|place| text.split_at_checked(place)) else {
        return (text, None);
    };
    (part, rest.strip_prefix(','))
}

/// Anything else, a space above all, might hide a second `t`.
fn is_key(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Digits alone: `parse` by itself would take a sign.
fn parse_time(text: &str) -> Option<i64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    if !plain || text.starts_with('0') || text.len() > MAX_TIME_DIGITS {
        return None;
    }
    text.parse().ok()
}

/// Hex of either case: the service writes lower case, and case carries no meaning. Without a
/// branch for each digit, because every webhook comes this way.
fn parse_signature(digits: &str) -> Option<[u8; SIGNATURE_BYTES]> {
    let digits: &[u8; 2 * SIGNATURE_BYTES] = digits.as_bytes().try_into().ok()?;
    let all_are_hex = digits
        .iter()
        .fold(true, |all, digit| all & digit.is_ascii_hexdigit());
    let mut signature = [0; SIGNATURE_BYTES];
    for (byte, pair) in signature.iter_mut().zip(digits.as_chunks::<2>().0) {
        *byte = value(*pair);
    }
    all_are_hex.then_some(signature)
}

/// What two hex digits are worth, both at once: letters have the bit of 64, and their low bits
/// count from one.
const fn value(pair: [u8; 2]) -> u8 {
    let pair = u16::from_le_bytes(pair);
    let letters = (pair >> 6) & 0x0101;
    let [high, low] = (pair & 0x0f0f)
        .wrapping_add(letters.wrapping_mul(9))
        .to_le_bytes();
    (high << 4) | low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_read_as_hex_is_and_nothing_else_is_read() {
        let mut text = "0".repeat(2 * SIGNATURE_BYTES);
        for place in 0..text.len() {
            for byte in 0..=127_u8 {
                text.replace_range(place..=place, &char::from(byte).to_string());
                let expected = hex::decode(&text).ok();
                let read = parse_signature(&text).map(Vec::from);
                assert_eq!(read, expected, "{text:?}");
            }
            text.replace_range(place..=place, "f");
        }
        for length in [0, 1, 63, 65, 66, 128] {
            assert_eq!(parse_signature(&"0".repeat(length)), None, "{length}");
        }
    }

    #[test]
    fn four_signatures_are_read_and_a_fifth_is_refused() {
        let header =
            |count: usize| format!("t=1{}", format!(",v1={}", "0".repeat(64)).repeat(count));
        assert_eq!(SignatureHeader::parse(&header(0)), None);
        for count in 1..=MAX_SIGNATURES {
            let text = header(count);
            let read = SignatureHeader::parse(&text).map(|one| one.signatures().count());
            assert_eq!(read, Some(count));
        }
        assert_eq!(SignatureHeader::parse(&header(MAX_SIGNATURES + 1)), None);
    }
}
