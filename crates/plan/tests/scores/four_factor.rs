//! The city's formula as it is given, beside the one whose terms have comparable units: what is wrong with the first.

use paceline_plan::edge::placement::scores::{FourFactor, FourFactorComparable};
use paceline_plan::edge::placement::*;

/// A box of the city: the part of its GPU that is taken in percent, round trip in milliseconds, charge in percent, Mbit/s.
#[derive(Clone, Copy)]
struct City(u16, u32, u8, u32);

/// Where a model of 4,000 MiB goes.
fn taken(mix: Mix, nodes: [City; 2]) -> usize {
    let mut cluster = Cluster::new();
    for City(used, ms, charge, mbit) in nodes {
        let row = cluster.add(Node { devices: vec![Device::whole(48_000)], ..Node::default() });
        let readings = Readings {
            round_trip_ms: Some(ms),
            charge_percent: Some(charge),
            bandwidth_mbit: Some(mbit),
            ..Readings::default()
        };
        cluster.inform(row, PolicyRow::default(), readings);
        let held = Task { devices: 1, device_milli: used * 10, ..Task::default() };
        let at = Placement { node: row, devices: Devices::NONE.with(0), points: 0 };
        cluster.take(&held, &at).unwrap();
    }
    let task = Task { devices: 1, device_milli: 100, device_memory_mib: 4_000, ..Task::default() };
    Placer::new(mix).find(&cluster, &task).unwrap().node.0 as usize
}

#[test]
fn as_given_an_idle_gpu_outweighs_two_seconds_and_an_empty_battery() {
    let nodes = [City(10, 2, 100, 1_000), City(1, 1_900, 1, 1)];
    assert_eq!(taken(Mix::of(FourFactor), nodes), 1, "1/0.01 is 100, and nothing else comes near");
    assert_eq!(taken(Mix::of(FourFactorComparable), nodes), 0);
}

#[test]
fn as_given_another_unit_of_time_is_another_order_of_nodes() {
    let w = |gpu_use: f64, ms: f64, unit_ms: f64| FourFactor::w(gpu_use, ms / unit_ms, 4_000.0, 1.0);
    let (idle_far, busy_near) = ((0.25, 400.0), (0.5, 4.0));
    let idle_wins = |unit| w(idle_far.0, idle_far.1, unit) > w(busy_near.0, busy_near.1, unit);
    assert!(idle_wins(1.0), "in milliseconds the round trip counts for nothing");
    assert!(!idle_wins(1_000.0), "in seconds it counts for all");
}

#[test]
fn as_given_the_size_of_the_model_decides_nothing() {
    let w = |size: f64| [(0.3, 20.0, 0.9), (0.6, 5.0, 0.2)].map(|(u, ms, b)| FourFactor::w(u, ms, size, b));
    let lead = |size| w(size)[0] - w(size)[1];
    assert!((lead(10.0) - lead(64_000.0)).abs() < 1e-12, "it is added to every node alike");
    let nodes = [City(50, 10, 100, 10), City(50, 10, 100, 1_000)];
    assert_eq!(taken(Mix::of(FourFactor), nodes), 0, "a link of 10 Mbit/s takes an hour, and is a tie");
    assert_eq!(taken(Mix::of(FourFactorComparable), nodes), 1);
}

#[test]
fn as_given_and_read_as_a_cost_it_prefers_what_is_busy_far_away_and_empty() {
    let (good, bad) = (FourFactor::w(0.1, 2.0, 4_000.0, 1.0), FourFactor::w(0.9, 900.0, 4_000.0, 0.1));
    assert!(bad < good, "the least cost is the worst node");
}

#[test]
fn comparable_terms_trade_by_their_weights() {
    // β is seven times δ: the whole battery is worth a seventh of the whole round trip, 500 ms.
    let with = |ms| taken(Mix::of(FourFactorComparable), [City(50, 10, 0, 1_000), City(50, ms, 100, 1_000)]);
    assert_eq!([60, 75, 90].map(with), [1, 1, 0]);
}
