//! What may stand where a browser acts on it: links, forms, nonces, the policy that goes with
//! the page. Whatever is not plainly harmless is left out; refuses to mend anything.

/// What wallets register for. Nothing else becomes a link or a picture to scan.
const WALLET_SCHEMES: [&str; 7] = [
    "bitcoin",
    "bitcoincash",
    "dogecoin",
    "ethereum",
    "ripple",
    "solana",
    "web+cardano",
];

/// The URI, if it opens a wallet and nothing else.
pub(super) fn wallet_uri(uri: &str) -> Option<&str> {
    let (scheme, _) = uri.split_once(':')?;
    let plain = uri.bytes().all(|byte| byte.is_ascii_graphic());
    (plain && WALLET_SCHEMES.contains(&scheme)).then_some(uri)
}

/// The address of a page: of this server, or complete with `https` or `http`. An address that
/// takes only the scheme from this page leads to another server, and is refused like any other
/// scheme.
pub(super) fn web_address(address: &str) -> Option<&str> {
    // Browsers drop some of these and read a backslash as a slash, which hides a scheme or host.
    let odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    if address.is_empty() || address.contains(odd) || address.starts_with("//") {
        return None;
    }
    let head = address.split(['/', '?', '#']).next()?;
    let web = ["https:", "http:"]
        .iter()
        .any(|scheme| head.eq_ignore_ascii_case(scheme));
    let complete = web && address.contains("://");
    (complete || !head.contains(':')).then_some(address)
}

/// The nonce, if it is one: base64 in either alphabet, so that it cannot end a policy's source.
pub(super) fn sound_nonce(nonce: &str) -> Option<&str> {
    let bare = nonce.trim_end_matches('=');
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte);
    (!bare.is_empty() && bare.bytes().all(base64)).then_some(nonce)
}

/// The `Content-Security-Policy` to send with the page. The nonce is made anew for every answer
/// and is the one in [`super::PageOptions`]; one that is not base64 allows no style and no script.
///
/// Forms and polling stay on the page's own origin, also where a form's answer redirects.
#[must_use]
pub fn content_security_policy(nonce: &str) -> String {
    let inline =
        sound_nonce(nonce).map_or_else(|| "'none'".to_owned(), |nonce| format!("'nonce-{nonce}'"));
    format!(
        "default-src 'none'; script-src {inline}; style-src {inline}; img-src 'self'; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_wallets_are_opened() {
        for scheme in WALLET_SCHEMES {
            let uri = format!("{scheme}:abc?amount=1");
            assert_eq!(wallet_uri(&uri), Some(uri.as_str()));
        }
        for bad in [
            "",
            "bitcoin",
            "javascript:alert(1)",
            "JavaScript:bitcoin:x",
            " bitcoin:x",
            "bit\tcoin:x",
            "bitcoin:x\ny",
            "https://example.com/bitcoin:x",
            "data:text/html,bitcoin:x",
        ] {
            assert_eq!(wallet_uri(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn addresses_lead_to_web_pages_only() {
        for good in [
            "/orders/1/pay?token=a:b",
            "renew",
            "?renew=1",
            "#top",
            "https://shop.example/a",
            "HTTP://127.0.0.1:8080/",
            "/bestellungen/für/1",
        ] {
            assert_eq!(web_address(good), Some(good));
        }
        for bad in [
            "",
            "javascript:alert(1)",
            "JAVASCRIPT://x/%0aalert(1)",
            "java\tscript:alert(1)",
            "\u{1}javascript:alert(1)",
            " javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "//evil.example/",
            "/\\evil.example/",
            "\\\\evil.example",
            "https:evil",
            "mailto:a@b.example",
        ] {
            assert_eq!(web_address(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_policy_lets_in_nothing_but_what_has_the_nonce() {
        let policy = content_security_policy("YWJj+/-_MTIz==");
        assert!(policy.contains("script-src 'nonce-YWJj+/-_MTIz=='; style-src 'nonce-YWJj"));
        assert!(policy.starts_with("default-src 'none';"));
        for bad in [
            "",
            "=",
            "a'; script-src *",
            "a b",
            "a\r\nSet-Cookie: x",
            "é",
        ] {
            let policy = content_security_policy(bad);
            assert!(
                policy.contains("script-src 'none'; style-src 'none';"),
                "{bad:?}"
            );
        }
    }
}
