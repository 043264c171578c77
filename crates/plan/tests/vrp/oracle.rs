//! A slow solver that tries every order of stops, every station and every whole amount of charge; and the comparison.
//! Its instances lie on whole points of two lines with whole times, so that whole amounts of charge suffice.

use super::sound;
use paceline_plan::solver::vrp::{Energy, Fleet, Objective, Place, Point, Request, VrpProblem, Window};

/// Draws small instances.
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: i64) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as i64 % count) as f64
    }
}

fn place(name: usize, x: f64, load: f64, window: (f64, f64), service: f64) -> Place {
    let window = Window { earliest: window.0, latest: window.1 };
    Place { name: name.to_string(), point: Point { x, y: 0.0 }, load, window, service }
}

/// Requests on a line around the depot; visits where `pairs` is false.
fn draw(dice: &mut Dice, requests: usize, pairs: bool) -> VrpProblem {
    let mut places = vec![place(0, 0.0, 0.0, (0.0, 90.0), 0.0)];
    let mut all = Vec::new();
    for _ in 0..requests {
        let load = 1.0 + dice.below(3);
        let opens = dice.below(30);
        let pickup = places.len();
        places.push(place(
            pickup,
            dice.below(21) - 10.0,
            load,
            (opens, opens + 10.0 + dice.below(30)),
            dice.below(3),
        ));
        if pairs {
            let opens = opens + dice.below(20);
            let window = (opens, opens + 15.0 + dice.below(30));
            places.push(place(pickup + 1, dice.below(21) - 10.0, -load, window, dice.below(3)));
        }
        all.push(Request { pickup, delivery: pairs.then_some(pickup + 1) });
    }
    VrpProblem {
        name: String::new(),
        places,
        requests: all,
        fleet: Fleet { vehicles: requests, capacity: 4.0, speed: 1.0, duration_max: None },
        ride_max: None,
        energy: None,
        objective: Objective::VehiclesThenDistance,
    }
}

/// What has happened so far in a walk through all possibilities.
#[derive(Clone)]
struct Walk {
    at: usize,
    time: f64,
    battery: f64,
    distance: f64,
    load: f64,
    vehicles: usize,
    done: Vec<bool>,
    begins: Vec<f64>,
    left: f64,
}

/// The fewest vehicles and then the least distance that serve all, found by trying. `None`: nothing serves all.
fn try_everything(problem: &VrpProblem) -> Option<(usize, f64)> {
    let mut best = None;
    let start = Walk {
        at: 0,
        time: 0.0,
        battery: problem.energy.as_ref().map_or(f64::MAX, |energy| energy.capacity),
        distance: 0.0,
        load: 0.0,
        vehicles: 1,
        done: vec![false; problem.places.len()],
        begins: vec![0.0; problem.places.len()],
        left: 0.0,
    };
    for leave in leaves(problem) {
        go(problem, Walk { time: leave, left: leave, ..start.clone() }, &mut best);
    }
    best
}

/// When to leave the depot: at once, or, where staying out is limited, at any whole time.
fn leaves(problem: &VrpProblem) -> Vec<f64> {
    let latest = if problem.fleet.duration_max.is_some() || problem.ride_max.is_some() { 40 } else { 0 };
    (0..=latest).map(f64::from).collect()
}

fn go(problem: &VrpProblem, walk: Walk, best: &mut Option<(usize, f64)>) {
    if best.is_some_and(|(vehicles, distance)| (walk.vehicles, walk.distance) >= (vehicles, distance)) {
        return;
    }
    for request in &problem.requests {
        let next = match (walk.done[request.pickup], request.delivery) {
            (false, _) => request.pickup,
            (true, Some(delivery)) if !walk.done[delivery] => delivery,
            _ => continue,
        };
        serve(problem, &walk, request, next, best);
    }
    if let Some(energy) = &problem.energy {
        let station = |at: usize| at >= problem.places.len();
        for at in (0..energy.stations.len()).filter(|_| !station(walk.at)) {
            charge(problem, &walk, problem.places.len() + at, energy, best);
        }
    }
    home(problem, walk, best);
}

fn drive(problem: &VrpProblem, walk: &Walk, to: usize) -> Option<Walk> {
    let (from, to_place) = (problem.place(walk.at)?, problem.place(to)?);
    let distance = from.point.distance(to_place.point);
    let mut next = Walk { at: to, distance: walk.distance + distance, ..walk.clone() };
    next.battery -= problem.energy.as_ref().map_or(0.0, |energy| energy.per_distance * distance);
    next.time = (next.time + distance).max(to_place.window.earliest);
    (next.battery >= 0.0 && next.time <= to_place.window.latest).then_some(next)
}

