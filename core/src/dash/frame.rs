//! What is round every page: the document, the style, the way to the others; and what every form
//! has in it.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::time::format_rfc3339;

use super::form::{Form, encoded};
use super::{DashAnswer, DashRequest};

const STYLE: &str = include_str!("dash.css");

const PLACES: [(&str, &str); 5] = [
    ("/orders", "Orders"),
    ("/review", "Review"),
    ("/effects", "Side work"),
    ("/stock", "Stock"),
    ("/figures", "Figures"),
];

pub(super) struct Frame<'a> {
    pub(super) request: &'a DashRequest,
}

impl Frame<'_> {
    /// The address of a page of ours.
    pub(super) fn to(&self, path: &str) -> String {
        let base = &self.request.base;
        if self.is_in_query() {
            format!("{base}{}", encoded(path))
        } else {
            format!("{base}{path}")
        }
    }

    /// The same with a query of its own.
    pub(super) fn to_query(&self, path: &str, query: &str) -> String {
        let joint = if self.is_in_query() { '&' } else { '?' };
        format!("{}{joint}{query}", self.to(path))
    }

    /// Whether the path travels as a field of the address, where the host has no paths of its own.
    fn is_in_query(&self) -> bool {
        self.request.base.ends_with('=')
    }

    pub(super) fn order(&self, order_id: &str) -> String {
        self.to(&format!("/orders/{}", encoded(order_id)))
    }

    pub(super) fn page(&self, status: u16, title: &str, content: &Markup) -> DashAnswer {
        let here = self.request.path.as_str();
        let is_here = |path: &str| here == path || here == "/" && path == "/orders";
        let nonce = self.nonce();
        let document = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex";
                    meta name="color-scheme" content="light dark";
                    title { (title) " · CoinPay" }
                    style nonce=(nonce) { (PreEscaped(STYLE)) }
                }
                body {
                    header {
                        nav aria-label="Pages" {
                            ul {
                                @for (path, name) in PLACES {
                                    li {
                                        a href=(self.to(path)) aria-current=[
                                            is_here(path).then_some("page")
                                        ] { (name) }
                                    }
                                }
                            }
                        }
                        p { "You are " b { (self.request.actor) } }
                    }
                    main { h1 { (title) } (content) }
                }
            }
        };
        self.answer(status, "text/html; charset=utf-8", document.into_string())
    }

    pub(super) fn sorry(&self, status: u16, why: &str) -> DashAnswer {
        self.page(
            status,
            "That did not work",
            &html! { p.bad role="alert" { (why) } },
        )
    }

    /// Text that is no page.
    pub(super) fn answer(&self, status: u16, kind: &str, body: String) -> DashAnswer {
        let nonce = self.nonce();
        let style = if nonce.is_empty() {
            "'none'".to_owned()
        } else {
            format!("'nonce-{nonce}'")
        };
        let policy = format!(
            "default-src 'none'; style-src {style}; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'"
        );
        let headers = [
            ("content-type", kind),
            ("content-security-policy", policy.as_str()),
            ("cache-control", "no-store"),
            ("referrer-policy", "same-origin"),
            ("x-content-type-options", "nosniff"),
        ];
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        DashAnswer {
            http_status: status,
            headers: headers.map(own).to_vec(),
            body,
        }
    }

    pub(super) fn see_other(&self, path: &str) -> DashAnswer {
        let mut answer = self.answer(303, "text/plain; charset=utf-8", String::new());
        let place = in_a_header(&self.to(path));
        answer.headers.push(("location".to_owned(), place));
        answer
    }

    /// A form that asks for a page. A browser puts the fields in place of the address's own query,
    /// so what stands there goes along as fields.
    pub(super) fn search(&self, path: &str, role: Option<&str>, content: &Markup) -> Markup {
        let address = self.to(path);
        let (place, query) = match address.split_once('?') {
            Some((place, query)) if self.is_in_query() => (place, query),
            _ => (address.as_str(), ""),
        };
        html! {
            form.filters method="get" action=(place) role=[role] {
                @for (name, value) in Form::read(query).fields() {
                    input type="hidden" name=(name) value=(value);
                }
                (content)
            }
        }
    }

    /// A form that does something: with what keeps other sites' forms out, and room for a reason.
    pub(super) fn form(&self, path: &str, act: &str, fields: &Markup, button: &str) -> Markup {
        html! {
            form method="post" action=(self.to(path)) {
                input type="hidden" name="csrf" value=(self.request.csrf);
                input type="hidden" name="act" value=(act);
                (fields)
                label { "Why " input name="note" maxlength="500"; }
                " " button { (button) }
            }
        }
    }

    /// The nonce, if it is base64 and so cannot end a policy's source.
    fn nonce(&self) -> &str {
        let nonce = self.request.nonce.as_str();
        let base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte);
        if nonce.bytes().all(base64) { nonce } else { "" }
    }
}

/// An address that ends no header, whatever the path was that a host has handed in.
fn in_a_header(address: &str) -> String {
    let piece = |letter: char| {
        if letter.is_ascii_graphic() {
            letter.to_string()
        } else {
            encoded(letter.encode_utf8(&mut [0; 4]))
        }
    };
    address.chars().map(piece).collect()
}

pub(super) fn moment(at_ms: i64) -> Markup {
    let text = format_rfc3339(at_ms);
    let (day, time) = text.split_once('T').unwrap_or((&text, ""));
    let time = time.split('.').next().unwrap_or_default();
    html! { time datetime=(text) { (day) " " (time) } }
}

pub(super) fn duration(ms: i64) -> String {
    let minutes = ms / 60_000;
    match minutes {
        ..1 => format!("{} s", ms / 1_000),
        1..60 => format!("{minutes} min"),
        60..1_440 => format!("{} h {} min", minutes / 60, minutes % 60),
        _ => format!("{} d {} h", minutes / 1_440, minutes % 1_440 / 60),
    }
}

/// A name of ours as words.
pub(super) fn words(name: &str) -> String {
    name.replace('_', " ")
}
