//! The same figures as text for Prometheus.

use std::fmt::Write;

use crate::Result;
use crate::flow::{Export, Figures, Health, ReportFigures};

use super::{DashAnswer, Desk};

impl Desk {
    pub(super) async fn metrics(&self) -> Result<DashAnswer> {
        let asked = ReportFigures { days: Some(30) };
        let figures = self
            .run(|shop, start| shop.report_figures(start, asked))
            .await?;
        let health = self.run(|shop, start| shop.health(start)).await?;
        let first_page = Export {
            limit: Some(1),
            ..Export::default()
        };
        let shelf = self
            .run(|shop, start| shop.export(start, first_page))
            .await?;
        let mut text = Text::default();
        open(&mut text, &health, figures.now_ms);
        refused(&mut text, &health);
        recent(&mut text, &figures);
        text.head(
            "coinpay_stock_pieces",
            "Pieces on the shelf and kept aside.",
        );
        for one in &shelf.stock {
            for (place, count) in [("on_hand", one.on_hand), ("reserved", one.reserved)] {
                let labels = [("sku", one.sku.as_str()), ("place", place)];
                text.line("coinpay_stock_pieces", &labels, count);
            }
        }
        let kind = "text/plain; version=0.0.4; charset=utf-8";
        Ok(self.frame().answer(200, kind, text.0))
    }
}

fn open(text: &mut Text, health: &Health, now_ms: i64) {
    text.head(
        "coinpay_open_orders",
        "Orders that wait for money or a person.",
    );
    for (status, count) in &health.orders {
        text.line("coinpay_open_orders", &[("status", status)], *count);
    }
    text.head("coinpay_effects", "Side work that is not over.");
    for (state, count) in &health.effects {
        text.line("coinpay_effects", &[("state", state)], *count);
    }
    let since_s = health
        .worked_at_ms
        .map(|at_ms| now_ms.saturating_sub(at_ms) / 1_000);
    for (name, about, value) in [
        (
            "coinpay_overdue_looks",
            "Questions to the gateway that are overdue.",
            Some(health.overdue_looks),
        ),
        (
            "coinpay_recent_payments",
            "The last payments, at most 100.",
            Some(health.learnt),
        ),
        (
            "coinpay_recent_payments_learnt_by_asking",
            "Of those, the ones that no webhook told of.",
            Some(health.learnt_by_asking),
        ),
        (
            "coinpay_warnings",
            "What is not as it should be.",
            i64::try_from(health.warnings.len()).ok(),
        ),
        (
            "coinpay_seconds_since_work",
            "How long ago work was last called.",
            since_s,
        ),
    ] {
        if let Some(value) = value {
            text.head(name, about);
            text.line(name, &[], value);
        }
    }
}

fn refused(text: &mut Text, health: &Health) {
    let name = "coinpay_webhooks_refused_total";
    text.typed_head(
        name,
        "Webhooks that were refused, at least so many.",
        "counter",
    );
    for (code, count) in &health.webhooks_refused {
        text.line(name, &[("code", code)], *count);
    }
}

fn recent(text: &mut Text, figures: &Figures) {
    let about = "Orders of the last 30 days, by where they are now.";
    text.head("coinpay_orders_30d", about);
    for (status, count) in &figures.statuses {
        text.line(
            "coinpay_orders_30d",
            &[("status", status)],
            i64::from(*count),
        );
    }
    let about = "Orders of the last 30 days, by how far they came.";
    text.head("coinpay_funnel_30d", about);
    for one in &figures.funnel {
        text.line(
            "coinpay_funnel_30d",
            &[("step", &one.step)],
            i64::from(one.orders),
        );
    }
    let about = "Orders of the last 30 days that were paid within so many seconds.";
    text.head("coinpay_paid_within_30d", about);
    let mut sum = 0_i64;
    for span in &figures.time_to_paid {
        sum = sum.saturating_add(i64::from(span.orders));
        let bound = span.up_to_ms.map(|most_ms| (most_ms / 1_000).to_string());
        let bound = bound.as_deref().unwrap_or("+Inf");
        text.line("coinpay_paid_within_30d", &[("le", bound)], sum);
    }
    let about = "Webhooks of the last 30 days, without those that were refused.";
    text.head("coinpay_webhooks_30d", about);
    for (outcome, count) in &figures.webhooks {
        text.line(
            "coinpay_webhooks_30d",
            &[("outcome", outcome)],
            i64::from(*count),
        );
    }
    text.head(
        "coinpay_volume_today",
        "What the orders of today that were paid come to.",
    );
    for (code, sum) in figures.days.last().into_iter().flat_map(|day| &day.volume) {
        text.line("coinpay_volume_today", &[("currency", code)], sum);
    }
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn head(&mut self, name: &str, about: &str) {
        self.typed_head(name, about, "gauge");
    }

    fn typed_head(&mut self, name: &str, about: &str, kind: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {about}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let labels = labels.iter().map(|(label, text)| {
            let text = text
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n");
            format!("{label}=\"{text}\"")
        });
        let labels = labels.collect::<Vec<_>>().join(",");
        let _ = if labels.is_empty() {
            writeln!(self.0, "{name} {value}")
        } else {
            writeln!(self.0, "{name}{{{labels}}} {value}")
        };
    }
}
