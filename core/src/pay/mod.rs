//! What a wallet needs to pay: a URI with the exact amount, and the picture of it. Knows nothing
//! of orders and prices.

#[cfg(feature = "page")]
pub mod page;
mod qr;
mod uri;

pub use qr::qr_svg;
pub use uri::payment_uri;
