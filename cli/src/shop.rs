//! Opens the shop that the settings name, with the built-in drivers. Decides when a database
//! that is not there is a mistake rather than one to begin.

use std::path::{Path, PathBuf};

use coinpay_core::{Config, Engine, Error, ErrorCode, Result};

use crate::settings::Settings;

/// Its tables are not touched: `prepare_store` comes next.
///
/// # Errors
/// As [`Engine::connect`].
pub(crate) fn open(settings: &Settings) -> Result<Engine> {
    Engine::connect(settings.config()?)
}

/// The same for a command that only reads: it begins no database, and no tables in one.
///
/// # Errors
/// As [`Engine::connect`]; `invalid_configuration` where the database is not there yet.
pub(crate) fn open_existing(settings: &Settings) -> Result<Engine> {
    let config = settings.config()?;
    if let Some(path) = sqlite_path(&config).filter(|path| !path.exists()) {
        let name = settings.name_of("database");
        let absolute = std::path::absolute(&path).unwrap_or(path);
        return Err(Error::new(
            ErrorCode::InvalidConfiguration,
            format!("{name}: there is no file {}", absolute.display()),
        ));
    }
    Engine::connect(config)
}

/// The file of a SQLite database; `None` for one in memory or of another kind.
pub(crate) fn sqlite_path(config: &Config) -> Option<PathBuf> {
    let path = config.database.strip_prefix("sqlite:")?;
    let is_file = !path.is_empty() && path != ":memory:" && !path.starts_with("//");
    is_file.then(|| Path::new(path).to_path_buf())
}
