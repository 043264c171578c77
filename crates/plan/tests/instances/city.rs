//! Assignment problems in the shape of a city, one tick after the other: orders around a few centres, vehicles near
//! and far, candidates by distance. Uniform random prices would be far easier than any city.

use paceline_plan::solver::assignment::{AssignmentProblem, Pair};

/// One tick: a problem, and the lasting names of its rows, ascending.
pub(crate) struct Tick {
    pub(crate) problem: AssignmentProblem,
    pub(crate) rows: Vec<u32>,
    pub(crate) columns: Vec<u32>,
}

/// A city that lives on from tick to tick.
pub(crate) struct City {
    random: Random,
    orders: Vec<Place>,
    vehicles: Vec<Place>,
    unassigned_cost: Vec<i64>,
    order_names: Vec<u32>,
    vehicle_names: Vec<u32>,
    names: u32,
    candidates: usize,
}

type Place = (i32, i32);

/// 20 km across, in metres.
const SIDE_M: i32 = 20_000;
const CENTRES: [Place; 5] =
    [(10_000, 10_000), (7_000, 12_500), (13_000, 7_500), (15_000, 14_000), (5_000, 5_500)];
/// Cells of the grid that finds neighbours.
const CELL_M: i32 = 250;
const CELLS: i32 = SIDE_M / CELL_M;

impl City {
    pub(crate) fn new(orders: usize, vehicles: usize, candidates: usize, seed: u64) -> Self {
        let mut random = Random(seed);
        let mut places = |count: usize| (0..count).map(|_| random.place()).collect::<Vec<_>>();
        let (order_places, vehicle_places) = (places(orders), places(vehicles));
        let mut city = Self {
            unassigned_cost: order_places.iter().map(|_| random.unassigned_cost()).collect(),
            orders: order_places,
            vehicles: vehicle_places,
            order_names: (0..orders as u32).collect(),
            vehicle_names: (0..vehicles as u32).collect(),
            names: orders.max(vehicles) as u32,
            candidates,
            random,
        };
        city.random.next();
        city
    }

    pub(crate) fn tick(&self) -> Tick {
        let grid = Grid::new(&self.vehicles);
        let mut pairs = Vec::new();
        for (row, &place) in (0..).zip(&self.orders) {
            let near = grid.nearest(place, self.candidates, &self.vehicles);
            pairs.extend(near.into_iter().map(|(cost, column)| Pair { row, column, cost }));
        }
        Tick {
            problem: AssignmentProblem {
                unassigned_cost: self.unassigned_cost.clone(),
                columns: self.vehicles.len(),
                pairs,
            },
            rows: self.order_names.clone(),
            columns: self.vehicle_names.clone(),
        }
    }

    /// 3 % of the orders are replaced, 2 % of the vehicles too, and 10 % move by up to 200 m.
    pub(crate) fn step(&mut self) {
        for _ in 0..self.orders.len().div_ceil(33) {
            let gone = self.random.below(self.orders.len());
            let (place, unassigned_cost) = (self.random.place(), self.random.unassigned_cost());
            replace(&mut self.orders, gone, place);
            replace(&mut self.unassigned_cost, gone, unassigned_cost);
            replace(&mut self.order_names, gone, self.names);
            self.names += 1;
        }
        for _ in 0..self.vehicles.len().div_ceil(50) {
            let gone = self.random.below(self.vehicles.len());
            replace(&mut self.vehicles, gone, self.random.place());
            replace(&mut self.vehicle_names, gone, self.names);
            self.names += 1;
        }
        for _ in 0..self.vehicles.len().div_ceil(10) {
            let moving = self.random.below(self.vehicles.len());
            let (x, y) = self.vehicles[moving];
            let mut near = |at: i32| (at + self.random.below(401) as i32 - 200).clamp(0, SIDE_M - 1);
            self.vehicles[moving] = (near(x), near(y));
        }
    }
}

/// New rows go to the end, so that names stay ascending.
fn replace<T>(rows: &mut Vec<T>, gone: usize, new: T) {
    rows.remove(gone);
    rows.push(new);
}

/// Seconds at 6 m/s over streets that are 1.3 times as long as the straight line.
fn drive_s(a: Place, b: Place) -> i64 {
    let (dx, dy) = (i64::from(a.0 - b.0), i64::from(a.1 - b.1));
    13 * (dx * dx + dy * dy).isqrt() / 60
}

struct Grid(Vec<Vec<u32>>);

impl Grid {
    fn new(places: &[Place]) -> Self {
        let mut cells = vec![Vec::new(); (CELLS * CELLS) as usize];
        for (row, &(x, y)) in (0..).zip(places) {
            cells[(y / CELL_M * CELLS + x / CELL_M) as usize].push(row);
        }
        Self(cells)
    }

    /// Drive and row of the `count` nearest, nearest first: rings of cells, until no further ring can hold a nearer one.
    fn nearest(&self, from: Place, count: usize, places: &[Place]) -> Vec<(i64, u32)> {
        let (x, y) = (from.0 / CELL_M, from.1 / CELL_M);
        let mut found = Vec::new();
        for ring in 0..CELLS {
            let bound = drive_s((0, 0), (0, (ring - 1).max(0) * CELL_M));
            if found.iter().filter(|(drive, _)| *drive < bound).count() >= count {
                break;
            }
            for cy in (y - ring).max(0)..=(y + ring).min(CELLS - 1) {
                for cx in (x - ring).max(0)..=(x + ring).min(CELLS - 1) {
                    if (cx - x).abs().max((cy - y).abs()) == ring {
                        let cell = &self.0[(cy * CELLS + cx) as usize];
                        found.extend(cell.iter().map(|&row| (drive_s(from, places[row as usize]), row)));
                    }
                }
            }
        }
        found.sort_unstable();
        found.truncate(count);
        found
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
    /// Three of four near a centre (a sum of uniforms, some 1.5 km wide), one of four anywhere.
    fn place(&mut self) -> Place {
        if self.below(4) == 0 {
            return (self.below(SIDE_M as usize) as i32, self.below(SIDE_M as usize) as i32);
        }
        let centre = CENTRES[self.below(CENTRES.len())];
        let mut near = |at: i32| {
            let spread: i32 = (0..4).map(|_| self.below(2_601) as i32 - 1_300).sum();
            (at + spread).clamp(0, SIDE_M - 1)
        };
        (near(centre.0), near(centre.1))
    }
    fn unassigned_cost(&mut self) -> i64 {
        600 + self.below(1_201) as i64
    }
}
