//! What the killed processes said that they had done.

use std::fmt;

#[derive(Clone, Debug, Default)]
pub(crate) struct Acknowledged {
    /// The shelf was filled.
    pub stocked: bool,
    /// Cart, order, payment.
    pub checkouts: Vec<(String, String, String)>,
    /// Body's hash, payment.
    pub webhooks: Vec<(String, String)>,
    /// Order, kind, subject.
    pub completed: Vec<(String, String, String)>,
    /// Order.
    pub cancelled: Vec<String>,
}

impl Acknowledged {
    pub(crate) fn take(&mut self, lines: &[String]) {
        for line in lines {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            match words.as_slice() {
                [what, cart, order, payment] if what == "checkout" => {
                    let known = (cart.clone(), order.clone(), payment.clone());
                    self.checkouts.push(known);
                }
                [what, hash, payment, status] if what == "webhook" => {
                    assert_eq!(status, "200", "{line}");
                    self.webhooks.push((hash.clone(), payment.clone()));
                }
                [what, order, kind, subject] if what == "completed" => {
                    let known = (order.clone(), kind.clone(), subject.clone());
                    self.completed.push(known);
                }
                [what, order] if what == "cancelled" => self.cancelled.push(order.clone()),
                [what] if what == "stocked" => self.stocked = true,
                [what] if what == "worked" || what == "failed" => {}
                _ => panic!("a process said: {line}"),
            }
        }
    }

    /// What was said after `before`.
    pub(crate) fn since(&self, before: &Self) -> Self {
        Self {
            stocked: self.stocked,
            checkouts: self.checkouts[before.checkouts.len()..].to_vec(),
            webhooks: self.webhooks[before.webhooks.len()..].to_vec(),
            completed: self.completed[before.completed.len()..].to_vec(),
            cancelled: self.cancelled[before.cancelled.len()..].to_vec(),
        }
    }

    /// A run in which nothing was acknowledged shows nothing.
    pub(crate) fn assert_worth_something(&self) {
        assert!(self.checkouts.len() > 10, "{self}");
        assert!(self.webhooks.len() > 10, "{self}");
        assert!(self.completed.len() > 10, "{self}");
    }
}

impl fmt::Display for Acknowledged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} checkouts, {} webhooks, {} completions, {} cancellations acknowledged",
            self.checkouts.len(),
            self.webhooks.len(),
            self.completed.len(),
            self.cancelled.len()
        )
    }
}
