//! Riders who came beside riders who were expected: what a factor of a rate rests on.

use paceline_model::{Instant, Millis};
use serde::{Deserialize, Serialize};

/// Riders counted, and riders expected if the factor were 1. Counts are Poisson, and factors gamma distributed around 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Evidence {
    riders: f64,
    expected: f64,
}

impl Evidence {
    pub(super) fn of(riders: f64, expected: f64) -> Self {
        Self { riders, expected }
    }
    /// The mean of the factor after what was seen, if before it weighed as `prior` riders: with few riders it stays near 1 (gamma-Poisson).
    pub(super) fn factor(self, prior: f64) -> f64 {
        (prior + self.riders) / (prior + self.expected)
    }
    pub(super) fn add(&mut self, riders: f64, expected: f64) {
        self.riders += riders;
        self.expected += expected;
    }
    /// Riders that it rests on.
    pub(super) fn riders(self) -> f64 {
        self.riders
    }
    /// Both together.
    pub(super) fn and(self, other: Self) -> Self {
        Self { riders: self.riders + other.riders, expected: self.expected + other.expected }
    }
    /// A share of it.
    pub(super) fn weighing(mut self, share: f64) -> Self {
        self.fade(share);
        self
    }
    /// Forgets all but this share.
    pub(super) fn fade(&mut self, kept: f64) {
        self.riders *= kept;
        self.expected *= kept;
    }
}

/// Evidence that is forgotten as time goes on, half of it in a set time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Fading {
    evidence: Evidence,
    at: Instant,
}

impl Fading {
    /// The factor at `at`, which may be ahead: what is known now counts the less the further ahead it is used.
    pub(super) fn factor(&self, at: Instant, prior: f64, half_life: Millis) -> f64 {
        let mut then = *self;
        then.pass(at, half_life);
        then.evidence.factor(prior)
    }
    pub(super) fn add(&mut self, at: Instant, riders: f64, expected: f64, half_life: Millis) {
        self.pass(at, half_life);
        self.evidence.add(riders, expected);
    }
    fn pass(&mut self, at: Instant, half_life: Millis) {
        let passed = at.0.saturating_sub(self.at.0) as f64 / f64::from(half_life.0.max(1));
        self.evidence.fade((-passed).exp2());
        self.at = self.at.max(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_riders_move_a_factor_little_and_many_move_it_far() {
        assert_eq!(Evidence::default().factor(10.0), 1.0);
        assert_eq!(Evidence::of(6.0, 3.0).factor(10.0), 16.0 / 13.0);
        assert!((Evidence::of(6e6, 3e6).factor(10.0) - 2.0).abs() < 1e-5);
    }

    #[test]
    fn half_of_it_is_forgotten_in_its_time_also_ahead() {
        let mut level = Fading::default();
        let hour = Millis(3_600_000);
        level.add(Instant(7_200_000), 30.0, 10.0, hour);
        assert_eq!(level.factor(Instant(7_200_000), 10.0, hour), 2.0);
        assert_eq!(level.factor(Instant(10_800_000), 10.0, hour), 25.0 / 15.0);
        assert_eq!(level.factor(Instant(0), 10.0, hour), 2.0, "a clock that jumps back changes nothing");
    }
}
