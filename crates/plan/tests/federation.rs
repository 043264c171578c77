//! Spreads of workloads over clusters: held against a checker written from the rules, and against trying every way on small ones.

#![allow(clippy::unwrap_used, reason = "tests")]

use paceline_model::Version;
use paceline_model::federation::{CapacitySummary, ClusterRule, Division, NodeClass};
use paceline_plan::edge::federation::{
    Cluster, May, Need, Place, Problem, Room, Rules, Spread, Workload, check, solve, spread,
};
use paceline_plan::{Budget, Rng};
use std::sync::Arc;

/// A replica takes one core, so that a cluster of n nodes of one core has room for n.
const NEED: Need = Need { cpu_milli: 1_000, memory_mib: 0, gpus: 0, milli_gpu: 0, gpu_memory_mib: 0 };

fn cluster(location: usize, free: u32) -> Cluster {
    let class = NodeClass { nodes: free, cpu_milli: 1_000, memory_mib: 0, devices: Vec::new() };
    let summary = CapacitySummary { classes: vec![class], ..CapacitySummary::default() };
    Cluster { location, room: Arc::new(Room::of(&summary)) }
}

fn place(now: u32, may: May, weight: u32) -> Place {
    Place { now, held: 0, may, weight, most: None, need: NEED }
}

fn rooms(clusters: &[Cluster]) -> Vec<Room> {
    clusters.iter().map(|cluster| (*cluster.room).clone()).collect()
}

fn workload(wanted: u32, rules: Rules, places: Vec<Place>) -> Workload {
    Workload { number: 0, wanted, rules, steady: true, places }
}

fn decided(clusters: &[Cluster], workload: &Workload) -> Spread {
    let (rooms, of) = (rooms(clusters), spread(clusters, &rooms(clusters), workload));
    check(clusters, &rooms, workload, &of)
        .unwrap_or_else(|broken| panic!("{broken:?}: {of:?} of {workload:?}"));
    of
}

#[test]
fn replicas_are_shared_out_by_weight_by_room_or_into_few_clusters() {
    let clusters = [cluster(0, 10), cluster(0, 20), cluster(1, 30)];
    let places = vec![place(0, May::Grow, 2), place(0, May::Grow, 1), place(0, May::Grow, 1)];
    let shares = |division| {
        let rules = Rules { division, ..Rules::default() };
        decided(&clusters, &workload(12, rules, places.clone())).replicas
    };
    assert_eq!(shares(Division::Weighted), [6, 3, 3]);
    assert_eq!(shares(Division::ByCapacity), [2, 4, 6]);
    assert_eq!(shares(Division::Aggregated), [0, 0, 12]);
}

#[test]
fn a_cluster_that_is_lost_gives_its_part_to_the_others_and_nothing_else_moves() {
    let clusters = [cluster(0, 10), cluster(1, 10), cluster(2, 10)];
    let lost = May::Leave(ClusterRule::Unreachable);
    let of = workload(
        9,
        Rules::default(),
        vec![place(3, lost, 1), place(3, May::Grow, 1), place(3, May::Grow, 1)],
    );
    assert_eq!(decided(&clusters, &of).replicas, [0, 5, 4]);
    // It is back: what went elsewhere stays there.
    let of = workload(
        9,
        Rules::default(),
        vec![place(0, May::Grow, 1), place(5, May::Grow, 1), place(4, May::Grow, 1)],
    );
    assert_eq!(decided(&clusters, &of).replicas, [0, 5, 4]);
    // Until somebody asks for it to be shared out anew.
    let anew = Workload { steady: false, ..of };
    assert_eq!(decided(&clusters, &anew).replicas, [3, 3, 3]);
}

#[test]
fn what_cannot_be_told_is_left_as_it_is() {
    let clusters = [cluster(0, 10), cluster(1, 10)];
    let frozen = May::Frozen(ClusterRule::Unreachable);
    let of = workload(6, Rules::default(), vec![place(4, frozen, 1), place(0, May::Grow, 1)]);
    assert_eq!(decided(&clusters, &of).replicas, [4, 2]);
    // With fewer wanted than it has it is to have fewer: it hears of it once it is back.
    let of = workload(3, Rules::default(), vec![place(4, frozen, 1), place(2, May::Grow, 1)]);
    assert_eq!(decided(&clusters, &of).replicas, [3, 0]);
}

