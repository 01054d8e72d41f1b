//! Files of vectors and their cases: how they are read, run and counted.

use std::collections::BTreeSet;
use std::fs;

use coinpay_core::api::HttpResponse;
use serde_json::{Map, Value};

/// One file of vectors. Its cases have what `every` case has, unless they have their own.
pub(crate) struct Vectors {
    pub(crate) cases: Vec<Case>,
}

impl Vectors {
    pub(crate) fn read(name: &str) -> Self {
        let path = format!("{}/../tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut file: Value = serde_json::from_str(&text).unwrap();
        assert!(file["about"].is_string(), "{name} does not explain itself");
        let cases: Vec<Map<String, Value>> = serde_json::from_value(file["cases"].take()).unwrap();
        let every: Map<String, Value> = match file["every"].take() {
            Value::Object(every) => every,
            _ => Map::new(),
        };
        let whole =
            |case: Map<String, Value>| Case(every.clone().into_iter().chain(case).collect());
        let cases = cases.into_iter().map(whole).collect();
        Self { cases }
    }

    pub(crate) fn rows(&self) -> BTreeSet<&str> {
        self.cases.iter().map(|case| case.text("row")).collect()
    }

    /// Runs every case, lists all that differ, and holds the file to its number of cases.
    pub(crate) fn run(&self, expected_cases: usize, judge: impl Fn(&Case) -> Value) {
        let mut names = BTreeSet::new();
        let mut differing = Vec::new();
        for case in &self.cases {
            assert!(
                names.insert(case.name()),
                "two cases are called {}",
                case.name()
            );
            let expected = case.optional("error").unwrap_or_else(|| case.get("gives"));
            let actual = judge(case);
            if actual != *expected {
                differing.push(format!(
                    "{}\n  is   {actual}\n  not  {expected}",
                    case.name()
                ));
            }
        }
        assert!(differing.is_empty(), "{}", differing.join("\n"));
        assert_eq!(
            names.len(),
            expected_cases,
            "the number of cases changed: is that meant?"
        );
    }
}

pub(crate) struct Case(Map<String, Value>);

impl Case {
    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    pub(crate) fn optional(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    pub(crate) fn get(&self, key: &str) -> &Value {
        let value = self.0.get(key);
        value.unwrap_or_else(|| panic!("the case {:?} has no {key}", self.0.get("name")))
    }

    pub(crate) fn text(&self, key: &str) -> &str {
        self.get(key)
            .as_str()
            .unwrap_or_else(|| panic!("{key} is no text: {:?}", self.0))
    }

    pub(crate) fn texts(&self, key: &str) -> Vec<&str> {
        let list = self.get(key).as_array().unwrap();
        list.iter().map(|text| text.as_str().unwrap()).collect()
    }

    pub(crate) fn name(&self) -> &str {
        self.text("name")
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        if let Some(digits) = self.optional("body_hex") {
            return hex::decode(digits.as_str().unwrap()).unwrap();
        }
        if let Some(repeat) = self.optional("body_repeat") {
            let times = usize::try_from(repeat["times"].as_u64().unwrap()).unwrap();
            return repeat["text"].as_str().unwrap().repeat(times).into_bytes();
        }
        self.text("body").as_bytes().to_vec()
    }

    pub(crate) fn response(&self) -> HttpResponse {
        let headers = self.get("headers").as_object().unwrap().iter();
        HttpResponse {
            status: u16::try_from(self.get("status").as_u64().unwrap()).unwrap(),
            headers: headers
                .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
                .collect(),
            body: self.body(),
        }
    }

    /// The message says what the case wants said, and hides what it wants hidden.
    pub(crate) fn check_words(&self, message: &str) {
        let words = |key| self.optional(key).and_then(Value::as_str);
        if let Some(says) = words("says") {
            assert!(message.contains(says), "{}: {message:?}", self.name());
        }
        if let Some(hides) = words("hides") {
            assert!(!message.contains(hides), "{}: {message:?}", self.name());
        }
    }
}
