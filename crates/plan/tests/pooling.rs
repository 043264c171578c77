//! Shared rides against slow oracles: every insertion against trying all places, whole rounds against trying all routes,
//! and rounds interrupted at random moments against the separate check.

use paceline_model::{Centimetres, Millis, MilliwattHours, MilliwattHoursPerKm, StopKind};
use paceline_plan::fleet::pooling::{
    Broken, Place, Problem, Rider, Rules, Schedule, Stop, Table, Vehicle, cheapest, check, inserted, solve,
};
use paceline_plan::{Budget, PoolingLevel};
use paceline_road::{EnergyModel, Leg};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

/// A corner of a town of 6 × 6 blocks, half a minute each.
type Corner = (u8, u8);

/// A party: where from, where to, how many, when at the earliest, how long it may wait, how long it may be delayed.
type Wish = (Corner, Corner, u8, u8, u8, u8);

#[derive(Clone, Debug)]
struct Town {
    /// Where vehicles are, their seats, and how far their batteries last, in blocks.
    vehicles: Vec<(Corner, u8, u8)>,
    wishes: Vec<Wish>,
}

const BLOCK_MS: u32 = 30_000;

fn corner() -> impl Strategy<Value = Corner> {
    (0..6u8, 0..6u8)
}

fn town(vehicles: std::ops::Range<usize>, wishes: std::ops::Range<usize>) -> impl Strategy<Value = Town> {
    let wish = (corner(), corner(), 1..4u8, 0..3u8, 1..12u8, 0..14u8);
    let vehicle = (corner(), 1..5u8, 10..80u8);
    (prop::collection::vec(vehicle, vehicles), prop::collection::vec(wish, wishes))
        .prop_map(|(vehicles, wishes)| Town { vehicles, wishes })
}

fn blocks(a: Corner, b: Corner) -> u32 {
    u32::from(a.0.abs_diff(b.0)) + u32::from(a.1.abs_diff(b.1))
}

fn leg(a: Corner, b: Corner) -> Leg {
    let length = Centimetres(blocks(a, b) * 10_000);
    Leg { time: Millis(blocks(a, b) * BLOCK_MS), distance: length, effort: length }
}

impl Town {
    /// `booked`: whether parties may ask for later than now.
    fn problem(&self, booked: bool) -> (Problem, Table) {
        let mut corners: Vec<Corner> = self.vehicles.iter().map(|(corner, ..)| *corner).collect();
        corners.extend(self.wishes.iter().flat_map(|wish| [wish.0, wish.1]));
        let legs = corners.iter().flat_map(|&a| corners.iter().map(move |&b| leg(a, b))).collect();
        let table = Table { places: corners.len(), legs };
        let vehicle = |(number, &(_, seats, range)): (u32, &(Corner, u8, u8))| Vehicle {
            place: Place(number),
            ready: 0,
            seats,
            aboard: Vec::new(),
            route: Vec::new(),
            fixed: 0,
            // 100 m a block at 100 Wh/km: 10 Wh each.
            energy: MilliwattHours(u32::from(range) * 10_000),
            uses: EnergyModel { consumption: MilliwattHoursPerKm(100_000), auxiliary_w: 0 },
        };
        let first = self.vehicles.len() as u32;
        let rider = |(row, wish): (u32, &Wish)| {
            let &(from, to, party, later, wait, delay) = wish;
            let earliest = if booked { i64::from(later) * 60_000 } else { 0 };
            let ride = leg(from, to);
            let pickup_by = earliest + i64::from(wait) * 30_000;
            Rider {
                pickup: Place(first + 2 * row),
                dropoff: Place(first + 2 * row + 1),
                party,
                since: earliest,
                earliest,
                pickup_by,
                dropoff_by: earliest + i64::from(ride.time.0) + i64::from(delay.max(wait)) * 30_000,
                ride,
                onward: Leg::default(),
                unserved: 100_000_000,
                barred: Vec::new(),
            }
        };
        let problem = Problem {
            vehicles: (0..).zip(&self.vehicles).map(vehicle).collect(),
            riders: (0..).zip(&self.wishes).map(rider).collect(),
            rules: Rules {
                pickup_dwell: Millis(10_000),
                dropoff_dwell: Millis(5_000),
                drive_price: 1_000,
                delay_price: 1_000,
            },
        };
        (problem, table)
    }
}

