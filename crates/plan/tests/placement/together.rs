//! Gangs are all or none; spread holds when replicas come and when they go.

use crate::common::{node, task};
use paceline_plan::Rng;
use paceline_plan::edge::placement::scores::BestFit;
use paceline_plan::edge::placement::*;

fn nodes(count: usize) -> Cluster {
    Cluster::shuffled(
        vec![Node { cpu_milli: 4_000, devices: vec![Device::whole(0)], ..Node::default() }; count],
        1,
    )
}

fn whole() -> Task {
    Task { cpu_milli: 1_000, devices: 1, device_milli: 1000, ..Task::default() }
}

fn placer() -> Placer {
    Placer::new(Mix::of(BestFit))
}

#[test]
fn a_gang_one_node_short_takes_nothing() {
    let mut cluster = nodes(3);
    let refused =
        place_gang(&mut cluster, &mut placer(), &vec![whole(); 4]).expect_err("there are three GPUs");
    assert_eq!(
        refused.to_string(),
        "3 of 4 have room; for the next one: 3 nodes: 3 too little GPU share free"
    );
    assert!(cluster.rows().all(|row| cluster.free(row).expect("in service").device_milli[0] == 1000));
    assert_eq!(place_gang(&mut cluster, &mut placer(), &vec![whole(); 3]).expect("there are three").len(), 3);
}

#[test]
fn a_gang_is_placed_whole_or_the_cluster_is_as_before() {
    for seed in 0..200 {
        let mut rng = Rng::new(seed);
        let mut cluster = Cluster::shuffled((0..4).map(|_| node(&mut rng)).collect::<Vec<_>>(), seed);
        let gang: Vec<Task> = (0..1 + rng.below(8)).map(|_| task(&mut rng)).collect();
        let before: Vec<Amounts> =
            cluster.rows().map(|row| *cluster.free(row).expect("in service")).collect();
        match place_gang(&mut cluster, &mut placer(), &gang) {
            Ok(placements) => assert_eq!(placements.len(), gang.len(), "seed {seed}"),
            Err(_) => {
                let after: Vec<Amounts> =
                    cluster.rows().map(|row| *cluster.free(row).expect("in service")).collect();
                assert_eq!(before, after, "seed {seed}");
            }
        }
    }
}

#[test]
fn replicas_spread_over_zones_when_they_come_and_when_they_go() {
    let mut cluster = Cluster::new();
    let large = Node { cpu_milli: 64_000, ..Node::default() };
    let zones = [Some(0), Some(0), Some(1), Some(2), None];
    zones.iter().for_each(|_| {
        cluster.add(large.clone());
    });
    let task = Task { cpu_milli: 1_000, ..Task::default() };
    let mut placer = placer();
    let mut running: Vec<NodeRow> = Vec::new();
    let mut spread = Spread::new(&cluster, &task, zones.to_vec(), &running, 1);
    for _ in 0..12 {
        let found = placer.find_among(&cluster, &task, &spread).expect("there is room in every zone");
        cluster.take(&task, &found).expect("there is room");
        spread.add(found.node);
        running.push(found.node);
        assert!(spread.skew() <= 1, "{running:?}");
    }
    assert!(!running.contains(&NodeRow(4)), "a node without the label is no zone");
    while let Some(stopped) = spread.to_stop(&running) {
        running.remove(stopped);
        spread = Spread::new(&cluster, &task, zones.to_vec(), &running, 1);
        assert!(spread.skew() <= 1, "{running:?}");
    }
}

#[test]
fn a_spread_that_cannot_hold_is_refused_with_its_count() {
    let mut cluster = nodes(3);
    let mut placer = placer();
    let zones = vec![Some(0), Some(0), Some(1)];
    let held = Placement { node: NodeRow(2), devices: Devices::NONE.with(0), points: 0 };
    cluster.take(&whole(), &held).expect("it is empty");
    let spread = Spread::new(&cluster, &whole(), zones.clone(), &[NodeRow(0)], 1);
    let refused = placer
        .find_among(&cluster, &whole(), &spread)
        .expect_err("zone 1 is full, zone 0 would be two ahead");
    assert_eq!(
        refused.to_string(),
        "3 nodes: 1 too little GPU share free, 2 kept free by spread or affinity"
    );
    let wider = Spread::new(&cluster, &whole(), zones, &[NodeRow(0)], 2);
    assert!(placer.find_among(&cluster, &whole(), &wider).is_ok());
}
