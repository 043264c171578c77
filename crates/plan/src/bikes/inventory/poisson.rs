//! The weights of uniformisation: how many jumps a Poisson process makes within a step.

/// A step is cut so that it makes no more jumps than this in the mean: `exp(-500)` is still a number with all its digits.
const JUMPS_MEAN_MAX: f64 = 500.0;
/// What may be left out of a step: the mean number of jumps beyond the last weight.
const LEFT_OUT: f64 = 1e-12;

/// The weight of one number of jumps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Weight {
    /// The chance of exactly so many jumps.
    pub(super) exactly: f64,
    /// The chance of more of them.
    pub(super) more: f64,
}

/// Into how many equal steps `jumps` in the mean are cut.
pub(super) fn steps(jumps: f64) -> u32 {
    (jumps / JUMPS_MEAN_MAX).ceil().max(1.0) as u32
}

/// Fills `weights` for 0, 1, 2, ... jumps of a mean of `mean`, up to where less than [`LEFT_OUT`] jumps are left out.
pub(super) fn fill(weights: &mut Vec<Weight>, mean: f64) {
    weights.clear();
    let mut exactly = (-mean).exp();
    for jumps in 0_u32.. {
        weights.push(Weight { exactly, more: 0.0 });
        exactly *= mean / f64::from(jumps + 1);
        // The weights to come fall at least as fast as a geometric row with this ratio, and so do their tails.
        let ratio = mean / f64::from(jumps + 2);
        if ratio < 1.0 && exactly <= LEFT_OUT * (1.0 - ratio).powi(2) {
            break;
        }
    }
    let mut more = 0.0;
    for weight in weights.iter_mut().rev() {
        weight.more = more;
        more += weight.exactly;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_sum_to_one_and_their_tails_to_the_mean() {
        for mean in [0.0, 1e-9, 0.3, 1.0, 7.5, 60.0, 499.9] {
            let mut weights = Vec::new();
            fill(&mut weights, mean);
            let (all, jumps) = weights
                .iter()
                .fold((0.0, 0.0), |(all, jumps), weight| (all + weight.exactly, jumps + weight.more));
            assert!((all - 1.0).abs() < 1e-11, "{mean}: {all}");
            assert!((jumps - mean).abs() < 1e-11 * (1.0 + mean), "{mean}: {jumps}");
        }
    }

    #[test]
    fn long_steps_are_cut() {
        assert_eq!([0.0, 500.0, 500.1, 1_600.0].map(steps), [1, 1, 2, 4]);
    }
}
