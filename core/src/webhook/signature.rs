//! Is a webhook authentic. Decides by the raw bytes, the header, the secrets and the time it is
//! given; refuses to know what the body says.

use std::fmt;

use hmac::digest::CtOutput;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::header::SignatureHeader;
use super::{MAX_BODY_BYTES, MAX_SECRETS};
use crate::{Error, ErrorCode, Secret};

/// An authentic webhook: when it was signed, and with which secret of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Unix seconds, from the header.
    pub timestamp_s: i64,
    /// The place in the list that was passed in, blank secrets counted.
    pub secret_index: usize,
}

/// Why a webhook is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Rejection {
    BodyTooLarge,
    SecretMissing,
    SignatureMissing,
    SignatureMalformed,
    /// `skew_s` is our time minus the signature's: positive for one from the past.
    SignatureStale {
        skew_s: i64,
    },
    SignatureWrong,
}

impl Rejection {
    #[must_use]
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::BodyTooLarge => ErrorCode::BodyTooLarge,
            Self::SecretMissing => ErrorCode::SecretMissing,
            Self::SignatureMissing => ErrorCode::SignatureMissing,
            Self::SignatureMalformed => ErrorCode::SignatureMalformed,
            Self::SignatureStale { .. } => ErrorCode::SignatureStale,
            Self::SignatureWrong => ErrorCode::SignatureWrong,
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code().advice())?;
        match self {
            Self::SignatureStale { skew_s } => write!(f, " It is {skew_s} s old."),
            Self::BodyTooLarge
            | Self::SecretMissing
            | Self::SignatureMissing
            | Self::SignatureMalformed
            | Self::SignatureWrong => Ok(()),
        }
    }
}

impl std::error::Error for Rejection {}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Self::new(rejection.code(), rejection.to_string())
    }
}

/// Checks that the gateway signed exactly these bytes, no more than `tolerance_s` seconds from
/// `now_ms`. A tolerance of zero means this very second; there is no way to switch the check off.
///
/// Blank secrets are never used, and only the first [`MAX_SECRETS`] others are.
///
/// # Errors
/// The first that holds of: body too large, no usable secret, no header, a header of another
/// form, a time out of tolerance, no secret that gives one of the signatures.
pub fn verify_webhook(
    body: &[u8],
    header: Option<&str>,
    secrets: &[Secret],
    now_ms: i64,
    tolerance_s: u64,
) -> Result<Verified, Rejection> {
    if body.len() > MAX_BODY_BYTES {
        return Err(Rejection::BodyTooLarge);
    }
    if usable(secrets).next().is_none() {
        return Err(Rejection::SecretMissing);
    }
    let header = given(header).ok_or(Rejection::SignatureMissing)?;
    let header = SignatureHeader::parse(header).ok_or(Rejection::SignatureMalformed)?;
    let skew_s = skew_s(now_ms, header.timestamp_s);
    if skew_s.unsigned_abs() > tolerance_s {
        return Err(Rejection::SignatureStale { skew_s });
    }
    // Leaving at the first secret that matches tells a watcher only which one that is.
    usable(secrets)
        .find(|(_, secret)| {
            let signer = secret.signer();
            signer.is_some_and(|signer| signed_by(signer, &header, body))
        })
        .map(|(secret_index, _)| Verified {
            timestamp_s: header.timestamp_s,
            secret_index,
        })
        .ok_or(Rejection::SignatureWrong)
}

/// The header value that the gateway would send for this body: for tests and sandboxes.
#[must_use]
pub fn sign_webhook(body: &[u8], secret: &str, timestamp_s: i64) -> String {
    let time_text = timestamp_s.to_string();
    // HMAC takes keys of every length.
    let signature = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .map(|signer| hex::encode(sign(signer, &time_text, body).into_bytes()));
    format!("t={time_text},v1={}", signature.unwrap_or_default())
}

/// The header, unless it is absent or empty, which is how a business without a secret signs.
pub(super) fn given(header: Option<&str>) -> Option<&str> {
    header.map(str::trim).filter(|header| !header.is_empty())
}

/// The secrets that may be used, with their places in the list.
pub(super) fn usable(secrets: &[Secret]) -> impl Iterator<Item = (usize, &Secret)> {
    let filled = secrets.iter().enumerate();
    filled
        .filter(|(_, secret)| !secret.is_blank())
        .take(MAX_SECRETS)
}

/// Whether any signature of the header is this key's.
pub(super) fn signed_with(key: &[u8], header: &SignatureHeader<'_>, body: &[u8]) -> bool {
    let signer = Hmac::<Sha256>::new_from_slice(key).ok();
    signer.is_some_and(|signer| signed_by(signer, header, body))
}

/// The same for a key that is ready. All signatures are tried, each compared in constant time, so
/// that the time taken depends on lengths and counts alone.
fn signed_by(signer: Hmac<Sha256>, header: &SignatureHeader<'_>, body: &[u8]) -> bool {
    let ours = sign(signer, header.time_text, body);
    header.signatures().fold(false, |found, signature| {
        found | (ours == CtOutput::new((*signature).into()))
    })
}

