//! Runs statements on a PostgreSQL server. A batch is sent at once and answered at once: joined
//! into one statement where that means the same, else BEGIN, the statements and COMMIT go out
//! before the first answer is read. Decides what is sent and what a lost connection means; knows
//! nothing of orders.

mod batch;
mod fault;
mod join;
mod link;
mod value;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::store::{Dialect, Executor, Rows, Statement, StoreFault};
use crate::{Error, ErrorCode, Result};

use super::pool::Pool;
use super::server_url::{Encryption, ServerUrl};
use super::values;
use batch::Kind;
use link::Link;

/// A store on a PostgreSQL server, for any number of threads; each call takes a connection of
/// its own from those that are idle, or opens one. Nothing is opened before the first call.
///
/// After a fork the child has to open its own: this one refuses every call there with `FORKED`.
pub struct PostgresExecutor {
    settings: Settings,
    pool: Pool<Link>,
}

struct Settings {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    connect_timeout: Duration,
    answer_timeout: Duration,
}

impl fmt::Debug for PostgresExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresExecutor")
            .field("encrypted", &self.settings.tls.is_some())
            .finish_non_exhaustive()
    }
}

impl PostgresExecutor {
    /// Reads an address: `postgres://user:password@host:5432/name`, with the options of libpq
    /// that `tokio_postgres` knows, and `sslmode` (`disable`, `verify-full`), `sslrootcert`,
    /// `connect_timeout` and `answer_timeout` (seconds). Anything but this machine is spoken to
    /// with TLS unless `sslmode=disable` says otherwise.
    ///
    /// # Errors
    /// `invalid_configuration` for an address that cannot be read; it is not repeated.
    pub fn open(url: &str) -> Result<Self> {
        let server = ServerUrl::parse(url)?;
        let mut config: Config = server
            .url
            .parse()
            .map_err(|_| wrong("is no address of a PostgreSQL server"))?;
        if config.get_application_name().is_none() {
            config.application_name("coinpay");
        }
        config.connect_timeout(server.connect_timeout);
        let tls = match &server.encryption {
            Encryption::Off => None,
            Encryption::Verified(roots) => Some(MakeRustlsConnect::new(tls(roots.as_deref())?)),
        };
        config.ssl_mode(if tls.is_some() {
            SslMode::Require
        } else {
            SslMode::Disable
        });
        Ok(Self {
            settings: Settings {
                config,
                tls,
                connect_timeout: server.connect_timeout,
                answer_timeout: server.answer_timeout,
            },
            pool: Pool::new(),
        })
    }

    fn run(&self, kind: Kind, statements: &[Statement]) -> Result<Vec<Rows>, StoreFault> {
        values::check(statements)?;
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let connect = || Link::connect(&self.settings);
        let again = kind == Kind::Load;
        let joined = match kind {
            Kind::Load => None,
            Kind::Commit => join::joined(statements),
        };
        let sent = joined.as_deref().unwrap_or(statements);
        self.pool.run(again, connect, Link::lives, |link| {
            link.run(kind, sent, statements)
        })
    }
}

impl Executor for PostgresExecutor {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn load(&self, statements: &[Statement]) -> Result<Vec<Rows>, StoreFault> {
        self.run(Kind::Load, statements)
    }

    fn commit(&self, statements: &[Statement]) -> Result<(), StoreFault> {
        self.run(Kind::Commit, statements).map(drop)
    }
}

fn wrong(why: &str) -> Error {
    Error::new(ErrorCode::InvalidConfiguration, format!("database: {why}"))
}

/// TLS that checks the server's name, against the authorities of a file or of the web.
fn tls(file: Option<&std::path::Path>) -> Result<ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    if let Some(file) = file {
        let unreadable = || wrong("sslrootcert cannot be read as certificates");
        let found = CertificateDer::pem_file_iter(file).map_err(|_| unreadable())?;
        for certificate in found {
            let certificate = certificate.map_err(|_| unreadable())?;
            roots.add(certificate).map_err(|_| unreadable())?;
        }
        if roots.is_empty() {
            return Err(unreadable());
        }
    } else {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| Error::new(ErrorCode::Internal, "TLS cannot be set up"))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
