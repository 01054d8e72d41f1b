//! The shop's pages. The page to pay on is the engine's own; around it there is a catalogue and
//! a list of orders for those who run the shop.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use coinpay_core::Error;
use coinpay_core::flow::{ExportedOrder, ExportedStock, OrderStatus};
use maud::{DOCTYPE, Markup, html};

use super::catalogue::{CURRENCIES, PRODUCTS};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;\
    padding:0 1rem}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.4rem;\
    border-bottom:1px solid #ddd}input{width:4rem}button,select,input{font:inherit;padding:.3rem}\
    code{word-break:break-all}";

/// The coins that the shop takes, in the order to show.
const CHAINS: [&str; 6] = ["USDC_POL", "BTC", "ETH", "SOL", "USDT_ETH", "XRP"];

pub(crate) fn catalogue() -> String {
    page(
        "A small shop",
        &html! {
            form method="post" action="/checkout" {
                // A page that is sent twice is the same cart, and so the same order.
                input type="hidden" name="cart_id" value=(fresh_cart_id());
                table {
                    tr { th { "Article" } @for code in CURRENCIES { th { (code) } } th { "How many" } }
                    @for product in &PRODUCTS {
                        tr {
                            td { (product.name) @if product.digital { " (download)" } }
                            @for code in CURRENCIES {
                                td { (product.price(code).unwrap_or_default()) }
                            }
                            td { input type="number" name=(product.sku) min="0" max="9" value="0"
                                aria-label=(product.name); }
                        }
                    }
                }
                p {
                    label { "Price in " select name="currency" {
                        @for code in CURRENCIES { option { (code) } }
                    } }
                    " " label { "pay with " select name="blockchain" {
                        @for code in CHAINS { option { (code) } }
                    } }
                    " " button type="submit" { "Check out" }
                }
            }
            p { a href="/admin" { "For those who run the shop" } }
        },
    )
}

/// Two pages never have the same cart.
fn fresh_cart_id() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static CARTS: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let micros = since.unwrap_or_default().as_micros();
    format!("cart-{micros}-{}", CARTS.fetch_add(1, Ordering::Relaxed))
}

/// The page to pay on.
pub(crate) fn pay(order: &OrderStatus, token: &str, gateway_page: Option<&str>) -> Response {
    let place = |what: &str| format!("/orders/{}/{what}?token={token}", order.order_id);
    let payment = order.payment.as_ref();
    let document = page(
        "Pay your order",
        &html! {
            p { "Order " code { (order.order_id) } ": " (order.status.as_str()) ", "
                (order.total) " " (order.currency.code()) }
            @if let Some(payment) = payment {
                p { "Send " strong { (payment.crypto_amount) " " (payment.asset) } " on "
                    (payment.network) " to " code { (payment.address) } }
                img src=(place("qr.svg")) width="220" height="220" alt="QR code";
                @if let Some(page) = gateway_page {
                    p { a href=(format!("{page}/wallet/{}", payment.payment_id)) {
                        "Pay from the sandbox's wallet" } }
                }
            }
            form method="post" action=(place("cancel")) { button { "Cancel the order" } }
            p { a href="/" { "Back to the shop" } }
        },
    );
    let refresh = HeaderValue::from_static("5");
    let mut response = Html(document).into_response();
    let headers = response.headers_mut();
    headers.insert("refresh", refresh);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response
}

pub(crate) fn overview(orders: &[ExportedOrder], shelf: &[ExportedStock]) -> String {
    page(
        "Behind the counter",
        &html! {
            table {
                tr { th { "Order" } th { "Total" } th { "Status" } th { "Attention" } th {} }
                @for exported in orders.iter().rev() {
                    @let order = &exported.order;
                    @let place = format!("/admin/orders/{}", order.order_id);
                    tr {
                        td { a href={ (place) "?text" } { code { (order.order_id) } } }
                        td { (order.total) " " (order.currency.code()) }
                        td { (order.status.as_str()) }
                        td { @for reason in &order.attention { (reason.as_str()) " " } }
                        td {
                            @if order.status.as_str() == "paid" {
                                form method="post" action={ (place) "/fulfil" } {
                                    button { "Ship" }
                                }
                            }
                        }
                    }
                }
            }
            h2 { "The shelf" }
            table {
                tr { th { "Article" } th { "On hand" } th { "Reserved" } }
                @for article in shelf {
                    tr { td { (article.sku) } td { (article.on_hand) } td { (article.reserved) } }
                }
            }
            p { a href="/admin/health" { "Health" } " · " a href="/" { "The shop" } }
        },
    )
}

pub(crate) fn sorry(error: &Error) -> String {
    page(
        "That did not work",
        &html! {
            p { (error.message) }
            p { a href="/" { "Back to the shop" } }
        },
    )
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
