//! Every refusal of a command, and that a refusal changes nothing.

use super::*;

fn paid() -> Story {
    Story::new().then(measured(1, 100))
}

fn short() -> Story {
    Story::new().then(measured(1, 50))
}

fn expired() -> Story {
    Story::new().at(DEADLINE_MS).then(Input::DeadlinePassed)
}

fn by_customer() -> Input {
    cancelled(CancelledBy::Customer)
}

/// Tells the story one more input and wants it refused, without any trace.
fn refused(story: &Story, input: Input, reason: Rejection) {
    let after = story.clone().then(input.clone());
    assert_eq!(*after.outcome(), rejected(reason), "{input:?}");
    assert_eq!(after.evidence, story.evidence);
    let last = after.last();
    assert!(!last.changed && last.asks.is_empty());
    assert_eq!((last.stock, last.ship), (StockMove::None, ShipCall::Leave));
}

#[test]
fn a_customer_cannot_cancel_once_money_is_claimed() {
    for story in [paid(), short(), Story::new().then(accepted([]))] {
        refused(&story, by_customer(), Rejection::MoneyClaimed);
        let refusal = cancelled(CancelledBy::Refusal);
        refused(&story, refusal, Rejection::MoneyClaimed);
    }
    let shipped = paid().then(Input::Shipped);
    refused(&shipped, by_customer(), Rejection::MoneyClaimed);
}

#[test]
fn the_shop_may_cancel_a_paid_order_which_then_waits_for_a_person() {
    let story = paid().then(cancelled(CancelledBy::Shop));
    assert_eq!(story.line(), Line::NeedsAPerson);
    assert_eq!(story.ship_calls(), [ShipCall::Start, ShipCall::Hold]);
    let story = story.then(accepted([Reason::Cancelled]));
    assert_eq!(story.line(), Line::Paid);
    assert_eq!(story.ship_calls().last(), Some(&ShipCall::Start));
}

#[test]
fn nobody_cancels_an_order_that_was_only_accepted_but_it_can_be_closed() {
    let story = Story::new().then(accepted([]));
    let by_shop = cancelled(CancelledBy::Shop);
    refused(&story, by_shop, Rejection::MoneyClaimed);
    assert_eq!(story.then(Input::Closed).line(), Line::Closed);
}

#[test]
fn an_order_that_is_over_cannot_be_cancelled() {
    refused(&expired(), by_customer(), Rejection::Ended);
    let elsewhere = Story::new().then(Input::PaidElsewhere);
    refused(&elsewhere, by_customer(), Rejection::AlreadyCancelled);
    let again = Story::new().then(by_customer()).then(by_customer());
    assert_eq!(*again.outcome(), Outcome::AlreadyApplied);
}

#[test]
fn only_the_reasons_that_hold_can_be_accepted() {
    refused(&short(), accepted([]), Rejection::ReasonsChanged);
    let one_too_many = accepted([Reason::Short, Reason::Conflict]);
    refused(&short(), one_too_many, Rejection::ReasonsChanged);
    let unpaid = Story::new();
    refused(
        &unpaid,
        accepted([Reason::Short]),
        Rejection::ReasonsChanged,
    );
    let again = short()
        .then(accepted([Reason::Short]))
        .then(accepted([Reason::Short]));
    assert_eq!(*again.outcome(), Outcome::AlreadyApplied);
}

#[test]
fn a_new_reason_needs_a_new_acceptance() {
    let story = short()
        .then(accepted([Reason::Short]))
        .then(Input::PaidElsewhere);
    assert_eq!(story.line(), Line::NeedsAPerson);
    let story = story.then(accepted([Reason::PaidElsewhere]));
    assert_eq!(story.line(), Line::Paid);
}

#[test]
fn nothing_is_accepted_without_goods() {
    let gone = expired().shelf(false);
    refused(&gone, accepted([]), Rejection::NoStock);
    let late = gone.at(DEADLINE_MS + 2 * DAY_MS).then(asserted(1));
    refused(&late, accepted([Reason::TooLate]), Rejection::NoStock);
}

