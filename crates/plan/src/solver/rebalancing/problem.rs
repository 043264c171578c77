//! The problem and its answer, in the terms of the field.

/// The largest cost of an arc: sums of three fit an `i32`, so that the search can count in these.
const COST_MAX: i32 = 500_000_000;

/// Stations whose bikes are to be moved by vehicles that are alike, from one depot. Vertex 0 is the depot, the others are
/// stations; each is visited exactly once, also one whose demand is 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RebalancingProblem {
    /// For each vertex the bikes to be taken from it; below 0, bikes to be brought. 0 at the depot, which gives and takes
    /// whatever is left over.
    pub demands: Vec<i32>,
    /// Bikes that fit aboard a vehicle; no station has a larger demand, either way.
    pub capacity: i32,
    /// What driving from one vertex to another costs.
    pub costs: CostTable,
}

/// Vertices x vertices, row = from, column = to; the two directions may differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostTable {
    vertices: usize,
    cells: Vec<i32>,
}

impl CostTable {
    /// A table of `vertices` rows. What stands on the diagonal is never read.
    ///
    /// Panics if `cells` is not square, or if a cell beside the diagonal is below 0 or above 500,000,000.
    pub fn new(vertices: usize, cells: Vec<i32>) -> Self {
        assert_eq!(cells.len(), vertices * vertices, "vertices x vertices");
        let off_diagonal = (0..cells.len()).filter(|at| at % (vertices + 1) != 0);
        assert!(off_diagonal.into_iter().all(|at| (0..=COST_MAX).contains(&cells[at])), "costs of arcs");
        Self { vertices, cells }
    }
    /// The largest cost of an arc.
    pub(super) fn cost_max() -> i32 {
        COST_MAX
    }
    /// Vertices, the depot among them.
    pub fn vertices(&self) -> usize {
        self.vertices
    }
    /// From one vertex to each.
    pub fn row(&self, from: usize) -> &[i32] {
        &self.cells[from * self.vertices..(from + 1) * self.vertices]
    }
    /// From one vertex to another.
    pub fn get(&self, from: usize, to: usize) -> i32 {
        self.row(from)[to]
    }
    /// The same with both directions exchanged.
    pub(super) fn transposed(&self) -> Self {
        let cells = (0..self.cells.len()).map(|at| self.get(at % self.vertices, at / self.vertices));
        Self { vertices: self.vertices, cells: cells.collect() }
    }
}

/// Who visits which stations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RebalancingSolution {
    /// One for each vehicle that is used.
    pub routes: Vec<RebalancingRoute>,
}

/// One vehicle's way from the depot and back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RebalancingRoute {
    /// Bikes aboard on leaving the depot.
    pub start_load: i32,
    /// Stations in order, without the depot.
    pub stops: Vec<usize>,
}

impl RebalancingSolution {
    /// What all routes cost together.
    pub fn cost(&self, problem: &RebalancingProblem) -> i64 {
        self.routes.iter().map(|route| route.cost(problem)).sum()
    }
}

impl RebalancingRoute {
    /// From the depot over all stops and back.
    pub fn cost(&self, problem: &RebalancingProblem) -> i64 {
        let to = self.stops.iter().copied().chain([0]);
        let legs = [0].into_iter().chain(self.stops.iter().copied()).zip(to);
        legs.filter(|(from, to)| from != to).map(|(from, to)| i64::from(problem.costs.get(from, to))).sum()
    }
}
