//! A shop at work, and what has to hold of it whenever its work was cut off: for the tests that
//! kill its processes, spoil its disk or cut its power.

#![allow(dead_code, reason = "no test uses all of it")]

pub(crate) mod acknowledged;
pub(crate) mod checks;
pub(crate) mod gateway;
pub(crate) mod healing;
pub(crate) mod shop;
pub(crate) mod worker;
