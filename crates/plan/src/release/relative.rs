//! A sequential test of two rates: whether errors of one release are so many times as frequent as those of another that serves at the same time.
//!
//! Of the errors of a span, the new release's part follows a binomial law whose chance is known from the requests of both and the ratio of
//! their rates, whatever the rates are: an hour that is bad for both says nothing. Errors count as rare and as independent of each other; where
//! they are frequent, fewer wrong answers come of it than are stated. Source: J. Przyborowski and H. Wilenski, Biometrika 31(3-4), 1940, for
//! the condition; A. Wald, Annals of Mathematical Statistics 16(2), 1945, for the test, whose bounds hold for spans of any size.

use super::counted::Counted;
use crate::edge::rollout::{Standing, standing};

/// The test, as far as it has come: the ratio is at most one, or at least `times`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Relative {
    /// From how many times the old release's share of errors on the new one is worse; above 1.
    pub times: f64,
    /// How often a release that is no worse is taken for one that is, at most.
    pub alarm: f64,
    /// How often a worse one is taken for one that is not, at most.
    pub miss: f64,
    /// The logarithm of the likelihood of worse over that of no worse.
    ratio: f64,
}

impl Relative {
    /// One that has seen nothing.
    pub fn new(times: f64, alarm: f64, miss: f64) -> Self {
        Self { times, alarm, miss, ratio: 0.0 }
    }

    /// Takes in what both did in one span. A span in which one of them served nobody says nothing.
    pub fn observe(&mut self, new: Counted, old: Counted) {
        if new.requests == 0 || old.requests == 0 {
            return;
        }
        let part = |times: f64| {
            let own = times * new.requests as f64;
            own / (own + old.requests as f64)
        };
        let (good, bad) = (part(1.0), part(self.times));
        self.ratio +=
            new.errors as f64 * (bad / good).ln() + old.errors as f64 * ((1.0 - bad) / (1.0 - good)).ln();
    }

    /// Where it stands.
    pub fn standing(&self) -> Standing {
        standing(self.ratio, self.alarm, self.miss)
    }
}
