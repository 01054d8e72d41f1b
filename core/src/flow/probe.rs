//! Proves that a commit which fails leaves nothing behind: in any table, and also when the
//! connection is lost in the middle of it. A store that keeps a part would lose the meaning of
//! every commit.

use crate::store::{Dialect, FaultClass, Query, Selector, Statement};
use crate::{Error, ErrorCode, Result};

use super::context::{Cx, store_error};

/// One row in each table, under a name that nothing else has.
const INSERTS: [Query; 7] = [
    Query::ProbeLog,
    Query::ProbeOrder,
    Query::ProbePayment,
    Query::ProbeEvent,
    Query::ProbeEffect,
    Query::ProbeStock,
    Query::ProbeReservation,
];

const DELETES: [Query; 8] = [
    Query::DeleteMeta,
    Query::DeleteLog,
    Query::DeleteOrder,
    Query::DeletePayments,
    Query::DeleteEvent,
    Query::DeleteEffects,
    Query::DeleteStock,
    Query::DeleteReservations,
];

pub(crate) async fn probe(cx: &Cx) -> Result<()> {
    let name = format!("probe:{}", cx.token());
    let meta = || cx.sql(Query::InsertMeta, vec![name.as_str().into(), "1".into()]);
    let mut statements = vec![meta()];
    let row = |query: &Query| {
        // A payment has a second key.
        let keys = 1 + usize::from(*query == Query::ProbePayment);
        cx.sql(*query, vec![name.as_str().into(); keys])
    };
    statements.extend(INSERTS.iter().map(row));
    statements.push(meta());
    let mut tries = 0;
    loop {
        match cx.commit_once(statements.clone()).await? {
            Ok(()) => break,
            Err(fault) if fault.class == FaultClass::Conflict => break,
            Err(fault) if fault.class == FaultClass::Fatal => return Err(store_error(&fault)),
            Err(fault) => cx.pause_or_give_up(&fault, &mut tries).await?,
        }
    }
    refuse_if_left(cx, &name).await?;
    lose_connection(cx).await
}

/// Ends the connection in the middle of a commit. An executor that opens another one by itself
/// and goes on there would store the second half alone. Where the database refuses to end it,
/// the commit fails as any other.
async fn lose_connection(cx: &Cx) -> Result<()> {
    let end = match cx.shop.sql.dialect() {
        // There is no connection to lose.
        Dialect::Sqlite => return Ok(()),
        Dialect::Postgres => "SELECT pg_terminate_backend(pg_backend_pid())",
        Dialect::Mysql => "KILL CONNECTION_ID()",
    };
    let name = format!("probe:{}", cx.token());
    let end = Statement {
        sql: end.into(),
        params: Vec::new(),
    };
    let first = cx.sql(Query::InsertMeta, vec![name.as_str().into(), "1".into()]);
    let second = cx.sql(Query::ProbeLog, vec![name.as_str().into()]);
    let went_on = cx.commit_once(vec![first, end, second]).await?.is_ok();
    refuse_if_left(cx, &name).await?;
    if went_on {
        return Err(ErrorCode::StoreNotAtomic.into());
    }
    Ok(())
}

/// Looks for the rows in every table; what is found is taken away again.
async fn refuse_if_left(cx: &Cx, name: &str) -> Result<()> {
    let find = |query| cx.sql(query, vec![name.into()]);
    let mut loads = vec![cx.shop.sql.bundle(Selector::Id(name))];
    for query in [
        Query::Meta,
        Query::LogOf,
        Query::StockOf,
        Query::EventByHash,
    ] {
        loads.push(find(query));
    }
    let found = cx.load(loads).await?;
    if found.iter().all(Vec::is_empty) {
        return Ok(());
    }
    let _ = cx.commit_once(DELETES.map(find).to_vec()).await?;
    Err(Error::from(ErrorCode::StoreNotAtomic))
}