#[test]
fn a_host_has_to_answer_before_anything_is_accepted() {
    let story = Story::with_stock(StockMode::Host)
        .at(DEADLINE_MS)
        .then(Input::DeadlinePassed);
    refused(&story, accepted([]), Rejection::AwaitingStock);
    let late = story.at(DEADLINE_MS + 2 * DAY_MS).then(asserted(1));
    refused(&late, accepted([Reason::TooLate]), Rejection::AwaitingStock);
}

#[test]
fn accepting_a_claimed_order_asks_the_host_again_and_pays_when_it_answers() {
    let story = Story::with_stock(StockMode::Host)
        .then(measured(1, 50))
        .at(HOUR_MS + DAY_MS)
        .then(Input::ReviewAged)
        .then(accepted([Reason::Short]));
    assert_eq!(*story.outcome(), Outcome::Applied);
    assert_eq!(story.line(), Line::NeedsAPerson);
    assert!(
        story
            .last()
            .asks
            .contains(&Ask::ReserveStock { reservation_no: 2 })
    );
    assert_eq!(story.then(stock_answered(2, true)).line(), Line::Paid);
}

#[test]
fn what_has_ended_cannot_be_accepted_or_closed() {
    for story in [
        paid().then(Input::Shipped),
        paid().then(refund("a", 10_000)),
    ] {
        refused(&story, accepted([]), Rejection::Ended);
        refused(&story, Input::Closed, Rejection::Ended);
    }
    let closed = short().then(Input::Closed);
    refused(&closed, accepted([Reason::Short]), Rejection::Ended);
    assert_eq!(
        *closed.then(Input::Closed).outcome(),
        Outcome::AlreadyApplied
    );
}

#[test]
fn there_is_nothing_to_close_or_refund_where_no_money_came() {
    for story in [Story::new(), expired(), Story::new().then(by_customer())] {
        refused(&story, Input::Closed, Rejection::NoMoney);
        refused(&story, refund("a", 1), Rejection::NoMoney);
    }
}

#[test]
fn no_more_is_given_back_or_waived_than_came() {
    refused(&paid(), refund("a", 10_001), Rejection::MoreThanCredited);
    refused(&paid(), refund("a", u128::MAX), Rejection::MoreThanCredited);
    let waived = Story::new()
        .then(measured(1, 200))
        .then(waiver("w", 10_000));
    refused(&waived, refund("a", 10_001), Rejection::MoreThanCredited);
    assert_eq!(
        *waived.then(refund("a", 10_000)).outcome(),
        Outcome::Applied
    );
}

#[test]
fn a_refund_is_known_by_its_id() {
    let story = paid().then(refund("a", 100)).then(refund("a", 100));
    assert_eq!(*story.outcome(), Outcome::AlreadyApplied);
    let field = "amount".to_owned();
    let other = story.clone().then(refund("a", 101));
    assert_eq!(*other.outcome(), Outcome::Conflicting { field });
    assert_eq!(other.view().ledger.refunded, Units(100));
}

#[test]
fn only_a_paid_order_is_marked_fulfilled() {
    let over = [expired(), Story::new().then(by_customer())];
    for story in [Story::new(), short(), short().then(Input::Closed)]
        .iter()
        .chain(&over)
    {
        refused(story, Input::MarkedFulfilled, Rejection::NotPaid);
    }
    let story = paid()
        .then(Input::MarkedFulfilled)
        .then(Input::MarkedFulfilled);
    assert_eq!(*story.outcome(), Outcome::AlreadyApplied);
    let refunded = story.then(refund("a", 10_000)).then(Input::MarkedFulfilled);
    assert_eq!(*refunded.outcome(), Outcome::AlreadyApplied);
    let ended = paid().then(refund("a", 10_000));
    refused(&ended, Input::MarkedFulfilled, Rejection::NotPaid);
}

#[test]
fn a_quote_is_stored_once_and_another_one_contradicts() {
    let story = Story::new();
    let due = story.terms.due;
    let same = story.clone().then(opened(1, due));
    assert_eq!(*same.outcome(), Outcome::AlreadyApplied);
    let other = story.clone().then(opened(1, Units(1)));
    let field = "quote".to_owned();
    assert_eq!(*other.outcome(), Outcome::Conflicting { field });
    assert_eq!(other.evidence, story.evidence);
}
