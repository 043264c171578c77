//! The assignment problem by itself: orders, vehicles and priced pairs as numbers. Knows no roads and no constraints.

/// One order and one vehicle that could serve it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The order's row.
    pub order: u32,
    /// The vehicle's row.
    pub vehicle: u32,
    /// What the pair costs.
    pub price: i64,
}

/// A sparse assignment problem in which an order may stay unserved at a price.
#[derive(Clone, Debug, Default)]
pub struct Problem {
    /// What leaving each order unserved costs.
    pub outside: Vec<i64>,
    /// How many vehicles there are.
    pub vehicles: usize,
    /// The pairs that may be taken, in any order. Of two equal pairs the cheaper one counts.
    pub pairs: Vec<Pair>,
}

/// Who serves whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matching {
    /// Per order, its vehicle.
    pub vehicle_of: Vec<Option<u32>>,
    /// Whether it is the cheapest one; `false` if the budget ended first.
    pub exact: bool,
}

impl Problem {
    /// The objective: prices of the taken pairs plus the outside prices of the orders left out.
    /// `None` if the matching takes a pair that does not exist, or a vehicle twice.
    pub fn cost(&self, matching: &Matching) -> Option<i128> {
        let mut taken = vec![false; self.vehicles];
        let mut cheapest: Vec<Option<i64>> = vec![None; self.outside.len()];
        for pair in &self.pairs {
            let cell = &mut cheapest[pair.order as usize];
            if matching.vehicle_of[pair.order as usize] == Some(pair.vehicle) {
                *cell = Some(cell.map_or(pair.price, |price| price.min(pair.price)));
            }
        }
        let mut sum = 0;
        for (order, &vehicle) in matching.vehicle_of.iter().enumerate() {
            match vehicle {
                Some(vehicle) if std::mem::replace(&mut taken[vehicle as usize], true) => return None,
                Some(_) => sum += i128::from(cheapest[order]?),
                None => sum += i128::from(self.outside[order]),
            }
        }
        Some(sum)
    }
}

/// What each pair is worth against leaving its order out, as sparse rows. Rows are orders or vehicles: the problem
/// reads the same from both sides, and is solved from the scarcer one.
#[derive(Debug)]
pub(super) struct Gains {
    starts: Vec<u32>,
    edges: Vec<Edge>,
    columns: usize,
}

/// A pair seen from its row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Edge {
    pub(super) column: u32,
    pub(super) gain: i64,
}

/// Which side the rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rows {
    Orders,
    Vehicles,
}

impl Gains {
    /// Shape: rows of the given side; only pairs worth more than leaving the order out.
    pub(super) fn new(problem: &Problem, rows: Rows) -> Self {
        let (orders, vehicles) = (problem.outside.len(), problem.vehicles);
        let (count, columns) = if rows == Rows::Orders { (orders, vehicles) } else { (vehicles, orders) };
        let side = |pair: &Pair| match rows {
            Rows::Orders => (pair.order as usize, pair.vehicle),
            Rows::Vehicles => (pair.vehicle as usize, pair.order),
        };
        let worth = |pair: &Pair| problem.outside[pair.order as usize].saturating_sub(pair.price);
        let mut starts = vec![0; count + 1];
        let gainful = || problem.pairs.iter().filter(|pair| worth(pair) > 0);
        gainful().for_each(|pair| starts[side(pair).0 + 1] += 1);
        (0..count).for_each(|row| starts[row + 1] += starts[row]);
        let mut next = starts.clone();
        let mut edges = vec![Edge::default(); starts[count] as usize];
        for pair in gainful() {
            let (row, column) = side(pair);
            edges[next[row] as usize] = Edge { column, gain: worth(pair) };
            next[row] += 1;
        }
        Self { starts, edges, columns }
    }
    pub(super) fn rows(&self) -> usize {
        self.starts.len() - 1
    }
    pub(super) fn columns(&self) -> usize {
        self.columns
    }
    pub(super) fn row(&self, row: u32) -> &[Edge] {
        &self.edges[self.starts[row as usize] as usize..self.starts[row as usize + 1] as usize]
    }
}
