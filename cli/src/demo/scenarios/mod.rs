//! The day's scenarios, by theme. Each names the facts that have to be visible at its end before
//! it is played; whether they are is compared word by word.

mod checkouts;
mod crashes;
mod forgeries;
mod gateway;
mod later;
mod money;
mod purchases;
mod webhooks;

use super::stage::{Scene, Trouble};

pub(crate) struct Scenario {
    /// For `--only` and for programs.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) expected: &'static str,
    pub(crate) play: fn(&mut Scene) -> Result<String, Trouble>,
}

/// In the order of the day. Those that let hours and days pass come last.
pub(crate) fn all() -> impl Iterator<Item = &'static Scenario> {
    let themes = [
        purchases::SCENARIOS,
        checkouts::SCENARIOS,
        webhooks::SCENARIOS,
        forgeries::SCENARIOS,
        gateway::SCENARIOS,
        crashes::SCENARIOS,
        money::SCENARIOS,
        later::SCENARIOS,
    ];
    themes.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_scenario_has_a_name_of_its_own_and_expects_something() {
        let names: BTreeSet<_> = all().map(|scenario| scenario.name).collect();
        assert_eq!(names.len(), all().count());
        assert!(names.len() >= 40);
        assert!(all().all(|scenario| !scenario.expected.is_empty()));
        let plain = |name: &str| name.chars().all(|ch| ch.is_ascii_lowercase() || ch == '-');
        assert!(names.iter().all(|name| plain(name)));
    }
}
