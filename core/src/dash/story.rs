//! One order: where it stands, what a person can do, and how it came to that, as a timeline of
//! facts, decisions with their rules, webhooks and side work.

use maud::{Markup, html};
use serde_json::Value as Json;

use crate::flow::{EffectLine, EventLine, Explanation, LogLine};
use crate::money::Units;
use crate::order::{Line, Reason, Status};
use crate::{Error, Result};

use super::frame::{Frame, moment, words};
use super::orders::{bad_news, order_path, settle};
use super::{DashAnswer, Desk};

impl Desk {
    pub(super) async fn story(
        &self,
        frame: &Frame<'_>,
        order_id: &str,
        news: Option<&Error>,
    ) -> Result<DashAnswer> {
        let id = order_id.to_owned();
        let told = self
            .run(|shop, start| shop.explain_order(start, id))
            .await?;
        let refund_id = format!("dash-{}", hex::encode(self.channel.random::<8>()));
        let title = format!("Order {}", told.order.order_id);
        let content = html! {
            (bad_news(news))
            (standing(&told))
            (acts(frame, &told, &refund_id))
            section { h2 { "Story" } (timeline(frame, &told)) }
        };
        let status = if news.is_some() { 409 } else { 200 };
        Ok(frame.page(status, &title, &content))
    }
}

fn standing(told: &Explanation) -> Markup {
    let (order, ledger) = (&told.order, &told.ledger);
    let sum = |units: Units| {
        format!(
            "{} {}",
            ledger.currency.format(units),
            ledger.currency.code()
        )
    };
    html! {
        section {
            h2 { "Where it stands" }
            dl {
                dt { "Status" }
                dd { b { (words(order.status.as_str())) } ": " (told.rule) }
                dt { "Payment" } dd { (words(order.payment_status.as_str())) }
                @if !order.attention.is_empty() {
                    dt { "Look at" }
                    dd.bad { @for reason in &order.attention { (words(reason.as_str())) " " } }
                }
                dt { "Due" } dd { (sum(ledger.due)) }
                dt { "Came" } dd { (sum(ledger.credited)) }
                @if !ledger.missing.is_zero() { dt { "Missing" } dd { (sum(ledger.missing)) } }
                @if !ledger.refunded.is_zero() { dt { "Refunded" } dd { (sum(ledger.refunded)) } }
                @if let Some(due) = ledger.refund_due {
                    dt { "To give back" }
                    dd.bad { (sum(due.amount)) " (" (words(due.reason.as_str())) ")" }
                }
                dt { "Goods" }
                dd { @for item in &order.items { (item.quantity) " × " (item.sku) " " } }
                @for attempt in &told.attempts {
                    dt { "Payment " (attempt.attempt) }
                    dd {
                        (attempt.blockchain) ", " (attempt.amount_usd) " USD, " (attempt.state) " "
                        @if let Some(id) = &attempt.payment_id { code { (id) } " " }
                        @if let Some(address) = &attempt.address { "to " code { (address) } " " }
                        @if let Some(how) = &attempt.learnt_by { "heard of by " (how) }
                        @if let Some(error) = &attempt.error { " " span.bad { (error) } }
                    }
                }
            }
        }
    }
}

/// The forms that make sense now; the order itself decides whether what they ask is allowed.
fn acts(frame: &Frame<'_>, told: &Explanation, refund_id: &str) -> Markup {
    let (order, ledger) = (&told.order, &told.ledger);
    let path = order_path(&order.order_id);
    let form = |act: &str, fields: &Markup, button: &str| frame.form(&path, act, fields, button);
    let nothing = html! {};
    let open = matches!(order.status, Status::AwaitingPayment);
    let stock = |reason: &Reason| matches!(reason, Reason::NoStock | Reason::AwaitingStock);
    let asks: Vec<_> = order.attention.iter().filter(|one| !stock(one)).collect();
    let due = ledger.refund_due.map_or(Units::ZERO, |due| due.amount);
    html! {
        section {
            h2 { "Decide" }
            @if order.status == Status::NeedsReview {
                @let reasons = html! { fieldset {
                    @for reason in &asks { label {
                        input type="checkbox" name="reason" value=(reason.as_str()) checked;
                        " although " (words(reason.as_str()))
                    } }
                } };
                @if !asks.is_empty() { (form("accept", &reasons, "Accept as paid")) }
                (form("close", &nothing, "Close and give the money back"))
            }
            @if order.status == Status::Paid {
                (form("fulfilled", &nothing, "The goods were handed over"))
            }
            @if open { (form("cancel", &nothing, "Cancel")) }
            @if !ledger.credited.is_zero() {
                @let fields = html! {
                    input type="hidden" name="refund_id" value=(refund_id);
                    label { "Refund of " input name="amount" size="10" inputmode="decimal"
                        value=(ledger.currency.format(due)); " " (ledger.currency.code()) }
                    label { input type="checkbox" name="waived" value="1"; " left to the shop" }
                    label { input type="checkbox" name="ends_order" value="1"; " ends the order" }
                };
                (form("refund", &fields, "Write down"))
            }
        }
    }
}

