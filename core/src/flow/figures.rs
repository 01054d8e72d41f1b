//! A shop's last days in figures: what was ordered and paid, how long that took, where orders get
//! stuck, and how the news came. Counts what is stored; asks nobody.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::money::{Currency, Units};
use crate::order::{PaymentStatus, Status};
use crate::shop::Shop;
use crate::sorted::SortedMap;
use crate::store::{Fields, Query, Value};
use crate::time::format_rfc3339;

use super::context::Cx;
use super::runtime::{Flow, Start};
use super::schedule::MINUTE_MS;

const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
const MOST_DAYS: u32 = 366;
/// Of each status; whatever is beyond is not counted, and said to be so.
const MOST_ROWS: u32 = 20_000;

/// Asks for the figures of the last days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReportFigures {
    /// At most 366; 30 by default.
    pub days: Option<u32>,
}

/// The last days, today included, in UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Figures {
    pub from_ms: i64,
    pub now_ms: i64,
    /// Oldest first, also those without orders.
    pub days: Vec<Day>,
    /// Of the orders made in these days: how many are where now.
    pub statuses: SortedMap<String, u32>,
    /// How far they came, the first steps first; each is a part of the one before.
    pub funnel: Vec<FunnelStep>,
    /// Why orders of these days need a person, or needed one.
    pub attention: SortedMap<String, u32>,
    /// How long it took from checkout to paid.
    pub time_to_paid: Vec<Span>,
    pub median_to_paid_ms: Option<i64>,
    /// What became of the webhooks of these days, without those that were refused.
    pub webhooks: SortedMap<String, u32>,
    /// There is more than was counted.
    pub truncated: bool,
}

