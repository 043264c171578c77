//! What a round places by: the scores that are configured, by cluster and hour, of what nodes report.

use crate::bench::{Bench, detector, node, node_id, tag, workload};
use paceline_engine::edge::{EdgeOptions, UserSite};
use paceline_model::edge::{
    Command, Dbm, LabelValue, Mbps, NodeReport, NodeSpec, Percent, Power, PowerSupply, RawNumber, SensorKind,
    TemperatureReport,
};
use paceline_model::{Instant, Millis, Position};
use paceline_plan::edge::policy::{PlacementRule, ScoreName, ScoreWeights};
use paceline_plan::policy::DayTime;
use tempfile::TempDir;

fn by(weights: &[(ScoreName, u32)]) -> EdgeOptions {
    EdgeOptions { placement: ScoreWeights::of(weights.iter().copied()), ..EdgeOptions::default() }
}

/// A region of these nodes.
fn region(options: EdgeOptions, nodes: Vec<NodeSpec>) -> (TempDir, Bench) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::run_by(options, dir.path(), u64::MAX, Instant(0));
    bench.ask(Command::PutModel(detector()));
    nodes.into_iter().for_each(|spec| bench.ask(Command::PutNode(spec)));
    (dir, bench)
}

fn two() -> Vec<NodeSpec> {
    vec![node("first", "z", &["GPU-1"]), node("second", "z", &["GPU-2"])]
}

/// Where one replica goes, once all has been said.
fn goes(bench: &mut Bench) -> String {
    bench.ask(Command::PutWorkload(workload("w", 1, 1, 500)));
    bench.until(bench.now.0 / 1_000 + 1);
    bench.place("w-0").and_then(|place| place.split(' ').next().map(str::to_owned)).expect("it has a place")
}

fn says(bench: &mut Bench, name: &str, report: impl Fn(NodeReport) -> NodeReport) {
    bench.say(report(NodeReport::heartbeat(node_id(name), bench.now)));
}

fn celsius(degrees: f64) -> impl Fn(NodeReport) -> NodeReport {
    move |report| {
        let (sensor, celsius) = (SensorKind::Gpu, RawNumber(Some(degrees)));
        let temperatures = vec![TemperatureReport { sensor, device: None, celsius, watts: Some(60.0) }];
        NodeReport { temperatures, ..report }
    }
}

#[test]
fn work_goes_where_it_is_cool_and_an_unknown_temperature_attracts_none() {
    let (_dir, mut bench) = region(by(&[(ScoreName::Thermal, 1)]), two());
    says(&mut bench, "second", celsius(80.0));
    assert_eq!(goes(&mut bench), "second", "nothing is known of the first");
    let why = bench.why("w-0");
    assert!(why.contains("the best by thermal 1 (thermal -35) of 2 nodes"), "{why}");
    let (_dir, mut bench) = region(by(&[(ScoreName::Thermal, 1)]), two());
    says(&mut bench, "first", celsius(60.0));
    says(&mut bench, "second", celsius(52.0));
    assert_eq!(goes(&mut bench), "second");
}

#[test]
fn a_charge_counts_on_a_battery_and_not_on_the_grid() {
    let on_battery = |mut spec: NodeSpec| {
        spec.power = Power::Battery { reserve: Percent(20) };
        spec
    };
    let options = || by(&[(ScoreName::Battery, 1)]);
    let charge = |percent| {
        move |report: NodeReport| NodeReport {
            battery: Some((PowerSupply::Battery, RawNumber(Some(percent)))),
            ..report
        }
    };
    let (_dir, mut bench) = region(options(), two().into_iter().map(on_battery).collect());
    says(&mut bench, "first", charge(60.0));
    says(&mut bench, "second", charge(70.0));
    assert_eq!(goes(&mut bench), "second");
    let nodes = vec![on_battery(node("first", "z", &["GPU-1"])), node("second", "z", &["GPU-2"])];
    let (_dir, mut bench) = region(options(), nodes);
    says(&mut bench, "first", charge(99.0));
    assert_eq!(goes(&mut bench), "second", "the grid is full");
}

#[test]
fn links_count_as_they_are_reported() {
    let link = |ms, dbm, mbit| {
        move |report: NodeReport| NodeReport {
            round_trip: Some(Millis(ms)),
            rssi: Some(Dbm(dbm)),
            bandwidth: Some(Mbps(mbit)),
            ..report
        }
    };
    for (score, place) in
        [(ScoreName::RoundTrip, "second"), (ScoreName::Signal, "first"), (ScoreName::Bandwidth, "first")]
    {
        let (_dir, mut bench) = region(by(&[(score, 1)]), two());
        says(&mut bench, "first", link(80, -50, 400));
        says(&mut bench, "second", link(12, -80, 20));
        assert_eq!(goes(&mut bench), place, "{score}");
    }
}

