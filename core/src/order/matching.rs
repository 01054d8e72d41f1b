//! What a report means for an attempt of ours: which facts it states, and where it contradicts
//! what we stored. Metadata decides nothing here.

use crate::sorted::SortedSet;

use crate::api::PaymentReport;
use crate::money::{Chain, Decimal, Units, same_address};
use crate::webhook::EventKind;

use super::evidence::{GatewayRefund, Quote};
use super::input::PaymentFacts;

/// What we know of an attempt, for a report to agree with.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    pub business_id: &'a str,
    pub address: Option<&'a str>,
    pub quote: &'a Quote,
    /// What was asked of the gateway, in US cents.
    pub usd_cents: Units,
}

/// Reads the facts of a report. `kind` is the webhook's type; without one the report is the
/// gateway's own answer, and its status speaks.
#[must_use]
pub fn facts_of(
    report: &PaymentReport,
    kind: Option<EventKind>,
    expected: &Expected<'_>,
) -> PaymentFacts {
    let mut facts = PaymentFacts::default();
    let stated = kind.or_else(|| report.status.as_deref().and_then(kind_of_status));
    let Some(stated) = stated.filter(|stated| stated.is_payment()) else {
        return facts;
    };
    state(stated, report, &mut facts);
    let decimals = expected.quote.chain.decimals();
    let on_chain = |amount: &Decimal| amount.to_units_rounded(decimals).ok();
    let received = report.received_amount.as_ref().and_then(on_chain);
    if confirms_nothing(stated) {
        // What is not confirmed may still vanish: it is seen, and pays for nothing.
        facts.seen |= received.is_some_and(|units| !units.is_zero());
    } else {
        // That a paid payment received nothing is a measurement too, and outranks the word.
        facts.received = received.filter(|units| facts.paid_asserted || !units.is_zero());
    }
    if facts.refunded.is_some()
        && let Some(units) = report.refunded_amount.as_ref().and_then(on_chain)
        && !units.is_zero()
    {
        facts.refunded = Some(GatewayRefund::Amount(units));
    }
    facts.confirmed_at_ms = report.confirmed_at_ms;
    if kind.is_some() && facts.forwarded {
        // On a forwarded event this is the payout to the shop, not the customer's payment. The
        // gateway's own answer names both.
        facts.payout = report
            .forward_tx_hash
            .clone()
            .or_else(|| report.tx_hash.clone());
    } else {
        facts.transaction = report.tx_hash.clone();
        facts.payout = report.forward_tx_hash.clone();
    }
    facts.conflicts = contradictions(report, expected);
    facts
}

/// Whether an event of this kind comes before the gateway's confirmation.
const fn confirms_nothing(kind: EventKind) -> bool {
    match kind {
        EventKind::PaymentCreated
        | EventKind::PaymentPending
        | EventKind::PaymentDetected
        | EventKind::PaymentConfirming => true,
        EventKind::PaymentConfirmed
        | EventKind::PaymentCompleted
        | EventKind::PaymentForwarding
        | EventKind::PaymentForwardingFailed
        | EventKind::PaymentForwarded
        | EventKind::PaymentExpired
        | EventKind::PaymentCancelled
        | EventKind::PaymentFailed
        | EventKind::PaymentRefunded
        | EventKind::Test
        | EventKind::Other => false,
    }
}

/// What the gateway's status words mean, in the terms of its events.
fn kind_of_status(status: &str) -> Option<EventKind> {
    match status {
        "pending" => Some(EventKind::PaymentPending),
        "detected" => Some(EventKind::PaymentDetected),
        "confirming" => Some(EventKind::PaymentConfirming),
        "confirmed" => Some(EventKind::PaymentConfirmed),
        "completed" => Some(EventKind::PaymentCompleted),
        "forwarding" => Some(EventKind::PaymentForwarding),
        "forwarding_failed" => Some(EventKind::PaymentForwardingFailed),
        "forwarded" => Some(EventKind::PaymentForwarded),
        "expired" => Some(EventKind::PaymentExpired),
        "cancelled" => Some(EventKind::PaymentCancelled),
        "failed" => Some(EventKind::PaymentFailed),
        "refunded" => Some(EventKind::PaymentRefunded),
        _ => None,
    }
}

