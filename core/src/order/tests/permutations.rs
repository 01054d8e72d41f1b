//! The order of facts does not matter. For sets of facts and commands, every order of telling
//! them in which the same commands are accepted ends in the same order.
//!
//! What differs by design, and is left out of the comparison or kept constant here:
//! - *Policy windows.* Everything is told at one time. Across time, late windows, the age of a
//!   review and who has the checkout key decide, and they are meant to.
//! - *Contested stock.* The shelf is full. Where goods were released and others took them, the
//!   order misses them. The number of a reservation says how often goods were let go.
//! - *What was said on the way*: `deadline_passed` where money came first, `review_since_ms`,
//!   alerts, mails and status changes that a shorter way never caused.
//! - *Recorded refunds* end an order if it was not paid when they were recorded: to refund before
//!   or after payment are different acts. They are told after all reports here.
//! - *A deadline* that an attempt moves is stale once moved and holds if it passed before.
//! - *The host's answer* is given whenever one is wanted, at the end.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// What must not depend on the order.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ending {
    status: Status,
    payment_status: PaymentStatus,
    attention: Vec<Reason>,
    ledger: Ledger,
    stock: StockState,
    fulfilled: bool,
    attempts: Vec<(u32, AttemptEvidence)>,
}

fn is_command(input: &Input) -> bool {
    match input {
        Input::Cancelled { .. }
        | Input::Accepted { .. }
        | Input::Closed
        | Input::RefundRecorded { .. }
        | Input::MarkedFulfilled => true,
        Input::PaymentReported { .. }
        | Input::AttemptRequested { .. }
        | Input::AttemptOpened { .. }
        | Input::PaidElsewhere
        | Input::Shipped
        | Input::DeadlinePassed
        | Input::StockAnswered { .. }
        | Input::ReviewAged => false,
    }
}

/// Tells the inputs in this order. Gives which commands were accepted, and the ending.
fn tell_all(start: &Story, inputs: &[&(usize, Input)]) -> (Vec<usize>, Ending) {
    let mut story = start.clone();
    let mut accepted = Vec::new();
    for (number, input) in inputs {
        let rejected = matches!(story.tell(input.clone()).outcome, Outcome::Rejected { .. });
        if is_command(input) && !rejected {
            accepted.push(*number);
        }
    }
    while story.evidence.stock == StockState::Awaiting {
        let answer = stock_answered(story.evidence.reservation_no, true);
        story.tell(answer);
    }
    accepted.sort_unstable();
    let view = story.view();
    let ending = Ending {
        status: view.status,
        payment_status: view.payment_status,
        attention: story.attention(),
        ledger: view.ledger,
        stock: story.evidence.stock,
        fulfilled: story.evidence.fulfilled,
        attempts: story.evidence.attempts.into_iter().collect(),
    };
    (accepted, ending)
}

/// Every order of the numbers below `count`.
fn orders_of(count: usize) -> Vec<Vec<usize>> {
    let Some(last) = count.checked_sub(1) else {
        return vec![Vec::new()];
    };
    let shorter = orders_of(last);
    let with_last = shorter.iter().flat_map(|order| {
        (0..=order.len()).map(move |place| {
            let mut order = order.clone();
            order.insert(place, last);
            order
        })
    });
    with_last.collect()
}

/// Compares all orders, those apart in which other commands were accepted. Gives how many
/// different sets of commands were accepted, so that a test can tell what it compared.
fn every_order_ends_alike(start: &Story, inputs: &[Input]) -> usize {
    let numbered: Vec<(usize, Input)> = inputs.iter().cloned().enumerate().collect();
    let mut endings = std::collections::BTreeMap::<Vec<usize>, (Ending, Vec<usize>)>::new();
    for order in orders_of(inputs.len()) {
        let told: Vec<_> = order.iter().map(|index| &numbered[*index]).collect();
        let (accepted, ending) = tell_all(start, &told);
        let (first, first_order) = endings
            .entry(accepted.clone())
            .or_insert_with(|| (ending.clone(), order.clone()));
        assert_eq!(
            ending, *first,
            "{order:?} and {first_order:?} of {inputs:#?} accept {accepted:?}"
        );
    }
    endings.len()
}

/// An order with two attempts open, each for all of it, past its deadline.
fn two_attempts(stock: StockMode) -> Story {
    Story::with_stock(stock)
        .then(another_attempt(2, DEADLINE_MS))
        .then(opened(2, Units(10_000)))
        .at(DEADLINE_MS + HOUR_MS)
}

fn forwarded(attempt: u32) -> Input {
    let facts = PaymentFacts {
        forwarded: true,
        payout: Some("0xpayout".into()),
        confirmed_at_ms: Some(2_000),
        ..PaymentFacts::default()
    };
    reported(attempt, facts)
}

fn payment_expired(attempt: u32) -> Input {
    let facts = PaymentFacts {
        expired: true,
        ..PaymentFacts::default()
    };
    reported(attempt, facts)
}

const MODES: [StockMode; 3] = [StockMode::Managed, StockMode::Host, StockMode::Off];

#[test]
fn all_orders_of_six_are_tried() {
    let orders: BTreeSet<_> = orders_of(6).into_iter().collect();
    assert_eq!(orders.len(), 720);
}

