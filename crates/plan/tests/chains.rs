//! Days of a few rides by themselves: what is said to be possible at most is, against trying everything, and what a plan serves can be
//! driven.

use paceline_plan::solver::chains::{
    Beyond, Bound, ChainProblem, Chains, Grid, Link, PriceOptions, Ride, bound, plan,
};
use paceline_plan::{Budget, Rng};
use proptest::prelude::*;

/// A day with all its drives: from each ride, then from each vehicle, to each ride.
#[derive(Clone, Debug)]
struct Town {
    rides: Vec<Ride>,
    vehicles: usize,
    drives: Vec<Vec<u32>>,
}

/// Slots that no time of a town lies on, so that rounding to the wrong side shows.
const OPTIONS: PriceOptions =
    PriceOptions { grid: Grid { slot_ms: 5_000, short_ms: 30_000 }, final_slot_ms: 7_000, rounds: 40 };

impl Town {
    /// With at most so many links from each place, the nearest, and only to rides that begin within so long.
    fn problem(&self, links_max: usize, ahead_ms: u32) -> ChainProblem {
        let mut problem = ChainProblem::new(self.rides.clone(), self.vehicles);
        for (origin, drives) in self.drives.iter().enumerate() {
            let free_ms = self.rides.get(origin).map_or(0, |ride| ride.latest_ms + ride.takes_ms);
            let end = self.rides.partition_point(|ride| ride.earliest_ms <= free_ms + ahead_ms);
            let others = (0..end).filter(|&ride| ride != origin);
            let mut near: Vec<Link> =
                others.map(|ride| Link { to: ride as u32, drive_ms: drives[ride] }).collect();
            near.sort_by_key(|link| link.drive_ms);
            let drive_ms = near.get(links_max).map_or(u32::MAX, |link| link.drive_ms);
            near.truncate(links_max);
            near.sort();
            let earliest_ms = self.rides.get(end).map_or(u32::MAX, |ride| ride.earliest_ms);
            problem.push(near, Beyond { drive_ms, earliest_ms });
        }
        problem
    }

    /// The most rides that can be served, by trying all chains of all vehicles.
    fn most(&self, vehicle: usize, taken: &mut Vec<bool>) -> usize {
        if vehicle == self.vehicles {
            return 0;
        }
        self.most_from(vehicle, (self.rides.len() + vehicle, 0), taken)
    }
    fn most_from(&self, vehicle: usize, (origin, free_ms): (usize, u32), taken: &mut Vec<bool>) -> usize {
        let mut most = self.most(vehicle + 1, taken);
        for ride in 0..self.rides.len() {
            let Ride { earliest_ms, latest_ms, takes_ms } = self.rides[ride];
            let start_ms = (free_ms + self.drives[origin][ride]).max(earliest_ms);
            if !taken[ride] && start_ms <= latest_ms {
                taken[ride] = true;
                most = most.max(1 + self.most_from(vehicle, (ride, start_ms + takes_ms), taken));
                taken[ride] = false;
            }
        }
        most
    }

    /// Holds chains to the rules: each ride once, each begun in its window.
    fn check(&self, chains: &Chains) {
        let mut taken = vec![false; self.rides.len()];
        for (vehicle, rides) in chains.rides_of.iter().enumerate() {
            let (mut origin, mut free_ms) = (self.rides.len() + vehicle, 0);
            for &ride in rides {
                let ride = ride as usize;
                let start_ms = (free_ms + self.drives[origin][ride]).max(self.rides[ride].earliest_ms);
                assert!(start_ms <= self.rides[ride].latest_ms, "ride {ride} is late: {chains:?}");
                assert!(
                    !std::mem::replace(&mut taken[ride], true),
                    "ride {ride} is served twice: {chains:?}"
                );
                (origin, free_ms) = (ride, start_ms + self.rides[ride].takes_ms);
            }
        }
    }
}

fn solve(problem: &ChainProblem, rounds: u32) -> (Bound, Chains) {
    let bound = bound(problem, OPTIONS, &mut Rng::new(1), &mut Budget::unlimited(), |_, _| {});
    let idle = Chains::idle(problem.vehicles());
    let budget = &mut Budget::unlimited();
    let chains = plan(problem, (&idle, &bound), rounds, &mut Rng::new(1), budget, |_, _| {});
    (bound, chains)
}

/// A ride as it is drawn: when, for how long, how long at doors, and from where to where.
type Drawn = (u32, u32, u32, (u32, u32), (u32, u32));

