//! What shoppers and the gateway call: checkout, status, the page to pay on, the webhook.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use coinpay_core::flow::{
    CancelOrder, CancelReason, Checkout, CheckoutOutcome, CreateCheckout, OrderAccess, OrderStatus,
};
use coinpay_core::pay::page::{CHECKOUT_SCRIPT, Language};
use coinpay_core::{Error, ErrorCode, Result};
use serde_json::{Value, json};

use super::Shop;
use super::answers::{Answer, Document, Failed, read, read_form, see_other};
use super::catalogue::{Cart, CartLine};
use super::pages;

/// A little more than the engine accepts, so that the engine says so.
const MOST_WEBHOOK_BYTES: usize = 512 * 1024;

type Asked = Query<HashMap<String, String>>;

pub(crate) fn routes() -> Router<Arc<Shop>> {
    Router::new()
        .route("/", get(catalogue))
        .route("/checkout", post(checkout_form))
        .route("/checkout/crypto", post(checkout))
        .route("/orders/{id}/status", get(status))
        .route("/orders/{id}/pay", get(pay))
        .route("/orders/{id}/embedded", get(embedded))
        .route("/coinpay-checkout.js", get(component))
        .route("/orders/{id}/qr.svg", get(qr))
        .route("/orders/{id}/renew", post(renew))
        .route("/orders/{id}/cancel", post(cancel))
}

pub(crate) fn webhook_route() -> Router<Arc<Shop>> {
    Router::new()
        .route("/webhooks/coinpay", post(webhook))
        .layer(DefaultBodyLimit::max(MOST_WEBHOOK_BYTES))
}

/// Runs something that blocks where that harms nobody.
pub(crate) async fn block<T: Send + 'static>(
    shop: Arc<Shop>,
    call: impl FnOnce(&Shop) -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(move || call(&shop))
        .await
        .unwrap_or_else(|_| Err(ErrorCode::Internal.into()))
}

async fn catalogue() -> Response {
    match pages::catalogue() {
        Ok(page) => Html(page).into_response(),
        Err(error) => page_of_error(&error),
    }
}

async fn checkout(State(shop): State<Arc<Shop>>, body: Bytes) -> Answer {
    let cart: Cart = read(&body)?;
    let chain = cart.blockchain.clone();
    let checkout = block(shop, move |shop| open(shop, cart.into_checkout()?)).await?;
    Ok(checkout_answer(&checkout, &chain))
}

fn open(shop: &Shop, input: CreateCheckout) -> Result<Checkout> {
    let customer = input.customer_id.clone();
    let checkout = shop.run(|core, start| core.create_checkout(start, input))?;
    if let Some(customer) = customer {
        let mut known = shop
            .customers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        known.insert(checkout.order_id.clone(), customer);
    }
    Ok(checkout)
}

fn customer_of(shop: &Shop, order_id: &str) -> Option<String> {
    let known = shop
        .customers
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    known.get(order_id).cloned()
}

fn checkout_answer(checkout: &Checkout, chain: &str) -> Document {
    if let CheckoutOutcome::ExistsWithDifferent(_) = checkout.outcome {
        let document = json!({ "error": checkout.outcome, "orderId": checkout.order_id });
        return Document(StatusCode::CONFLICT, document);
    }
    let status = match checkout.outcome {
        CheckoutOutcome::Created => StatusCode::CREATED,
        CheckoutOutcome::Exists | CheckoutOutcome::ExistsWithDifferent(_) => StatusCode::OK,
    };
    let token = checkout.status_token.as_deref().unwrap_or_default();
    let place = |what: &str| format!("/orders/{}/{what}?token={token}", checkout.order_id);
    let payment = checkout
        .order
        .as_ref()
        .and_then(|order| order.payment.as_ref());
    let document = json!({
        "outcome": checkout.outcome,
        "orderId": checkout.order_id,
        "paymentId": payment.map(|payment| &payment.payment_id),
        "address": payment.map(|payment| &payment.address),
        "cryptoAmount": payment.map(|payment| &payment.crypto_amount),
        "blockchain": payment.map_or(chain, |payment| payment.blockchain.code()),
        "expiresAt": payment.and_then(|payment| payment.expires_at_ms),
        "statusToken": token,
        "statusUrl": place("status"),
        "payUrl": place("pay"),
        "qrUrl": place("qr.svg"),
    });
    Document(status, document)
}

