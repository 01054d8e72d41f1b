//! Every statement, once. `{name}` is a table with the shop's prefix, `?` a parameter; columns
//! come from the records that read them. No commit depends on how many rows a statement touched,
//! and every write names its rows by primary key.

use std::sync::{Arc, OnceLock};

use super::dialect::Dialect;
use super::executor::{Statement, Value};
use super::records::{
    AttemptRecord, EffectRecord, EventRecord, OrderRecord, ReservationRecord, StockRecord,
};

/// How a load finds its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Selector<'a> {
    Id(&'a str),
    /// By its payment, and the event with this body along with it, if that was stored before.
    Payment {
        id: &'a str,
        body_hash: &'a str,
    },
    /// The newest order that was opened with this checkout key.
    CheckoutKey(&'a str),
}

impl<'a> Selector<'a> {
    #[cfg(any(test, feature = "contract"))]
    const ALL: [Self; 3] = [
        Self::Id(""),
        Self::Payment {
            id: "",
            body_hash: "",
        },
        Self::CheckoutKey(""),
    ];
    const SQL: [&'static str; 3] = [
        "?",
        "(SELECT order_id FROM {payments} WHERE coinpay_payment_id = ?)",
        "(SELECT id FROM {orders} WHERE checkout_key = ? \
         ORDER BY created_at DESC, id DESC LIMIT 1)",
    ];

    const fn place(self) -> usize {
        match self {
            Self::Id(_) => 0,
            Self::Payment { .. } => 1,
            Self::CheckoutKey(_) => 2,
        }
    }

    /// A value for each place in the statement where the order is looked for.
    fn values(self, dialect: Dialect) -> Vec<&'a str> {
        let places = if dialect == Dialect::Postgres {
            1
        } else {
            PARTS.len()
        };
        match self {
            Self::Id(value) | Self::CheckoutKey(value) => vec![value; places],
            Self::Payment { id, body_hash } => {
                let mut values = vec![id; places];
                values.push(body_hash);
                values
            }
        }
    }
}

/// Where a row of a bundle comes from: its first column.
pub(crate) mod part {
    pub(crate) const ORDER: &str = "order";
    pub(crate) const PAYMENT: &str = "payment";
    pub(crate) const EFFECT: &str = "effect";
    pub(crate) const RESERVATION: &str = "reservation";
    pub(crate) const EVENT: &str = "event";
}

/// One table's part of a load: what a row begins with, its columns, and where it is found;
/// `<which>` is the selector.
struct Part {
    name: &'static str,
    columns: &'static str,
    /// Columns that are whole expressions.
    further: &'static [&'static str],
    found: &'static str,
}

/// What a load of one order brings, in one statement: each has an answer of its own to wait for.
/// The widest comes first. Cloudflare allows five parts of a `UNION`.
const PARTS: [Part; 4] = [
    Part {
        name: part::ORDER,
        columns: OrderRecord::COLUMNS,
        // The version of the key's lock, and how many newer orders have the key.
        further: &[
            "(SELECT MAX(version) FROM {order_log} WHERE order_id = t.key_lock)",
            "(SELECT COUNT(*) FROM {orders} n WHERE n.checkout_key = t.checkout_key \
             AND (n.created_at > t.created_at OR (n.created_at = t.created_at AND n.id > t.id)))",
        ],
        found: "{orders} t WHERE t.id = <which>",
    },
    Part {
        name: part::PAYMENT,
        columns: AttemptRecord::COLUMNS,
        further: &[],
        found: "{payments} t WHERE t.order_id = <which>",
    },
    Part {
        name: part::EFFECT,
        columns: EffectRecord::COLUMNS,
        further: &[],
        found: "{effects} t WHERE t.order_id = <which>",
    },
    Part {
        name: part::RESERVATION,
        columns: ReservationRecord::COLUMNS,
        further: &["s.sku", "s.on_hand", "s.reserved"],
        found: "{reservations} t LEFT JOIN {stock} s ON s.sku = t.sku WHERE t.order_id = <which>",
    },
];

/// The further part of a load by payment.
const EVENT: Part = Part {
    name: part::EVENT,
    columns: EventRecord::COLUMNS,
    further: &[],
    found: "{webhook_events} t WHERE t.body_hash = ?",
};

