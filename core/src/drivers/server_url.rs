//! The part of a server's address that both kinds of servers share: whether the connection is
//! encrypted, and how long anything may take. The rest is for the client to read.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::{Error, ErrorCode, Result};

/// How long opening a connection may take, unless the address says so.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a batch may take, unless the address says so. Longer than the server lets a statement
/// run, so that it is the server who ends it.
const ANSWER: Duration = Duration::from_secs(20);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Encryption {
    Off,
    /// TLS, with the server's name checked against the certificate authorities of this file, or
    /// of the web.
    Verified(Option<PathBuf>),
}

/// An address, without the options that are ours to heed. May hold a password.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct ServerUrl {
    pub(super) url: String,
    pub(super) encryption: Encryption,
    pub(super) connect_timeout: Duration,
    pub(super) answer_timeout: Duration,
}

fn wrong(why: impl std::fmt::Display) -> Error {
    Error::new(ErrorCode::InvalidConfiguration, format!("database: {why}"))
}

impl ServerUrl {
    /// Reads `scheme://…?options`; no message repeats any of it.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let (address, query) = text.split_once('?').unwrap_or((text, ""));
        let Some((_, rest)) = address.split_once("://") else {
            return Err(wrong(
                "a server is written <kind>://user:password@host/name",
            ));
        };
        let mut parsed = Self {
            url: address.to_owned(),
            encryption: default_encryption(rest, query),
            connect_timeout: CONNECT,
            answer_timeout: ANSWER,
        };
        let mut kept = Vec::new();
        let mut root = None;
        for option in query.split('&').filter(|option| !option.is_empty()) {
            let (key, value) = option.split_once('=').unwrap_or((option, ""));
            match key {
                "sslmode" => parsed.encryption = encryption(value)?,
                "sslrootcert" => root = Some(PathBuf::from(percent_decoded(value)?)),
                "connect_timeout" => parsed.connect_timeout = seconds(key, value)?,
                "answer_timeout" => parsed.answer_timeout = seconds(key, value)?,
                _ => kept.push(option),
            }
        }
        if let Some(root) = root {
            match &mut parsed.encryption {
                Encryption::Verified(roots) => *roots = Some(root),
                Encryption::Off => {
                    return Err(wrong("sslrootcert needs sslmode=verify-full"));
                }
            }
        }
        if !kept.is_empty() {
            parsed.url = format!("{address}?{}", kept.join("&"));
        }
        Ok(parsed)
    }
}

/// What does not leave this machine needs no encryption; anything else has it unless the address
/// says otherwise.
fn default_encryption(rest: &str, query: &str) -> Encryption {
    let authority = rest.split('/').next().unwrap_or_default();
    let hosts = authority.rsplit('@').next().unwrap_or_default();
    let named = query
        .split('&')
        .filter_map(|option| option.strip_prefix("host="));
    let all_local = hosts.split(',').chain(named).all(is_local);
    if all_local {
        Encryption::Off
    } else {
        Encryption::Verified(None)
    }
}

fn is_local(host: &str) -> bool {
    let bare = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let socket = bare.starts_with('/') || bare.to_ascii_lowercase().starts_with("%2f");
    let loopback = bare
        .parse()
        .is_ok_and(|address: IpAddr| address.is_loopback());
    socket || loopback || matches!(bare, "" | "localhost")
}

fn encryption(mode: &str) -> Result<Encryption> {
    match mode {
        "disable" => Ok(Encryption::Off),
        // Stricter than the others' clients: what is not checked is not encrypted for anybody.
        "require" | "verify-ca" | "verify-full" => Ok(Encryption::Verified(None)),
        _ => Err(wrong("sslmode is disable or verify-full")),
    }
}

fn seconds(key: &str, value: &str) -> Result<Duration> {
    let seconds = value
        .parse()
        .ok()
        .filter(|seconds| (1..=300).contains(seconds));
    seconds
        .map(Duration::from_secs)
        .ok_or_else(|| wrong(format_args!("{key} is 1 to 300 seconds")))
}

fn percent_decoded(text: &str) -> Result<String> {
    let broken = || wrong("sslrootcert is no path");
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next(), rest.next()].map(Option::unwrap_or_default);
        let decoded = hex::decode(digits).map_err(|_| broken())?;
        bytes.extend(decoded);
    }
    String::from_utf8(bytes).map_err(|_| broken())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encryption_of(url: &str) -> Encryption {
        ServerUrl::parse(url).expect("reads").encryption
    }

    #[test]
    fn what_leaves_this_machine_is_encrypted_unless_the_address_says_otherwise() {
        for local in [
            "postgres://u:p@127.0.0.1:5432/shop",
            "postgres://u@localhost/shop",
            "mysql://u:p@[::1]:3306/shop",
            "postgres://%2Fvar%2Frun%2Fpostgresql/shop",
            "postgres:///shop?host=/var/run/postgresql",
            "mysql://db.example/shop?sslmode=disable",
        ] {
            assert_eq!(encryption_of(local), Encryption::Off, "{local}");
        }
        for remote in [
            "postgres://u:p@db.example/shop",
            "postgres://localhost,db.example/shop",
            "postgres:///shop?host=10.0.0.1",
            "mysql://u:p@localhost/shop?sslmode=verify-full",
            "mysql://127.0.0.1.example/shop",
        ] {
            assert_eq!(
                encryption_of(remote),
                Encryption::Verified(None),
                "{remote}"
            );
        }
    }

    #[test]
    fn our_options_are_taken_out_and_the_others_left() {
        let url = "postgres://h.example/shop?sslrootcert=%2Fetc%2Fca.pem&application_name=a\
            &connect_timeout=2&answer_timeout=9";
        let parsed = ServerUrl::parse(url).expect("reads");
        assert_eq!(parsed.url, "postgres://h.example/shop?application_name=a");
        let roots = Some(PathBuf::from("/etc/ca.pem"));
        assert_eq!(parsed.encryption, Encryption::Verified(roots));
        assert_eq!(parsed.connect_timeout, Duration::from_secs(2));
        assert_eq!(parsed.answer_timeout, Duration::from_secs(9));
    }

    #[test]
    fn a_wrong_address_is_refused_without_repeating_it() {
        for url in [
            "postgres:secret",
            "postgres://u:secret@h/d?sslmode=prefer",
            "postgres://u:secret@h/d?answer_timeout=0",
            "mysql://u:secret@localhost/d?sslrootcert=/ca.pem",
            "mysql://u:secret@h/d?sslrootcert=%zz",
        ] {
            let error = ServerUrl::parse(url).err().expect(url);
            assert_eq!(error.code, ErrorCode::InvalidConfiguration);
            assert!(!error.message.contains("secret"), "{}", error.message);
        }
    }
}
