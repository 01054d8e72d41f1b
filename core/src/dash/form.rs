//! Names and values as browsers write them, in an address or in the body of a form.

/// The fields of a form, in their order. A name may come several times.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn read(text: &str) -> Self {
        let fields = text.split('&').filter(|field| !field.is_empty());
        let fields = fields.take(200).map(|field| {
            let (name, value) = field.split_once('=').unwrap_or((field, ""));
            (decoded(name), decoded(value))
        });
        Self(fields.collect())
    }

    /// A value without white space round it; `None` where it is empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        let text = found.map(|(_, value)| value.trim())?;
        (!text.is_empty()).then_some(text)
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(known, _)| known == name);
        named.map(|(_, value)| value.as_str())
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.0.iter();
        fields.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(super) fn is_set(&self, name: &str) -> bool {
        self.text(name).is_some()
    }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        let pair = behind.get(..2).filter(|_| *first == b'%');
        let digits = pair.and_then(|pair| std::str::from_utf8(pair).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(if *first == b'+' { b' ' } else { *first }));
        rest = behind.get(2..).filter(|_| byte.is_some()).unwrap_or(behind);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The value as it may stand in an address.
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&hex::encode_upper([byte]));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_browsers_write_it() {
        let form = Form::read("a=1&b=x%2By+z&a=2&broken=%zz&empty=&c");
        assert_eq!(form.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(form.text("b"), Some("x+y z"));
        assert_eq!(form.text("broken"), Some("%zz"));
        assert!(!form.is_set("empty") && !form.is_set("c"));
    }

    #[test]
    fn what_is_encoded_is_decoded_again() {
        for text in ["plain", "a&b=c d/ü%", ""] {
            assert_eq!(decoded(&encoded(text)), text);
        }
    }
}
