//! What SQLite's errors mean for a flow. Takes the code and leaves the message, which may quote
//! a value.

use rusqlite::{ErrorCode as Kind, ffi};

use crate::store::{FaultClass, StoreFault};

/// Classes an error that came before the COMMIT: whatever it was, nothing has been stored.
pub(super) fn fault(error: &rusqlite::Error) -> StoreFault {
    let sqlite = match error {
        rusqlite::Error::SqliteFailure(sqlite, _) => sqlite,
        rusqlite::Error::SqlInputError { error, .. } => error,
        _ => return StoreFault::new(FaultClass::Fatal, misuse(error)),
    };
    let class = match sqlite.code {
        Kind::DatabaseBusy | Kind::DatabaseLocked | Kind::FileLockingProtocolFailed => {
            FaultClass::Retry
        }
        Kind::ConstraintViolation if ours(sqlite.extended_code) => FaultClass::Conflict,
        _ => FaultClass::Fatal,
    };
    StoreFault::new(class, name(sqlite.extended_code))
}

/// Classes an error of the COMMIT itself. While the transaction is still open, nothing has been
/// stored. Where SQLite has ended it by itself, the last frame of the log may have reached the
/// disk before the error, and would count after a power cut.
pub(super) fn commit_fault(error: &rusqlite::Error, still_open: bool) -> StoreFault {
    let fault = fault(error);
    if still_open {
        return fault;
    }
    StoreFault {
        class: FaultClass::Unknown,
        ..fault
    }
}

/// Faults of the disk and the system, which may be over when the file is opened the next time; a
/// file that is broken, or not ours, stays so.
pub(super) fn of_the_disk(fault: &StoreFault) -> bool {
    let passing = ["SQLITE_FULL", "SQLITE_IOERR", "SQLITE_NOMEM"];
    passing.iter().any(|name| fault.code.starts_with(name))
}

/// The constraints that say that somebody was faster; a missing value or a wrong type does not.
const fn ours(extended_code: i32) -> bool {
    matches!(
        extended_code,
        ffi::SQLITE_CONSTRAINT_CHECK
            | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            | ffi::SQLITE_CONSTRAINT_ROWID
            | ffi::SQLITE_CONSTRAINT_UNIQUE
    )
}

/// A name for what the driver refuses before SQLite does.
const fn misuse(error: &rusqlite::Error) -> &'static str {
    match error {
        rusqlite::Error::InvalidParameterCount(..) => "PARAMETER_COUNT",
        rusqlite::Error::ExecuteReturnedResults => "ROWS_FROM_A_WRITE",
        rusqlite::Error::MultipleStatement => "SEVERAL_STATEMENTS",
        rusqlite::Error::NulError(_) => "NUL_IN_STATEMENT",
        rusqlite::Error::Utf8Error(..) => "INVALID_UTF8",
        _ => "DRIVER",
    }
}

macro_rules! names {
    ($($code:ident)*) => {
        fn name(extended_code: i32) -> String {
            match extended_code {
                $(ffi::$code => stringify!($code).to_owned(),)*
                other => format!("SQLITE_{other}"),
            }
        }
    };
}

