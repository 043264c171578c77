//! Heat: work leaves before the threshold where the slope says so, a little at a time, to a neighbour, as a smaller variant first; and it
//! comes back once it is cool.

use crate::bench::{Bench, detector, node, node_id, workload};
use paceline_model::Instant;
use paceline_model::edge::{
    Command, Condition, Event, LabelKey, LabelValue, MoveCause, NodeReport, NodeSpec, Percent, Power,
    PowerSupply, Precision, RawNumber, SensorKind, TemperatureReport, WorkloadSpec, label,
};
use tempfile::TempDir;

fn open() -> (TempDir, Bench) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::open(dir.path(), u64::MAX, Instant(0));
    bench.ask(Command::PutModel(detector()));
    (dir, bench)
}

/// A node in a rack of one zone.
fn in_rack(name: &str, rack: &str, gpus: usize) -> NodeSpec {
    let devices: Vec<String> = (0..gpus).map(|number| format!("GPU-{name}-{number}")).collect();
    let mut spec = node(name, "z", &devices.iter().map(String::as_str).collect::<Vec<_>>());
    spec.place.rack = Some(LabelValue::new(rack).expect("a rack"));
    spec
}

/// Says each second's temperature of `t1`, and that the others are there; lets a second pass after each.
fn plays(bench: &mut Bench, others: &[&str], readings: impl IntoIterator<Item = (u64, f64)>) {
    for (second, celsius) in readings {
        bench.until(second);
        others.iter().for_each(|name| bench.say(NodeReport::heartbeat(node_id(name), bench.now)));
        bench.measures("t1", celsius);
        bench.until(second + 1);
    }
}

fn node_of(bench: &Bench, id: &str) -> String {
    let place = bench.place(id).expect("it runs");
    place.split(' ').next().unwrap_or_default().to_owned()
}

fn conditions(bench: &Bench, name: &str) -> Vec<Condition> {
    let row = bench.region.ledger().node(&node_id(name)).expect("it is there");
    row.conditions.iter().cloned().collect()
}

fn heating() -> Condition {
    Condition::Heating { sensor: SensorKind::Gpu, device: None }
}

fn precision(bench: &Bench, id: &str) -> Precision {
    let replica = bench.region.ledger().replica(&crate::bench::replica_id(id)).expect("it is there");
    replica.bound.as_ref().expect("it runs").variant.precision
}

#[test]
fn work_leaves_for_a_neighbour_before_the_threshold_where_the_slope_says_so() {
    let (_dir, mut bench) = open();
    bench.ask(Command::PutNode(in_rack("t1", "r1", 1)));
    bench.ask(Command::PutWorkload(workload("w", 1, 1, 1_000)));
    bench.until(1);
    // The far one would be taken otherwise, which has nothing left then.
    bench.ask(Command::PutNode(in_rack("far", "r2", 1)));
    bench.ask(Command::PutNode(in_rack("near", "r1", 4)));
    plays(&mut bench, &["far", "near"], (0..5).map(|number| (10 + 10 * number, 74.9 + number as f64)));
    assert_eq!(node_of(&bench, "w-0"), "t1", "78.9 °C, and 85 °C in 61 s");
    plays(&mut bench, &["far", "near"], [(60, 79.9)]);
    assert_eq!(conditions(&bench, "t1"), [heating()]);
    assert_eq!(bench.moves(), [("w-0".to_owned(), MoveCause::Heating)]);
    assert_eq!(node_of(&bench, "w-0"), "near");
    let words = "It came from t1, where the node is too hot soon, and goes back once that is over.";
    assert!(bench.why("w-0").ends_with(words), "{}", bench.why("w-0"));
}

#[test]
fn one_reading_and_unknown_ones_make_no_slope_and_a_cool_chip_may_rise() {
    let (_dir, mut bench) = open();
    bench.ask(Command::PutNode(in_rack("t1", "r1", 1)));
    bench.ask(Command::PutNode(in_rack("t2", "r1", 1)));
    bench.ask(Command::PutWorkload(workload("w", 1, 1, 1_000)));
    let at = |number: usize| 10 + 10 * number as u64;
    let odd = [79.0, 79.0, 511.0, 79.0, 84.9, 79.0, 79.0, 255.0, 79.0, 79.0];
    plays(&mut bench, &["t2"], odd.iter().enumerate().map(|(number, celsius)| (at(number), *celsius)));
    let load = (0..10).map(|number| (at(number + 10), 30.0 + 5.0 * number as f64));
    plays(&mut bench, &["t2"], load);
    assert_eq!((bench.moves(), conditions(&bench, "t1")), (vec![], vec![]));
}

