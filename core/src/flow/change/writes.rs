//! What a change writes: the rows of a commit, in an order in which two commits never wait for
//! each other.

use crate::document::text;
use crate::store::{EffectRecord, EffectState, Query, Statement, Value};

use super::super::context::Cx;
use super::super::schedule;
use super::super::transact::Plan;
use super::{Change, LogEntry};

/// The statements of one commit, by what they touch.
#[derive(Default)]
struct Writes {
    proof: Option<(String, i64)>,
    /// Rows that only one commit can insert.
    locks: Vec<Statement>,
    rows: Vec<Statement>,
    stock: Vec<(String, Query, i64)>,
    further: Vec<Statement>,
}

impl Change {
    /// Everything as one commit. Nothing at all where nothing changed.
    pub(crate) fn into_plan(self, cx: &Cx, commit_id: String) -> Plan {
        self.into_writes(cx, &commit_id).into_plan(cx, commit_id)
    }

    /// Both changes as one commit. The goods that this one gives back are there for the other.
    pub(crate) fn into_plan_before(self, other: Self, cx: &Cx, commit_id: String) -> Plan {
        Self::into_one_plan(vec![self, other], cx, commit_id)
    }

    /// Changes to several orders as one commit: all of them or none. They come in the order of
    /// their ids wherever others do the same, so that two commits take their locks in one order.
    pub(crate) fn into_one_plan(changes: Vec<Self>, cx: &Cx, commit_id: String) -> Plan {
        let mut writes = Writes::default();
        for change in changes {
            writes.append(change.into_writes(cx, &commit_id));
        }
        writes.into_plan(cx, commit_id)
    }

    fn into_writes(mut self, cx: &Cx, commit_id: &str) -> Writes {
        if self.logs.is_empty() {
            return Writes {
                further: self.further,
                ..Writes::default()
            };
        }
        self.schedule_looks();
        let order_id = self.bundle.order.id.clone();
        let proof = self
            .logs
            .first()
            .map(|entry| (order_id.clone(), entry.version));
        let mut locks = Vec::new();
        for entry in &self.logs {
            locks.push(log_statement(cx, &order_id, entry, commit_id, self.now_ms));
        }
        if !self.held_key && self.bundle.order.status.holds_key() {
            let version = self.bundle.key_version.saturating_add(1);
            let lock = &self.bundle.order.key_lock;
            let now_ms = self.now_ms;
            locks.push(lock_statement(
                cx,
                lock,
                version,
                "key_taken",
                commit_id,
                now_ms,
            ));
        }
        let mut rows = Vec::new();
        let mut values = self.bundle.order.values();
        if self.is_new {
            rows.push(cx.sql(Query::InsertOrder, values));
        } else {
            values.push(order_id.into());
            rows.push(cx.sql(Query::UpdateOrder, values));
        }
        rows.extend(self.attempt_statements(cx));
        rows.extend(self.effect_statements(cx));
        Writes {
            proof,
            locks,
            rows,
            stock: self.stock_statements,
            further: self.further,
        }
    }

    fn schedule_looks(&mut self) {
        let status = self.bundle.order.status;
        let deadline_ms = self.bundle.order.evidence.deadline_at_ms;
        for attempt in &mut self.bundle.attempts {
            let known = self.bundle.order.evidence.attempts.get(&attempt.attempt);
            schedule::plan_look(attempt, known, status, deadline_ms, self.now_ms);
        }
    }

    fn attempt_statements(&self, cx: &Cx) -> Vec<Statement> {
        let mut statements = Vec::new();
        for attempt in &self.bundle.attempts {
            let loaded = self
                .loaded_attempts
                .iter()
                .find(|one| one.attempt == attempt.attempt);
            match loaded {
                Some(same) if same == attempt => {}
                Some(_) => {
                    let mut values = attempt.values();
                    values.push(attempt.order_id.as_str().into());
                    values.push(attempt.attempt.into());
                    statements.push(cx.sql(Query::UpdatePayment, values));
                }
                None => statements.push(cx.sql(Query::InsertPayment, attempt.values())),
            }
        }
        statements
    }

    fn effect_statements(&self, cx: &Cx) -> Vec<Statement> {
        let mut statements = Vec::new();
        for effect in &self.bundle.effects {
            let same =
                |one: &&EffectRecord| one.kind == effect.kind && one.subject == effect.subject;
            match self.loaded_effects.iter().find(same) {
                Some(loaded) if loaded == effect => {}
                Some(loaded) => {
                    let mut values = effect.values();
                    values.push(effect.order_id.as_str().into());
                    values.push(effect.kind.as_str().into());
                    values.push(effect.subject.as_str().into());
                    // That it was done is a fact, whoever claimed it meanwhile. Anything else
                    // holds only for the row as it was loaded.
                    if effect.state == EffectState::Completed {
                        statements.push(cx.sql(Query::UpdateEffect, values));
                    } else {
                        values.push(loaded.state.as_str().into());
                        values.push(loaded.claim_no.into());
                        statements.push(cx.sql(Query::UpdateEffectIf, values));
                    }
                }
                None => statements.push(cx.sql(Query::InsertEffect, effect.values())),
            }
        }
        statements
    }
}

impl Writes {
    fn append(&mut self, mut others: Self) {
        self.proof = self.proof.take().or(others.proof);
        self.locks.append(&mut others.locks);
        self.rows.append(&mut others.rows);
        self.stock.append(&mut others.stock);
        self.further.append(&mut others.further);
    }

    fn into_plan(mut self, cx: &Cx, commit_id: String) -> Plan {
        let mut statements = self.locks;
        statements.append(&mut self.rows);
        // Rows that orders share are touched in the order of their names, so that two orders
        // never wait for each other. The sort is stable: what is given back comes before what
        // is taken.
        self.stock.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for (sku, query, quantity) in self.stock {
            let mut params: Vec<Value> = vec![quantity.into()];
            if query == Query::SellStock {
                params.push(quantity.into());
            }
            params.push(sku.into());
            statements.push(cx.sql(query, params));
        }
        statements.append(&mut self.further);
        Plan {
            statements,
            proof: self.proof,
            commit_id,
        }
    }
}

fn log_statement(
    cx: &Cx,
    order_id: &str,
    entry: &LogEntry,
    commit_id: &str,
    now_ms: i64,
) -> Statement {
    cx.sql(
        Query::InsertLog,
        vec![
            order_id.into(),
            entry.version.into(),
            commit_id.into(),
            now_ms.into(),
            entry.kind.as_str().into(),
            entry.by.actor.clone().into(),
            entry.by.note.clone().into(),
            text(&entry.document).into(),
        ],
    )
}

/// The next version of a lock that is not an order's own.
pub(crate) fn lock_statement(
    cx: &Cx,
    lock: &str,
    version: i64,
    kind: &str,
    commit_id: &str,
    now_ms: i64,
) -> Statement {
    cx.sql(
        Query::InsertLog,
        vec![
            lock.into(),
            version.into(),
            commit_id.into(),
            now_ms.into(),
            kind.into(),
            Value::Null,
            Value::Null,
            "{}".into(),
        ],
    )
}