names! {
    SQLITE_ERROR SQLITE_INTERNAL SQLITE_PERM SQLITE_ABORT SQLITE_BUSY SQLITE_LOCKED SQLITE_NOMEM
    SQLITE_READONLY SQLITE_INTERRUPT SQLITE_IOERR SQLITE_CORRUPT SQLITE_NOTFOUND SQLITE_FULL
    SQLITE_CANTOPEN SQLITE_PROTOCOL SQLITE_SCHEMA SQLITE_TOOBIG SQLITE_CONSTRAINT SQLITE_MISMATCH
    SQLITE_MISUSE SQLITE_NOLFS SQLITE_AUTH SQLITE_RANGE SQLITE_NOTADB
    SQLITE_ABORT_ROLLBACK
    SQLITE_BUSY_RECOVERY SQLITE_BUSY_SNAPSHOT SQLITE_BUSY_TIMEOUT
    SQLITE_CANTOPEN_FULLPATH SQLITE_CANTOPEN_ISDIR SQLITE_CANTOPEN_NOTEMPDIR
    SQLITE_CONSTRAINT_CHECK SQLITE_CONSTRAINT_DATATYPE SQLITE_CONSTRAINT_FOREIGNKEY
    SQLITE_CONSTRAINT_NOTNULL SQLITE_CONSTRAINT_PRIMARYKEY SQLITE_CONSTRAINT_ROWID
    SQLITE_CONSTRAINT_TRIGGER SQLITE_CONSTRAINT_UNIQUE
    SQLITE_CORRUPT_INDEX
    SQLITE_IOERR_ACCESS SQLITE_IOERR_CHECKRESERVEDLOCK SQLITE_IOERR_CLOSE SQLITE_IOERR_DELETE
    SQLITE_IOERR_DELETE_NOENT SQLITE_IOERR_DIR_FSYNC
    SQLITE_IOERR_FSTAT SQLITE_IOERR_FSYNC SQLITE_IOERR_LOCK SQLITE_IOERR_NOMEM SQLITE_IOERR_RDLOCK
    SQLITE_IOERR_READ SQLITE_IOERR_SEEK SQLITE_IOERR_SHMLOCK
    SQLITE_IOERR_SHMMAP SQLITE_IOERR_SHMOPEN
    SQLITE_IOERR_SHMSIZE SQLITE_IOERR_SHORT_READ SQLITE_IOERR_TRUNCATE SQLITE_IOERR_UNLOCK
    SQLITE_IOERR_WRITE
    SQLITE_LOCKED_SHAREDCACHE
    SQLITE_READONLY_CANTINIT SQLITE_READONLY_CANTLOCK SQLITE_READONLY_DBMOVED
    SQLITE_READONLY_DIRECTORY SQLITE_READONLY_RECOVERY SQLITE_READONLY_ROLLBACK
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(extended_code: i32) -> rusqlite::Error {
        let message = "UNIQUE constraint failed: a customer's value".to_owned();
        rusqlite::Error::SqliteFailure(ffi::Error::new(extended_code), Some(message))
    }

    #[test]
    fn only_keys_and_checks_are_conflicts() {
        for (code, class) in [
            (ffi::SQLITE_CONSTRAINT_PRIMARYKEY, FaultClass::Conflict),
            (ffi::SQLITE_CONSTRAINT_UNIQUE, FaultClass::Conflict),
            (ffi::SQLITE_CONSTRAINT_CHECK, FaultClass::Conflict),
            (ffi::SQLITE_CONSTRAINT_NOTNULL, FaultClass::Fatal),
            (ffi::SQLITE_CONSTRAINT_DATATYPE, FaultClass::Fatal),
            (ffi::SQLITE_BUSY, FaultClass::Retry),
            (ffi::SQLITE_BUSY_SNAPSHOT, FaultClass::Retry),
            (ffi::SQLITE_LOCKED, FaultClass::Retry),
            (ffi::SQLITE_PROTOCOL, FaultClass::Retry),
            (ffi::SQLITE_FULL, FaultClass::Fatal),
            (ffi::SQLITE_IOERR_FSYNC, FaultClass::Fatal),
            (ffi::SQLITE_CORRUPT, FaultClass::Fatal),
            (ffi::SQLITE_READONLY, FaultClass::Fatal),
        ] {
            assert_eq!(fault(&error(code)).class, class, "{}", name(code));
        }
    }

    #[test]
    fn a_failed_commit_is_certain_only_while_its_transaction_is_open() {
        let busy = commit_fault(&error(ffi::SQLITE_BUSY), true);
        assert_eq!(busy.class, FaultClass::Retry);
        for code in [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_FULL] {
            assert_eq!(commit_fault(&error(code), false).class, FaultClass::Unknown);
            assert_eq!(commit_fault(&error(code), true).class, FaultClass::Fatal);
        }
    }

    #[test]
    fn a_disk_may_be_well_the_next_time_and_a_broken_file_is_not() {
        let of_the_disk = |code| of_the_disk(&fault(&error(code)));
        for code in [
            ffi::SQLITE_FULL,
            ffi::SQLITE_IOERR,
            ffi::SQLITE_IOERR_FSYNC,
            ffi::SQLITE_IOERR_SHMMAP,
            ffi::SQLITE_NOMEM,
        ] {
            assert!(of_the_disk(code), "{}", name(code));
        }
        for code in [ffi::SQLITE_NOTADB, ffi::SQLITE_CORRUPT, ffi::SQLITE_PERM] {
            assert!(!of_the_disk(code), "{}", name(code));
        }
    }

    #[test]
    fn a_fault_carries_the_codes_name_and_never_the_message() {
        let fault = fault(&error(ffi::SQLITE_CONSTRAINT_PRIMARYKEY));
        assert_eq!(fault.code, "SQLITE_CONSTRAINT_PRIMARYKEY");
        assert_eq!(name(123_456), "SQLITE_123456");
    }
}