#[test]
fn what_heats_up_and_has_nowhere_to_go_stays_and_says_so_in_figures() {
    let (_dir, mut bench) = open();
    bench.ask(Command::PutNode(in_rack("t1", "r1", 1)));
    bench.ask(Command::PutWorkload(workload("w", 1, 1, 1_000)));
    plays(&mut bench, &[], (0..6).map(|number| (10 + 10 * number, 76.0 + number as f64)));
    let words = "It should leave: the node is too hot soon (gpu 81 °C, +6.0 °C a minute, 85 °C in 40 s). It stays, since \
                 there is nowhere to go: of 1 nodes: 1 too hot soon.";
    assert!(bench.why("w-0").ends_with(words), "{}", bench.why("w-0"));
}

/// Eight replicas of rising priority on `t1`, and an empty neighbour.
fn eight() -> (TempDir, Bench) {
    let (dir, mut bench) = open();
    bench.ask(Command::PutNode(in_rack("t1", "r1", 8)));
    for number in 0..8 {
        let priority = [5, 1, 7, 3, 0, 2, 6, 4][number];
        let spec = WorkloadSpec { priority, ..workload(&format!("p{priority}"), 1, 1, 1_000) };
        bench.ask(Command::PutWorkload(spec));
    }
    bench.until(2);
    bench.ask(Command::PutNode(in_rack("t2", "r1", 8)));
    (dir, bench)
}

/// What moved, by name: of what one round moves, the highest priority has the choice of places.
fn named(moves: Vec<(String, MoveCause)>) -> Vec<String> {
    let mut named: Vec<String> = moves.into_iter().map(|(id, cause)| format!("{id} {cause:?}")).collect();
    named.sort();
    named
}

#[test]
fn a_hot_node_is_relieved_of_the_lowest_priority_first_a_little_at_a_time_until_it_cools() {
    let (_dir, mut bench) = eight();
    plays(&mut bench, &["t2"], [(10, 85.0)]);
    assert_eq!(named(bench.moves()), ["p0-0 Hot", "p1-0 Hot"], "within a second of the threshold");
    plays(&mut bench, &["t2"], [(19, 86.0)]);
    assert_eq!(named(bench.moves()), Vec::<String>::new(), "a reading shows first what the last move did");
    plays(&mut bench, &["t2"], [(29, 86.0)]);
    assert_eq!(named(bench.moves()), ["p2-0 Hot", "p3-0 Hot"]);
    // It falls, and is left alone although it is not cool yet.
    plays(&mut bench, &["t2"], [(30, 84.5), (38, 84.0), (45, 83.0), (52, 82.5), (59, 82.0)]);
    assert_eq!(named(bench.moves()), Vec::<String>::new());
    plays(&mut bench, &["t2"], (0..10).map(|number| (66 + 7 * number, 81.5 - 0.3 * number as f64)));
    assert_eq!(named(bench.moves()), Vec::<String>::new());
    assert!(
        node_of(&bench, "p7-0") == "t1"
            && bench.region.ledger().node(&node_id("t1")).is_some_and(|row| row.is_hot())
    );
}

#[test]
fn far_above_the_threshold_all_goes_at_once() {
    let (_dir, mut bench) = eight();
    plays(&mut bench, &["t2"], [(10, 96.0)]);
    assert_eq!(bench.moves().len(), 8);
}

#[test]
fn work_comes_back_within_the_rate_once_the_node_has_been_cool_for_long_enough() {
    let (_dir, mut bench) = eight();
    plays(&mut bench, &["t2"], [(10, 96.0), (20, 77.0)]);
    assert_eq!(bench.moves().len(), 8);
    plays(&mut bench, &["t2"], (3..32).map(|number| (10 * number, 60.0)));
    assert_eq!(named(bench.moves()), Vec::<String>::new(), "cool for 299 s");
    plays(&mut bench, &["t2"], [(325, 60.0)]);
    assert_eq!(named(bench.moves()), ["p6-0 Returned", "p7-0 Returned"], "the highest priority first");
    plays(&mut bench, &["t2"], (33..40).map(|number| (10 * number, 60.0)));
    assert_eq!(bench.moves().len(), 6);
    assert_eq!(node_of(&bench, "p0-0"), "t1");
}