impl Part {
    fn columns(&self) -> Vec<String> {
        let plain = self.columns.split(',');
        let plain = plain.map(|name| format!("t.{}", name.trim()));
        let further = self.further.iter().map(|one| (*one).to_owned());
        plain.chain(further).collect()
    }
}

/// The statement of a bundle, not rendered yet. The parts of a `UNION` have the same columns: what
/// is missing is NULL, and PostgreSQL, which wants one type for each, gives everything as text. It
/// also looks the order up once for all parts, which the others cannot say.
fn bundle(dialect: Dialect, place: usize) -> String {
    let selector = Selector::SQL.get(place).copied().unwrap_or_default();
    let is_postgres = dialect == Dialect::Postgres;
    let which = if is_postgres { "w.id" } else { selector };
    let event = (place == 1).then_some(&EVENT);
    let parts: Vec<_> = PARTS.iter().chain(event).collect();
    let width = parts.iter().map(|part| part.columns().len()).max();
    let select = |part: &&Part| {
        let mut columns = part.columns();
        if is_postgres {
            for column in &mut columns {
                *column = format!("CAST({column} AS TEXT)");
            }
        }
        columns.resize(width.unwrap_or_default(), "NULL".to_owned());
        let found = part.found.replace("<which>", which);
        format!(
            "SELECT '{}', {} FROM {found}",
            part.name,
            columns.join(", ")
        )
    };
    let all = |parts: &[&Part]| {
        let selects = parts.iter().map(select);
        selects.collect::<Vec<_>>().join(" UNION ALL ")
    };
    if !is_postgres {
        return all(&parts);
    }
    let (of_order, event) = parts.split_at(PARTS.len());
    let of_order = format!(
        "SELECT f.* FROM (SELECT CAST({selector} AS TEXT) AS id) w CROSS JOIN LATERAL ({}) f",
        all(of_order)
    );
    let event = event.iter().map(select);
    let both = std::iter::once(of_order).chain(event);
    both.collect::<Vec<_>>().join(" UNION ALL ")
}

macro_rules! queries {
    ($($name:ident = $sql:literal;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Query { $($name),* }

        impl Query {
            #[cfg(any(test, feature = "contract"))]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name),*];
            const TEMPLATES: &'static [&'static str] = &[$($sql),*];
        }
    };
}

