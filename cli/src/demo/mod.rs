//! A day in a shop: a sandbox gateway, a shop in a process of its own, and scenarios that are
//! played against both and judged from outside.

mod play;
mod scenarios;
mod shop;
mod stage;

pub use play::{DemoOptions, play};
pub use shop::{ShopOptions, serve as serve_shop};