#[test]
fn reports_of_one_payment_and_the_deadline_may_come_in_any_order() {
    let inputs = [
        payment_expired(1),
        asserted(1),
        measured(1, 50),
        measured(1, 100),
        forwarded(1),
        Input::DeadlinePassed,
    ];
    for stock in MODES {
        assert_eq!(every_order_ends_alike(&two_attempts(stock), &inputs), 1);
    }
}

#[test]
fn short_conflicting_and_complete_payments_may_come_in_any_order() {
    let inputs = [
        measured(1, 40),
        conflicting(1),
        measured(2, 60),
        measured(2, 70),
        Input::DeadlinePassed,
        Input::PaidElsewhere,
    ];
    for stock in MODES {
        assert_eq!(every_order_ends_alike(&two_attempts(stock), &inputs), 1);
    }
}

#[test]
fn refunds_of_the_gateway_may_come_before_what_they_refund() {
    let half = GatewayRefund::Amount(Units(ONE_ETH.0 / 2));
    let inputs = [
        measured(1, 100),
        gateway_refund(1, half),
        gateway_refund(1, GatewayRefund::All),
        measured(2, 100),
        conflicting(2),
        Input::DeadlinePassed,
    ];
    for stock in MODES {
        assert_eq!(every_order_ends_alike(&two_attempts(stock), &inputs), 1);
    }
}

#[test]
fn shipping_may_be_heard_of_before_payment_refund_or_deadline() {
    let inputs = [
        Input::Shipped,
        measured(1, 100),
        gateway_refund(1, GatewayRefund::All),
        Input::DeadlinePassed,
        Input::PaidElsewhere,
    ];
    for stock in MODES {
        assert_eq!(every_order_ends_alike(&two_attempts(stock), &inputs), 1);
    }
}

#[test]
fn a_quote_may_be_learnt_after_its_payment() {
    let start = Story::new();
    let inputs = [
        another_attempt(2, 3 * HOUR_MS),
        opened(2, Units(4_000)),
        asserted(2),
        measured(1, 60),
        forwarded(2),
    ];
    assert_eq!(every_order_ends_alike(&start, &inputs), 1);
}

#[test]
fn accepted_commands_end_alike_among_all_reports() {
    for stock in MODES {
        let start = two_attempts(stock);
        let commands = [
            cancelled(CancelledBy::Customer),
            cancelled(CancelledBy::Shop),
            accepted([Reason::Short]),
            Input::Closed,
            Input::MarkedFulfilled,
        ];
        let mut sets = 0;
        for command in commands {
            let inputs = [
                measured(1, 50),
                conflicting(2),
                Input::DeadlinePassed,
                command,
                measured(1, 100),
            ];
            sets += every_order_ends_alike(&start, &inputs);
        }
        // Of some commands no order was accepted or none refused: fewer than twice as many.
        assert!((6..=10).contains(&sets), "{stock:?}: {sets}");
    }
}

#[test]
fn two_commands_end_alike_whenever_both_are_accepted() {
    let inputs = [
        measured(1, 100),
        cancelled(CancelledBy::Shop),
        Input::Closed,
        Input::Shipped,
        Input::DeadlinePassed,
        measured(1, 150),
    ];
    for stock in MODES {
        assert!(every_order_ends_alike(&two_attempts(stock), &inputs) >= 4);
    }
}

#[test]
fn recorded_refunds_may_come_in_any_order_after_the_reports() {
    let start = two_attempts(StockMode::Managed).then(measured(1, 200));
    let inputs = [
        refund("a", 5_000),
        refund("b", 7_000),
        waiver("c", 3_000),
        refund("d", 5_000),
        Input::Shipped,
    ];
    assert!(every_order_ends_alike(&start, &inputs) >= 1);
}

fn any_fact() -> impl Strategy<Value = Input> {
    let attempt = 1_u32..=2;
    let report =
        (attempt, 0_u8..7, 0_u128..=300).prop_map(|(attempt, kind, hundredths)| match kind {
            0 => asserted(attempt),
            1 => measured(attempt, hundredths),
            2 => forwarded(attempt),
            3 => payment_expired(attempt),
            4 => conflicting(attempt),
            5 => gateway_refund(attempt, GatewayRefund::All),
            _ => {
                let units = Units(ONE_ETH.0 / 100 * hundredths);
                gateway_refund(attempt, GatewayRefund::Amount(units))
            }
        });
    prop_oneof![
        12 => report,
        2 => Just(Input::DeadlinePassed),
        1 => Just(Input::PaidElsewhere),
        1 => Just(Input::Shipped),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn many_facts_end_alike_in_any_order_and_however_often_told(
        (facts, shuffled) in proptest::collection::vec(any_fact(), 1..14).prop_flat_map(|facts| {
            // The other telling repeats some of them.
            let mut twice = facts.clone();
            twice.extend(facts.iter().step_by(2).cloned());
            (Just(facts), Just(twice).prop_shuffle())
        }),
        stock in proptest::sample::select(MODES.to_vec()),
    ) {
        let start = two_attempts(stock);
        let number = |inputs: Vec<Input>| inputs.into_iter().enumerate().collect::<Vec<_>>();
        let (one, other) = (number(facts), number(shuffled));
        let (_, ending) = tell_all(&start, &one.iter().collect::<Vec<_>>());
        let (_, shuffled_ending) = tell_all(&start, &other.iter().collect::<Vec<_>>());
        prop_assert_eq!(ending, shuffled_ending);
    }
}
