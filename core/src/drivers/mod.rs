//! The drivers that come with the library, each behind its feature. They do the input and output
//! that flows ask for, and decide nothing.

#[cfg(feature = "http")]
mod http;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod pool;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod server_url;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "sqlite")]
mod sqlite_fault;
#[cfg(feature = "sqlite")]
mod sqlite_file;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod turns;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod values;

#[cfg(feature = "http")]
pub use http::UreqTransport;
#[cfg(feature = "mysql")]
pub use mysql::MysqlExecutor;
#[cfg(feature = "postgres")]
pub use postgres::PostgresExecutor;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteExecutor;
