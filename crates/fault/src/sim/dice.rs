//! The dice of a seed: every choice of a run comes from here, so that the seed repeats the run. The arithmetic is our own (splitmix64), since
//! that of a library may change with its version, and with it every seed that is written down somewhere.

use std::sync::{Mutex, PoisonError};

use sync::Jitter;

/// Numbers that follow from a seed.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    /// The dice of this seed.
    pub(super) fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ 0x5EED)
    }

    /// Other dice of the same seed, for one part of the world.
    pub(super) fn part(seed: u64, part: u64) -> Self {
        Self::of(seed ^ (part + 1).wrapping_mul(0xD6E8_FEB8_6659_FD93))
    }

    pub(super) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to `bound - 1`; 0 for no bound.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.number() % bound).unwrap_or(0)
    }

    /// From `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high.saturating_sub(low)).unwrap_or(0).saturating_add(1);
        low.saturating_add(i64::try_from(self.number() % span).unwrap_or(0))
    }

    /// Whether something that happens in so many of a hundred times happens now.
    pub(super) fn percent(&mut self, percent: u64) -> bool {
        self.number() % 100 < percent
    }

    /// One of these.
    pub(super) fn pick<'a, T>(&mut self, among: &'a [T]) -> Option<&'a T> {
        let index = self.below(among.len());
        among.get(index)
    }

    /// One of these, each as often as its weight says.
    pub(super) fn weighted<T: Copy>(&mut self, among: &[(u64, T)]) -> Option<T> {
        let all: u64 = among.iter().map(|(weight, _)| weight).sum();
        let mut left = self.number() % all.max(1);
        among.iter().find_map(|(weight, one)| match left.checked_sub(*weight) {
            Some(rest) => {
                left = rest;
                None
            }
            None => Some(*one),
        })
    }

    /// Ten bytes for the random part of an id.
    pub(super) fn bytes(&mut self) -> [u8; 10] {
        let (one, two) = (self.number().to_le_bytes(), self.number().to_le_bytes());
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&one);
        bytes[8..].copy_from_slice(&two[..2]);
        bytes
    }
}

/// The jitter of one computer.
#[derive(Debug)]
pub(super) struct DiceJitter(Mutex<Dice>);

impl DiceJitter {
    pub(super) fn new(dice: Dice) -> Self {
        Self(Mutex::new(dice))
    }
}

impl Jitter for DiceJitter {
    fn next(&self) -> f64 {
        let thousandths = self.0.lock().unwrap_or_else(PoisonError::into_inner).below(1001);
        f64::from(u32::try_from(thousandths).unwrap_or(0)) / 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_throws_the_same() {
        let throws = |seed| {
            let mut dice = Dice::of(seed);
            (0..8).map(|_| dice.below(1000)).collect::<Vec<_>>()
        };
        assert_eq!(throws(7), throws(7));
        assert_ne!(throws(7), throws(8));
    }

    #[test]
    fn a_weight_of_nothing_never_happens() {
        let mut dice = Dice::of(3);
        for _ in 0..200 {
            assert_eq!(dice.weighted(&[(0, 'a'), (5, 'b'), (0, 'c')]), Some('b'));
        }
    }
}
