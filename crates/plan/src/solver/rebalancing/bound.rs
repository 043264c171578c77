//! A bound: what it costs at least to leave and to reach each station once, whatever tours that makes.
//!
//! Source: the assignment relaxation of vehicle routing; the least number of routes is brought in by a multiplier of
//! Lagrange.

use super::problem::RebalancingProblem;
use crate::budget::Budget;
use crate::solver::assignment::{AssignmentProblem, Pair, assign};

/// Multipliers that are tried: each halves the interval in which the best one lies.
const MULTIPLIERS_MAX: usize = 24;

/// No answer costs less. Wherever `budget` ends the bound holds; it is only looser.
pub(super) fn bound(problem: &RebalancingProblem, budget: &mut Budget) -> i64 {
    let relaxation = Relaxation::new(problem);
    let (mut best, legs) = relaxation.bound(0, budget);
    // The bound is concave in the multiplier, and rises with it as long as more legs are driven than may be.
    let (mut low, mut high) = (0, relaxation.gain_max);
    for _ in 0..MULTIPLIERS_MAX {
        if legs <= relaxation.legs_max || high - low <= 1 || budget.is_over() {
            break;
        }
        let multiplier = low + (high - low) / 2;
        let (value, legs) = relaxation.bound(multiplier, budget);
        best = best.max(value);
        if legs > relaxation.legs_max {
            low = multiplier;
        } else {
            high = multiplier;
        }
    }
    best
}

/// Each station is reached from the depot and left to it, unless a leg between two stations takes the place of two such
/// drives. Rows are the stations that are left, columns those that are reached, and a pair is a leg.
struct Relaxation {
    /// Its costs are those of legs, less those of reaching their ends from the depot.
    legs: AssignmentProblem,
    /// Of reaching every station from the depot.
    reached: i64,
    /// Legs between stations that an answer may have at most: its routes have to carry what the demands do not balance.
    legs_max: usize,
    /// The most that a leg saves.
    gain_max: i64,
}

impl Relaxation {
    fn new(problem: &RebalancingProblem) -> Self {
        let (demands, costs) = (&problem.demands, &problem.costs);
        let stations = costs.vertices() - 1;
        let cost = |from: usize, to: usize| i64::from(costs.get(from, to));
        let mut pairs = Vec::new();
        let mut gain_max = 0;
        for (row, column) in (0..stations * stations).map(|at| (at / stations, at % stations)) {
            let (from, to) = (row + 1, column + 1);
            let gain = cost(from, 0) + cost(0, to) - cost(from, to);
            if from != to && gain > 0 && (demands[from] + demands[to]).abs() <= problem.capacity {
                gain_max = gain_max.max(gain);
                pairs.push(Pair {
                    row: row as u32,
                    column: column as u32,
                    cost: cost(from, to) - cost(0, to),
                });
            }
        }
        let balance = demands.iter().map(|&demand| i64::from(demand)).sum::<i64>().unsigned_abs();
        let routes_min = balance.div_ceil(problem.capacity.unsigned_abs().into()).max(1) as usize;
        let unassigned_cost = (1..=stations).map(|station| cost(station, 0)).collect();
        Self {
            legs: AssignmentProblem { unassigned_cost, columns: stations, pairs },
            reached: (1..=stations).map(|station| cost(0, station)).sum(),
            legs_max: stations.saturating_sub(routes_min),
            gain_max,
        }
    }

    /// The bound under a multiplier, and how many legs its answer drives.
    fn bound(&self, multiplier: i64, budget: &mut Budget) -> (i64, usize) {
        let mut legs = self.legs.clone();
        legs.pairs.iter_mut().for_each(|pair| pair.cost += multiplier);
        let matching = assign(&legs, budget);
        let cost = legs.cost(&matching).unwrap_or(0) - matching.gap;
        let driven = matching.column_of.iter().flatten().count();
        (self.reached + cost as i64 - multiplier * self.legs_max as i64, driven)
    }
}
