//! Tests of the decision. `Story` opens an order and tells it what happens; each file below asks
//! one kind of question about what comes of it.

mod commands;
mod effects;
mod goods;
mod invariants;
mod lines;
mod lives;
mod mended;
mod money;
mod permutations;
mod refunds;
mod reports;
mod snapshot;

use crate::sorted::SortedSet;

use crate::money::Units;

use super::table::{ONE_ETH, example_quote, example_terms};
use super::*;

const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;
const DEADLINE_MS: i64 = HOUR_MS;

/// An order and its surroundings. The example of the transition table unless told otherwise:
/// 100.00 USD of digital goods from our own stock, attempt 1 quoted at 1 ETH.
#[derive(Clone)]
struct Story {
    terms: Terms,
    evidence: Evidence,
    around: Circumstances,
    decisions: Vec<Decision>,
}

impl Story {
    fn new() -> Self {
        Self::of(example_terms())
    }

    fn of(terms: Terms) -> Self {
        let stock = match terms.stock {
            StockMode::Off => StockState::Off,
            StockMode::Managed | StockMode::Host => StockState::Held,
        };
        let mut story = Self {
            terms,
            evidence: Evidence::opened(DEADLINE_MS, stock),
            around: Circumstances {
                now_ms: HOUR_MS / 2,
                stock_available: true,
                newer_order: false,
            },
            decisions: Vec::new(),
        };
        story.tell(another_attempt(1, DEADLINE_MS));
        let worth = story.terms.due;
        story.tell(opened(1, worth));
        story.decisions.clear();
        story
    }

    fn with_stock(stock: StockMode) -> Self {
        Self::of(Terms {
            stock,
            ..example_terms()
        })
    }

    fn manual() -> Self {
        Self::of(Terms {
            ship: Ship::Manual,
            ..example_terms()
        })
    }

    /// Goes on at another time.
    fn at(mut self, now_ms: i64) -> Self {
        self.around.now_ms = now_ms;
        self
    }

    /// Goes on with the shelf full or empty.
    fn shelf(mut self, stock_available: bool) -> Self {
        self.around.stock_available = stock_available;
        self
    }

    fn tell(&mut self, input: Input) -> &Decision {
        let decision = decide(&self.terms, &self.evidence, &input, &self.around);
        self.evidence = decision.evidence.clone();
        self.decisions.push(decision);
        self.decisions.last().unwrap()
    }

    fn then(mut self, input: Input) -> Self {
        self.tell(input);
        self
    }

    fn view(&self) -> View {
        view(&self.terms, &self.evidence)
    }

    fn last(&self) -> &Decision {
        self.decisions.last().expect("something was told")
    }

    fn outcome(&self) -> &Outcome {
        &self.last().outcome
    }

    fn line(&self) -> Line {
        self.view().line
    }

    fn attention(&self) -> Vec<Reason> {
        self.view().attention.into_iter().collect()
    }

    fn refund_due(&self) -> Option<(u128, RefundReason)> {
        let due = self.view().ledger.refund_due;
        due.map(|due| (due.amount.0, due.reason))
    }

    /// The alerts of the last decision.
    fn alerts(&self) -> Vec<Alert> {
        let alert = |ask: &Ask| match ask {
            Ask::Alert { alert, .. } => Some(alert.clone()),
            _ => None,
        };
        self.last().asks.iter().filter_map(alert).collect()
    }

    fn stock_moves(&self) -> Vec<StockMove> {
        let moves = self.decisions.iter().map(|one| one.stock);
        moves.filter(|one| *one != StockMove::None).collect()
    }

    fn ship_calls(&self) -> Vec<ShipCall> {
        let calls = self.decisions.iter().map(|one| one.ship);
        calls.filter(|one| *one != ShipCall::Leave).collect()
    }
}

fn reported(attempt: u32, facts: PaymentFacts) -> Input {
    Input::PaymentReported { attempt, facts }
}

/// The gateway says that attempt `attempt` is paid, and nothing of how much came.
fn asserted(attempt: u32) -> Input {
    reported(
        attempt,
        PaymentFacts {
            paid_asserted: true,
            ..PaymentFacts::default()
        },
    )
}

/// The gateway confirms and has measured so many hundredths of 1 ETH.
fn measured(attempt: u32, hundredths: u128) -> Input {
    measured_units(attempt, ONE_ETH.0 / 100 * hundredths)
}

fn measured_units(attempt: u32, units: u128) -> Input {
    reported(
        attempt,
        PaymentFacts {
            paid_asserted: true,
            received: Some(Units(units)),
            ..PaymentFacts::default()
        },
    )
}

fn conflicting(attempt: u32) -> Input {
    reported(
        attempt,
        PaymentFacts {
            paid_asserted: true,
            conflicts: SortedSet::from(["payment_address".into()]),
            ..PaymentFacts::default()
        },
    )
}

fn gateway_refund(attempt: u32, refund: GatewayRefund) -> Input {
    reported(
        attempt,
        PaymentFacts {
            refunded: Some(refund),
            ..PaymentFacts::default()
        },
    )
}

fn another_attempt(attempt: u32, deadline_at_ms: i64) -> Input {
    Input::AttemptRequested {
        attempt,
        deadline_at_ms,
    }
}

/// 1 ETH was quoted, for so much of the order.
fn opened(attempt: u32, worth: Units) -> Input {
    let quote = Quote {
        worth,
        ..example_quote()
    };
    Input::AttemptOpened { attempt, quote }
}

fn cancelled(by: CancelledBy) -> Input {
    Input::Cancelled { by }
}

fn accepted(reasons: impl IntoIterator<Item = Reason>) -> Input {
    Input::Accepted {
        reasons: reasons.into_iter().collect(),
    }
}

/// A person sent so many cents back; the sum decides whether that ends the order.
fn refund(id: &str, cents: u128) -> Input {
    Input::RefundRecorded {
        id: id.into(),
        amount: Units(cents),
        ends_order: false,
        waived: false,
    }
}

fn waiver(id: &str, cents: u128) -> Input {
    Input::RefundRecorded {
        id: id.into(),
        amount: Units(cents),
        ends_order: false,
        waived: true,
    }
}

fn stock_answered(reservation_no: u32, reserved: bool) -> Input {
    Input::StockAnswered {
        reservation_no,
        reserved,
    }
}

fn rejected(reason: Rejection) -> Outcome {
    Outcome::Rejected { reason }
}
