//! Changes of seeds, as a simple fuzzer makes them, the same in every run.

/// Numbers that look random (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let number = usize::try_from(self.0 >> 16).expect("48 bits");
        number.checked_rem(end).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).expect("a byte")
    }
}

pub(crate) struct Changes<'a> {
    seeds: &'a [Vec<u8>],
    numbers: Numbers,
}

impl<'a> Changes<'a> {
    pub(crate) fn of(seeds: &'a [Vec<u8>]) -> Self {
        Self {
            seeds,
            numbers: Numbers(0x9e37_79b9_7f4a_7c15),
        }
    }

    fn seed(&mut self) -> &'a [u8] {
        &self.seeds[self.numbers.below(self.seeds.len())]
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let place = self.numbers.below(input.len().max(1)).min(input.len());
        let length = self.numbers.below(16);
        let end = place.saturating_add(length).min(input.len());
        match self.numbers.below(7) {
            0 | 1 if place < input.len() => input[place] ^= 1 << self.numbers.below(8),
            2 if place < input.len() => input[place] = self.numbers.byte(),
            3 => {
                input.drain(place..end);
            }
            4 => {
                let copy = input[place..end].to_vec();
                input.splice(place..place, copy);
            }
            5 => {
                let other = self.seed();
                let from = self.numbers.below(other.len());
                input.truncate(place);
                input.extend_from_slice(&other[from..]);
            }
            _ => input.insert(place, self.numbers.byte()),
        }
    }
}

impl Iterator for Changes<'_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let mut input = self.seed().to_vec();
        for _ in 0..=self.numbers.below(4) {
            self.change(&mut input);
        }
        Some(input)
    }
}
