//! What would become of an order, and what a report of the gateway states, by the names of their
//! calls: for whoever wants to know what a rule does, and for the vectors of every language.

use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::{Arguments, documents};
use crate::api::PaymentReport;
use crate::document::{FromJson, json};
use crate::money::Units;
use crate::order::{
    Alert, Ask, Circumstances, Decision, Evidence, Expected, Input, Outcome, Quote, ShipCall,
    StockMode, StockMove, StockState, Terms, decide, facts_of, view,
};
use crate::webhook::EventKind;
use crate::{Error, Result};

/// The attempt that an order is opened with.
const FIRST: u32 = 1;

/// `preview_order`: opens an order by `terms`, due at `deadline_at_ms`, with its goods held and one
/// attempt by `quote`, and tells it every input in `told` at its time.
pub(super) fn order(arguments: &str) -> Result<Json> {
    let fields = Arguments::read(arguments)?;
    let deadline_at_ms = value(&fields, "deadline_at_ms")?;
    let mut preview = Preview::open(value(&fields, "terms")?, deadline_at_ms);
    let opening = [
        Input::AttemptRequested {
            attempt: FIRST,
            deadline_at_ms,
        },
        Input::AttemptOpened {
            attempt: FIRST,
            quote: value(&fields, "quote")?,
        },
    ];
    for input in &opening {
        preview.tell(
            input,
            &Circumstances {
                now_ms: preview.terms.opened_at_ms,
                stock_available: true,
                newer_order: false,
            },
        );
    }
    for told in fields.get("told")?.as_array().ok_or_else(unfit)? {
        let flag = |name, default| told.get(name).map_or(Some(default), Json::as_bool);
        let now_ms = told.get("at_ms").and_then(Json::as_i64);
        let circumstances = Circumstances {
            now_ms: now_ms.ok_or_else(unfit)?,
            stock_available: flag("stock_available", true).ok_or_else(unfit)?,
            newer_order: flag("newer_order", false).ok_or_else(unfit)?,
        };
        let input = told.get("input").ok_or_else(unfit)?;
        preview.tell(&by_serde(input)?, &circumstances);
    }
    Ok(preview.document())
}

/// `preview_report`: what `report` states of an attempt of which `expected` is stored. `kind` is
/// the type of the event that carries it; without one it is the gateway's own answer.
pub(super) fn report(arguments: &str) -> Result<Json> {
    let fields = Arguments::read(arguments)?;
    let report = fields.get("report")?.as_object().ok_or_else(unfit)?;
    let kind = fields
        .0
        .get("kind")
        .map(by_serde::<EventKind>)
        .transpose()?;
    let expected = Arguments(value(&fields, "expected")?);
    let quote = Quote {
        chain: value(&expected, "chain")?,
        crypto: value(&expected, "crypto")?,
        // What it pays is decided later.
        worth: Units(0),
    };
    let expected = Expected {
        business_id: expected.text("business_id")?,
        address: expected.get("address")?.as_str(),
        quote: &quote,
        usd_cents: value(&expected, "usd_cents")?,
    };
    let facts = facts_of(&PaymentReport::read(report), kind, &expected);
    let mut stated = documents::present(json!(facts));
    stated.retain(|_, fact| *fact != Json::Bool(false));
    Ok(Json::Object(stated))
}

struct Preview {
    terms: Terms,
    evidence: Evidence,
    outcome: Outcome,
    effects: Vec<String>,
}

impl Preview {
    fn open(terms: Terms, deadline_at_ms: i64) -> Self {
        let stock = match terms.stock {
            StockMode::Off => StockState::Off,
            StockMode::Managed | StockMode::Host => StockState::Held,
        };
        Self {
            terms,
            evidence: Evidence::opened(deadline_at_ms, stock),
            outcome: Outcome::Applied,
            effects: Vec::new(),
        }
    }

    fn tell(&mut self, input: &Input, circumstances: &Circumstances) {
        let decision = decide(&self.terms, &self.evidence, input, circumstances);
        self.effects.extend(words(&decision));
        self.evidence = decision.evidence;
        self.outcome = decision.outcome;
    }

    fn document(self) -> Json {
        let view = view(&self.terms, &self.evidence);
        json!({
            "last_outcome": outcome_words(&self.outcome),
            "status": view.status,
            "payment_status": view.payment_status,
            "attention": view.attention,
            "credited": view.ledger.credited,
            "refund_due": view.ledger.refund_due,
            "stock": self.evidence.stock,
            "effects": self.effects,
        })
    }
}

fn outcome_words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Applied => "applied".into(),
        Outcome::AlreadyApplied => "already_applied".into(),
        Outcome::Stale => "stale".into(),
        Outcome::Conflicting { field } => format!("conflicting {field}"),
        Outcome::Rejected { reason } => format!("rejected {reason}"),
    }
}

/// What the shelf, the carrier and the host have to do, in this order.
fn words(decision: &Decision) -> Vec<String> {
    let stock = match decision.stock {
        StockMove::None => None,
        StockMove::Reserve => Some("stock: reserve"),
        StockMove::Release => Some("stock: release"),
        StockMove::Sell => Some("stock: sell"),
        StockMove::Take => Some("stock: take"),
    };
    let ship = match decision.ship {
        ShipCall::Leave => None,
        ShipCall::Start => Some("ship: start"),
        ShipCall::Hold => Some("ship: hold"),
        ShipCall::Void => Some("ship: void"),
    };
    let calls = stock.into_iter().chain(ship).map(str::to_owned);
    let asks = decision.asks.iter().map(|ask| match ask {
        Ask::SendConfirmationEmail => "send_confirmation_email".to_owned(),
        Ask::OrderStatusChanged => "order_status_changed".to_owned(),
        Ask::ReserveStock { reservation_no } => format!("reserve_stock {reservation_no}"),
        Ask::ReleaseStock { reservation_no } => format!("release_stock {reservation_no}"),
        Ask::Alert { alert, .. } => match alert {
            Alert::Review { reason } => format!("alert: review {reason}"),
            Alert::RefundDue { amount, reason } => format!("alert: refund_due {amount} {reason}"),
            Alert::ForwardingFailed => "alert: forwarding_failed".to_owned(),
            Alert::PaymentFailed => "alert: payment_failed".to_owned(),
            Alert::Oversold => "alert: oversold".to_owned(),
        },
    });
    calls.chain(asks).collect()
}

fn value<T: FromJson>(fields: &Arguments, name: &str) -> Result<T> {
    let why = || Error::invalid(name, "does not fit the call");
    T::from_json(fields.get(name)?).ok_or_else(why)
}

fn by_serde<T: DeserializeOwned>(value: &Json) -> Result<T> {
    serde_json::from_value(value.clone()).map_err(|_| unfit())
}

fn unfit() -> Error {
    Error::invalid("arguments", "do not fit the call")
}
