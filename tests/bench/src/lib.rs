//! What the hot calls cost. Each is measured beside its limit or its peer, in turns and in one
//! run, so that a busy machine slows both; and each is counted in instructions, which no machine
//! slows. Nothing here judges by the clock whether a test passes.

pub mod hot;
#[cfg(feature = "measure")]
pub mod measure;
pub mod recorded;
pub mod samples;
