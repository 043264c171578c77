//! The pairs as compact sparse rows, seen from one side, the largest gain first.
//!
//! A gain is what a pair saves against leaving its order out. The order within a row is what makes the solver quick:
//! prices are never negative, so a look along a row ends with the first gain that cannot matter any more.

use super::amount::Amount;
use super::problem::Problem;

/// A pair seen from its row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Edge<N> {
    pub(super) column: u32,
    pub(super) gain: N,
}

/// Which side the rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rows {
    Orders,
    Vehicles,
}

/// Shape: rows of one side, each by falling gain; only pairs worth more than leaving the order out.
#[derive(Clone, Debug)]
pub(super) struct Graph<N> {
    starts: Vec<u32>,
    edges: Vec<Edge<N>>,
    columns: usize,
}

impl<N: Amount> Graph<N> {
    pub(super) fn new(problem: &Problem, rows: Rows) -> Self {
        let (orders, vehicles) = (problem.outside.len(), problem.vehicles);
        let mut graph = match rows {
            Rows::Orders if problem.pairs.is_sorted_by_key(|pair| pair.order) => Self::in_place(problem),
            Rows::Orders => Self::distributed(problem, orders, vehicles, |order, vehicle| (order, vehicle)),
            Rows::Vehicles => Self::distributed(problem, vehicles, orders, |order, vehicle| (vehicle, order)),
        };
        graph.sort_rows();
        graph
    }

    /// The pairs stand by order already, as candidates do.
    fn in_place(problem: &Problem) -> Self {
        let mut edges = Vec::with_capacity(problem.pairs.len());
        let mut starts = Vec::with_capacity(problem.outside.len() + 1);
        let mut rest = problem.pairs.iter().peekable();
        for (order, &outside) in (0..).zip(&problem.outside) {
            starts.push(edges.len() as u32);
            while let Some(pair) = rest.next_if(|pair| pair.order == order) {
                let gain = outside.saturating_sub(pair.price);
                if gain > 0 {
                    edges.push(Edge { column: pair.vehicle, gain: N::from_wide(gain) });
                }
            }
        }
        starts.push(edges.len() as u32);
        Self { starts, edges, columns: problem.vehicles }
    }

    fn distributed(
        problem: &Problem,
        rows: usize,
        columns: usize,
        ends: impl Fn(u32, u32) -> (u32, u32),
    ) -> Self {
        let mut starts = vec![0_u32; rows + 1];
        for pair in &problem.pairs {
            let gainful = problem.outside[pair.order as usize] > pair.price;
            starts[ends(pair.order, pair.vehicle).0 as usize + 1] += u32::from(gainful);
        }
        (0..rows).for_each(|row| starts[row + 1] += starts[row]);
        let mut next = starts.clone();
        let mut edges = vec![Edge::default(); starts[rows] as usize];
        for pair in &problem.pairs {
            let gain = problem.outside[pair.order as usize].saturating_sub(pair.price);
            if gain > 0 {
                let (row, column) = ends(pair.order, pair.vehicle);
                edges[next[row as usize] as usize] = Edge { column, gain: N::from_wide(gain) };
                next[row as usize] += 1;
            }
        }
        Self { starts, edges, columns }
    }

    /// The same pairs from the other side.
    pub(super) fn turned(&self) -> Self {
        let mut starts = vec![0_u32; self.columns + 1];
        self.edges.iter().for_each(|edge| starts[edge.column as usize + 1] += 1);
        (0..self.columns).for_each(|column| starts[column + 1] += starts[column]);
        let mut next = starts.clone();
        let mut edges = vec![Edge::default(); self.edges.len()];
        for row in 0..self.rows() as u32 {
            for edge in self.row(row) {
                let at = &mut next[edge.column as usize];
                edges[*at as usize] = Edge { column: row, gain: edge.gain };
                *at += 1;
            }
        }
        let mut turned = Self { starts, edges, columns: self.rows() };
        turned.sort_rows();
        turned
    }

    fn sort_rows(&mut self) {
        for row in 0..self.rows() {
            let own = &mut self.edges[self.starts[row] as usize..self.starts[row + 1] as usize];
            if !own.is_sorted_by(|a, b| a.gain >= b.gain) {
                // By column among equals, so that the order of the input does not matter.
                own.sort_unstable_by(|a, b| b.gain.cmp(&a.gain).then(a.column.cmp(&b.column)));
            }
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.starts.len() - 1
    }
    pub(super) fn pairs(&self) -> usize {
        self.edges.len()
    }
    pub(super) fn columns(&self) -> usize {
        self.columns
    }
    pub(super) fn row(&self, row: u32) -> &[Edge<N>] {
        &self.edges[self.starts[row as usize] as usize..self.starts[row as usize + 1] as usize]
    }
}

/// What one look over all pairs tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Survey {
    /// The largest gain of any pair; 0 if none is worth taking.
    pub(super) gain_max: i64,
    /// The side with fewer members that have a pair worth taking. Scarcity, not size, makes paths long.
    pub(super) scarcer: Rows,
}

impl Survey {
    pub(super) fn new(problem: &Problem) -> Self {
        let mut gain_max = 0;
        let (mut orders, mut vehicles) = (vec![false; problem.outside.len()], vec![false; problem.vehicles]);
        for pair in &problem.pairs {
            let gain = problem.outside[pair.order as usize].saturating_sub(pair.price);
            gain_max = gain.max(gain_max);
            orders[pair.order as usize] |= gain > 0;
            vehicles[pair.vehicle as usize] |= gain > 0;
        }
        let count = |side: &[bool]| side.iter().filter(|&&has_pair| has_pair).count();
        let scarcer = if count(&orders) <= count(&vehicles) { Rows::Orders } else { Rows::Vehicles };
        Self { gain_max, scarcer }
    }
}
