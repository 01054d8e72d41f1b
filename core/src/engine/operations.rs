//! Every operation as one blocking call. What each does stands at the flow of the same name.

use crate::Result;
use crate::flow::{
    AdjustStock, CancelOrder, Checkout, ClaimEffects, Coins, Commanded, CompleteEffect,
    CreateCheckout, Effect, EffectAnswer, EffectList, Erased, Explanation, Export, ExportPage,
    FailEffect, Figures, Health, ListEffects, ListOrders, MarkFulfilled, OrderAccess, OrderList,
    OrderStatus, Prepared, RecordRefund, RenewEffect, ReportEffects, ReportFigures, Reported,
    ResolveReview, SettleEffect, StockLevel, WebhookAnswer, WorkLimits, WorkReport,
};

use serde_json::Value as Json;

use super::Engine;
use super::Flow;
#[cfg(feature = "tracing")]
use super::traced;

impl Engine {
    /// Runs the operation `name` to its end, with its input and its outcome as JSON documents;
    /// `body` are a webhook's bytes. For hosts in other languages.
    ///
    /// # Errors
    /// Those of [`Shop::start`](crate::Shop::start) and the flow's own.
    pub fn call(&self, name: &str, document: &str, body: Vec<u8>) -> Result<Json> {
        #[cfg(feature = "tracing")]
        let _span = traced::operation(name).entered();
        let outcome = self.run(|start| {
            let flow = self.shop().start(start, name, document, body);
            flow.unwrap_or_else(|refused| Flow::start(start, |_| async move { Err(refused) }))
        });
        #[cfg(feature = "tracing")]
        if let Ok(answer) = &outcome {
            traced::heard_document(answer);
        }
        outcome
    }

    /// Runs [`Shop::handle_webhook`](crate::Shop::handle_webhook) to its end.
    ///
    /// # Errors
    /// The flow's own.
    pub fn handle_webhook(
        &self,
        body: Vec<u8>,
        signature: Option<String>,
    ) -> Result<WebhookAnswer> {
        #[cfg(feature = "tracing")]
        let _span = traced::operation("handle_webhook").entered();
        let outcome = self.run(|start| self.shop().handle_webhook(start, body, signature));
        #[cfg(feature = "tracing")]
        if let Ok(answer) = &outcome {
            traced::heard(answer);
        }
        outcome
    }
}

macro_rules! operations {
    ($($name:ident($($input:ident: $kind:ty),*) -> $output:ty;)*) => {
        /// One blocking call for each operation; see the flow of the same name on
        /// [`Shop`](crate::Shop). The errors are the flow's own.
        impl Engine {
            $(
                #[doc = concat!("Runs [`Shop::", stringify!($name), "`](crate::Shop::",
                    stringify!($name), ") to its end.")]
                ///
                /// # Errors
                /// The flow's own.
                pub fn $name(&self, $($input: $kind),*) -> Result<$output> {
                    #[cfg(feature = "tracing")]
                    let _span = traced::operation(stringify!($name)).entered();
                    self.run(|start| self.shop().$name(start, $($input),*))
                }
            )*
        }
    };
}

operations! {
    prepare_store() -> Prepared;
    create_checkout(input: CreateCheckout) -> Checkout;
    order_status(access: OrderAccess) -> OrderStatus;
    cancel_order(cancel: CancelOrder) -> Commanded;
    resolve_review(resolve: ResolveReview) -> Commanded;
    record_refund(refund: RecordRefund) -> Commanded;
    mark_fulfilled(mark: MarkFulfilled) -> Commanded;
    adjust_stock(adjust: AdjustStock) -> StockLevel;
    work(limits: WorkLimits) -> WorkReport;
    claim_effects(claim: ClaimEffects) -> Vec<Effect>;
    complete_effect(complete: CompleteEffect) -> EffectAnswer;
    fail_effect(fail: FailEffect) -> EffectAnswer;
    renew_effect(renew: RenewEffect) -> EffectAnswer;
    settle_effect(settle: SettleEffect) -> EffectAnswer;
    report_effects(report: ReportEffects) -> Reported;
    explain_order(order_id: String) -> Explanation;
    health() -> Health;
    export(export: Export) -> ExportPage;
    erase_customer(customer_id: String) -> Erased;
    list_coins() -> Coins;
    list_orders(list: ListOrders) -> OrderList;
    list_effects(list: ListEffects) -> EffectList;
    report_figures(asked: ReportFigures) -> Figures;
}
