//! A figure: what was measured of ours, what stands beside it, and what is wanted of the two.

use serde::Serialize;

/// The middle of many samples, and the quarter below and above it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    pub low: f64,
    pub median: f64,
    pub high: f64,
}

impl Spread {
    /// # Panics
    /// If there is no sample.
    #[must_use]
    pub fn of(samples: &[f64]) -> Self {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        Self {
            low: at(&sorted, 1, 4),
            median: at(&sorted, 1, 2),
            high: at(&sorted, 3, 4),
        }
    }

    /// Of the quotients, sample by sample: what was measured in one round belongs together.
    #[must_use]
    pub fn of_ratios(ours: &[f64], beside: &[f64]) -> Self {
        let ratios: Vec<_> = ours.iter().zip(beside).map(|(a, b)| a / b).collect();
        Self::of(&ratios)
    }
}

/// The value that stands `part / whole` of the way through.
#[must_use]
pub fn at(sorted: &[f64], part: usize, whole: usize) -> f64 {
    let last = sorted.len().checked_sub(1).expect("there are samples");
    sorted[last * part / whole]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Nanoseconds,
    Microseconds,
    PerSecond,
    Megabytes,
}

impl Unit {
    #[must_use]
    pub const fn short(self) -> &'static str {
        match self {
            Self::Nanoseconds => "ns",
            Self::Microseconds => "µs",
            Self::PerSecond => "/s",
            Self::Megabytes => "MB",
        }
    }
}

/// What a ratio, or where nothing stands beside it the figure itself, should be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    AtMost(f64),
    AtLeast(f64),
}

#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    pub group: &'static str,
    pub what: String,
    pub unit: Unit,
    pub ours: Spread,
    /// What it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beside: Option<Spread>,
    /// Ours divided by what is beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<Spread>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wanted: Option<Wanted>,
}

impl Figure {
    /// A figure by itself.
    #[must_use]
    pub fn alone(group: &'static str, what: &str, unit: Unit, samples: &[f64]) -> Self {
        Self {
            group,
            what: what.to_owned(),
            unit,
            ours: Spread::of(samples),
            against: None,
            beside: None,
            ratio: None,
            wanted: None,
        }
    }

    /// The same with what was measured in the same rounds beside it.
    #[must_use]
    pub fn beside(mut self, ours: &[f64], against: &str, samples: &[f64]) -> Self {
        self.against = Some(against.to_owned());
        self.beside = Some(Spread::of(samples));
        self.ratio = Some(Spread::of_ratios(ours, samples));
        self
    }

    #[must_use]
    pub const fn wanted(mut self, wanted: Wanted) -> Self {
        self.wanted = Some(wanted);
        self
    }

    /// Whether it is as wanted; `None` where nothing is.
    #[must_use]
    pub fn holds(&self) -> Option<bool> {
        let found = self.ratio.unwrap_or(self.ours).median;
        self.wanted.map(|wanted| match wanted {
            Wanted::AtMost(most) => found <= most,
            Wanted::AtLeast(least) => found >= least,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_the_middle_and_the_quarters() {
        let spread = Spread::of(&[5.0, 1.0, 4.0, 2.0, 3.0]);
        assert_eq!((spread.low, spread.median, spread.high), (2.0, 3.0, 4.0));
    }

    #[test]
    fn a_ratio_compares_what_was_measured_in_one_round() {
        let ratio = Spread::of_ratios(&[2.0, 20.0, 6.0], &[1.0, 10.0, 2.0]);
        assert_eq!(ratio.median, 2.0);
    }

    #[test]
    fn a_figure_is_held_against_what_is_wanted_of_its_ratio() {
        let figure = Figure::alone("g", "what", Unit::Nanoseconds, &[13.0]);
        assert_eq!(figure.holds(), None);
        let figure = figure.beside(&[13.0], "peer", &[10.0]);
        assert_eq!(
            figure.clone().wanted(Wanted::AtMost(1.25)).holds(),
            Some(false)
        );
        assert_eq!(
            figure.clone().wanted(Wanted::AtMost(1.31)).holds(),
            Some(true)
        );
        assert_eq!(figure.wanted(Wanted::AtLeast(1.4)).holds(), Some(false));
    }
}
