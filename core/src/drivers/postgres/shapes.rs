//! What was found out about batches of which only the values differ, kept by the addresses of their
//! texts: a flow's texts stay where they are. Finding it out takes longer than sending them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio_postgres::types::Type;

use crate::drivers::pool::Trouble;
use crate::store::{Statement, Value};

use super::batch::{Kind, Sent};
use super::join::Joined;
use super::plain;

/// More than there are shapes in a shop. Those of a host's own statements may be new each time.
const MOST_SHAPES: usize = 512;

/// How many callers share a statement at the most.
const MOST: usize = 16;

/// The addresses of a batch's texts, and how many values each is given.
type Key = (Kind, Vec<(usize, usize)>);

#[derive(Default)]
pub(super) struct Shapes(Mutex<BTreeMap<Key, Arc<Shape>>>);

impl Shapes {
    pub(super) fn of(&self, kind: Kind, statements: &[Statement]) -> Arc<Shape> {
        let of_one = |one: &Statement| (Arc::as_ptr(&one.sql).addr(), one.params.len());
        let key = (kind, statements.iter().map(of_one).collect());
        if let Some(known) = lock(&self.0).get(&key) {
            return Arc::clone(known);
        }
        let shape = Arc::new(Shape::of(kind, statements));
        let mut known = lock(&self.0);
        if known.len() >= MOST_SHAPES {
            known.clear();
        }
        known.insert(key, Arc::clone(&shape));
        shape
    }
}

/// What is sent for batches of one shape.
pub(super) struct Shape {
    kind: Kind,
    /// The texts as they are given. While they are held, no others have their addresses.
    given: Vec<(Arc<str>, usize)>,
    /// What a commit's are joined to.
    joined: Vec<Joined>,
    /// The texts as they are sent for one caller.
    sent: Vec<Arc<str>>,
    /// How many callers one statement can serve.
    most: AtomicUsize,
    types: OnceLock<Vec<Type>>,
    /// The text for so many callers.
    shared: Mutex<BTreeMap<usize, Arc<str>>>,
}

impl Shape {
    fn of(kind: Kind, statements: &[Statement]) -> Self {
        let of_one = |one: &Statement| (Arc::clone(&one.sql), one.params.len());
        let given: Vec<_> = statements.iter().map(of_one).collect();
        let joined = match kind {
            Kind::Load => Vec::new(),
            Kind::Commit => Joined::all(statements),
        };
        let sent = match kind {
            Kind::Load => given.iter().map(|(sql, _)| Arc::clone(sql)).collect(),
            Kind::Commit => joined.iter().map(|one| one.sql(1, &[])).collect(),
        };
        let fits = |callers: &usize| match (joined.as_slice(), statements) {
            ([one], _) => one.can_be_shared(*callers),
            ([], [one]) => plain::can_be_shared(&one.sql, one.params.len(), *callers),
            _ => false,
        };
        let most = (2..=MOST).take_while(fits).last().unwrap_or(1);
        Self {
            kind,
            given,
            joined,
            sent,
            most: AtomicUsize::new(most),
            types: OnceLock::new(),
            shared: Mutex::default(),
        }
    }

    pub(super) const fn kind(&self) -> Kind {
        self.kind
    }

    pub(super) fn most(&self) -> usize {
        self.most.load(Ordering::Relaxed)
    }

    /// The server will not have it.
    pub(super) fn cannot_be_shared(&self) {
        self.most.store(1, Ordering::Relaxed);
    }

    /// Whether another batch is of this shape and can be done along with `one`.
    pub(super) fn goes_with(&self, one: &[Statement], other: &[Statement]) -> bool {
        let same = |((text, values), other): (&(Arc<str>, usize), &Statement)| {
            *values == other.params.len() && (Arc::ptr_eq(text, &other.sql) || *text == other.sql)
        };
        self.given.len() == other.len()
            && self.given.iter().zip(other).all(same)
            && self
                .joined
                .iter()
                .all(|joined| joined.are_apart(one, other))
    }

    /// For one caller.
    pub(super) fn alone<'a>(&self, statements: &'a [Statement]) -> Vec<Sent<'a>> {
        if self.kind == Kind::Load {
            return statements.iter().map(Sent::from).collect();
        }
        let sent = self.joined.iter().zip(&self.sent);
        let sent = sent.map(|(joined, sql)| Sent {
            sql: Arc::clone(sql),
            params: joined.params(&[statements]),
        });
        sent.collect()
    }

    /// For several. `types` says what the parameters for one caller are, where it can be said.
    ///
    /// # Errors
    /// Those of `types`.
    pub(super) fn together<'a>(
        &self,
        callers: &[&'a [Statement]],
        types: impl FnOnce(&Arc<str>) -> Result<Option<Vec<Type>>, Trouble>,
    ) -> Result<Option<Sent<'a>>, Trouble> {
        let [single] = self.sent.as_slice() else {
            return Ok(None);
        };
        if self.types.get().is_none() {
            let Some(found) = types(single)? else {
                return Ok(None);
            };
            let _known = self.types.set(found);
        }
        let types = self.types.get().map(Vec::as_slice).unwrap_or_default();
        if !self
            .joined
            .iter()
            .all(|joined| joined.has_plain_keys(types))
        {
            return Ok(None);
        }
        let mut shared = lock(&self.shared);
        let text = shared.entry(callers.len());
        let sql = text.or_insert_with(|| match self.joined.first() {
            Some(joined) => joined.sql(callers.len(), types),
            None => plain::select_for_all(single, types, callers.len()).into(),
        });
        let sql = Arc::clone(sql);
        drop(shared);
        let params: Vec<&Value> = match self.joined.first() {
            Some(joined) => joined.params(callers),
            None => callers
                .iter()
                .copied()
                .flatten()
                .flat_map(|one| &one.params)
                .collect(),
        };
        Ok(Some(Sent { sql, params }))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
