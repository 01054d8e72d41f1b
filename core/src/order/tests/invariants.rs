//! What holds whatever is told, in whatever order, at whatever time: random inputs, plausible
//! and absurd.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::lives::any_life;
use super::*;

/// Every decision, with the evidence before it.
fn steps(story: &Story) -> Vec<(Evidence, &Decision)> {
    let mut before = Story::of(story.terms.clone()).evidence;
    let mut steps = Vec::new();
    for decision in &story.decisions {
        let after = decision.evidence.clone();
        steps.push((std::mem::replace(&mut before, after), decision));
    }
    steps
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn an_order_whose_money_was_claimed_never_waits_or_expires(life in any_life()) {
        let story = life.story();
        for decision in &story.decisions {
            if decision.evidence.claimed() {
                let forgotten = [Line::Open, Line::DeadlinePassed, Line::Cancelled];
                prop_assert!(!forgotten.contains(&decision.after.line));
            }
        }
    }

    #[test]
    fn nothing_counts_as_paid_that_was_neither_paid_nor_accepted_by_name(life in any_life()) {
        let story = life.story();
        for decision in &story.decisions {
            if decision.after.line != Line::Paid {
                continue;
            }
            let evidence = &decision.evidence;
            prop_assert!(evidence.stock.is_held());
            if evidence.claimed() {
                let accepted = evidence.accepted.clone().unwrap_or_default();
                let reasons = &decision.after.attention;
                prop_assert!(reasons.is_subset(&accepted), "{reasons:?} not in {accepted:?}");
                prop_assert!(!reasons.is_empty() || clean_credit(&story, evidence) >= 9_900);
            } else {
                prop_assert!(evidence.accepted.is_some());
            }
        }
    }

    #[test]
    fn shipping_starts_and_mail_goes_out_only_with_payment(life in any_life()) {
        let story = life.story();
        for decision in &story.decisions {
            let (before, after) = (decision.before.line, decision.after.line);
            let becomes_paid = before != Line::Paid && after == Line::Paid;
            let mails = decision.asks.iter().filter(|ask| **ask == Ask::SendConfirmationEmail);
            prop_assert_eq!(mails.count(), usize::from(becomes_paid));
            let starts = decision.ship == ShipCall::Start;
            prop_assert_eq!(starts, becomes_paid && story.terms.ship == Ship::Effect);
            if after == Line::NeedsAPerson && before == Line::Paid {
                prop_assert!(decision.ship == ShipCall::Hold || story.terms.ship == Ship::Manual);
            }
        }
    }

    #[test]
    fn every_reservation_ends_at_most_once_and_after_it_began(life in any_life()) {
        let story = life.story();
        // Checkout made the first.
        let mut open = BTreeSet::from([1]);
        let mut known = open.clone();
        for decision in &story.decisions {
            let number = decision.evidence.reservation_no;
            match decision.stock {
                StockMove::None => {}
                StockMove::Reserve => {
                    prop_assert!(open.is_empty() && known.insert(number));
                    open.insert(number);
                }
                StockMove::Release | StockMove::Sell => prop_assert!(open.remove(&number)),
                StockMove::Take => prop_assert!(open.is_empty() && known.insert(number)),
            }
            if story.terms.stock == StockMode::Managed {
                let held = decision.evidence.stock == StockState::Held;
                prop_assert_eq!(held, !open.is_empty());
            } else {
                prop_assert_eq!(decision.stock, StockMove::None);
            }
        }
    }

    #[test]
    fn what_was_sold_stays_sold_and_what_was_shipped_is_sold(life in any_life()) {
        let story = life.story();
        for (before, decision) in steps(&story) {
            let after = &decision.evidence;
            if before.stock == StockState::Sold {
                prop_assert_eq!(after.stock, StockState::Sold);
            }
            if after.fulfilled && story.terms.stock != StockMode::Off {
                prop_assert_eq!(after.stock, StockState::Sold);
            }
        }
    }

    #[test]
    fn evidence_only_grows(life in any_life()) {
        let story = life.story();
        for (before, decision) in steps(&story) {
            grew(&before, &decision.evidence)?;
        }
    }

    #[test]
    fn no_more_is_to_be_given_back_than_came_and_was_not_settled(life in any_life()) {
        let story = life.story();
        for (decision, told) in story.decisions.iter().zip(&life.told) {
            let ledger = &decision.after.ledger;
            let settled = ledger.refunded.saturating_add(ledger.waived);
            if let Some(due) = ledger.refund_due {
                prop_assert!(!due.amount.is_zero());
                prop_assert!(due.amount <= ledger.credited.saturating_sub(settled));
            }
            // A later measurement may show that less had come than was asserted, and refunded.
            let refunds = &decision.evidence.refunds;
            let recorded: Units = refunds.values().map(|one| one.amount).sum();
            let just_now = matches!(told.input, Input::RefundRecorded { .. })
                && decision.outcome == Outcome::Applied;
            prop_assert!(!just_now || recorded <= ledger.credited);
        }
    }

    #[test]
    fn whatever_was_told_last_changes_nothing_when_told_again(life in any_life()) {
        let story = life.story();
        let last = life.told.last().expect("something was told");
        let again = story.clone().then(last.input.clone());
        prop_assert_eq!(&again.evidence, &story.evidence);
        prop_assert!(!again.last().changed && again.last().asks.is_empty());
    }

    #[test]
    fn what_is_not_applied_changes_nothing(life in any_life()) {
        let story = life.story();
        for (before, decision) in steps(&story) {
            prop_assert_eq!(decision.changed, before != decision.evidence);
            match decision.outcome {
                Outcome::Applied => {}
                // A report may contradict and say something new; nothing else may.
                Outcome::Conflicting { ref field } if field == "blockchain" => {}
                Outcome::AlreadyApplied
                | Outcome::Stale
                | Outcome::Conflicting { .. }
                | Outcome::Rejected { .. } => prop_assert!(!decision.changed),
            }
            if !decision.changed {
                prop_assert_eq!(&decision.before, &decision.after);
                prop_assert!(decision.asks.is_empty() && decision.stock == StockMove::None);
                prop_assert_eq!(decision.ship, ShipCall::Leave);
            }
        }
    }

    #[test]
    fn an_age_of_review_is_kept_exactly_while_a_person_is_needed(life in any_life()) {
        let story = life.story();
        for decision in &story.decisions {
            let needed = decision.after.status == Status::NeedsReview;
            prop_assert_eq!(decision.evidence.review_since_ms.is_some(), needed);
        }
    }

    #[test]
    fn a_story_can_be_stored_and_read_back_at_any_point(life in any_life()) {
        let story = life.story();
        let text = serde_json::to_string(&story.evidence).unwrap();
        prop_assert_eq!(serde_json::from_str::<Evidence>(&text).unwrap(), story.evidence);
    }

    #[test]
    fn absurd_numbers_are_decided_without_a_panic(
        numbers in proptest::collection::vec(absurd(), 8),
        times in proptest::collection::vec(absurd_time(), 6),
        bps in prop_oneof![Just(0_u32), Just(u32::MAX), any::<u32>()],
    ) {
        let mut story = Story::new();
        story.terms.due = Units(numbers[0]);
        story.terms.late_window_ms = times[0];
        story.terms.opened_at_ms = times[1];
        story.terms.underpaid_tolerance_bps = bps;
        story.terms.overpaid_tolerance_bps = bps;
        let quote = Quote {
            crypto: Units(numbers[1]),
            worth: Units(numbers[2]),
            ..example_quote()
        };
        let attempt = AttemptEvidence {
            quote: Some(quote),
            ..AttemptEvidence::default()
        };
        story.evidence.attempts.insert(2, attempt);
        story.evidence.deadline_at_ms = times[2];
        let facts = |received, refunded| PaymentFacts {
            received: Some(Units(received)),
            refunded,
            confirmed_at_ms: Some(times[3]),
            ..PaymentFacts::default()
        };
        let given_back = GatewayRefund::Amount(Units(numbers[3]));
        for now_ms in &times[4..] {
            story.around.now_ms = *now_ms;
            for input in [
                Input::DeadlinePassed,
                reported(1, facts(numbers[4], None)),
                reported(2, facts(numbers[5], None)),
                accepted([Reason::Short]),
                Input::ReviewAged,
                refund("a", numbers[6]),
                waiver("b", numbers[7]),
                another_attempt(3, times[0]),
                reported(2, facts(numbers[0], Some(given_back))),
                Input::Closed,
            ] {
                story.tell(input);
            }
        }
        prop_assert!(story.evidence.claimed());
    }
}

