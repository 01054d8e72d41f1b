//! Runs statements on a PostgreSQL server. A batch is sent at once and answered at once: joined
//! into one statement where that means the same, else BEGIN, the statements and COMMIT go out
//! before the first answer is read. Decides what is sent and what a lost connection means; knows
//! nothing of orders.

mod batch;
mod fault;
mod join;
mod link;
mod plain;
mod shapes;
mod together;
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

use crate::store::{Dialect, Executor, FaultClass, Rows, Statement, StoreFault};
use crate::{Error, ErrorCode, Result};

use super::pool::{Pool, Trouble};
use super::server_url::{Encryption, ServerUrl};
use super::turns::{Taken, Turns};
use super::values;
use batch::{Kind, Patience};
use link::Link;
use shapes::Shapes;

/// How many loads, and how many commits, are on their way at once. Those that come meanwhile wait,
/// and go together with the next. A commit waits for the disk, so there are more of them.
const LOADS_AT_ONCE: usize = 2;
const COMMITS_AT_ONCE: usize = 4;

/// After so long a wait a caller goes by itself: longer than a batch takes, and shorter than a
/// dead connection or somebody's lock holds one up.
const PATIENCE: Duration = Duration::from_millis(250);

/// A store on a PostgreSQL server, for any number of threads, on few connections: what several
/// wait for at the same time goes out in one statement, each as if it were alone. Nothing is
/// opened before the first call.
///
/// After a fork the child has to open its own: this one refuses every call there with `FORKED`.
pub struct PostgresExecutor {
    settings: Settings,
    pool: Pool<Link>,
    loads: Turns<Vec<Rows>>,
    commits: Turns<()>,
    shapes: Shapes,
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
            loads: Turns::new(LOADS_AT_ONCE, FaultClass::Retry, PATIENCE),
            commits: Turns::new(COMMITS_AT_ONCE, FaultClass::Unknown, PATIENCE),
            shapes: Shapes::default(),
        })
    }

    /// One caller's batch, as one statement where that means the same.
    fn alone(&self, kind: Kind, statements: &[Statement]) -> Result<Vec<Rows>, StoreFault> {
        let sent = self.shapes.of(kind, statements).alone(statements);
        let run = |patience| {
            self.on_a_link(kind, |link| {
                link.run(kind, patience, &sent, Some(statements))
            })
        };
        if kind == Kind::Load || sent.len() > 1 {
            return run(Patience::Long);
        }
        // As what is shared is sent, so that no session has to be set in between.
        match run(Patience::Short) {
            Err(fault) if &*fault.code == fault::LOCK_NOT_AVAILABLE => run(Patience::Long),
            outcome => outcome,
        }
    }

    fn on_a_link<T>(
        &self,
        kind: Kind,
        work: impl FnMut(&mut Link) -> Result<T, Trouble>,
    ) -> Result<T, StoreFault> {
        let connect = || Link::connect(&self.settings);
        self.pool
            .run(kind == Kind::Load, connect, Link::lives, work)
    }

    fn check(&self, statements: &[Statement]) -> Result<(), StoreFault> {
        self.pool.check_process()?;
        values::check(statements)
    }
}

impl Executor for PostgresExecutor {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn load(&self, statements: &[Statement]) -> Result<Vec<Rows>, StoreFault> {
        self.check(statements)?;
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        match self.loads.take(statements) {
            Taken::Turn(turn) => together::load(self, &turn, statements),
            Taken::Done(outcome) => outcome,
        }
    }

    fn commit(&self, statements: &[Statement]) -> Result<(), StoreFault> {
        self.check(statements)?;
        if statements.is_empty() {
            return Ok(());
        }
        match self.commits.take(statements) {
            Taken::Turn(turn) => together::commit(self, &turn, statements),
            Taken::Done(outcome) => outcome,
        }
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
