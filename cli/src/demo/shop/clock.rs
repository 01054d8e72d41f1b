//! The shop's clock: the machine's, moved by as much as the demo says, so that a day passes in
//! seconds for the shop and the gateway alike.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use coinpay_core::{Clock, SystemClock};

#[derive(Clone, Debug)]
pub(crate) struct ShiftedClock(Arc<AtomicI64>);

impl ShiftedClock {
    pub(crate) fn new(offset_ms: i64) -> Self {
        Self(Arc::new(AtomicI64::new(offset_ms)))
    }

    pub(crate) fn offset_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn shift_to(&self, offset_ms: i64) {
        self.0.store(offset_ms, Ordering::SeqCst);
    }
}

impl Clock for ShiftedClock {
    fn now_ms(&self) -> i64 {
        SystemClock.now_ms().saturating_add(self.offset_ms())
    }
}
