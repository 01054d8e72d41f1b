//! The promises, each a function with its text above it. All but the last few hold at every
//! moment; those about the end need the gateway to answer and `work` to be called.

use std::collections::BTreeMap;

use coinpay_core::store::Executor;

use super::rows::stored_bodies;
use super::{Auditor, Command, Fate, Finding, Tables};
use crate::gateway::{Gateway, is_paid};

const DAY_MS: i64 = 24 * 60 * 60_000;
const HOLDING: [&str; 4] = ["awaiting_payment", "paid", "fulfilled", "needs_review"];

fn ensure(holds: bool, promise: u32, what: impl FnOnce() -> String) -> Finding {
    if holds {
        return Ok(());
    }
    Err(format!("promise {promise}: {}", what()))
}

impl Auditor {
    /// 1. An order has at most one `ship_order` and one `send_confirmation_email`. Neither is
    ///    handed out again after completion; `ship_order` not after a lost lease either, unless
    ///    the host asked for it.
    pub(super) fn ships_once(&mut self, tables: &Tables) -> Finding {
        let mut seen: BTreeMap<(&str, &str), u32> = BTreeMap::new();
        for effect in tables.effects.iter() {
            let key = (
                effect.order_id.clone(),
                effect.kind.clone(),
                effect.subject.clone(),
            );
            ensure(
                !self.completed.contains(&key) || effect.state == "completed",
                1,
                || format!("{key:?} was completed and is {} now", effect.state),
            )?;
            if !["ship_order", "send_confirmation_email"].contains(&effect.kind.as_str()) {
                continue;
            }
            let count = seen.entry((&effect.order_id, &effect.kind)).or_default();
            *count += 1;
            ensure(*count == 1, 1, || format!("{key:?} is there twice"))?;
            if effect.kind == "ship_order" {
                let allowed = 1 + self.given_back.get(&effect.order_id).copied().unwrap_or(0);
                ensure(effect.claim_no <= allowed, 1, || {
                    let times = effect.claim_no;
                    format!("{key:?} was handed out {times} times, {allowed} are allowed")
                })?;
            }
        }
        Ok(())
    }

    /// What `claim_effects` hands out is checked too, not only the row.
    pub(crate) fn handed_out(
        &mut self,
        order_id: &str,
        kind: &str,
        subject: &str,
        known: bool,
    ) -> Finding {
        let key = (order_id.to_owned(), kind.to_owned(), subject.to_owned());
        ensure(!known, 1, || {
            format!("{key:?} was handed out after its completion")
        })
    }

    /// 2. Nothing ships unless an authentic event, or the gateway's own answer, says that enough
    ///    was paid to our address for that order, or a person accepted it by name.
    pub(super) fn ships_only_what_is_paid(
        &mut self,
        tables: &Tables,
        gateway: &Gateway,
    ) -> Finding {
        for order in tables.orders.iter() {
            let ship = tables
                .effects
                .iter()
                .find(|effect| effect.order_id == order.id && effect.kind == "ship_order");
            let ships = ship.map_or(0, |effect| effect.claim_no);
            let newly = ships > self.shipped.get(&order.id).copied().unwrap_or(0);
            if !newly && order.status != "paid" && order.status != "fulfilled" {
                continue;
            }
            self.shipped.insert(order.id.clone(), ships);
            if self.was_accepted(&order.id) {
                continue;
            }
            let credit = self.most_that_may_count(order, gateway);
            ensure(credit >= self.enough(order), 2, || {
                format!(
                    "order {} is {}, and {credit} of {} cents came",
                    order.id, order.status, order.total
                )
            })?;
        }
        Ok(())
    }

    fn was_accepted(&self, order_id: &str) -> bool {
        let accepts = |one: &&super::Ordered| {
            one.order_id == order_id && matches!(one.command, Command::Accept(_))
        };
        self.commands
            .iter()
            .filter(accepts)
            .any(|one| one.fate != Fate::Refused)
    }

    /// 3. If the gateway reports money for a payment whose id we know, by any event or to our
    ///    asking within 30 days, the order ends paid, fulfilled, refunded, in review, or closed
    ///    by a person, even when every webhook is lost.
    pub(super) fn finds_reported_money(&mut self, tables: &Tables, gateway: &Gateway) -> Finding {
        for payment in tables.payments.iter() {
            let Some(order) = tables.order(&payment.order_id) else {
                continue;
            };
            let Some(known) = gateway
                .payments
                .iter()
                .find(|one| one.id == payment.payment_id)
            else {
                continue;
            };
            let last_look_ms = order.deadline_ms + 30 * DAY_MS - DAY_MS / 24;
            let found = is_paid(known.status) && known.paid_ms.is_some_and(|at| at < last_look_ms);
            if !found {
                continue;
            }
            let closed = self
                .commands
                .iter()
                .any(|one| one.order_id == order.id && one.command == Command::Close);
            let good = match order.status.as_str() {
                "paid" | "fulfilled" | "refunded" | "needs_review" => true,
                "cancelled" => closed,
                _ => false,
            };
            ensure(good, 3, || {
                format!(
                    "order {} is {} although {} is {}",
                    order.id, order.status, known.id, known.status
                )
            })?;
        }
        Ok(())
    }

