//! Prices for the rows: the Lagrangian bound, and with it what each column and each uncovered row gives away.
//!
//! The rule "each row at most once" is dropped and priced with `l_r >= 0`. What is left falls apart by group:
//! `L = sum of l + sum over groups of max(0, best gain - sum of l over its rows)`, and no packing saves more.
//! The prices come from the volume algorithm, whose average over rounds is near the fractional optimum.
//!
//! Source: Barahona and Anbil, "The volume algorithm", Mathematical Programming 87, 2000.

use super::column_table::ColumnTable;
use crate::budget::Budget;

/// Prices are whole numbers of this part of a cost unit, so that bound and regrets are exact.
pub(super) const PARTS: i64 = 1 << 10;

/// Rounds of the volume algorithm. More of them bring the bound less than a thousandth nearer.
const ROUNDS: u32 = 200;
/// Rounds without a better bound after which the step is cut: with 8 it took 400 rounds to the same bound.
const PATIENCE: u32 = 3;
/// Members scanned per step of [`Budget`].
const MEMBERS_PER_STEP: u64 = 24;

/// What the prices say. A selection's saving is `bound` less all regrets: those of the columns that the groups take,
/// `idle` of the groups that take none, and `price` of the rows that nothing covers.
pub(super) struct Dual {
    /// No packing saves more, in [`PARTS`].
    pub(super) bound: i64,
    /// Per row, in [`PARTS`].
    pub(super) price: Vec<i64>,
    /// Per column, in [`PARTS`].
    pub(super) regret: Vec<i64>,
    /// Per group: what doing nothing gives away, in [`PARTS`].
    pub(super) idle: Vec<i64>,
    /// Per column, about how much of it the fractional optimum takes.
    pub(super) share: Vec<f64>,
}

/// The prices after [`ROUNDS`], or when `budget` ends; then the flag is false. `saved` is what a known packing saves.
pub(super) fn solve(table: &ColumnTable, saved: i64, budget: &mut Budget) -> (Dual, bool) {
    let mut volume = Volume::new(table, saved as f64);
    let round_steps = (table.members.len() + table.columns()) as u64 / MEMBERS_PER_STEP + 1;
    let mut whole = true;
    for _ in 0..ROUNDS {
        whole = budget.spend(round_steps);
        if !whole || !volume.round() {
            break;
        }
    }
    (Dual::at(table, &volume.best, volume.share), whole)
}

struct Volume<'a> {
    table: &'a ColumnTable,
    saved: f64,
    /// The prices of the least bound so far.
    best: Vec<f64>,
    bound: f64,
    price: Vec<f64>,
    share: Vec<f64>,
    /// Per row, one less how often it is covered: of this round, and averaged.
    slack: Vec<f64>,
    mean: Vec<f64>,
    taken: Vec<u32>,
    step: f64,
    stale: u32,
    rounds: u32,
}

impl<'a> Volume<'a> {
    fn new(table: &'a ColumnTable, saved: f64) -> Self {
        let mut volume = Self {
            table,
            saved,
            best: vec![0.0; table.rows],
            bound: 0.0,
            price: vec![0.0; table.rows],
            share: vec![0.0; table.columns()],
            slack: vec![0.0; table.rows],
            mean: Vec::new(),
            taken: Vec::new(),
            step: 0.1,
            stale: 0,
            rounds: 0,
        };
        volume.bound = volume.relax();
        volume.mean = volume.slack.clone();
        volume.average(1.0);
        volume
    }
    /// Solves the relaxation at `price`: fills `taken` and `slack`, and gives the bound.
    fn relax(&mut self) -> f64 {
        let table = self.table;
        self.slack.fill(1.0);
        self.taken.clear();
        let mut bound: f64 = self.price.iter().sum();
        for group in 0..table.groups() {
            let (mut most, mut which) = (0.0, None);
            for column in table.own(group) {
                let paid: f64 = table.rows_of(column).iter().map(|&r| self.price[r as usize]).sum();
                let left = table.gain[column] as f64 - paid;
                if left > most {
                    (most, which) = (left, Some(column));
                }
            }
            bound += most;
            if let Some(column) = which {
                self.taken.push(column as u32);
                table.rows_of(column).iter().for_each(|&r| self.slack[r as usize] -= 1.0);
            }
        }
        bound
    }
    fn average(&mut self, weight: f64) {
        self.share.iter_mut().for_each(|share| *share *= 1.0 - weight);
        self.taken.iter().for_each(|&column| self.share[column as usize] += weight);
        for (mean, slack) in self.mean.iter_mut().zip(&self.slack) {
            *mean = (1.0 - weight) * *mean + weight * slack;
        }
    }
    /// One step from the best prices along the averaged slack; `false` if the bound is met.
    fn round(&mut self) -> bool {
        let held = |mean: f64, price: f64| if price <= 0.0 && mean > 0.0 { 0.0 } else { mean };
        let norm: f64 = self.mean.iter().zip(&self.best).map(|(&m, &p)| held(m, p).powi(2)).sum();
        let above = self.bound - self.saved;
        if norm < 1e-9 || above <= 0.5 {
            return false;
        }
        let length = self.step * above / norm;
        for ((price, best), mean) in self.price.iter_mut().zip(&self.best).zip(&self.mean) {
            *price = (best - length * mean).max(0.0);
        }
        let bound = self.relax();
        let along: f64 = self.slack.iter().zip(&self.mean).map(|(a, b)| a * b).sum();
        self.rounds += 1;
        let weight = if self.rounds < 60 { 0.1 } else { 0.04 };
        self.average(weight);
        if bound < self.bound {
            self.bound = bound;
            self.best.copy_from_slice(&self.price);
            self.stale = 0;
            // Steps that still point the same way were too short.
            self.step = if along > 0.0 { (self.step * 1.15).min(2.0) } else { self.step };
        } else {
            self.stale += 1;
            if self.stale.is_multiple_of(PATIENCE) {
                self.step = (self.step * 0.66).max(1e-4);
            }
        }
        true
    }
}

impl Dual {
    /// Rounds the prices to whole parts and computes everything else from them, exactly.
    fn at(table: &ColumnTable, price: &[f64], share: Vec<f64>) -> Self {
        let price: Vec<i64> = price.iter().map(|&price| (price * PARTS as f64).round() as i64).collect();
        let paid = |column: usize| table.rows_of(column).iter().map(|&r| price[r as usize]).sum::<i64>();
        let mut regret: Vec<i64> = (0..table.columns()).map(|c| paid(c) - table.gain[c] * PARTS).collect();
        let mut idle = Vec::with_capacity(table.groups());
        for group in 0..table.groups() {
            let own = &mut regret[table.own(group)];
            let best = own.iter().map(|&short| -short).max().unwrap_or(0).max(0);
            own.iter_mut().for_each(|short| *short += best);
            idle.push(best);
        }
        let bound = price.iter().sum::<i64>() + idle.iter().sum::<i64>();
        Self { bound, price, regret, idle, share }
    }
}