queries! {
    InsertLog = "INSERT INTO {order_log} \
        (order_id, version, commit_id, at, kind, actor, note, document) \
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    LogVersion = "SELECT MAX(version) FROM {order_log} WHERE order_id = ?";
    CommitAt = "SELECT commit_id FROM {order_log} WHERE order_id = ? AND version = ?";
    LogOf = "SELECT version, at, kind, actor, note, document FROM {order_log} \
        WHERE order_id = ? ORDER BY version";
    DeleteLog = "DELETE FROM {order_log} WHERE order_id = ?";
    OrderAt = "SELECT <orders> FROM {orders} WHERE id = ?";
    InsertOrder = "INSERT INTO {orders} (<orders>) VALUES (<orders?>)";
    UpdateOrder = "UPDATE {orders} SET <orders=> WHERE id = ?";
    DeleteOrder = "DELETE FROM {orders} WHERE id = ?";
    OpenOrdersOf = "SELECT COUNT(*) FROM {orders} \
        WHERE user_id = ? AND status = 'awaiting_payment'";
    OrdersOfCustomer = "SELECT id FROM {orders} WHERE user_id = ? ORDER BY id LIMIT ?";
    DueOrders = "SELECT id FROM {orders} WHERE due_at <= ? ORDER BY due_at LIMIT ?";
    OrdersIn = "SELECT id FROM {orders} WHERE status = ? AND created_at <= ? \
        ORDER BY created_at LIMIT ?";
    OrdersAfter = "SELECT <orders> FROM {orders} WHERE id > ? ORDER BY id LIMIT ?";
    InsertPayment = "INSERT INTO {payments} (<payments>) VALUES (<payments?>)";
    UpdatePayment = "UPDATE {payments} SET <payments=> WHERE order_id = ? AND attempt = ?";
    ScheduleLook = "UPDATE {payments} SET next_look_at = ? \
        WHERE order_id = ? AND attempt = ? AND next_look_at > ?";
    Looked = "UPDATE {payments} SET looks = ?, looked_at = ?, next_look_at = ?, look_rank = ? \
        WHERE order_id = ? AND attempt = ?";
    Postpone = "UPDATE {payments} SET next_look_at = ? WHERE order_id = ? AND attempt = ?";
    ScheduleOrder = "UPDATE {orders} SET due_at = ? WHERE id = ? AND due_at < ?";
    DueLooks = "SELECT order_id, attempt FROM {payments} \
        WHERE look_rank = ? AND next_look_at <= ? ORDER BY next_look_at DESC LIMIT ?";
    LastLearnt = "SELECT learnt_by FROM {payments} WHERE learnt_by IS NOT NULL \
        ORDER BY created_at DESC LIMIT 100";
    OverdueLooks = "SELECT COUNT(*) FROM {payments} WHERE look_rank = ? AND next_look_at <= ?";
    InsertEvent = "INSERT INTO {webhook_events} (<events>) VALUES (<events?>)";
    EventByHash = "SELECT <events> FROM {webhook_events} WHERE body_hash = ?";
    UnmatchedOf = "SELECT <events> FROM {webhook_events} \
        WHERE payment_id = ? AND order_id IS NULL ORDER BY processed_at, body_hash LIMIT 50";
    LinkEvent = "UPDATE {webhook_events} SET order_id = ?, outcome = ?, alert_at = NULL \
        WHERE body_hash = ?";
    EventAlerted = "UPDATE {webhook_events} SET alert_at = NULL WHERE body_hash = ?";
    EventsToAlert = "SELECT <events> FROM {webhook_events} WHERE alert_at <= ? \
        ORDER BY alert_at LIMIT ?";
    EventsOf = "SELECT <events> FROM {webhook_events} WHERE payment_id IN \
        (SELECT coinpay_payment_id FROM {payments} WHERE order_id = ?) \
        ORDER BY processed_at, body_hash";
    OldEvents = "SELECT body_hash FROM {webhook_events} WHERE processed_at < ? \
        ORDER BY processed_at LIMIT ?";
    DeleteEvent = "DELETE FROM {webhook_events} WHERE body_hash = ?";
    InsertEffect = "INSERT INTO {effects} (<effects>) VALUES (<effects?>)";
    UpdateEffect = "UPDATE {effects} SET <effects=> \
        WHERE order_id = ? AND kind = ? AND subject = ?";
    UpdateEffectIf = "UPDATE {effects} SET <effects=> \
        WHERE order_id = ? AND kind = ? AND subject = ? AND state = ? AND claim_no = ?";
    ClaimEffect = "UPDATE {effects} SET state = 'claimed', claim_no = claim_no + 1, \
        tries = tries + 1, claim_token = ?, lease_until = ?, next_at = ?, updated_at = ? \
        WHERE order_id = ? AND kind = ? AND subject = ? AND state = ? AND claim_no = ?";
    EffectsByToken = "SELECT <effects> FROM {effects} WHERE claim_token = ? \
        ORDER BY version, kind, subject";
    EffectAt = "SELECT <effects> FROM {effects} \
        WHERE order_id = ? AND kind = ? AND subject = ?";
    DueEffects = "SELECT <effects> FROM {effects} e WHERE state = ? AND kind = ? \
        AND next_at <= ? AND NOT EXISTS (SELECT 1 FROM {effects} b \
        WHERE b.order_id = e.order_id AND b.lane = e.lane AND b.version < e.version \
        AND b.state NOT IN ('completed', 'dead', 'void')) ORDER BY next_at LIMIT ?";
    LostClaims = "SELECT DISTINCT order_id FROM {effects} WHERE state = 'claimed' \
        AND next_at <= ? AND (kind = ? OR tries >= ?) LIMIT ?";
    DeleteEffects = "DELETE FROM {effects} WHERE order_id = ?";
    DeletePayments = "DELETE FROM {payments} WHERE order_id = ?";
    DeleteReservations = "DELETE FROM {reservations} WHERE order_id = ?";
    OldBudgets = "SELECT DISTINCT order_id FROM {order_log} \
        WHERE order_id > 'budget:' AND order_id < ? LIMIT ?";
    StockOf = "SELECT <stock> FROM {stock} WHERE sku = ?";
    StockAfter = "SELECT <stock> FROM {stock} WHERE sku > ? ORDER BY sku LIMIT ?";
    InsertStock = "INSERT INTO {stock} (<stock>) VALUES (?, ?, ?)";
    ReserveStock = "UPDATE {stock} SET reserved = reserved + ? WHERE sku = ?";
    ReleaseStock = "UPDATE {stock} SET reserved = reserved - ? WHERE sku = ?";
    SellStock = "UPDATE {stock} SET on_hand = on_hand - ?, reserved = reserved - ? WHERE sku = ?";
    AdjustStock = "UPDATE {stock} SET on_hand = on_hand + ? WHERE sku = ?";
    InsertReservation = "INSERT INTO {reservations} \
        (order_id, reservation_no, sku, quantity, state) VALUES (?, ?, ?, ?, ?)";
    UpdateReservation = "UPDATE {reservations} SET state = ? \
        WHERE order_id = ? AND reservation_no = ? AND sku = ?";
    Meta = "SELECT value FROM {meta} WHERE name = ?";
    InsertMeta = "INSERT INTO {meta} (name, value) VALUES (?, ?)";
    DeleteMeta = "DELETE FROM {meta} WHERE name = ?";
    DeleteStock = "DELETE FROM {stock} WHERE sku = ?";
    // A row of each table that means nothing, for the proof that a failed commit leaves none.
    ProbeLog = "INSERT INTO {order_log} (order_id, version, commit_id, at, kind, document) \
        VALUES (?, 1, '', 0, 'probe', '')";
    ProbeOrder = "INSERT INTO {orders} (id, version, checkout_key, key_lock, currency, total, \
        payment_method, payment_blockchain, status, payment_status, attention, deadline_at, \
        created_at, updated_at, status_token, terms, evidence, contents) \
        VALUES (?, 0, '', '', '', '', '', '', 'probe', '', '', 0, 0, 0, '', '', '', '')";
    ProbePayment = "INSERT INTO {payments} (order_id, attempt, idempotency_key, \
        payment_blockchain, state, request_body, amount_usd, worth, created_at, looks, look_rank) \
        VALUES (?, 0, ?, '', 'probe', '', '', '', 0, 0, 0)";
    ProbeEvent = "INSERT INTO {webhook_events} (body_hash, event_type, outcome, body, \
        body_encoding, processed_at) VALUES (?, 'probe', '', '', '', 0)";
    ProbeEffect = "INSERT INTO {effects} (order_id, kind, subject, lane, version, state, \
        idempotency_key, payload, claim_no, tries, next_at, created_at, updated_at) \
        VALUES (?, 'probe', '', '', 0, 'probe', '', '', 0, 0, 0, 0, 0)";
    ProbeStock = "INSERT INTO {stock} (sku, on_hand, reserved) VALUES (?, 0, 0)";
    ProbeReservation = "INSERT INTO {reservations} (order_id, reservation_no, sku, quantity, \
        state) VALUES (?, 0, '', 1, 'probe')";
    CountOrders = "SELECT status, COUNT(*) FROM {orders} \
        WHERE status IN ('awaiting_payment', 'needs_review') GROUP BY status";
    CountEffects = "SELECT state, COUNT(*), MIN(next_at) FROM {effects} \
        WHERE state IN ('due', 'claimed', 'held', 'dead', 'uncertain') GROUP BY state";
    // For operators: newest first, each by an index.
    OrdersOf = "SELECT <orders> FROM {orders} WHERE status = ? AND created_at < ? \
        ORDER BY created_at DESC LIMIT ?";
    OrdersOwing = "SELECT <orders> FROM {orders} WHERE status = ? AND created_at < ? \
        AND refund_due IS NOT NULL ORDER BY created_at DESC LIMIT ?";
    OrdersFrom = "SELECT <orders> FROM {orders} WHERE id >= ? AND id < ? ORDER BY id LIMIT ?";
    OrderOfPayment = "SELECT <orders> FROM {orders} WHERE id = \
        (SELECT order_id FROM {payments} WHERE coinpay_payment_id = ?)";
    OrdersOfKey = "SELECT <orders> FROM {orders} WHERE checkout_key = ? \
        ORDER BY created_at DESC LIMIT ?";
    OrdersOfUser = "SELECT <orders> FROM {orders} WHERE user_id = ? LIMIT ?";
    EffectsIn = "SELECT <effects> FROM {effects} WHERE state = ? ORDER BY next_at LIMIT ?";
    Figures = "SELECT payment_status, currency, total, coinpay_payment_id, attention, created_at, \
        paid_at FROM {orders} WHERE status = ? AND created_at > ? \
        ORDER BY created_at DESC LIMIT ?";
    EventFigures = "SELECT outcome, processed_at FROM {webhook_events} WHERE processed_at > ? \
        ORDER BY processed_at DESC LIMIT ?";
    NextOrder = "SELECT MIN(due_at) FROM {orders} WHERE due_at IS NOT NULL";
    NextLook = "SELECT MIN(next_look_at) FROM {payments} \
        WHERE look_rank = ? AND next_look_at IS NOT NULL";
    NextEffect = "SELECT MIN(next_at) FROM {effects} WHERE state = ?";
    NextAlert = "SELECT MIN(alert_at) FROM {webhook_events} WHERE alert_at IS NOT NULL";
}

