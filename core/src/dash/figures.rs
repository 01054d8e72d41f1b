//! Charts of the last days, health, and how news comes. Every chart is a table with bars, so that
//! it says the same to whoever cannot see it.

use crate::sorted::SortedMap;

use maud::{Markup, html};
use serde_json::Value as Json;

use crate::Result;
use crate::flow::{Figures, Health, ReportFigures};

use super::frame::{Frame, duration, moment, words};
use super::{DashAnswer, Desk};

const WIDEST: u64 = 200;

impl Desk {
    pub(super) async fn figures(&self, frame: &Frame<'_>) -> Result<DashAnswer> {
        let days = self.query().text("days").and_then(|text| text.parse().ok());
        let asked = ReportFigures { days };
        let figures = self
            .run(|shop, start| shop.report_figures(start, asked))
            .await?;
        let health = self.run(|shop, start| shop.health(start)).await?;
        let days = html! {
            label { "Days " input name="days" size="4" inputmode="numeric"
                value=(figures.days.len()); }
            button { "Show" }
        };
        let content = html! {
            (well(&health))
            (webhooks(&health, &figures))
            (volume(&figures))
            (steps(&figures))
            (speed(&figures))
            @if figures.truncated { p.bad { "There is more than was counted." } }
            (frame.search("/figures", None, &days))
        };
        Ok(frame.page(200, "Figures", &content))
    }
}

fn well(health: &Health) -> Markup {
    html! {
        section {
            h2 { "Health" }
            @if health.ok { p.good { "Nothing is overdue, failed or waiting for a person." } }
            @for warning in &health.warnings {
                p { span.bad { (warning.message) } " " (warning.next_step) }
            }
            @if let Some(at_ms) = health.worked_at_ms {
                p.quiet { "Last worked " (moment(at_ms)) }
            }
        }
    }
}

fn webhooks(health: &Health, figures: &Figures) -> Markup {
    let text = |document: &Json, key: &str| document.get(key)?.as_str().map(str::to_owned);
    let at = |document: &Json| document.get("at_ms").and_then(Json::as_i64);
    html! {
        section {
            h2 { "Webhooks" }
            (bars("What became of them", &named(&figures.webhooks)))
            p {
                "Of the last " (health.learnt) " payments, " (health.learnt_by_asking)
                " had to be learnt by asking."
            }
            @if let Some(since_ms) = health.webhooks_refused_since_ms {
                p { "Refused since " (moment(since_ms)) ", at least so many:" }
                (bars("Why they were refused", &refused(health)))
            }
            @if let Some(refused) = &health.webhook_rejected {
                p.bad {
                    "The last one refused: "
                    @if let Some(at_ms) = at(refused) { (moment(at_ms)) ", " }
                    (text(refused, "code").unwrap_or_default()) ". "
                    (text(refused, "cause").unwrap_or_default())
                }
            }
            @if let Some(at_ms) = health.webhook_test.as_ref().and_then(at) {
                p.quiet { "The gateway's test button last reached us " (moment(at_ms)) }
            }
        }
    }
}

fn refused(health: &Health) -> Vec<(String, u32)> {
    let counts = health.webhooks_refused.iter();
    let short = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    counts
        .map(|(code, count)| (words(code), short(*count)))
        .collect()
}

fn volume(figures: &Figures) -> Markup {
    let busy: Vec<_> = figures.days.iter().filter(|day| day.orders > 0).collect();
    let most = busy.iter().map(|day| u64::from(day.orders)).max();
    html! {
        section {
            h2 { "Volume" }
            @if busy.is_empty() { p.quiet { "No orders in these days." } } @else {
                table {
                    thead { tr {
                        th { "Day" } th.number { "Orders" } th.number { "Paid" }
                        th { "Paid orders come to" } th { "Orders" }
                    } }
                    tbody { @for day in busy { tr {
                        td { (day.day) } td.number { (day.orders) } td.number { (day.paid) }
                        td { @for (code, sum) in &day.volume { (sum) " " (code) " " } }
                        td { (bar(u64::from(day.orders), most.unwrap_or(1))) }
                    } } }
                }
            }
        }
    }
}

fn steps(figures: &Figures) -> Markup {
    let steps = figures.funnel.iter();
    let steps: Vec<_> = steps.map(|one| (words(&one.step), one.orders)).collect();
    html! {
        section {
            h2 { "Where orders get stuck" }
            (bars("How far they came", &steps))
            (bars("Where they are now", &named(&figures.statuses)))
            (bars("Why a person was needed", &named(&figures.attention)))
        }
    }
}

fn speed(figures: &Figures) -> Markup {
    let spans = figures.time_to_paid.iter().map(|span| {
        let name = span.up_to_ms.map_or_else(
            || "longer".to_owned(),
            |most_ms| format!("within {}", duration(most_ms)),
        );
        (name, span.orders)
    });
    html! {
        section {
            h2 { "Time to paid" }
            @if let Some(median_ms) = figures.median_to_paid_ms {
                p { "Half of the orders are paid within " (duration(median_ms)) "." }
            }
            (bars("From checkout to paid", &spans.collect::<Vec<_>>()))
        }
    }
}

fn named(counts: &SortedMap<String, u32>) -> Vec<(String, u32)> {
    let counts = counts.iter();
    counts.map(|(name, count)| (words(name), *count)).collect()
}

fn bars(caption: &str, counts: &[(String, u32)]) -> Markup {
    let most = counts.iter().map(|(_, count)| u64::from(*count)).max();
    let most = most.unwrap_or(0);
    html! {
        @if most > 0 {
            table {
                caption { (caption) }
                tbody { @for (name, count) in counts { tr {
                    th scope="row" { (name) }
                    td.number { (count) }
                    td { (bar(u64::from(*count), most)) }
                } } }
            }
        }
    }
}

fn bar(count: u64, most: u64) -> Markup {
    let width = count.saturating_mul(WIDEST).checked_div(most).unwrap_or(0);
    html! {
        svg width=(WIDEST) height="16" aria-hidden="true" {
            rect width=(width) height="16" rx="2" {}
        }
    }
}