#[test]
fn random_lives_come_by_every_line_reason_and_move() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut lines, mut reasons) = (BTreeSet::new(), BTreeSet::new());
    let mut words = BTreeSet::new();
    for _ in 0..1_000 {
        let life = any_life().new_tree(&mut runner).unwrap().current();
        for decision in life.story().decisions {
            lines.insert(decision.after.line);
            reasons.extend(decision.after.attention);
            words.insert(format!("{:?}", decision.stock));
            words.insert(format!("{:?}", decision.ship));
            if let Outcome::Rejected { reason } = decision.outcome {
                words.insert(format!("{reason:?}"));
            }
        }
    }
    assert_eq!(lines.into_iter().collect::<Vec<_>>(), Line::ALL);
    assert_eq!(reasons.into_iter().collect::<Vec<_>>(), Reason::ALL);
    let moves = ["None", "Reserve", "Release", "Sell", "Take"];
    let calls = ["Leave", "Start", "Hold", "Void"];
    let refusals = Rejection::ALL.iter().map(|one| format!("{one:?}"));
    let all = moves.iter().chain(&calls).map(|word| (*word).to_owned());
    assert_eq!(words, all.chain(refusals).collect());
}

fn absurd() -> impl Strategy<Value = u128> {
    let edges = vec![1, 2, 9_999, u128::MAX / 2, u128::MAX - 1, u128::MAX];
    prop_oneof![proptest::sample::select(edges), 1..=u128::MAX]
}

