//! One order with everything of it, as a load brings it.

use crate::Result;
use crate::order::{Expected, Quote};
use crate::store::{
    AttemptRecord, AttemptState, EffectRecord, EventRecord, Fields, OrderRecord, ReservationRecord,
    Rows, StockRecord, Value, part,
};

#[derive(Clone, Debug)]
pub(crate) struct Bundle {
    pub(crate) order: OrderRecord,
    pub(crate) attempts: Vec<AttemptRecord>,
    pub(crate) effects: Vec<EffectRecord>,
    pub(crate) reservations: Vec<ReservationRecord>,
    pub(crate) stock: Vec<StockRecord>,
    /// The version of the checkout key's lock.
    pub(crate) key_version: i64,
    /// A newer order was opened with the same checkout key.
    pub(crate) newer_order: bool,
    /// The event that was asked for along with its payment, as it was stored before.
    pub(crate) event: Option<EventRecord>,
}

impl Bundle {
    /// Reads the rows of `Sql::bundle`; `None` where there is no such order.
    pub(crate) fn read(rows: &Rows) -> Result<Option<Self>> {
        let parts = || rows.iter().filter_map(|row| row.split_first());
        let of = |name: &'static str| {
            let is = move |tag: &Value| matches!(tag, Value::Text(text) if text == name);
            parts().filter(move |(tag, _)| is(tag)).map(|(_, row)| row)
        };
        let Some(row) = of(part::ORDER).next() else {
            return Ok(None);
        };
        let order = OrderRecord::read(row)?;
        let mut fields = Fields::of("order_log", OrderRecord::behind(row));
        let key_version = fields.optional_integer()?.unwrap_or(0);
        let newer_order = fields.integer()? > 0;
        let read = of(part::PAYMENT).map(AttemptRecord::read);
        let mut attempts: Vec<_> = read.collect::<Result<_>>()?;
        attempts.sort_unstable_by_key(|one| one.attempt);
        let read = of(part::EFFECT).map(EffectRecord::read);
        let mut effects: Vec<_> = read.collect::<Result<_>>()?;
        effects.sort_unstable_by(|a, b| {
            let key = |one: &EffectRecord| (one.version, one.kind.as_str());
            key(a).cmp(&key(b)).then_with(|| a.subject.cmp(&b.subject))
        });
        let read = of(part::RESERVATION).map(ReservationRecord::read);
        let mut reservations: Vec<_> = read.collect::<Result<_>>()?;
        let mut stock = Vec::new();
        for (row, reservation) in of(part::RESERVATION).zip(&reservations) {
            let behind = ReservationRecord::behind(row);
            // No row of the shelf where nobody counts.
            if reservation.reservation_no == 1 && behind.first() != Some(&Value::Null) {
                stock.push(StockRecord::read(behind)?);
            }
        }
        stock.sort_unstable_by(|a, b| a.sku.cmp(&b.sku));
        reservations.sort_unstable_by(|a, b| {
            let key = |one: &ReservationRecord| one.reservation_no;
            key(a).cmp(&key(b)).then_with(|| a.sku.cmp(&b.sku))
        });
        let event = of(part::EVENT).next().map(EventRecord::read).transpose()?;
        Ok(Some(Self {
            order,
            attempts,
            effects,
            reservations,
            stock,
            key_version,
            newer_order,
            event,
        }))
    }

    /// How many pieces of each article the order is for, in the order of the articles' names.
    pub(crate) fn wanted(&self) -> Vec<(String, i64)> {
        let first = self
            .reservations
            .iter()
            .filter(|one| one.reservation_no == 1);
        first.map(|one| (one.sku.clone(), one.quantity)).collect()
    }

    pub(crate) fn stock_available(&self) -> bool {
        self.wanted().iter().all(|(sku, quantity)| {
            let article = self.stock.iter().find(|article| article.sku == *sku);
            article.is_some_and(|article| article.available() >= *quantity)
        })
    }

    pub(crate) fn attempt(&self, number: u32) -> Option<&AttemptRecord> {
        self.attempts.iter().find(|one| one.attempt == number)
    }

    pub(crate) fn attempt_mut(&mut self, number: u32) -> Option<&mut AttemptRecord> {
        self.attempts.iter_mut().find(|one| one.attempt == number)
    }

    pub(crate) fn attempt_of_payment(&self, payment_id: &str) -> Option<&AttemptRecord> {
        self.attempts
            .iter()
            .find(|one| one.coinpay_payment_id.as_deref() == Some(payment_id))
    }

    /// The attempt that the shopper is asked to pay: the newest on the chosen chain, if the
    /// gateway has made it or may have.
    pub(crate) fn live(&self) -> Option<&AttemptRecord> {
        let chain = self.order.payment_blockchain;
        let chosen = self
            .attempts
            .iter()
            .filter(|one| one.payment_blockchain == chain);
        let newest = chosen.max_by_key(|one| one.attempt);
        newest.filter(|one| matches!(one.state, AttemptState::Open | AttemptState::Creating))
    }

    pub(crate) fn quote(&self, attempt: u32) -> Option<&Quote> {
        self.order.evidence.attempts.get(&attempt)?.quote.as_ref()
    }

    /// What a report about this attempt has to agree with.
    pub(crate) fn expected<'a>(
        &'a self,
        attempt: &'a AttemptRecord,
        business_id: &'a str,
    ) -> Option<Expected<'a>> {
        Some(Expected {
            business_id,
            address: attempt.payment_address.as_deref(),
            quote: self.quote(attempt.attempt)?,
            usd_cents: attempt.usd_cents,
        })
    }
}
