//! The operations of a shop. Each is a flow: it asks for what it needs, a step at a time, and is
//! the same whoever answers.

mod alerts;
mod budget;
mod bundle;
mod change;
mod checkout;
mod coins;
mod commands;
mod context;
mod document;
mod effect_rows;
mod effects;
mod explain;
mod figures;
mod health;
mod inputs;
mod link;
mod listing;
mod look;
mod make;
mod prepare;
mod price;
mod privacy;
mod probe;
mod refusals;
mod report;
mod runtime;
mod schedule;
mod status;
mod transact;
mod wanted;
mod webhook;
mod work;

pub use checkout::{Checkout, CheckoutOutcome};
pub use coins::Coins;
pub use commands::{
    AdjustStock, CancelOrder, CancelReason, Commanded, MarkFulfilled, RecordRefund, Resolution,
    ResolveReview, StockLevel,
};
pub use document::{DOCUMENT_VERSION, OPERATIONS};
pub use effects::{
    ClaimEffects, CompleteEffect, Effect, EffectAnswer, EffectId, FailEffect, RenewEffect,
    SettleEffect, Settlement,
};
pub use explain::{AttemptLine, EffectLine, EventLine, Explanation, LogLine};
pub use figures::{Day, Figures, FunnelStep, ReportFigures, Span};
pub use health::{Health, Warning, WarningCode};
pub use listing::{EffectList, ListEffects, ListOrders, ListedEffect, ListedOrder, OrderList};
pub use prepare::Prepared;
pub use privacy::{Erased, Export, ExportPage, ExportedOrder, ExportedStock};
pub(crate) use refusals::Refusals;
pub use report::{EffectOutcome, ReportEffects, Reported, ReportedEffect};
#[cfg(feature = "dash")]
pub(crate) use runtime::Channel;
pub use runtime::{Answer, Flow, Request, Start, Step};
pub use status::{Action, Hint, OrderAccess, OrderStatus, OrderSummary, PaymentView};
pub use wanted::{CreateCheckout, HostRate, ItemInput};
pub use webhook::{WebhookAnswer, WebhookOutcome};
pub use work::{WorkLimits, WorkReport};
