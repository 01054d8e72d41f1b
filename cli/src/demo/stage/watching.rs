//! What has been seen already of the gateway's deliveries and of the world's journal, so that
//! the timeline tells each thing once and scenarios see their own.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::client::Trouble;
use super::story::Actor;

#[derive(Debug)]
pub(super) struct Watching {
    journal: PathBuf,
    /// Orders of this scenario.
    pub(super) orders: HashSet<String>,
    /// Payments of scenarios before.
    old_payments: HashSet<String>,
    attempts_seen: HashMap<String, usize>,
    deeds_seen: usize,
    /// How many deeds there were when this scenario began.
    deeds_before: usize,
    /// What the shop answered to webhooks in this scenario.
    pub(super) answers: Vec<u64>,
}

impl Watching {
    pub(super) fn new(journal: PathBuf) -> Self {
        Self {
            journal,
            orders: HashSet::new(),
            old_payments: HashSet::new(),
            attempts_seen: HashMap::new(),
            deeds_seen: 0,
            deeds_before: 0,
            answers: Vec::new(),
        }
    }

    pub(super) fn forget(
        &mut self,
        payments: HashSet<String>,
        deliveries: &[Value],
    ) -> Result<(), Trouble> {
        self.old_payments = payments;
        self.orders.clear();
        self.new_deliveries(deliveries);
        self.answers.clear();
        self.deeds_seen = self.deeds()?.len();
        self.deeds_before = self.deeds_seen;
        Ok(())
    }

    /// Lines about attempts to deliver that were not told yet; equal ones in one line.
    pub(super) fn new_deliveries(&mut self, deliveries: &[Value]) -> Vec<String> {
        let mut lines: Vec<(String, usize)> = Vec::new();
        for delivery in deliveries {
            let text = |field: &str| delivery[field].as_str().unwrap_or_default();
            let attempts = delivery["attempts"].as_array();
            let attempts = attempts.map(Vec::as_slice).unwrap_or_default();
            let seen = self.attempts_seen.entry(text("id").to_owned()).or_insert(0);
            let new = attempts.get(*seen..).unwrap_or_default();
            *seen = attempts.len();
            if self.old_payments.contains(text("payment_id")) {
                continue;
            }
            for attempt in new {
                let status = attempt["status"].as_u64();
                self.answers.extend(status);
                let answer = status.map_or_else(|| "no answer".to_owned(), |it| it.to_string());
                let line = format!("sends {}: the shop answers {answer}", text("type"));
                match lines.last_mut().filter(|(same, _)| *same == line) {
                    Some((_, count)) => *count += 1,
                    None => lines.push((line, 1)),
                }
            }
        }
        let told = lines.into_iter().map(|(line, count)| match count {
            1 => line,
            count => format!("{line} ({count} times)"),
        });
        told.collect()
    }

    /// Everything that was ever done in the world.
    pub(super) fn deeds(&self) -> Result<Vec<Value>, Trouble> {
        let text = match fs::read_to_string(&self.journal) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error.into()),
        };
        let lines = text.lines();
        Ok(lines
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect())
    }

    /// What was done in this scenario.
    pub(super) fn deeds_since(&self) -> Result<Vec<Value>, Trouble> {
        Ok(self.deeds()?.split_off(self.deeds_before))
    }

    pub(super) fn new_deeds(&mut self) -> Result<Vec<(Actor, String)>, Trouble> {
        let deeds = self.deeds()?;
        let new = deeds.get(self.deeds_seen..).unwrap_or_default();
        self.deeds_seen = deeds.len();
        let mine = new.iter().filter(|deed| {
            let order_id = deed["order_id"].as_str().unwrap_or_default();
            self.orders.contains(order_id) || order_id == "shop"
        });
        Ok(mine.map(told).collect())
    }
}

fn told(deed: &Value) -> (Actor, String) {
    let text = deed["text"].as_str().unwrap_or_default();
    match deed["kind"].as_str().unwrap_or_default() {
        "mail" => (Actor::Shop, format!("mails {text}")),
        "shipment" => (Actor::Carrier, format!("delivers {text}")),
        "alert" => (Actor::Shop, format!("alerts the operator: {text}")),
        _ => (Actor::Shop, format!("order is {}", text.replace('_', " "))),
    }
}
