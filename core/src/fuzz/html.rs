//! Reads pages of ours as strictly as they are written: every tag and attribute is one that was
//! meant, and no text gets out of its place.

/// Walks over the tags, which have to be among `tags`; how many scripts there are.
pub(super) fn outline(html: &str, tags: &[&str]) -> usize {
    let mut rest = html.strip_prefix("<!DOCTYPE html>").expect("a document");
    let mut scripts = 0;
    while let Some((text, tail)) = rest.split_once('<') {
        assert!(!text.contains('>'), "not escaped: {text}");
        let (tag, tail) = tail.split_at(end_of_tag(tail));
        rest = tail.strip_prefix('>').expect("the end of the tag");
        let name = tag
            .trim_start_matches('/')
            .split([' ', '/'])
            .next()
            .unwrap_or_default();
        assert!(tags.contains(&name), "<{tag}>");
        if !tag.starts_with('/') {
            attributes(tag);
        }
        if ["script", "style"].contains(&tag.split(' ').next().unwrap_or_default()) {
            scripts += usize::from(name == "script");
            let (_, tail) = rest.split_once(&format!("</{name}>")).expect("it ends");
            rest = tail;
        }
    }
    assert!(rest.is_empty(), "{rest}");
    scripts
}

fn end_of_tag(text: &str) -> usize {
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return at,
            b'<' => panic!("a tag inside a tag: {text}"),
            _ => {}
        }
    }
    panic!("a tag without an end: {text}");
}

/// No handler of an event, and no address that a browser would run.
fn attributes(tag: &str) {
    let mut rest = tag
        .split_once(' ')
        .map_or("", |(_, rest)| rest)
        .trim_end_matches('/');
    while !rest.trim_start().is_empty() {
        rest = rest.trim_start();
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let (name, tail) = rest.split_at(end);
        let fine = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        assert!(name.bytes().all(fine) && !name.starts_with("on"), "<{tag}>");
        let quoted = tail
            .strip_prefix("=\"")
            .map(|tail| tail.split_once('"').expect("it ends"));
        if let Some((value, _)) = quoted
            && ["href", "action", "src", "data-status-url"].contains(&name)
        {
            let lower = value.to_ascii_lowercase();
            for scheme in ["javascript:", "data:", "vbscript:"] {
                assert!(!lower.trim_start().starts_with(scheme), "<{tag}>");
            }
            assert!(!lower.starts_with("//"), "<{tag}>");
        }
        rest = quoted.map_or(tail, |(_, tail)| tail);
    }
}