async fn checkout_form(State(shop): State<Arc<Shop>>, body: Bytes) -> Response {
    let mut cart = Cart {
        cart_id: String::new(),
        blockchain: String::new(),
        currency: String::new(),
        items: Vec::new(),
        customer_id: None,
        replace: true,
    };
    for (name, value) in read_form(&body) {
        match name.as_str() {
            "cart_id" => cart.cart_id = value,
            "blockchain" => cart.blockchain = value,
            "currency" => cart.currency = value,
            sku => {
                let quantity = value.parse().unwrap_or(0);
                if quantity > 0 {
                    let sku = sku.to_owned();
                    cart.items.push(CartLine { sku, quantity });
                }
            }
        }
    }
    if cart.items.is_empty() {
        return see_other("/");
    }
    let opened = block(shop, move |shop| open(shop, cart.into_checkout()?)).await;
    match opened {
        Ok(checkout) => {
            let token = checkout.status_token.as_deref().unwrap_or_default();
            see_other(&format!("/orders/{}/pay?token={token}", checkout.order_id))
        }
        Err(error) => page_of_error(&error),
    }
}

fn page_of_error(error: &Error) -> Response {
    let status = StatusCode::from_u16(error.code.http_status());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Html(pages::sorry(error))).into_response()
}

fn access(id: String, asked: &HashMap<String, String>) -> OrderAccess {
    OrderAccess {
        order_id: id,
        customer_id: None,
        status_token: asked.get("token").cloned(),
    }
}

async fn look(shop: Arc<Shop>, access: OrderAccess) -> Result<OrderStatus> {
    block(shop, move |shop| {
        shop.run(|core, start| core.order_status(start, access))
    })
    .await
}

async fn status(
    State(shop): State<Arc<Shop>>,
    Path(id): Path<String>,
    Query(asked): Asked,
) -> Answer {
    let order = look(shop, access(id, &asked)).await?;
    let mut document =
        serde_json::to_value(&order).map_err(|_| Error::from(ErrorCode::Internal))?;
    let payment = order.payment.as_ref();
    if let Value::Object(fields) = &mut document {
        // The names of the gateway's own example, beside the engine's.
        fields.insert("orderId".into(), order.order_id.as_str().into());
        fields.insert("paymentStatus".into(), order.payment_status.as_str().into());
        fields.insert("totalUsd".into(), json!(order.total_usd));
        let amount = payment.map(|payment| payment.crypto_amount.as_str());
        fields.insert("cryptoAmount".into(), json!(amount));
        let chain = payment.map(|payment| payment.blockchain.code());
        fields.insert("blockchain".into(), json!(chain));
    }
    Ok(Document(StatusCode::OK, document))
}

async fn pay(
    State(shop): State<Arc<Shop>>,
    Path(id): Path<String>,
    Query(asked): Asked,
    headers: HeaderMap,
) -> Response {
    let token = asked.get("token").cloned().unwrap_or_default();
    let gateway_page = shop.gateway_page.clone();
    let language = language(&headers);
    let looked = block(shop, move |shop| {
        let order = shop.run(|core, start| core.order_status(start, access(id, &asked)))?;
        // What the account has wallets for; the page does without a choice where nobody says.
        let coins = shop.run(coinpay_core::Shop::list_coins);
        Ok((order, coins.map(|coins| coins.blockchains)))
    });
    let page = looked.await.and_then(|(order, chains)| {
        let chains = chains.unwrap_or_default();
        pages::pay(&order, &token, language, chains, gateway_page.as_deref())
    });
    page.unwrap_or_else(|error| page_of_error(&error))
}

/// The language that the browser wants most, of those that the page is written in.
fn language(headers: &HeaderMap) -> Language {
    let asked = headers.get(header::ACCEPT_LANGUAGE);
    let asked = asked.and_then(|value| value.to_str().ok());
    Language::wanted(asked.unwrap_or_default())
}

