//! The exact solver: successive shortest augmenting paths with prices on the columns, over sparse rows.
//!
//! It maximises the gain of the taken pairs. Each column `j` has a price `p_j >= 0`, zero while it is free; each row `i`
//! a worth `u_i = max(0, max_j gain_ij - p_j)`. A matching in which every row holds an option worth `u_i` is optimal.
//! Integers make that equality exact. A row has two ways out: a free column, or to stay unmatched at worth zero.
//!
//! Source: Jonker and Volgenant, Computing 38(4), 1987, for row reduction and path search; the outside option as a
//! second kind of sink replaces their square matrix.

use super::problem::{Edge, Gains, Matching, Problem, Rows};
use crate::Budget;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Finds the cheapest matching, or, if `budget` ends first, completes what it has greedily.
pub fn assign(problem: &Problem, budget: &mut Budget) -> Matching {
    let rows = scarcer_side(problem);
    let gains = Gains::new(problem, rows);
    let mut solver = Solver::new(&gains);
    let exact = solver.run(budget);
    let mut vehicle_of = match rows {
        Rows::Orders => taken(&solver.column_of),
        Rows::Vehicles => taken(&solver.row_of),
    };
    if !exact {
        super::greedy::complete(problem, &mut vehicle_of);
    }
    Matching { vehicle_of, exact }
}

/// The side with fewer members that have a pair at all. Scarcity, not size, makes paths long.
fn scarcer_side(problem: &Problem) -> Rows {
    let (mut orders, mut vehicles) = (vec![false; problem.outside.len()], vec![false; problem.vehicles]);
    for pair in &problem.pairs {
        orders[pair.order as usize] = true;
        vehicles[pair.vehicle as usize] = true;
    }
    let count = |side: &[bool]| side.iter().filter(|&&has_pair| has_pair).count();
    if count(&orders) <= count(&vehicles) { Rows::Orders } else { Rows::Vehicles }
}

fn taken(partners: &[u32]) -> Vec<Option<u32>> {
    partners.iter().map(|&partner| (partner != NOBODY).then_some(partner)).collect()
}

const NOBODY: u32 = u32::MAX;
const FAR: i64 = i64::MAX;

struct Solver<'a> {
    gains: &'a Gains,
    /// Per column.
    price: Vec<i64>,
    row_of: Vec<u32>,
    distance: Vec<i64>,
    reached_from: Vec<u32>,
    /// Per row.
    worth: Vec<i64>,
    column_of: Vec<u32>,
    /// Scratch of one search: columns with a distance, and those of them whose distance is final.
    touched: Vec<u32>,
    settled: Vec<u32>,
    heap: BinaryHeap<Reverse<(i64, u32)>>,
}

/// The best way out that a search has seen.
#[derive(Clone, Copy)]
struct WayOut {
    loss: i64,
    end: End,
}

#[derive(Clone, Copy)]
enum End {
    FreeColumn(u32),
    RowLeaves(u32),
}

/// The two best options of a row.
struct Best {
    column: u32,
    value: i64,
    second_column: u32,
    second_value: i64,
}

impl<'a> Solver<'a> {
    fn new(gains: &'a Gains) -> Self {
        let (rows, columns) = (gains.rows(), gains.columns());
        Self {
            gains,
            price: vec![0; columns],
            row_of: vec![NOBODY; columns],
            distance: vec![FAR; columns],
            reached_from: vec![NOBODY; columns],
            worth: vec![0; rows],
            column_of: vec![NOBODY; rows],
            touched: Vec::new(),
            settled: Vec::new(),
            heap: BinaryHeap::new(),
        }
    }

    /// `false` if the budget ended first; what is matched by then stands.
    fn run(&mut self, budget: &mut Budget) -> bool {
        let mut free: Vec<u32> =
            (0..self.gains.rows() as u32).filter(|&row| !self.gains.row(row).is_empty()).collect();
        // The second pass settles most rows that the first one displaced; a third gains nothing (measured).
        for _ in 0..2 {
            match self.reduce(&free, budget) {
                Some(left) => free = left,
                None => return false,
            }
        }
        free.into_iter().all(|row| self.augment(row, budget))
    }

    /// One pass of augmenting row reduction; the rows that are free after it, or `None` when the budget ended.
    fn reduce(&mut self, free: &[u32], budget: &mut Budget) -> Option<Vec<u32>> {
        let mut left = Vec::new();
        for &row in free {
            if !budget.spend(self.gains.row(row).len() as u64) {
                return None;
            }
            let best = self.best(row);
            if best.value > 0 {
                left.extend(self.take_best(row, &best));
            }
        }
        Some(left)
    }

