//! Health that acts: heat and batteries move work to where it can run, silence does not, and nothing is evicted when there is nowhere to
//! go. The rows are those of drivers, with readings that are none.

use crate::bench::{Bench, detector, node, node_id, workload};
use paceline_model::Instant;
use paceline_model::edge::{
    Command, Condition, Event, NodeReport, Percent, Power, PowerSupply, RawNumber, ReplicaId, SensorKind,
    TemperatureReport,
};
use std::collections::BTreeMap;
use tempfile::TempDir;

const HEAT: &str = include_str!("../../../model/tests/readings/heat.csv");
const BATTERY: &str = include_str!("../../../model/tests/readings/battery.csv");

fn rows(csv: &'static str) -> Vec<(u64, Vec<&'static str>)> {
    let row = |line: &'static str| {
        let mut fields = line.split(',');
        let at = fields.next().and_then(|at| at.parse().ok()).expect("a time");
        (at, fields.collect())
    };
    let mut rows: Vec<_> = csv.lines().skip(1).map(row).collect();
    rows.sort_by_key(|(at, _)| *at);
    rows
}

/// Says the rows of each time at once, as `report` makes them, and gives the region a second. Returns what moved, and by when.
fn play(
    bench: &mut Bench,
    names: &[&str],
    rows: &[(u64, Vec<&str>)],
    report: impl Fn(&[&str], NodeReport) -> NodeReport,
) -> BTreeMap<String, u64> {
    let (start, mut moved) = (100, BTreeMap::new());
    bench.until(start);
    for at_once in rows.chunk_by(|(a, _), (b, _)| a == b) {
        bench.until(start + at_once[0].0);
        for name in names {
            bench.say(NodeReport::heartbeat(node_id(&format!("spare-{name}")), bench.now));
            bench.say(NodeReport::heartbeat(node_id(name), bench.now));
        }
        for (_, fields) in at_once {
            let heartbeat = NodeReport::heartbeat(node_id(fields[0]), bench.now);
            bench.say(report(&fields[1..], heartbeat));
        }
        bench.until(start + at_once[0].0 + 1);
        for event in &bench.events {
            if let Event::ReplicaMoved { replica: ReplicaId { workload, .. }, .. } = event {
                moved.entry(workload.to_string()).or_insert(bench.now.0 / 1_000 - start);
            }
        }
    }
    moved
}

/// One replica on each named node, and an empty neighbour for each.
fn fleet(names: &[&str], power: Power) -> (TempDir, Bench) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::open(dir.path(), u64::MAX, Instant(0));
    bench.ask(Command::PutModel(detector()));
    for name in names {
        let mut spec = node(name, name, &[&format!("GPU-{name}")]);
        spec.power = power;
        bench.ask(Command::PutNode(spec));
        bench.ask(Command::PutWorkload(workload(&format!("on-{name}"), 1, 1, 1_000)));
        let next = bench.now.0 / 1_000 + 1;
        bench.until(next);
        assert_eq!(bench.place(&format!("on-{name}-0")), Some(format!("{name} GPU-{name}")));
    }
    for name in names {
        let spare = format!("spare-{name}");
        bench.ask(Command::PutNode(node(&spare, name, &[&format!("GPU-{spare}")])));
    }
    (dir, bench)
}

