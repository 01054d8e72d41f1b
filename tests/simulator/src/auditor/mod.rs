//! The auditor: sees what the outside sees and holds it against the promises. It shares no code
//! with the decisions it judges.

mod model;
mod promises;
pub(crate) mod rows;

use std::collections::{BTreeMap, BTreeSet};

use coinpay_core::store::{Executor, Statement as Sql};

use crate::gateway::Gateway;
use crate::letters::Statement;

pub(crate) use rows::Tables;

/// An authentic statement that reached the shop.
#[derive(Clone, Debug)]
pub(crate) struct Telling {
    pub(crate) statement: Statement,
    pub(crate) from_ms: i64,
    /// When it was acknowledged; `None` while nobody knows whether it was taken in.
    pub(crate) to_ms: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Cancel,
    PaidElsewhere,
    Accept(BTreeSet<String>),
    Close,
    Refund { amount: i64, ends_order: bool },
    Fulfil,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Sent, and not answered: it may have happened.
    Unknown,
    Done,
    Refused,
}

#[derive(Clone, Debug)]
pub(crate) struct Ordered {
    pub(crate) order_id: String,
    pub(crate) command: Command,
    pub(crate) fate: Fate,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Adjustment {
    pub(crate) sku: String,
    pub(crate) delta: i64,
    pub(crate) done: bool,
}

type EffectKey = (String, String, String);

#[derive(Debug, Default)]
pub(crate) struct Auditor {
    pub(crate) tellings: Vec<Telling>,
    pub(crate) commands: Vec<Ordered>,
    pub(crate) adjustments: BTreeMap<String, Adjustment>,
    /// How often a shipment may have been given back by its worker or by a person.
    pub(crate) given_back: BTreeMap<String, i64>,
    pub(crate) completed: BTreeSet<EffectKey>,
    /// Hashes of bodies that were answered 2xx.
    acknowledged: BTreeSet<String>,
    claimed_for_sure: BTreeSet<String>,
    /// Orders that ended once, and with that gave up their key.
    gave_up_key: BTreeSet<String>,
    ended_reservations: BTreeMap<(String, i64, String), String>,
    before: Tables,
    shipped: BTreeMap<String, i64>,
}

pub(crate) type Finding = std::result::Result<(), String>;

impl Auditor {
    /// A statement is on its way into the shop.
    pub(crate) fn told(&mut self, statement: Statement, now_ms: i64) -> usize {
        self.tellings.push(Telling {
            statement,
            from_ms: now_ms,
            to_ms: None,
        });
        self.tellings.len() - 1
    }

    pub(crate) fn settled(&mut self, telling: usize, now_ms: i64) {
        self.tellings[telling].to_ms.get_or_insert(now_ms);
    }

    pub(crate) fn ordered(&mut self, order_id: &str, command: Command) -> usize {
        self.commands.push(Ordered {
            order_id: order_id.to_owned(),
            command,
            fate: Fate::Unknown,
        });
        self.commands.len() - 1
    }

    #[must_use]
    pub(crate) fn tables(&self) -> &Tables {
        &self.before
    }

    /// Checks everything that has to hold at every moment, after a commit of these statements.
    pub(crate) fn look_after(
        &mut self,
        store: &dyn Executor,
        commit: &[Sql],
        gateway: &Gateway,
    ) -> Finding {
        let tables = self.before.after(store, commit);
        self.check(tables.map_err(|error| error.to_string())?, gateway)
    }

    /// The same, of everything that is stored.
    pub(crate) fn look(&mut self, store: &dyn Executor, gateway: &Gateway) -> Finding {
        let tables = Tables::read(store).map_err(|error| error.to_string())?;
        self.check(tables, gateway)
    }

    fn check(&mut self, tables: Tables, gateway: &Gateway) -> Finding {
        self.ships_once(&tables)?;
        self.ships_only_what_is_paid(&tables, gateway)?;
        self.counts_stock(&tables)?;
        self.never_forgets_money(&tables)?;
        self.loses_no_update(&tables)?;
        self.keeps_one_order_per_key(&tables)?;
        self.before = tables;
        Ok(())
    }

    /// Checks what has to hold once all is quiet.
    pub(crate) fn look_at_the_end(&mut self, store: &dyn Executor, gateway: &Gateway) -> Finding {
        self.look(store, gateway)?;
        let tables = self.before.clone();
        self.finds_reported_money(&tables, gateway)?;
        self.leaves_no_effect_unnoticed(&tables)?;
        self.keeps_what_it_acknowledged(store)?;
        self.ends_as_predicted(&tables, gateway)?;
        Ok(())
    }
}
