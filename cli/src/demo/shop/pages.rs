//! The shop's pages. The page to pay on is the engine's own; around it there is a catalogue and
//! a list of orders for those who run the shop.

use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use coinpay_core::flow::{ExportedOrder, ExportedStock, OrderStatus};
use coinpay_core::money::Chain;
use coinpay_core::pay::page::{Language, PageOptions, Theme, content_security_policy, pay_page};
use coinpay_core::{Error, ErrorCode, Result};
use maud::{DOCTYPE, Markup, html};

use super::catalogue::{CURRENCIES, PRODUCTS};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;\
    padding:0 1rem}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.4rem;\
    border-bottom:1px solid #ddd}input{width:4rem}button,select,input{font:inherit;padding:.3rem}\
    code{word-break:break-all}";

/// The coins that the shop takes, in the order to show.
const CHAINS: [&str; 6] = ["USDC_POL", "BTC", "ETH", "SOL", "USDT_ETH", "XRP"];

pub(crate) fn catalogue() -> Result<String> {
    let cart_id = fresh_cart_id()?;
    Ok(page(
        "A small shop",
        &html! {
            form method="post" action="/checkout" {
                // A page that is sent twice is the same cart, and so the same order.
                input type="hidden" name="cart_id" value=(cart_id);
                table {
                    tr {
                        th { "Article" }
                        @for code in CURRENCIES { th { (code) } }
                        th { "How many" }
                    }
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
    ))
}

/// Two pages never have the same cart.
fn fresh_cart_id() -> Result<String> {
    Ok(format!("cart-{}", random_text()?))
}

pub(crate) fn random_text() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| Error::from(ErrorCode::Internal))?;
    Ok(hex::encode(bytes))
}

/// The engine's page to pay on, with a link to the sandbox's wallet under it.
pub(crate) fn pay(
    order: &OrderStatus,
    token: &str,
    language: Language,
    chains: Vec<Chain>,
    gateway_page: Option<&str>,
) -> Result<Response> {
    let place = |what: &str| Some(format!("/orders/{}/{what}?token={token}", order.order_id));
    let nonce = random_text()?;
    let options = PageOptions {
        language,
        status_url: place("status"),
        renew_url: place("renew"),
        cancel_url: place("cancel"),
        blockchains: chains,
        shop_name: Some("A small shop".to_owned()),
        return_url: Some("/".to_owned()),
        nonce: Some(nonce.clone()),
        theme: Theme::default(),
    };
    let mut document = pay_page(order, &options);
    if let (Some(page), Some(payment)) = (gateway_page, order.payment.as_ref()) {
        let wallet = format!("{page}/wallet/{}", payment.payment_id);
        let link =
            html! { p { a href=(wallet) target="_blank" { "Sandbox: pay from its wallet" } } };
        document = document.replacen("</footer>", &format!("{}</footer>", link.into_string()), 1);
    }
    let policy = HeaderValue::from_str(&content_security_policy(&nonce));
    let policy = policy.map_err(|_| Error::from(ErrorCode::Internal))?;
    let mut response = Html(document).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // The address has the token of the order in it.
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    Ok(response)
}

/// A page of the shop's own with the checkout in it. Without a script there is a link.
pub(crate) fn embedded(pay_page: &str) -> String {
    page(
        "Thank you for your order",
        &html! {
            p { "We have packed it already. Please pay here:" }
            coinpay-checkout src=(pay_page) { a href=(pay_page) { "To the payment" } }
            script src="/coinpay-checkout.js" {}
        },
    )
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
            p {
                a href="/admin/dash" { "The operator's view" } " · "
                a href="/admin/health" { "Health" } " · " a href="/" { "The shop" }
            }
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
            body { main { h1 { (title) } (content) } }
        }
    };
    page.into_string()
}
