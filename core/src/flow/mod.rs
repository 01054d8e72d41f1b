//! The operations of a shop. Each is a flow: it asks for what it needs, a step at a time, and is
//! the same whoever answers.

mod alerts;
mod bundle;
mod change;
mod checkout;
mod commands;
mod context;
mod effect_rows;
mod effects;
mod link;
mod make;
mod prepare;
mod runtime;
mod schedule;
mod status;
mod transact;
mod wanted;
mod webhook;

pub use checkout::{Checkout, CheckoutOutcome};
pub use commands::{
    AdjustStock, CancelOrder, CancelReason, Commanded, MarkFulfilled, RecordRefund, Resolution,
    ResolveReview, StockLevel,
};
pub use effects::{
    ClaimEffects, CompleteEffect, Effect, EffectAnswer, EffectId, FailEffect, RenewEffect,
    SettleEffect, Settlement,
};
pub use prepare::Prepared;
pub use runtime::{Answer, Flow, Request, Start, Step};
pub(crate) use schedule::MINUTE_MS;
pub use status::{Action, Hint, OrderAccess, OrderStatus, OrderSummary, PaymentView};
pub use wanted::{CreateCheckout, HostRate, ItemInput};
pub use webhook::{WebhookAnswer, WebhookOutcome};
