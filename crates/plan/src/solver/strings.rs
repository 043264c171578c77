//! Ruin by strings, as every solver of routes here does it: how many strings of neighbouring stops are taken out, how long
//! they may be, and which stops one is made of. Whose stops lie near a place is the solver's own affair.
//!
//! Source: adjacent string removal of SISR; Christiaens and Vanden Berghe, Transportation Science 54(2), 2020.

use crate::rng::Rng;

/// The longest string.
const STRING_MAX: f64 = 10.0;
/// How often a string keeps a few stops in its midst.
const SPLIT_SHARE: f64 = 0.5;
/// How often the kept part stops growing by one more.
const SPLIT_DEPTH: f64 = 0.01;

/// What one ruin takes out.
#[derive(Clone, Copy, Debug)]
pub(super) struct StringRuin {
    /// How many strings, each from another route.
    pub(super) strings: usize,
    length_max: f64,
}

impl StringRuin {
    /// Draws a ruin that takes out `stops_mean` stops on average, of `served` in `vehicles` routes. Both must not be 0.
    pub(super) fn draw(stops_mean: f64, served: usize, vehicles: usize, rng: &mut Rng) -> Self {
        let length_max = STRING_MAX.min(served as f64 / vehicles as f64);
        let strings_max = 4.0 * stops_mean / (1.0 + length_max) - 1.0;
        Self { strings: (1.0 + rng.unit() * strings_max).floor() as usize, length_max }
    }

    /// Draws a string of a route's stops that includes the one at `at`, with or without a kept part: the indices to be
    /// taken out, of `count` stops.
    pub(super) fn string(self, at: usize, count: usize, rng: &mut Rng) -> impl Iterator<Item = usize> {
        let length_max = self.length_max.min(count as f64);
        let length = ((1.0 + rng.unit() * length_max).floor() as usize).min(count);
        let mut kept = 0;
        if length > 1 && rng.chance(SPLIT_SHARE) {
            kept = 1;
            while length + kept < count && !rng.chance(SPLIT_DEPTH) {
                kept += 1;
            }
            kept = kept.min(count - length);
        }
        let span = length + kept;
        let (low, high) = ((at + 1).saturating_sub(span), at.min(count - span));
        let from = low + rng.below(high - low + 1);
        let kept_from = from + 1 + rng.below(length.max(2) - 1);
        (from..from + span).filter(move |at| !(kept_from..kept_from + kept).contains(at))
    }
}
