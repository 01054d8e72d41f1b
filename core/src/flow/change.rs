//! A change to one order on its way into a commit: inputs are decided one after the other, and
//! every row that follows from them is collected here.

mod writes;

use serde_json::Value as Json;

use crate::document::json;
use crate::order::{
    Alert, Ask, Circumstances, EffectKind, Input, Outcome, PaymentStatus, ShipCall, Status,
    StockMove, StockState, View, decide,
};
use crate::store::{
    AttemptRecord, EffectRecord, EffectState, Query, ReservationRecord, ReservationState, Statement,
};

use super::bundle::Bundle;
use super::context::Cx;
use super::effect_rows::new_effect;
use super::schedule;

pub(crate) use writes::lock_statement;

/// Who asked for something, and why; stays in the order's log.
#[derive(Clone, Debug, Default)]
pub(crate) struct By {
    pub(crate) actor: Option<String>,
    pub(crate) note: Option<String>,
}

struct LogEntry {
    version: i64,
    kind: String,
    document: Json,
    by: By,
}

pub(crate) struct Change {
    pub(crate) bundle: Bundle,
    pub(crate) now_ms: i64,
    pub(crate) by: By,
    is_new: bool,
    loaded_attempts: Vec<AttemptRecord>,
    loaded_effects: Vec<EffectRecord>,
    held_key: bool,
    logs: Vec<LogEntry>,
    /// Statements on stock and reservations, and whatever the flow adds.
    further: Vec<Statement>,
    stock_statements: Vec<(String, Query, i64)>,
}

impl Change {
    pub(crate) fn of(cx: &Cx, bundle: Bundle) -> Self {
        Self {
            now_ms: cx.now_ms(),
            by: By::default(),
            is_new: false,
            loaded_attempts: bundle.attempts.clone(),
            loaded_effects: bundle.effects.clone(),
            held_key: bundle.order.status.holds_key(),
            logs: Vec::new(),
            further: Vec::new(),
            stock_statements: Vec::new(),
            bundle,
        }
    }

    /// A new order; its bundle has the stock as it is and no attempts yet.
    pub(crate) fn open(cx: &Cx, bundle: Bundle) -> Self {
        Self {
            is_new: true,
            held_key: false,
            ..Self::of(cx, bundle)
        }
    }

    /// Decides on one input and collects what follows.
    pub(crate) fn apply(&mut self, cx: &Cx, input: &Input) -> Outcome {
        self.apply_from(cx, input, &Json::Null)
    }

    /// The same, with where the input came from, for the log.
    pub(crate) fn apply_from(&mut self, cx: &Cx, input: &Input, source: &Json) -> Outcome {
        let circumstances = Circumstances {
            now_ms: self.now_ms,
            stock_available: self.bundle.stock_available(),
            newer_order: self.bundle.newer_order,
        };
        let order = &self.bundle.order;
        let decision = decide(&order.terms, &order.evidence, input, &circumstances);
        if !decision.changed {
            return decision.outcome;
        }
        self.bundle.order.evidence = decision.evidence;
        let after = decision.after;
        self.log(
            input.name(),
            json!({
                "input": input,
                "outcome": decision.outcome,
                "line": after.line,
                "status": after.status,
                "payment_status": after.payment_status,
                "attention": after.attention,
                "credited": after.ledger.credited,
                "source": source,
            }),
        );
        self.project(&after);
        self.move_stock(cx, decision.stock);
        self.call_ship(decision.ship);
        for ask in decision.asks {
            self.ask(cx, &ask, &after);
        }
        decision.outcome
    }

    /// Takes the order's lock for something that is not evidence, and writes it down.
    pub(crate) fn log(&mut self, kind: &str, document: Json) {
        self.bundle.order.version = self.bundle.order.version.saturating_add(1);
        let version = self.bundle.order.version;
        self.logs.push(LogEntry {
            version,
            kind: kind.into(),
            document,
            by: self.by.clone(),
        });
    }

    pub(crate) fn also(&mut self, statement: Statement) {
        self.further.push(statement);
    }