#[test]
fn near_to_most_users_comes_first() {
    let at = |lon| Position::new(-37.8, lon).expect("Melbourne");
    let mut nodes = two();
    nodes[0].place.position = Some(at(144.90));
    nodes[1].place.position = Some(at(145.00));
    let users = |lon, users| UserSite { position: at(lon), users };
    let options =
        EdgeOptions { users: vec![users(144.91, 10), users(145.01, 300)], ..by(&[(ScoreName::Locality, 1)]) };
    let (_dir, mut bench) = region(options, nodes);
    assert_eq!(goes(&mut bench), "second");
}

#[test]
fn a_model_goes_where_it_runs_already() {
    let goes_behind = |weights: &[(ScoreName, u32)]| {
        let (_dir, mut bench) = region(by(weights), two());
        bench.ask(Command::Cordon(node_id("first")));
        bench.ask(Command::PutWorkload(workload("before", 1, 1, 300)));
        bench.until(1);
        bench.ask(Command::Uncordon(node_id("first")));
        let place = goes(&mut bench);
        (place, bench.why("w-0"))
    };
    let (place, why) = goes_behind(&[(ScoreName::ModelPresent, 1)]);
    assert_eq!(place, "second");
    assert!(why.contains("model_present 1 (model_present 2000)"), "{why}");
    assert_eq!(goes_behind(&[(ScoreName::Thermal, 1)]).0, "first", "of equals the first");
}

#[test]
fn a_share_goes_to_the_gpu_that_draws_least_more() {
    let mut nodes = two();
    nodes[0].devices[0].product = tag("A100-SXM4-80GB");
    let (_dir, mut bench) = region(by(&[(ScoreName::Power, 1)]), nodes.clone());
    assert_eq!(goes(&mut bench), "second", "60 W more, and not 350");
    let (_dir, mut bench) = region(by(&[(ScoreName::Packing, 1)]), nodes);
    assert_eq!(goes(&mut bench), "first", "another score does not ask what a GPU draws");
}

#[test]
fn what_is_wanted_in_the_region_is_what_is_looked_ahead_to() {
    // 300 fills what 700 leaves, where 700 is wanted: a whole GPU stays whole, and a half does not go to waste.
    let (_dir, mut bench) = region(by(&[(ScoreName::Own, 1)]), two());
    bench.ask(Command::PutWorkload(workload("large", 1, 1, 700)));
    bench.until(1);
    let large = bench.place("large-0").expect("it has a place");
    bench.ask(Command::PutWorkload(workload("small", 1, 1, 300)));
    bench.until(2);
    assert_eq!(bench.place("small-0"), Some(large));
}

#[test]
fn gpus_that_some_work_must_have_stay_free_for_it() {
    let scarce = |weights: &[(ScoreName, u32)]| {
        let (_dir, mut bench) = region(by(weights), two());
        let mut tied = workload("tied", 1, 1, 400);
        tied.affinity = paceline_model::edge::WorkloadSpec::selector(
            [(label(paceline_model::edge::label::HOSTNAME), value("first"))].into(),
        )
        .collect();
        bench.ask(Command::PutWorkload(tied));
        bench.until(1);
        goes(&mut bench)
    };
    assert_eq!(scarce(&[(ScoreName::BestFit, 1)]), "first", "the least is left there");
    assert_eq!(scarce(&[(ScoreName::Scarcity, 1)]), "second");
}

fn label(text: &str) -> paceline_model::edge::LabelKey {
    paceline_model::edge::LabelKey::new(text).expect("a key")
}
fn value(text: &str) -> LabelValue {
    LabelValue::new(text).expect("a value")
}

#[test]
fn weights_hold_by_cluster_and_by_the_hour_of_the_regions_clock() {
    let rule =
        |name: &str, hours: Option<(&str, &str)>, cluster: Option<&str>, weights: &[(ScoreName, u32)]| {
            let time = |text| DayTime::parse("time", text).expect("a time");
            PlacementRule {
                name: tag(name),
                from: hours.map(|(from, _)| time(from)),
                until: hours.map(|(_, until)| time(until)),
                cluster: cluster.map(value),
                placement: ScoreWeights::of(weights.iter().copied()),
            }
        };
    let mut options = by(&[(ScoreName::Packing, 1)]);
    options.placement_rules = vec![
        rule("noon", Some(("01:00", "02:00")), None, &[(ScoreName::Packing, 1), (ScoreName::Power, 900)]),
        rule("solar", None, Some("solar"), &[(ScoreName::Packing, 1), (ScoreName::Thermal, 1_000)]),
    ];
    let nodes = || {
        let mut nodes = two();
        nodes[0].place.cluster = Some(value("solar"));
        nodes[0].devices[0].product = tag("A100");
        nodes
    };
    let (_dir, mut bench) = region(options.clone(), nodes());
    assert_eq!(goes(&mut bench), "second", "nothing is known of how warm the first is, and its cluster asks");
    let why = bench.why("w-0");
    assert!(why.contains("the best by packing 1 (packing -250) of 2 nodes"), "{why}");
    let (_dir, mut bench) = region(options, nodes());
    bench.until(3_600);
    for name in ["first", "second"] {
        says(&mut bench, name, |report| report);
    }
    assert_eq!(goes(&mut bench), "second");
    let why = bench.why("w-0");
    assert!(why.contains("packing 1, power 900/noon (packing "), "{why}");
}
