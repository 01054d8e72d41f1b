//! Why a webhook was rejected, found by trying the usual mistakes one after the other. Runs only
//! after a rejection and never makes one undone; the work is bounded by the limits on bodies and
//! secrets, at most about a hundred signatures.

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::MAX_BODY_BYTES;
use super::header::SignatureHeader;
use super::rewriting::{compact, spaced, unescaped};
use super::signature::{Rejection, given, signed_with, skew_s, usable};
use crate::Secret;
use crate::document::{ToJson, put};

/// What is probably wrong. Each but the last was tried and explains the rejection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum Cause {
    BodyTooLarge,
    /// The list of secrets is empty.
    SecretNotConfigured,
    /// Every secret in the list is empty or white space.
    SecretBlank,
    /// The request has no signature header at all.
    HeaderMissing,
    /// The header is there and empty.
    HeaderEmpty,
    HeaderMalformed,
    /// The signature is right and was made `skew_s` seconds before our time.
    ClockSkew {
        skew_s: i64,
    },
    /// White space at the end of the body was not there when it was signed.
    TrailingNewlineAdded,
    /// A line break at the end of the body was signed and is gone.
    TrailingNewlineRemoved,
    /// The same JSON, written in another way.
    BodyReserialised,
    /// Nothing is left of the body.
    BodyLost,
    /// The secret has white space round it that does not belong to it, or lacks it.
    SecretWhiteSpace,
    /// The secret is still in the quotes of its configuration file.
    SecretQuoted,
    /// One side uses the secret's characters, the other the bytes they stand for in hex.
    SecretEncoded,
    /// Whoever signed had an empty secret.
    SignedWithEmptySecret,
    /// None of the above: another business's secret, an old one, or a forgery.
    SecretWrong,
}

impl Cause {
    const fn name(self) -> &'static str {
        match self {
            Self::BodyTooLarge => "body_too_large",
            Self::SecretNotConfigured => "secret_not_configured",
            Self::SecretBlank => "secret_blank",
            Self::HeaderMissing => "header_missing",
            Self::HeaderEmpty => "header_empty",
            Self::HeaderMalformed => "header_malformed",
            Self::ClockSkew { .. } => "clock_skew",
            Self::TrailingNewlineAdded => "trailing_newline_added",
            Self::TrailingNewlineRemoved => "trailing_newline_removed",
            Self::BodyReserialised => "body_reserialised",
            Self::BodyLost => "body_lost",
            Self::SecretWhiteSpace => "secret_white_space",
            Self::SecretQuoted => "secret_quoted",
            Self::SecretEncoded => "secret_encoded",
            Self::SignedWithEmptySecret => "signed_with_empty_secret",
            Self::SecretWrong => "secret_wrong",
        }
    }
}

impl ToJson for Cause {
    fn to_json(&self) -> Json {
        let mut fields = Map::new();
        put(&mut fields, "cause", self.name().to_json());
        if let Self::ClockSkew { skew_s } = self {
            put(&mut fields, "skew_s", skew_s.to_json());
        }
        Json::Object(fields)
    }
}

crate::document::serialize!(Cause);

impl Cause {
    /// What to do, in a sentence or two, for a log and a person.
    #[must_use]
    pub fn advice(&self) -> String {
        let text = match self {
            Self::BodyTooLarge => "The body is longer than any webhook; it is not the gateway's.",
            Self::SecretNotConfigured => {
                "No webhook secret is configured here; copy the business's secret from the gateway."
            }
            Self::SecretBlank => {
                "The webhook secret is empty here; is the environment variable set for this \
                 process?"
            }
            Self::HeaderMissing => {
                "The request has no X-CoinPay-Signature; does a proxy drop it, or did somebody \
                 else call this address?"
            }
            Self::HeaderEmpty => {
                "X-CoinPay-Signature is empty: the business has no webhook secret at the gateway; \
                 set one there."
            }
            Self::HeaderMalformed => {
                "X-CoinPay-Signature is not t=<seconds>,v1=<64 hex digits>; pass the header's \
                 value unchanged."
            }
            Self::ClockSkew { skew_s } => return clock_advice(*skew_s),
            Self::TrailingNewlineAdded => {
                "White space was added at the end of the body; pass the raw bytes of the request."
            }
            Self::TrailingNewlineRemoved => {
                "A line break at the end of the body was cut off; pass the raw bytes of the \
                 request."
            }
            Self::BodyReserialised => {
                "The body was parsed and written again; pass the raw bytes of the request, read \
                 before any JSON parser."
            }
            Self::BodyLost => {
                "The body is empty or a placeholder such as [object Object]: something read it \
                 first; take the raw bytes before any parser."
            }
            Self::SecretWhiteSpace => {
                "The secret is right but for white space at its ends; remove it from the setting."
            }
            Self::SecretQuoted => {
                "The secret is right but for the quotes round it; remove them from the setting."
            }
            Self::SecretEncoded => {
                "The secret is used as text, not as the bytes that its hex digits stand for; copy \
                 it as the gateway shows it."
            }
            Self::SignedWithEmptySecret => {
                "The signature was made with an empty secret; set a secret at the gateway. It may \
                 be a forgery."
            }
            Self::SecretWrong => {
                "No secret here gives this signature: it is of another business, was changed at \
                 the gateway, or the webhook is forged."
            }
        };
        text.to_owned()
    }
}

