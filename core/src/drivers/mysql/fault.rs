//! What the errors of MySQL and MariaDB mean for a flow. Takes the number and leaves the message,
//! which may quote a value.

use mysql::Error;

use crate::drivers::pool::Trouble;
use crate::store::{FaultClass, StoreFault};

/// An error of a statement or of the COMMIT. `lost` is what it means if the connection is gone
/// without a word, `ended` if the server said that it ends it.
pub(super) fn trouble(error: &Error, lost: FaultClass, ended: FaultClass) -> Trouble {
    let Error::MySqlError(server) = error else {
        return Trouble::Lost(StoreFault::new(lost, nameless(error)));
    };
    if ends_connection(server.code) {
        return Trouble::Lost(StoreFault::new(ended, server.code.to_string()));
    }
    let fault = StoreFault::new(class(server.code), server.code.to_string());
    match fault.class {
        FaultClass::Conflict | FaultClass::Retry => Trouble::Answered(fault),
        // An error of the COMMIT that is not known for leaving nothing behind.
        FaultClass::Fatal | FaultClass::Unknown if ended == FaultClass::Unknown => {
            Trouble::Unusable(StoreFault::new(FaultClass::Unknown, fault.code))
        }
        FaultClass::Fatal | FaultClass::Unknown => Trouble::Unusable(fault),
    }
}

/// An error while a connection is opened: nothing was asked yet.
pub(super) fn no_connection(error: &Error) -> StoreFault {
    match error {
        Error::MySqlError(server) => StoreFault::new(class(server.code), server.code.to_string()),
        _ => StoreFault::new(FaultClass::Fatal, "NO_CONNECTION"),
    }
}

fn nameless(error: &Error) -> &'static str {
    use std::io::ErrorKind;
    match error {
        Error::IoError(io) if matches!(io.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            "NO_ANSWER"
        }
        Error::IoError(_) => "CONNECTION_LOST",
        _ => "DRIVER",
    }
}

/// Shutdown in progress, interrupted, killed, session killed, idle too long.
const fn ends_connection(number: u16) -> bool {
    matches!(number, 1053 | 1317 | 1927 | 3169 | 4031)
}

const fn class(number: u16) -> FaultClass {
    match number {
        // A key, and the check constraints of MySQL and of MariaDB.
        1062 | 1586 | 3819 | 4025 => FaultClass::Conflict,
        // Changed since it was read, too many connections (of all, of this user), cluster not
        // ready, lock wait, deadlock, statement time (MariaDB, MySQL), rolled back by the
        // cluster, table just made or changed by another.
        1020 | 1040 | 1203 | 1226 | 1047 | 1205 | 1213 | 1969 | 3024 | 3101 | 1050 | 1412 => {
            FaultClass::Retry
        }
        _ => FaultClass::Fatal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: u16) -> Error {
        Error::MySqlError(mysql::MySqlError {
            state: "HY000".into(),
            message: "Duplicate entry 'a customer'".into(),
            code,
        })
    }

    #[test]
    fn only_keys_and_checks_are_conflicts() {
        for (code, expected) in [
            (1062, FaultClass::Conflict),
            (3819, FaultClass::Conflict),
            (4025, FaultClass::Conflict),
            (1048, FaultClass::Fatal),
            (1213, FaultClass::Retry),
            (1205, FaultClass::Retry),
            (1406, FaultClass::Fatal),
            (1146, FaultClass::Fatal),
            (1792, FaultClass::Fatal),
        ] {
            assert_eq!(class(code), expected, "{code}");
        }
    }

    #[test]
    fn an_error_that_takes_the_connection_is_certain_only_before_the_commit() {
        let lost = FaultClass::Unknown;
        for (code, ended) in [(1053, FaultClass::Retry), (1927, FaultClass::Unknown)] {
            let fault = StoreFault::new(ended, code.to_string());
            assert_eq!(trouble(&error(code), lost, ended), Trouble::Lost(fault));
        }
        let commit = trouble(&error(1180), lost, FaultClass::Unknown);
        let unknown = StoreFault::new(FaultClass::Unknown, "1180");
        assert_eq!(commit, Trouble::Unusable(unknown));
    }

    #[test]
    fn a_fault_carries_the_number_and_never_the_message() {
        let Trouble::Answered(fault) =
            trouble(&error(1062), FaultClass::Unknown, FaultClass::Retry)
        else {
            panic!("the server answered");
        };
        assert_eq!(fault.code, "1062");
    }
}
