//! Deliveries: what is to be sent, what was tried, when to try again. Sends nothing itself.

use std::collections::VecDeque;

use serde_json::{Map, Value, json};

use super::clock::iso;

/// Seconds from one failed attempt to the next: three tries over about three seconds, then the
/// queue, then dead.
const RETRY_AFTER_SECONDS: [i64; 9] = [1, 2, 60, 300, 900, 3_600, 10_800, 21_600, 43_200];

/// What happens after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    Once,
    ThreeTriesThenQueue,
}

impl Policy {
    fn seconds_until_next(self, failures_before: usize) -> Option<i64> {
        match self {
            Self::Once => None,
            Self::ThreeTriesThenQueue => RETRY_AFTER_SECONDS.get(failures_before).copied(),
        }
    }
}

/// How a body is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signing {
    Good,
    Wrong,
    Stale,
    Missing,
    Reserialised,
}

impl Signing {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "good" => Some(Self::Good),
            "wrong" => Some(Self::Wrong),
            "stale" => Some(Self::Stale),
            "missing" => Some(Self::Missing),
            "reserialised" => Some(Self::Reserialised),
            _ => None,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub at_ms: i64,
    pub header: String,
    pub status: Option<u16>,
    pub error: Option<String>,
}

impl Attempt {
    fn is_delivered(&self) -> bool {
        self.status
            .is_some_and(|status| (200..300).contains(&status))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeliveryState {
    /// Kept back by `reorder`.
    Held,
    Queued,
    Delivered,
    /// To be tried again by the clock.
    Scheduled,
    /// Tried as often as its sender tries.
    Dead,
    /// Never sent, because of a fault.
    Lost,
    /// Never sent, because no URL is set.
    NoUrl,
}

impl DeliveryState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Queued => "queued",
            Self::Delivered => "delivered",
            Self::Scheduled => "scheduled",
            Self::Dead => "dead",
            Self::Lost => "lost",
            Self::NoUrl => "no_url",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub event_id: String,
    pub kind: String,
    pub payment_id: String,
    pub sender: &'static str,
    pub body: String,
    pub policy: Policy,
    pub signing: Signing,
    pub state: DeliveryState,
    pub attempts: Vec<Attempt>,
    /// Failed attempts that count towards the policy: those that nobody asked for.
    failures: usize,
    next_attempt_at_ms: Option<i64>,
}

impl Delivery {
    pub(crate) fn new(event: Event, policy: Policy, signing: Signing) -> Self {
        Self {
            event_id: event.id,
            kind: event.kind,
            payment_id: event.payment_id,
            sender: event.sender,
            body: event.body,
            policy,
            signing,
            state: DeliveryState::Queued,
            attempts: Vec::new(),
            failures: 0,
            next_attempt_at_ms: None,
        }
    }

    fn to_json(&self, index: usize) -> Value {
        let attempt = |(number, attempt): (usize, &Attempt)| {
            json!({
                "attempt": number + 1,
                "time": iso(attempt.at_ms),
                "header": attempt.header,
                "status": attempt.status,
                "error": attempt.error,
            })
        };
        let last = self.attempts.last();
        json!({
            "id": id_of(index),
            "event_id": self.event_id,
            "type": self.kind,
            "payment_id": self.payment_id,
            "sender": self.sender,
            "state": self.state.as_str(),
            "body": self.body,
            "attempt": self.attempts.len(),
            "header": last.map(|last| &last.header),
            "status": last.and_then(|last| last.status),
            "error": last.and_then(|last| last.error.as_ref()),
            "time": last.map(|last| iso(last.at_ms)),
            "next_attempt_at": self.next_attempt_at_ms.map(iso),
            "attempts": self.attempts.iter().enumerate().map(attempt).collect::<Vec<_>>(),
        })
    }
}

/// An event, written.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub id: String,
    pub kind: String,
    pub payment_id: String,
    pub sender: &'static str,
    pub body: String,
}

/// One turn of the delivery thread: attempts that are sent at the same moment.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    pub generation: u64,
    pub deliveries: Vec<usize>,
    /// Whether a failure counts towards the policy, or a person asked for this attempt.
    pub counts: bool,
}

pub(crate) struct Outbox {
    pub url: Option<String>,
    pub secret: Option<String>,
    /// Fields that every envelope gets besides its own.
    pub extra: Map<String, Value>,
    pub timeout_ms: u64,
    generation: u64,
    deliveries: Vec<Delivery>,
    held: Vec<usize>,
    queue: VecDeque<Turn>,
    under_way: bool,
}

impl Outbox {
    pub(crate) fn new(url: Option<String>, secret: Option<String>) -> Self {
        Self {
            url,
            secret,
            extra: Map::new(),
            timeout_ms: 30_000,
            generation: 0,
            deliveries: Vec::new(),
            held: Vec::new(),
            queue: VecDeque::new(),
            under_way: false,
        }
    }

    /// The same configuration and no deliveries. What is under way is not waited for.
    pub(crate) fn emptied(&self) -> Self {
        Self {
            extra: self.extra.clone(),
            timeout_ms: self.timeout_ms,
            generation: self.generation + 1,
            ..Self::new(self.url.clone(), self.secret.clone())
        }
    }

