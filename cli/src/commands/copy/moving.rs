//! Fills one table, page by page. How far it has come stands in the same commit as the rows, so
//! that an interruption anywhere leaves neither a gap nor a row twice.

use std::thread;
use std::time::Duration;

use coinpay_core::store::{FaultClass, TableShape, Value};
use coinpay_core::{Error, ErrorCode, Result};

use super::side::{Side, belongs, place_of, unavailable};

/// How often a page is tried while a database is busy or away.
const TRIES: u32 = 10;

/// How many rows were copied by this call.
pub(super) fn copy(source: &Side, target: &Side, table: &TableShape, rows: u32) -> Result<u64> {
    let mut after = place(target, table)?;
    let (mut copied, mut tries) = (0, 0);
    loop {
        let page = table.page(source.executor.dialect(), &source.prefix, &after, rows);
        let found = source.rows(page)?;
        let Some(last) = found.last() else {
            return Ok(copied);
        };
        let next = table.key_of(last);
        let own = found.into_iter().filter(|row| belongs(table, row));
        let mut statements: Vec<_> = own
            .map(|row| table.insert(target.executor.dialect(), &target.prefix, row))
            .collect();
        let inserted = statements.len();
        let text = serde_json::to_string(&next).unwrap_or_default();
        statements.extend(target.write_note(&place_of(table), &text));
        match target.executor.commit(&statements) {
            Ok(()) => {
                after = next;
                copied += u64::try_from(inserted).unwrap_or_default();
                tries = 0;
            }
            Err(fault) if fault.class == FaultClass::Fatal || tries == TRIES => {
                return Err(unavailable(&fault));
            }
            Err(_) => {
                // It may have happened: only the table itself knows.
                tries += 1;
                thread::sleep(Duration::from_millis(200));
                after = place(target, table)?;
            }
        }
    }
}

/// The key of the last row that is copied; empty at the beginning.
fn place(target: &Side, table: &TableShape) -> Result<Vec<Value>> {
    let Some(text) = target.note(&place_of(table))? else {
        return Ok(Vec::new());
    };
    serde_json::from_str(&text).map_err(|_| {
        let message = "--to: how far the copy had come cannot be read";
        Error::new(ErrorCode::StoreCorrupt, message)
    })
}
