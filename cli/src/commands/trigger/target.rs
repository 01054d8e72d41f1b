//! Where a test event may go: this machine, and another only over https and when it was said so
//! on the command line. A signed event can make a shop believe that it was paid.

use coinpay_core::{Error, Result};
use ureq::http::Uri;

/// # Errors
/// `invalid_input` with what to do.
pub(crate) fn check(url: &str, allow_remote: bool) -> Result<()> {
    let wrong = |why: &str| Err(Error::invalid("--to", why));
    let Ok(uri) = url.parse::<Uri>() else {
        return wrong("is not a URL");
    };
    let host = uri.host().unwrap_or_default().to_ascii_lowercase();
    // An authority with a user name could show one host and mean another.
    let plain = uri
        .authority()
        .is_some_and(|authority| !authority.as_str().contains('@'));
    if host.is_empty() || !plain {
        return wrong("is not the URL of an endpoint");
    }
    let local = matches!(host.as_str(), "127.0.0.1" | "localhost" | "[::1]");
    match uri.scheme_str() {
        Some("http" | "https") if local => Ok(()),
        Some("https") if allow_remote => Ok(()),
        Some("https") => wrong(
            "leads to another machine, which would take the event for a real one; \
             --allow-remote sends it all the same",
        ),
        _ => wrong("has to be http:// on this machine, or https:// with --allow-remote"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_always_allowed_and_others_only_over_https_when_asked() {
        for url in [
            "http://127.0.0.1:3000/hook",
            "http://localhost/",
            "http://[::1]:9/a?b=c",
        ] {
            assert_eq!(check(url, false), Ok(()), "{url}");
        }
        assert_eq!(check("https://shop.example/hook", true), Ok(()));
        assert!(check("https://shop.example/hook", false).is_err());
        for url in [
            "http://shop.example/hook",
            "http://127.0.0.1.example.com/",
            "http://127.0.0.1@example.com/",
            "https://localhost@example.com/",
            "ftp://127.0.0.1/",
            "/hook",
            "",
        ] {
            assert!(check(url, true).is_err(), "{url}");
        }
    }
}
