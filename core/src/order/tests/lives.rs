//! Random lives of orders: reports, commands and times, more often plausible than not.

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) input: Input,
    pub(super) pause_ms: i64,
    pub(super) stock_available: bool,
    pub(super) newer_order: bool,
}

fn any_refund(hundredths: u128) -> impl Strategy<Value = Option<GatewayRefund>> {
    prop_oneof![
        8 => Just(None),
        1 => Just(Some(GatewayRefund::All)),
        1 => Just(Some(GatewayRefund::Amount(Units(ONE_ETH.0 / 100 * hundredths)))),
    ]
}

fn any_report() -> impl Strategy<Value = Input> {
    let amount = proptest::option::of(prop_oneof![Just(100_u128), 0_u128..250]);
    let time = proptest::option::of(-HOUR_MS..4 * DAY_MS);
    let flags = (any::<[bool; 3]>(), proptest::bits::u8::masked(0b1111));
    (1_u32..=3, amount, time, flags, any_refund(40)).prop_map(
        |(attempt, hundredths, confirmed_at_ms, ([seen, paid, strange], rare), refunded)| {
            let facts = PaymentFacts {
                seen,
                paid_asserted: paid,
                received: hundredths.map(|parts| Units(ONE_ETH.0 / 100 * parts)),
                forwarded: paid && rare & 0b11 == 0,
                forwarding_failed: rare == 15,
                expired: rare == 1,
                failed: rare == 2,
                refunded,
                conflicts: if strange && rare < 3 {
                    SortedSet::from(["blockchain".into()])
                } else {
                    SortedSet::new()
                },
                confirmed_at_ms,
                transaction: None,
                payout: None,
            };
            reported(attempt, facts)
        },
    )
}

fn any_command() -> impl Strategy<Value = Input> {
    let reasons = proptest::sample::subsequence(Reason::ALL.to_vec(), 0..=3);
    let by = [
        CancelledBy::Customer,
        CancelledBy::Shop,
        CancelledBy::Refusal,
    ];
    let refund = (0_u8..3, 0_u128..12_000, any::<bool>(), any::<bool>());
    prop_oneof![
        proptest::sample::select(by.to_vec()).prop_map(cancelled),
        reasons.prop_map(accepted),
        Just(Input::Closed),
        Just(Input::MarkedFulfilled),
        Just(Input::Shipped),
        Just(Input::PaidElsewhere),
        refund.prop_map(|(id, cents, ends_order, waived)| Input::RefundRecorded {
            id: id.to_string(),
            amount: Units(cents),
            ends_order,
            waived,
        }),
    ]
}

fn any_input() -> impl Strategy<Value = Input> {
    let deadline = 0..3 * DAY_MS;
    prop_oneof![
        6 => any_report(),
        4 => any_command(),
        1 => (1_u32..=3, deadline).prop_map(|(attempt, at_ms)| another_attempt(attempt, at_ms)),
        1 => (1_u32..=3, 1_u128..20_000).prop_map(|(attempt, worth)| opened(attempt, Units(worth))),
        2 => Just(Input::DeadlinePassed),
        1 => (1_u32..4, any::<bool>()).prop_map(|(no, reserved)| stock_answered(no, reserved)),
        1 => Just(Input::ReviewAged),
    ]
}

fn any_told() -> impl Strategy<Value = Told> {
    let pause = prop_oneof![4 => 0..HOUR_MS, 1 => 0..2 * DAY_MS];
    (
        any_input(),
        pause,
        any::<bool>(),
        proptest::bool::weighted(0.1),
    )
        .prop_map(|(input, pause_ms, stock_available, newer_order)| Told {
            input,
            pause_ms,
            stock_available,
            newer_order,
        })
}

fn any_terms() -> impl Strategy<Value = Terms> {
    let stock = [StockMode::Managed, StockMode::Host, StockMode::Off];
    let ship = [Ship::Effect, Ship::Manual];
    let choice = (
        proptest::sample::select(stock.to_vec()),
        proptest::sample::select(ship.to_vec()),
    );
    choice.prop_map(|(stock, ship)| Terms {
        stock,
        ship,
        ..example_terms()
    })
}

/// An order and all that is told of it.
#[derive(Clone, Debug)]
pub(super) struct Life {
    pub(super) terms: Terms,
    pub(super) told: Vec<Told>,
}

impl Life {
    pub(super) fn story(&self) -> Story {
        let mut story = Story::of(self.terms.clone());
        for one in &self.told {
            story.around = Circumstances {
                now_ms: story.around.now_ms + one.pause_ms,
                stock_available: one.stock_available,
                newer_order: one.newer_order,
            };
            story.tell(one.input.clone());
        }
        story
    }
}

pub(super) fn any_life() -> impl Strategy<Value = Life> {
    let told = proptest::collection::vec(any_told(), 1..25);
    (any_terms(), told).prop_map(|(terms, told)| Life { terms, told })
}
