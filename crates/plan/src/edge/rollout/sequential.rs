//! A test of a share that may be looked at after every request: Wald's sequential probability ratio test. It stops as soon as enough is
//! known, and looking often does not spoil it, as it does a test of fixed size.
//!
//! Source: A. Wald, "Sequential Tests of Statistical Hypotheses", Annals of Mathematical Statistics 16(2), 1945. The share is at most
//! `good`, or at least `bad`; between the two either answer will do. With thresholds `ln((1 - miss) / alarm)` and `ln(miss / (1 - alarm))` the
//! rates hold up to the overshoot, which makes both smaller but for terms of second order. Requests count as independent.

/// The two shares that are told apart, and how often the answer may be wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sequential {
    /// A share up to which all is well, in 0..1.
    pub good: f64,
    /// A share from which it is not; above `good`.
    pub bad: f64,
    /// How often a good one is taken for a bad one at most.
    pub alarm: f64,
    /// How often a bad one is taken for a good one at most.
    pub miss: f64,
}

/// What is known so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is good.
    Good,
    /// It is bad.
    Bad,
    /// Not yet enough to tell.
    Open,
}

impl Sequential {
    /// Where `hits` of `of` leave it. More hits than tries are none that can be: not enough to tell.
    pub fn judge(&self, hits: u64, of: u64) -> Standing {
        if hits > of {
            return Standing::Open;
        }
        let ratio = hits as f64 * (self.bad / self.good).ln()
            + (of - hits) as f64 * ((1.0 - self.bad) / (1.0 - self.good)).ln();
        standing(ratio, self.alarm, self.miss)
    }
}

/// Where a logarithm of the likelihood of bad over that of good leaves a test.
pub fn standing(ratio: f64, alarm: f64, miss: f64) -> Standing {
    match () {
        () if ratio >= ((1.0 - miss) / alarm).ln() => Standing::Bad,
        () if ratio <= (miss / (1.0 - alarm)).ln() => Standing::Good,
        () => Standing::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST: Sequential = Sequential { good: 0.01, bad: 0.02, alarm: 0.01, miss: 0.01 };

    #[test]
    fn it_says_good_bad_or_not_yet() {
        assert_eq!(TEST.judge(0, 0), Standing::Open);
        assert_eq!(TEST.judge(0, 452), Standing::Open);
        assert_eq!(TEST.judge(0, 453), Standing::Good, "ln(1/99) of -4.595 over ln(98/99) a request");
        assert_eq!(TEST.judge(7, 10), Standing::Bad);
        assert_eq!(TEST.judge(5, 1), Standing::Open, "no five of one");
    }

    #[test]
    fn more_errors_never_look_better_and_more_right_answers_never_worse() {
        let order = |standing| match standing {
            Standing::Good => 0,
            Standing::Open => 1,
            Standing::Bad => 2,
        };
        for of in (0..3_000).step_by(7) {
            for hits in 0..40.min(of) {
                let here = order(TEST.judge(hits, of));
                assert!(
                    here <= order(TEST.judge(hits + 1, of + 1)) && here >= order(TEST.judge(hits, of + 1))
                );
            }
        }
    }
}