    /// 4. `on_hand - reserved` is never negative; on hand changes only by sale, adjustment and
    ///    restock; each reservation ends released or sold, once.
    pub(super) fn counts_stock(&mut self, tables: &Tables) -> Finding {
        for shelf in tables.stock.iter() {
            ensure(
                shelf.on_hand >= shelf.reserved && shelf.reserved >= 0,
                4,
                || format!("{shelf:?} is oversold"),
            )?;
            let sum = |state: &str| -> i64 {
                let ours = tables.reservations.iter();
                let ours = ours.filter(|one| one.sku == shelf.sku && one.state == state);
                ours.map(|one| one.quantity).sum()
            };
            ensure(shelf.reserved == sum("held"), 4, || {
                format!("{shelf:?}, and {} pieces are held", sum("held"))
            })?;
            let of_sku = || self.adjustments.values().filter(|one| one.sku == shelf.sku);
            let sure: i64 = of_sku().filter(|one| one.done).map(|one| one.delta).sum();
            let open = of_sku().filter(|one| !one.done).map(|one| one.delta);
            let (least, most) = open.fold((sure, sure), |(least, most), delta| {
                (least + delta.min(0), most + delta.max(0))
            });
            let came = shelf.on_hand + sum("sold");
            ensure((least..=most).contains(&came), 4, || {
                format!(
                    "{shelf:?}, {} sold, and {least} to {most} came in",
                    sum("sold")
                )
            })?;
        }
        for one in tables.reservations.iter() {
            let key = (one.order_id.clone(), one.number, one.sku.clone());
            if let Some(ended) = self.ended_reservations.get(&key) {
                ensure(*ended == one.state, 4, || {
                    format!("{key:?} ended {ended}, then {}", one.state)
                })?;
            }
            if one.state != "held" {
                self.ended_reservations.insert(key, one.state.clone());
            }
        }
        Ok(())
    }

    /// 5. Once money is claimed, an order is never expired or awaiting payment again.
    pub(super) fn never_forgets_money(&mut self, tables: &Tables) -> Finding {
        for order in tables.orders.iter() {
            let unpaid = ["expired", "awaiting_payment"].contains(&order.status.as_str());
            ensure(
                !unpaid || !self.claimed_for_sure.contains(&order.id),
                5,
                || format!("order {} has money and is {}", order.id, order.status),
            )?;
            if order.status == "needs_review" || order.status == "fulfilled" {
                self.claimed_for_sure.insert(order.id.clone());
            }
        }
        Ok(())
    }

    /// An event that claims money was acknowledged for a payment that is known.
    pub(crate) fn acknowledged_money(&mut self, payment_id: &str) -> Finding {
        let linked = self
            .before
            .payments
            .iter()
            .find(|one| one.payment_id == payment_id);
        if let Some(order_id) = linked.map(|one| one.order_id.clone()) {
            self.claimed_for_sure.insert(order_id);
            let tables = std::mem::take(&mut self.before);
            let finding = self.never_forgets_money(&tables);
            self.before = tables;
            return finding;
        }
        Ok(())
    }

    /// 6. What was answered 2xx survives a crash one instruction later.
    pub(crate) fn acknowledged_body(&mut self, store: &dyn Executor, hash: String) -> Finding {
        let bodies = stored_bodies(store).map_err(|error| error.to_string())?;
        ensure(bodies.contains(&hash), 6, || {
            format!("the acknowledged body {hash} is not stored")
        })?;
        self.acknowledged.insert(hash);
        Ok(())
    }

    /// The same, at the end; bodies are kept for 90 days, and no schedule is that long after them.
    pub(super) fn keeps_what_it_acknowledged(&mut self, store: &dyn Executor) -> Finding {
        let bodies = stored_bodies(store).map_err(|error| error.to_string())?;
        let lost = self.acknowledged.iter().find(|hash| !bodies.contains(hash));
        ensure(lost.is_none(), 6, || {
            format!("the acknowledged body {lost:?} is gone")
        })
    }

    /// Time has passed in which bodies are deleted.
    pub(crate) fn forget_bodies(&mut self) {
        self.acknowledged.clear();
    }

    /// 7. A forged, altered, stale or unsigned webhook changes no order, payment, stock or
    ///    effect.
    pub(crate) fn ignores_forgery(&mut self, store: &dyn Executor) -> Finding {
        let now = Tables::read(store).map_err(|error| error.to_string())?;
        ensure(now == self.before, 7, || {
            "a forged webhook changed a row".into()
        })
    }

