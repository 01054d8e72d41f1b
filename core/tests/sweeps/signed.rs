//! Webhooks that are really signed, from the shared vectors, and a slow second opinion on which
//! headers say the same as the one that was sent.

use coinpay_core::webhook::{TOLERANCE_S, Verified, sign_webhook, verify_webhook};
use coinpay_core::{Secret, webhook::Rejection};
use serde_json::Value;

use crate::wire_vectors::Vectors;

pub(crate) struct Signed {
    pub(crate) name: String,
    pub(crate) body: Vec<u8>,
    pub(crate) header: String,
    pub(crate) secrets: Vec<Secret>,
    pub(crate) now_ms: i64,
    pub(crate) tolerance_s: u64,
    pub(crate) verified: Verified,
}

impl Signed {
    pub(crate) fn verify(&self, body: &[u8], header: &str) -> Result<Verified, Rejection> {
        let (now_ms, tolerance_s) = (self.now_ms, self.tolerance_s);
        verify_webhook(body, Some(header), &self.secrets, now_ms, tolerance_s)
    }

    /// What another header for the same body may be taken for: it has the time that was signed,
    /// once, and a whole signature by one of the secrets.
    pub(crate) fn equivalent(&self, header: &str) -> Option<Verified> {
        let parts: Vec<_> = header.trim().split(',').collect();
        let times: Vec<_> = parts
            .iter()
            .filter(|part| part.starts_with("t="))
            .copied()
            .collect();
        let signed_at = format!("t={}", self.verified.timestamp_s);
        if times != [signed_at] {
            return None;
        }
        let filled = self.secrets.iter().enumerate();
        let mut usable = filled.filter(|(_, secret)| !secret.expose().trim().is_empty());
        let by = usable.find(|(_, secret)| {
            let signed = sign_webhook(&self.body, secret.expose(), self.verified.timestamp_s);
            let (_, signature) = signed.split_once(',').expect("two parts");
            parts
                .iter()
                .any(|part| part.starts_with("v1=") && part.eq_ignore_ascii_case(signature))
        });
        by.map(|(secret_index, _)| Verified {
            secret_index,
            ..self.verified
        })
    }
}

/// Every vector with a good signature and a body that a sweep can get through, signed by another
/// implementation.
pub(crate) fn from_elsewhere() -> Vec<Signed> {
    let file = Vectors::read("webhook_signatures.json");
    let good = file.cases.iter().filter(|case| {
        case.text("call") == "verify_webhook" && case.has("gives") && case.body().len() < 4_096
    });
    let signed: Vec<_> = good
        .map(|case| {
            let number = |key: &str| case.optional(key).and_then(Value::as_i64);
            let gives = case.get("gives");
            Signed {
                name: case.name().to_owned(),
                body: case.body(),
                header: case.text("header").to_owned(),
                secrets: case.texts("secrets").into_iter().map(Secret::new).collect(),
                now_ms: number("now_ms").expect("a time"),
                tolerance_s: number("tolerance_s").map_or(TOLERANCE_S, i64::unsigned_abs),
                verified: Verified {
                    timestamp_s: gives["timestamp_s"].as_i64().expect("a time"),
                    secret_index: usize::try_from(gives["secret_index"].as_u64().expect("a place"))
                        .expect("a small number"),
                },
            }
        })
        .collect();
    assert!(signed.len() >= 29, "the vectors lost {}", 29 - signed.len());
    signed
}

/// One event of every sender that the protocol names, signed here with the second of three
/// secrets, beside a signature that is none of ours.
pub(crate) fn of_every_sender() -> Vec<Signed> {
    let file = Vectors::read("webhook_events.json");
    let senders = [
        "balance check",
        "card rail",
        "forwarding",
        "payment monitor",
        "plain forwarding",
        "test button",
    ];
    let first_of = |row: &&str| {
        let mut cases = file.cases.iter();
        let case = cases.find(|case| case.text("row") == *row);
        let case = case.unwrap_or_else(|| panic!("no event of {row}"));
        signed_here(row, case.body())
    };
    senders.iter().map(first_of).collect()
}

fn signed_here(row: &str, body: Vec<u8>) -> Signed {
    let timestamp_s = 1_795_348_800;
    let ours = sign_webhook(&body, "whsec_second", timestamp_s);
    let foreign = sign_webhook(&body, "whsec_foreign", timestamp_s);
    let (_, foreign) = foreign.split_once(',').expect("two parts");
    Signed {
        name: row.to_owned(),
        header: format!("{ours},{foreign}"),
        body,
        secrets: ["whsec_first", "whsec_second", "whsec_third"]
            .map(Secret::new)
            .to_vec(),
        now_ms: timestamp_s * 1_000,
        tolerance_s: TOLERANCE_S,
        verified: Verified {
            timestamp_s,
            secret_index: 1,
        },
    }
}