fn absurd_time() -> impl Strategy<Value = i64> {
    let edges = vec![i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];
    prop_oneof![proptest::sample::select(edges), any::<i64>()]
}

/// Counted anew here: what came without a doubt and was not given back whole, in cents.
fn clean_credit(story: &Story, evidence: &Evidence) -> u128 {
    let last_ms = evidence.deadline_at_ms + story.terms.late_window_ms;
    let mut sum = 0;
    for attempt in evidence.attempts.values() {
        let in_time = attempt
            .first_claimed_at_ms
            .is_some_and(|at_ms| at_ms <= last_ms);
        let clean = in_time && attempt.conflicts.is_empty() && !attempt.newer_order;
        if clean && !attempt.fully_refunded() {
            sum += attempt.credit().0;
        }
    }
    sum
}

fn grew(before: &Evidence, after: &Evidence) -> Result<(), TestCaseError> {
    let flags = |one: &Evidence| {
        [
            one.paid_elsewhere,
            one.closed,
            one.fulfilled,
            one.deadline_passed,
        ]
    };
    prop_assert!(
        flags(before)
            .iter()
            .zip(flags(after))
            .all(|(was, is)| !was || is)
    );
    prop_assert!(before.cancelled.is_none() || before.cancelled == after.cancelled);
    prop_assert!(before.deadline_at_ms <= after.deadline_at_ms);
    prop_assert!(before.reservation_no <= after.reservation_no);
    if let Some(accepted) = &before.accepted {
        prop_assert!(
            after
                .accepted
                .as_ref()
                .is_some_and(|set| set.is_superset(accepted))
        );
    }
    for (id, refund) in &before.refunds {
        prop_assert_eq!(Some(refund), after.refunds.get(id));
    }
    for (number, was) in &before.attempts {
        let Some(is) = after.attempts.get(number) else {
            return Err(TestCaseError::fail(format!(
                "attempt {number} was forgotten"
            )));
        };
        attempt_grew(was, is)?;
    }
    Ok(())
}

fn attempt_grew(was: &AttemptEvidence, is: &AttemptEvidence) -> Result<(), TestCaseError> {
    let flags = |one: &AttemptEvidence| {
        let states = [one.seen, one.paid_asserted, one.forwarded];
        let failures = [one.forwarding_failed, one.expired, one.failed];
        [states, failures].concat()
    };
    prop_assert!(flags(was).iter().zip(flags(is)).all(|(was, is)| !was || is));
    prop_assert!(was.quote.is_none() || was.quote == is.quote);
    prop_assert!(was.received <= is.received);
    prop_assert!(was.conflicts.is_subset(&is.conflicts));
    prop_assert!(was.transactions.is_subset(&is.transactions));
    prop_assert!(was.payouts.is_subset(&is.payouts));
    if let Some(first_ms) = was.first_claimed_at_ms {
        // The one thing that shrinks: money turns out to have come earlier.
        prop_assert!(
            is.first_claimed_at_ms
                .is_some_and(|at_ms| at_ms <= first_ms)
        );
        prop_assert_eq!(was.newer_order, is.newer_order);
    }
    let refund = |one: &AttemptEvidence| match one.refunded {
        None => None,
        Some(GatewayRefund::Amount(units)) => Some((false, units)),
        Some(GatewayRefund::All) => Some((true, Units::ZERO)),
    };
    prop_assert!(refund(was) <= refund(is));
    Ok(())
}
