//! More important work takes the place of less important work: whom, how many, for what, and what both sides say.

use crate::bench::{Bench, detector, node, node_id, replica_id, with, workload};
use paceline_engine::edge::EdgeOptions;
use paceline_model::edge::{
    Command, DisruptionBudget, Event, EvictionCause, LabelKey, LabelValue, Operator, Requirement, Share,
    TopologySpread, WorkloadId, WorkloadSpec, label,
};
use paceline_model::{Instant, Millis};
use tempfile::TempDir;

fn of(nodes: &[&str]) -> (TempDir, Bench) {
    with(EdgeOptions::default(), nodes)
}

fn wanted(name: &str, priority: i32, replicas: u32, milli: u16) -> WorkloadSpec {
    WorkloadSpec { priority, ..workload(name, replicas, 1, milli) }
}

fn evicted(bench: &Bench) -> Vec<String> {
    let evicted = bench.events.iter().filter_map(|event| match event {
        Event::ReplicaEvicted { replica, cause: EvictionCause::Preempted } => Some(replica.to_string()),
        _ => None,
    });
    evicted.collect()
}

#[test]
fn the_less_important_gives_way_and_both_sides_say_so() {
    let (_dir, mut bench) = of(&["n"]);
    bench.ask(Command::PutWorkload(wanted("low", 1, 1, 1_000)));
    bench.until(1);
    bench.ask(Command::PutWorkload(wanted("high", 100, 1, 1_000)));
    bench.until(2);
    assert_eq!((bench.place("high-0").as_deref(), bench.place("low-0")), (Some("n GPU-n"), None));
    let why = bench.why("high-0");
    assert!(why.ends_with(" To make room for it, low-0 lost its node: of lower priority than 100."), "{why}");
    let why = "low-0 has no node: of 1 nodes: 1 without enough free of their GPUs. It lost its node to high-0 at \
               1970-01-01T00:00:01.200Z, whose priority is 100 and its own 1, and there was no other.";
    assert_eq!(bench.why("low-0"), why);
    bench.ask(Command::RemoveWorkload(WorkloadId::new("high").expect("a name")));
    bench.until(3);
    let why = bench.why("low-0");
    assert!(why.starts_with("low-0 runs on n as ") && !why.contains("high-0"), "{why}");
}

#[test]
fn who_has_room_elsewhere_moves_and_nobody_is_evicted() {
    let (_dir, mut bench) = of(&["a", "b"]);
    bench.ask(Command::PutWorkload(wanted("low", 1, 2, 400)));
    bench.ask(Command::Cordon(node_id("b")));
    bench.until(1);
    bench.ask(Command::Uncordon(node_id("b")));
    bench.ask(Command::PutWorkload(wanted("other", 1, 1, 500)));
    bench.until(2);
    bench.ask(Command::PutWorkload(wanted("high", 9, 1, 600)));
    bench.until(3);
    assert!(bench.place("high-0").is_some_and(|place| place.starts_with('a')), "{:?}", bench.place("high-0"));
    assert_eq!(evicted(&bench), [""; 0]);
    let why = bench.why("high-0");
    assert!(
        why.ends_with("To make room for it, low-0 moved to another node: of lower priority than 9."),
        "{why}"
    );
    let why = bench.why("low-0");
    assert!(why.contains("low-0 runs on b") && why.contains("It made room for high-0 at "), "{why}");
}

#[test]
fn preemption_goes_round_in_no_circle_and_a_victim_never_evicts_who_evicted_it() {
    let (_dir, mut bench) = of(&["n"]);
    for (name, priority) in [("a", 1), ("b", 2), ("c", 3)] {
        bench.ask(Command::PutWorkload(wanted(name, priority, 1, 1_000)));
        bench.until(u64::try_from(priority).expect("small"));
    }
    bench.until(8);
    assert_eq!(evicted(&bench), ["a-0", "b-0"]);
    bench.ask(Command::PutWorkload(wanted("b", 50, 1, 1_000)));
    bench.until(14);
    assert_eq!(
        bench.place("c-0").as_deref(),
        Some("n GPU-n"),
        "c evicted b: b waits, whatever it is worth now"
    );
    bench.ask(Command::PutWorkload(wanted("equal", 3, 1, 1_000)));
    bench.until(20);
    assert_eq!(evicted(&bench), ["a-0", "b-0"], "equals do not give way");
}

#[test]
fn a_gang_one_node_short_evicts_nobody() {
    let (_dir, mut bench) = of(&["a", "b"]);
    bench.ask(Command::PutWorkload(wanted("low", 1, 1, 1_000)));
    bench.ask(Command::PutWorkload(wanted("top", 100, 1, 1_000)));
    bench.until(1);
    let mut gang = wanted("gang", 50, 2, 1_000);
    gang.gang = true;
    bench.ask(Command::PutWorkload(gang));
    bench.until(2);
    assert!(bench.place("low-0").is_some() && bench.place("gang-0").is_none());
    let why = bench.why("gang-0");
    assert!(why.starts_with("gang-0 has no node: all 2 replicas or none: 1 would find a node"), "{why}");
    bench.ask(Command::PutNode(node("c", "c", &["GPU-c"])));
    bench.until(3);
    assert!((0..2).all(|ordinal| bench.place(&format!("gang-{ordinal}")).is_some()));
    assert_eq!(evicted(&bench), ["low-0"]);
}

