//! Reads the fields of a JSON object whose types are promised but not kept: what cannot be read
//! counts as absent and is listed, so that one odd field never hides the others.

use serde_json::{Map, Value};

use crate::money::Decimal;
use crate::time::parse_rfc3339_ms;

/// No id, address, hash or status of the gateway comes near this.
const MAX_TEXT_BYTES: usize = 512;

pub(crate) struct Fields<'a> {
    object: &'a Map<String, Value>,
    /// Fields that were present with a type or value that cannot be used, by their names.
    pub(crate) unreadable: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    pub(crate) const fn of(object: &'a Map<String, Value>) -> Self {
        Self {
            object,
            unreadable: Vec::new(),
        }
    }

    pub(crate) fn text(&mut self, names: &[&'static str]) -> Option<String> {
        self.first(names, |value| short_text(value).map(str::to_owned))
    }

    /// A text, or a number as its digits.
    pub(crate) fn id(&mut self, names: &[&'static str]) -> Option<String> {
        self.first(names, |value| match value {
            Value::Number(number) => Some(number.to_string()),
            _ => short_text(value).map(str::to_owned),
        })
    }

    pub(crate) fn decimal(&mut self, names: &[&'static str]) -> Option<Decimal> {
        self.first(names, |value| {
            let is_short = value
                .as_str()
                .is_none_or(|text| text.len() <= MAX_TEXT_BYTES);
            is_short.then(|| Decimal::from_json(value).ok()).flatten()
        })
    }

    pub(crate) fn count(&mut self, names: &[&'static str]) -> Option<u64> {
        self.first(names, |value| match value {
            Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                text.parse().ok()
            }
            _ => value.as_u64(),
        })
    }

    pub(crate) fn time_ms(&mut self, names: &[&'static str]) -> Option<i64> {
        self.first(names, |value| parse_rfc3339_ms(short_text(value)?))
    }

    pub(crate) fn flag(&mut self, name: &'static str) -> Option<bool> {
        self.first(&[name], |value| value.as_bool())
    }

    pub(crate) fn object(&mut self, name: &'static str) -> Option<&'a Map<String, Value>> {
        self.first(&[name], |value| value.as_object())
    }

    /// The first of the names that can be read. Null and the empty text say nothing.
    fn first<T>(
        &mut self,
        names: &[&'static str],
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Option<T> {
        for &name in names {
            let value = self.object.get(name).filter(|value| says_something(value));
            let Some(value) = value else { continue };
            match read(value) {
                Some(found) => return Some(found),
                None => self.unreadable.push(name),
            }
        }
        None
    }
}

fn says_something(value: &Value) -> bool {
    !value.is_null() && value.as_str() != Some("")
}

fn short_text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| text.len() <= MAX_TEXT_BYTES)
}