fn clock_advice(skew_s: i64) -> String {
    let seconds = skew_s.unsigned_abs();
    if skew_s < 0 {
        format!(
            "The signature is right but from {seconds} s in the future; set this server's clock."
        )
    } else {
        format!(
            "The signature is right but {seconds} s old; set this server's clock, or it is an old \
             webhook sent again."
        )
    }
}

/// The likely cause of `rejection`, which [`super::verify_webhook`] gave for the same arguments.
#[must_use]
pub fn likely_cause(
    body: &[u8],
    header: Option<&str>,
    secrets: &[Secret],
    now_ms: i64,
    rejection: &Rejection,
) -> Cause {
    let is_stale = match rejection {
        Rejection::BodyTooLarge => return Cause::BodyTooLarge,
        Rejection::SecretMissing if secrets.is_empty() => return Cause::SecretNotConfigured,
        Rejection::SecretMissing => return Cause::SecretBlank,
        Rejection::SignatureMissing if header.is_none() => return Cause::HeaderMissing,
        Rejection::SignatureMissing => return Cause::HeaderEmpty,
        Rejection::SignatureMalformed => return Cause::HeaderMalformed,
        Rejection::SignatureStale { .. } => true,
        Rejection::SignatureWrong => false,
    };
    if body.len() > MAX_BODY_BYTES {
        return Cause::BodyTooLarge;
    }
    let Some(header) = given(header).and_then(SignatureHeader::parse) else {
        return Cause::HeaderMalformed;
    };
    let attempt = Attempt {
        header: &header,
        secrets,
    };
    if is_stale && attempt.any_secret_signed(body) {
        return Cause::ClockSkew {
            skew_s: skew_s(now_ms, header.timestamp_s),
        };
    }
    attempt
        .explained_by_body(body)
        .or_else(|| attempt.explained_by_secret(body))
        .unwrap_or(Cause::SecretWrong)
}

/// The header of one rejected webhook, against which bodies and secrets are tried.
struct Attempt<'a> {
    header: &'a SignatureHeader<'a>,
    secrets: &'a [Secret],
}

impl Attempt<'_> {
    fn any_secret_signed(&self, body: &[u8]) -> bool {
        usable(self.secrets)
            .any(|(_, secret)| signed_with(secret.expose().as_bytes(), self.header, body))
    }

    fn explained_by_body(&self, body: &[u8]) -> Option<Cause> {
        let trimmed = body.trim_ascii_end();
        if trimmed.len() < body.len() && self.any_secret_signed(trimmed) {
            return Some(Cause::TrailingNewlineAdded);
        }
        let longer = [b"\n".as_slice(), b"\r\n"].map(|end| [body, end].concat());
        if longer.iter().any(|body| self.any_secret_signed(body)) {
            return Some(Cause::TrailingNewlineRemoved);
        }
        if trimmed.is_empty() || trimmed.starts_with(b"[object ") {
            return Some(Cause::BodyLost);
        }
        let tight = compact(body);
        let plain = unescaped(&tight);
        let variants = [spaced(&tight), spaced(&plain), tight, plain];
        let rewritten = variants.iter().any(|body| self.any_secret_signed(body));
        rewritten.then_some(Cause::BodyReserialised)
    }

    fn explained_by_secret(&self, body: &[u8]) -> Option<Cause> {
        for (_, secret) in usable(self.secrets) {
            let text = secret.expose();
            let trimmed = text.trim();
            let spaced = [
                trimmed.to_owned(),
                format!("{text}\n"),
                format!("{text}\r\n"),
            ];
            if spaced
                .iter()
                .any(|key| signed_with(key.as_bytes(), self.header, body))
            {
                return Some(Cause::SecretWhiteSpace);
            }
            let bare = trimmed.trim_matches(['"', '\'']);
            if bare.len() < trimmed.len() && signed_with(bare.as_bytes(), self.header, body) {
                return Some(Cause::SecretQuoted);
            }
            let digits = hex::encode(text);
            let bytes = hex::decode(trimmed).ok();
            if signed_with(digits.as_bytes(), self.header, body)
                || bytes.is_some_and(|key| signed_with(&key, self.header, body))
            {
                return Some(Cause::SecretEncoded);
            }
        }
        signed_with(b"", self.header, body).then_some(Cause::SignedWithEmptySecret)
    }
}
