//! The pay page: its options as a JSON document in the first line, the order's status as one in
//! the rest. Whatever the texts say, the page has the tags and attributes that it always has,
//! and no way out of them.

use crate::flow::OrderStatus;
use crate::pay::page::{PageOptions, content_security_policy, pay_page};

use super::html::outline;

const TAGS: &[&str] = &[
    "html",
    "head",
    "meta",
    "title",
    "style",
    "script",
    "body",
    "header",
    "main",
    "footer",
    "div",
    "p",
    "h1",
    "h2",
    "dl",
    "dt",
    "dd",
    "a",
    "form",
    "label",
    "select",
    "option",
    "button",
    "svg",
    "path",
    "section",
    "figure",
    "figcaption",
    "code",
    "span",
    "strong",
    "small",
    "input",
    "nav",
    "details",
    "summary",
    "ul",
    "li",
    "output",
    "time",
    "noscript",
    "link",
    "b",
    "em",
    "bdi",
    "ol",
    "coinpay-checkout",
];

pub(super) fn run(data: &[u8]) {
    let (first, rest) = super::line(data);
    let Ok(status) = serde_json::from_slice::<OrderStatus>(rest) else {
        return;
    };
    let options: PageOptions = serde_json::from_slice(first).unwrap_or_default();
    let html = pay_page(&status, &options);
    assert_eq!(
        pay_page(&status, &options),
        html,
        "the same order is the same page"
    );
    let scripts = outline(&html, TAGS);
    let nonce = options.nonce.as_deref().unwrap_or_default();
    let policy = content_security_policy(nonce);
    assert!(
        policy.is_ascii() && policy.matches(';').count() == 7,
        "{policy}"
    );
    let allowed = usize::from(policy.contains("'nonce-"));
    assert_eq!(
        scripts, allowed,
        "a script without a nonce, or a nonce without its script"
    );
}
