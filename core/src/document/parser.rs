//! Values from texts. The parser is `serde_json`'s, and a number is its text, so that no digit is
//! lost. Its own way to values can print and describe floating-point numbers, which nobody here
//! does, and which is a tenth of a small module.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Error, Map, Number, Value as Json};

/// The parser, told to keep numbers exactly, hands out each as an object with its text under this
/// name.
const NUMBER: &str = "$serde_json::private::Number";

pub(super) fn parse(text: &str) -> Result<Json, Error> {
    let mut parser = serde_json::Deserializer::from_str(text);
    let value = AnyValue.deserialize(&mut parser)?;
    parser.end()?;
    Ok(value)
}

#[derive(Clone, Copy)]
struct AnyValue;

impl<'de> DeserializeSeed<'de> for AnyValue {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<Json, D::Error> {
        parser.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyValue {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    /// Does not come: numbers are texts.
    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(value.into())
    }

    /// A number's text. A text of the document is one that the parser lends.
    fn visit_string<E>(self, digits: String) -> Result<Json, E> {
        Ok(Json::Number(Number::from_string_unchecked(digits)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Json::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Json, A::Error> {
        let mut object = Map::new();
        while let Some(name) = fields.next_key_seed(self)? {
            let value = fields.next_value_seed(self)?;
            let Json::String(name) = name else {
                continue;
            };
            if name == NUMBER && value.is_number() && object.is_empty() {
                return Ok(value);
            }
            object.insert(name, value);
        }
        Ok(Json::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by_itself(text: &str) -> Result<Json, Error> {
        serde_json::from_str(text)
    }

    /// What is read, or where it cannot be.
    fn outcome(read: Result<Json, Error>) -> Result<Json, (usize, usize)> {
        read.map_err(|error| (error.line(), error.column()))
    }

    #[test]
    fn texts_are_read_as_by_the_parser_itself() {
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let (deepest, too_deep) = (deep(127), deep(128));
        for text in [
            "null",
            " true ",
            "0",
            "-0",
            "1.50",
            "49.900000000000000000000001",
            "1e400",
            "-1E-7",
            "123456789012345678901234567890",
            "\"\"",
            r#""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#,
            "[]",
            "[1, [2, {}], \"3\"]",
            r#"{"a": 1.10, "b": {"c": [null]}, "a": false}"#,
            r#"{"\u0061": 1}"#,
            deepest.as_str(),
            "",
            "nul",
            "01",
            "1.",
            "+1",
            "NaN",
            "[1,]",
            "[1 2]",
            "{\"a\"}",
            "{\"a\":1,}",
            "{1: 2}",
            "{\"a\": 1} x",
            "\"\n\"",
            r#""\x""#,
            r#""\ud800""#,
            too_deep.as_str(),
        ] {
            assert_eq!(outcome(parse(text)), outcome(by_itself(text)), "{text}");
        }
    }

    #[test]
    fn every_digit_of_a_number_is_kept() {
        for text in ["1.50", "0.1000", "1e+2", "-0.0", "900719925474099399"] {
            let read = parse(text).expect("a number");
            assert_eq!(read.to_string(), text);
        }
    }

    /// What is between the parser and us is spelled like a document, and nobody may write it.
    #[test]
    fn a_document_that_looks_like_a_number_is_none() {
        let named = |value: &str| format!(r#"{{"{NUMBER}": {value}}}"#);
        for value in [r#""1""#, r#""1, \"paid\": true""#, "{}", "null"] {
            let read = parse(&named(value)).expect("an object");
            assert!(read.is_object(), "{value}");
            assert_eq!(read[NUMBER], by_itself(value).unwrap());
        }
        assert_eq!(parse(&named("7")).unwrap(), Json::from(7));
        assert!(parse(&format!(r#"{{"{NUMBER}": 7, "a": 1}}"#)).is_err());
        let behind = format!(r#"{{"a": 1, "{NUMBER}": 7}}"#);
        assert_eq!(parse(&behind).unwrap()[NUMBER], Json::from(7));
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_by_the_parser_itself(
            text in r#"[\[\]{}:, "a\\u0-9.eE+\-tfn]{0,24}"#,
        ) {
            prop_assert_eq!(outcome(parse(&text)), outcome(by_itself(&text)));
        }
    }
}
