//! Goods held, given back, missed, asked for and sold; and since when a person is needed.

use super::*;

fn reserve(reservation_no: u32) -> Ask {
    Ask::ReserveStock { reservation_no }
}

fn release(reservation_no: u32) -> Ask {
    Ask::ReleaseStock { reservation_no }
}

fn expired(stock: StockMode) -> Story {
    Story::with_stock(stock)
        .at(DEADLINE_MS)
        .then(Input::DeadlinePassed)
}

#[test]
fn goods_are_held_through_payment_and_sold_when_handed_over() {
    let story = Story::new().then(measured(1, 100));
    assert_eq!(story.evidence.stock, StockState::Held);
    let story = story.then(Input::Shipped);
    assert_eq!(story.evidence.stock, StockState::Sold);
    assert_eq!(story.stock_moves(), [StockMove::Sell]);
    let refunded = story.then(refund("a", 10_000));
    assert_eq!(refunded.evidence.stock, StockState::Sold);
}

#[test]
fn goods_go_back_when_an_order_ends_unshipped() {
    let story = Story::new();
    let paid = story.clone().then(measured(1, 100));
    for over in [
        expired(StockMode::Managed),
        story.clone().then(cancelled(CancelledBy::Customer)),
        story.then(Input::PaidElsewhere),
        paid.clone().then(Input::Closed),
        paid.then(refund("a", 10_000)),
    ] {
        assert_eq!(over.stock_moves(), [StockMove::Release]);
        assert_eq!(over.evidence.stock, StockState::Released);
        assert_eq!(over.evidence.reservation_no, 1);
    }
}

#[test]
fn late_money_sets_the_goods_aside_again_in_the_same_decision() {
    let story = expired(StockMode::Managed).then(asserted(1));
    assert_eq!(story.line(), Line::Paid);
    assert_eq!(
        story.stock_moves(),
        [StockMove::Release, StockMove::Reserve]
    );
    assert_eq!(story.evidence.reservation_no, 2);
}

#[test]
fn goods_that_are_gone_are_tried_again_with_the_next_news() {
    let story = expired(StockMode::Managed).shelf(false).then(asserted(1));
    assert_eq!(story.evidence.stock, StockState::Missing);
    assert_eq!(story.evidence.reservation_no, 1);
    let story = story.shelf(true).then(asserted(1));
    assert!(!story.last().changed, "a repetition is no news");
    let story = story.then(measured(1, 100));
    assert_eq!(
        (story.line(), story.last().stock),
        (Line::Paid, StockMove::Reserve)
    );
}

#[test]
fn goods_go_back_after_a_day_of_review_and_acceptance_fetches_them() {
    let day_ms = HOUR_MS / 2 + DAY_MS;
    let story = Story::new().then(measured(1, 50)).at(day_ms - 1);
    let early = story.clone().then(Input::ReviewAged);
    assert_eq!(*early.outcome(), Outcome::Stale);
    let story = story.at(day_ms).then(Input::ReviewAged);
    assert_eq!(story.stock_moves(), [StockMove::Release]);
    assert_eq!(story.attention(), [Reason::Short, Reason::NoStock]);
    let repeated = story.clone().then(Input::ReviewAged);
    assert_eq!(*repeated.outcome(), Outcome::Stale);
    let story = story.then(accepted([Reason::Short]));
    assert_eq!(story.line(), Line::Paid);
    assert_eq!(story.last().stock, StockMove::Reserve);
}

#[test]
fn money_that_completes_an_aged_review_fetches_the_goods() {
    let story = Story::new()
        .then(measured(1, 50))
        .at(HOUR_MS / 2 + DAY_MS)
        .then(Input::ReviewAged)
        .then(measured(1, 70));
    assert_eq!(story.last().stock, StockMove::None, "still too little");
    let story = story.then(measured(1, 100));
    assert_eq!(
        (story.line(), story.last().stock),
        (Line::Paid, StockMove::Reserve)
    );
}

#[test]
fn a_person_is_needed_from_the_first_reason_until_none_is_left() {
    let since = |story: &Story| story.evidence.review_since_ms;
    let story = Story::new().at(1_000).then(measured(1, 50));
    assert_eq!(since(&story), Some(1_000));
    let story = story.at(2_000).then(Input::PaidElsewhere);
    assert_eq!(since(&story), Some(1_000));
    let both = [Reason::Short, Reason::PaidElsewhere];
    let story = story.then(accepted(both));
    assert_eq!(since(&story), None);
    let story = story.at(3_000).then(conflicting(1));
    assert_eq!(since(&story), Some(3_000));
    assert_eq!(since(&story.then(Input::Closed)), None);
}

#[test]
fn a_host_is_asked_to_release_and_to_reserve_by_number() {
    let story = expired(StockMode::Host);
    assert!(story.last().asks.contains(&release(1)));
    let story = story.then(asserted(1));
    assert!(story.last().asks.contains(&reserve(2)));
    assert_eq!(story.evidence.stock, StockState::Awaiting);
    let story = story.then(stock_answered(1, true));
    assert_eq!(
        *story.outcome(),
        Outcome::Stale,
        "an answer to another question"
    );
    let story = story.then(stock_answered(2, false));
    assert_eq!(story.evidence.stock, StockState::Missing);
    assert_eq!(
        story.evidence.reservation_no, 2,
        "not asked again by the answer itself"
    );
    let story = story.then(measured(1, 100));
    assert!(story.last().asks.contains(&reserve(3)));
    let story = story.then(stock_answered(3, true)).then(Input::Shipped);
    assert_eq!(story.evidence.stock, StockState::Sold);
    assert_eq!(story.stock_moves(), []);
}

#[test]
fn an_order_that_ends_while_the_host_is_asked_releases_what_it_may_get() {
    let story = expired(StockMode::Host)
        .then(asserted(1))
        .then(Input::Closed);
    assert!(story.last().asks.contains(&release(2)));
    let story = story.then(stock_answered(2, true));
    assert_eq!(*story.outcome(), Outcome::Stale);
    assert_eq!(story.evidence.stock, StockState::Released);
}

#[test]
fn nothing_is_ever_asked_where_nobody_counts() {
    let story = expired(StockMode::Off)
        .shelf(false)
        .then(asserted(1))
        .then(Input::Shipped);
    assert_eq!(story.line(), Line::Fulfilled);
    assert_eq!(story.evidence.stock, StockState::Off);
    assert_eq!(story.stock_moves(), []);
    let stock = |ask: &Ask| matches!(ask, Ask::ReserveStock { .. } | Ask::ReleaseStock { .. });
    assert!(!story.decisions.iter().flat_map(|one| &one.asks).any(stock));
}

#[test]
fn what_shipped_after_a_release_is_taken_from_the_shelf_or_was_oversold() {
    let story = expired(StockMode::Managed);
    let taken = story.clone().then(Input::Shipped);
    assert_eq!(taken.last().stock, StockMove::Take);
    let oversold = story.shelf(false).then(Input::Shipped);
    assert_eq!(oversold.last().stock, StockMove::None);
    assert_eq!(oversold.alerts(), [Alert::Oversold]);
    let host = expired(StockMode::Host).then(Input::Shipped);
    assert_eq!(host.alerts(), [Alert::Oversold]);
    for story in [taken, oversold, host] {
        assert_eq!(story.evidence.stock, StockState::Sold);
    }
}
