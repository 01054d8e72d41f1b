//! What a body may have looked like before a framework parsed it and wrote it again. Works on
//! the text alone, so that the order of keys and the digits of numbers stay.

/// Without the white space between tokens, as JavaScript and most encoders write.
pub(super) fn compact(json: &[u8]) -> Vec<u8> {
    let mut output = Vec::with_capacity(json.len());
    walk(json, |byte, is_text| {
        if is_text || !byte.is_ascii_whitespace() {
            output.push(byte);
        }
    });
    output
}

/// With a space after each comma and colon, as Python writes. Expects compact JSON.
pub(super) fn spaced(json: &[u8]) -> Vec<u8> {
    let mut output = Vec::with_capacity(json.len());
    walk(json, |byte, is_text| {
        output.push(byte);
        if !is_text && matches!(byte, b',' | b':') {
            output.push(b' ');
        }
    });
    output
}

/// Calls `visit` with every byte and whether it belongs to a string.
fn walk(json: &[u8], mut visit: impl FnMut(u8, bool)) {
    let mut is_text = false;
    let mut is_escaped = false;
    for &byte in json {
        let is_quote = byte == b'"' && !is_escaped;
        visit(byte, is_text || is_quote);
        is_text ^= is_quote;
        is_escaped = is_text && byte == b'\\' && !is_escaped;
    }
}

/// With `\/` and the `\u` escapes that JavaScript would not write turned into their characters:
/// PHP escapes slashes and everything beyond ASCII, others the signs of HTML.
pub(super) fn unescaped(json: &[u8]) -> Vec<u8> {
    let mut output = Vec::with_capacity(json.len());
    let mut rest = json;
    while let Some((&byte, after)) = rest.split_first() {
        if let Some((text, after)) = needless_escape(rest) {
            output.extend_from_slice(text.encode_utf8(&mut [0; 4]).as_bytes());
            rest = after;
            continue;
        }
        output.push(byte);
        rest = after;
        // The second byte of an escape that stays must not be taken for the start of another.
        if let (b'\\', Some((&escaped, after))) = (byte, after.split_first()) {
            output.push(escaped);
            rest = after;
        }
    }
    output
}

/// The character that an escape at the start of `text` stands for, and what follows it.
fn needless_escape(text: &[u8]) -> Option<(char, &[u8])> {
    if let Some(after) = text.strip_prefix(b"\\/") {
        return Some(('/', after));
    }
    let (unit, after) = code_unit(text)?;
    if (0xd800..0xdc00).contains(&unit) {
        let (low, after) = code_unit(after)?;
        let character = char::decode_utf16([unit, low]).next()?.ok()?;
        return Some((character, after));
    }
    let character = char::from_u32(u32::from(unit))?;
    let must_stay = character < ' ' || matches!(character, '"' | '\\');
    (!must_stay).then_some((character, after))
}

fn code_unit(text: &[u8]) -> Option<(u16, &[u8])> {
    let (digits, after) = text.strip_prefix(b"\\u")?.split_at_checked(4)?;
    let mut unit = [0; 2];
    hex::decode_to_slice(digits, &mut unit).ok()?;
    Some((u16::from_be_bytes(unit), after))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn white_space_goes_between_tokens_and_stays_in_strings() {
        let pretty = b"{\n  \"a \\\" b\" : [ 1,\t2 ],\r\n \"c\\\\\": \"d, e: f\" }\n";
        let tight = r#"{"a \" b":[1,2],"c\\":"d, e: f"}"#;
        assert_eq!(text(compact(pretty)), tight);
        assert_eq!(
            text(spaced(tight.as_bytes())),
            r#"{"a \" b": [1, 2], "c\\": "d, e: f"}"#
        );
    }

    #[test]
    fn needless_escapes_become_characters_and_needed_ones_stay() {
        let escaped =
            br#"{"u":"https:\/\/x","e":"\u00e9\u20AC\ud83d\ude00\u003c","n":"\n\\u0041"}"#;
        assert_eq!(
            text(unescaped(escaped)),
            r#"{"u":"https://x","e":"é€😀<","n":"\n\\u0041"}"#
        );
        for kept in [
            r"\u0000", r"\u0022", r"\u005c", r"\ud83d", r"\ud83dx", r"\u12", r"\u+041", r"\u",
        ] {
            assert_eq!(text(unescaped(kept.as_bytes())), kept);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let tight = compact(&bytes);
            prop_assert_eq!(compact(&tight), tight.clone());
            let _ = (spaced(&tight), unescaped(&bytes));
        }

        #[test]
        fn a_parsed_document_written_compactly_is_left_as_it_is(text in "\\PC*") {
            let value = serde_json::json!({ "key": text, "n": [1, 2] });
            let json = serde_json::to_vec(&value).unwrap();
            prop_assert_eq!(compact(&json), json);
        }
    }
}