#[test]
fn there_are_as_many_clusters_and_locations_as_the_policy_wants_and_no_more_than_it_allows() {
    let clusters = [cluster(0, 5), cluster(0, 4), cluster(1, 3), cluster(2, 1)];
    let places = vec![place(0, May::Grow, 1); 4];
    let replicas = |rules| decided(&clusters, &workload(6, rules, places.clone()));
    let two = replicas(Rules { clusters_max: Some(2), ..Rules::default() });
    assert_eq!((two.replicas, two.unplaced), (vec![3, 0, 3, 0], 0));
    let one = replicas(Rules { locations_max: Some(1), ..Rules::default() });
    assert_eq!(one.replicas, [3, 3, 0, 0]);
    let three = replicas(Rules { division: Division::Aggregated, locations_min: 3, ..Rules::default() });
    assert!(three.replicas[2] > 0 && three.replicas[3] > 0, "{three:?}");
    // There are no five.
    assert_eq!(replicas(Rules { clusters_min: 5, ..Rules::default() }).clusters_lacking, 1);
}

#[test]
fn a_gang_goes_to_one_cluster_as_a_whole_or_not_at_all() {
    let rules = Rules { gang: true, ..Rules::default() };
    let of = workload(6, rules, vec![place(0, May::Grow, 1); 2]);
    assert_eq!(decided(&[cluster(0, 5), cluster(1, 7)], &of).replicas, [0, 6]);
    assert_eq!(decided(&[cluster(0, 5), cluster(1, 5)], &of).replicas, [0, 0]);
}

#[test]
fn workloads_of_one_round_do_not_get_the_same_room_twice() {
    let one = workload(6, Rules::default(), vec![place(0, May::Grow, 1); 2]);
    let two = Workload { number: 1, ..one.clone() };
    let problem = Problem {
        version: Version(7),
        clusters: vec![cluster(0, 5), cluster(1, 5)],
        workloads: vec![one, two],
    };
    let plan = solve(&problem, &mut Budget::unlimited());
    let placed: Vec<u32> = plan.spreads.iter().map(|of| of.replicas.iter().sum()).collect();
    assert_eq!((placed, plan.spreads[1].unplaced, plan.made_from), (vec![6, 4], 2, Version(7)));
    let short = solve(&problem, &mut Budget::steps(2));
    assert!(short.ran_short && short.spreads.len() < 2, "{short:?}");
}

/// Small enough to try every way.
fn drawn(rng: &mut Rng) -> (Vec<Cluster>, Workload) {
    let count = 1 + rng.below(4);
    let clusters: Vec<Cluster> = (0..count).map(|_| cluster(rng.below(3), rng.below(6) as u32)).collect();
    let rule = ClusterRule::Cordoned;
    let mut draw = |_| {
        let may = [May::Grow, May::Grow, May::Grow, May::Stay(rule), May::Frozen(rule), May::Leave(rule)];
        let now = if rng.below(2) == 0 { 0 } else { rng.below(4) as u32 };
        let most = (rng.below(5) == 0).then(|| rng.below(5) as u32);
        Place { most, ..place(now, may[rng.below(6)], 1 + rng.below(4) as u32) }
    };
    let mut places: Vec<Place> = (0..count).map(&mut draw).collect();
    let some = |rng: &mut Rng, most: usize| (rng.below(3) == 0).then(|| 1 + rng.below(most) as u32);
    let per_cluster_min = if rng.below(3) == 0 { 1 + rng.below(3) as u32 } else { 0 };
    let rules = Rules {
        division: [Division::Weighted, Division::ByCapacity, Division::Aggregated][rng.below(3)],
        per_cluster_min,
        per_cluster_max: some(rng, 5).map(|most| most.max(per_cluster_min)),
        clusters_min: some(rng, 4).unwrap_or(0),
        clusters_max: some(rng, 4),
        locations_min: some(rng, 3).unwrap_or(0),
        locations_max: some(rng, 3),
        gang: rng.below(8) == 0,
    };
    if rules.gang {
        // It was never in more than one cluster.
        places[1..].iter_mut().for_each(|place| place.now = 0);
    }
    let steady = rng.below(4) > 0;
    (clusters, Workload { steady, ..workload(1 + rng.below(7) as u32, rules, places) })
}

