//! Cutting stock: what a piece of each size costs when pieces are cut from rolls of one length with as little waste as can be.

use std::cmp::Ordering;

/// Pivots after which the prices so far are taken: sizes below a few dozen need a few hundred.
const PIVOTS_MAX: usize = 10_000;

/// A pattern must be better than its roll by this much to enter; below it lies the noise of double precision.
const GAIN_MIN: f64 = 1e-7;

/// The price of one piece of each size in parts of a roll: the dual solution of the linear relaxation, which is what one more piece
/// of the size would cost at the margin. The most valuable pattern costs one roll.
///
/// Shape: `sizes` ascending, from 1 to `roll`; `demand` above 0, as long. Work: a few hundred knapsacks of `roll` times sizes.
/// Panics if a size is 0 or above `roll`. Source: Gilmore and Gomory, Operations Research 9(6), 1961 (column generation).
pub fn prices(roll: usize, sizes: &[usize], demand: &[f64]) -> Vec<f64> {
    assert!(sizes.iter().all(|size| (1..=roll).contains(size)), "sizes lie within the roll");
    let mut basis = Basis::new(roll, sizes, demand);
    for _ in 0..PIVOTS_MAX {
        let prices = basis.prices();
        let (value, pattern) = best_pattern(roll, sizes, &prices);
        if value <= 1.0 + GAIN_MIN || !basis.enter(&pattern) {
            break;
        }
    }
    basis.prices().into_iter().map(|price| price.max(0.0)).collect()
}

/// The value of the best pieces that can still be cut from each length up to `roll`: an unbounded knapsack.
pub fn values(roll: usize, sizes: &[usize], prices: &[f64]) -> Vec<f64> {
    let mut values = vec![0.0; roll + 1];
    for length in 1..=roll {
        let cut = |(size, price): (&usize, &f64)| length.checked_sub(*size).map(|rest| values[rest] + price);
        let best = sizes.iter().zip(prices).filter_map(cut).fold(values[length - 1], f64::max);
        values[length] = best;
    }
    values
}

/// The pattern of the highest value and that value.
fn best_pattern(roll: usize, sizes: &[usize], prices: &[f64]) -> (f64, Vec<f64>) {
    let values = values(roll, sizes, prices);
    let mut pattern = vec![0.0; sizes.len()];
    let mut left = roll;
    while left > 0 {
        let cut = (0..sizes.len()).find(|&at| {
            sizes[at] <= left && values[left] == values[left - sizes[at]] + prices[at] && prices[at] > 0.0
        });
        match cut {
            Some(at) => {
                pattern[at] += 1.0;
                left -= sizes[at];
            }
            None => left -= 1,
        }
    }
    (values[roll], pattern)
}

/// The basis of the revised simplex method: one pattern for each size.
struct Basis {
    /// Row by row.
    inverse: Vec<Vec<f64>>,
    /// How often the pattern of each row is cut.
    rolls: Vec<f64>,
}

impl Basis {
    /// Of patterns that cut one size each.
    fn new(roll: usize, sizes: &[usize], demand: &[f64]) -> Self {
        let pieces = |at: usize| (roll / sizes[at]) as f64;
        let row = |at: usize| {
            let mut row = vec![0.0; sizes.len()];
            row[at] = 1.0 / pieces(at);
            row
        };
        Self {
            inverse: (0..sizes.len()).map(row).collect(),
            rolls: (0..sizes.len()).map(|at| demand[at] / pieces(at)).collect(),
        }
    }
    fn prices(&self) -> Vec<f64> {
        let sum = |column: usize| self.inverse.iter().map(|row| row[column]).sum();
        (0..self.rolls.len()).map(sum).collect()
    }
    /// Takes `pattern` in for the one that it uses up first; `false` if there is none.
    fn enter(&mut self, pattern: &[f64]) -> bool {
        let product = |row: &Vec<f64>| row.iter().zip(pattern).map(|(left, right)| left * right).sum();
        let column: Vec<f64> = self.inverse.iter().map(product).collect();
        let ratio = |at: usize| self.rolls[at] / column[at];
        let falling = (0..column.len()).filter(|&at| column[at] > 1e-9);
        let leaving =
            falling.min_by(|&one, &two| ratio(one).partial_cmp(&ratio(two)).unwrap_or(Ordering::Equal));
        let Some(pivot) = leaving else { return false };
        let step = ratio(pivot);
        let pivot_row: Vec<f64> = self.inverse[pivot].iter().map(|entry| entry / column[pivot]).collect();
        for (at, factor) in column.iter().enumerate().filter(|(at, _)| *at != pivot) {
            self.rolls[at] -= step * factor;
            for (entry, by) in self.inverse[at].iter_mut().zip(&pivot_row) {
                *entry -= factor * by;
            }
        }
        self.rolls[pivot] = step;
        self.inverse[pivot] = pivot_row;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sizes: &[usize], demand: &[f64], expected: &[f64]) {
        let prices = prices(100, sizes, demand);
        let near = |(found, wanted): (&f64, &f64)| (found - wanted).abs() < 1e-6;
        assert!(prices.iter().zip(expected).all(near), "{prices:?} instead of {expected:?}");
        let values = values(100, sizes, &prices);
        assert!((values[100] - 1.0).abs() < 1e-6, "the best pattern costs one roll");
    }

    #[test]
    fn a_piece_that_fills_waste_costs_nothing() {
        check(&[16, 81], &[1.0, 9.0], &[0.0, 1.0]);
    }

    #[test]
    fn pieces_that_halve_a_roll_cost_half_of_it() {
        check(&[47], &[7.0], &[0.5]);
    }

    #[test]
    fn two_that_share_a_roll_share_its_price_by_who_is_scarce() {
        check(&[32, 65], &[2.0, 9.0], &[0.0, 1.0]);
        check(&[32, 65], &[9.0, 2.0], &[1.0 / 3.0, 2.0 / 3.0]);
    }

    #[test]
    fn the_cost_of_all_pieces_is_a_lower_bound_on_the_rolls() {
        let mut rng = crate::Rng::new(5);
        for _ in 0..50 {
            let mut sizes: Vec<usize> = (0..6).map(|_| 5 + rng.below(90)).collect();
            sizes.sort_unstable();
            sizes.dedup();
            let demand: Vec<f64> = sizes.iter().map(|_| (1 + rng.below(20)) as f64).collect();
            let cost: f64 =
                prices(100, &sizes, &demand).iter().zip(&demand).map(|(price, count)| price * count).sum();
            assert!(cost <= first_fit_decreasing(&sizes, &demand) + 1e-6);
        }
    }

    fn first_fit_decreasing(sizes: &[usize], demand: &[f64]) -> f64 {
        let mut rolls: Vec<usize> = Vec::new();
        for (size, count) in sizes.iter().zip(demand).rev() {
            for _ in 0..*count as usize {
                match rolls.iter_mut().find(|left| **left >= *size) {
                    Some(left) => *left -= size,
                    None => rolls.push(100 - size),
                }
            }
        }
        rolls.len() as f64
    }
}
