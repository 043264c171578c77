//! Chance that its seed fixes: which routes are taken apart next.

/// A stream of numbers. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
pub(super) struct Rng(pub(super) u64);

impl Rng {
    /// A number below `count`, which must not be 0, each about as likely.
    pub(super) fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let first = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let second = (first ^ (first >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let mixed = second ^ (second >> 31);
        ((u128::from(mixed) * count as u128) >> 64) as usize
    }
}
