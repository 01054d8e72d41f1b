//! Lists: all orders with filters and search, what needs a person, and side work.

use maud::{Markup, html};

use crate::flow::{ListEffects, ListOrders, ListedEffect, ListedOrder};
use crate::order::Status;
use crate::{Error, Result};

use super::form::encoded;
use super::frame::{Frame, moment, words};
use super::{DashAnswer, Desk};

impl Desk {
    pub(super) async fn orders(&self, frame: &Frame<'_>) -> Result<DashAnswer> {
        let query = self.query();
        let status = query.text("status").and_then(Status::parse);
        let list = ListOrders {
            statuses: status.into_iter().collect(),
            refund_due: query.is_set("refund_due"),
            search: query.text("search").map(str::to_owned),
            before_ms: query.text("before").and_then(|text| text.parse().ok()),
            limit: None,
        };
        let asked = list.clone();
        let found = self
            .run(|shop, start| shop.list_orders(start, asked))
            .await?;
        let more = found.next_before_ms.map(|before_ms| {
            let status = status.map_or("", |status| status.as_str());
            let owing = if list.refund_due { "1" } else { "" };
            let query = format!("status={status}&refund_due={owing}&before={before_ms}");
            frame.to_query("/orders", &query)
        });
        let content = html! {
            (filters(frame, &list))
            section {
                (orders(frame, "Orders", &found.orders))
                @if let Some(more) = more { p { a href=(more) { "Older ones" } } }
            }
        };
        Ok(frame.page(200, "Orders", &content))
    }

    pub(super) async fn review(&self, frame: &Frame<'_>) -> Result<DashAnswer> {
        let waiting = ListOrders {
            statuses: vec![Status::NeedsReview],
            limit: Some(200),
            ..ListOrders::default()
        };
        let waiting = self
            .run(|shop, start| shop.list_orders(start, waiting))
            .await?;
        let owing = ListOrders {
            refund_due: true,
            limit: Some(200),
            ..ListOrders::default()
        };
        let owing = self
            .run(|shop, start| shop.list_orders(start, owing))
            .await?;
        let content = html! {
            section { h2 { "Need a person" } (orders(frame, "Need a person", &waiting.orders)) }
            section {
                h2 { "Money to give back" }
                (orders(frame, "Money to give back", &owing.orders))
            }
        };
        Ok(frame.page(200, "Review", &content))
    }

    pub(super) async fn effects(
        &self,
        frame: &Frame<'_>,
        news: Option<&Error>,
    ) -> Result<DashAnswer> {
        let list = ListEffects {
            limit: Some(200),
            ..ListEffects::default()
        };
        let found = self
            .run(|shop, start| shop.list_effects(start, list))
            .await?;
        let content = html! {
            (bad_news(news))
            @for (state, about) in [
                ("uncertain", "Nobody knows whether it was done"),
                ("dead", "Failed at the last try"),
                ("due", "Waiting"),
                ("claimed", "Under way"),
                ("held", "Held while the order needs a person"),
            ] {
                @let all = found.effects.iter();
                @let listed: Vec<_> = all.filter(|one| one.state == state).collect();
                section {
                    h2 { (about) " (" (listed.len()) ")" }
                    (effects(frame, about, &listed))
                }
            }
        };
        let status = if news.is_some() { 409 } else { 200 };
        Ok(frame.page(status, "Side work", &content))
    }
}

pub(super) fn bad_news(news: Option<&Error>) -> Markup {
    html! {
        @if let Some(error) = news {
            p.bad role="alert" { "Not done: " (error.message) }
        }
    }
}

fn filters(frame: &Frame<'_>, list: &ListOrders) -> Markup {
    let fields = html! {
        label { "Status " select name="status" {
            option value="" { "all" }
            @for status in Status::ALL {
                option value=(status.as_str()) selected[list.statuses.contains(status)] {
                    (words(status.as_str()))
                }
            }
        } }
        label {
            input type="checkbox" name="refund_due" value="1" checked[list.refund_due];
            " money to give back"
        }
        label { "Search " input name="search" type="search" size="38"
            placeholder="order, payment, cart or customer"
            value=[list.search.as_deref()]; }
        button { "Show" }
    };
    frame.search("/orders", Some("search"), &fields)
}

fn orders(frame: &Frame<'_>, label: &str, orders: &[ListedOrder]) -> Markup {
    if orders.is_empty() {
        return html! { p.quiet { "None." } };
    }
    html! {
        div.wide tabindex="0" role="region" aria-label=(label) {
            table {
                thead { tr {
                    th { "Order" } th { "Made" } th { "Status" } th.number { "Total" }
                    th.number { "Came" } th { "With" } th { "Why" }
                } }
                tbody { @for order in orders { tr {
                    td { a href=(frame.order(&order.order_id)) { code { (order.order_id) } } }
                    td { (moment(order.created_at_ms)) }
                    td { (words(order.status.as_str())) }
                    td.number { (order.total) " " (order.currency) }
                    td.number { (order.credited) }
                    td { (order.blockchain.code()) }
                    td {
                        @for reason in &order.attention { (words(reason.as_str())) " " }
                        @if let Some(amount) = &order.refund_due_amount {
                            "give back " (amount)
                        }
                    }
                } } }
            }
        }
    }
}

fn effects(frame: &Frame<'_>, label: &str, effects: &[&ListedEffect]) -> Markup {
    if effects.is_empty() {
        return html! { p.quiet { "None." } };
    }
    html! {
        div.wide tabindex="0" role="region" aria-label=(label) {
            table {
                thead { tr {
                    th { "What" } th { "Order" } th.number { "Tries" } th { "Next" } th { "Error" }
                    th { "Settle" }
                } }
                tbody { @for one in effects { tr {
                    td { (words(one.kind.as_str())) " " span.quiet { (one.subject) } }
                    td {
                        @if one.order_id == "shop" { "the shop" } @else {
                            a href=(frame.order(&one.order_id)) { code { (one.order_id) } }
                        }
                    }
                    td.number { (one.tries) }
                    td { (moment(one.next_at_ms)) }
                    td { (one.error.as_deref().unwrap_or_default()) }
                    td { (settle(frame, one.state.as_str(), &one.order_id, one.kind.as_str(),
                        &one.subject, "/effects")) }
                } } }
            }
        }
    }
}

/// What a person can say of side work that stopped.
pub(super) fn settle(
    frame: &Frame<'_>,
    state: &str,
    order_id: &str,
    kind: &str,
    subject: &str,
    back: &str,
) -> Markup {
    if !matches!(state, "dead" | "uncertain") {
        return html! {};
    }
    let fields = html! {
        input type="hidden" name="order_id" value=(order_id);
        input type="hidden" name="kind" value=(kind);
        input type="hidden" name="subject" value=(subject);
        select name="settlement" aria-label={ "What became of " (words(kind)) } {
            option value="again" { "do it again" }
            option value="done" { "it was done" }
            option value="void" { "not to be done" }
        }
    };
    frame.form(back, "settle", &fields, "Settle")
}

/// The address of an order's page, as a path of ours.
pub(super) fn order_path(order_id: &str) -> String {
    format!("/orders/{}", encoded(order_id))
}
