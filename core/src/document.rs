//! JSON documents, read and written by hand. What serde derives is several times as much code for
//! each type and each way to read or write it, and a module for Workers has to be small: so serde
//! makes a value of a text and a text of a value, and everything else goes through values. Decides
//! only how things are spelled; refuses to know what they mean.

mod parser;

use crate::sorted::{SortedMap, SortedSet};
use std::fmt;

use serde_json::{Map, Number, Value as Json};

use crate::money::{Decimal, Units};

/// From where on a text is no JSON; both count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Place {
    /// Behind `before`.
    pub(crate) fn behind(before: &[u8]) -> Self {
        let is_end = |byte: &&u8| **byte == b'\n';
        let last = before.rsplit(|byte| *byte == b'\n').next();
        Self {
            line: before.iter().filter(is_end).count().saturating_add(1),
            column: last.map_or(0, <[u8]>::len),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// The value of a text.
pub(crate) fn parse(text: &str) -> Result<Json, Place> {
    // The parser's own message may quote a value, which may be a customer's or a secret; the
    // place does not.
    parser::parse(text).map_err(|error| Place {
        line: error.line(),
        column: error.column(),
    })
}

/// The same of bytes.
pub(crate) fn parse_bytes(bytes: &[u8]) -> Result<Json, Place> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = bytes.get(..error.valid_up_to());
        Place::behind(valid.unwrap_or_default())
    })?;
    parse(text)
}

/// What a text says; nothing where it does not fit.
pub(crate) fn read<T: FromJson>(text: &str) -> Option<T> {
    T::from_json(&parse(text).ok()?)
}

/// The text of a value. Values always have one; a failure would be a defect that a reader finds
/// as `null`.
pub(crate) fn text(value: &Json) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// What can be written into a document.
pub trait ToJson {
    fn to_json(&self) -> Json;
}

/// What can be read from a document. A field that is not there reads as null.
pub(crate) trait FromJson: Sized {
    /// `None` where the value is of another kind.
    fn from_json(value: &Json) -> Option<Self>;
}

/// Sets a field.
pub(crate) fn put(fields: &mut Map<String, Json>, name: &str, value: Json) {
    fields.insert(name.to_owned(), value);
}

/// Sets a field that is left out where there is nothing to say.
pub(crate) fn put_present(fields: &mut Map<String, Json>, name: &str, value: Json) {
    if !value.is_null() {
        put(fields, name, value);
    }
}

/// What is at the end of a path of names.
pub(crate) fn at<'a>(value: &'a Json, path: &[&str]) -> Option<&'a Json> {
    path.iter().try_fold(value, |value, name| value.get(name))
}

/// The fields of an object that is read.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(&'a Map<String, Json>);

impl<'a> Fields<'a> {
    pub(crate) fn of(value: &'a Json) -> Option<Self> {
        value.as_object().map(Self)
    }

    pub(crate) fn get<T: FromJson>(self, name: &str) -> Option<T> {
        T::from_json(self.0.get(name).unwrap_or(&Json::Null))
    }

    /// A field that may be left out.
    pub(crate) fn or_default<T: FromJson + Default>(self, name: &str) -> Option<T> {
        let value = self.0.get(name);
        value.map_or_else(|| Some(T::default()), T::from_json)
    }
}

/// An object with these fields, or the value of one expression.
macro_rules! json {
    ({}) => {
        serde_json::Value::Object(serde_json::Map::new())
    };
    ({ $($name:literal: $value:expr),+ $(,)? }) => {{
        let mut fields = serde_json::Map::new();
        $($crate::document::put(
            &mut fields,
            $name,
            $crate::document::ToJson::to_json(&$value),
        );)+
        serde_json::Value::Object(fields)
    }};
    ($value:expr) => {
        $crate::document::ToJson::to_json(&$value)
    };
}
pub(crate) use json;

/// Structs that are written as objects; fields after the semicolon are left out where they say
/// nothing. With [`serde::Serialize`] for programs in Rust.
macro_rules! written {
    ($($type:ident { $($field:ident),* $(; $($present:ident),*)? $(,)? })*) => {$(
        impl $crate::document::ToJson for $type {
            fn to_json(&self) -> serde_json::Value {
                let Self { $($field,)* $($($present,)*)? } = self;
                let mut fields = serde_json::Map::new();
                $($crate::document::put(&mut fields, stringify!($field), $field.to_json());)*
                $($($crate::document::put_present(
                    &mut fields,
                    stringify!($present),
                    $present.to_json(),
                );)*)?
                serde_json::Value::Object(fields)
            }
        }

        $crate::document::serialize!($type);
    )*};
}
pub(crate) use written;

/// Structs that are read from objects: `get` what has to be there, `or_default` what may be left
/// out. With [`serde::Deserialize`] for programs in Rust.
macro_rules! readable {
    ($($type:ident { $($field:ident: $how:ident),* $(,)? })*) => {$(
        impl $crate::document::FromJson for $type {
            fn from_json(value: &serde_json::Value) -> Option<Self> {
                let fields = $crate::document::Fields::of(value)?;
                Some(Self { $($field: fields.$how(stringify!($field))?),* })
            }
        }

        $crate::document::deserialize!($type);
    )*};
}
pub(crate) use readable;

/// Serde's way to write, for programs in Rust.
macro_rules! serialize {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(&$crate::document::ToJson::to_json(self), to)
            }
        }
    };
}
pub(crate) use serialize;

