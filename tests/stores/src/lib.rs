//! Database servers for tests: started on loopback in a folder of their own, gone with the
//! process that started them. And a proxy that does to connections what networks do.

mod proxy;
mod rows;
mod server;

pub use proxy::{Proxy, Weather};
pub use rows::fill;
pub use server::{Kind, Server, server, statement};
