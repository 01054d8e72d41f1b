//! Reads as much of HTML as the page's tests need: tags, attributes and the text between. Fails
//! on anything that a careful writer does not write.

const VOID: [&str; 3] = ["input", "link", "meta"];
const RAW: [&str; 2] = ["script", "style"];

pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, Option<String>)>,
}

impl Element {
    /// The value of an attribute; empty for one without a value.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let mut all = self.attributes.iter();
        let (_, value) = all.find(|(known, _)| known == name)?;
        Some(value.as_deref().unwrap_or(""))
    }
}

pub(crate) struct Document {
    pub(crate) elements: Vec<Element>,
    /// What stands between the tags outside of scripts and styles, one space between pieces.
    pub(crate) text: String,
}

impl Document {
    /// Panics unless every tag is closed in its turn.
    pub(crate) fn read(html: &str) -> Self {
        let mut rest = html.strip_prefix("<!DOCTYPE html>").unwrap();
        let (mut elements, mut open, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        while let Some((text, tail)) = rest.split_once('<') {
            texts.push(plain(text));
            let (tag, tail) = split_tag(tail);
            rest = tail;
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop().as_deref(), Some(name), "closed out of turn");
                continue;
            }
            let element = element(tag);
            let name = element.name.clone();
            if RAW.contains(&name.as_str()) {
                rest = rest.split_once(&format!("</{name}>")).unwrap().1;
            } else if !VOID.contains(&name.as_str()) && !tag.ends_with('/') {
                open.push(name);
            }
            elements.push(element);
        }
        assert!(
            open.is_empty() && rest.is_empty(),
            "left open: {open:?} {rest}"
        );
        let text = texts.join(" ");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Self { elements, text }
    }

    pub(crate) fn all(&self, name: &str) -> Vec<&Element> {
        self.elements
            .iter()
            .filter(|element| element.name == name)
            .collect()
    }

    pub(crate) fn one(&self, name: &str) -> &Element {
        let all = self.all(name);
        assert_eq!(all.len(), 1, "there is not one {name}");
        all[0]
    }

    /// Names of tags and attributes without any text: what a text must not be able to change.
    pub(crate) fn outline(&self) -> Vec<String> {
        let line = |element: &Element| {
            let names: Vec<_> = element
                .attributes
                .iter()
                .map(|(name, _)| name.as_str())
                .collect();
            format!("{} {}", element.name, names.join(" "))
        };
        self.elements.iter().map(line).collect()
    }
}

/// The tag's inside and what follows it. Quoted values may hold anything but a quote.
fn split_tag(text: &str) -> (&str, &str) {
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return (&text[..at], &text[at + 1..]),
            b'<' if !quoted => panic!("a tag inside a tag: {text}"),
            _ => {}
        }
    }
    panic!("a tag without an end: {text}");
}

fn element(tag: &str) -> Element {
    let tag = tag.trim_end_matches('/');
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let letters = |name: &str| name.bytes().all(letter);
    assert!(
        !name.is_empty() && letters(name),
        "no name of a tag: {name}"
    );
    let mut attributes = Vec::new();
    while !rest.trim_start().is_empty() {
        rest = rest.trim_start();
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let (name, tail) = rest.split_at(end);
        let value = tail
            .strip_prefix("=\"")
            .map(|tail| tail.split_once('"').unwrap());
        rest = value.map_or(tail, |(_, tail)| tail);
        attributes.push((name.to_owned(), value.map(|(value, _)| plain(value))));
    }
    Element {
        name: name.to_owned(),
        attributes,
    }
}

fn plain(text: &str) -> String {
    assert!(!text.contains(['"', '>']), "not escaped: {text}");
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}
