//! The order that the transition table speaks of, what is told of it, and where it may stand.

use crate::sorted::SortedSet;

use crate::money::{Chain, Currency, Units};
use crate::order::decide::{Circumstances, Decision, decide};
use crate::order::evidence::{CancelledBy, Evidence, GatewayRefund, Quote, StockState};
use crate::order::input::{Input, PaymentFacts};
use crate::order::status::Reason;
use crate::order::terms::{Ship, StockMode, Terms};
use crate::order::view::view;

const HOUR_MS: i64 = 60 * 60 * 1000;
const DEADLINE_MS: i64 = HOUR_MS;

/// The order that the table speaks of: 100.00 USD, digital, our own stock tables, one attempt
/// quoted at 1.00 ETH.
pub(in crate::order) fn example_terms() -> Terms {
    Terms {
        currency: Currency::USD,
        due: Units(10_000),
        ship: Ship::Effect,
        stock: StockMode::Managed,
        underpaid_tolerance_bps: 100,
        overpaid_tolerance_bps: 100,
        late_window_ms: 24 * HOUR_MS,
        opened_at_ms: 0,
    }
}

pub(in crate::order) const ONE_ETH: Units = Units(1_000_000_000_000_000_000);

pub(in crate::order) fn example_quote() -> Quote {
    Quote {
        chain: Chain::Eth,
        crypto: ONE_ETH,
        worth: Units(10_000),
    }
}

fn report(facts: PaymentFacts) -> Input {
    Input::PaymentReported { attempt: 1, facts }
}

fn measured(units: u128) -> PaymentFacts {
    PaymentFacts {
        paid_asserted: true,
        received: Some(Units(units)),
        ..PaymentFacts::default()
    }
}

/// Something told of an order, by a name that a reader understands.
#[derive(Clone, Debug)]
pub(super) struct Example {
    pub(super) label: &'static str,
    input: Input,
}

impl Example {
    /// Tells it: half an hour before the deadline, unless it is about a later time. The goods are
    /// on the shelf.
    pub(super) fn tell(&self, evidence: &Evidence) -> Decision {
        let terms = example_terms();
        let now_ms = match self.label {
            TOO_LATE | REVIEW_AGED => DEADLINE_MS + 25 * HOUR_MS,
            DEADLINE => DEADLINE_MS,
            _ => DEADLINE_MS / 2,
        };
        let circumstances = Circumstances {
            now_ms,
            stock_available: true,
            newer_order: false,
        };
        let input = match self.label {
            ACCEPT => accept_what_holds(evidence),
            _ => self.input.clone(),
        };
        decide(&terms, evidence, &input, &circumstances)
    }
}

const TOO_LATE: &str = "confirmed, too late";
const REVIEW_AGED: &str = "review is a day old";
const DEADLINE: &str = "deadline passed";
const ACCEPT: &str = "accept what holds";

fn accept_what_holds(evidence: &Evidence) -> Input {
    let attention = view(&example_terms(), evidence).attention;
    Input::Accepted {
        reasons: attention
            .into_iter()
            .filter(|one| one.acceptable())
            .collect(),
    }
}

/// Every input that the table shows.
pub(super) fn example_inputs() -> Vec<Example> {
    let named = reports().into_iter().chain(commands());
    named
        .map(|(label, input)| Example { label, input })
        .collect()
}

fn reports() -> Vec<(&'static str, Input)> {
    let stating = |state: fn(&mut PaymentFacts)| {
        let mut facts = PaymentFacts::default();
        state(&mut facts);
        report(facts)
    };
    let confirmed = stating(|facts| facts.paid_asserted = true);
    let elsewhere = stating(|facts| {
        facts.paid_asserted = true;
        facts.conflicts = SortedSet::from(["payment_address".to_owned()]);
    });
    let not_forwarded = stating(|facts| {
        facts.paid_asserted = true;
        facts.forwarding_failed = true;
    });
    vec![
        ("seen on the chain", stating(|facts| facts.seen = true)),
        ("confirmed", confirmed.clone()),
        (TOO_LATE, confirmed),
        ("measured: half", report(measured(ONE_ETH.0 / 2))),
        ("measured: all", report(measured(ONE_ETH.0))),
        ("measured: double", report(measured(ONE_ETH.0 * 2))),
        ("confirmed, other address", elsewhere),
        ("forwarded", stating(|facts| facts.forwarded = true)),
        ("forwarding failed", not_forwarded),
        ("payment expired", stating(|facts| facts.expired = true)),
        ("payment failed", stating(|facts| facts.failed = true)),
        (
            "refunded by the gateway",
            stating(|facts| facts.refunded = Some(GatewayRefund::All)),
        ),
        (
            "half refunded by the gateway",
            stating(|facts| {
                facts.refunded = Some(GatewayRefund::Amount(Units(ONE_ETH.0 / 2)));
            }),
        ),
    ]
}

