//! A shop: its settings and its statements. Every flow starts from one; it holds no connection
//! and no order, and of what has happened only how many webhooks were refused.

use std::sync::Arc;

use crate::Result;
use crate::config::Config;
use crate::flow::Refusals;
use crate::store::{Dialect, Sql};

/// What every flow of one shop shares. Cheap to clone as an `Arc`, safe in any thread.
#[derive(Debug)]
pub struct Shop {
    pub(crate) config: Config,
    pub(crate) sql: Sql,
    pub(crate) refusals: Refusals,
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
            refusals: Refusals::default(),
        }))
    }

    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }
}
