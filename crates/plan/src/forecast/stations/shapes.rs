//! How much wider than Poisson counts are, learnt from them: a shape for each size of the mean, the likeliest of a few.

use super::predictive::Predictive;
use super::seen::Count;
use serde::{Deserialize, Serialize};

/// The shapes that are weighed against each other: from very wide to Poisson but in name.
const SHAPES: [f64; 14] = [0.15, 0.25, 0.4, 0.6, 0.9, 1.3, 2.0, 3.0, 4.5, 7.0, 12.0, 25.0, 60.0, 10_000.0];
/// Means are sorted by powers of two, from 2^-9 of a rider to 16 and more.
const SIZES: usize = 14;
const SMALLEST: f64 = 1.0 / 512.0;
/// What is kept of the likelihoods with each count: they rest on the last fifty thousand of a size.
const KEPT: f64 = 0.99998;

/// Likelihoods of shapes by size of the mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Shapes([[f64; SHAPES.len()]; SIZES]);

impl Default for Shapes {
    fn default() -> Self {
        Self([[0.0; SHAPES.len()]; SIZES])
    }
}

impl Shapes {
    /// The distribution around a mean.
    pub(super) fn around(&self, mean: f64) -> Predictive {
        let likelihoods = &self.0[size(mean)];
        let better = |best: usize, at: usize| if likelihoods[at] > likelihoods[best] { at } else { best };
        Predictive { mean, shape: SHAPES[(0..SHAPES.len()).fold(FIRST, better)] }
    }
    pub(super) fn learn(&mut self, mean: f64, seen: Count) {
        for (likelihood, shape) in self.0[size(mean)].iter_mut().zip(SHAPES) {
            *likelihood = *likelihood * KEPT + Predictive { mean, shape }.log_score(seen);
        }
    }
}

/// The shape before anything is known.
const FIRST: usize = 6;

fn size(mean: f64) -> usize {
    ((mean / SMALLEST).max(1.0).log2() as usize).min(SIZES - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_that_counts_were_drawn_from_is_found() {
        let mut rng = crate::Rng::of(1, "shapes");
        let mut shapes = Shapes::default();
        let drawn = Predictive { mean: 1.5, shape: 0.9 };
        for _ in 0..20_000 {
            let chance = rng.unit();
            let mut sum = 0.0;
            let riders = drawn.chances().position(|one| {
                sum += one;
                sum > chance
            });
            shapes.learn(1.5, Count { riders: riders.unwrap_or_default() as u32, room: 1_000 });
        }
        assert_eq!(shapes.around(1.5).shape, 0.9);
        assert_eq!(shapes.around(0.1).shape, SHAPES[FIRST], "other sizes know nothing of it");
    }
}
