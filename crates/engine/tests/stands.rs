//! Where idle vehicles are sent from what was learnt of the riders, also by an engine that began in between.

mod common;

use common::Bench;
use expect_test::expect;
use paceline_engine::{Fleet, FleetOptions, Ledger};
use paceline_model::Millis;
use paceline_plan::fleet::reposition::RebalanceSpec;
use std::fmt::Write as _;

fn options() -> FleetOptions {
    // Cells with edges of 66 m: the town has several.
    let spec = RebalanceSpec { resolution: 10, worth: Millis::from_secs(900), ..RebalanceSpec::default() };
    FleetOptions { rebalance: Some(spec), ..FleetOptions::default() }
}

/// An hour in which riders ask at A1 and nobody serves them; then a vehicle comes, far from there.
fn morning() -> String {
    let mut script = String::new();
    for number in 0..60 {
        _ = writeln!(script, "{} order o{number} from A1 to A4 within=30", number * 60 + 1);
    }
    script
}

/// The lines of `transcript` about stands.
fn stands(transcript: &str) -> Vec<&str> {
    transcript.lines().filter(|line| line.contains("stand")).collect()
}

#[test]
fn a_restart_sends_vehicles_to_where_riders_were_before_it() {
    let mut bench = Bench::new(options());
    bench.script(&morning());
    bench.fleet = restored(&bench, options());
    bench.script("3700 vehicle v1 at H8 automatic\n3800 end");
    assert_eq!(stands(&bench.transcript).len(), 1, "{}", bench.transcript);
    assert_eq!(bench.fleet.checkpoint().encode(), replayed(&bench).checkpoint().encode());

    let mut forgetful = Bench::new(options());
    forgetful.script("3700 vehicle v1 at H8 automatic\n3800 end");
    assert_eq!(stands(&forgetful.transcript), [""; 0], "it is the riders that a vehicle goes to");
}

#[test]
fn a_restart_goes_on_as_if_there_had_been_none() {
    let until = "3700 vehicle v1 at H8 automatic\n3725 end";
    let mut whole = Bench::new(options());
    whole.script(&morning()).script(until);
    let mut restarted = Bench::new(options());
    restarted.script(&morning()).script(until);
    restarted.fleet = restored(&restarted, options());
    // Nothing happens to a vehicle that has not spoken. Times pass in which only ticks come, and a further order.
    let after = "3725 v1 says H8 80
                 5000 order o99 from A1 to A4 within=30\n5400 end";
    whole.script(after);
    restarted.script(after);
    assert_eq!(restarted.fleet.checkpoint().encode(), whole.fleet.checkpoint().encode());
}

#[test]
fn cells_of_another_size_are_learnt_anew() {
    let mut bench = Bench::new(options());
    bench.script(&morning());
    let coarse = RebalanceSpec { resolution: 7, ..RebalanceSpec::default() };
    let coarse = FleetOptions { rebalance: Some(coarse), ..FleetOptions::default() };
    let anew = restored(&bench, coarse);
    assert_eq!(anew.forecast_errors().orders, 0.0);
    assert!(bench.fleet.forecast_errors().orders > 0.0);
}

#[test]
fn a_vehicle_leaves_its_plug_for_riders_once_it_has_charged_enough() {
    let plug = "3700 charger c1 at H8 plugs 1
                3700 vehicle v1 at H8 automatic battery=10
                3710 v1 plugs-in c1
                3720 v1 says H8 30
                3770 v1 says H8 30
                3820 v1 says H8 30
                3850 v1 says H8 70
                3900 v1 says H8 72
                3940 end";
    let mut bench = Bench::new(options());
    bench.script(&morning()).script(plug);
    let of_v1: Vec<&str> = bench.transcript.lines().skip_while(|line| !line.contains("v1 ")).collect();
    expect![[r#"
        3700s v1 registered
        3700s v1 started
        3701s v1 sent to c1
        3710s v1 charges at c1
        3861s v1 ends charging
        3861s v1 sent to stand at Position { lat_e7: 400000000, lon_e7: -740000000 }"#]]
    .assert_eq(&of_v1.join("\n"));
    assert_eq!(replayed(&bench).checkpoint().encode(), bench.fleet.checkpoint().encode());

    // Nobody asked: it stays until it is full.
    let mut quiet = Bench::new(options());
    quiet.script(plug);
    assert!(!quiet.transcript.contains("ends charging"), "{}", quiet.transcript);
}

fn restored(bench: &Bench, options: FleetOptions) -> Ledger<Fleet> {
    let state = bench.fleet.checkpoint().encode();
    let empty = Fleet::new(bench.roads.clone(), options);
    Ledger::restore(empty, state.format, &state.bytes).expect("its own state")
}

fn replayed(bench: &Bench) -> Ledger<Fleet> {
    let mut fleet = Ledger::new(Fleet::new(bench.roads.clone(), options()));
    for record in &bench.records {
        fleet.replay(record.clone()).expect("records follow each other");
    }
    fleet
}