#[test]
fn nothing_comes_back_to_a_node_that_is_blind_or_full() {
    let (_dir, mut bench) = open();
    bench.ask(Command::PutNode(in_rack("t1", "r1", 1)));
    bench.ask(Command::PutWorkload(workload("w", 1, 1, 1_000)));
    bench.until(1);
    bench.ask(Command::PutNode(in_rack("t2", "r1", 1)));
    plays(&mut bench, &["t2"], [(10, 90.0), (20, 70.0)]);
    plays(&mut bench, &["t2"], (3..50).map(|number| (10 * number, 511.0)));
    assert_eq!(node_of(&bench, "w-0"), "t2", "nobody knows how warm it is");
    bench.ask(Command::PutWorkload(workload("other", 1, 1, 1_000)));
    plays(&mut bench, &["t2"], (50..90).map(|number| (10 * number, 60.0)));
    assert_eq!((node_of(&bench, "w-0"), node_of(&bench, "other-0")), ("t2".into(), "t1".into()));
    bench.ask(Command::RemoveWorkload(workload("other", 1, 1, 1_000).id));
    plays(&mut bench, &["t2"], (90..92).map(|number| (10 * number, 60.0)));
    assert_eq!(node_of(&bench, "w-0"), "t1");
}

#[test]
fn a_node_that_is_hot_and_cool_in_turns_makes_no_work_flutter() {
    let (_dir, mut bench) = open();
    bench.ask(Command::PutNode(in_rack("t1", "r1", 1)));
    bench.ask(Command::PutWorkload(workload("w", 1, 1, 1_000)));
    bench.until(1);
    bench.ask(Command::PutNode(in_rack("t2", "r1", 1)));
    let hour = (1..361).map(|number| (10 * number, if number / 6 % 2 == 0 { 70.0 } else { 88.0 }));
    plays(&mut bench, &["t2"], hour);
    assert_eq!(named(bench.moves()), ["w-0 Hot"], "it is never cool for five minutes");
}

#[test]
fn homes_outlive_a_restart_from_records_and_from_snapshots() {
    for snapshot_every in [u64::MAX, 1] {
        let dir = tempfile::tempdir().expect("a directory");
        let mut bench = Bench::open(dir.path(), snapshot_every, Instant(0));
        bench.ask(Command::PutModel(detector()));
        bench.ask(Command::PutNode(in_rack("t1", "r1", 1)));
        bench.ask(Command::PutWorkload(workload("w", 1, 1, 1_000)));
        bench.until(1);
        bench.ask(Command::PutNode(in_rack("t2", "r1", 1)));
        plays(&mut bench, &["t2"], [(10, 90.0), (20, 70.0)]);
        let (now, digest) = (bench.now, bench.digest());
        drop(bench);
        let mut again = Bench::open(dir.path(), snapshot_every, now);
        assert_eq!(again.digest(), digest);
        plays(&mut again, &["t2"], (3..40).map(|number| (10 * number, 60.0)));
        assert_eq!(named(again.moves()), ["w-0 Returned"]);
    }
}

/// A replica that may run in eight bits.
fn either(name: &str) -> WorkloadSpec {
    WorkloadSpec { downgrades: vec![Precision::Int8], ..workload(name, 1, 1, 500) }
}

