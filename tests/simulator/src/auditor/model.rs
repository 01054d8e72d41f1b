//! What an order should come to, worked out from what was said and asked of it alone: small
//! enough to be read beside the table of the design.

use std::collections::BTreeSet;

use super::rows::{OrderRow, Tables};
use super::{Auditor, Command, Fate, Finding, Telling};
use crate::gateway::{Gateway, Payment, is_paid};

const LATE_MS: i64 = 24 * 60 * 60_000;
/// Within this of a boundary the clocks of the workers decide, and the model does not guess.
const MARGIN_MS: i64 = 5 * 60_000;
const TOLERANCE_BPS: i64 = 100;

/// Whether something holds, as far as anybody can know.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sure {
    Yes,
    No,
    Unclear,
}

fn claims(telling: &Telling) -> bool {
    is_paid(telling.statement.kind) || telling.statement.received.is_some()
}

impl Auditor {
    /// Cents that pay an order, less the tolerance.
    pub(super) fn enough(&self, order: &OrderRow) -> i64 {
        (order.total - order.total * TOLERANCE_BPS / 10_000 - 2).max(1)
    }

    fn worth(order: &OrderRow, payment: &Payment, units: u128) -> i64 {
        let cents = u128::from(payment.cents) * units / payment.quote.max(1);
        let cents = i64::try_from(cents).unwrap_or(i64::MAX / 1_000);
        // The simulated gateway sells a dollar for 80 euro cents.
        if order.currency == "EUR" {
            cents * 8 / 10
        } else {
            cents
        }
    }

