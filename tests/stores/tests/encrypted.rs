//! TLS to servers that have it: used where it is asked for, and refused where the server cannot
//! show that it is the one.

use std::path::Path;

use coinpay_core::store::Value;
use coinpay_stores::{Kind, Server};

use crate::support::rows;

/// What the server says of the connection.
const SEEN: [(Kind, &str); 2] = [
    (
        Kind::Postgres,
        "SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    ),
    (
        Kind::Mariadb,
        "SELECT CASE WHEN variable_value = '' THEN 'false' ELSE 'true' END \
         FROM information_schema.session_status WHERE variable_name = 'ssl_version'",
    ),
];

fn address(server: &Server, host: &str, options: &str) -> String {
    let direct = server.new_database();
    format!("{}?{options}", direct.replace("127.0.0.1", host))
}

fn verified(authority: &Path) -> String {
    format!("sslmode=verify-full&sslrootcert={}", authority.display())
}

#[test]
fn a_connection_is_encrypted_where_the_address_says_so() {
    for (kind, sql) in SEEN {
        let (server, authority) = Server::start_encrypted(kind).expect("a server");
        for (options, expected) in [
            (verified(&authority), "true"),
            ("sslmode=disable".to_owned(), "false"),
        ] {
            let executor = server.executor(&address(&server, "localhost", &options));
            let seen = rows(executor.as_ref(), sql);
            assert_eq!(seen, [[Value::from(expected)]], "{kind:?}: {options}");
        }
    }
}

#[test]
fn a_server_that_cannot_prove_its_name_is_not_spoken_to() {
    for (kind, sql) in SEEN {
        let (server, authority) = Server::start_encrypted(kind).expect("a server");
        let (_stranger, other) = Server::start_encrypted(kind).expect("another server");
        for url in [
            // Nobody of the web vouches for it, nor does another authority.
            address(&server, "localhost", "sslmode=verify-full"),
            address(&server, "localhost", &verified(&other)),
            // The certificate is for another name.
            address(&server, "127.0.0.1", &verified(&authority)),
        ] {
            let executor = server.executor(&url);
            let refused = executor.load(&[coinpay_stores::statement(sql)]);
            let fault = refused.expect_err(&url);
            assert_eq!(fault.code, "NO_CONNECTION", "{kind:?}: {url}");
        }
    }
}
