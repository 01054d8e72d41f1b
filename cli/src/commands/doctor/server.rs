//! A database server: does it answer, does it keep what it was told to keep through a power cut,
//! does it heed our checks, and may it be written to. Creates and migrates nothing.

use coinpay_core::store::{Dialect, Executor, FaultClass, Statement, Value};
use coinpay_core::{Config, open_executor};

use super::finding::Finding;
use super::store::{DATABASE, DURABILITY, HEALTH, SCHEMA, first, health, schema, select};

const CHECKS: &str = "checks";
const ENGINES: &str = "engines";

/// What a server is asked, what it has to say, and what it means if it says something else.
struct Rule {
    sql: &'static str,
    good: fn(&str) -> bool,
    otherwise: &'static str,
    advice: &'static str,
    /// Only worth a warning.
    lesser: bool,
}

const POSTGRES: &[Rule] = &[
    Rule {
        sql: "SELECT current_setting('fsync')",
        good: |said| said == "on",
        otherwise: "fsync is off: a power cut can destroy the whole database",
        advice: "Set fsync = on.",
        lesser: false,
    },
    Rule {
        sql: "SELECT current_setting('full_page_writes')",
        good: |said| said == "on",
        otherwise: "full_page_writes is off: a power cut can tear a page",
        advice: "Set full_page_writes = on, unless the file system writes pages as a whole.",
        lesser: true,
    },
    Rule {
        sql: "SELECT pg_is_in_recovery()::text",
        good: |said| said == "false",
        otherwise: "this server is a replica, which takes no orders and is behind",
        advice: "Give the address of the primary.",
        lesser: false,
    },
    Rule {
        sql: "SELECT current_setting('server_version_num')::bigint",
        good: |said| said.parse::<u64>().is_ok_and(|version| version >= 120_000),
        otherwise: "this PostgreSQL is older than 12",
        advice: "15 is what the tests run on.",
        lesser: true,
    },
];

const MYSQL: &[Rule] = &[
    Rule {
        sql: "SELECT @@global.innodb_flush_log_at_trx_commit",
        good: |said| said == "1",
        otherwise: "innodb_flush_log_at_trx_commit is not 1: a power cut loses what was answered",
        advice: "Set innodb_flush_log_at_trx_commit = 1.",
        lesser: false,
    },
    Rule {
        sql: "SELECT CASE WHEN @@global.log_bin = 1 THEN @@global.sync_binlog ELSE 1 END",
        good: |said| said == "1",
        otherwise: "sync_binlog is not 1: after a power cut replicas and backups can differ",
        advice: "Set sync_binlog = 1.",
        lesser: true,
    },
    Rule {
        sql: "SELECT CONCAT(@@global.innodb_doublewrite)",
        good: |said| said != "0" && !said.eq_ignore_ascii_case("off"),
        otherwise: "innodb_doublewrite is off: a power cut can tear a page",
        advice: "Set innodb_doublewrite = ON, unless the file system writes pages as a whole.",
        lesser: true,
    },
    Rule {
        sql: "SELECT CASE WHEN @@global.log_bin = 1 THEN @@global.binlog_format ELSE 'ROW' END",
        good: |said| said != "STATEMENT",
        otherwise: "binlog_format is STATEMENT, which InnoDB refuses for READ COMMITTED",
        advice: "Set binlog_format = ROW or MIXED.",
        lesser: false,
    },
    Rule {
        sql: "SELECT @@global.read_only",
        good: |said| said == "0",
        otherwise: "this server is read only: a replica, mostly",
        advice: "Give the address of the primary.",
        lesser: false,
    },
    Rule {
        sql: "SELECT VERSION()",
        good: is_new_enough,
        otherwise: "this version is older than MySQL 8.0.16 or MariaDB 10.6",
        advice: "Older ones ignore the checks that keep stock from being sold twice.",
        lesser: false,
    },
];

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.split(|ch: char| !ch.is_ascii_digit());
    let mut next = || numbers.next().and_then(|text| text.parse::<u32>().ok());
    let found = (
        next().unwrap_or(0),
        next().unwrap_or(0),
        next().unwrap_or(0),
    );
    if version.contains("MariaDB") {
        found >= (10, 6, 0)
    } else {
        found >= (8, 0, 16)
    }
}

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let executor = match open_executor(&config.database) {
        Ok(executor) => executor,
        Err(error) => {
            return vec![Finding::problem(
                DATABASE,
                error.into_message(),
                "Correct this setting.",
            )];
        }
    };
    let (kind, rules) = match executor.dialect() {
        Dialect::Mysql => ("MySQL or MariaDB", MYSQL),
        Dialect::Postgres | Dialect::Sqlite => ("PostgreSQL", POSTGRES),
    };
    let version = match select(executor.as_ref(), "SELECT VERSION()") {
        Ok(said) => text(first(&said)),
        Err(why) => {
            let message = format!("the server does not answer: it {why}");
            let advice = "Does it run, and are address, user, password and name right? \
                A server that is not on this machine needs TLS, or sslmode=disable.";
            return vec![Finding::problem(DATABASE, message, advice)];
        }
    };
    let version: String = version.chars().take(60).collect();
    let mut findings = vec![Finding::ok(DATABASE, format!("{kind} answers: {version}"))];
    findings.extend(durability(executor.as_ref(), rules));
    let (schema, is_current) = schema(executor.as_ref(), config);
    findings.push(schema);
    if !is_current {
        findings.push(Finding::skipped(HEALTH, "see schema"));
        return findings;
    }
    findings.push(checks(executor.as_ref(), &config.table_prefix));
    if executor.dialect() == Dialect::Mysql {
        findings.push(engines(executor.as_ref(), &config.table_prefix));
    }
    findings.extend(health(executor, config.clone()));
    findings
}

fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Integer(number)) => number.to_string(),
        Some(Value::Null) | None => String::new(),
    }
}

fn durability(executor: &dyn Executor, rules: &[Rule]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in rules {
        match select(executor, rule.sql) {
            Ok(said) if (rule.good)(&text(first(&said))) => {}
            Ok(_) if rule.lesser => {
                findings.push(Finding::warning(DURABILITY, rule.otherwise, rule.advice));
            }
            Ok(_) => findings.push(Finding::problem(DURABILITY, rule.otherwise, rule.advice)),
            Err(why) => {
                let message = format!("a setting of the server {why}: {}", rule.sql);
                let advice = "Where the server has no such setting, see its own documentation.";
                findings.push(Finding::warning(DURABILITY, message, advice));
            }
        }
    }
    if findings.is_empty() {
        let message = "the server keeps what was committed through a power cut";
        findings.push(Finding::ok(DURABILITY, message));
    }
    findings
}

/// Tries to break a check in a commit that then fails in any case.
fn checks(executor: &dyn Executor, prefix: &str) -> Finding {
    let statement = |sql: String| Statement {
        sql: sql.into(),
        params: Vec::new(),
    };
    let break_it = format!(
        "INSERT INTO {prefix}stock (sku, on_hand, reserved) VALUES ('coinpay doctor', 0, 1)"
    );
    let undo_it = "SELECT 1 FROM coinpay_doctor_undoes_this".to_owned();
    let outcome = executor.commit(&[statement(break_it), statement(undo_it)]);
    match outcome {
        Err(fault) if fault.class == FaultClass::Conflict => {
            Finding::ok(CHECKS, "the server heeds the checks of the tables")
        }
        Err(fault) if fault.class == FaultClass::Retry => {
            Finding::skipped(CHECKS, "the database is busy")
        }
        Ok(()) | Err(_) => Finding::problem(
            CHECKS,
            "more can be reserved than there is: the server ignores CHECK",
            "Goods would be sold twice. Use an engine that heeds constraints.",
        ),
    }
}

fn engines(executor: &dyn Executor, prefix: &str) -> Finding {
    let sql = format!(
        "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() \
         AND LEFT(table_name, {}) = '{prefix}' AND engine <> 'InnoDB'",
        prefix.len()
    );
    match select(executor, &sql) {
        Ok(found) if text(first(&found)) == "0" => {
            Finding::ok(ENGINES, "every table is kept by InnoDB")
        }
        Ok(_) => Finding::problem(
            ENGINES,
            "a table is kept by an engine without transactions",
            "ALTER TABLE ... ENGINE=InnoDB, for each table with the prefix.",
        ),
        Err(why) => Finding::problem(SCHEMA, why, "May the user read information_schema?"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_ignore_checks_are_told_from_those_that_do_not() {
        for good in [
            "8.0.16",
            "8.4.2",
            "10.6.0-MariaDB",
            "10.11.14-MariaDB-0+deb12u2",
        ] {
            assert!(is_new_enough(good), "{good}");
        }
        for old in ["5.7.44", "8.0.15", "10.5.9-MariaDB", "5.5.5"] {
            assert!(!is_new_enough(old), "{old}");
        }
    }
}
