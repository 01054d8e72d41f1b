//! Measurements in turns: each side for a moment, then the other, many times over. What the
//! machine does besides then slows both, and their ratio holds where neither time would.

pub mod bare;
pub mod callers;
pub mod command;
pub mod figure;
pub mod machine;
pub mod memory;
pub mod orders;
pub mod plot;
pub mod pure;
pub mod report;
#[cfg(feature = "servers")]
pub mod servers;
pub mod sizes;
pub mod store;
pub mod turns;

use std::path::Path;

use anyhow::Result;

use figure::Figure;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How often each side has its turn.
    pub rounds: usize,
    /// How long a turn of a pure call takes, in nanoseconds.
    pub turn_ns: u64,
    /// How many webhooks a turn takes.
    pub webhooks: usize,
    /// How many orders the databases hold.
    pub orders: [usize; 3],
    /// The same on database servers.
    pub server_orders: [usize; 2],
}

impl Effort {
    pub const FULL: Self = Self {
        rounds: 31,
        turn_ns: 5_000_000,
        webhooks: 160,
        orders: [1_000, 100_000, 1_000_000],
        server_orders: [10_000, 2_000_000],
    };

    /// Proves that everything runs; its figures mean nothing.
    pub const QUICK: Self = Self {
        rounds: 3,
        turn_ns: 100_000,
        webhooks: 32,
        orders: [50, 200, 1_000],
        server_orders: [50, 1_000],
    };
}

/// One group of figures that are taken together.
#[derive(Debug)]
pub struct Group {
    pub name: &'static str,
    pub about: &'static str,
    pub run: fn(&Effort, &Path) -> Result<Vec<Figure>>,
}

/// All groups, in the order in which they run. The folder that they are given is theirs.
pub const GROUPS: &[Group] = &[
    Group {
        name: "verify",
        about: "is a webhook authentic, beside the bare HMAC",
        run: |effort, _| pure::verify(effort),
    },
    Group {
        name: "parse",
        about: "verify and read a webhook, beside HMAC and a JSON parser",
        run: |effort, _| pure::parse(effort),
    },
    Group {
        name: "decide",
        about: "one decision, beside reading the evidence that it needs",
        run: |effort, _| pure::decide(effort),
    },
    Group {
        name: "documents",
        about: "a webhook's flow through JSON steps, beside the same in process",
        run: pure::documents,
    },
    Group {
        name: "webhook",
        about: "whole webhooks on a durable file, beside bare SQLite; 1 and 32 callers",
        run: callers::run,
    },
    Group {
        name: "orders",
        about: "a webhook in small and large shops, and the memory at the end",
        run: sizes::run,
    },
];
