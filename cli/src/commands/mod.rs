//! One file per subcommand.

pub(crate) mod bridge;
pub(crate) mod copy;
pub(crate) mod dash;
pub(crate) mod demo;
pub(crate) mod demo_shop;
pub(crate) mod doctor;
pub(crate) mod effects;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod health;
pub(crate) mod migrate;
pub(crate) mod orders;
pub(crate) mod report;
pub(crate) mod review;
pub(crate) mod sandbox;
pub(crate) mod trigger;
pub(crate) mod verify;
pub(crate) mod work;