crate::document::written! {
    Figures {
        from_ms, now_ms, days, statuses, funnel, attention, time_to_paid, median_to_paid_ms,
        webhooks, truncated,
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Day {
    /// As `2026-11-25`.
    pub day: String,
    pub orders: u32,
    pub paid: u32,
    /// What the paid ones come to, as decimals by currency.
    pub volume: SortedMap<String, String>,
}

crate::document::written! {
    Day {
        day, orders, paid, volume,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FunnelStep {
    pub step: String,
    pub orders: u32,
}

crate::document::written! {
    FunnelStep {
        step, orders,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Span {
    /// Absent for whatever took longer than all the others.
    pub up_to_ms: Option<i64>,
    pub orders: u32,
}

crate::document::written! {
    Span {
        up_to_ms, orders,
    }
}

const SPANS_MS: [i64; 6] = [
    2 * MINUTE_MS,
    5 * MINUTE_MS,
    15 * MINUTE_MS,
    60 * MINUTE_MS,
    6 * 60 * MINUTE_MS,
    DAY_MS,
];

const STEPS: [&str; 4] = ["opened", "quoted", "seen", "paid"];

impl Shop {
    /// The last days in figures, for operators and their graphs.
    #[must_use]
    pub fn report_figures(self: &Arc<Self>, start: Start, asked: ReportFigures) -> Flow<Figures> {
        let shop = Arc::clone(self);
        Flow::start(start, |channel| async move {
            let cx = Cx::new(shop, channel);
            count(&cx, asked).await
        })
    }
}

async fn count(cx: &Cx, asked: ReportFigures) -> Result<Figures> {
    let days = asked.days.unwrap_or(30).clamp(1, MOST_DAYS);
    let now_ms = cx.now_ms();
    let today_ms = now_ms.div_euclid(DAY_MS).saturating_mul(DAY_MS);
    let earlier_ms = i64::from(days).saturating_sub(1).saturating_mul(DAY_MS);
    let from_ms = today_ms.saturating_sub(earlier_ms);
    let mut loads = Vec::new();
    for status in Status::ALL {
        let params = vec![status.as_str().into(), from_ms.into(), MOST_ROWS.into()];
        loads.push(cx.sql(Query::Figures, params));
    }
    let params = vec![from_ms.into(), MOST_ROWS.into()];
    loads.push(cx.sql(Query::EventFigures, params));
    let mut rows = cx.load(loads).await?;
    let events = rows.pop().unwrap_or_default();
    let most = usize::try_from(MOST_ROWS).unwrap_or(usize::MAX);
    let mut tally = Tally::new(from_ms, days);
    let full = rows.iter().any(|rows| rows.len() >= most) || events.len() >= most;
    for (status, rows) in Status::ALL.iter().zip(&rows) {
        for row in rows {
            tally.add(*status, &Line::read(row)?);
        }
    }
    let mut webhooks = SortedMap::new();
    for row in &events {
        one_more(&mut webhooks, &Fields::of("webhook_events", row).text()?);
    }
    let mut figures = tally.figures();
    (figures.from_ms, figures.now_ms) = (from_ms, now_ms);
    (figures.webhooks, figures.truncated) = (webhooks, full);
    Ok(figures)
}

/// What is counted of an order.
struct Line {
    payment_status: PaymentStatus,
    currency: Currency,
    total: Units,
    quoted: bool,
    attention: String,
    created_at_ms: i64,
    paid_at_ms: Option<i64>,
}

impl Line {
    fn read(row: &[Value]) -> Result<Self> {
        let mut fields = Fields::of("orders", row);
        Ok(Self {
            payment_status: fields.parsed(PaymentStatus::parse)?,
            currency: fields.parsed(|text| Currency::parse(text).ok())?,
            total: fields.parsed(|text| text.parse().ok().map(Units))?,
            quoted: fields.optional_text()?.is_some(),
            attention: fields.text()?,
            created_at_ms: fields.integer()?,
            paid_at_ms: fields.optional_integer()?,
        })
    }
}

struct Tally {
    from_ms: i64,
    days: Vec<Day>,
    /// By day and currency.
    volume: SortedMap<(usize, Currency), Units>,
    statuses: SortedMap<String, u32>,
    attention: SortedMap<String, u32>,
    funnel: [u32; STEPS.len()],
    to_paid_ms: Vec<i64>,
}

impl Tally {
    fn new(from_ms: i64, days: u32) -> Self {
        let day = |number: u32| {
            let at_ms = from_ms.saturating_add(i64::from(number).saturating_mul(DAY_MS));
            let text = format_rfc3339(at_ms);
            Day {
                day: text.split('T').next().unwrap_or_default().to_owned(),
                ..Day::default()
            }
        };
        Self {
            from_ms,
            days: (0..days).map(day).collect(),
            volume: SortedMap::new(),
            statuses: SortedMap::new(),
            attention: SortedMap::new(),
            funnel: [0; STEPS.len()],
            to_paid_ms: Vec::new(),
        }
    }

    fn add(&mut self, status: Status, line: &Line) {
        one_more(&mut self.statuses, status.as_str());
        for reason in line.attention.split_whitespace() {
            one_more(&mut self.attention, reason);
        }
        let paid = line.paid_at_ms.is_some();
        let seen = paid || line.payment_status != PaymentStatus::Pending;
        let reached = [true, line.quoted || seen, seen, paid];
        for (count, reached) in self.funnel.iter_mut().zip(reached) {
            *count = count.saturating_add(u32::from(reached));
        }
        if let Some(paid_at_ms) = line.paid_at_ms {
            self.to_paid_ms
                .push(paid_at_ms.saturating_sub(line.created_at_ms).max(0));
        }
        let since_ms = line.created_at_ms.saturating_sub(self.from_ms);
        let Ok(place) = usize::try_from(since_ms.div_euclid(DAY_MS)) else {
            return;
        };
        let Some(day) = self.days.get_mut(place) else {
            return;
        };
        day.orders = day.orders.saturating_add(1);
        if paid {
            day.paid = day.paid.saturating_add(1);
            let sum = self.volume.slot((place, line.currency));
            *sum = sum.saturating_add(line.total);
        }
    }

    fn figures(mut self) -> Figures {
        for ((place, currency), sum) in self.volume {
            if let Some(day) = self.days.get_mut(place) {
                let sum = currency.format(sum);
                day.volume.insert(currency.code().to_owned(), sum);
            }
        }
        self.to_paid_ms.sort_unstable();
        let median = self.to_paid_ms.get(self.to_paid_ms.len() / 2).copied();
        let steps = STEPS.iter().zip(self.funnel);
        Figures {
            days: self.days,
            statuses: self.statuses,
            attention: self.attention,
            funnel: steps
                .map(|(step, orders)| FunnelStep {
                    step: (*step).to_owned(),
                    orders,
                })
                .collect(),
            time_to_paid: spans(&self.to_paid_ms),
            median_to_paid_ms: median,
            ..Figures::default()
        }
    }
}

fn spans(sorted_ms: &[i64]) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut before = 0;
    let bounds = SPANS_MS.iter().copied().map(Some);
    for up_to_ms in bounds.chain([None]) {
        let within = sorted_ms.partition_point(|one| up_to_ms.is_none_or(|most| *one <= most));
        let orders = u32::try_from(within.saturating_sub(before)).unwrap_or(u32::MAX);
        spans.push(Span { up_to_ms, orders });
        before = within;
    }
    spans
}

fn one_more(counts: &mut SortedMap<String, u32>, name: &str) {
    let count = counts.slot(name.to_owned());
    *count = count.saturating_add(1);
}
