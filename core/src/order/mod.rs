//! Orders: what is known of them, what that makes them, and what the host must do about it.
//! Pure: time and circumstances come in with every question.

mod absorb;
mod commands;
mod decide;
mod effect;
mod evidence;
mod input;
mod ledger;
mod matching;
mod status;
mod stock;
#[cfg(any(test, feature = "contract"))]
mod table;
mod terms;
#[cfg(test)]
mod tests;
mod view;

pub use decide::{Circumstances, Decision, decide};
pub use effect::{Alert, Ask, EffectKind, Lane, ShipCall, StockMove};
pub use evidence::{
    AttemptEvidence, CancelledBy, Evidence, GatewayRefund, Quote, RecordedRefund, StockState,
};
pub use input::{Input, Outcome, PaymentFacts, Rejection};
pub use ledger::{AttemptCredit, Ledger, RefundDue, RefundReason};
pub(crate) use matching::close;
pub use matching::{Expected, facts_of};
pub use status::{Line, PaymentStatus, Reason, Status};
pub(crate) use status::{by_name, names, status_names};
#[cfg(any(test, feature = "contract"))]
pub use table::transition_table;
pub use terms::{Ship, StockMode, Terms};
pub use view::{View, view};
