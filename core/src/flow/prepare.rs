//! Makes the store ready: tables up to this version, and the proof that a failed commit leaves
//! nothing behind.

use serde::Deserialize;

use crate::shop::Shop;
use crate::store::{Dialect, FaultClass, MIGRATIONS, Query, Statement, migration};
use crate::{Error, ErrorCode, Result};

use super::change::lock_statement;
use super::context::Cx;
use super::probe::probe;
use super::runtime::{Flow, Start};
use std::sync::Arc;

const VERSION: &str = "schema_version";
/// Stands in the tables while `coinpay copy` fills them.
const COPYING: &str = "copying";

/// What [`Shop::prepare_store`] found and did.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Prepared {
    /// The schema's version before.
    pub from: u32,
    /// The schema's version now.
    pub to: u32,
}

crate::document::written! {
    Prepared {
        from, to,
    }
}

impl Shop {
    /// Creates or migrates the tables and probes that commits are atomic. To be run once before
    /// anything else; harmless when repeated, also from several machines at once.
    #[must_use]
    pub fn prepare_store(self: &Arc<Self>, start: Start) -> Flow<Prepared> {
        let shop = Arc::clone(self);
        Flow::start(start, |channel| async move {
            let cx = Cx::new(shop, channel);
            let from = schema_version(&cx).await?.unwrap_or(0);
            if from > MIGRATIONS {
                return Err(ErrorCode::StoreTooNew.into());
            }
            let to = migrate(&cx).await?;
            refuse_half_a_copy(&cx).await?;
            probe(&cx).await?;
            Ok(Prepared { from, to })
        })
    }
}

/// A shop that opened while `coinpay copy` is filling its tables would miss the rest, and what it
/// wrote would be in the copy's way.
async fn refuse_half_a_copy(cx: &Cx) -> Result<()> {
    let mark = cx.sql(Query::Meta, vec![COPYING.into()]);
    if cx.load(vec![mark]).await?.iter().all(Vec::is_empty) {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::StoreRefused,
        "a copy into these tables was begun and not finished; run coinpay copy again",
    ))
}

/// `None` where the tables are not there yet.
async fn schema_version(cx: &Cx) -> Result<Option<u32>> {
    let mut tries = 0;
    loop {
        match cx
            .load_once(vec![cx.sql(Query::Meta, vec![VERSION.into()])])
            .await?
        {
            Ok(rows) => {
                let Some(row) = rows.first().and_then(|rows| rows.first()) else {
                    return Ok(None);
                };
                let mut fields = crate::store::Fields::of("meta", row);
                return fields.parsed(|text| text.parse().ok()).map(Some);
            }
            // Without tables there is no answer. Whether the database is there at all shows
            // when they are created.
            Err(fault) if fault.class == FaultClass::Fatal => return Ok(None),
            Err(fault) => cx.pause_or_give_up(&fault, &mut tries).await?,
        }
    }
}

async fn migrate(cx: &Cx) -> Result<u32> {
    let mut tries = 0;
    loop {
        let version = schema_version(cx).await?.unwrap_or(0);
        if version >= MIGRATIONS {
            return Ok(version);
        }
        let next = version.saturating_add(1);
        let prefix = &cx.shop.config.table_prefix;
        let tables = migration(next, cx.shop.sql.dialect(), prefix);
        let tables = tables.into_iter().map(|sql| Statement {
            sql: sql.into(),
            params: Vec::new(),
        });
        let mut statements: Vec<Statement> = tables.collect();
        if cx.shop.sql.dialect() == Dialect::Mysql {
            // There, making a table ends the transaction. Each can be repeated, so a migration
            // that was cut off between two of them is taken up again; the version comes last.
            define(cx, std::mem::take(&mut statements)).await?;
        }
        let commit_id = cx.token();
        // Two machines that migrate at once both try to insert this row.
        let lock = lock_statement(
            cx,
            "migration",
            i64::from(next),
            "migrated",
            &commit_id,
            cx.now_ms(),
        );
        statements.push(lock);
        statements.push(cx.sql(Query::DeleteMeta, vec![VERSION.into()]));
        statements.push(cx.sql(
            Query::InsertMeta,
            vec![VERSION.into(), next.to_string().into()],
        ));
        if let Err(fault) = cx.commit_once(statements).await? {
            cx.pause_or_give_up(&fault, &mut tries).await?;
        }
    }
}

/// Makes tables, each by itself.
async fn define(cx: &Cx, tables: Vec<Statement>) -> Result<()> {
    let mut tries = 0;
    for table in tables {
        while let Err(fault) = cx.commit_once(vec![table.clone()]).await? {
            cx.pause_or_give_up(&fault, &mut tries).await?;
        }
    }
    Ok(())
}
