//! All that the sandbox remembers, behind one lock, and what falls due when the clock moves.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::SandboxConfig;
use super::clock::Clock;
use super::events::{self, Sender};
use super::faults::Faults;
use super::outbox::Outbox;
use super::payment::{Payment, Status};
use super::rates::Rates;
use super::request_log::RequestLog;
use super::seeds::{Seeds, uuid_of};

/// Who may call, and for which shop.
#[derive(Clone)]
pub(crate) struct Account {
    pub api_key: String,
    pub business_id: String,
    /// A shop that the key does not belong to.
    pub stranger_id: String,
}

pub(crate) struct World {
    pub account: Account,
    pub clock: Clock,
    pub seeds: Seeds,
    pub payments: Vec<Payment>,
    /// The first payment of each `(business, Idempotency-Key)`.
    pub keys: HashMap<(String, String), usize>,
    /// Keys of create calls that wait for a second one, and whether it came.
    pub held_keys: HashMap<String, bool>,
    pub faults: Faults,
    pub rates: Rates,
    pub without_wallet: BTreeSet<&'static str>,
    pub requests: RequestLog,
    pub recent_calls_ms: VecDeque<i64>,
    pub created: u64,
    pub outbox: Outbox,
}

impl World {
    pub(crate) fn new(config: &SandboxConfig) -> Self {
        Self {
            account: Account {
                api_key: config.api_key.clone(),
                business_id: config.business_id.clone(),
                stranger_id: uuid_of("coinpay sandbox stranger"),
            },
            clock: Clock::new(
                config
                    .frozen_at_seconds
                    .map(|seconds| seconds.saturating_mul(1000)),
            ),
            seeds: Seeds::new(config.seed),
            payments: Vec::new(),
            keys: HashMap::new(),
            held_keys: HashMap::new(),
            faults: Faults::default(),
            rates: Rates::default(),
            without_wallet: BTreeSet::new(),
            requests: RequestLog::default(),
            recent_calls_ms: VecDeque::new(),
            created: 0,
            outbox: Outbox::new(config.webhook_url.clone(), config.webhook_secret.clone()),
        }
    }

    /// Back to the beginning, with the webhook configuration kept.
    pub(crate) fn reset(&mut self, config: &SandboxConfig, seed: u64) {
        let fresh = Self::new(&SandboxConfig {
            seed,
            ..config.clone()
        });
        let (outbox, requests) = (self.outbox.emptied(), self.requests.emptied());
        *self = Self {
            outbox,
            requests,
            ..fresh
        };
    }

    pub(crate) fn find(&self, payment_id: &str) -> Option<usize> {
        self.payments
            .iter()
            .position(|payment| payment.id == payment_id)
    }

    /// The next moment at which something happens by itself.
    pub(crate) fn next_due_ms(&self) -> Option<i64> {
        let pending = self
            .payments
            .iter()
            .filter(|payment| payment.status == Status::Pending);
        let expiry = pending.map(|payment| payment.expires_at_ms).min();
        expiry.into_iter().chain(self.outbox.next_due_ms()).min()
    }

    /// Does everything that is due by the clock: payments expire, retries go out.
    pub(crate) fn run_due(&mut self) {
        let now_ms = self.clock.now_ms();
        for index in 0..self.payments.len() {
            let payment = &self.payments[index];
            if payment.status == Status::Pending && payment.expires_at_ms <= now_ms {
                self.expire(index);
            }
        }
        self.outbox.queue_due(now_ms);
    }

    /// What the monitor does at the end of a window, without a last look at the chain.
    pub(crate) fn expire(&mut self, index: usize) {
        let now_ms = self.clock.now_ms();
        let payment = &mut self.payments[index];
        payment.status = Status::Expired;
        payment.expires_at_ms = payment.expires_at_ms.min(now_ms);
        events::emit(self, index, "payment.expired", Sender::Monitor);
    }
}

/// The world, and who waits for it to change.
pub(crate) struct Shared {
    pub config: SandboxConfig,
    pub addresses: super::Addresses,
    world: Mutex<World>,
    changed: Condvar,
    stopping: AtomicBool,
}

impl Shared {
    pub(crate) fn new(config: SandboxConfig, addresses: super::Addresses) -> Self {
        let world = Mutex::new(World::new(&config));
        let (changed, stopping) = (Condvar::new(), AtomicBool::new(false));
        Self {
            config,
            addresses,
            world,
            changed,
            stopping,
        }
    }

    /// The world, and a word to the delivery thread when the guard's holder is done.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps until something changes or the time is over.
    pub(crate) fn wait<'a>(
        &'a self,
        world: MutexGuard<'a, World>,
        at_most: Duration,
    ) -> MutexGuard<'a, World> {
        let waited = self.changed.wait_timeout(world, at_most);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    pub(crate) fn announce(&self) {
        self.changed.notify_all();
    }

    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        drop(self.lock());
        self.changed.notify_all();
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// Blocks until no delivery is queued or under way; false when the time was over first.
    pub(crate) fn wait_until_idle(&self, until: Instant) -> bool {
        let mut world = self.lock();
        while !world.outbox.is_idle() && !self.is_stopping() {
            let Some(left) = until.checked_duration_since(Instant::now()) else {
                return false;
            };
            world = self.wait(world, left);
        }
        true
    }

    /// Moves the clock to a moment, stopping at everything that falls due on the way, so that
    /// each retry happens at its own time and a failed one schedules the next.
    pub(crate) fn advance_to(&self, target_ms: i64, until: Instant) -> bool {
        // What is under way belongs to the time before, and its retry counts from there.
        let mut all_delivered = self.wait_until_idle(until);
        loop {
            let arrived = self.change(|world| {
                let due_ms = world.next_due_ms().filter(|due_ms| *due_ms <= target_ms);
                let stop_ms = due_ms.unwrap_or(target_ms).max(world.clock.now_ms());
                world.clock.set(stop_ms);
                world.run_due();
                due_ms.is_none()
            });
            all_delivered &= self.wait_until_idle(until);
            if arrived || self.is_stopping() {
                return all_delivered;
            }
        }
    }
}
