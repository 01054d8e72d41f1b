//! What happens to the goods of an order when its status changes: whether they are set aside,
//! given back or gone. Knows no shelf; that there is enough is told to it.

#![deny(clippy::wildcard_enum_match_arm, clippy::arithmetic_side_effects)]

use super::decide::Circumstances;
use super::effect::{Alert, Ask, StockMove};
use super::evidence::{Evidence, StockState};
use super::input::{Input, Outcome};
use super::status::Line;
use super::terms::{StockMode, Terms};
use super::view::view;

/// How long goods stay aside for an order that needs a person.
const REVIEW_HOLDS_STOCK_MS: i64 = 24 * 60 * 60 * 1000;

/// The host's answer counts only for the reservation it was asked for last.
pub(super) fn answer(evidence: &mut Evidence, reservation_no: u32, reserved: bool) -> Outcome {
    if reservation_no != evidence.reservation_no || evidence.stock != StockState::Awaiting {
        return Outcome::Stale;
    }
    evidence.stock = if reserved {
        StockState::Held
    } else {
        StockState::Missing
    };
    Outcome::Applied
}

/// Whether the goods of an order that needs a person are held and were so for long enough.
pub(super) fn review_aged(evidence: &Evidence, circumstances: &Circumstances) -> Outcome {
    let in_review = evidence.review_since_ms.is_some();
    if in_review && !is_young(evidence, circumstances) && evidence.stock == StockState::Held {
        Outcome::Applied
    } else {
        Outcome::Stale
    }
}

/// Sets goods aside, gives them back or lets them go, as the status asks.
pub(super) fn settle(
    terms: &Terms,
    evidence: &mut Evidence,
    input: &Input,
    circumstances: &Circumstances,
) -> (StockMove, Vec<Ask>) {
    let mut if_held = evidence.clone();
    if !if_held.stock.is_held() {
        if_held.stock = StockState::Held;
    }
    let line = view(terms, &if_held).line;
    match evidence.stock {
        StockState::Off | StockState::Sold => (StockMove::None, Vec::new()),
        StockState::Held => match line {
            Line::Fulfilled => leave(terms, evidence, StockState::Sold, StockMove::Sell),
            Line::EndedByRefund | Line::Closed | Line::Cancelled | Line::DeadlinePassed => {
                // Goods that were handed over do not come back by a refund.
                if evidence.fulfilled {
                    leave(terms, evidence, StockState::Sold, StockMove::Sell)
                } else {
                    leave(terms, evidence, StockState::Released, StockMove::Release)
                }
            }
            Line::NeedsAPerson if matches!(input, Input::ReviewAged) => {
                leave(terms, evidence, StockState::Released, StockMove::Release)
            }
            Line::NeedsAPerson | Line::Paid | Line::Open => (StockMove::None, Vec::new()),
        },
        StockState::Awaiting => match line {
            Line::Fulfilled => {
                evidence.stock = StockState::Sold;
                (StockMove::None, Vec::new())
            }
            Line::EndedByRefund | Line::Closed | Line::Cancelled | Line::DeadlinePassed => {
                // The release follows the reservation in the same lane, whatever its answer.
                leave(terms, evidence, StockState::Released, StockMove::None)
            }
            Line::NeedsAPerson | Line::Paid | Line::Open => (StockMove::None, Vec::new()),
        },
        StockState::Released | StockState::Missing => {
            let wanted = match line {
                Line::Paid | Line::Open => true,
                Line::NeedsAPerson if matches!(input, Input::AttemptRequested { .. }) => {
                    // The customer is back to pay what is missing: the day starts anew.
                    evidence.review_since_ms = Some(circumstances.now_ms);
                    true
                }
                Line::NeedsAPerson => {
                    !matches!(input, Input::ReviewAged) && is_young(evidence, circumstances)
                }
                Line::Fulfilled => return take(terms, evidence, circumstances),
                Line::EndedByRefund if evidence.fulfilled => {
                    return take(terms, evidence, circumstances);
                }
                Line::EndedByRefund | Line::Closed | Line::Cancelled | Line::DeadlinePassed => {
                    false
                }
            };
            if wanted && !matches!(input, Input::StockAnswered { .. }) {
                reserve_again(terms, evidence, circumstances)
            } else {
                (StockMove::None, Vec::new())
            }
        }
    }
}

/// Whether a person has not been needed for so long that the goods go back.
fn is_young(evidence: &Evidence, circumstances: &Circumstances) -> bool {
    evidence.review_since_ms.is_none_or(|since_ms| {
        since_ms.saturating_add(REVIEW_HOLDS_STOCK_MS) > circumstances.now_ms
    })
}

/// Moves held goods on: in our tables, or by asking the host.
fn leave(
    terms: &Terms,
    evidence: &mut Evidence,
    state: StockState,
    step: StockMove,
) -> (StockMove, Vec<Ask>) {
    evidence.stock = state;
    match terms.stock {
        StockMode::Managed => (step, Vec::new()),
        StockMode::Off => (StockMove::None, Vec::new()),
        StockMode::Host => {
            let release = Ask::ReleaseStock {
                reservation_no: evidence.reservation_no,
            };
            let asks = if state == StockState::Released {
                vec![release]
            } else {
                Vec::new()
            };
            (StockMove::None, asks)
        }
    }
}

fn reserve_again(
    terms: &Terms,
    evidence: &mut Evidence,
    circumstances: &Circumstances,
) -> (StockMove, Vec<Ask>) {
    match terms.stock {
        StockMode::Off => (StockMove::None, Vec::new()),
        StockMode::Managed if circumstances.stock_available => {
            evidence.reservation_no = evidence.reservation_no.saturating_add(1);
            evidence.stock = StockState::Held;
            (StockMove::Reserve, Vec::new())
        }
        StockMode::Managed => {
            evidence.stock = StockState::Missing;
            (StockMove::None, Vec::new())
        }
        StockMode::Host => {
            evidence.reservation_no = evidence.reservation_no.saturating_add(1);
            evidence.stock = StockState::Awaiting;
            let reservation_no = evidence.reservation_no;
            (StockMove::None, vec![Ask::ReserveStock { reservation_no }])
        }
    }
}

/// The goods went out although they were not reserved any more: the shelf has to follow.
fn take(
    terms: &Terms,
    evidence: &mut Evidence,
    circumstances: &Circumstances,
) -> (StockMove, Vec<Ask>) {
    evidence.stock = StockState::Sold;
    match terms.stock {
        StockMode::Managed if circumstances.stock_available => {
            // The one before ended when it was released.
            evidence.reservation_no = evidence.reservation_no.saturating_add(1);
            (StockMove::Take, Vec::new())
        }
        StockMode::Managed | StockMode::Host => (
            StockMove::None,
            vec![Ask::Alert {
                alert: Alert::Oversold,
                attempt: None,
            }],
        ),
        StockMode::Off => (StockMove::None, Vec::new()),
    }
}
