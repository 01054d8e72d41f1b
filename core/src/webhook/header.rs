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
    pub(super) signatures: Vec<[u8; SIGNATURE_BYTES]>,
}

impl<'a> SignatureHeader<'a> {
    /// `None` if the header is of any other form.
    pub(super) fn parse(header: &'a str) -> Option<Self> {
        let mut time = None;
        let mut signatures = Vec::new();
        for part in header.split(',') {
            match part.split_once('=')? {
                ("t", _) if time.is_some() => return None,
                ("t", text) => time = Some((text, parse_time(text)?)),
                ("v1", _) if signatures.len() >= MAX_SIGNATURES => return None,
                ("v1", digits) => signatures.push(parse_signature(digits)?),
                (key, _) if is_key(key) => {}
                _ => return None,
            }
        }
        let (time_text, timestamp_s) = time?;
        (!signatures.is_empty()).then_some(Self {
            time_text,
            timestamp_s,
            signatures,
        })
    }
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

/// Hex of either case: the service writes lower case, and case carries no meaning.
fn parse_signature(digits: &str) -> Option<[u8; SIGNATURE_BYTES]> {
    let mut signature = [0; SIGNATURE_BYTES];
    hex::decode_to_slice(digits, &mut signature).ok()?;
    Some(signature)
}
