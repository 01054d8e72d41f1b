//! The auditor: sees what the outside sees and holds it against the promises. It shares no code
//! with the decisions it judges.

mod model;
mod promises;
pub mod rows;

use std::collections::{BTreeMap, BTreeSet};

use coinpay_core::store::Executor;

use crate::gateway::Gateway;
use crate::letters::Statement;

pub use rows::Tables;

/// An authentic statement that reached the shop.
#[derive(Clone, Debug)]
pub struct Telling {
    pub statement: Statement,
    pub from_ms: i64,
    /// When it was acknowledged; `None` while nobody knows whether it was taken in.
    pub to_ms: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    Cancel,
    PaidElsewhere,
    Accept(BTreeSet<String>),
    Close,
    Refund { amount: i64, ends_order: bool },
    Fulfil,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Sent, and not answered: it may have happened.
    Unknown,
    Done,
    Refused,
}

#[derive(Clone, Debug)]
pub struct Ordered {
    pub order_id: String,
    pub command: Command,
    pub fate: Fate,
}

#[derive(Clone, Debug, Default)]
pub struct Adjustment {
    pub sku: String,
    pub delta: i64,
    pub done: bool,
}

type EffectKey = (String, String, String);

#[derive(Debug, Default)]
pub struct Auditor {
    pub tellings: Vec<Telling>,
    pub commands: Vec<Ordered>,
    pub adjustments: BTreeMap<String, Adjustment>,
    /// How often a shipment may have been given back by its worker or by a person.
    pub given_back: BTreeMap<String, i64>,
    pub completed: BTreeSet<EffectKey>,
    /// Settled by a person: what was completed before may be handed out again.
    acknowledged: BTreeSet<String>,
    claimed_for_sure: BTreeSet<String>,
    key_versions: BTreeMap<String, i64>,
    ended_reservations: BTreeMap<(String, i64, String), String>,
    before: Tables,
    shipped: BTreeMap<String, i64>,
}

pub type Finding = std::result::Result<(), String>;

impl Auditor {
    /// A statement is on its way into the shop.
    pub fn told(&mut self, statement: Statement, now_ms: i64) -> usize {
        self.tellings.push(Telling {
            statement,
            from_ms: now_ms,
            to_ms: None,
        });
        self.tellings.len() - 1
    }

    pub fn settled(&mut self, telling: usize, now_ms: i64) {
        self.tellings[telling].to_ms.get_or_insert(now_ms);
    }

    pub fn ordered(&mut self, order_id: &str, command: Command) -> usize {
        self.commands.push(Ordered {
            order_id: order_id.to_owned(),
            command,
            fate: Fate::Unknown,
        });
        self.commands.len() - 1
    }

    #[must_use]
    pub fn tables(&self) -> &Tables {
        &self.before
    }

    /// Checks everything that has to hold at every moment.
    pub fn look(&mut self, store: &dyn Executor, gateway: &Gateway) -> Finding {
        let tables = Tables::read(store).map_err(|error| error.to_string())?;
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
    pub fn look_at_the_end(&mut self, store: &dyn Executor, gateway: &Gateway) -> Finding {
        self.look(store, gateway)?;
        let tables = self.before.clone();
        self.finds_reported_money(&tables, gateway)?;
        self.leaves_no_effect_unnoticed(&tables)?;
        self.keeps_what_it_acknowledged(store)?;
        self.ends_as_predicted(&tables, gateway)?;
        Ok(())
    }
}
