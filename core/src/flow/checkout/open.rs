//! Opens an order: its goods, its first attempt and the key in one commit, together with the end
//! of the order that it replaces.

use crate::document::json;
use crate::order::{
    CancelledBy, Evidence, Input, PaymentStatus, Status, StockMode, StockState, Terms,
};
use crate::store::{Fields, OrderRecord, ReservationRecord, ReservationState, Rows, StockRecord};
use crate::{Error, ErrorCode, Result};

use super::super::bundle::Bundle;
use super::super::change::{By, Change};
use super::super::schedule::HOUR_MS;
use super::super::transact::Plan;
use super::super::wanted::HostRate;
use super::{CheckoutOutcome, Desk, Planned};

/// The order that had the key before.
#[derive(Default)]
pub(super) struct Before {
    pub(super) created_at_ms: Option<i64>,
    /// It ends with the opening of the new one, in one commit: whatever is heard of meanwhile
    /// finds either both or neither.
    pub(super) replaced: Option<Change>,
}

impl Desk {
    /// Whether the order may give way to one with other contents.
    pub(super) fn replaces(&self, order: &OrderRecord, field: &str) -> bool {
        let unpaid = order.status == Status::AwaitingPayment && !order.evidence.claimed();
        self.wanted.replace && unpaid && field != "customer_id"
    }

    /// The end of an order that is replaced, not committed yet.
    pub(super) fn end(&self, bundle: Bundle) -> Change {
        let mut change = Change::of(&self.cx, bundle);
        change.by = By {
            actor: None,
            note: Some("replaced by a changed cart".into()),
        };
        let by = CancelledBy::Shop;
        change.apply(&self.cx, &Input::Cancelled { by });
        change
    }

    /// Nobody has the key any more: a new order, its goods and its first attempt in one commit.
    pub(super) fn open(
        &self,
        behind: &[Rows],
        before: Before,
        rate: Option<&HostRate>,
        commit_id: String,
    ) -> Result<(Planned, Plan)> {
        let (cx, wanted) = (&self.cx, &self.wanted);
        let config = &cx.shop.config;
        let key_version = first_number(behind.first())?;
        let given_up = i64::from(before.replaced.is_some());
        let open_orders = first_number(behind.get(1))?.saturating_sub(given_up);
        let most = i64::from(config.max_open_orders);
        if wanted.customer_id.is_some() && most > 0 && open_orders >= most {
            return Err(ErrorCode::TooManyOpenOrders.into());
        }
        let mut order = self.new_order();
        // The clock of the worker that opened the last one may have been ahead of ours, and this
        // one has to be newer all the same.
        if let Some(after_ms) = before.created_at_ms {
            order.created_at_ms = order.created_at_ms.max(after_ms.saturating_add(1));
        }
        let bundle = Bundle {
            order,
            attempts: Vec::new(),
            effects: Vec::new(),
            reservations: Vec::new(),
            stock: shelf(behind, before.replaced.as_ref())?,
            key_version,
            newer_order: false,
            event: None,
        };
        let mut change = Change::open(cx, bundle);
        change.log(
            "opened",
            json!({ "total": wanted.due, "currency": wanted.currency }),
        );
        if config.stock == StockMode::Managed {
            self.reserve(&mut change)?;
        }
        let Some(attempt) = self.add_attempt(&mut change, wanted.due, rate)? else {
            return Ok((Planned::NeedRate, Plan::default()));
        };
        let outcome = CheckoutOutcome::Created;
        let attempt = Box::new(attempt);
        let plan = match before.replaced {
            Some(replaced) => replaced.into_plan_before(change, cx, commit_id),
            None => change.into_plan(cx, commit_id),
        };
        Ok((Planned::Call { outcome, attempt }, plan))
    }

    fn new_order(&self) -> OrderRecord {
        let (cx, wanted) = (&self.cx, &self.wanted);
        let config = &cx.shop.config;
        let now_ms = cx.now_ms();
        let terms = Terms {
            currency: wanted.currency,
            due: wanted.due,
            ship: wanted.ship,
            stock: config.stock,
            underpaid_tolerance_bps: config.underpaid_tolerance_bps,
            overpaid_tolerance_bps: config.overpaid_tolerance_bps,
            late_window_ms: i64::from(config.late_window_hours).saturating_mul(HOUR_MS),
            opened_at_ms: now_ms,
        };
        let stock = if config.stock == StockMode::Off {
            StockState::Off
        } else {
            StockState::Held
        };
        OrderRecord {
            id: self.order_id.clone(),
            version: 0,
            checkout_key: wanted.checkout_key.clone(),
            key_lock: wanted.key_lock.clone(),
            cart_id: wanted.cart_id.clone(),
            user_id: wanted.customer_id.clone(),
            total_usd: None,
            payment_blockchain: wanted.chain,
            coinpay_payment_id: None,
            payment_address: None,
            crypto_amount: None,
            status: Status::AwaitingPayment,
            payment_status: PaymentStatus::Pending,
            attention: Vec::new(),
            refund_due: None,
            expires_at_ms: None,
            due_at_ms: None,
            paid_at_ms: None,
            forwarded_at_ms: None,
            failed_at_ms: None,
            created_at_ms: now_ms,
            updated_at_ms: now_ms,
            status_token: cx.token(),
            terms,
            evidence: Evidence::opened(now_ms, stock),
            contents: wanted.contents.clone(),
            customer: wanted.customer.clone(),
        }
    }

    fn reserve(&self, change: &mut Change) -> Result<()> {
        for (sku, quantity) in self.wanted.pieces() {
            let article = change
                .bundle
                .stock
                .iter()
                .find(|article| article.sku == sku);
            let article = article.ok_or_else(|| Error::from(ErrorCode::UnknownSku))?;
            if article.available() < quantity {
                return Err(ErrorCode::OutOfStock.into());
            }
            change.bundle.reservations.push(ReservationRecord {
                reservation_no: 1,
                sku,
                quantity,
                state: ReservationState::Held,
            });
        }
        change.reserve_first(&self.cx);
        Ok(())
    }
}

/// The articles of the new order, with what the replaced one gives back.
fn shelf(behind: &[Rows], replaced: Option<&Change>) -> Result<Vec<StockRecord>> {
    let mut stock = Vec::new();
    for row in behind.iter().skip(2).flatten() {
        let article = StockRecord::read(row)?;
        let given_back = replaced.and_then(|change| {
            let mut known = change.bundle.stock.iter();
            known.find(|known| known.sku == article.sku).cloned()
        });
        stock.push(given_back.unwrap_or(article));
    }
    Ok(stock)
}

fn first_number(rows: Option<&Rows>) -> Result<i64> {
    match rows.and_then(|rows| rows.first()) {
        Some(row) => Ok(Fields::of("order_log", row)
            .optional_integer()?
            .unwrap_or(0)),
        None => Ok(0),
    }
}