/// All ways to put a party into a route, as whole new schedules.
fn all_ways(problem: &Problem, table: &Table, vehicle: u32, stops: &[Stop], rider: u32) -> Vec<Schedule> {
    let mut ways = Vec::new();
    for first in 0..=stops.len() {
        for last in first..=stops.len() {
            let mut route = stops.to_vec();
            route.insert(last, Stop::drop_off(rider));
            route.insert(first, Stop::pick_up(rider));
            ways.extend(Schedule::new(problem, table, vehicle, route));
        }
    }
    ways
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn an_insertion_is_found_where_trying_all_places_finds_one(town in town(1..2, 2..7), booked: bool) {
        let (problem, table) = town.problem(booked);
        let mut schedule = Schedule::new(&problem, &table, 0, Vec::new()).expect("an empty route");
        for rider in 0..problem.riders.len() as u32 {
            let ways = all_ways(&problem, &table, 0, &schedule.stops, rider);
            let best = ways.iter().map(|way| way.cost - schedule.cost).min();
            let found = cheapest(&problem, &table, 0, &schedule, rider);
            prop_assert_eq!(found.is_some(), best.is_some(), "rider {} into {:?}", rider, schedule.stops);
            let (Some(found), Some(best)) = (found, best) else { continue };
            let next = Schedule::new(&problem, &table, 0, inserted(&schedule.stops, rider, found));
            let next = next.expect("what was found is feasible");
            let true_cost = next.cost - schedule.cost;
            prop_assert!(found.cost >= true_cost, "waiting may only make it cheaper");
            if !booked {
                prop_assert_eq!(found.cost, true_cost);
                prop_assert_eq!(found.cost, best);
            }
            let place = next.stops.iter().position(|stop| *stop == Stop::pick_up(rider)).expect("in it");
            prop_assert_eq!(next.arrive[place], found.picked_up);
            schedule = next;
        }
    }

    #[test]
    fn slack_is_how_much_later_a_stop_may_be_reached(town in town(1..2, 2..7), booked: bool, late in 0..400_000i64) {
        let (mut problem, table) = town.problem(booked);
        let mut schedule = Schedule::new(&problem, &table, 0, Vec::new()).expect("an empty route");
        for rider in 0..problem.riders.len() as u32 {
            let ways = all_ways(&problem, &table, 0, &schedule.stops, rider);
            schedule = ways.into_iter().min_by_key(|way| way.cost).unwrap_or(schedule);
        }
        let Some(&slack) = schedule.slack.first() else { return Ok(()) };
        problem.vehicles[0].ready = late;
        let again = Schedule::new(&problem, &table, 0, schedule.stops);
        prop_assert_eq!(again.is_ok(), late <= slack, "{:?}", again.err().unwrap_or(Broken::Late));
    }

    #[test]
    fn an_interrupted_round_keeps_the_rules_and_is_no_worse_than_doing_nothing(
        town in town(1..5, 1..9),
        steps in 1..20_000u64,
        again in 1..20_000u64,
        clock in 0..300_000i64,
    ) {
        let (mut problem, table) = town.problem(true);
        for budget in [steps, again] {
            let solved = solve(&problem, &table, PoolingLevel::Improve, 7, &mut Budget::steps(budget));
            let everyone: Vec<u32> = (0..problem.vehicles.len() as u32).collect();
            prop_assert_eq!(check(&problem, &table, &solved.solution, &everyone), Vec::new());
            let repeat = solve(&problem, &table, PoolingLevel::Improve, 7, &mut Budget::steps(budget));
            prop_assert_eq!(&repeat.solution, &solved.solution, "same problem, same steps, same routes");
            let costs = &solved.report.costs;
            prop_assert!(costs.is_sorted_by(|a, b| a.1 >= b.1), "{costs:?}");
            for (vehicle, route) in problem.vehicles.iter_mut().zip(&solved.solution.routes) {
                vehicle.route.clone_from(route);
            }
            // Who has been promised is dearer than all who have not.
            for stop in solved.solution.routes.iter().flatten() {
                problem.riders[stop.rider as usize].unserved = 1_000_000_000_000;
            }
            // A little later the first vehicle has its first riders in, if they are there.
            let first = problem.vehicles[0].route.first().copied();
            if let Some(stop) = first.filter(|stop| stop.kind == StopKind::PickUp) {
                let arrive = Schedule::lenient(&problem, &table, 0, problem.vehicles[0].route.clone());
                let rider = &problem.riders[stop.rider as usize];
                if arrive.depart[0] <= clock {
                    problem.vehicles[0].place = rider.pickup;
                    problem.vehicles[0].ready = arrive.depart[0];
                    problem.vehicles[0].aboard.push(stop.rider);
                    problem.vehicles[0].route.remove(0);
                }
            }
        }
    }
}

