//! The gateway's HTTP API: requests as data, answers of every shape it sends, and when a
//! request may be repeated.

mod http;

pub use http::{Auth, HttpFault, HttpRequest, HttpResponse, Method};