/// The statements in the words of one dialect, each rendered when it is first asked for: a host
/// that opens its shop anew for each request needs few of them.
#[derive(Clone, Debug)]
pub(crate) struct Sql {
    dialect: Dialect,
    prefix: String,
    queries: Vec<OnceLock<Arc<str>>>,
    bundles: [OnceLock<Arc<str>>; Selector::SQL.len()],
}

impl Sql {
    pub(crate) fn new(dialect: Dialect, prefix: &str) -> Self {
        Self {
            dialect,
            prefix: prefix.to_owned(),
            queries: vec![OnceLock::new(); Query::TEMPLATES.len()],
            bundles: [const { OnceLock::new() }; Selector::SQL.len()],
        }
    }

    pub(crate) const fn dialect(&self) -> Dialect {
        self.dialect
    }

    #[expect(
        clippy::as_conversions,
        reason = "the number of a variant is its place in the table"
    )]
    pub(crate) fn statement(&self, query: Query, params: Vec<Value>) -> Statement {
        let place = query as usize;
        let template = Query::TEMPLATES.get(place).copied().unwrap_or_default();
        let sql = self.once(self.queries.get(place), || match query {
            Query::DueEffects => of_several(&columns(template)),
            _ => columns(template),
        });
        let params = params.into_iter().map(without_nul).collect();
        Statement { sql, params }
    }

    /// What was rendered before, or is now. The enum and the table of templates come from one
    /// macro, so every place is there.
    fn once(&self, place: Option<&OnceLock<Arc<str>>>, template: impl Fn() -> String) -> Arc<str> {
        let render = || self.dialect.render(&template(), &self.prefix).into();
        place.map_or_else(render, |kept| kept.get_or_init(render).clone())
    }

    /// All of them, each with a name.
    #[cfg(any(test, feature = "contract"))]
    pub(crate) fn named(&self) -> Vec<(String, Arc<str>)> {
        let queries = Query::ALL.iter();
        let queries = queries.map(|one| (format!("{one:?}"), self.statement(*one, vec![]).sql));
        let bundles = Selector::ALL.iter();
        let bundles = bundles.map(|one| (format!("bundle by {one:?}"), self.bundle(*one).sql));
        queries.chain(bundles).collect()
    }

    /// The statement that loads one order with everything of it.
    pub(crate) fn bundle(&self, selector: Selector<'_>) -> Statement {
        let place = selector.place();
        let sql = self.once(self.bundles.get(place), || bundle(self.dialect, place));
        let params = selector.values(self.dialect).into_iter();
        Statement {
            sql,
            params: params.map(|value| without_nul(value.into())).collect(),
        }
    }
}

