//! The drivers that come with the library, each behind its feature. They do the input and output
//! that flows ask for, and decide nothing.

#[cfg(feature = "http")]
mod http;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "sqlite")]
mod sqlite_fault;
#[cfg(feature = "sqlite")]
mod sqlite_file;

#[cfg(feature = "http")]
pub use http::UreqTransport;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteExecutor;
