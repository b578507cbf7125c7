//! The seed's dice.

use std::cell::Cell;

/// `SplitMix64` (Steele, Lea, Flood 2014): small, fast, and the same on every machine and in every release.
pub struct Rng(Cell<u64>);

impl Rng {
    /// The stream that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    /// The next 64 bits.
    pub fn next(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A stream of its own, so that what one part draws does not move what another gets.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self::new(self.next())
    }

    /// From 0 up to `bound`, exclusive; 0 for a bound of 0.
    pub fn below(&self, bound: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or_default()
    }

    /// An index into something that is `len` long; 0 where it is empty.
    pub fn index(&self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or_default()
    }

    /// From `low` to `high`, both inclusive.
    pub fn between(&self, (low, high): (u64, u64)) -> u64 {
        low + self.below(high.saturating_sub(low).saturating_add(1))
    }

    /// True with `probability` (0 to 1).
    pub fn chance(&self, probability: f64) -> bool {
        probability > 0.0
            && f64::from(u32::try_from(self.next() >> 32).unwrap_or_default()) < probability * 4_294_967_296.0
    }

    /// Fills `out`.
    pub fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_published_stream() {
        // First three of the reference implementation for seed 1234567.
        let rng = Rng::new(1_234_567);
        assert_eq!(
            [rng.next(), rng.next(), rng.next()],
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn stays_in_bounds() {
        let rng = Rng::new(1);
        assert!((0..1000).all(|_| rng.below(7) < 7 && (3..=5).contains(&rng.between((3, 5)))));
        assert!((0..1000).all(|_| !rng.chance(0.0) && rng.chance(1.0)));
        let heads = (0..10_000).filter(|_| rng.chance(0.3)).count();
        assert!((2700..3300).contains(&heads), "{heads}");
    }
}
