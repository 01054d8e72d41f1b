//! Events: which are sent, under which id, with which body, how often. What the `data` of a
//! sender looks like is in `shapes`.

use serde_json::{Map, Value, json};

use super::clock::iso;
use super::outbox::{Delivery, DeliveryState, Event, Policy, Signing};
use super::shapes;
use super::world::World;

/// The part of the service that noticed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    Monitor,
    BalanceCheck,
    Forwarding,
    Card,
}

impl Sender {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Monitor => "monitor",
            Self::BalanceCheck => "balance_check",
            Self::Forwarding => "forwarding",
            Self::Card => "card",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let all = [
            Self::Monitor,
            Self::BalanceCheck,
            Self::Forwarding,
            Self::Card,
        ];
        all.into_iter().find(|sender| sender.as_str() == text)
    }

    const fn policy(self) -> Policy {
        match self {
            Self::Monitor => Policy::Once,
            Self::BalanceCheck | Self::Forwarding | Self::Card => Policy::ThreeTriesThenQueue,
        }
    }
}

/// What a hand-made event says otherwise than its shape does.
#[derive(Clone, Debug)]
pub(crate) struct Special {
    pub overrides: Map<String, Value>,
    pub signing: Signing,
}

impl Default for Special {
    fn default() -> Self {
        Self {
            overrides: Map::new(),
            signing: Signing::Good,
        }
    }
}

/// Sends an event about a payment, as the sender writes it.
pub(crate) fn emit(world: &mut World, payment: usize, kind: &str, sender: Sender) {
    let watched = matches!(kind, "payment.confirmed" | "payment.expired");
    if watched && sender != Sender::Forwarding && world.faults.is_due("in_process_monitor") {
        return;
    }
    if kind == "payment.confirmed" && world.faults.is_due("no_confirmed") {
        return;
    }
    emit_special(world, payment, kind, sender, Special::default());
}

/// The same for an event that a person made.
pub(crate) fn emit_special(
    world: &mut World,
    payment: usize,
    kind: &str,
    sender: Sender,
    special: Special,
) {
    let thin = world.faults.is_due("thin_events");
    let shape = if thin { Sender::Monitor } else { sender };
    let mut data = shapes::data(world, payment, kind, shape);
    if world.faults.is_due("wrong_content") {
        shapes::falsify(world, payment, &mut data);
    }
    data.extend(special.overrides);
    let id = event_id(world, payment);
    let payment_id = world.payments[payment].id.clone();
    let business_id = world.payments[payment].business_id.clone();
    let unknown_type = world.faults.is_due("unknown_event_type");
    let kind = if unknown_type {
        "escrow.released"
    } else {
        kind
    };
    let envelope = |id: &str| Envelope {
        id: id.to_owned(),
        kind,
        data: &data,
        business_id: &business_id,
    };
    let mut events = vec![envelope(&id).write(world, sender, &payment_id)];
    if world.faults.is_due("two_schedulers") {
        events.push(envelope(&later_id(&id)).write(world, sender, &payment_id));
    }
    let policy = policy(world, sender);
    send(world, events, policy, special.signing);
}

/// The dashboard's test button: nothing in it belongs to any order.
pub(crate) fn emit_test(world: &mut World) {
    let seconds = world.clock.now_ms().div_euclid(1000);
    let payment_id = format!("test_{seconds}");
    let data = json!({
        "payment_id": payment_id,
        "status": "test",
        "message": "The webhook of this business works.",
    });
    let data = data.as_object().cloned().unwrap_or_default();
    let business_id = world.account.business_id.clone();
    let id = format!("evt_{payment_id}_{seconds}");
    let envelope = Envelope {
        id,
        kind: "test.webhook",
        data: &data,
        business_id: &business_id,
    };
    let event = envelope.write(world, Sender::Monitor, &payment_id);
    send(world, vec![event], Policy::Once, Signing::Good);
}

struct Envelope<'a> {
    id: String,
    kind: &'a str,
    data: &'a Map<String, Value>,
    business_id: &'a str,
}

impl Envelope<'_> {
    fn write(self, world: &mut World, sender: Sender, payment_id: &str) -> Event {
        let mut envelope = Map::new();
        envelope.insert("id".to_owned(), Value::from(self.id.clone()));
        envelope.insert("type".to_owned(), Value::from(self.kind));
        envelope.insert("data".to_owned(), Value::Object(self.data.clone()));
        envelope.insert(
            "created_at".to_owned(),
            Value::from(iso(world.clock.now_ms())),
        );
        envelope.insert("business_id".to_owned(), Value::from(self.business_id));
        envelope.extend(world.outbox.extra.clone());
        if world.faults.is_due("oversized_body") {
            envelope.insert("padding".to_owned(), Value::from("x".repeat(300 * 1024)));
        }
        let mut body = Value::Object(envelope).to_string();
        if world.faults.is_due("unreadable_json") {
            body.truncate(body.len() / 2);
        }
        Event {
            id: self.id,
            kind: self.kind.to_owned(),
            payment_id: payment_id.to_owned(),
            sender: sender.as_str(),
            body,
        }
    }
}

/// `evt_<payment id>_<unix seconds>`: events of one payment in one second share an id.
fn event_id(world: &mut World, payment: usize) -> String {
    let seconds = world.clock.now_ms().div_euclid(1000);
    let shared = world.faults.is_due("shared_event_ids");
    let unique = world.faults.is_due("unique_event_ids");
    let payment = &mut world.payments[payment];
    let first = *payment.first_event_seconds.get_or_insert(seconds);
    payment.events += 1;
    let seconds = if shared {
        first
    } else if unique {
        seconds + payment.events - 1
    } else {
        seconds
    };
    format!("evt_{}_{seconds}", payment.id)
}

/// The id under which another scheduler notices the same event a second later.
fn later_id(id: &str) -> String {
    let (rest, seconds) = id.rsplit_once('_').unwrap_or((id, "0"));
    let seconds: i64 = seconds.parse().unwrap_or_default();
    format!("{rest}_{}", seconds + 1)
}

fn policy(world: &mut World, sender: Sender) -> Policy {
    if world.faults.is_due("one_try") {
        Policy::Once
    } else if world.faults.is_due("three_tries") {
        Policy::ThreeTriesThenQueue
    } else {
        sender.policy()
    }
}

/// Records the events and hands them on, unless a habit keeps or loses them.
fn send(world: &mut World, events: Vec<Event>, policy: Policy, signing: Signing) {
    let repeat = world
        .faults
        .take("repeat")
        .map_or(1, |fault| fault.count.unwrap_or(2));
    let lost = world.faults.is_due("lose_webhooks");
    let mut deliveries = Vec::new();
    for event in events {
        for _ in 0..repeat {
            let mut delivery = Delivery::new(event.clone(), policy, signing);
            if lost {
                delivery.state = DeliveryState::Lost;
            }
            deliveries.push(world.outbox.record(delivery));
        }
    }
    if lost {
        return;
    }
    // A held event waits for the next one, even if that one is not to be reordered itself.
    let reorder = world.faults.is_due("reorder");
    if reorder || world.outbox.is_holding() {
        world.outbox.hold(&deliveries);
        return;
    }
    let at_once = world.faults.is_due("concurrent");
    world.outbox.send(&deliveries, at_once, true);
}