/// Rides within an hour, some of them shorter than half a minute, in a square of a quarter of an hour.
fn towns(rides_max: usize) -> impl Strategy<Value = Town> {
    let place = || (0..450u32, 0..450u32);
    let near = prop_oneof![Just(true), Just(false)];
    let ride = (0..3_600u32, 0..600u32, 0..600u32, place(), place(), near).prop_map(
        |(earliest, window, doors, from, to, near)| {
            if near {
                (earliest, window, doors % 20, from, from)
            } else {
                (earliest, window, doors, from, to)
            }
        },
    );
    let rides = prop::collection::vec(ride, 1..=rides_max);
    (rides, prop::collection::vec(place(), 1..=2)).prop_map(|(rides, vehicles)| town(rides, &vehicles))
}

fn town(mut drawn: Vec<Drawn>, vehicles: &[(u32, u32)]) -> Town {
    drawn.sort_unstable();
    let drive = |from: (u32, u32), to: (u32, u32)| (from.0.abs_diff(to.0) + from.1.abs_diff(to.1)) * 1_000;
    let ride = |&(earliest, window, doors, from, to): &Drawn| Ride {
        earliest_ms: earliest * 1_000,
        latest_ms: (earliest + window) * 1_000,
        takes_ms: doors * 1_000 + drive(from, to),
    };
    let origins = drawn.iter().map(|ride| ride.4).chain(vehicles.iter().copied());
    let row = |origin| drawn.iter().map(|ride| drive(origin, ride.3)).collect();
    Town {
        rides: drawn.iter().map(ride).collect(),
        vehicles: vehicles.len(),
        drives: origins.map(row).collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn nobody_serves_more_than_the_bound_and_a_plan_can_be_driven(
        town in towns(6), links_max in 0..6usize, ahead_s in 0..3_600u32,
    ) {
        let most = town.most(0, &mut vec![false; town.rides.len()]) as u64;
        let (bound, chains) = solve(&town.problem(links_max, ahead_s * 1_000), 20);
        prop_assert!(bound.served_max >= most, "{} is no bound for {most}: {town:?}", bound.served_max);
        town.check(&chains);
        prop_assert!(chains.served() as u64 <= most);
    }
}

#[test]
fn over_300_towns_plans_serve_nearly_all_that_is_possible() {
    let mut rng = Rng::new(7);
    let (mut most, mut served) = (0, 0);
    for _ in 0..300 {
        let mut below = |count: usize| rng.below(count) as u32;
        let vehicles = [(below(450), below(450)), (below(450), below(450))];
        let rides = (0..6).map(|_| {
            let (from, to) = ((below(450), below(450)), (below(450), below(450)));
            (below(3_600), below(600), below(600), from, to)
        });
        let town = town(rides.collect(), &vehicles[..1 + below(2) as usize]);
        let (_, chains) = solve(&town.problem(usize::MAX, u32::MAX / 2), 60);
        town.check(&chains);
        most += town.most(0, &mut vec![false; town.rides.len()]);
        served += chains.served();
    }
    assert!(served * 100 >= most * 99, "{served} of {most}");
}

/// So many rides at one moment and place, each of ten minutes with a window of ten, and one vehicle there.
fn queue(rides: usize) -> ChainProblem {
    let ride = Ride { earliest_ms: 0, latest_ms: 600_000, takes_ms: 600_000 };
    let mut problem = ChainProblem::new(vec![ride; rides], 1);
    for origin in 0..=rides {
        let others = (0..rides).filter(|&ride| ride != origin);
        problem.push(others.map(|ride| Link { to: ride as u32, drive_ms: 0 }), Beyond::NOTHING);
    }
    problem
}

#[test]
fn one_vehicle_serves_two_of_a_queue_and_no_more_are_possible() {
    let (bound, chains) = solve(&queue(9), 10);
    assert_eq!((bound.served_max, chains.served()), (2, 2));
}

#[test]
fn a_day_with_vehicles_enough_serves_everybody() {
    let (bound, chains) = solve(&queue(2), 10);
    assert_eq!((bound.served_max, bound.short_from_ms, chains.served()), (2, None, 2));
}

#[test]
fn a_plan_never_serves_fewer_than_it_began_with_and_stops_at_the_bound() {
    let problem = queue(9);
    let bound = bound(&problem, OPTIONS, &mut Rng::new(1), &mut Budget::unlimited(), |_, _| {});
    let start = Chains { rides_of: vec![vec![3, 4]] };
    let mut rounds = Vec::new();
    let budget = &mut Budget::steps(1);
    let chains = plan(&problem, (&start, &bound), 10, &mut Rng::new(1), budget, |round, served| {
        rounds.push((round, served));
    });
    assert_eq!((chains, rounds), (start, vec![(0, 2)]));
}

#[test]
fn what_a_start_cannot_drive_is_left_out_of_it() {
    let start = Chains { rides_of: vec![vec![0, 1, 1, 2]] };
    assert_eq!(start.possible(&queue(3)).rides_of, [[0, 1]]);
}