/// Something on the timeline.
struct Moment<'a> {
    at_ms: i64,
    what: What<'a>,
}

enum What<'a> {
    Log(&'a LogLine),
    Webhook(&'a EventLine),
    Effect(&'a EffectLine),
}

fn timeline(frame: &Frame<'_>, told: &Explanation) -> Markup {
    let log = told.log.iter().map(|line| Moment {
        at_ms: line.at_ms,
        what: What::Log(line),
    });
    let webhooks = told.events.iter().map(|event| Moment {
        at_ms: event.at_ms,
        what: What::Webhook(event),
    });
    let effects = told.effects.iter().map(|effect| Moment {
        at_ms: effect.updated_at_ms,
        what: What::Effect(effect),
    });
    let mut all: Vec<_> = webhooks.chain(log).chain(effects).collect();
    // What came, what was decided, what followed: of one moment in that order.
    all.sort_by_key(|one| one.at_ms);
    html! {
        ol.story {
            @for one in &all {
                @match one.what {
                    What::Log(line) => (log_entry(line)),
                    What::Webhook(event) => li.webhook {
                        p.quiet { (moment(one.at_ms)) " webhook" }
                        p { (event.event_type) ": " (event.outcome) }
                    },
                    What::Effect(effect) => (effect_entry(frame, told, effect)),
                }
            }
        }
    }
}

fn log_entry(line: &LogLine) -> Markup {
    let said = |key: &str| line.document.get(key).and_then(Json::as_str);
    let rule = line.document.get("line").cloned();
    let rule = rule.and_then(|rule| serde_json::from_value::<Line>(rule).ok());
    let source = line.document.get("source");
    let by_webhook = source.and_then(|source| source.get("type")?.as_str());
    let by_asking = source.is_some_and(|source| source.get("answer").is_some());
    let class = if line.actor.is_some() {
        "person"
    } else {
        "decision"
    };
    html! {
        li class=(class) {
            p.quiet { (moment(line.at_ms)) " no. " (line.version) }
            p {
                b { (words(&line.kind)) }
                @if let Some(kind) = by_webhook { ", by webhook " (kind) }
                @if by_asking { ", by asking the gateway" }
                @if let Some(actor) = &line.actor { ", by " b { (actor) } }
                @if let Some(note) = &line.note { ": " q { (note) } }
            }
            (facts(&line.document))
            @if let Some(status) = said("status") {
                p {
                    "→ " (words(status))
                    @if let Some(rule) = rule { " " span.quiet { "(rule: " (rule.rule()) ")" } }
                }
            }
        }
    }
}

/// What was learnt or asked, where it is more than its name.
fn facts(document: &Json) -> Markup {
    let input = document.get("input");
    let field = |name: &str| input.and_then(|input| input.get(name));
    let list = |value: &Json| {
        let names = value.as_array().into_iter().flatten();
        let names: Vec<_> = names.filter_map(Json::as_str).map(words).collect();
        names.join(", ")
    };
    let reported = field("facts");
    let fact = |name: &str| reported.and_then(|facts| facts.get(name));
    let is = |name: &str| fact(name).and_then(Json::as_bool) == Some(true);
    let mut told: Vec<String> = Vec::new();
    for name in ["seen", "paid_asserted", "forwarded", "expired", "failed"] {
        if is(name) {
            told.push(words(name));
        }
    }
    if let Some(units) = fact("received").and_then(Json::as_str) {
        told.push(format!("{units} base units at the address"));
    }
    if let Some(hash) = fact("transaction").and_then(Json::as_str) {
        told.push(format!("transaction {hash}"));
    }
    if let Some(conflicts) = fact("conflicts").map(list).filter(|text| !text.is_empty()) {
        told.push(format!("contradicts {conflicts}"));
    }
    if let Some(reasons) = field("reasons").map(list) {
        told.push(format!("in spite of: {reasons}"));
    }
    if field("waived").and_then(Json::as_bool) == Some(true) {
        told.push("left to the shop".to_owned());
    }
    if let (Some(kind), Some(to)) = (
        document.get("kind").and_then(Json::as_str),
        document.get("to").and_then(Json::as_str),
    ) {
        told.push(format!("{} is {}", words(kind), words(to)));
    }
    html! { @if !told.is_empty() { p { (told.join("; ")) } } }
}

fn effect_entry(frame: &Frame<'_>, told: &Explanation, effect: &EffectLine) -> Markup {
    let said = |key: &str| effect.payload.get(key).and_then(Json::as_str);
    let alert = effect.kind == crate::order::EffectKind::AlertOperations;
    let id = &told.order.order_id;
    html! {
        li.alert[alert] {
            p.quiet { (moment(effect.updated_at_ms)) " side work" }
            p {
                (words(effect.kind.as_str())) " " span.quiet { (effect.subject) } ": "
                b { (words(&effect.state)) }
                @if let Some(error) = &effect.error { " " span.bad { (error) } }
            }
            @for key in ["message", "cause", "next_step"] {
                @if let Some(text) = said(key).filter(|_| alert) { p { (text) } }
            }
            (settle(frame, &effect.state, id, effect.kind.as_str(), &effect.subject,
                &order_path(id)))
        }
    }
}