#[test]
fn heat_that_is_measured_moves_work_and_readings_that_are_none_do_not() {
    let names: Vec<String> = (1..=13).map(|number| format!("h{number:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (_dir, mut bench) = fleet(&names, Power::Mains);
    let moved = play(&mut bench, &names, &rows(HEAT), |fields, heartbeat| {
        let [sensor, celsius, _, watts] = fields[..] else { panic!("four fields") };
        let sensor = match sensor {
            "gpu" => SensorKind::Gpu,
            "mem" => SensorKind::Mem,
            "pmic" => SensorKind::Pmic,
            _ => SensorKind::Board,
        };
        let (celsius, watts) = (RawNumber::parse(celsius), watts.parse().ok());
        let temperatures = vec![TemperatureReport { sensor, device: None, celsius, watts }];
        NodeReport { temperatures, ..heartbeat }
    });
    // The slope says of h01 at 84 °C that it will be hot: it is, at 50.
    let expected = [("on-h01", 41), ("on-h10", 11), ("on-h13", 11)];
    let expected: BTreeMap<String, u64> = expected.into_iter().map(|(id, at)| (id.into(), at)).collect();
    assert_eq!(moved, expected);
    let hot = bench.region.ledger().node(&node_id("h10")).expect("it is there");
    assert!(hot.is_hot(), "unknown after hot stays hot");
}

#[test]
fn a_battery_below_its_reserve_sheds_and_gauges_that_say_nonsense_do_not() {
    let names = ["b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8"];
    let (_dir, mut bench) = fleet(&names, Power::Battery { reserve: Percent(30) });
    let moved = play(&mut bench, &names, &rows(BATTERY), |fields, heartbeat| {
        let [supply, percent] = fields[..] else { panic!("two fields") };
        let supply = if supply == "external" { PowerSupply::External } else { PowerSupply::Battery };
        NodeReport { battery: Some((supply, RawNumber::parse(percent))), ..heartbeat }
    });
    assert_eq!(moved, BTreeMap::from([("on-b6".to_owned(), 181)]));
}

#[test]
fn nothing_is_evicted_when_there_is_nowhere_to_go_and_it_moves_once_there_is() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::open(dir.path(), u64::MAX, Instant(0));
    bench.ask(Command::PutModel(detector()));
    bench.ask(Command::PutNode(node("t1", "z", &["GPU-1"])));
    bench.ask(Command::PutWorkload(workload("w", 1, 1, 1_000)));
    bench.until(1);
    bench.measures("t1", 90.0);
    bench.until(20);
    assert_eq!(bench.place("w-0").as_deref(), Some("t1 GPU-1"), "it stays");
    let words = "w-0 runs on t1 as 1.2.0 FP16, on GPU-1: the best by own 1, power 10 (offcut 0, balance 0, scarcity 0, \
                 fragmentation 1000, power -810) of 1 nodes. It should leave: the node is too hot (gpu 90 °C). It stays, since \
                 there is nowhere to go: of 1 nodes: 1 too hot.";
    assert_eq!(bench.why("w-0"), words);
    bench.ask(Command::PutNode(node("t2", "z", &["GPU-2"])));
    bench.until(21);
    assert_eq!(bench.place("w-0").as_deref(), Some("t2 GPU-2"));
}

#[test]
fn a_node_is_cool_again_only_well_below_the_threshold() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::open(dir.path(), u64::MAX, Instant(0));
    bench.ask(Command::PutNode(node("t1", "z", &["GPU-1"])));
    let is_hot = |bench: &Bench| bench.region.ledger().node(&node_id("t1")).expect("it is there").is_hot();
    for (celsius, expected) in [(84.9, false), (85.0, true), (79.0, true), (511.0, true), (78.0, false)] {
        bench.measures("t1", celsius);
        assert_eq!(is_hot(&bench), expected, "{celsius}");
    }
}

#[test]
fn a_silent_node_keeps_its_work_and_gets_no_more() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::open(dir.path(), u64::MAX, Instant(0));
    bench.ask(Command::PutModel(detector()));
    bench.ask(Command::PutNode(node("t1", "z", &["GPU-1"])));
    bench.ask(Command::PutWorkload(workload("w", 1, 1, 500)));
    bench.until(60);
    let silent = Event::ConditionBegan(node_id("t1"), Condition::Silent);
    assert!(bench.events.contains(&silent));
    bench.ask(Command::PutWorkload(workload("more", 1, 1, 500)));
    bench.until(3_600);
    assert_eq!(bench.place("w-0").as_deref(), Some("t1 GPU-1"), "left alone, and not doubled");
    assert_eq!(bench.why("more-0"), "more-0 has no node: of 1 nodes: 1 silent for too long.");
    bench.say(NodeReport::heartbeat(node_id("t1"), bench.now));
    bench.until(3_601);
    assert_eq!(bench.place("more-0").as_deref(), Some("t1 GPU-1"));
    let silences = bench.events.iter().filter(|event| **event == silent).count();
    assert_eq!(silences, 1, "one event, not one for each look");
}

#[test]
fn a_drained_node_is_left_and_refuses_to_go_before_it_is_empty() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::open(dir.path(), u64::MAX, Instant(0));
    bench.ask(Command::PutModel(detector()));
    bench.ask(Command::PutNode(node("t1", "z", &["GPU-1"])));
    bench.ask(Command::PutWorkload(workload("w", 1, 1, 1_000)));
    bench.until(1);
    bench.ask(Command::Drain(node_id("t1")));
    let refused = bench.ask_under(Command::RemoveNode(node_id("t1")), None).expect_err("it runs something");
    let said = "E0501 node t1 is used by 1 replicas: drain it first, or remove their workloads";
    assert_eq!(refused.to_string(), said);
    bench.ask(Command::PutNode(node("t2", "z", &["GPU-2"])));
    bench.until(2);
    assert_eq!(bench.place("w-0").as_deref(), Some("t2 GPU-2"));
    bench.ask(Command::RemoveNode(node_id("t1")));
}