/// How many kinds of effects are asked for at once; Cloudflare allows five parts of a `UNION`.
pub(crate) const KINDS_AT_ONCE: usize = 5;

/// One statement for several kinds. Each part goes by the index as far as its own limit, where
/// `kind IN (...)` would read past all that is due of the others.
fn of_several(of_one: &str) -> String {
    let parts = (1..=KINDS_AT_ONCE).map(|number| format!("SELECT * FROM ({of_one}) d{number}"));
    parts.collect::<Vec<_>>().join(" UNION ALL ")
}

/// PostgreSQL has no NUL in a text. Bodies that hold one are kept in another way; in an id or a
/// note it means nothing, and must not make the database refuse the rest.
fn without_nul(value: Value) -> Value {
    match value {
        Value::Text(text) if text.contains('\0') => Value::Text(text.replace('\0', "\u{fffd}")),
        value @ (Value::Null | Value::Integer(_) | Value::Text(_)) => value,
    }
}

/// Fills in `<table>` with its columns, `<table?>` with as many parameters, `<table=>` with
/// assignments.
fn columns(template: &str) -> String {
    let mut pieces = template.split('<');
    let mut sql = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let filled = piece.split_once('>').and_then(|(mark, rest)| {
            let columns = match mark.trim_end_matches(['?', '=']) {
                "orders" => OrderRecord::COLUMNS,
                "payments" => AttemptRecord::COLUMNS,
                "effects" => EffectRecord::COLUMNS,
                "reservations" => ReservationRecord::COLUMNS,
                "stock" => StockRecord::COLUMNS,
                "events" => EventRecord::COLUMNS,
                _ => return None,
            };
            let names = columns.split(',').map(str::trim);
            let each: Vec<_> = match mark.as_bytes().last() {
                Some(b'?') => names.map(|_| "?".to_owned()).collect(),
                Some(b'=') => names.map(|name| format!("{name} = ?")).collect(),
                _ => names.map(str::to_owned).collect(),
            };
            Some(each.join(", ") + rest)
        });
        match filled {
            Some(filled) => sql.push_str(&filled),
            // It compares.
            None => sql.extend(["<", piece]),
        }
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_filled_in() {
        for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql] {
            let sql = Sql::new(dialect, "coinpay_");
            for query in Query::ALL {
                let text = sql.statement(*query, Vec::new()).sql;
                assert!(!text.is_empty(), "{query:?}");
                for left in ["{", "}", "<orders", "<payments", "<effects", "<which"] {
                    assert!(!text.contains(left), "{query:?}: {text}");
                }
            }
            for selector in Selector::ALL {
                let one = sql.bundle(selector);
                let parameters = match dialect {
                    Dialect::Postgres => one.sql.matches('$').count(),
                    Dialect::Sqlite | Dialect::Mysql => one.sql.matches('?').count(),
                };
                assert_eq!(one.params.len(), parameters, "{}", one.sql);
                assert!(!one.sql.contains(['{', '<']) || one.sql.contains("n.id > t.id"));
            }
        }
    }

    #[test]
    fn no_statement_has_more_parameters_than_the_smallest_host_allows() {
        let sql = Sql::new(Dialect::Sqlite, "coinpay_");
        for query in Query::ALL {
            let text = sql.statement(*query, Vec::new()).sql;
            assert!(text.matches('?').count() <= 90, "{query:?}");
        }
    }

    #[test]
    fn no_text_with_a_nul_reaches_a_database() {
        let sql = Sql::new(Dialect::Postgres, "coinpay_");
        let mut all = vec![sql.bundle(Selector::Id("a\0b"))];
        all.push(sql.statement(Query::Meta, vec!["a\0b".into()]));
        for statement in all {
            assert!(
                statement
                    .params
                    .iter()
                    .all(|one| *one == "a\u{fffd}b".into())
            );
        }
    }

    #[test]
    fn every_write_names_its_rows_by_primary_key() {
        for template in Query::TEMPLATES {
            if !template.starts_with("UPDATE") && !template.starts_with("DELETE") {
                continue;
            }
            let keys = [
                "WHERE id = ?",
                "WHERE order_id = ?",
                "WHERE body_hash = ?",
                "WHERE sku = ?",
                "WHERE name = ?",
            ];
            assert!(keys.iter().any(|key| template.contains(key)), "{template}");
        }
    }
}
