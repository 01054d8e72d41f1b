//! What forms do. Each names one command of the shop's; whether it is allowed, the order decides.
//! A form without the session's secret does nothing.

use crate::flow::{
    AdjustStock, CancelOrder, CancelReason, EffectId, MarkFulfilled, OrderAccess, RecordRefund,
    Resolution, ResolveReview, SettleEffect, Settlement,
};
use crate::money::Decimal;
use crate::order::{EffectKind, Reason};
use crate::{Error, ErrorCode, Result};

use super::form::Form;
use super::{DashAnswer, Desk};

impl Desk {
    pub(super) async fn act(&self) -> Result<DashAnswer> {
        let form = Form::read(&self.request.form);
        if !self.is_ours(&form) {
            let why = "This form is not of this session. Load the page again.";
            return Ok(self.frame().sorry(403, why));
        }
        let path = self.request.path.trim_end_matches('/');
        let done = match path.strip_prefix("/orders/") {
            Some(order_id) => self.act_on_order(order_id, &form).await,
            None => self.act_on_shop(&form).await,
        };
        match done {
            Ok(()) => Ok(self.frame().see_other(path)),
            Err(error) if error.code == ErrorCode::FlowMisused => Err(error),
            Err(error) => self.page(Some(&error)).await,
        }
    }

    fn is_ours(&self, form: &Form) -> bool {
        let expected = self.request.csrf.as_bytes();
        let sent = form.text("csrf").unwrap_or_default().as_bytes();
        let pairs = expected.iter().zip(sent);
        let difference = pairs.fold(0, |sum, (a, b)| sum | (a ^ b));
        !expected.is_empty() && expected.len() == sent.len() && difference == 0
    }

    async fn act_on_order(&self, order_id: &str, form: &Form) -> Result<()> {
        let order_id = order_id.to_owned();
        let actor = self.request.actor.clone();
        let note = form.text("note").map(str::to_owned);
        let resolve = |resolution| ResolveReview {
            order_id: order_id.clone(),
            resolution,
            actor: actor.clone(),
            note: note.clone(),
        };
        match form.text("act") {
            Some("accept") => {
                let named = form.all("reason").filter_map(Reason::parse);
                let resolve = resolve(Resolution::Accept {
                    reasons: named.collect(),
                });
                self.run(|shop, start| shop.resolve_review(start, resolve))
                    .await?;
            }
            Some("close") => {
                let resolve = resolve(Resolution::Close);
                self.run(|shop, start| shop.resolve_review(start, resolve))
                    .await?;
            }
            Some("fulfilled") => {
                let mark = MarkFulfilled {
                    order_id,
                    actor,
                    note,
                };
                self.run(|shop, start| shop.mark_fulfilled(start, mark))
                    .await?;
            }
            Some("cancel") => {
                let cancel = CancelOrder {
                    access: OrderAccess {
                        order_id,
                        ..OrderAccess::default()
                    },
                    reason: CancelReason::Shop,
                    actor: Some(actor),
                    note,
                };
                self.run(|shop, start| shop.cancel_order(start, cancel))
                    .await?;
            }
            Some("refund") => {
                let refund = RecordRefund {
                    order_id,
                    refund_id: wanted(form, "refund_id")?,
                    amount: Decimal::parse(&wanted(form, "amount")?)?,
                    ends_order: form.is_set("ends_order"),
                    waived: form.is_set("waived"),
                    actor,
                    note,
                };
                self.run(|shop, start| shop.record_refund(start, refund))
                    .await?;
            }
            Some("settle") => return self.settle(form).await,
            _ => return Err(Error::invalid("act", "there is none of that name")),
        }
        Ok(())
    }

    async fn act_on_shop(&self, form: &Form) -> Result<()> {
        match form.text("act") {
            Some("settle") => self.settle(form).await,
            Some("adjust") => {
                let delta = wanted(form, "delta")?;
                let delta = delta.trim_start_matches('+').parse();
                let adjust = AdjustStock {
                    adjustment_id: wanted(form, "adjustment_id")?,
                    sku: wanted(form, "sku")?,
                    delta: delta.map_err(|_| Error::invalid("delta", "is no whole number"))?,
                    actor: self.request.actor.clone(),
                    note: form.text("note").map(str::to_owned),
                };
                self.run(|shop, start| shop.adjust_stock(start, adjust))
                    .await?;
                Ok(())
            }
            _ => Err(Error::invalid("act", "there is none of that name")),
        }
    }

    async fn settle(&self, form: &Form) -> Result<()> {
        let kind = EffectKind::parse(&wanted(form, "kind")?);
        let settlement = match form.text("settlement") {
            Some("done") => Settlement::Done,
            Some("again") => Settlement::Again,
            Some("void") => Settlement::Void,
            _ => return Err(Error::invalid("settlement", "is done, again or void")),
        };
        let settle = SettleEffect {
            effect: EffectId {
                order_id: wanted(form, "order_id")?,
                kind: kind.ok_or_else(|| Error::invalid("kind", "is none of side work"))?,
                subject: form.text("subject").unwrap_or_default().to_owned(),
            },
            settlement,
            actor: self.request.actor.clone(),
            note: form.text("note").map(str::to_owned),
        };
        self.run(|shop, start| shop.settle_effect(start, settle))
            .await?;
        Ok(())
    }
}

fn wanted(form: &Form, name: &'static str) -> Result<String> {
    let text = form.text(name).map(str::to_owned);
    text.ok_or_else(|| Error::invalid(name, "is missing"))
}