/// The script of the checkout alone, for pages of the shop's own.
async fn component() -> Response {
    let kind = HeaderValue::from_static("text/javascript; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], CHECKOUT_SCRIPT).into_response()
}

/// The checkout inside of a page that is not the engine's.
async fn embedded(Path(id): Path<String>, Query(asked): Asked) -> Response {
    Html(pages::embedded(&order_page(&id, &asked))).into_response()
}

async fn qr(
    State(shop): State<Arc<Shop>>,
    Path(id): Path<String>,
    Query(asked): Asked,
) -> Result<Response, Failed> {
    let order = look(shop, access(id, &asked)).await?;
    let svg = order.payment.and_then(|payment| payment.qr_svg);
    let svg = svg.ok_or_else(|| Error::from(ErrorCode::NotFound))?;
    let kind = HeaderValue::from_static("image/svg+xml");
    Ok(([(header::CONTENT_TYPE, kind)], svg).into_response())
}

/// Another address for the same order: the cart is taken from the order itself.
async fn renew(
    State(shop): State<Arc<Shop>>,
    Path(id): Path<String>,
    Query(asked): Asked,
    body: Bytes,
) -> Response {
    let place = order_page(&id, &asked);
    let mut fields = read_form(&body).into_iter();
    let chosen = fields.find(|(name, _)| name == "blockchain");
    let renewed = block(shop, move |shop| {
        // Whoever may not see the order may not renew it either.
        let access = access(id.clone(), &asked);
        shop.run(|core, start| core.order_status(start, access))?;
        let order = shop.run(|core, start| core.explain_order(start, id))?.order;
        let cart = Cart {
            cart_id: order.cart_id.unwrap_or_default(),
            blockchain: chosen.map_or_else(|| order.blockchain.code().to_owned(), |(_, code)| code),
            currency: order.currency.code().to_owned(),
            items: order
                .items
                .iter()
                .map(|item| CartLine {
                    sku: item.sku.clone(),
                    quantity: item.quantity,
                })
                .collect(),
            customer_id: customer_of(shop, &order.order_id),
            replace: false,
        };
        match open(shop, cart.into_checkout()?)?.outcome {
            CheckoutOutcome::Created | CheckoutOutcome::Exists => Ok(()),
            CheckoutOutcome::ExistsWithDifferent(_) => {
                let why = "the shop has forgotten the cart; please begin again";
                Err(Error::new(ErrorCode::Rejected, why))
            }
        }
    })
    .await;
    match renewed {
        Ok(()) => see_other(&place),
        Err(error) => page_of_error(&error),
    }
}

async fn cancel(
    State(shop): State<Arc<Shop>>,
    Path(id): Path<String>,
    Query(asked): Asked,
) -> Response {
    let place = order_page(&id, &asked);
    let cancel = CancelOrder {
        access: access(id, &asked),
        reason: CancelReason::Customer,
        actor: None,
        note: None,
    };
    let cancelled = block(shop, move |shop| {
        shop.run(|core, start| core.cancel_order(start, cancel))
    })
    .await;
    match cancelled {
        Ok(_) => see_other(&place),
        Err(error) => page_of_error(&error),
    }
}

fn order_page(id: &str, asked: &HashMap<String, String>) -> String {
    let token = asked.get("token").map(String::as_str).unwrap_or_default();
    format!("/orders/{id}/pay?token={token}")
}

/// The bytes go to the engine as they came; its answer goes back as it is.
async fn webhook(State(shop): State<Arc<Shop>>, headers: HeaderMap, body: Bytes) -> Response {
    let signature = headers.get("x-coinpay-signature");
    let signature = signature.and_then(|value| value.to_str().ok());
    let signature = signature.map(str::to_owned);
    let handled = block(shop, move |shop| {
        shop.run(|core, start| core.handle_webhook(start, body.to_vec(), signature))
    })
    .await;
    let answer = match handled {
        Ok(answer) => answer,
        Err(error) => return Failed::from(error).into_response(),
    };
    let status = StatusCode::from_u16(answer.http_status);
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, answer.body()).into_response();
    let headers = response.headers_mut();
    let json = HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, json);
    if let Some(wait_s) = answer.retry_after_s {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(wait_s));
    }
    // For the demo's timeline; a real shop keeps this in its own log.
    let outcome = serde_json::to_value(&answer.outcome).unwrap_or_default();
    let outcome = outcome["outcome"].as_str().unwrap_or_default();
    if let Ok(value) = HeaderValue::from_str(outcome) {
        headers.insert(HeaderName::from_static("x-demo-outcome"), value);
    }
    response
}