#[test]
fn a_node_that_heats_up_runs_a_smaller_variant_before_work_leaves_and_the_wanted_one_again_once_cool() {
    let (_dir, mut bench) = open();
    bench.ask(Command::PutNode(in_rack("t1", "r1", 1)));
    bench.ask(Command::PutWorkload(either("w")));
    let exact = WorkloadSpec { accuracy_permille_min: 910, ..either("exact") };
    bench.ask(Command::PutWorkload(exact));
    bench.until(2);
    bench.ask(Command::PutNode(in_rack("t2", "r1", 1)));
    plays(&mut bench, &["t2"], (0..5).map(|number| (10 + 10 * number, 75.0 + number as f64)));
    assert_eq!((node_of(&bench, "w-0"), precision(&bench, "w-0")), ("t1".into(), Precision::Int8));
    assert_eq!(precision(&bench, "exact-0"), Precision::Fp16, "eight bits are not exact enough");
    let switched = bench.events.iter().any(|event| {
        matches!(event, Event::ReplicaSwitched { cause: MoveCause::Heating, bound, .. } if bound.device_memory.0 == 1_500)
    });
    assert!(switched);
    assert_eq!(named(bench.moves()), ["exact-0 Heating"], "what has no smaller variant leaves");
    plays(&mut bench, &["t2"], (0..30).map(|number| (60 + 10 * number, 60.0)));
    assert_eq!(precision(&bench, "w-0"), Precision::Int8, "not before five minutes are over");
    plays(&mut bench, &["t2"], (30..34).map(|number| (60 + 10 * number, 60.0)));
    assert_eq!((node_of(&bench, "w-0"), precision(&bench, "w-0")), ("t1".into(), Precision::Fp16));
    assert_eq!(node_of(&bench, "exact-0"), "t1");
}

#[test]
fn a_smaller_variant_that_does_not_cool_the_node_moves() {
    let (_dir, mut bench) = open();
    bench.ask(Command::PutNode(in_rack("t1", "r1", 1)));
    bench.ask(Command::PutWorkload(either("w")));
    bench.until(2);
    bench.ask(Command::PutNode(in_rack("t2", "r1", 1)));
    plays(&mut bench, &["t2"], (0..8).map(|number| (10 + 10 * number, 75.0 + number as f64)));
    assert_eq!((node_of(&bench, "w-0"), precision(&bench, "w-0")), ("t2".into(), Precision::Fp16));
}

#[test]
fn a_hot_node_with_nowhere_to_go_runs_the_smaller_variant() {
    let (_dir, mut bench) = open();
    bench.ask(Command::PutNode(in_rack("t1", "r1", 1)));
    bench.ask(Command::PutWorkload(either("w")));
    plays(&mut bench, &[], [(10, 90.0), (20, 91.0)]);
    assert_eq!((node_of(&bench, "w-0"), precision(&bench, "w-0")), ("t1".into(), Precision::Int8));
    assert!(bench.why("w-0").contains("It stays, since there is nowhere to go"), "{}", bench.why("w-0"));
}

#[test]
fn lack_of_memory_is_met_by_a_smaller_variant_and_room_by_the_wanted_one_again() {
    let (_dir, mut bench) = open();
    bench.ask(Command::PutNode(in_rack("t1", "r1", 1)));
    // Three of 4,000 MiB leave 3,109 of 15,109.
    bench.ask(Command::PutWorkload(WorkloadSpec { replicas: 3, ..workload("full", 3, 1, 100) }));
    bench.until(1);
    bench.ask(Command::PutWorkload(either("w")));
    bench.until(2);
    assert_eq!(precision(&bench, "w-0"), Precision::Int8);
    bench.ask(Command::RemoveWorkload(workload("full", 1, 1, 1).id));
    for (until, expected) in [(30, Precision::Int8), (33, Precision::Fp16)] {
        while bench.now.0 < until * 10_000 {
            bench.say(NodeReport::heartbeat(node_id("t1"), bench.now));
            let next = bench.now.0 / 10_000 * 10 + 10;
            bench.until(next);
        }
        assert_eq!(precision(&bench, "w-0"), expected, "it has been there for {until}0 s");
    }
    assert!(
        !bench
            .region
            .ledger()
            .explain(&crate::bench::replica_id("w-0"))
            .is_some_and(|of| of.decision.is_some_and(|of| of.downgraded))
    );
}

#[test]
fn a_better_variant_is_gone_to_where_there_is_room_for_it() {
    let (_dir, mut bench) = open();
    bench.ask(Command::PutNode(in_rack("t1", "r1", 1)));
    bench.ask(Command::PutWorkload(workload("full", 3, 1, 100)));
    bench.until(1);
    bench.ask(Command::PutWorkload(either("w")));
    bench.until(2);
    bench.ask(Command::PutNode(in_rack("t2", "r1", 1)));
    for number in 1..32 {
        bench.until(number * 10);
        ["t1", "t2"].iter().for_each(|name| bench.say(NodeReport::heartbeat(node_id(name), bench.now)));
    }
    assert_eq!(named(bench.moves()), ["w-0 Upgraded"]);
    assert_eq!((node_of(&bench, "w-0"), precision(&bench, "w-0")), ("t2".into(), Precision::Fp16));
}