/// Serde's way to read, for programs in Rust.
macro_rules! deserialize {
    ($type:ty) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let value = <serde_json::Value as serde::Deserialize>::deserialize(from)?;
                <Self as $crate::document::FromJson>::from_json(&value).ok_or_else(|| {
                    serde::de::Error::custom("a field is missing or of another kind")
                })
            }
        }
    };
}
pub(crate) use deserialize;

impl ToJson for Json {
    fn to_json(&self) -> Json {
        self.clone()
    }
}

impl ToJson for Map<String, Json> {
    fn to_json(&self) -> Json {
        Json::Object(self.clone())
    }
}

impl ToJson for str {
    fn to_json(&self) -> Json {
        Json::String(self.to_owned())
    }
}

impl ToJson for String {
    fn to_json(&self) -> Json {
        self.as_str().to_json()
    }
}

impl ToJson for bool {
    fn to_json(&self) -> Json {
        Json::Bool(*self)
    }
}

impl ToJson for i64 {
    fn to_json(&self) -> Json {
        Json::Number(Number::from(*self))
    }
}

impl ToJson for u64 {
    fn to_json(&self) -> Json {
        Json::Number(Number::from(*self))
    }
}

macro_rules! small_numbers {
    ($($type:ident),*) => {$(
        impl ToJson for $type {
            fn to_json(&self) -> Json {
                i64::from(*self).to_json()
            }
        }
    )*};
}

small_numbers!(u8, u16, u32);

impl ToJson for usize {
    fn to_json(&self) -> Json {
        u64::try_from(*self).unwrap_or(u64::MAX).to_json()
    }
}

impl ToJson for Units {
    fn to_json(&self) -> Json {
        Json::String(self.0.to_string())
    }
}

impl ToJson for Decimal {
    fn to_json(&self) -> Json {
        Json::String(self.to_string())
    }
}

impl<T: ToJson + ?Sized> ToJson for &T {
    fn to_json(&self) -> Json {
        (**self).to_json()
    }
}

impl<T: ToJson> ToJson for Option<T> {
    fn to_json(&self) -> Json {
        self.as_ref().map_or(Json::Null, T::to_json)
    }
}

impl<T: ToJson> ToJson for [T] {
    fn to_json(&self) -> Json {
        Json::Array(self.iter().map(T::to_json).collect())
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    fn to_json(&self) -> Json {
        self.as_slice().to_json()
    }
}

impl<A: ToJson, B: ToJson> ToJson for (A, B) {
    fn to_json(&self) -> Json {
        Json::Array(vec![self.0.to_json(), self.1.to_json()])
    }
}

impl<T: ToJson> ToJson for SortedSet<T> {
    fn to_json(&self) -> Json {
        Json::Array(self.iter().map(T::to_json).collect())
    }
}

impl<K: ToString, V: ToJson> ToJson for SortedMap<K, V> {
    fn to_json(&self) -> Json {
        let mut fields = Map::new();
        for (key, value) in self {
            fields.insert(key.to_string(), value.to_json());
        }
        Json::Object(fields)
    }
}

impl FromJson for Json {
    fn from_json(value: &Json) -> Option<Self> {
        Some(value.clone())
    }
}

impl FromJson for Map<String, Json> {
    fn from_json(value: &Json) -> Option<Self> {
        value.as_object().cloned()
    }
}

impl FromJson for String {
    fn from_json(value: &Json) -> Option<Self> {
        value.as_str().map(Self::from)
    }
}

impl FromJson for bool {
    fn from_json(value: &Json) -> Option<Self> {
        value.as_bool()
    }
}

impl FromJson for i64 {
    fn from_json(value: &Json) -> Option<Self> {
        value.as_i64()
    }
}

impl FromJson for u64 {
    fn from_json(value: &Json) -> Option<Self> {
        value.as_u64()
    }
}

impl FromJson for u32 {
    fn from_json(value: &Json) -> Option<Self> {
        value.as_u64()?.try_into().ok()
    }
}

impl FromJson for u16 {
    fn from_json(value: &Json) -> Option<Self> {
        value.as_u64()?.try_into().ok()
    }
}

impl FromJson for Units {
    fn from_json(value: &Json) -> Option<Self> {
        value.as_str()?.parse().ok().map(Self)
    }
}

impl FromJson for Decimal {
    fn from_json(value: &Json) -> Option<Self> {
        Self::from_json(value).ok()
    }
}

impl<T: FromJson> FromJson for Option<T> {
    fn from_json(value: &Json) -> Option<Self> {
        if value.is_null() {
            return Some(None);
        }
        T::from_json(value).map(Some)
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(value: &Json) -> Option<Self> {
        let mut list = Self::new();
        for one in value.as_array()? {
            list.push(T::from_json(one)?);
        }
        Some(list)
    }
}

impl<T: FromJson + Ord> FromJson for SortedSet<T> {
    fn from_json(value: &Json) -> Option<Self> {
        let mut set = Self::new();
        for one in value.as_array()? {
            set.insert(T::from_json(one)?);
        }
        Some(set)
    }
}

impl<K: std::str::FromStr + Ord, V: FromJson> FromJson for SortedMap<K, V> {
    fn from_json(value: &Json) -> Option<Self> {
        let mut map = Self::new();
        for (key, one) in value.as_object()? {
            map.insert(key.parse().ok()?, V::from_json(one)?);
        }
        Some(map)
    }
}