/// What is lacking to one way of spreading it: replicas, clusters, locations.
fn lacking(clusters: &[Cluster], workload: &Workload, replicas: &[u32]) -> (u32, u32, u32) {
    let used: Vec<usize> = (0..replicas.len()).filter(|at| replicas[*at] > 0).collect();
    let mut locations: Vec<usize> = used.iter().map(|at| clusters[*at].location).collect();
    locations.sort_unstable();
    locations.dedup();
    (
        workload.wanted - replicas.iter().sum::<u32>(),
        workload.rules.clusters_min.saturating_sub(used.len() as u32),
        workload.rules.locations_min.saturating_sub(locations.len() as u32),
    )
}

/// All ways that the checker lets pass.
fn every_way(clusters: &[Cluster], workload: &Workload) -> Vec<Vec<u32>> {
    let (rooms, count) = (rooms(clusters), clusters.len());
    let base = workload.wanted + 1;
    let ways = (0..base.pow(count as u32))
        .map(|code| (0..count as u32).map(|at| code / base.pow(at) % base).collect::<Vec<u32>>());
    let may_be = |replicas: &Vec<u32>| {
        let total: u32 = replicas.iter().sum();
        total <= workload.wanted && {
            let of = Spread {
                number: 0,
                replicas: replicas.clone(),
                room: Vec::new(),
                unplaced: workload.wanted - total,
                clusters_lacking: 0,
                locations_lacking: 0,
            };
            check(clusters, &rooms, workload, &of).is_ok()
        }
    };
    ways.filter(may_be).collect()
}

#[test]
fn nothing_is_lacking_that_any_way_of_spreading_has() {
    let mut rng = Rng::of(7, "federation");
    let mut moved = 0;
    for round in 0..6_000 {
        let (clusters, workload) = drawn(&mut rng);
        let of = decided(&clusters, &workload);
        let own = lacking(&clusters, &workload, &of.replicas);
        assert_eq!((of.unplaced, of.clusters_lacking, of.locations_lacking), own, "round {round}");
        let frozen = workload.places.iter().filter(|place| matches!(place.may, May::Frozen(_)));
        // What cannot be told and is too much anyway is cut in proportion, whatever else is wanted.
        if workload.rules.gang || frozen.map(|place| place.now).sum::<u32>() > workload.wanted {
            continue;
        }
        let ways = every_way(&clusters, &workload);
        let best = ways.iter().map(|way| lacking(&clusters, &workload, way)).min();
        assert_eq!(Some(own), best, "round {round}: {of:?} of {workload:?} over {clusters:?}");
        // Who need not move does not.
        let now: Vec<u32> = workload.places.iter().map(|place| place.now).collect();
        if workload.steady && ways.contains(&now) && lacking(&clusters, &workload, &now) == own {
            assert_eq!(of.replicas, now, "round {round}: {workload:?} over {clusters:?}");
            moved += 1;
        }
    }
    assert!(moved > 100, "{moved} of them were as they should be");
}

#[test]
fn of_many_clusters_every_spread_keeps_the_rules() {
    let mut rng = Rng::of(8, "federation");
    for _ in 0..300 {
        let count = 2 + rng.below(60);
        let clusters: Vec<Cluster> =
            (0..count).map(|_| cluster(rng.below(12), rng.below(200) as u32)).collect();
        let (_, small) = drawn(&mut rng);
        let places = (0..count).map(|_| {
            let may = if rng.below(10) == 0 { May::Leave(ClusterRule::Gone) } else { May::Grow };
            place(rng.below(20) as u32, may, 1 + rng.below(1_000) as u32)
        });
        let mut places: Vec<Place> = places.collect();
        if small.rules.gang {
            places[1..].iter_mut().for_each(|place| place.now = 0);
        }
        let some = |rng: &mut Rng, most: usize| (rng.below(2) == 0).then(|| 1 + rng.below(most) as u32);
        let rules = Rules {
            per_cluster_max: some(&mut rng, 300).map(|most| most.max(small.rules.per_cluster_min)),
            clusters_max: some(&mut rng, 60),
            locations_max: some(&mut rng, 12),
            ..small.rules
        };
        decided(&clusters, &Workload { rules, places, wanted: 1 + rng.below(3_000) as u32, ..small });
    }
}