fn state(kind: EventKind, report: &PaymentReport, facts: &mut PaymentFacts) {
    match kind {
        EventKind::PaymentCreated | EventKind::PaymentPending => {
            let on_chain = report
                .tx_hash
                .as_deref()
                .is_some_and(|hash| !hash.is_empty())
                || report.confirmations.is_some_and(|count| count > 0);
            facts.seen = on_chain;
        }
        EventKind::PaymentDetected | EventKind::PaymentConfirming => facts.seen = true,
        EventKind::PaymentConfirmed
        | EventKind::PaymentCompleted
        | EventKind::PaymentForwarding => facts.paid_asserted = true,
        EventKind::PaymentForwardingFailed => {
            facts.paid_asserted = true;
            facts.forwarding_failed = true;
        }
        EventKind::PaymentForwarded => {
            facts.paid_asserted = true;
            facts.forwarded = true;
        }
        EventKind::PaymentExpired | EventKind::PaymentCancelled => facts.expired = true,
        EventKind::PaymentFailed => facts.failed = true,
        EventKind::PaymentRefunded => facts.refunded = Some(GatewayRefund::All),
        EventKind::Test | EventKind::Other => {}
    }
}

/// The fields of the report that say something else than what is stored. What is absent, null
/// or an echo of zero says nothing.
fn contradictions(report: &PaymentReport, expected: &Expected<'_>) -> SortedSet<String> {
    let chain = expected.quote.chain;
    let decimals = chain.decimals();
    let mut fields = SortedSet::new();
    let mut compare = |field: &str, agrees: Option<bool>| {
        if agrees == Some(false) {
            fields.insert(field.to_owned());
        }
    };
    compare(
        "business_id",
        report
            .business_id
            .as_deref()
            .map(|id| id.eq_ignore_ascii_case(expected.business_id)),
    );
    let addresses = report.payment_address.as_deref().zip(expected.address);
    compare(
        "payment_address",
        addresses.map(|(said, ours)| same_address(chain, said, ours)),
    );
    let same_chain = |code: &String| Chain::parse(code).ok().map(|said| said.same_asset(chain));
    compare(
        "blockchain",
        report.blockchain.as_ref().and_then(same_chain),
    );
    compare("currency", report.currency.as_ref().and_then(same_chain));
    let crypto = |said: &Decimal| echoes(said, decimals, expected.quote.crypto);
    let usd = |said: &Decimal| echoes(said, 2, expected.usd_cents);
    compare(
        "amount_crypto",
        report.amount_crypto.as_ref().and_then(crypto),
    );
    compare("amount_usd", report.amount_usd.as_ref().and_then(usd));
    // Some senders put the price here and some the coins.
    let either = |said: &Decimal| match (usd(said), crypto(said)) {
        (None, None) => None,
        (one, other) => Some(one == Some(true) || other == Some(true)),
    };
    compare("amount", report.amount.as_ref().and_then(either));
    fields
}

/// Whether an amount repeats ours; nothing is said by a zero. What no base units can count is
/// not ours.
fn echoes(said: &Decimal, decimals: u8, ours: Units) -> Option<bool> {
    match said.to_units_rounded(decimals) {
        Ok(said) => close(said, ours),
        Err(_) => Some(false),
    }
}

/// Equal within one part in ten thousand, or one unit; nothing is said by a zero.
pub(crate) fn close(said: Units, ours: Units) -> Option<bool> {
    let difference = said.0.abs_diff(ours.0);
    (!said.is_zero()).then_some(difference <= (ours.0 / 10_000).max(1))
}
