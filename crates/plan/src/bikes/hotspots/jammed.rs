//! Stations that have bikes and give none: jammed docks, a dead terminal, bikes that nobody can ride. Nothing reports them; they are found from
//! the departures that did not happen.
//!
//! Where rentals come as a Poisson process, the chance that none comes while `m` are expected is `exp(-m)`. A station may break at any time, so
//! the test begins anew with each rental: it is Page's test (Biometrika 41, 1954) of the learnt rate against none at all, whose likelihood
//! ratio is `exp(m)` since the last rental. The first gap of `m` in a Poisson process of rate 1 comes after `exp(m) - 1` in the mean. So an alarm at
//! `m = ln(1 + n)` is false once in `n` expected rentals, exactly, as long as the rates are right.

use crate::forecast::stations::Rates;
use paceline_model::{Instant, Millis};
use serde::{Deserialize, Serialize};

/// What has been expected of a station since its last rental. Equal inputs in equal order, equal state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Silence {
    /// Rentals that should have come since.
    pub expected: f64,
    /// When it began: the last rental, or the first time it was watched.
    pub since: Option<Instant>,
}

/// When a silence is too long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SilenceTest {
    /// One alarm in so many expected rentals is false; at least 1. A city of 10,000 rentals a day has one false alarm in ten days by 100,000.
    pub rentals_per_false_alarm: f64,
    /// How sure the rates are: the shape of the gamma distribution around them, as the forecast learns it. Infinite if they are exact.
    pub shape: f64,
}

/// A station that gives no bikes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jammed {
    /// Since when.
    pub since: Option<Instant>,
    /// Rentals that should have come.
    pub expected: f64,
    /// The chance of so long a silence at a station that is well.
    pub chance: f64,
}

impl Silence {
    /// Somebody took a bike at `at`: whatever was wrong, this one worked.
    pub fn rental(&mut self, at: Instant) {
        *self = Self { expected: 0.0, since: Some(at) };
    }
    /// No bike was taken from `from` for as long as `lasts` although there was one and the station was in service. Time in which nobody could
    /// rent is not told: the silence waits.
    pub fn pass(&mut self, from: Instant, lasts: Millis, rates: Rates) {
        self.expect(from, rates.rentals_per_hour * f64::from(lasts.0) / 3_600_000.0);
    }
    /// The same, of a time from `from` on in which so many rentals were expected.
    pub fn expect(&mut self, from: Instant, rentals: f64) {
        self.since.get_or_insert(from);
        self.expected += rentals.max(0.0);
    }
}

impl Default for SilenceTest {
    /// One in 100,000, and rates that are off by some third.
    fn default() -> Self {
        Self { rentals_per_false_alarm: 100_000.0, shape: 10.0 }
    }
}

impl SilenceTest {
    /// Whether the station counts as jammed. With rates that are not sure the chance of a silence is `(1 + m / shape)^-shape`, which is
    /// larger, and the alarm comes later.
    pub fn judge(&self, silence: Silence) -> Option<Jammed> {
        let chance = self.chance(silence.expected);
        let enough = chance * (1.0 + self.rentals_per_false_alarm.max(1.0)) <= 1.0;
        enough.then_some(Jammed { since: silence.since, expected: silence.expected, chance })
    }
    /// The expected rentals after which a silent station counts as jammed.
    pub fn patience(&self) -> f64 {
        let evidence = self.rentals_per_false_alarm.max(1.0).ln_1p();
        if self.shape.is_finite() { self.shape * (evidence / self.shape).exp_m1() } else { evidence }
    }
    fn chance(&self, expected: f64) -> f64 {
        if self.shape.is_finite() {
            (-self.shape * (expected / self.shape).ln_1p()).exp()
        } else {
            (-expected).exp()
        }
    }
}
