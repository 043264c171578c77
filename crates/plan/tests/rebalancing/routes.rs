//! Routes between stations: against trying everything, interrupted at random moments, repeated, and on the field's own
//! instances where they lie beside the checkout.

use paceline_plan::solver::rebalancing::{
    CostTable, RebalancingProblem, RebalancingReport, RebalancingRoute, RebalancingSolution,
    RebalancingViolation, check, parse, solve,
};
use paceline_plan::{Budget, Rng};
use std::path::Path;

/// Solves, and holds the answer and its report to the rules.
fn sound(problem: &RebalancingProblem, steps: u64, seed: u64) -> (RebalancingSolution, RebalancingReport) {
    let (solution, report) = solve(problem, &mut Budget::steps(steps), &mut Rng::new(seed));
    assert_eq!(check(problem, &solution), [], "{steps} steps, seed {seed}: {problem:?}");
    assert_eq!(solution.cost(problem), report.cost, "{steps} steps, seed {seed}: {problem:?}");
    assert!(report.bound <= report.cost, "{report:?}: {problem:?}");
    (solution, report)
}

/// A drawn problem; the two directions of a road differ, and a way round may be cheaper than the straight one.
fn drawn(stations: usize, rng: &mut Rng) -> RebalancingProblem {
    let capacity = 3 + rng.below(6) as i32;
    let mut demand = || rng.below(2 * capacity as usize + 1) as i32 - capacity;
    let demands = [0].into_iter().chain((0..stations).map(|_| demand())).collect();
    let cells = (0..(stations + 1) * (stations + 1)).map(|_| rng.below(100) as i32).collect();
    RebalancingProblem { demands, capacity, costs: CostTable::new(stations + 1, cells) }
}

/// The least cost over all ways to share the stations out and to order them: for each set of stations the cheapest route,
/// then the cheapest way to make up all stations of such sets.
fn exhaustive(problem: &RebalancingProblem) -> i64 {
    let stations = problem.demands.len() - 1;
    let mut least = vec![i64::MAX; 1 << stations];
    routes(problem, &mut Vec::new(), &mut least);
    let mut whole = vec![i64::MAX; 1 << stations];
    whole[0] = 0;
    for set in 1_usize..1 << stations {
        let mut part = set;
        while part > 0 {
            if least[part] < i64::MAX && whole[set ^ part] < i64::MAX {
                whole[set] = whole[set].min(whole[set ^ part] + least[part]);
            }
            part = (part - 1) & set;
        }
    }
    whole[(1 << stations) - 1]
}

/// Goes through all sequences of stations, each with every start load.
fn routes(problem: &RebalancingProblem, stops: &mut Vec<usize>, least: &mut [i64]) {
    let starts = (0..=problem.capacity).any(|start| {
        let mut load = start;
        stops.iter().all(|&stop| {
            load += problem.demands[stop];
            (0..=problem.capacity).contains(&load)
        })
    });
    // What cannot be begun with any load cannot be gone on with either.
    if !starts {
        return;
    }
    let set: usize = stops.iter().map(|&stop| 1 << (stop - 1)).sum();
    let route = RebalancingRoute { start_load: 0, stops: stops.clone() };
    least[set] = least[set].min(route.cost(problem));
    for next in 1..problem.demands.len() {
        if !stops.contains(&next) {
            stops.push(next);
            routes(problem, stops, least);
            stops.pop();
        }
    }
}

#[test]
fn up_to_seven_stations_are_visited_as_cheaply_as_by_trying_everything() {
    let mut rng = Rng::new(7);
    for case in 0..150 {
        let problem = drawn(1 + case % 7, &mut rng);
        let (_, report) = sound(&problem, 400_000, 1);
        assert_eq!(report.cost, exhaustive(&problem), "case {case}: {problem:?}");
    }
}

#[test]
fn interrupted_at_any_moment_the_answer_keeps_the_rules() {
    let mut rng = Rng::new(11);
    for seed in 0..300 {
        let problem = drawn(1 + rng.below(40), &mut rng);
        // From nothing at all over the construction to some hundred rounds, evenly over the magnitudes.
        let steps = (rng.next_u64() >> 45) >> rng.below(20);
        sound(&problem, steps, seed);
    }
}

#[test]
fn the_same_seed_and_steps_give_the_same_bytes() {
    let problem = drawn(30, &mut Rng::new(3));
    let solved = |seed| format!("{:?}", sound(&problem, 100_000, seed));
    assert_eq!(solved(7), solved(7));
    assert_ne!(solved(7), solved(8), "the seed is used");
}

#[test]
fn a_station_without_demand_is_visited_too() {
    let text = "3\n0 0 2\n5\n0 1 1\n1 0 1\n1 1 0\n";
    let (solution, report) = sound(&parse(text).unwrap(), 10_000, 1);
    assert_eq!(solution.routes.iter().map(|route| route.stops.len()).sum::<usize>(), 2);
    assert_eq!(report.cost, 3);
}

#[test]
fn a_vehicle_leaves_with_the_bikes_that_its_route_needs_and_no_more() {
    let text = "3\n0 -4 3\n5\n0 1 9\n9 0 1\n1 9 0\n";
    let (solution, _) = sound(&parse(text).unwrap(), 10_000, 1);
    assert_eq!(solution.routes, [RebalancingRoute { start_load: 4, stops: vec![1, 2] }]);
}

#[test]
fn check_sees_what_is_wrong() {
    let problem = parse("4\n0 3 -2 1\n3\n0 1 1 1\n1 0 1 1\n1 1 0 1\n1 1 1 0\n").unwrap();
    let judge = |routes: &[(i32, &[usize])]| {
        let route =
            |&(start_load, stops): &(i32, &[usize])| RebalancingRoute { start_load, stops: stops.to_vec() };
        check(&problem, &RebalancingSolution { routes: routes.iter().map(route).collect() })
    };
    assert_eq!(judge(&[(0, &[1, 2, 3])]), []);
    let visits = |station, times| RebalancingViolation::Visits { station, times };
    assert_eq!(judge(&[(0, &[1, 2])]), [visits(3, 0)]);
    assert_eq!(judge(&[(0, &[1, 2, 3]), (0, &[3])]), [visits(3, 2)]);
    assert_eq!(judge(&[(0, &[1, 2, 3, 0])]), [RebalancingViolation::Stop { route: 0, vertex: 0 }]);
    assert_eq!(judge(&[(0, &[1, 2, 3, 9])]), [RebalancingViolation::Stop { route: 0, vertex: 9 }]);
    let load = |vertex, load| RebalancingViolation::Load { route: 0, vertex, load, capacity: 3 };
    assert_eq!(judge(&[(1, &[1, 2, 3])]), [load(1, 4)]);
    assert_eq!(judge(&[(0, &[2, 1, 3])]), [load(2, -2)]);
    assert_eq!(judge(&[(4, &[2, 3]), (0, &[1])]), [load(0, 4)]);
}

#[test]
fn on_the_instances_of_the_field_the_rules_are_kept() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/kernel/brp/dellamico");
    let files = std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|file| file.path());
    let mut files: Vec<_> = files.filter(|file| !file.ends_with("README.txt")).collect();
    files.sort();
    if files.is_empty() {
        println!("skipped: no instances in {}", folder.display());
    }
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let problem = parse(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        sound(&problem, 300_000, 1);
    }
}
