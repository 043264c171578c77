//! The assignment from tick to tick: as cheap as from nothing whatever has changed in between, and feasible wherever it
//! is stopped.

#[path = "instances/city.rs"]
mod city;
mod oracle;

use city::City;
use oracle::least_cost;
use paceline_plan::Budget;
use paceline_plan::solver::assignment::{AssignmentProblem, Matcher, Matching, Pair, assign};

fn cost(problem: &AssignmentProblem, matching: &Matching) -> i128 {
    problem.cost(matching).expect("the matching takes existing pairs, each column once")
}

/// A small world of which anything may change from one tick to the next.
struct World {
    random: Random,
    rows: Vec<u32>,
    columns: Vec<u32>,
    unassigned_cost: Vec<i64>,
    /// Per row and column, the cost of the pair if there is one.
    costs: Vec<Vec<Option<i64>>>,
    names: u32,
    cost_max: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        // Few costs make nearly everything a tie; large ones do not fit 32 bits.
        let cost_max = [3, 50, 1_000, 10_000_000_000][random.below(4) as usize];
        let mut world = Self {
            random,
            rows: Vec::new(),
            columns: Vec::new(),
            unassigned_cost: Vec::new(),
            costs: Vec::new(),
            names: 0,
            cost_max,
        };
        (0..1 + world.random.below(8)).for_each(|_| world.add_column());
        (0..1 + world.random.below(8)).for_each(|_| world.add_row());
        world
    }

    fn cost(&mut self) -> Option<i64> {
        (self.random.below(3) > 0).then(|| self.random.below(self.cost_max) as i64)
    }
    fn add_row(&mut self) {
        self.names += 1;
        self.rows.push(self.names);
        self.unassigned_cost.push(self.random.below(2 * self.cost_max) as i64);
        let cells = (0..self.columns.len()).map(|_| self.cost()).collect();
        self.costs.push(cells);
    }
    fn add_column(&mut self) {
        self.names += 1;
        self.columns.push(self.names);
        for row in 0..self.rows.len() {
            let cost = self.cost();
            self.costs[row].push(cost);
        }
    }

    fn step(&mut self) {
        for _ in 0..self.random.below(4) {
            match self.random.below(7) {
                0 if self.rows.len() < 9 => self.add_row(),
                1 if self.columns.len() < 9 => self.add_column(),
                2 if self.rows.len() > 1 => {
                    let gone = self.random.below(self.rows.len() as u64) as usize;
                    self.rows.remove(gone);
                    self.unassigned_cost.remove(gone);
                    self.costs.remove(gone);
                }
                3 if self.columns.len() > 1 => {
                    let gone = self.random.below(self.columns.len() as u64) as usize;
                    self.columns.remove(gone);
                    for cells in &mut self.costs {
                        cells.remove(gone);
                    }
                }
                4 => self.wait(),
                5 => self.turn_unassigned_cost(),
                _ => self.move_column(),
            }
        }
    }
    /// Leaving rows unassigned grows dearer by the same for all.
    fn wait(&mut self) {
        let growth = self.random.below(self.cost_max) as i64;
        self.unassigned_cost.iter_mut().for_each(|unassigned_cost| *unassigned_cost += growth);
    }
    fn turn_unassigned_cost(&mut self) {
        let row = self.random.below(self.rows.len() as u64) as usize;
        self.unassigned_cost[row] = self.random.below(2 * self.cost_max) as i64;
    }
    fn move_column(&mut self) {
        let column = self.random.below(self.columns.len() as u64) as usize;
        for row in 0..self.rows.len() {
            self.costs[row][column] = self.cost();
        }
    }

    fn problem(&mut self) -> AssignmentProblem {
        let mut pairs = Vec::new();
        for (row, cells) in (0..).zip(&self.costs) {
            let priced = (0..).zip(cells).filter_map(|(column, cost)| Some((column, (*cost)?)));
            pairs.extend(priced.map(|(column, cost)| Pair { row, column, cost }));
        }
        // In any order.
        for at in (1..pairs.len()).rev() {
            pairs.swap(at, self.random.below(at as u64 + 1) as usize);
        }
        AssignmentProblem {
            unassigned_cost: self.unassigned_cost.clone(),
            columns: self.columns.len(),
            pairs,
        }
    }
}

/// 1,250 worlds of 8 ticks: 10,000 problems, each against the oracle, warm and cold.
#[test]
fn ten_thousand_random_ticks_are_as_cheap_as_the_oracle_says_warm_and_cold() {
    for seed in 0..1_250 {
        let mut world = World::new(seed);
        let mut matcher = Matcher::always_warm();
        for tick in 0..8 {
            let problem = world.problem();
            let warm = matcher.solve(&problem, &world.rows, &world.columns, &mut Budget::unlimited());
            let cold = assign(&problem, &mut Budget::unlimited());
            let least = least_cost(&problem);
            assert!(warm.exact && cold.exact && warm.gap == 0 && cold.gap == 0, "seed {seed}, tick {tick}");
            assert_eq!(cost(&problem, &warm), least, "warm, seed {seed}, tick {tick}: {problem:?}");
            assert_eq!(cost(&problem, &cold), least, "cold, seed {seed}, tick {tick}: {problem:?}");
            world.step();
        }
    }
}

