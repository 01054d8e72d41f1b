//! The database: is it there, who may read it, how does SQLite write it, are the tables up to
//! date, and what does the shop itself say of its health. Creates and migrates nothing.

use std::path::Path;

use coinpay_core::flow::Health;
use coinpay_core::store::{Dialect, Executor, Rows, Statement, StoreFault, Value};
use coinpay_core::time::format_rfc3339;
use coinpay_core::{
    Config, Engine, Result, Secret, Shop, SqliteExecutor, UreqTransport, dialect_of,
};

use super::finding::Finding;
use super::server;
use crate::settings::Settings;
use crate::shop::sqlite_path;

pub(super) const DATABASE: &str = "database";
const FILE_MODE: &str = "file_mode";
pub(super) const DURABILITY: &str = "durability";
pub(super) const SCHEMA: &str = "schema";
pub(super) const HEALTH: &str = "health";

const LOOK_AT_FILE: &str = "Look at the file with sqlite3, or restore a backup.";

/// What SQLite calls FULL.
const FULL: i64 = 2;

pub(super) fn check(settings: &Settings) -> Vec<Finding> {
    let config = match settings.config_of(&["database", "table_prefix"]) {
        Ok(config) => config,
        Err(error) => {
            return vec![Finding::problem(
                DATABASE,
                error.into_message(),
                "Correct this setting.",
            )];
        }
    };
    match dialect_of(&config.database) {
        Ok(Dialect::Postgres | Dialect::Mysql) => return server::check(&config),
        Ok(Dialect::Sqlite) | Err(_) => {}
    }
    let Some(path) = sqlite_path(&config) else {
        return vec![no_file(config)];
    };
    let path = std::path::absolute(&path).unwrap_or(path);
    if !path.exists() {
        let message = format!("there is no file {} yet", path.display());
        let advice = "The shop, or coinpay work, makes it at first use. Is the path right?";
        return vec![Finding::warning(DATABASE, message, advice)];
    }
    let mode_before = mode_of(&path);
    let executor = match SqliteExecutor::open(&path) {
        Ok(executor) => executor,
        Err(error) => {
            let advice = "Check the path, what is in the file, and who owns it and its folder.";
            return vec![Finding::problem(DATABASE, error.into_message(), advice)];
        }
    };
    let mut findings = vec![Finding::ok(DATABASE, format!("{} opens", path.display()))];
    findings.extend(file_mode(mode_before, mode_of(&path)));
    findings.push(durability(&executor));
    let (schema, is_current) = schema(&executor, &config);
    findings.push(schema);
    if is_current {
        findings.extend(health(Box::new(executor), config));
    } else {
        findings.push(Finding::skipped(HEALTH, "see schema"));
    }
    findings
}

/// A database in memory, or a setting that means none.
fn no_file(config: Config) -> Finding {
    match Engine::connect(config) {
        Ok(_) => Finding::warning(
            DATABASE,
            "orders are kept in memory, and lost when the shop's process ends",
            "Use sqlite:<file> for anything but trying out.",
        ),
        Err(error) => Finding::problem(DATABASE, error.into_message(), "Correct this setting."),
    }
}

/// `None` where files have no such thing.
#[cfg(unix)]
pub(super) fn mode_of(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let data = std::fs::metadata(path).ok()?;
    Some(data.permissions().mode() & 0o777)
}

#[cfg(not(unix))]
pub(super) fn mode_of(_: &Path) -> Option<u32> {
    None
}

fn file_mode(before: Option<u32>, now: Option<u32>) -> Option<Finding> {
    let (before, now) = (before?, now?);
    Some(if now & 0o077 != 0 {
        Finding::problem(
            FILE_MODE,
            format!("others may read the file (mode {now:03o})"),
            "Customers' data is in it: chmod 600.",
        )
    } else if before == now {
        Finding::ok(
            FILE_MODE,
            format!("only its owner may read it (mode {now:03o})"),
        )
    } else {
        Finding::warning(
            FILE_MODE,
            format!("others could read the file (mode {before:03o}); it is now {now:03o}"),
            "What opened it to them, a restored backup? Do copies of it lie about?",
        )
    })
}

fn durability(executor: &dyn Executor) -> Finding {
    let journal = select(executor, "SELECT journal_mode FROM pragma_journal_mode");
    let flushing = select(executor, "SELECT synchronous FROM pragma_synchronous");
    let (journal, flushing) = match (journal, flushing) {
        (Ok(journal), Ok(flushing)) => (journal, flushing),
        (Err(why), _) | (_, Err(why)) => return Finding::problem(DURABILITY, why, LOOK_AT_FILE),
    };
    let is_wal = matches!(first(&journal), Some(Value::Text(mode)) if mode == "wal");
    let is_full = matches!(first(&flushing), Some(Value::Integer(level)) if *level >= FULL);
    if is_wal && is_full {
        let message = "SQLite keeps a write-ahead log and flushes each commit (FULL)";
        return Finding::ok(DURABILITY, message);
    }
    Finding::problem(
        DURABILITY,
        "SQLite does not keep a write-ahead log with synchronous FULL",
        "A power failure could lose what was answered; does another program change the file?",
    )
}

