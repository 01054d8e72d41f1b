//! Runs statements on a MySQL or MariaDB server. A batch is one text of several statements, which
//! the server runs in order and leaves at the first error: one round trip. Values travel as
//! numbers and hexadecimal literals, which no SQL mode and no character set reads differently.
//! Knows nothing of orders.

mod batch;
mod fault;
mod text;

use std::fmt;

use mysql::prelude::Queryable;
use mysql::{Conn, Opts, OptsBuilder, SslOpts};

use crate::store::{Dialect, Executor, Rows, Statement, StoreFault};
use crate::{Error, ErrorCode, Result};

use super::pool::Pool;
use super::server_url::{Encryption, ServerUrl};
use super::values;
use batch::Kind;

/// A store on a MySQL server (8.0.16 or newer) or a MariaDB server (10.6 or newer), for any
/// number of threads; each call takes a connection of its own from those that are idle, or opens
/// one. Nothing is opened before the first call.
///
/// After a fork the child has to open its own: this one refuses every call there with `FORKED`.
pub struct MysqlExecutor {
    settings: Opts,
    pool: Pool<Conn>,
}

impl fmt::Debug for MysqlExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MysqlExecutor")
            .field("encrypted", &self.settings.get_ssl_opts().is_some())
            .finish_non_exhaustive()
    }
}

/// What has to be said on every connection: errors instead of silent corrections, no engine but
/// the one that is asked for, short waits, and locks on rows alone. What only MariaDB knows is in
/// a comment that only MariaDB reads.
const SETUP: [&str; 3] = [
    "SET NAMES utf8mb4",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "SET SESSION autocommit = 1, unique_checks = 1, innodb_lock_wait_timeout = 5, \
     sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION' \
     /*M!100600 , check_constraint_checks = 1, max_statement_time = 15 */",
];

impl MysqlExecutor {
    /// Reads an address: `mysql://user:password@host:3306/name` or `mariadb://…`, with the
    /// options `socket`, `sslmode` (`disable`, `verify-full`), `sslrootcert`, `connect_timeout`
    /// and `answer_timeout` (seconds). Anything but this machine is spoken to with TLS unless
    /// `sslmode=disable` says otherwise.
    ///
    /// # Errors
    /// `invalid_configuration` for an address that cannot be read; it is not repeated.
    pub fn open(url: &str) -> Result<Self> {
        let server = ServerUrl::parse(url)?;
        let url = match server.url.strip_prefix("mariadb:") {
            Some(rest) => format!("mysql:{rest}"),
            None => server.url,
        };
        let wrong = |why: &str| {
            let message = format!("database: {why}");
            Error::new(ErrorCode::InvalidConfiguration, message)
        };
        let opts = Opts::from_url(&url)
            .map_err(|_| wrong("is no address of a MySQL or MariaDB server"))?;
        if opts.get_db_name().is_none_or(str::is_empty) {
            return Err(wrong("the address names no database"));
        }
        let encryption = match server.encryption {
            Encryption::Off => None,
            Encryption::Verified(roots) => {
                // The client asks for the process's own choice, and panics where there is none.
                drop(rustls::crypto::ring::default_provider().install_default());
                Some(SslOpts::default().with_root_cert_path(roots))
            }
        };
        let settings = OptsBuilder::from_opts(opts)
            .prefer_socket(false)
            .ssl_opts(encryption)
            .tcp_connect_timeout(Some(server.connect_timeout))
            .read_timeout(Some(server.answer_timeout))
            .write_timeout(Some(server.answer_timeout))
            .init(SETUP.to_vec());
        Ok(Self {
            settings: settings.into(),
            pool: Pool::new(),
        })
    }

    fn run(&self, kind: Kind, statements: &[Statement]) -> Result<Vec<Rows>, StoreFault> {
        values::check(statements)?;
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let text = text::batch(kind, statements)?;
        let connect =
            || Conn::new(self.settings.clone()).map_err(|error| fault::no_connection(&error));
        let lives = |link: &mut Conn, silent: bool| !silent || link.query_drop("DO 0").is_ok();
        self.pool.run(kind == Kind::Load, connect, lives, |link| {
            batch::run(link, kind, &text, statements.len())
        })
    }
}

impl Executor for MysqlExecutor {
    fn dialect(&self) -> Dialect {
        Dialect::Mysql
    }

    fn load(&self, statements: &[Statement]) -> Result<Vec<Rows>, StoreFault> {
        self.run(Kind::Load, statements)
    }

    fn commit(&self, statements: &[Statement]) -> Result<(), StoreFault> {
        self.run(Kind::Commit, statements).map(drop)
    }
}
