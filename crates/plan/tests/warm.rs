//! The assignment from tick to tick: as cheap as from nothing whatever has changed in between, and feasible wherever it
//! is stopped.

#[path = "instances/city.rs"]
mod city;
mod oracle;

use city::City;
use oracle::least_cost;
use paceline_plan::Budget;
use paceline_plan::solver::assignment::{Matcher, Matching, Pair, Problem, assign};

fn cost(problem: &Problem, matching: &Matching) -> i128 {
    problem.cost(matching).expect("the matching takes existing pairs, each vehicle once")
}

/// A small world of which anything may change from one tick to the next.
struct World {
    random: Random,
    orders: Vec<u32>,
    vehicles: Vec<u32>,
    outside: Vec<i64>,
    /// Per order and vehicle, the price of the pair if there is one.
    prices: Vec<Vec<Option<i64>>>,
    names: u32,
    price_max: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        // Few prices make nearly everything a tie; large ones do not fit the narrow width.
        let price_max = [3, 50, 1_000, 10_000_000_000][random.below(4) as usize];
        let mut world = Self {
            random,
            orders: Vec::new(),
            vehicles: Vec::new(),
            outside: Vec::new(),
            prices: Vec::new(),
            names: 0,
            price_max,
        };
        (0..1 + world.random.below(8)).for_each(|_| world.add_vehicle());
        (0..1 + world.random.below(8)).for_each(|_| world.add_order());
        world
    }

    fn price(&mut self) -> Option<i64> {
        (self.random.below(3) > 0).then(|| self.random.below(self.price_max) as i64)
    }
    fn add_order(&mut self) {
        self.names += 1;
        self.orders.push(self.names);
        self.outside.push(self.random.below(2 * self.price_max) as i64);
        let row = (0..self.vehicles.len()).map(|_| self.price()).collect();
        self.prices.push(row);
    }
    fn add_vehicle(&mut self) {
        self.names += 1;
        self.vehicles.push(self.names);
        for order in 0..self.orders.len() {
            let price = self.price();
            self.prices[order].push(price);
        }
    }

    fn step(&mut self) {
        for _ in 0..self.random.below(4) {
            match self.random.below(7) {
                0 if self.orders.len() < 9 => self.add_order(),
                1 if self.vehicles.len() < 9 => self.add_vehicle(),
                2 if self.orders.len() > 1 => {
                    let gone = self.random.below(self.orders.len() as u64) as usize;
                    self.orders.remove(gone);
                    self.outside.remove(gone);
                    self.prices.remove(gone);
                }
                3 if self.vehicles.len() > 1 => {
                    let gone = self.random.below(self.vehicles.len() as u64) as usize;
                    self.vehicles.remove(gone);
                    for row in &mut self.prices {
                        row.remove(gone);
                    }
                }
                4 => self.wait(),
                5 => self.turn_outside(),
                _ => self.move_vehicle(),
            }
        }
    }
    /// Leaving orders out grows dearer by the same for all.
    fn wait(&mut self) {
        let growth = self.random.below(self.price_max) as i64;
        self.outside.iter_mut().for_each(|outside| *outside += growth);
    }
    fn turn_outside(&mut self) {
        let order = self.random.below(self.orders.len() as u64) as usize;
        self.outside[order] = self.random.below(2 * self.price_max) as i64;
    }
    fn move_vehicle(&mut self) {
        let vehicle = self.random.below(self.vehicles.len() as u64) as usize;
        for order in 0..self.orders.len() {
            self.prices[order][vehicle] = self.price();
        }
    }

    fn problem(&mut self) -> Problem {
        let mut pairs = Vec::new();
        for (order, row) in (0..).zip(&self.prices) {
            let priced = (0..).zip(row).filter_map(|(vehicle, price)| Some((vehicle, (*price)?)));
            pairs.extend(priced.map(|(vehicle, price)| Pair { order, vehicle, price }));
        }
        // In any order.
        for at in (1..pairs.len()).rev() {
            pairs.swap(at, self.random.below(at as u64 + 1) as usize);
        }
        Problem { outside: self.outside.clone(), vehicles: self.vehicles.len(), pairs }
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
            let warm = matcher.solve(&problem, &world.orders, &world.vehicles, &mut Budget::unlimited());
            let cold = assign(&problem, &mut Budget::unlimited());
            let least = least_cost(&problem);
            assert!(warm.exact && cold.exact && warm.gap == 0 && cold.gap == 0, "seed {seed}, tick {tick}");
            assert_eq!(cost(&problem, &warm), least, "warm, seed {seed}, tick {tick}: {problem:?}");
            assert_eq!(cost(&problem, &cold), least, "cold, seed {seed}, tick {tick}: {problem:?}");
            world.step();
        }
    }
}

/// No order is open beside a free vehicle that costs less than leaving it.
fn nothing_is_left(problem: &Problem, matching: &Matching) -> bool {
    let mut busy = vec![false; problem.vehicles];
    matching.vehicle_of.iter().flatten().for_each(|&vehicle| busy[vehicle as usize] = true);
    problem.pairs.iter().all(|pair| {
        let open = matching.vehicle_of[pair.order as usize].is_none();
        let gainful = pair.price < problem.outside[pair.order as usize];
        !open || !gainful || busy[pair.vehicle as usize]
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
            let matching = matcher.solve(&now.problem, &now.orders, &now.vehicles, &mut budget);
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
    shuffled.pairs.sort_by_key(|pair| (pair.vehicle, pair.order));
    let best = cost(&now.problem, &assign(&now.problem, &mut Budget::unlimited()));
    for steps in [0, 1, 20_000, 50_000, 90_000, 120_000, 160_000, 300_000, 600_000] {
        let mut matcher = Matcher::always_warm();
        matcher.solve(&first.problem, &first.orders, &first.vehicles, &mut Budget::unlimited());
        let cut = matcher.solve(&now.problem, &now.orders, &now.vehicles, &mut Budget::steps(steps));
        let anew = assign(&now.problem, &mut Budget::steps(steps));
        let unsorted = assign(&shuffled, &mut Budget::steps(steps));
        for (how, matching) in [("repaired", cut), ("from nothing", anew), ("by vehicle", unsorted)] {
            let above = cost(&now.problem, &matching) - best;
            assert!(nothing_is_left(&now.problem, &matching), "{how}, {steps} steps");
            assert!((0..=matching.gap).contains(&above), "{how}, {steps} steps: {above} of {}", matching.gap);
        }
        let whole = matcher.solve(&now.problem, &now.orders, &now.vehicles, &mut Budget::unlimited());
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
        let repaired = matcher.solve(&now.problem, &now.orders, &now.vehicles, &mut warm);
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
            matchings.push(matcher.solve(&now.problem, &now.orders, &now.vehicles, &mut budget));
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
