//! The signature of a webhook. The first line is the header, the rest the body. A `%` in the
//! header stands for a real signature by the older of two secrets, a `&` for one by the newer,
//! so that a fuzzer gets past them. A second reader, written another way, has to agree.

use crate::Secret;
use crate::webhook::{
    MAX_SIGNATURES, Rejection, TOLERANCE_S, Verified, likely_cause, sign_webhook, verify_webhook,
};

const NOW_S: i64 = 1_795_348_800;
const NEWER: &str = "whsec_newer_secret";
const OLDER: &str = "whsec_older_secret";

pub(super) fn run(data: &[u8]) {
    let (line, body) = super::line(data);
    let secrets = [NEWER, " \t", OLDER].map(Secret::new);
    // Latin-1, as hosts read headers.
    let mut header = String::new();
    for byte in line {
        match byte {
            b'%' => header.push_str(&signature(body, OLDER)),
            b'&' => header.push_str(&signature(body, NEWER)),
            other => header.push(char::from(*other)),
        }
    }
    let now_ms = NOW_S * 1_000;
    let verdict = verify_webhook(body, Some(&header), &secrets, now_ms, TOLERANCE_S);
    assert_eq!(verdict, second_opinion(&header, body), "{header:?}");
    match verdict {
        Ok(verified) => believed(body, &header, &secrets, verified),
        Err(rejection) => {
            let cause = likely_cause(body, Some(&header), &secrets, now_ms, &rejection);
            let words = format!("{} {rejection} {rejection:?}", cause.advice());
            assert!(
                !words.contains("secret_") && !words.contains("_secret"),
                "{words}"
            );
        }
    }
}

fn signature(body: &[u8], secret: &str) -> String {
    let signed = sign_webhook(body, secret, NOW_S);
    signed.split_once(",v1=").expect("two parts").1.to_owned()
}

/// What was believed is believed for no other body, time or secret.
fn believed(body: &[u8], header: &str, secrets: &[Secret; 3], verified: Verified) {
    let verify = |body: &[u8], secrets: &[Secret], now_s: i64| {
        verify_webhook(body, Some(header), secrets, now_s * 1_000, TOLERANCE_S)
    };
    let longer = [body, b"\n"].concat();
    assert_eq!(
        verify(&longer, secrets, NOW_S),
        Err(Rejection::SignatureWrong)
    );
    if let Some((_, shorter)) = body.split_first() {
        assert_eq!(
            verify(shorter, secrets, NOW_S),
            Err(Rejection::SignatureWrong)
        );
    }
    let others = [Secret::new("whsec_other")];
    assert_eq!(verify(body, &others, NOW_S), Err(Rejection::SignatureWrong));
    assert_eq!(
        verify(body, &secrets[1..2], NOW_S),
        Err(Rejection::SecretMissing)
    );
    for skew_s in [-301, 301] {
        let stale = Err(Rejection::SignatureStale { skew_s });
        assert_eq!(verify(body, secrets, verified.timestamp_s + skew_s), stale);
    }
    assert_eq!(
        verify(body, secrets, verified.timestamp_s - 300),
        Ok(verified)
    );
}

/// The rules of the header, one after the other over the whole list of parts.
fn second_opinion(header: &str, body: &[u8]) -> Result<Verified, Rejection> {
    let header = header.trim();
    if header.is_empty() {
        return Err(Rejection::SignatureMissing);
    }
    let parts: Vec<_> = header.split(',').collect();
    let of_key = |key: &str| -> Vec<&str> {
        parts
            .iter()
            .filter_map(|part| part.strip_prefix(key))
            .collect()
    };
    let (times, signatures) = (of_key("t="), of_key("v1="));
    let is_hex = |text: &&str| text.len() == 64 && text.chars().all(|c| c.is_ascii_hexdigit());
    let has_key = |part: &&str| {
        let key = part.split('=').next().unwrap_or_default();
        part.contains('=') && !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric())
    };
    let time = match times[..] {
        [time] if (1..=12).contains(&time.len()) && time.chars().all(|c| c.is_ascii_digit()) => {
            time
        }
        _ => return Err(Rejection::SignatureMalformed),
    };
    let sound = !time.starts_with('0')
        && (1..=MAX_SIGNATURES).contains(&signatures.len())
        && signatures.iter().all(is_hex)
        && parts.iter().all(has_key);
    if !sound {
        return Err(Rejection::SignatureMalformed);
    }
    let timestamp_s: i64 = time.parse().expect("twelve digits");
    let skew_s = NOW_S - timestamp_s;
    if skew_s.abs() > 300 {
        return Err(Rejection::SignatureStale { skew_s });
    }
    for (secret_index, secret) in [(0, NEWER), (2, OLDER)] {
        let signed = sign_webhook(body, secret, timestamp_s);
        let (_, ours) = signed.split_once(",v1=").expect("two parts");
        if signatures.iter().any(|one| one.eq_ignore_ascii_case(ours)) {
            return Ok(Verified {
                timestamp_s,
                secret_index,
            });
        }
    }
    Err(Rejection::SignatureWrong)
}
