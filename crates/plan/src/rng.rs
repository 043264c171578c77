//! Chance that repeats: a small generator that its seed fixes, for every solver that searches and for the simulated city.
//! Passed as an argument; the engine itself has none.

/// A stream of numbers that its seed fixes.
///
/// Source: SplitMix64; Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// The stream of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }
    /// The stream of `seed` for one purpose, such as `"demand"`: drawing more for one changes no other.
    pub fn of(seed: u64, purpose: &str) -> Self {
        let mut rng = Self(seed ^ fnv(purpose));
        rng.next_u64();
        rng
    }
    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
    /// Evenly spread over 0 (within) to 1 (without).
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }
    /// Evenly spread over `-spread` to `spread`.
    pub fn around(&mut self, spread: f64) -> f64 {
        (self.unit() * 2.0 - 1.0) * spread
    }
    /// Evenly spread over 0 to `count` - 1; `count` must not be 0. Its bias is below 2^-40 for counts under 2^24.
    pub fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.next_u64()) * count as u128) >> 64) as usize
    }
    /// True `share` of the time.
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }
    /// Shuffles in place (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// 64-bit FNV-1a (Fowler, Noll, Vo; draft-eastlake-fnv), to turn a purpose into a number.
fn fnv(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use crate::Rng;

    #[test]
    fn one_seed_gives_one_stream_and_purposes_differ() {
        let draw = |seed, purpose| {
            let mut rng = Rng::of(seed, purpose);
            [rng.next_u64(), rng.next_u64()]
        };
        assert_eq!(draw(7, "demand"), draw(7, "demand"));
        assert_ne!(draw(7, "demand"), draw(7, "drivers"));
        assert_ne!(draw(7, "demand"), draw(8, "demand"));
    }

    #[test]
    fn draws_stay_within_their_bounds_and_fill_them() {
        let mut rng = Rng::of(1, "test");
        let mut counts = [0u32; 7];
        for _ in 0..70_000 {
            counts[rng.below(7)] += 1;
            assert!((0.0..1.0).contains(&rng.unit()));
            assert!((-3.0..=3.0).contains(&rng.around(3.0)));
        }
        assert!(counts.iter().all(|&count| (9_500..10_500).contains(&count)), "{counts:?}");
    }
}