    fn project(&mut self, after: &View) {
        let now_ms = self.now_ms;
        let order = &mut self.bundle.order;
        order.status = after.status;
        order.payment_status = after.payment_status;
        order.attention = after.attention.iter().copied().collect();
        order.refund_due = after.ledger.refund_due;
        order.updated_at_ms = now_ms;
        if matches!(after.status, Status::Paid | Status::Fulfilled) {
            order.paid_at_ms.get_or_insert(now_ms);
        }
        match after.payment_status {
            PaymentStatus::Forwarded => {
                order.forwarded_at_ms.get_or_insert(now_ms);
            }
            PaymentStatus::Failed => {
                order.failed_at_ms.get_or_insert(now_ms);
            }
            PaymentStatus::Pending
            | PaymentStatus::Confirming
            | PaymentStatus::Expired
            | PaymentStatus::Confirmed
            | PaymentStatus::Refunded => {}
        }
        order.due_at_ms = match after.status {
            Status::AwaitingPayment => Some(order.evidence.deadline_at_ms),
            Status::NeedsReview if order.evidence.stock == StockState::Held => order
                .evidence
                .review_since_ms
                .map(|since_ms| since_ms.saturating_add(schedule::DAY_MS)),
            Status::NeedsReview
            | Status::Paid
            | Status::Fulfilled
            | Status::Expired
            | Status::Cancelled
            | Status::Refunded => None,
        };
    }

    fn move_stock(&mut self, cx: &Cx, step: StockMove) {
        let (query, state) = match step {
            StockMove::None => return,
            StockMove::Reserve => (Query::ReserveStock, ReservationState::Held),
            StockMove::Release => (Query::ReleaseStock, ReservationState::Released),
            StockMove::Sell => (Query::SellStock, ReservationState::Sold),
            StockMove::Take => (Query::AdjustStock, ReservationState::Sold),
        };
        let reservation_no = self.bundle.order.evidence.reservation_no;
        let order_id = self.bundle.order.id.clone();
        for (sku, quantity) in self.bundle.wanted() {
            let signed = if step == StockMove::Take {
                quantity.saturating_neg()
            } else {
                quantity
            };
            self.stock_statements.push((sku.clone(), query, signed));
            let known = self
                .bundle
                .reservations
                .iter_mut()
                .find(|one| one.sku == sku && one.reservation_no == reservation_no);
            match known {
                Some(known) => {
                    known.state = state;
                    self.further.push(cx.sql(
                        Query::UpdateReservation,
                        vec![
                            state.as_str().into(),
                            order_id.as_str().into(),
                            reservation_no.into(),
                            sku.into(),
                        ],
                    ));
                }
                None => {
                    self.further.push(cx.sql(
                        Query::InsertReservation,
                        vec![
                            order_id.as_str().into(),
                            reservation_no.into(),
                            sku.as_str().into(),
                            quantity.into(),
                            state.as_str().into(),
                        ],
                    ));
                    let record = ReservationRecord {
                        reservation_no,
                        sku,
                        quantity,
                        state,
                    };
                    self.bundle.reservations.push(record);
                }
            }
        }
        self.follow_stock(step);
    }

    /// Sets aside the goods of a new order, whose reservations stand in its bundle.
    pub(crate) fn reserve_first(&mut self, cx: &Cx) {
        for held in &self.bundle.reservations {
            self.stock_statements
                .push((held.sku.clone(), Query::ReserveStock, held.quantity));
            self.further.push(cx.sql(
                Query::InsertReservation,
                vec![
                    self.bundle.order.id.as_str().into(),
                    held.reservation_no.into(),
                    held.sku.as_str().into(),
                    held.quantity.into(),
                    held.state.as_str().into(),
                ],
            ));
        }
        self.follow_stock(StockMove::Reserve);
    }

    /// Keeps the loaded stock in step, for the next input of the same commit.
    fn follow_stock(&mut self, step: StockMove) {
        for (sku, quantity) in self.bundle.wanted() {
            let Some(article) = self.bundle.stock.iter_mut().find(|one| one.sku == sku) else {
                continue;
            };
            match step {
                StockMove::None => {}
                StockMove::Reserve => article.reserved = article.reserved.saturating_add(quantity),
                StockMove::Release => article.reserved = article.reserved.saturating_sub(quantity),
                StockMove::Sell => {
                    article.reserved = article.reserved.saturating_sub(quantity);
                    article.on_hand = article.on_hand.saturating_sub(quantity);
                }
                StockMove::Take => article.on_hand = article.on_hand.saturating_sub(quantity),
            }
        }
    }

