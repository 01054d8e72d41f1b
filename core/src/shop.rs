//! A shop: its settings and its statements. Every flow starts from one; it holds no connection
//! and no order.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::config::Config;
use crate::store::{Dialect, Sql};
use crate::{Result, flow};

/// What every flow of one shop shares. Cheap to clone as an `Arc`, safe in any thread.
#[derive(Debug)]
pub struct Shop {
    pub(crate) config: Config,
    pub(crate) sql: Sql,
    diagnosed_at_ms: AtomicI64,
}

impl Shop {
    /// # Errors
    /// `invalid_configuration`, naming the setting.
    pub fn new(config: Config, dialect: Dialect) -> Result<Arc<Self>> {
        config.check()?;
        let sql = Sql::new(dialect, &config.table_prefix);
        Ok(Arc::new(Self {
            config,
            sql,
            diagnosed_at_ms: AtomicI64::new(i64::MIN),
        }))
    }

    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Whether a refused webhook may be looked into and written down now: at most once a minute,
    /// so that a flood of forgeries costs nothing.
    pub(crate) fn may_diagnose(&self, now_ms: i64) -> bool {
        let last_ms = self.diagnosed_at_ms.load(Ordering::Relaxed);
        if now_ms.saturating_sub(last_ms) < flow::MINUTE_MS && last_ms <= now_ms {
            return false;
        }
        let swap = self.diagnosed_at_ms.compare_exchange(
            last_ms,
            now_ms,
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
        swap.is_ok()
    }
}
