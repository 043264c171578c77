//! Replicas stay spread when there are to be fewer, and when new ones take the place of old ones.

use crate::bench::{Bench, detector, node, node_id, replica_id, workload};
use paceline_model::Instant;
use paceline_model::edge::{Command, LabelKey, TopologySpread, WorkloadSpec};
use std::collections::BTreeMap;
use tempfile::TempDir;

/// Three zones with a node each, and a workload that may stand two more in one than in another.
fn zones() -> (TempDir, Bench) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::open(dir.path(), u64::MAX, Instant(0));
    bench.ask(Command::PutModel(detector()));
    for zone in ["a", "b", "c"] {
        let devices: Vec<String> = (0..4).map(|number| format!("GPU-{zone}{number}")).collect();
        bench.ask(Command::PutNode(node(
            zone,
            zone,
            &devices.iter().map(String::as_str).collect::<Vec<_>>(),
        )));
    }
    (dir, bench)
}

fn spread(replicas: u32, max_skew: u32) -> WorkloadSpec {
    let topology_key = LabelKey::new("topology.kubernetes.io/zone").expect("a key");
    WorkloadSpec {
        spread: vec![TopologySpread { max_skew, topology_key }],
        ..workload("w", replicas, 1, 500)
    }
}

fn by_zone(bench: &Bench) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for ordinal in 0..20 {
        if let Some(place) = bench.place(&format!("w-{ordinal}")) {
            *counts.entry(place.split(' ').next().unwrap_or_default().to_owned()).or_default() += 1;
        }
    }
    counts
}

#[test]
fn the_replica_goes_that_leaves_the_spread_most_even() {
    let (_dir, mut bench) = zones();
    bench.ask(Command::PutWorkload(spread(7, 2)));
    bench.until(1);
    let before = by_zone(&bench);
    assert!(before.values().max() > before.values().min(), "two more are allowed: {before:?}");
    bench.ask(Command::PutWorkload(spread(3, 2)));
    let even = BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 1), ("c".to_owned(), 1)]);
    assert_eq!(by_zone(&bench), even, "it was {before:?}");
    assert_eq!(bench.region.ledger().workloads().next().map(|row| row.live().len()), Some(3));
}

#[test]
fn a_roll_over_with_more_and_then_fewer_keeps_the_skew_and_ordinals_that_ended_come_back() {
    let (dir, mut bench) = zones();
    bench.ask(Command::PutWorkload(spread(3, 1)));
    bench.until(1);
    for (round, wanted) in [6, 4, 7, 3, 5, 2].into_iter().enumerate() {
        bench.ask(Command::PutWorkload(spread(wanted, 1)));
        bench.until(2 + round as u64);
        let counts = by_zone(&bench);
        let fewest = if counts.len() < 3 { 0 } else { *counts.values().min().expect("some") };
        assert_eq!(counts.values().sum::<usize>(), wanted as usize, "{counts:?}");
        assert!(*counts.values().max().expect("some") <= fewest + 1, "{counts:?}");
    }
    let (now, digest, places) = (bench.now, bench.digest(), by_zone(&bench));
    drop(bench);
    let again = Bench::open(dir.path(), u64::MAX, now);
    assert_eq!((again.digest(), by_zone(&again)), (digest, places));
}

#[test]
fn what_has_no_node_goes_first() {
    let (_dir, mut bench) = zones();
    bench.ask(Command::PutWorkload(WorkloadSpec { replicas: 27, ..spread(27, 1) }));
    bench.until(1);
    assert_eq!(bench.region.ledger().waiting(), 3);
    bench.ask(Command::PutWorkload(spread(24, 1)));
    assert_eq!((bench.region.ledger().waiting(), by_zone(&bench).values().sum::<usize>()), (0, 20));
    assert!(bench.region.ledger().replica(&replica_id("w-26")).is_none());
}

#[test]
fn where_a_zone_fell_away_while_the_plan_was_made_no_other_takes_more_than_the_skew_allows() {
    let (_dir, mut bench) = zones();
    bench.ask(Command::PutWorkload(spread(6, 1)));
    bench.late = true;
    bench.until(1);
    // Two in each zone were proposed; one zone takes nothing any more, and is a domain all the same.
    bench.ask(Command::Cordon(node_id("b")));
    bench.hand_in();
    let one_each = BTreeMap::from([("a".to_owned(), 1), ("c".to_owned(), 1)]);
    assert_eq!(by_zone(&bench), one_each);
}