    /// Gives `row` its best column where that is clear; returns the row that is free afterwards, if any.
    fn take_best(&mut self, row: u32, best: &Best) -> Option<u32> {
        let contested = self.row_of[best.column as usize] != NOBODY;
        if best.value == best.second_value && contested {
            let second_is_free =
                best.second_column != NOBODY && self.row_of[best.second_column as usize] == NOBODY;
            if !second_is_free {
                return Some(row);
            }
            return self.give(row, best.second_column, best.value);
        }
        self.price[best.column as usize] += best.value - best.second_value;
        self.give(row, best.column, best.second_value)
    }

    fn give(&mut self, row: u32, column: u32, worth: i64) -> Option<u32> {
        let displaced = std::mem::replace(&mut self.row_of[column as usize], row);
        self.column_of[row as usize] = column;
        self.worth[row as usize] = worth;
        if displaced == NOBODY {
            return None;
        }
        self.column_of[displaced as usize] = NOBODY;
        Some(displaced)
    }

    fn best(&self, row: u32) -> Best {
        let mut best = Best { column: NOBODY, value: 0, second_column: NOBODY, second_value: 0 };
        for &Edge { column, gain } in self.gains.row(row) {
            let value = gain - self.price[column as usize];
            if value > best.value && column != best.column {
                (best.second_column, best.second_value) = (best.column, best.value);
                (best.column, best.value) = (column, value);
            } else if value > best.value {
                best.value = value;
            } else if value > best.second_value && column != best.column {
                (best.second_column, best.second_value) = (column, value);
            }
        }
        best
    }

    /// Finds the cheapest way to settle `row` and takes it. `false` when the budget ended; then nothing has changed.
    fn augment(&mut self, row: u32, budget: &mut Budget) -> bool {
        let worth = self.best(row).value;
        self.worth[row as usize] = worth;
        if worth == 0 {
            return true;
        }
        let mut out = WayOut { loss: worth, end: End::RowLeaves(row) };
        let finished = self.search(row, &mut out, budget);
        if finished {
            self.raise_prices(row, out.loss);
            self.flip(row, out.end);
        }
        self.forget_search();
        finished
    }

    fn search(&mut self, source: u32, out: &mut WayOut, budget: &mut Budget) -> bool {
        self.scan(source, 0, out);
        while let Some(Reverse((loss, column))) = self.heap.pop() {
            if loss >= out.loss {
                break;
            }
            if loss > self.distance[column as usize] {
                continue;
            }
            self.settled.push(column);
            let row = self.row_of[column as usize];
            let leaving = loss + self.worth[row as usize];
            if leaving < out.loss {
                *out = WayOut { loss: leaving, end: End::RowLeaves(row) };
            }
            self.scan(row, loss, out);
            if !budget.spend(self.gains.row(row).len() as u64) {
                return false;
            }
        }
        true
    }

    fn scan(&mut self, row: u32, so_far: i64, out: &mut WayOut) {
        for &Edge { column, gain } in self.gains.row(row) {
            let at = column as usize;
            let loss = so_far + self.worth[row as usize] - (gain - self.price[at]);
            if loss >= out.loss || loss >= self.distance[at] {
                continue;
            }
            if self.distance[at] == FAR {
                self.touched.push(column);
            }
            self.distance[at] = loss;
            self.reached_from[at] = row;
            if self.row_of[at] == NOBODY {
                *out = WayOut { loss, end: End::FreeColumn(column) };
            } else {
                self.heap.push(Reverse((loss, column)));
            }
        }
    }

    fn raise_prices(&mut self, source: u32, loss: i64) {
        for &column in &self.settled {
            let raise = loss - self.distance[column as usize];
            self.price[column as usize] += raise;
            self.worth[self.row_of[column as usize] as usize] -= raise;
        }
        self.worth[source as usize] -= loss;
    }

    /// Walks back from `end` to `source`, giving each row on the way the column it was left for.
    fn flip(&mut self, source: u32, end: End) {
        let mut column = match end {
            End::FreeColumn(column) => column,
            End::RowLeaves(row) => std::mem::replace(&mut self.column_of[row as usize], NOBODY),
        };
        while column != NOBODY {
            let row = self.reached_from[column as usize];
            self.row_of[column as usize] = row;
            let left = std::mem::replace(&mut self.column_of[row as usize], column);
            column = if row == source { NOBODY } else { left };
        }
    }

    fn forget_search(&mut self) {
        for column in self.touched.drain(..) {
            self.distance[column as usize] = FAR;
        }
        self.settled.clear();
        self.heap.clear();
    }
}
