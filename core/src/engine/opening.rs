//! Opens the built-in drivers that a configuration names. Decides which database a setting means;
//! no message repeats the setting, which may hold a password.

use super::Engine;
use crate::config::Config;
use crate::drivers::UreqTransport;
use crate::shop::Shop;
use crate::store::{Dialect, Executor};
use crate::{Error, ErrorCode, Result};

impl Engine {
    /// The built-in drivers, ready for use: HTTP to the gateway, and the database that the
    /// configuration names, with its tables made: `sqlite:<path>`, `sqlite::memory:`,
    /// `postgres://…`, `mysql://…` or `mariadb://…`, each with its feature.
    ///
    /// # Errors
    /// `invalid_configuration`, naming the setting; `store_refused`, `store_not_atomic`,
    /// `store_busy` or `store_unavailable` from the database.
    pub fn open(config: Config) -> Result<Self> {
        let engine = Self::connect(config)?;
        engine.prepare_store()?;
        Ok(engine)
    }

    /// The same without touching the tables; `prepare_store` has to run before anything else
    /// does. A server is not spoken to before that.
    ///
    /// # Errors
    /// `invalid_configuration`, naming the setting; `store_refused`, `store_busy` or
    /// `store_unavailable` from the database.
    pub fn connect(config: Config) -> Result<Self> {
        let dialect = dialect_of(&config.database)?;
        let shop = Shop::new(config, dialect)?;
        let config = shop.config();
        let transport = UreqTransport::new(config.api_key.clone(), &config.base_url)?;
        let executor = open_executor(&config.database)?;
        Ok(Self::new(shop, Box::new(transport), executor))
    }

    /// The same, with the settings from `COINPAY_MODE`, `COINPAY_API_KEY` and so on.
    ///
    /// # Errors
    /// As [`Engine::open`]; `invalid_configuration` names the variable.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where settings are handed in"
    )]
    pub fn from_env() -> Result<Self> {
        Self::open(Config::from_variables(|name| std::env::var(name).ok())?)
    }
}

fn wrong(why: &str) -> Error {
    Error::new(ErrorCode::InvalidConfiguration, format!("database: {why}"))
}

/// What the setting `database` speaks.
///
/// # Errors
/// `invalid_configuration` for a kind that nobody knows.
pub fn dialect_of(database: &str) -> Result<Dialect> {
    match database.split(':').next().unwrap_or_default() {
        "sqlite" => Ok(Dialect::Sqlite),
        "postgres" | "postgresql" => Ok(Dialect::Postgres),
        "mysql" | "mariadb" => Ok(Dialect::Mysql),
        _ => Err(wrong("starts with sqlite:, postgres:, mysql: or mariadb:")),
    }
}

/// The executor for the setting `database`.
///
/// # Errors
/// `invalid_configuration` for a setting that cannot be read, or whose driver is not built in;
/// `store_refused`, `store_busy` or `store_unavailable` from the database.
pub fn open_executor(database: &str) -> Result<Box<dyn Executor>> {
    match dialect_of(database)? {
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => sqlite(database),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => Ok(Box::new(crate::PostgresExecutor::open(database)?)),
        #[cfg(feature = "mysql")]
        Dialect::Mysql => Ok(Box::new(crate::MysqlExecutor::open(database)?)),
        #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
        _ => Err(wrong("its driver was not built in")),
    }
}

#[cfg(feature = "sqlite")]
fn sqlite(database: &str) -> Result<Box<dyn Executor>> {
    use crate::SqliteExecutor;
    let path = database.strip_prefix("sqlite:").unwrap_or_default();
    if path == ":memory:" {
        return Ok(Box::new(SqliteExecutor::open_in_memory()?));
    }
    if path.is_empty() || path.starts_with("//") {
        return Err(wrong(
            "write sqlite:<path>, with no slashes before the path's own",
        ));
    }
    Ok(Box::new(SqliteExecutor::open(std::path::Path::new(path))?))
}
