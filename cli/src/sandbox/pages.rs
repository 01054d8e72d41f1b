//! Pages for a person: the list of payments, and a wallet that pays one of them. Plain HTML
//! with buttons; they do what the control API does.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use maud::{DOCTYPE, Markup, html};

use super::answers::html_answer;
use super::clock::iso;
use super::control::{Action, Refused, act};
use super::payment::Payment;
use super::world::Shared;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;\
    padding:0 1rem}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.4rem;\
    border-bottom:1px solid #ddd;vertical-align:top}form{display:inline}code{word-break:break-all}\
    button{margin:.1rem;padding:.3rem .7rem}";

/// The buttons: name in the URL, label, action of the control API, its fields.
const BUTTONS: [(&str, &str, &str, Option<&str>); 5] = [
    ("pay", "Pay", "pay", None),
    ("pay-one-cent", "Pay one cent", "pay", Some("0.01 usd")),
    ("pay-the-rest", "Pay the rest", "pay_rest", None),
    ("expire", "Expire", "expire", None),
    ("forward", "Forward", "forward", None),
];

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/", get(index))
        .route("/wallet/{id}", get(wallet))
        .route("/wallet/{id}/{button}", post(press_in_wallet))
        .route("/payments/{id}/{button}", post(press_in_list))
}

async fn index(State(shared): State<Arc<Shared>>) -> Response {
    let world = shared.lock();
    let page = page(
        "CoinPay sandbox",
        &html! {
            p {
                "The gateway is at " code { (shared.addresses.base_url()) }
                ", its control API at " code { (shared.addresses.control_url()) }
                ". Its clock says " (iso(world.clock.now_ms())) "."
            }
            @if world.payments.is_empty() {
                p { "No payments yet. Create one through the API, or in the demo shop." }
            } @else {
                table {
                    tr { th { "Payment" } th { "Asked" } th { "Received" } th { "Status" } th {} }
                    @for payment in world.payments.iter().rev() {
                        tr {
                            td {
                                a href={ "/wallet/" (payment.id) } { code { (payment.id) } }
                                br; "expires " (iso(payment.expires_at_ms))
                            }
                            td { (payment.crypto_text()) " " (payment.chain.code)
                                br; "$" (payment.usd_text()) }
                            td { (payment.received_text()) }
                            td { (payment.status.as_str()) }
                            td { (buttons("payments", payment)) }
                        }
                    }
                }
            }
        },
    );
    html_answer(StatusCode::OK, page)
}

async fn wallet(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    let world = shared.lock();
    let Some(index) = world.find(&id) else {
        let page = page(
            "No such payment",
            &html! { p { a href="/" { "All payments" } } },
        );
        return html_answer(StatusCode::NOT_FOUND, page);
    };
    let payment = &world.payments[index];
    let page = page(
        "Sandbox wallet",
        &html! {
            p { "No real money moves: this wallet pays the sandbox's own chain." }
            table {
                tr { th { "Pay" } td { (payment.units_text(payment.missing())) " "
                    (payment.chain.code) " of " (payment.crypto_text())
                    " ($" (payment.usd_text()) ")" } }
                tr { th { "To" } td { code { (payment.address) } } }
                tr { th { "Received" } td { (payment.received_text()) } }
                tr { th { "Status" } td { (payment.status.as_str()) } }
                tr { th { "Expires" } td { (iso(payment.expires_at_ms)) } }
            }
            p { (buttons("wallet", payment)) }
            p { a href="/" { "All payments" } }
        },
    );
    html_answer(StatusCode::OK, page)
}

async fn press_in_wallet(
    State(shared): State<Arc<Shared>>,
    Path((id, button)): Path<(String, String)>,
) -> Response {
    let back = format!("/wallet/{id}");
    press(&shared, &id, &button, &back)
}

async fn press_in_list(
    State(shared): State<Arc<Shared>>,
    Path((id, button)): Path<(String, String)>,
) -> Response {
    press(&shared, &id, &button, "/")
}

fn press(shared: &Shared, id: &str, button: &str, back: &str) -> Response {
    match try_press(shared, id, button) {
        Ok(()) => (StatusCode::SEE_OTHER, [(header::LOCATION, back.to_owned())]).into_response(),
        Err(Refused(status, why)) => {
            let page = page(
                "That did not work",
                &html! {
                    p { (why) }
                    p { a href=(back) { "Back" } }
                },
            );
            html_answer(status, page)
        }
    }
}

fn try_press(shared: &Shared, id: &str, button: &str) -> Result<(), Refused> {
    let missing = || Refused(StatusCode::NOT_FOUND, "There is no such button.".to_owned());
    let (_, _, name, amount) = BUTTONS
        .iter()
        .find(|known| known.0 == button)
        .ok_or_else(missing)?;
    let action = Action::paying(*amount);
    shared.change(|world| {
        let missing = || {
            Refused(
                StatusCode::NOT_FOUND,
                "There is no such payment.".to_owned(),
            )
        };
        let index = world.find(id).ok_or_else(missing)?;
        act(world, index, name, &action).map(|_| ())
    })
}

fn buttons(place: &str, payment: &Payment) -> Markup {
    html! {
        @for (button, label, _, _) in BUTTONS {
            form method="post" action={ "/" (place) "/" (payment.id) "/" (button) } {
                button type="submit" { (label) }
            }
        }
    }
}

fn page(title: &str, content: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (STYLE) }
            }
            body { h1 { (title) } (content) }
        }
    };
    page.into_string()
}