    /// 8. Two or more workers on one database end where one would have: no version is skipped,
    ///    doubled or written over. That the outcome is the same is in `ends_as_predicted`.
    pub(super) fn loses_no_update(&mut self, tables: &Tables) -> Finding {
        for (lock, (count, largest)) in tables.logs.iter() {
            // What was asked of the gateway in a minute that is over may go while one still counts.
            let budget = lock.starts_with("budget:");
            ensure(budget || count == largest, 8, || {
                format!("{lock} has {count} entries up to {largest}")
            })?;
            let before = self.before.logs.get(lock).map_or(0, |one| one.1);
            ensure(*largest >= before || budget, 8, || {
                format!("{lock} went back")
            })?;
        }
        for order in tables.orders.iter() {
            let logged = tables.logs.get(&order.id).map_or(0, |one| one.1);
            ensure(order.version == logged, 8, || {
                format!(
                    "order {} is of version {}, its log of {logged}",
                    order.id, order.version
                )
            })?;
        }
        let changed = |order: &&super::rows::OrderRow| {
            self.before
                .order(&order.id)
                .is_some_and(|old| old.status != order.status && old.version == order.version)
        };
        let silent = tables.orders.iter().find(changed);
        ensure(silent.is_none(), 8, || {
            format!("{silent:?} changed without a version")
        })
    }

    /// 9. An effect ends completed, dead and alerted, void with its reason, or uncertain and
    ///    alerted; never unnoticed.
    pub(super) fn leaves_no_effect_unnoticed(&mut self, tables: &Tables) -> Finding {
        for effect in tables.effects.iter() {
            let alerted = |name: &str| {
                effect.kind == "alert_operations"
                    || tables.effects.iter().any(|one| {
                        one.order_id == effect.order_id
                            && one.kind == "alert_operations"
                            && one.subject.starts_with(name)
                    })
            };
            let review = tables
                .order(&effect.order_id)
                .is_some_and(|order| order.status == "needs_review");
            let good = match effect.state.as_str() {
                "completed" => true,
                "dead" => alerted("effect_dead"),
                "uncertain" => alerted("effect_uncertain"),
                "void" => {
                    !effect.error.is_empty() || self.given_back.contains_key(&effect.order_id)
                }
                "held" => review,
                _ => false,
            };
            ensure(good, 9, || format!("{effect:?} is left"))?;
        }
        Ok(())
    }

    /// 10. The same checkout key and contents is one order, also across crashes.
    pub(super) fn keeps_one_order_per_key(&mut self, tables: &Tables) -> Finding {
        for order in tables.orders.iter() {
            if !HOLDING.contains(&order.status.as_str()) {
                self.gave_up_key.insert(order.id.clone());
            }
        }
        for order in tables.orders.iter() {
            if self.before.order(&order.id).is_some() {
                continue;
            }
            let holder = self.before.orders.iter().find(|old| {
                old.checkout_key == order.checkout_key
                    && !self.gave_up_key.contains(&old.id)
                    && tables
                        .order(&old.id)
                        .is_some_and(|now| now.status == old.status)
            });
            ensure(holder.is_none(), 10, || {
                format!("{} was opened beside {holder:?}", order.id)
            })?;
        }
        let taken = |order: &super::rows::OrderRow| order.status == "awaiting_payment";
        for order in tables.orders.iter().filter(|order| taken(order)) {
            let same = tables
                .orders
                .iter()
                .filter(|other| taken(other) && other.checkout_key == order.checkout_key);
            ensure(same.count() == 1, 10, || {
                format!("two open orders for {}", order.checkout_key)
            })?;
        }
        Ok(())
    }

    /// 10, at the gateway: per chain and validity one payment, and one body per key.
    pub(crate) fn one_payment_is_asked(&mut self, gateway: &Gateway, made: usize) -> Finding {
        let new = &gateway.payments[made];
        let told = |id: usize| self.tellings.iter().any(|one| one.statement.payment == id);
        for (index, old) in gateway.payments.iter().enumerate().take(made) {
            let same = old.key.is_some()
                && old.order_id == new.order_id
                && old.chain == new.chain
                && old.cents == new.cents;
            let open = old.expires_ms() - new.created_ms > 5 * 60_000 && !told(index);
            let shown = self
                .before
                .payments
                .iter()
                .any(|row| row.payment_id == old.id && row.state == "open");
            ensure(!(same && open && shown), 10, || {
                format!("{} was made beside {}, which is open", new.id, old.id)
            })?;
        }
        Ok(())
    }

    /// 12. No secret, key or customer data appears in what the process returns in errors.
    pub(crate) fn keeps_secrets(&self, error: &str, secrets: &[&str]) -> Finding {
        let said = secrets.iter().any(|secret| error.contains(secret));
        ensure(!said, 12, || format!("an error says a secret: {error}"))
    }
}