fn serve(problem: &VrpProblem, walk: &Walk, request: &Request, to: usize, best: &mut Option<(usize, f64)>) {
    let Some(mut next) = drive(problem, walk, to) else { return };
    next.load += problem.places[to].load;
    if next.load > problem.fleet.capacity {
        return;
    }
    next.done[to] = true;
    // With ride times waiting can help: try every whole begin. Without, the earliest is best.
    let waits = if problem.ride_max.is_some() && to == request.pickup { 12 } else { 0 };
    for wait in 0..=waits {
        let mut next = next.clone();
        next.time += f64::from(wait);
        next.begins[to] = next.time;
        let ride = next.time - next.begins[request.pickup] - problem.places[request.pickup].service;
        let long = request.delivery == Some(to) && problem.ride_max.is_some_and(|ride_max| ride > ride_max);
        if next.time <= problem.places[to].window.latest && !long {
            next.time += problem.places[to].service;
            go(problem, next, best);
        }
    }
}

fn charge(problem: &VrpProblem, walk: &Walk, to: usize, energy: &Energy, best: &mut Option<(usize, f64)>) {
    let Some(next) = drive(problem, walk, to) else { return };
    let room = (energy.capacity - next.battery) as u32;
    for amount in 1..=room {
        let amount = f64::from(amount);
        let time = next.time + amount * energy.charge_time;
        go(problem, Walk { battery: next.battery + amount, time, ..next.clone() }, best);
    }
}

fn home(problem: &VrpProblem, walk: Walk, best: &mut Option<(usize, f64)>) {
    let aboard = problem.requests.iter().any(|request| {
        walk.done[request.pickup] && request.delivery.is_some_and(|delivery| !walk.done[delivery])
    });
    let Some(next) = drive(problem, &walk, 0).filter(|_| walk.at != 0 && !aboard) else { return };
    if problem.fleet.duration_max.is_some_and(|duration_max| next.time - walk.left > duration_max) {
        return;
    }
    let served = problem.requests.iter().all(|request| walk.done[request.pickup]);
    if served {
        let value = (next.vehicles, next.distance);
        if best.is_none_or(|best| value < best) {
            *best = Some(value);
        }
        return;
    }
    if next.vehicles < problem.fleet.vehicles {
        let battery = problem.energy.as_ref().map_or(f64::MAX, |energy| energy.capacity);
        for leave in leaves(problem) {
            let next = Walk {
                time: leave,
                left: leave,
                battery,
                load: 0.0,
                vehicles: next.vehicles + 1,
                ..next.clone()
            };
            go(problem, next, best);
        }
    }
}

/// The solver reaches what trying everything reaches.
fn compare(seeds: std::ops::Range<u64>, draw: impl Fn(&mut Dice) -> VrpProblem) {
    let mut solved = 0;
    for seed in seeds {
        let problem = draw(&mut Dice(seed));
        let (solution, report) = sound("drawn", &problem, 60_000, seed);
        match try_everything(&problem) {
            Some((vehicles, distance)) => {
                assert_eq!(
                    (solution.unserved.len(), report.vehicles),
                    (0, vehicles),
                    "seed {seed}: {problem:?}"
                );
                assert!(
                    (report.distance - distance).abs() < 1e-6,
                    "seed {seed}: {} {distance}",
                    report.distance
                );
                solved += 1;
            }
            None => assert!(!solution.unserved.is_empty(), "seed {seed} serves what cannot be served"),
        }
    }
    assert!(solved > 10, "only {solved} instances could be solved at all");
}

#[test]
fn pairs_are_served_as_well_as_by_trying_everything() {
    compare(0..80, |dice| draw(dice, 3, true));
}

#[test]
fn visits_are_served_as_well_as_by_trying_everything() {
    compare(0..80, |dice| draw(dice, 5, false));
}

#[test]
fn riders_with_ride_times_are_served_as_well_as_by_trying_everything() {
    compare(0..60, |dice| {
        let mut problem = draw(dice, 2, true);
        problem.fleet.vehicles = 1;
        problem.ride_max = Some(8.0 + dice.below(14));
        problem.fleet.duration_max = Some(40.0 + dice.below(30));
        problem
    });
}

#[test]
fn batteries_last_as_far_as_by_trying_everything() {
    compare(0..30, |dice| {
        let mut problem = draw(dice, 3, false);
        let station = |at: usize, x: f64| place(100 + at, x, 0.0, (0.0, 90.0), 0.0);
        problem.energy = Some(Energy {
            capacity: 22.0 + dice.below(8),
            per_distance: 1.0,
            charge_time: 1.0,
            stations: vec![station(0, dice.below(9) - 12.0), station(1, 4.0 + dice.below(9))],
        });
        problem
    });
}