/// One that may only go as the wanted variant, and one that may go as a smaller one, are looked at in the same round.
#[test]
fn what_one_replica_may_run_as_does_not_narrow_what_another_may() {
    let (_dir, mut bench) = open();
    let only_on = |name: &str, replicas: u32| {
        let key = LabelKey::new(label::HOSTNAME).expect("a key");
        let host = (key, LabelValue::new(name).expect("a value"));
        let affinity = WorkloadSpec::selector([host].into()).collect();
        WorkloadSpec { affinity, priority: 9, ..workload(&format!("full-{name}"), replicas, 1, 100) }
    };
    let reserve = Percent(30);
    let on_battery = NodeSpec { power: Power::Battery { reserve }, ..in_rack("t2", "r1", 1) };
    bench.ask(Command::PutNode(in_rack("t1", "r1", 1)));
    bench.ask(Command::PutWorkload(only_on("t1", 3)));
    bench.until(1);
    let both = WorkloadSpec { priority: 5, ..either("w") };
    bench.ask(Command::PutWorkload(both.clone()));
    bench.until(2);
    bench.ask(Command::PutNode(on_battery));
    bench.ask(Command::PutNode(in_rack("t3", "r1", 1)));
    bench.ask(Command::PutWorkload(only_on("t2", 2)));
    bench.ask(Command::PutWorkload(only_on("t3", 3)));
    bench.until(3);
    bench.ask(Command::PutWorkload(WorkloadSpec { replicas: 2, ..both }));
    bench.until(4);
    assert_eq!((node_of(&bench, "w-0"), precision(&bench, "w-0")), ("t1".into(), Precision::Int8));
    assert_eq!((node_of(&bench, "w-1"), precision(&bench, "w-1")), ("t2".into(), Precision::Fp16));
    for number in 1..40 {
        bench.until(number * 10);
        ["t1", "t2", "t3"].iter().for_each(|name| bench.say(NodeReport::heartbeat(node_id(name), bench.now)));
    }
    // Room is made somewhere, so that the first is looked at again, as the second has to leave.
    bench.ask(Command::PutNode(in_rack("t4", "r1", 0)));
    let low = Some((PowerSupply::Battery, RawNumber(Some(10.0))));
    bench.say(NodeReport { battery: low, ..NodeReport::heartbeat(node_id("t2"), bench.now) });
    let next = bench.now.0 / 1_000 + 2;
    bench.until(next);
    assert_eq!((node_of(&bench, "w-1"), precision(&bench, "w-1")), ("t3".into(), Precision::Int8));
}

#[test]
fn forty_two_turbines_in_three_clusters_move_within_their_cluster_within_a_second() {
    let (_dir, mut bench) = open();
    for number in 0..42 {
        let mut spec = in_rack(&format!("t{number:02}"), &format!("r{number:02}"), 2);
        spec.place.cluster = Some(LabelValue::new(&format!("c{}", number % 3)).expect("a cluster"));
        spec.place.zone = None;
        bench.ask(Command::PutNode(spec));
    }
    bench.ask(Command::PutWorkload(workload("w", 42, 1, 1_000)));
    bench.until(10);
    let cluster = |bench: &Bench, id: &str| {
        let row = bench.region.ledger().node(&node_id(&node_of(bench, id))).expect("it is there");
        row.spec.place.cluster.clone()
    };
    let before: Vec<_> = (0..42).map(|number| cluster(&bench, &format!("w-{number}"))).collect();
    let hot = node_of(&bench, "w-0");
    bench.moves();
    bench.until(20);
    for sensor in [SensorKind::Gpu, SensorKind::Board] {
        let celsius = RawNumber(Some(85.1));
        let temperatures = vec![TemperatureReport { sensor, device: None, celsius, watts: None }];
        bench.say(NodeReport { temperatures, ..NodeReport::heartbeat(node_id(&hot), bench.now) });
    }
    bench.until(21);
    assert_eq!(bench.moves().len(), 2, "both that ran there");
    let after: Vec<_> = (0..42).map(|number| cluster(&bench, &format!("w-{number}"))).collect();
    assert_eq!(after, before, "none lost, and none in another cluster");
}
