//! How many riders will be counted: a negative binomial distribution, cut at what can be counted at most.

use super::seen::Count;

/// A chance below this counts as this in a score: one surprise shall not outweigh all else.
const CHANCE_MIN: f64 = 1e-12;

/// A distribution of counts: Poisson around a rate that is gamma distributed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Predictive {
    /// Riders in the mean.
    pub mean: f64,
    /// Shape of the gamma distribution: the variance is `mean + mean² / shape`. Infinite for Poisson.
    pub shape: f64,
}

impl Predictive {
    /// The Poisson distribution.
    pub fn poisson(mean: f64) -> Self {
        Self { mean, shape: f64::INFINITY }
    }
    /// The chances of 0, 1, 2, ... riders.
    pub fn chances(self) -> impl Iterator<Item = f64> {
        let Self { mean, shape } = self;
        let poisson = shape.is_infinite();
        let mut chance = if poisson { (-mean).exp() } else { (-shape * (mean / shape).ln_1p()).exp() };
        (0_u32..).map(move |riders| {
            let (now, riders) = (chance, f64::from(riders));
            chance *= if poisson { mean } else { (shape + riders) * mean / (shape + mean) } / (riders + 1.0);
            now
        })
    }
    /// The logarithm of the chance of what was counted; where all room went, of so many riders or more. The higher the better.
    pub fn log_score(self, seen: Count) -> f64 {
        let (below, at) = self.step(seen);
        (at - below).max(CHANCE_MIN).ln()
    }
    /// How much of what was counted lies within the central `share` of the distribution: 0, 1, or a part where the count straddles its edge. Counts come in
    /// steps, so that no interval of whole riders holds exactly `share`; this does, in the mean, if the distribution is right.
    ///
    /// Source: Czado, Gneiting and Held, "Predictive model assessment for count data", Biometrics 65, 2009 (the non-randomised transform).
    pub fn covers(self, seen: Count, share: f64) -> f64 {
        let (below, at) = self.step(seen);
        let (low, high) = ((1.0 - share) / 2.0, (1.0 + share) / 2.0);
        match at - below > CHANCE_MIN {
            true => (at.min(high) - below.max(low)).max(0.0) / (at - below),
            false => f64::from(u8::from((low..=high).contains(&below))),
        }
    }

    /// The chance of fewer riders than were counted, and that of no more.
    fn step(self, seen: Count) -> (f64, f64) {
        let riders = seen.riders.min(seen.room);
        let mut chances = self.chances();
        let below: f64 = chances.by_ref().take(riders as usize).sum();
        let exactly = chances.next().unwrap_or_default();
        (below.min(1.0), if seen.is_cut() { 1.0 } else { (below + exactly).min(1.0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(riders: u32, room: u32) -> Count {
        Count { riders, room }
    }

    #[test]
    fn chances_sum_to_one_and_to_mean_and_variance() {
        for (mean, shape) in [(0.2, 0.4), (3.0, 2.0), (3.0, f64::INFINITY), (11.0, 60.0)] {
            let of = Predictive { mean, shape };
            let (mut all, mut first, mut second) = (0.0, 0.0, 0.0);
            for (riders, chance) in of.chances().take(800).enumerate() {
                all += chance;
                first += riders as f64 * chance;
                second += (riders * riders) as f64 * chance;
            }
            assert!((all - 1.0).abs() < 1e-9 && (first - mean).abs() < 1e-6, "{mean} {shape}: {all} {first}");
            assert!((second - first * first - mean - mean * mean / shape).abs() < 1e-5);
        }
    }

    #[test]
    fn a_count_that_took_all_room_scores_as_so_many_or_more() {
        let poisson = Predictive::poisson(2.0);
        let none = (-2.0_f64).exp();
        assert!((poisson.log_score(seen(1, 9)) - (2.0 * none).ln()).abs() < 1e-12);
        assert!((poisson.log_score(seen(1, 1)) - (1.0 - none).ln()).abs() < 1e-12);
        assert!(poisson.log_score(seen(400, 999)) >= CHANCE_MIN.ln());
    }

    #[test]
    fn central_intervals_hold_their_share_in_the_mean() {
        for (of, room) in
            [(Predictive { mean: 0.3, shape: 0.5 }, 30), (Predictive { mean: 4.0, shape: 3.0 }, 5)]
        {
            for share in [0.8, 0.95] {
                let chance = |riders: u32| {
                    let below: f64 = of.chances().take(riders as usize).sum();
                    if riders == room {
                        1.0 - below
                    } else {
                        of.chances().nth(riders as usize).unwrap_or_default()
                    }
                };
                let mean: f64 =
                    (0..=room).map(|riders| chance(riders) * of.covers(seen(riders, room), share)).sum();
                assert!((mean - share).abs() < 1e-9, "{of:?} {share}: {mean}");
            }
        }
    }
}
