//! The sandbox talks to this machine only: it signs with test secrets and answers anybody, so
//! it neither listens on nor delivers to any other.

use std::io;
use std::net::{IpAddr, SocketAddr};

/// Refuses an address to listen on that other machines could reach.
pub(crate) fn check_listen(address: SocketAddr) -> io::Result<()> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    let why = format!(
        "the sandbox listens on loopback only, not on {}",
        address.ip()
    );
    Err(io::Error::new(io::ErrorKind::InvalidInput, why))
}

/// Refuses a webhook URL that leads anywhere but to this machine.
pub(crate) fn check_url(url: &str) -> Result<(), String> {
    let uri: axum::http::Uri = url
        .parse()
        .map_err(|_| format!("url: {url:?} is not a URL"))?;
    if uri.scheme_str() != Some("http") {
        return Err("url: the sandbox delivers over http:// to loopback only".to_owned());
    }
    let host = uri.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = bare
        .parse::<IpAddr>()
        .is_ok_and(|address| address.is_loopback());
    // An authority with a user name could show one host and mean another.
    let plain = uri
        .authority()
        .is_some_and(|authority| !authority.as_str().contains('@'));
    if plain && (loopback || host.eq_ignore_ascii_case("localhost")) {
        return Ok(());
    }
    Err(format!(
        "url: the sandbox delivers to loopback only (127.0.0.1, ::1), not to {host:?}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_urls_of_this_machine_are_delivered_to() {
        for good in [
            "http://127.0.0.1:9/a?b=c",
            "http://[::1]:9/",
            "http://localhost:3000/hook",
        ] {
            assert_eq!(check_url(good), Ok(()), "{good}");
        }
        for bad in [
            "http://example.com/",
            "https://127.0.0.1/",
            "http://127.0.0.1.example.com/",
            "http://127.0.0.1@example.com/",
            "http://10.0.0.1/",
            "file:///etc/passwd",
            "not a url",
            "",
        ] {
            assert!(check_url(bad).is_err(), "{bad}");
        }
    }
}