    fn payments<'a>(
        order: &'a OrderRow,
        gateway: &'a Gateway,
    ) -> impl Iterator<Item = (usize, &'a Payment)> {
        let ours = move |payment: &Payment| {
            let key = payment.key.as_deref().unwrap_or_default();
            key.rsplit_once(':').is_some_and(|(id, _)| id == order.id)
        };
        let all = gateway.payments.iter().enumerate();
        all.filter(move |(_, payment)| ours(payment))
    }

    fn tellings_of(&self, payment: usize) -> impl Iterator<Item = &Telling> {
        let all = self.tellings.iter();
        all.filter(move |one| one.statement.payment == payment && claims(one))
    }

    /// The most that what was said so far can be made to mean, in the order's cents.
    pub(super) fn most_that_may_count(&self, order: &OrderRow, gateway: &Gateway) -> i64 {
        let mut sum = 0;
        for (index, payment) in Self::payments(order, gateway) {
            let mut usable = self.tellings_of(index).filter(|telling| {
                !telling.statement.twisted && Self::is_late(order, telling) != Sure::Yes
            });
            if usable.next().is_none() {
                continue;
            }
            let measured = self
                .tellings_of(index)
                .filter_map(|one| one.statement.received);
            let asserted = self
                .tellings_of(index)
                .any(|one| is_paid(one.statement.kind));
            let most = measured.max().unwrap_or(0);
            let most = if asserted {
                most.max(payment.quote)
            } else {
                most
            };
            let given_back = self.given_back_for_sure(index).unwrap_or(most);
            // Of goods that are gone it takes nothing back.
            let kept = if order.status == "fulfilled" {
                most
            } else {
                most.saturating_sub(given_back)
            };
            sum += Self::worth(order, payment, kept);
        }
        sum
    }

    /// How much of a payment the gateway gave back, by what was acknowledged; `None` is all.
    fn given_back_for_sure(&self, payment: usize) -> Option<u128> {
        let acknowledged = self.tellings_of(payment).filter(|one| one.to_ms.is_some());
        acknowledged
            .filter(|one| one.statement.kind == "refunded")
            .map(|one| one.statement.given_back)
            .try_fold(0, |most, one| Some(most.max(one?)))
    }

    fn is_late(order: &OrderRow, telling: &Telling) -> Sure {
        let bound_ms = order.deadline_ms + LATE_MS;
        let said_ms = telling.statement.confirmed_ms.unwrap_or(i64::MAX);
        let from_ms = said_ms.min(telling.from_ms);
        let to_ms = said_ms.min(telling.to_ms.unwrap_or(i64::MAX));
        if to_ms < bound_ms - MARGIN_MS {
            Sure::No
        } else if from_ms > bound_ms + MARGIN_MS {
            Sure::Yes
        } else {
            Sure::Unclear
        }
    }

    /// The status that an order has to have when all is quiet; `None` where it depends on what
    /// the outside cannot know, such as which of two calls was first.
    fn predict(&self, order: &OrderRow, tables: &Tables, gateway: &Gateway) -> Option<Vec<&str>> {
        let mine = || self.commands.iter().filter(|one| one.order_id == order.id);
        if mine().any(|one| one.fate == Fate::Unknown) {
            return None;
        }
        let done = |wanted: fn(&Command) -> bool| {
            mine().any(|one| one.fate == Fate::Done && wanted(&one.command))
        };
        if done(|one| matches!(one, Command::Refund { .. })) {
            return None;
        }
        let siblings = tables
            .orders
            .iter()
            .filter(|one| one.checkout_key == order.checkout_key);
        if siblings.count() > 1 {
            return None;
        }
        let (claimed, mut reasons) = self.money(order, tables, gateway)?;
        let cancelled = done(|one| *one == Command::Cancel);
        if cancelled {
            reasons.insert("cancelled");
        }
        if done(|one| *one == Command::PaidElsewhere) {
            reasons.insert("paid_elsewhere");
        }
        let accepts = mine().filter(|one| one.fate == Fate::Done);
        let mut accepted = false;
        for one in accepts {
            if let Command::Accept(named) = &one.command {
                accepted = true;
                reasons.retain(|reason| !named.contains(*reason));
            }
        }
        let shipped = tables.effects.iter().any(|effect| {
            effect.order_id == order.id
                && effect.kind == "ship_order"
                && effect.state == "completed"
        });
        Some(if shipped || done(|one| *one == Command::Fulfil) {
            vec!["fulfilled"]
        } else if done(|one| *one == Command::Close) {
            vec!["cancelled"]
        } else if claimed && !reasons.is_empty() {
            vec!["needs_review"]
        } else if claimed || accepted {
            vec!["paid", "no_stock"]
        } else if cancelled || done(|one| *one == Command::PaidElsewhere) {
            vec!["cancelled"]
        } else {
            // A refused create call cancels too.
            vec!["expired", "cancelled"]
        })
    }

    /// Whether money was claimed, and what is wrong with it.
    fn money(
        &self,
        order: &OrderRow,
        tables: &Tables,
        gateway: &Gateway,
    ) -> Option<(bool, BTreeSet<&'static str>)> {
        let linked =
            Self::payments(order, gateway).filter(|(_, payment)| tables.is_linked(&payment.id));
        let (mut claimed, mut credit, mut clean) = (false, 0, 0);
        let mut reasons = BTreeSet::new();
        for (index, payment) in linked {
            let said: Vec<&Telling> = self.tellings_of(index).collect();
            if said.is_empty() {
                continue;
            }
            if said.iter().any(|one| one.to_ms.is_none()) {
                return None;
            }
            claimed = true;
            let measured = said.iter().filter_map(|one| one.statement.received).max();
            let units = measured.unwrap_or(payment.quote);
            let given_back = self.given_back_for_sure(index)?;
            if given_back >= units {
                return None;
            }
            if given_back > 0 {
                reasons.insert("partially_refunded");
            }
            let kept = Self::worth(order, payment, units - given_back);
            credit += Self::worth(order, payment, units);
            let twisted = said.iter().any(|one| one.statement.twisted);
            let late = said
                .iter()
                .map(|one| Self::is_late(order, one))
                .collect::<Vec<_>>();
            let all_late = late.iter().all(|one| *one == Sure::Yes);
            if !all_late && !late.contains(&Sure::No) {
                return None;
            }
            if twisted {
                reasons.insert("conflict");
            }
            if all_late {
                reasons.insert("too_late");
            }
            if !twisted && !all_late {
                clean += kept;
            }
        }
        let enough = self.enough(order);
        if (credit - enough).abs() <= 5 || (clean - enough).abs() <= 5 {
            return None;
        }
        if clean >= enough {
            reasons.clear();
        } else if credit < enough {
            reasons.insert("short");
        }
        if !claimed {
            reasons.clear();
        }
        Some((claimed, reasons))
    }

    /// 8 and 11. The outcome is that of the facts, whoever learnt them and in whatever order.
    pub(super) fn ends_as_predicted(&mut self, tables: &Tables, gateway: &Gateway) -> Finding {
        for order in tables.orders.iter() {
            let Some(expected) = self.predict(order, tables, gateway) else {
                continue;
            };
            let found = order.status.as_str();
            let goods = ["no_stock", "awaiting_stock"];
            let no_goods = found == "needs_review"
                && expected.contains(&"no_stock")
                && order
                    .attention
                    .iter()
                    .any(|reason| goods.contains(&reason.as_str()));
            if !no_goods && !expected.contains(&found) {
                return Err(format!(
                    "promises 8 and 11: order {} is {found} {:?}, expected {expected:?}",
                    order.id, order.attention
                ));
            }
        }
        Ok(())
    }
}