    pub(crate) fn record(&mut self, mut delivery: Delivery) -> usize {
        if self.url.is_none() && delivery.state == DeliveryState::Queued {
            delivery.state = DeliveryState::NoUrl;
        }
        self.deliveries.push(delivery);
        self.deliveries.len() - 1
    }

    /// Hands deliveries to the thread, in turn or at the same moment.
    pub(crate) fn send(&mut self, deliveries: &[usize], at_once: bool, counts: bool) {
        if self.url.is_none() {
            return;
        }
        let known = deliveries
            .iter()
            .copied()
            .filter(|index| *index < self.deliveries.len());
        let sendable: Vec<_> = known.collect();
        for index in &sendable {
            let delivery = &mut self.deliveries[*index];
            delivery.state = DeliveryState::Queued;
            if counts {
                delivery.next_attempt_at_ms = None;
            }
        }
        let size = if at_once { sendable.len().max(1) } else { 1 };
        let generation = self.generation;
        let turns = sendable.chunks(size).map(<[usize]>::to_vec);
        self.queue.extend(turns.map(|deliveries| Turn {
            generation,
            deliveries,
            counts,
        }));
    }

    /// Keeps deliveries back; lets go of all, last first, when more than one event waits.
    pub(crate) fn hold(&mut self, deliveries: &[usize]) {
        let others_wait = !self.held.is_empty();
        for index in deliveries {
            self.deliveries[*index].state = DeliveryState::Held;
        }
        self.held.extend(deliveries);
        if others_wait {
            self.release();
        }
    }

    pub(crate) fn release(&mut self) {
        let mut held = std::mem::take(&mut self.held);
        held.reverse();
        self.send(&held, false, true);
    }

    pub(crate) fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    pub(crate) fn next_due_ms(&self) -> Option<i64> {
        self.deliveries
            .iter()
            .filter_map(|delivery| delivery.next_attempt_at_ms)
            .min()
    }

    pub(crate) fn queue_due(&mut self, now_ms: i64) {
        let due = self
            .deliveries
            .iter()
            .enumerate()
            .filter_map(|(index, delivery)| {
                let at_ms = delivery
                    .next_attempt_at_ms
                    .filter(|at_ms| *at_ms <= now_ms)?;
                Some((at_ms, index))
            });
        let mut due: Vec<_> = due.collect();
        due.sort_unstable();
        let due: Vec<_> = due.into_iter().map(|(_, index)| index).collect();
        self.send(&due, false, true);
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.queue.is_empty() && !self.under_way
    }

    /// The next turn, which is under way until [`Outbox::finish`].
    pub(crate) fn begin(&mut self) -> Option<Turn> {
        let turn = self.queue.pop_front();
        self.under_way |= turn.is_some();
        turn
    }

    pub(crate) fn len(&self) -> usize {
        self.deliveries.len()
    }

    /// How many deliveries wait for the clock.
    pub(crate) fn scheduled(&self) -> usize {
        self.deliveries
            .iter()
            .filter(|delivery| delivery.next_attempt_at_ms.is_some())
            .count()
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Delivery> {
        self.deliveries.get(index)
    }

    /// Notes how the attempts of a turn went and when to try again.
    pub(crate) fn finish(&mut self, turn: &Turn, attempts: Vec<Attempt>, now_ms: i64) {
        if turn.generation != self.generation {
            return;
        }
        self.under_way = false;
        for (index, attempt) in turn.deliveries.iter().zip(attempts) {
            let Some(delivery) = self.deliveries.get_mut(*index) else {
                continue;
            };
            let delivered = attempt.is_delivered();
            delivery.attempts.push(attempt);
            if delivered {
                delivery.next_attempt_at_ms = None;
                delivery.state = DeliveryState::Delivered;
                continue;
            }
            if turn.counts {
                let seconds = delivery.policy.seconds_until_next(delivery.failures);
                delivery.next_attempt_at_ms = seconds.map(|seconds| now_ms + seconds * 1000);
                delivery.failures += 1;
            }
            delivery.state = match delivery.next_attempt_at_ms {
                Some(_) => DeliveryState::Scheduled,
                None => DeliveryState::Dead,
            };
        }
    }

    pub(crate) fn of_payment(&self, payment_id: &str) -> Vec<usize> {
        let all = self.deliveries.iter().enumerate();
        let ours = all.filter(|(_, delivery)| delivery.payment_id == payment_id);
        ours.map(|(index, _)| index).collect()
    }

    pub(crate) fn of_id(&self, id: &str) -> Option<usize> {
        (0..self.deliveries.len()).find(|index| id_of(*index) == id)
    }

    pub(crate) fn to_json(&self) -> Value {
        let all = self.deliveries.iter().enumerate();
        all.map(|(index, delivery)| delivery.to_json(index))
            .collect()
    }
}

pub(crate) fn id_of(index: usize) -> String {
    format!("delivery_{}", index + 1)
}
