//! Which habits are on, for how long and for whom. Does not know what they do.

use serde_json::{Value, json};

use super::fault_table::{Counts, HABITS, Habit, find};

/// One switched-on habit.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    habit: &'static Habit,
    /// How often it still bites; `None` until it is cleared.
    times: Option<u32>,
    pub ms: Option<u64>,
    pub count: Option<u32>,
    /// Only requests of this route.
    route: Option<&'static str>,
    used: u32,
}

impl Fault {
    pub(crate) fn new(habit: &'static Habit, times: Option<u32>) -> Self {
        Self {
            habit,
            times,
            ms: None,
            count: None,
            route: None,
            used: 0,
        }
    }

    pub(crate) fn ms_or(&self, default_ms: u64) -> u64 {
        self.ms.unwrap_or(default_ms)
    }

    fn to_json(&self) -> Value {
        json!({
            "name": self.habit.0,
            "times": self.times,
            "ms": self.ms,
            "count": self.count,
            "route": self.route,
            "used": self.used,
        })
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

/// A switch as the control API gets it.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Switch {
    name: String,
    times: Option<u32>,
    on: Option<bool>,
    ms: Option<u64>,
    count: Option<u32>,
    route: Option<String>,
}

/// The routes that a fault can be kept to.
pub(crate) const ROUTES: [&str; 8] = [
    "create",
    "get",
    "qr",
    "list",
    "rates",
    "tokens",
    "supported_coins",
    "businesses",
];

impl Faults {
    /// Switches a habit on or off. A habit is on at most once; the newest switch counts.
    pub(crate) fn switch(&mut self, switch: &Switch) -> Result<(), String> {
        let unknown = || format!("name: no fault is called {:?}; GET lists them", switch.name);
        let habit = find(&switch.name).ok_or_else(unknown)?;
        let mut fault = Fault::new(habit, switch.times);
        if let Some(route) = &switch.route {
            if habit.1 != Counts::Requests {
                return Err(format!(
                    "route: {} counts {}, not requests",
                    habit.0,
                    habit.1.as_str()
                ));
            }
            let found = ROUTES.into_iter().find(|known| known == route);
            fault.route = Some(found.ok_or_else(|| format!("route: one of {ROUTES:?}"))?);
        }
        if switch
            .count
            .is_some_and(|count| !(1..=100).contains(&count))
        {
            return Err("count: 1 to 100".to_owned());
        }
        fault.ms = switch.ms;
        fault.count = switch.count;
        self.clear(habit.0);
        if switch.on.unwrap_or(true) && switch.times != Some(0) {
            self.0.push(fault);
        }
        Ok(())
    }

    pub(crate) fn clear(&mut self, name: &str) {
        self.0.retain(|fault| fault.habit.0 != name);
    }

    pub(crate) fn clear_all(&mut self) {
        self.0.clear();
    }

    /// Whether the habit bites now; counts it as one time if it does.
    pub(crate) fn take(&mut self, name: &str) -> Option<Fault> {
        self.take_for(name, None)
    }

    pub(crate) fn is_due(&mut self, name: &str) -> bool {
        self.take(name).is_some()
    }

    /// The same for a request of a route.
    pub(crate) fn take_for(&mut self, name: &str, route: Option<&str>) -> Option<Fault> {
        debug_assert!(find(name).is_some(), "{name} is not in the table");
        let bites = |fault: &Fault| {
            fault.habit.0 == name && (fault.route.is_none() || fault.route == route)
        };
        let index = self.0.iter().position(bites)?;
        let fault = self.0.get_mut(index)?;
        fault.used += 1;
        if let Some(times) = &mut fault.times {
            *times -= 1;
        }
        let taken = fault.clone();
        if taken.times == Some(0) {
            self.0.remove(index);
        }
        Some(taken)
    }

    pub(crate) fn to_json(&self) -> Value {
        let known = HABITS.iter().map(
            |(name, counts, what)| json!({ "name": name, "counts": counts.as_str(), "what": what }),
        );
        json!({
            "on": self.0.iter().map(Fault::to_json).collect::<Vec<_>>(),
            "known": known.collect::<Vec<_>>(),
        })
    }
}
