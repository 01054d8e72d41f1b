//! Every operation as one blocking call. What each does stands at the flow of the same name.

use crate::Result;
use crate::flow::{
    AdjustStock, CancelOrder, Checkout, ClaimEffects, Commanded, CompleteEffect, CreateCheckout,
    Effect, EffectAnswer, Erased, Explanation, Export, ExportPage, FailEffect, Health,
    MarkFulfilled, OrderAccess, OrderStatus, Prepared, RecordRefund, RenewEffect, ResolveReview,
    SettleEffect, StockLevel, WebhookAnswer, WorkLimits, WorkReport,
};

use serde_json::Value as Json;

use super::Engine;
use super::Flow;

impl Engine {
    /// Runs the operation `name` to its end, with its input and its outcome as JSON documents;
    /// `body` are a webhook's bytes. For hosts in other languages.
    ///
    /// # Errors
    /// Those of [`Shop::start`](crate::Shop::start) and the flow's own.
    pub fn call(&self, name: &str, document: &str, body: Vec<u8>) -> Result<Json> {
        self.run(|start| {
            let flow = self.shop().start(start, name, document, body);
            flow.unwrap_or_else(|refused| Flow::start(start, |_| async move { Err(refused) }))
        })
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
                    self.run(|start| self.shop().$name(start, $($input),*))
                }
            )*
        }
    };
}

operations! {
    prepare_store() -> Prepared;
    create_checkout(input: CreateCheckout) -> Checkout;
    handle_webhook(body: Vec<u8>, signature: Option<String>) -> WebhookAnswer;
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
    explain_order(order_id: String) -> Explanation;
    health() -> Health;
    export(export: Export) -> ExportPage;
    erase_customer(customer_id: String) -> Erased;
}