/// What was found, and whether the tables are those of this program.
pub(super) fn schema(executor: &dyn Executor, config: &Config) -> (Finding, bool) {
    let stored = stored_version(executor, &config.table_prefix);
    let current = current_version(config).map_err(coinpay_core::Error::into_message);
    let (stored, current) = match (stored, current) {
        (Ok(stored), Ok(current)) => (stored, current),
        (Err(why), _) | (_, Err(why)) => {
            return (Finding::problem(SCHEMA, why, LOOK_AT_FILE), false);
        }
    };
    let finding = if stored == 0 {
        let advice = "The shop, or coinpay work, makes them at first use. Is table_prefix right?";
        Finding::warning(SCHEMA, "there are no tables yet", advice)
    } else if stored < current {
        Finding::warning(
            SCHEMA,
            format!("version {stored}, and this program's is {current}"),
            "Make a backup; coinpay work, or a shop of this version, migrates it.",
        )
    } else if stored > current {
        Finding::problem(
            SCHEMA,
            format!("version {stored} is newer than this program's, {current}"),
            "Use the version of shop and program that wrote it, or a newer one.",
        )
    } else {
        Finding::ok(SCHEMA, format!("version {stored}, up to date"))
    };
    (finding, stored == current)
}

/// The version that this program makes of an empty database.
fn current_version(config: &Config) -> Result<u32> {
    let mut config = config.clone();
    "sqlite::memory:".clone_into(&mut config.database);
    let prepared = Engine::connect(config)?.prepare_store()?;
    Ok(prepared.to)
}

/// 0 without tables.
fn stored_version(executor: &dyn Executor, prefix: &str) -> Result<u32, String> {
    // A prefix is lower-case letters, digits and underscores, or the configuration is refused.
    let table = match executor.dialect() {
        Dialect::Sqlite => format!("SELECT name FROM sqlite_schema WHERE name = '{prefix}meta'"),
        Dialect::Postgres => format!("SELECT to_regclass('{prefix}meta')::text"),
        Dialect::Mysql => format!(
            "SELECT table_name FROM information_schema.tables \
             WHERE table_schema = DATABASE() AND table_name = '{prefix}meta'"
        ),
    };
    let found = select(executor, &table)?;
    if matches!(first(&found), None | Some(Value::Null)) {
        return Ok(0);
    }
    let version = format!("SELECT value FROM {prefix}meta WHERE name = 'schema_version'");
    match first(&select(executor, &version)?) {
        None => Ok(0),
        Some(Value::Text(text)) if text.parse::<u32>().is_ok() => {
            Ok(text.parse().unwrap_or_default())
        }
        Some(_) => Err("the stored schema version is no number".to_owned()),
    }
}

pub(super) fn select(executor: &dyn Executor, sql: &str) -> Result<Vec<Rows>, String> {
    let statement = Statement {
        sql: sql.into(),
        params: Vec::new(),
    };
    let failed = |fault: StoreFault| format!("cannot be read ({})", fault.code);
    executor.load(&[statement]).map_err(failed)
}

pub(super) fn first(rows: &[Rows]) -> Option<&Value> {
    rows.first()?.first()?.first()
}

pub(super) fn health(executor: Box<dyn Executor>, config: Config) -> Vec<Finding> {
    match ask(executor, config) {
        Ok(health) => told(&health),
        Err(error) => vec![Finding::problem(HEALTH, error.to_string(), LOOK_AT_FILE)],
    }
}

fn ask(executor: Box<dyn Executor>, config: Config) -> Result<Health> {
    let transport = UreqTransport::new(Secret::new("none"), &config.base_url)?;
    let shop = Shop::new(config, executor.dialect())?;
    Engine::new(shop, Box::new(transport), executor).health()
}

fn told(health: &Health) -> Vec<Finding> {
    let warnings = health.warnings.iter();
    let mut findings: Vec<_> = warnings
        .map(|one| Finding::warning(HEALTH, one.message.as_str(), &one.next_step))
        .collect();
    if let Some(rejected) = &health.webhook_rejected {
        let at = rejected["at_ms"].as_i64().map(format_rfc3339);
        let at = at.unwrap_or_else(|| "once".to_owned());
        let code = rejected["code"].as_str().unwrap_or("for a reason unknown");
        let cause = rejected["cause"].as_str().unwrap_or("Try coinpay verify.");
        let message = format!("the last webhook that was refused: {at}, {code}");
        findings.push(Finding::warning(HEALTH, message, cause));
    }
    if findings.is_empty() {
        let orders: i64 = health.orders.values().sum();
        let message = format!("nothing is overdue or failed; orders: {orders}");
        findings.push(Finding::ok(HEALTH, message));
    }
    findings
}
