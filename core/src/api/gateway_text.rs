//! The gateway's own words, made fit for a log: one line, short, and without keys.

const MAX_CHARACTERS: usize = 200;

/// How much is looked at; an error page may be a megabyte.
const MAX_READ_CHARACTERS: usize = 2000;

/// How keys and webhook secrets begin.
const KEY_MARKS: [&str; 3] = ["cp_live_", "cp_test_", "whsec_"];

/// How a JSON Web Token begins, which is what the dashboard's tokens are.
const TOKEN_START: &str = "eyj";

/// At most 200 characters of `text`, on one line, each key replaced by `[key]`.
pub(super) fn gateway_text(text: &str) -> String {
    let readable = |c: char| if c.is_control() { ' ' } else { c };
    let line: String = text
        .chars()
        .take(MAX_READ_CHARACTERS)
        .map(readable)
        .collect();
    let mut output = String::new();
    let mut after_bearer = false;
    for piece in line.split_whitespace() {
        if !output.is_empty() {
            output.push(' ');
        }
        if after_bearer {
            output.push_str("[key]");
        } else {
            push_without_keys(&mut output, piece);
        }
        let word = piece.trim_start_matches(|c: char| !c.is_alphanumeric());
        after_bearer = word.eq_ignore_ascii_case("bearer");
    }
    shortened(&output)
}

fn push_without_keys(output: &mut String, piece: &str) {
    for run in piece.split_inclusive(|c| !is_key_character(c)) {
        let word = run.trim_end_matches(|c| !is_key_character(c));
        let lower = word.to_ascii_lowercase();
        if lower.starts_with(TOKEN_START) || KEY_MARKS.iter().any(|mark| lower.contains(mark)) {
            output.push_str("[key]");
            output.extend(run.chars().skip(word.chars().count()));
        } else {
            output.push_str(run);
        }
    }
}

const fn is_key_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.')
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= MAX_CHARACTERS {
        return text.to_owned();
    }
    let kept = text.chars().take(MAX_CHARACTERS.saturating_sub(1));
    kept.chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_are_left_out_wherever_they_stand() {
        for (text, expected) in [
            ("bad key cp_live_ab-c, sorry", "bad key [key], sorry"),
            ("key=\"CP_TEST_x\"", "key=\"[key]\""),
            ("got 'Bearer abc.def' instead", "got 'Bearer [key] instead"),
            (
                "Authorization: bearer  whsec_1",
                "Authorization: bearer [key]",
            ),
            ("token eyJhbGci.eyJzdWIi.c2ln", "token [key]"),
            ("no wallet for BTC", "no wallet for BTC"),
        ] {
            assert_eq!(gateway_text(text), expected);
        }
    }

    #[test]
    fn a_key_at_the_cut_is_left_out_as_a_whole() {
        let text = format!("{} cp_live_secret", "x".repeat(195));
        assert!(!gateway_text(&text).contains("cp_"));
    }

    proptest! {
        #[test]
        fn it_is_always_one_short_line(text in any::<String>()) {
            let line = gateway_text(&text);
            prop_assert!(line.chars().count() <= MAX_CHARACTERS);
            prop_assert!(!line.chars().any(char::is_control));
        }
    }
}
