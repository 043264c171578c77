//! Readings that are none: thirteen nodes with temperatures and eight with batteries, rows as they came from drivers.

use paceline_model::edge::sensor::{Gauge, Thermometer};
use paceline_model::edge::{Disbelief, PowerSupply, RawNumber, Reading, SensorKind};
use paceline_model::{Instant, Millis};
use std::collections::{BTreeMap, BTreeSet};

const HEAT: &str = include_str!("readings/heat.csv");
const BATTERY: &str = include_str!("readings/battery.csv");

fn rows(csv: &str) -> impl Iterator<Item = (u64, Vec<&str>)> {
    csv.lines().skip(1).map(|line| {
        let mut fields = line.split(',');
        let at = fields.next().and_then(|at| at.parse().ok()).expect("a time");
        (at, fields.collect())
    })
}

fn sensor(name: &str) -> SensorKind {
    match name {
        "gpu" => SensorKind::Gpu,
        "mem" => SensorKind::Mem,
        "board" => SensorKind::Board,
        "pmic" => SensorKind::Pmic,
        other => panic!("no sensor: {other}"),
    }
}

type Sensors = BTreeMap<(String, String), Thermometer>;

/// The times at which a node's sensor was not believed, and the sensors as they are left.
fn heat() -> (BTreeMap<(String, String), Vec<u64>>, Sensors) {
    let (mut passed_over, mut sensors) = (BTreeMap::<_, Vec<u64>>::new(), Sensors::new());
    for (at, fields) in rows(HEAT) {
        let [node, name, celsius, _, watts] = fields[..] else { panic!("five fields") };
        let key = (node.to_owned(), name.to_owned());
        let known =
            sensors.entry(key.clone()).or_insert_with(|| Thermometer::new(sensor(name), Instant::ZERO));
        if known.observe(Instant(at * 1_000), RawNumber::parse(celsius), watts.parse().ok()).is_none() {
            passed_over.entry(key).or_default().push(at);
        }
    }
    (passed_over, sensors)
}

#[test]
fn a_temperature_that_cannot_be_is_not_believed_and_one_that_can_is_at_once() {
    let (passed_over, _) = heat();
    let all = || (0..=60).step_by(10).collect::<Vec<u64>>();
    let of = |node: &str, name: &str| {
        passed_over.get(&(node.to_owned(), name.to_owned())).cloned().unwrap_or_default()
    };
    let expected: [(&str, &str, Vec<u64>); 16] = [
        ("h01", "gpu", vec![]),
        ("h02", "gpu", vec![10]),
        ("h03", "gpu", vec![0, 10, 20, 60]),
        ("h03", "board", vec![]),
        ("h04", "gpu", all()),
        ("h05", "pmic", all()),
        ("h05", "gpu", vec![]),
        ("h06", "gpu", vec![10, 30, 50]),
        ("h07", "mem", all()),
        ("h07", "gpu", vec![]),
        ("h08", "gpu", (1_200..=3_600).step_by(300).collect()),
        ("h09", "gpu", all()),
        ("h10", "gpu", vec![20, 30, 40, 50, 60]),
        ("h11", "gpu", all()),
        ("h12", "gpu", vec![]),
        ("h13", "gpu", vec![]),
    ];
    for (node, name, times) in expected {
        assert_eq!(of(node, name), times, "{node} {name}");
    }
}

#[test]
fn what_is_not_believed_is_unknown_since_it_first_was_and_counted_by_its_reason() {
    let (_, sensors) = heat();
    let of = |node: &str, name: &str| &sensors[&(node.to_owned(), name.to_owned())];
    let unknown = |why, since_s: u64| Reading::Unknown { why, since: Instant(since_s * 1_000) };
    assert_eq!(of("h04", "gpu").reading, unknown(Disbelief::NoSensor, 0));
    assert_eq!(of("h05", "pmic").reading, unknown(Disbelief::Placeholder, 0));
    assert_eq!(of("h08", "gpu").reading, unknown(Disbelief::Stuck, 1_200));
    assert_eq!(of("h10", "gpu").reading, unknown(Disbelief::Missing, 20), "blind since 511 came");
    assert_eq!(of("h10", "gpu").disbelieved[&Disbelief::OutOfRange], 3);
    assert_eq!(of("h10", "gpu").disbelieved[&Disbelief::Missing], 2);
    assert_eq!(of("h06", "gpu").reading.known().map(|value| value.as_celsius()), Some(61.0));
    assert_eq!(of("h12", "gpu").reading.known().map(|value| value.as_celsius()), Some(5.0));
}

#[test]
fn a_silent_driver_is_unknown_and_no_cold_card() {
    let mut known = Thermometer::new(SensorKind::Gpu, Instant::ZERO);
    known.observe(Instant(10_000), RawNumber(Some(60.0)), None);
    known.unanswered(Instant(20_000));
    assert_eq!(known.reading, Reading::Unknown { why: Disbelief::Unanswered, since: Instant(20_000) });
}

#[test]
fn a_charge_that_cannot_be_is_not_believed_and_never_cut_to_a_hundred() {
    let (mut believed, mut gauges) = (BTreeMap::<&str, Vec<Option<u8>>>::new(), BTreeMap::new());
    for (at, fields) in rows(BATTERY) {
        let [node, supply, percent] = fields[..] else { panic!("three fields") };
        let supply = if supply == "external" { PowerSupply::External } else { PowerSupply::Battery };
        let gauge = gauges.entry(node).or_insert_with(|| Gauge::new(Instant::ZERO));
        let value = gauge.observe(Instant(at * 1_000), supply, RawNumber::parse(percent));
        believed.entry(node).or_default().push(value.map(|value| value.0));
    }
    let none = vec![None; 4];
    for node in ["b1", "b2", "b3", "b4", "b7", "b8"] {
        assert_eq!(believed[node], none, "{node}");
    }
    assert_eq!(believed["b5"], [Some(41), None, Some(41), Some(40)], "41 points in a minute and back");
    assert_eq!(believed["b6"], [Some(32), Some(31), Some(30), Some(29)]);
    let reasons: BTreeSet<_> = gauges["b7"].disbelieved.keys().copied().collect();
    assert_eq!(reasons, BTreeSet::from([Disbelief::NoBattery]));
}

#[test]
fn a_jump_that_the_next_reading_confirms_is_believed() {
    let mut gauge = Gauge::new(Instant::ZERO);
    let mut say = |at: u64, percent: f64| {
        gauge.observe(Instant(0) + Millis(at as u32), PowerSupply::Battery, RawNumber(Some(percent)))
    };
    assert!(say(0, 80.0).is_some() && say(1, 20.0).is_none() && say(2, 19.0).is_some());
}
