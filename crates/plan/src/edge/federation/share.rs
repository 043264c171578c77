//! How many replicas each of several clusters gets: in proportion to weights, within bounds, and no more of what is there moves than must.
//!
//! Of all ways to share out, the one of least `sum of n*n / weight`, which is Webster's method of apportionment with bounds: the next replica goes
//! where `(2n + 1) / weight` is least. Source: Balinski and Young, *Fair Representation*, 2nd ed. 2001, chapter on divisor methods; that a greedy choice is
//! optimal for separable convex sums is Gross, 1956. Work: clusters x 64 steps, whatever the number of replicas.

/// A cluster's bounds and what it weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) least: u32,
    pub(super) most: u32,
    /// At least 1.
    pub(super) weight: u32,
}

/// Shares `total` out. Shape: a number for each of `bounds`; their sum is `total`, as far as the bounds let it be.
pub(super) fn share(bounds: &[Bounds], total: u32) -> Vec<u32> {
    let sum = |level: u64| -> u64 { bounds.iter().map(|of| u64::from(at_level(of, level))).sum() };
    // The highest level whose sum does not exceed the total, found by halving.
    let (mut low, mut high) = (0_u64, LEVEL_MAX);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if sum(middle) <= u64::from(total) { low = middle } else { high = middle - 1 }
    }
    let mut shares: Vec<u32> = bounds.iter().map(|of| at_level(of, low)).collect();
    let mut left = u64::from(total).saturating_sub(shares.iter().map(|share| u64::from(*share)).sum());
    // Fewer than one of each are left, unless all are full.
    while left > 0 {
        let next = (0..bounds.len()).filter(|at| shares[*at] < bounds[*at].most);
        let Some(next) = next.min_by(|a, b| earlier(bounds, &shares, *a, *b)) else { break };
        shares[next] += 1;
        left -= 1;
    }
    shares
}

/// Levels are `(2n + 1) / weight` in parts of 1 / 2^20: more than two shares of 10,000 replicas and weights of 1,000 can differ by.
const PARTS: u64 = 1 << 20;
/// No share is larger than this level's.
const LEVEL_MAX: u64 = (2 * 20_000 + 1) * PARTS;

/// Replicas whose turn comes before a level, within bounds.
fn at_level(of: &Bounds, level: u64) -> u32 {
    // (2n + 1) * PARTS <= level * weight for the n-th replica, counted from 0.
    let turns = (level as u128 * u128::from(of.weight) / u128::from(PARTS)).saturating_add(1) / 2;
    u32::try_from(turns).unwrap_or(u32::MAX).clamp(of.least, of.most.max(of.least))
}

/// Whose next replica comes first: compared exactly; of equals the heavier one's, then the first.
fn earlier(bounds: &[Bounds], shares: &[u32], a: usize, b: usize) -> std::cmp::Ordering {
    let turn = |at: usize, other: usize| (2 * u64::from(shares[at]) + 1) * u64::from(bounds[other].weight);
    turn(a, b).cmp(&turn(b, a)).then(bounds[b].weight.cmp(&bounds[a].weight)).then(a.cmp(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rng;

    /// One replica after the other.
    fn slow(bounds: &[Bounds], total: u32) -> Vec<u32> {
        let mut shares: Vec<u32> = bounds.iter().map(|of| of.least).collect();
        while shares.iter().sum::<u32>() < total {
            let open = (0..bounds.len()).filter(|at| shares[*at] < bounds[*at].most);
            let Some(next) = open.min_by(|a, b| earlier(bounds, &shares, *a, *b)) else { break };
            shares[next] += 1;
        }
        shares
    }

    #[test]
    fn shares_are_those_of_giving_one_after_the_other() {
        let mut rng = Rng::of(1, "shares");
        for round in 0..2_000 {
            let bounds: Vec<Bounds> = (0..1 + rng.below(12))
                .map(|_| {
                    let least = rng.below(5) as u32;
                    Bounds { least, most: least + rng.below(60) as u32, weight: 1 + rng.below(1_000) as u32 }
                })
                .collect();
            let least: u32 = bounds.iter().map(|of| of.least).sum();
            let total = least + rng.below(400) as u32;
            assert_eq!(
                share(&bounds, total),
                slow(&bounds, total),
                "round {round}: {total} among {bounds:?}"
            );
        }
    }

    #[test]
    fn shares_are_in_proportion_to_weights() {
        let of = |weight| Bounds { least: 0, most: 10_000, weight };
        assert_eq!(share(&[of(2), of(1), of(1)], 8), [4, 2, 2]);
        assert_eq!(share(&[of(1), of(1), of(1)], 4), [2, 1, 1]);
        assert_eq!(share(&[of(1_000), of(1)], 10_000), [9_990, 10]);
    }
}