#[test]
fn a_spread_that_cannot_hold_evicts_nobody() {
    let (_dir, mut bench) = of(&["a", "b"]);
    bench.ask(Command::PutWorkload(wanted("low", 1, 1, 1_000)));
    bench.ask(Command::Cordon(node_id("b")));
    bench.until(1);
    let topology_key = LabelKey::new(label::ZONE).expect("a key");
    let mut spread = wanted("spread", 9, 3, 300);
    spread.spread = vec![TopologySpread { max_skew: 1, topology_key }];
    bench.ask(Command::PutWorkload(spread));
    bench.until(2);
    let low = bench.place("low-0");
    bench.until(3);
    assert_eq!(
        (bench.place("low-0"), evicted(&bench).len()),
        (low, 1),
        "one goes to zone a, no second one may"
    );
    let why = bench.why("spread-1");
    assert!(why.contains("1 cordoned or drained, 1 where replicas would stand too unevenly"), "{why}");
}

/// Where one can move only as long as the other stays: in zone c it would be the third, and zone a would then have none.
#[test]
fn nobody_moves_to_where_the_eviction_of_another_makes_replicas_stand_unevenly() {
    let (_dir, mut bench) = with(EdgeOptions::default(), &["b"]);
    bench.ask(Command::PutNode(node("a", "a", &["GPU-a0", "GPU-a1"])));
    bench.ask(Command::PutNode(node("c", "c", &["GPU-c0", "GPU-c1", "GPU-c2"])));
    let zone = || LabelKey::new(label::ZONE).expect("a key");
    let only_in = |name: &str| {
        let named = LabelValue::new(name).expect("a value");
        WorkloadSpec::selector([(zone(), named)].into()).collect()
    };
    let mut other = wanted("other", 1, 1, 1_000);
    other.affinity = only_in("c");
    bench.ask(Command::PutWorkload(other));
    bench.until(1);
    let mut low = wanted("low", 1, 5, 1_000);
    low.spread = vec![TopologySpread { max_skew: 2, topology_key: zone() }];
    bench.ask(Command::PutWorkload(low));
    bench.until(2);
    let in_zone = |bench: &Bench, zone: char| {
        let places = (0..5).filter_map(|ordinal| bench.place(&format!("low-{ordinal}")));
        places.filter(|place| place.starts_with(zone)).count()
    };
    assert_eq!(['a', 'b', 'c'].map(|zone| in_zone(&bench, zone)), [2, 1, 2]);
    bench.ask(Command::RemoveWorkload(WorkloadId::new("other").expect("a name")));
    let mut high = WorkloadSpec { priority: 9, ..workload("high", 1, 2, 1_000) };
    high.affinity = only_in("a");
    bench.ask(Command::PutWorkload(high));
    bench.until(4);
    assert!(bench.place("high-0").is_some());
    assert_eq!(['a', 'b', 'c'].map(|zone| in_zone(&bench, zone)), [0, 1, 2]);
    assert_eq!(evicted(&bench).len(), 2);
}

#[test]
fn one_of_a_gang_does_not_go_alone_when_the_others_give_way_in_the_same_round() {
    let (_dir, mut bench) = of(&["a", "b", "c"]);
    let mut low = wanted("low", 1, 3, 1_000);
    low.gang = true;
    bench.ask(Command::PutWorkload(low));
    bench.until(1);
    bench.lists("c", &[]);
    bench.until(2);
    let waits = |bench: &Bench| (0..3).filter(|n| bench.place(&format!("low-{n}")).is_none()).count();
    assert_eq!(waits(&bench), 1, "it lost its GPU");
    bench.ask(Command::Cordon(node_id("c")));
    let mut high = wanted("high", 9, 2, 1_000);
    let zones = ["a", "b"].map(|name| LabelValue::new(name).expect("a value"));
    let key = LabelKey::new(label::ZONE).expect("a key");
    high.affinity = vec![Requirement { key, operator: Operator::In, values: zones.to_vec() }];
    bench.ask(Command::PutWorkload(high));
    bench.ask(Command::PutNode(node("d", "d", &["GPU-d"])));
    bench.until(4);
    assert!((0..2).all(|ordinal| bench.place(&format!("high-{ordinal}")).is_some()));
    assert_eq!(waits(&bench), 3, "d has room for one of three");
}

#[test]
fn a_gang_of_which_one_is_on_a_silent_node_is_left_alone() {
    let (_dir, mut bench) = of(&["a", "b"]);
    let mut low = wanted("low", 1, 2, 1_000);
    low.gang = true;
    bench.ask(Command::PutWorkload(low));
    for second in [1, 20, 40] {
        bench.until(second);
        bench.lists("a", &["GPU-a"]);
    }
    bench.ask(Command::PutWorkload(wanted("high", 9, 1, 1_000)));
    bench.until(42);
    assert_eq!((bench.place("high-0"), evicted(&bench).len()), (None, 0), "what b runs may well go on");
    bench.lists("b", &["GPU-b"]);
    bench.until(44);
    assert_eq!((bench.place("high-0").is_some(), evicted(&bench).len()), (true, 2));
}

