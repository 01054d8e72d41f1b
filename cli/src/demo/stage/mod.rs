//! What scenarios are played on: the gateway, the shop's process, the clock of both, and eyes
//! that see only what is visible from outside.

mod client;
mod facts;
mod process;
mod scene;
mod shopkeeping;
mod story;
mod watching;

pub(crate) use client::{Reply, Trouble};
pub(crate) use scene::{Article, Order, Scene, order_of};
pub(crate) use story::Story;