/// The least cost of any set of feasible routes: every rider with every vehicle or none, in every order of stops.
fn least(problem: &Problem, table: &Table) -> i64 {
    let vehicles = problem.vehicles.len();
    let riders = problem.riders.len();
    let mut cheapest_of = vec![vec![None; 1 << riders]; vehicles];
    for (vehicle, costs) in cheapest_of.iter_mut().enumerate() {
        routes(problem, table, vehicle as u32, &mut Vec::new(), &mut |stops, cost| {
            let set = stops.iter().fold(0, |set, stop| set | 1 << stop.rider);
            let known: &mut Option<i64> = &mut costs[set];
            *known = Some(known.map_or(cost, |known| known.min(cost)));
        });
    }
    let open = |set: usize| {
        (0..riders)
            .filter(|rider| set & (1 << rider) == 0)
            .map(|rider| problem.riders[rider].unserved)
            .sum::<i64>()
    };
    let mut best = vec![None; 1 << riders];
    best[0] = Some(0_i64);
    for costs in &cheapest_of {
        let mut next = best.clone();
        for (have, known) in best.iter().enumerate() {
            let Some(known) = known else { continue };
            for (set, cost) in costs.iter().enumerate() {
                if let Some(cost) = cost
                    && have & set == 0
                {
                    let cell: &mut Option<i64> = &mut next[have | set];
                    *cell = Some(cell.map_or(known + cost, |other| other.min(known + cost)));
                }
            }
        }
        best = next;
    }
    (0..1 << riders).filter_map(|set| Some(best[set]? + open(set))).min().expect("nobody served is a way")
}

/// Calls `see` with every feasible route of a vehicle.
fn routes(
    problem: &Problem,
    table: &Table,
    vehicle: u32,
    stops: &mut Vec<Stop>,
    see: &mut impl FnMut(&[Stop], i64),
) {
    let schedule = Schedule::lenient(problem, table, vehicle, stops.clone());
    let late = schedule.slack.iter().any(|&slack| slack < 0);
    let full = schedule.load.iter().any(|&load| load > problem.vehicles[vehicle as usize].seats);
    if late || full {
        return;
    }
    if schedule.load.last().is_none_or(|&load| load == 0)
        && let Ok(whole) = Schedule::new(problem, table, vehicle, stops.clone())
    {
        see(stops, whole.cost);
    }
    for rider in 0..problem.riders.len() as u32 {
        let next = match (stops.contains(&Stop::pick_up(rider)), stops.contains(&Stop::drop_off(rider))) {
            (false, _) => Stop::pick_up(rider),
            (true, false) => Stop::drop_off(rider),
            (true, true) => continue,
        };
        stops.push(next);
        routes(problem, table, vehicle, stops, see);
        stops.pop();
    }
}