#[test]
fn a_disruption_budget_is_kept() {
    for (budget, left) in [
        (DisruptionBudget::MinAvailable(Share::Count(2)), 2),
        (DisruptionBudget::MaxUnavailable(Share::Percent(25)), 2),
        (DisruptionBudget::MinAvailable(Share::Percent(100)), 3),
    ] {
        let (_dir, mut bench) = of(&["a", "b", "c"]);
        let mut low = wanted("low", 1, 3, 1_000);
        low.disruption_budget = Some(budget);
        bench.ask(Command::PutWorkload(low));
        bench.until(1);
        bench.ask(Command::PutWorkload(wanted("high", 9, 3, 1_000)));
        bench.until(5);
        let runs = (0..3).filter(|ordinal| bench.place(&format!("low-{ordinal}")).is_some()).count();
        assert_eq!(runs, left, "{budget:?}");
    }
}

#[test]
fn no_more_give_way_in_a_period_than_may_and_the_next_period_goes_on() {
    let options =
        EdgeOptions { preemptions_max: 1, preemptions_per: Millis::from_secs(10), ..Default::default() };
    let (_dir, mut bench) = with(options, &["a", "b", "c"]);
    bench.ask(Command::PutWorkload(wanted("low", 1, 3, 1_000)));
    bench.until(1);
    bench.ask(Command::PutWorkload(wanted("high", 9, 3, 1_000)));
    for (second, count) in [(2, 1), (10, 1), (13, 2), (24, 3)] {
        bench.until(second);
        assert_eq!(evicted(&bench).len(), count, "after {second} s");
    }
    let (_dir, mut bench) = with(EdgeOptions { preemptions_max: 0, ..Default::default() }, &["a"]);
    bench.ask(Command::PutWorkload(wanted("low", 1, 1, 1_000)));
    bench.until(1);
    bench.ask(Command::PutWorkload(wanted("high", 9, 1, 1_000)));
    bench.until(5);
    assert_eq!(bench.place("high-0"), None, "preemption is switched off");
}

#[test]
fn nothing_is_evicted_for_what_is_no_longer_wanted_or_by_an_outdated_plan() {
    let (_dir, mut bench) = of(&["a", "b"]);
    bench.ask(Command::PutWorkload(wanted("low", 1, 2, 1_000)));
    bench.until(1);
    bench.late = true;
    bench.ask(Command::PutWorkload(wanted("high", 9, 1, 1_000)));
    bench.until(2);
    bench.ask(Command::RemoveWorkload(WorkloadId::new("high").expect("a name")));
    bench.hand_in();
    assert_eq!(evicted(&bench), [""; 0]);
    bench.ask(Command::PutWorkload(wanted("high", 9, 1, 1_000)));
    bench.until(3);
    // The victim is as important as the other by now.
    bench.ask(Command::PutWorkload(wanted("low", 9, 2, 1_000)));
    bench.hand_in();
    assert_eq!((evicted(&bench).len(), bench.place("high-0")), (0, None));
}

#[test]
fn who_gave_way_to_whom_outlives_a_restart_and_counts_on() {
    for snapshot_every in [u64::MAX, 1] {
        let dir = tempfile::tempdir().expect("a directory");
        let options =
            EdgeOptions { preemptions_max: 1, preemptions_per: Millis::from_secs(20), ..Default::default() };
        let mut bench = Bench::run_by(options.clone(), dir.path(), snapshot_every, Instant(0));
        bench.ask(Command::PutModel(detector()));
        for name in ["a", "b"] {
            bench.ask(Command::PutNode(node(name, name, &[&format!("GPU-{name}")])));
        }
        bench.ask(Command::PutWorkload(wanted("low", 1, 2, 1_000)));
        bench.until(1);
        bench.ask(Command::PutWorkload(wanted("high", 9, 2, 1_000)));
        bench.until(5);
        let (now, digest) = (bench.now, bench.digest());
        let told = |bench: &Bench| {
            let told = |id: &str| {
                let replica = bench.region.ledger().replica(&replica_id(id)).expect("it is there");
                replica.preemption().clone()
            };
            [told("low-0"), told("low-1"), told("high-0"), told("high-1")]
        };
        let before = told(&bench);
        assert!(
            before.iter().any(|one| one.gave_way.is_some()) && before.iter().any(|one| one.room.is_some())
        );
        drop(bench);
        let mut again = Bench::run_by(options, dir.path(), snapshot_every, now);
        assert_eq!((told(&again), again.digest()), (before, digest));
        again.until(15);
        assert!(evicted(&again).is_empty(), "one gave way within the period, before the restart");
        again.until(24);
        assert_eq!(evicted(&again).len(), 1);
    }
}