/// No row is open beside a free column that costs less than leaving it.
fn nothing_is_left(problem: &AssignmentProblem, matching: &Matching) -> bool {
    let mut busy = vec![false; problem.columns];
    matching.column_of.iter().flatten().for_each(|&column| busy[column as usize] = true);
    problem.pairs.iter().all(|pair| {
        let open = matching.column_of[pair.row as usize].is_none();
        let gainful = pair.cost < problem.unassigned_cost[pair.row as usize];
        !open || !gainful || busy[pair.column as usize]
    })
}

#[test]
fn stopped_anywhere_it_is_feasible_and_complete_and_no_further_off_than_it_says() {
    for seed in 0..150 {
        let mut city = City::new(30, 12 + seed as usize % 25, 6, seed);
        let mut random = Random(seed);
        let mut matcher = Matcher::always_warm();
        for tick in 0..5 {
            let now = city.tick();
            let mut budget = Budget::steps(random.below(1_500));
            let matching = matcher.solve(&now.problem, &now.rows, &now.columns, &mut budget);
            let above = cost(&now.problem, &matching) - least_cost(&now.problem);
            assert!(nothing_is_left(&now.problem, &matching), "seed {seed}, tick {tick}");
            assert!(
                (0..=matching.gap).contains(&above),
                "seed {seed}, tick {tick}: {above} of {}",
                matching.gap
            );
            assert!(!matching.exact || above == 0, "seed {seed}, tick {tick}");
            city.step();
        }
    }
}

/// More pairs than are read at once, so that the budget ends within each stage before the first search as well.
#[test]
fn a_large_city_stopped_anywhere_is_served_as_well() {
    let mut city = City::new(15_000, 6_000, 18, 5);
    let first = city.tick();
    city.step();
    let now = city.tick();
    assert!(now.problem.pairs.len() > 262_144);
    let mut shuffled = now.problem.clone();
    shuffled.pairs.sort_by_key(|pair| (pair.column, pair.row));
    let best = cost(&now.problem, &assign(&now.problem, &mut Budget::unlimited()));
    for steps in [0, 1, 20_000, 50_000, 90_000, 120_000, 160_000, 300_000, 600_000] {
        let mut matcher = Matcher::always_warm();
        matcher.solve(&first.problem, &first.rows, &first.columns, &mut Budget::unlimited());
        let cut = matcher.solve(&now.problem, &now.rows, &now.columns, &mut Budget::steps(steps));
        let anew = assign(&now.problem, &mut Budget::steps(steps));
        let unsorted = assign(&shuffled, &mut Budget::steps(steps));
        for (how, matching) in [("repaired", cut), ("from nothing", anew), ("by column", unsorted)] {
            let above = cost(&now.problem, &matching) - best;
            assert!(nothing_is_left(&now.problem, &matching), "{how}, {steps} steps");
            assert!((0..=matching.gap).contains(&above), "{how}, {steps} steps: {above} of {}", matching.gap);
        }
        let whole = matcher.solve(&now.problem, &now.rows, &now.columns, &mut Budget::unlimited());
        assert_eq!((cost(&now.problem, &whole), whole.exact), (best, true), "after {steps} steps");
    }
}

#[test]
fn a_city_short_of_vehicles_is_repaired_in_fewer_steps_than_it_takes_from_nothing() {
    let mut city = City::new(1_200, 900, 20, 7);
    let mut matcher = Matcher::default();
    let (mut warm_steps, mut cold_steps) = (0, 0);
    for tick in 0..6 {
        let now = city.tick();
        let (mut warm, mut cold) = (Budget::unlimited(), Budget::unlimited());
        let repaired = matcher.solve(&now.problem, &now.rows, &now.columns, &mut warm);
        let anew = assign(&now.problem, &mut cold);
        assert_eq!(cost(&now.problem, &repaired), cost(&now.problem, &anew), "tick {tick}");
        if tick > 0 {
            (warm_steps, cold_steps) = (warm_steps + warm.used(), cold_steps + cold.used());
        }
        city.step();
    }
    assert!(2 * warm_steps < cold_steps, "{warm_steps} warm, {cold_steps} cold");
}

#[test]
fn the_same_ticks_give_the_same_matchings() {
    let run = || {
        let mut city = City::new(200, 120, 12, 3);
        let mut matcher = Matcher::always_warm();
        let mut matchings = Vec::new();
        for _ in 0..5 {
            let now = city.tick();
            let mut budget = Budget::steps(20_000);
            matchings.push(matcher.solve(&now.problem, &now.rows, &now.columns, &mut budget));
            city.step();
        }
        matchings
    };
    assert_eq!(run(), run());
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }
}