fn sign(mut signer: Hmac<Sha256>, time_text: &str, body: &[u8]) -> CtOutput<Hmac<Sha256>> {
    signer.update(time_text.as_bytes());
    signer.update(b".");
    signer.update(body);
    signer.finalize()
}

/// Our time minus the signature's, in whole seconds.
pub(super) fn skew_s(now_ms: i64, timestamp_s: i64) -> i64 {
    now_ms.div_euclid(1000).saturating_sub(timestamp_s)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::webhook::{Cause, TOLERANCE_S, likely_cause};

    const NOW_S: i64 = 1_795_348_800;
    const BODY: &[u8] = br#"{"id":"evt_1","type":"payment.confirmed","data":{"payment_id":"p1"}}"#;

    fn verify(body: &[u8], header: &str) -> Result<Verified, Rejection> {
        let secrets = [Secret::new("whsec_test")];
        verify_webhook(body, Some(header), &secrets, NOW_S * 1000, TOLERANCE_S)
    }

    fn header() -> String {
        sign_webhook(BODY, "whsec_test", NOW_S)
    }

    #[test]
    fn every_truncation_of_a_signed_webhook_is_rejected() {
        assert!(verify(BODY, &header()).is_ok());
        for length in 0..BODY.len() {
            assert_eq!(
                verify(&BODY[..length], &header()),
                Err(Rejection::SignatureWrong)
            );
        }
        for length in 0..header().len() {
            assert!(
                verify(BODY, &header()[..length]).is_err(),
                "header of {length} bytes"
            );
        }
    }

    #[test]
    fn every_change_of_one_byte_of_a_signed_body_is_rejected() {
        for place in 0..BODY.len() {
            for other in (0..=255u8).filter(|other| *other != BODY[place]) {
                let mut changed = BODY.to_vec();
                changed[place] = other;
                assert_eq!(verify(&changed, &header()), Err(Rejection::SignatureWrong));
            }
        }
    }

    /// Other case of a hex digit and white space at the ends are no change of what was signed.
    #[test]
    fn every_change_of_one_byte_of_a_signature_header_is_rejected() {
        let signed = header();
        for place in 0..signed.len() {
            for other in 0..=127u8 {
                let mut changed = signed.clone().into_bytes();
                let before = std::mem::replace(&mut changed[place], other);
                let in_signature = place >= signed.len() - 64;
                if other == before || in_signature && other.eq_ignore_ascii_case(&before) {
                    continue;
                }
                let changed = String::from_utf8(changed).unwrap();
                assert!(verify(BODY, &changed).is_err(), "byte {place}: {changed:?}");
            }
        }
    }

    #[test]
    fn a_rejection_prints_and_serialises_without_the_secret() {
        let stale = Rejection::SignatureStale { skew_s: 301 };
        let json = serde_json::to_string(&stale).unwrap();
        assert_eq!(json, r#"{"code":"signature_stale","skew_s":301}"#);
        assert!(Error::from(stale).to_string().ends_with("It is 301 s old."));
    }

    #[test]
    fn every_rejection_serialises_with_the_name_of_its_error_code() {
        for rejection in [
            Rejection::BodyTooLarge,
            Rejection::SecretMissing,
            Rejection::SignatureMissing,
            Rejection::SignatureMalformed,
            Rejection::SignatureStale { skew_s: 0 },
            Rejection::SignatureWrong,
        ] {
            let json = serde_json::to_value(rejection).unwrap();
            assert_eq!(json["code"], rejection.code().as_str());
        }
    }

    proptest! {
        #[test]
        fn what_is_signed_verifies(
            body in prop::collection::vec(any::<u8>(), 0..2000),
            secret in "\\PC*[^\\s]\\PC*",
            at in 1..=999_999_999_999_i64,
        ) {
            let header = sign_webhook(&body, &secret, at);
            let secrets = [Secret::new("another"), Secret::new(secret)];
            let verified = verify_webhook(&body, Some(&header), &secrets, at * 1000, 0);
            prop_assert_eq!(verified, Ok(Verified { timestamp_s: at, secret_index: 1 }));
        }

        #[test]
        fn nothing_makes_it_panic(
            body in prop::collection::vec(any::<u8>(), 0..300),
            header in "(t=|v1=|,|[0-9a-f]{64}|[0-9]{1,14}|\\PC)*",
            secrets in prop::collection::vec("\\PC*", 0..10),
            now_ms in any::<i64>(),
            tolerance_s in any::<u64>(),
        ) {
            let secrets: Vec<_> = secrets.into_iter().map(Secret::new).collect();
            let verdict = verify_webhook(&body, Some(&header), &secrets, now_ms, tolerance_s);
            if let Err(rejection) = verdict {
                let cause: Cause = likely_cause(&body, Some(&header), &secrets, now_ms, &rejection);
                prop_assert!(!cause.advice().is_empty());
            }
        }
    }
}