fn commands() -> Vec<(&'static str, Input)> {
    let refund = |id: &str, amount, ends_order, waived| Input::RefundRecorded {
        id: id.into(),
        amount: Units(amount),
        ends_order,
        waived,
    };
    vec![
        (
            "another attempt",
            Input::AttemptRequested {
                attempt: 2,
                deadline_at_ms: 2 * HOUR_MS,
            },
        ),
        (
            "its quote",
            Input::AttemptOpened {
                attempt: 1,
                quote: example_quote(),
            },
        ),
        (
            "customer cancels",
            Input::Cancelled {
                by: CancelledBy::Customer,
            },
        ),
        (
            "shop cancels",
            Input::Cancelled {
                by: CancelledBy::Shop,
            },
        ),
        ("paid elsewhere", Input::PaidElsewhere),
        (
            ACCEPT,
            Input::Accepted {
                reasons: SortedSet::new(),
            },
        ),
        (
            "accept: short",
            Input::Accepted {
                reasons: SortedSet::from([Reason::Short]),
            },
        ),
        ("close", Input::Closed),
        ("refund of half", refund("half", 5_000, false, false)),
        ("refund of all", refund("all", 10_000, true, false)),
        ("waive half", refund("waived", 5_000, false, true)),
        ("marked fulfilled", Input::MarkedFulfilled),
        ("shipped", Input::Shipped),
        (DEADLINE, Input::DeadlinePassed),
        (
            "stock answered: yes",
            Input::StockAnswered {
                reservation_no: 1,
                reserved: true,
            },
        ),
        (REVIEW_AGED, Input::ReviewAged),
    ]
}

/// An order as it is opened, with its first attempt quoted.
pub(super) fn opened_order() -> Evidence {
    let quoted = [
        Input::AttemptRequested {
            attempt: 1,
            deadline_at_ms: DEADLINE_MS,
        },
        Input::AttemptOpened {
            attempt: 1,
            quote: example_quote(),
        },
    ];
    let circumstances = Circumstances {
        now_ms: 0,
        stock_available: true,
        newer_order: false,
    };
    let mut evidence = Evidence::opened(DEADLINE_MS, StockState::Held);
    for input in quoted {
        evidence = decide(&example_terms(), &evidence, &input, &circumstances).evidence;
    }
    evidence
}

/// Orders in every status, by the labels of what brought them there.
pub(super) fn example_orders() -> Vec<(&'static str, Evidence)> {
    let inputs = example_inputs();
    let reach = |labels: &[&str]| {
        labels.iter().fold(opened_order(), |evidence, label| {
            let named = inputs.iter().filter(|one| one.label == *label);
            named.fold(evidence, |evidence, one| one.tell(&evidence).evidence)
        })
    };
    vec![
        ("awaiting_payment", reach(&[])),
        ("paid", reach(&["measured: all"])),
        ("paid (accepted unpaid)", reach(&[ACCEPT])),
        ("fulfilled", reach(&["measured: all", "shipped"])),
        ("needs_review (short)", reach(&["measured: half"])),
        (
            "needs_review (conflict)",
            reach(&["confirmed, other address"]),
        ),
        (
            "needs_review (cancelled)",
            reach(&["shop cancels", "measured: all"]),
        ),
        ("expired", reach(&[DEADLINE])),
        ("cancelled", reach(&["customer cancels"])),
        ("cancelled (closed)", reach(&["measured: half", "close"])),
        ("refunded", reach(&["measured: all", "refund of all"])),
    ]
}
