//! The problem as the search sees it: whole numbers in dense tables.

use super::problem::{CostTable, RebalancingProblem};

/// The depot's vertex.
pub(super) const DEPOT: u32 = 0;

/// What the search looks up.
#[derive(Debug)]
pub(super) struct Instance<'a> {
    pub(super) problem: &'a RebalancingProblem,
    /// Row = to, column = from: what an insertion reads lies in one row.
    costs_by_end: CostTable,
    /// For each station the others, the nearest first, there and back together.
    near: Vec<Vec<u32>>,
}

impl<'a> Instance<'a> {
    pub(super) fn new(problem: &'a RebalancingProblem) -> Self {
        let costs = &problem.costs;
        let near = |station: u32| {
            let mut others: Vec<u32> =
                (1..costs.vertices() as u32).filter(|&other| other != station).collect();
            let (at, there) = (station as usize, |other: &u32| *other as usize);
            others.sort_by_key(|other| {
                i64::from(costs.get(at, there(other))) + i64::from(costs.get(there(other), at))
            });
            others
        };
        let near = (0..costs.vertices() as u32).map(near).collect();
        Self { problem, costs_by_end: costs.transposed(), near }
    }
    pub(super) fn vertices(&self) -> usize {
        self.problem.demands.len()
    }
    pub(super) fn demand(&self, vertex: u32) -> i32 {
        self.problem.demands[vertex as usize]
    }
    /// What it costs to drive from one vertex to another; nothing from the depot to itself.
    pub(super) fn leg(&self, from: u32, to: u32) -> i32 {
        if from == to { 0 } else { self.problem.costs.get(from as usize, to as usize) }
    }
    /// From `vertex` to each.
    pub(super) fn from(&self, vertex: u32) -> &[i32] {
        self.problem.costs.row(vertex as usize)
    }
    /// From each to `vertex`.
    pub(super) fn to(&self, vertex: u32) -> &[i32] {
        self.costs_by_end.row(vertex as usize)
    }
    pub(super) fn near(&self, station: u32) -> &[u32] {
        &self.near[station as usize]
    }
    /// What a vehicle for this station alone costs.
    pub(super) fn alone(&self, station: u32) -> i32 {
        self.leg(DEPOT, station) + self.leg(station, DEPOT)
    }
    pub(super) fn capacity(&self) -> i32 {
        self.problem.capacity
    }
}
