//! What PostgreSQL's errors mean for a flow. Takes the code and leaves the message, which may
//! quote a value.

use tokio_postgres::error::Severity;

use crate::drivers::pool::Trouble;
use crate::store::{FaultClass, StoreFault};

/// No answer came in the time that is allowed.
pub(super) const NO_ANSWER: &str = "NO_ANSWER";
pub(super) const LOCK_NOT_AVAILABLE: &str = "55P03";
pub(super) const DEADLOCK_DETECTED: &str = "40P01";
const CONNECTION_LOST: &str = "CONNECTION_LOST";

/// An error of a statement or of the COMMIT. `lost` is what it means if the connection is gone
/// without a word, `ended` if the server said that it ends it.
pub(super) fn trouble(
    error: &tokio_postgres::Error,
    lost: FaultClass,
    ended: FaultClass,
) -> Trouble {
    let Some(server) = error.as_db_error() else {
        if is_connection(error) {
            return Trouble::Lost(StoreFault::new(lost, CONNECTION_LOST));
        }
        return Trouble::Unusable(StoreFault::new(lost, "DRIVER"));
    };
    let code = server.code().code();
    let ends = matches!(
        server.parsed_severity(),
        Some(Severity::Fatal | Severity::Panic)
    );
    if ends {
        return Trouble::Lost(StoreFault::new(ended, code));
    }
    let fault = StoreFault::new(class(code), code);
    match (fault.class, code) {
        // A plan or a prepared statement that the server no longer knows.
        (_, "0A000" | "26000") => Trouble::Unusable(StoreFault::new(FaultClass::Retry, code)),
        (FaultClass::Conflict | FaultClass::Retry, _) => Trouble::Answered(fault),
        // The next statement may find a better server: this one may be a replica by now.
        (FaultClass::Fatal | FaultClass::Unknown, _) => Trouble::Unusable(fault),
    }
}

/// An error while a connection is opened: nothing was asked yet.
pub(super) fn no_connection(error: &tokio_postgres::Error) -> StoreFault {
    match error.as_db_error() {
        Some(server) => {
            let code = server.code().code();
            StoreFault::new(class(code), code)
        }
        None => StoreFault::new(FaultClass::Fatal, "NO_CONNECTION"),
    }
}

fn is_connection(error: &tokio_postgres::Error) -> bool {
    use std::error::Error;
    let io = error
        .source()
        .is_some_and(<dyn Error>::is::<std::io::Error>);
    error.is_closed() || io
}

/// The classes of the codes of PostgreSQL's manual, appendix A.
fn class(code: &str) -> FaultClass {
    match code {
        // unique_violation, check_violation: a constraint of ours says that somebody was faster.
        "23505" | "23514" => FaultClass::Conflict,
        // serialization_failure, deadlock_detected, lock_not_available, query_canceled,
        // too_many_connections, cannot_connect_now, admin_shutdown, crash_shutdown,
        // idle_in_transaction_session_timeout; and the two that a race of CREATE TABLE gives.
        "40001" | "40P01" | "55P03" | "57014" | "53300" | "57P03" | "57P01" | "57P02" | "25P03"
        | "42P07" | "42710" => FaultClass::Retry,
        // statement_completion_unknown, transaction_resolution_unknown: what stands between us
        // and the server does not know.
        "40003" | "08007" => FaultClass::Unknown,
        _ => FaultClass::Fatal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_and_checks_are_conflicts() {
        for (code, expected) in [
            ("23505", FaultClass::Conflict),
            ("23514", FaultClass::Conflict),
            ("23502", FaultClass::Fatal),
            ("23503", FaultClass::Fatal),
            ("40001", FaultClass::Retry),
            ("40P01", FaultClass::Retry),
            ("55P03", FaultClass::Retry),
            ("42P01", FaultClass::Fatal),
            ("25006", FaultClass::Fatal),
            ("53100", FaultClass::Fatal),
            ("28P01", FaultClass::Fatal),
        ] {
            assert_eq!(class(code), expected, "{code}");
        }
    }
}
