//! Plays whole shops against every misfortune: the real flows and the real SQL, one step of one
//! flow at a time, chosen by a seed. An auditor that shares no code with the decisions checks
//! every promise after every commit.

mod actors;
mod auditor;
mod choices;
mod gateway;
mod heal;
mod letters;
mod reorder;
mod schedule;
mod shrink;
mod store;
mod world;

pub use schedule::{Failure, Stage, Stages};
pub use shrink::shrink;
