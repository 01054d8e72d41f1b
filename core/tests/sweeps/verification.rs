//! `verify_webhook` against every small change of a signed webhook.

use coinpay_core::webhook::Rejection;

use crate::changes::{
    few_replacements, header_text, insertions, omissions, replacements, truncations,
};
use crate::signed::{Signed, from_elsewhere, of_every_sender};

fn all() -> Vec<Signed> {
    let mut all = from_elsewhere();
    all.extend(of_every_sender());
    for webhook in &all {
        let verdict = webhook.verify(&webhook.body, &webhook.header);
        assert_eq!(verdict, Ok(webhook.verified), "{}", webhook.name);
    }
    all
}

/// The body is what was signed, so no other is believed, whatever it says.
fn no_body_of<'a>(changed: impl Iterator<Item = Vec<u8>> + 'a, webhook: &'a Signed) -> usize {
    let mut tried = 0;
    for body in changed {
        let verdict = webhook.verify(&body, &webhook.header);
        assert_eq!(verdict, Err(Rejection::SignatureWrong), "{}", webhook.name);
        tried += 1;
    }
    tried
}

/// Believed only where the second opinion says that it means the same. How many were believed.
fn no_header_of<'a>(changed: impl Iterator<Item = Vec<u8>> + 'a, webhook: &'a Signed) -> usize {
    let mut believed = 0;
    for bytes in changed {
        let header = header_text(&bytes);
        if let Ok(verified) = webhook.verify(&webhook.body, &header) {
            let equivalent = webhook.equivalent(&header);
            assert_eq!(Some(verified), equivalent, "{}: {header:?}", webhook.name);
            believed += 1;
        }
    }
    believed
}

#[test]
fn no_truncation_of_a_signed_body_is_believed() {
    for webhook in all() {
        let tried = no_body_of(truncations(&webhook.body), &webhook);
        assert_eq!(tried, webhook.body.len());
    }
}

#[test]
fn no_other_byte_anywhere_in_a_signed_body_is_believed() {
    let webhook = &from_elsewhere()[0];
    let tried = no_body_of(replacements(&webhook.body), webhook);
    assert_eq!(tried, webhook.body.len() * 255);
}

#[test]
fn no_small_change_of_the_event_of_any_sender_is_believed() {
    for webhook in of_every_sender() {
        no_body_of(few_replacements(&webhook.body), &webhook);
        no_body_of(omissions(&webhook.body), &webhook);
    }
}

/// A header that ends after a whole signature of ours says what it said before; none of the
/// shorter ones does.
#[test]
fn a_truncated_header_is_believed_only_with_its_time_and_a_whole_signature() {
    for webhook in all() {
        let believed = no_header_of(truncations(webhook.header.as_bytes()), &webhook);
        let longest = webhook.header.len() - 1;
        let equivalent = (0..=longest)
            .filter(|length| webhook.equivalent(&webhook.header[..*length]).is_some())
            .count();
        assert!(believed <= equivalent, "{}", webhook.name);
    }
}

/// Beside ASCII a byte is a character of Latin-1, which has white space of its own. The case of
/// hex digits says nothing, and neither does a key or a signature that is not ours; everything
/// else has to be as it was sent.
#[test]
fn another_byte_in_a_header_is_believed_only_where_it_says_the_same() {
    let mut believed = 0;
    let webhook = &of_every_sender()[0];
    believed += no_header_of(replacements(webhook.header.as_bytes()), webhook);
    for webhook in from_elsewhere() {
        believed += no_header_of(few_replacements(webhook.header.as_bytes()), &webhook);
    }
    assert!(believed > 0, "the case of hex digits says nothing");
}

#[test]
fn a_byte_more_or_less_in_a_header_is_believed_only_where_it_says_the_same() {
    let mut believed = 0;
    for webhook in all() {
        believed += no_header_of(insertions(webhook.header.as_bytes()), &webhook);
        no_header_of(omissions(webhook.header.as_bytes()), &webhook);
    }
    assert!(believed > 0, "white space at the ends says nothing");
}
