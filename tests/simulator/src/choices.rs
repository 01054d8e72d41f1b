//! Where a schedule's chances come from: a seed, or a list of earlier choices. Every choice is
//! written down, so that a schedule can be played again, cut short and shrunk.

/// The generator is ours because a seed has to mean the same schedule for years.
#[derive(Clone, Debug)]
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }
}

#[derive(Clone, Debug)]
enum Source {
    Seed(SplitMix),
    List(Vec<u32>),
}

#[derive(Clone, Debug)]
pub(crate) struct Choices {
    source: Source,
    made: Vec<u32>,
}

impl Choices {
    #[must_use]
    pub(crate) fn seeded(seed: u64) -> Self {
        Self {
            source: Source::Seed(SplitMix(seed.wrapping_mul(0x2545_F491_4F6C_DD1D))),
            made: Vec::new(),
        }
    }

    /// Plays a list; past its end every choice is the first one, the dullest.
    #[must_use]
    pub(crate) fn listed(list: Vec<u32>) -> Self {
        Self {
            source: Source::List(list),
            made: Vec::new(),
        }
    }

    /// One of `0..count`.
    pub(crate) fn pick(&mut self, count: usize) -> usize {
        let count = u32::try_from(count.max(1)).unwrap_or(u32::MAX);
        let choice = match &mut self.source {
            Source::Seed(random) => u32::try_from(random.next() >> 32).unwrap_or(0) % count,
            Source::List(list) => list.get(self.made.len()).copied().unwrap_or(0) % count,
        };
        self.made.push(choice);
        usize::try_from(choice).unwrap_or(0)
    }

    /// True in `per_mille` of a thousand cases; the dull answer is false.
    pub(crate) fn chance(&mut self, per_mille: u32) -> bool {
        self.pick(1_000) >= 1_000_usize.saturating_sub(per_mille as usize)
    }

    /// The index of one of these weights, as likely as it is heavy.
    pub(crate) fn weighted(&mut self, weights: &[usize]) -> usize {
        let mut left = self.pick(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            if left < *weight {
                return index;
            }
            left -= weight;
        }
        0
    }

    /// Whether a listed schedule has come to its end.
    #[must_use]
    pub(crate) fn are_over(&self) -> bool {
        match &self.source {
            Source::Seed(_) => false,
            Source::List(list) => self.made.len() >= list.len(),
        }
    }

    #[must_use]
    pub(crate) fn made(&self) -> &[u32] {
        &self.made
    }
}
