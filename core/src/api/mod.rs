//! The gateway's HTTP API: requests as data, answers of every shape it sends, and when a
//! request may be repeated.

mod answer;
mod coins;
mod create;
mod fields;
mod gateway_text;
mod http;
mod payment;
mod rates;
mod requests;
mod retry;

pub use answer::{ApiError, Finality, fault_error};
pub use coins::{Business, Coin, read_businesses, read_supported_coins, read_tokens};
pub use create::{
    CreatePayment, CreatedPayment, Usage, create_payment, create_payment_body,
    create_payment_with_body, read_create_payment,
};
pub(crate) use fields::Fields;
pub use http::{Auth, HttpFault, HttpRequest, HttpResponse, Method};
pub use payment::{PaymentReport, read_payment};
pub use rates::{Rate, read_rate, read_rates};
pub use requests::{
    API_BASE_URL, businesses, get_payment, payment_qr_url, rate, rates, supported_coins, tokens,
};
pub use retry::{Retry, retry};