    fn call_ship(&mut self, call: ShipCall) {
        let now_ms = self.now_ms;
        let known = self
            .bundle
            .effects
            .iter_mut()
            .find(|one| one.kind == EffectKind::ShipOrder);
        match (call, known) {
            (ShipCall::Leave, _) | (ShipCall::Hold | ShipCall::Void, None) => {}
            (ShipCall::Start, None) => self.start(EffectKind::ShipOrder, String::new(), json!({})),
            (ShipCall::Start, Some(ship)) => {
                if matches!(ship.state, EffectState::Held | EffectState::Void) {
                    ship.state = EffectState::Due;
                    ship.next_at_ms = now_ms;
                }
            }
            (ShipCall::Hold, Some(ship)) => {
                if ship.state == EffectState::Due {
                    ship.state = EffectState::Held;
                }
            }
            (ShipCall::Void, Some(ship)) => {
                if matches!(ship.state, EffectState::Due | EffectState::Held) {
                    ship.state = EffectState::Void;
                    ship.error = Some("the order has ended".into());
                }
            }
        }
    }

    fn ask(&mut self, cx: &Cx, ask: &Ask, after: &View) {
        let version = self.bundle.order.version;
        match ask {
            Ask::SendConfirmationEmail => {
                self.start(EffectKind::SendConfirmationEmail, String::new(), json!({}));
            }
            Ask::OrderStatusChanged => {
                // What nobody has picked up yet is overtaken by this one.
                for older in &mut self.bundle.effects {
                    let waiting = older.state == EffectState::Due;
                    if older.kind == EffectKind::OrderStatusChanged && waiting {
                        older.state = EffectState::Void;
                        older.error = Some("a newer status overtook it".into());
                    }
                }
                let payload = json!({
                    "status": after.status,
                    "payment_status": after.payment_status,
                    "attention": after.attention,
                });
                self.start(EffectKind::OrderStatusChanged, version.to_string(), payload);
            }
            Ask::ReserveStock { reservation_no } => {
                let payload = self.reservation_payload(*reservation_no);
                let subject = reservation_no.to_string();
                self.start(EffectKind::ReserveStock, subject, payload);
            }
            Ask::ReleaseStock { reservation_no } => {
                let payload = self.reservation_payload(*reservation_no);
                let subject = reservation_no.to_string();
                self.start(EffectKind::ReleaseStock, subject, payload);
            }
            Ask::Alert { alert, attempt } => {
                let payment = attempt.and_then(|number| self.bundle.attempt(number));
                let payment_id = payment.and_then(|one| one.coinpay_payment_id.clone());
                let (name, mut payload) = super::alerts::order_alert(alert, &self.bundle.order);
                let about = attempt.map_or_else(String::new, |number| number.to_string());
                if let Json::Object(fields) = &mut payload {
                    fields.insert("payment_id".into(), payment_id.into());
                }
                let _ = cx;
                self.start(
                    EffectKind::AlertOperations,
                    format!("{name}/{about}"),
                    payload,
                );
            }
        }
    }

    fn reservation_payload(&self, reservation_no: u32) -> Json {
        json!({
            "reservation_id": self.bundle.order.contents.reservation_id,
            "reservation_no": reservation_no,
        })
    }

    /// Adds an effect, once: a subject that is there already stays as it is.
    pub(crate) fn start(&mut self, kind: EffectKind, subject: String, payload: Json) {
        let known = self
            .bundle
            .effects
            .iter()
            .any(|one| one.kind == kind && one.subject == subject);
        if known {
            return;
        }
        let order = &self.bundle.order;
        let effect = new_effect(
            &order.id,
            order.version,
            kind,
            subject,
            payload,
            self.now_ms,
        );
        self.bundle.effects.push(effect);
    }
}

/// The subject of an alert has to be new for each sum to give back.
pub(crate) fn alert_name(alert: &Alert) -> String {
    match alert {
        Alert::Review { reason } => reason.to_string(),
        Alert::RefundDue { amount, .. } => format!("refund_due/{amount}"),
        Alert::ForwardingFailed => "forwarding_failed".into(),
        Alert::PaymentFailed => "payment_failed".into(),
        Alert::Oversold => "oversold".into(),
    }
}