/// Six hundred wait too far away, the longest first; one who has just come waits where the vehicles are. The budget is for
/// about half of them.
#[test]
fn who_came_last_is_looked_at_where_a_round_does_not_get_through_all() {
    let far = ((5, 5), (5, 0), 1, 0, 1, 10);
    let here = ((0, 0), (0, 3), 1, 0, 10, 10);
    let wishes: Vec<Wish> = std::iter::repeat_n(far, 600).chain([here]).collect();
    let (mut problem, table) = Town { vehicles: vec![((0, 0), 4, 80); 8], wishes }.problem(false);
    for (rider, before) in problem.riders.iter_mut().rev().zip(0..) {
        rider.since = -1_000 * before;
    }
    let solved = solve(&problem, &table, PoolingLevel::Insert, 1, &mut Budget::steps(700));
    assert!(!solved.report.degraded.is_empty(), "the budget is too small for all of them");
    let served: Vec<u32> = solved.solution.routes.iter().flatten().map(|stop| stop.rider).collect();
    assert_eq!(served, [600, 600]);
}

/// Eight vehicles of one seat, each in time for one party only: of the three hundred, those with the short ride get in.
#[test]
fn where_more_ask_than_can_be_served_those_go_first_who_take_least() {
    let long = ((0, 0), (5, 5), 1, 0, 1, 10);
    let short = ((0, 0), (1, 0), 1, 0, 1, 10);
    let wishes: Vec<Wish> = (0..300).map(|row| if row % 40 == 7 { short } else { long }).collect();
    let (problem, table) = Town { vehicles: vec![((0, 0), 1, 80); 8], wishes }.problem(false);
    let solved = solve(&problem, &table, PoolingLevel::Insert, 1, &mut Budget::unlimited());
    let mut served: Vec<u32> = solved.solution.routes.iter().map(|route| route[0].rider).collect();
    served.sort_unstable();
    assert_eq!(served, [7, 47, 87, 127, 167, 207, 247, 287]);
}

#[test]
fn a_round_with_a_crowd_keeps_the_rules_whenever_it_is_stopped() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let town = town(12..13, 300..301).new_tree(&mut runner).expect("a town").current();
    let (problem, table) = town.problem(false);
    let everyone: Vec<u32> = (0..problem.vehicles.len() as u32).collect();
    for steps in (0..40_000).step_by(397) {
        let solved = solve(&problem, &table, PoolingLevel::Insert, 1, &mut Budget::steps(steps));
        assert_eq!(check(&problem, &table, &solved.solution, &everyone), Vec::new(), "{steps} steps");
        let repeat = solve(&problem, &table, PoolingLevel::Insert, 1, &mut Budget::steps(steps));
        assert_eq!(repeat.solution, solved.solution, "same problem, same steps, same routes");
    }
}

#[test]
fn small_rounds_come_close_to_trying_everything() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut exact, mut rounds, mut ours, mut theirs) = (0, 0, 0, 0);
    for _ in 0..150 {
        let town = town(2..4, 2..5).new_tree(&mut runner).expect("a town").current();
        let (problem, table) = town.problem(false);
        let solved = solve(&problem, &table, PoolingLevel::Improve, 7, &mut Budget::unlimited());
        let found = solved.report.costs.last().expect("the final cost").1;
        let best = least(&problem, &table);
        assert!(found >= best, "{found} is below the least, {best}, for {town:?}");
        rounds += 1;
        exact += u32::from(found == best);
        (ours, theirs) = (ours + found, theirs + best);
    }
    println!("{exact} of {rounds} exact; {ours} against {theirs} in all");
    assert!(exact * 100 >= rounds * 95, "{exact} of {rounds} exact");
    assert!(ours as f64 <= theirs as f64 * 1.01, "{ours} against {theirs}");
}
