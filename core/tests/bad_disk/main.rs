//! A real shop on a disk that fails, fills up or loses its power, below SQLite: what the shop
//! acknowledged has to be there, and nothing may have happened twice. `docs/crashes.md` says more.
#![cfg(all(feature = "engine", feature = "sqlite", unix))]
#![expect(
    unsafe_code,
    reason = "SQLite's layer above the system is a table of C functions"
)]
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "these tests make files, spoil them, and start a process on a small disk"
)]

mod disk;
#[cfg(target_os = "linux")]
mod full;
#[path = "../pairs/mod.rs"]
mod pairs;
mod platter;
mod power;
#[path = "../shop_at_work/mod.rs"]
mod shop_at_work;
mod sweep;
mod together;
mod trial;
mod vfs;
