//! What is known of where vehicles are: positions that are none, and what a restart does not know any more.

mod common;

use common::{Bench, check, order_id, reading, vehicle, vehicle_id};
use expect_test::expect;
use paceline_engine::{FleetOptions, Input, PositionFix};
use paceline_model::Event;

/// How a bench stands after a script.
fn after(script: &str) -> Bench {
    let mut bench = Bench::new(FleetOptions::default());
    bench.script(script);
    bench
}

fn fix(bench: &Bench, vehicle: &str) -> PositionFix {
    bench.fleet.world().vehicle(&vehicle_id(vehicle)).expect("it is registered").fix()
}

/// Where a vehicle is by what is known of it, and its battery in percent.
fn known(bench: &Bench, vehicle: &str) -> (paceline_model::Position, f64) {
    let known = bench.fleet.reading(&vehicle_id(vehicle)).expect("it is registered");
    (known.position, known.charge.as_percent())
}

fn corner(name: &str) -> paceline_model::Position {
    reading(name, 50.0, paceline_model::Instant(0)).position
}

fn holder(bench: &Bench, order: &str) -> Option<String> {
    let world = bench.fleet.world();
    world.order(&order_id(order)).and_then(|order| world.vehicle_of(order)).map(ToString::to_string)
}

fn words(bench: &Bench, order: &str) -> Vec<String> {
    bench.fleet.explain(&order_id(order)).expect("it was placed").words
}

/// v1 is registered full at A1, and has said since that it is nearly empty at H8.
const MOVED: &str = "0 vehicle v1 at A1 automatic battery=80
     1 v1 says H8 16";

#[test]
fn a_restart_matches_no_vehicle_until_it_has_said_where_it_is() {
    for restart in ["restart", "restart from snapshot"] {
        let mut bench = after(&format!("{MOVED}\n 3 {restart}\n 3 order o1 from A1 to B1\n 6 end"));
        assert_eq!((fix(&bench, "v1"), holder(&bench, "o1")), (PositionFix::Awaited, None), "{restart}");
        let said = "v1 is free, but has not said where it is since the last start.";
        assert!(words(&bench, "o1").iter().any(|word| word == said), "{:?}", words(&bench, "o1"));
        // A word about an order says nothing of where it is, nor does a receiver without a fix.
        bench.script("6 v1 arrives o1\n 7 v1 says null 15\n 9 end");
        assert_eq!((fix(&bench, "v1"), holder(&bench, "o1")), (PositionFix::Awaited, None), "{restart}");
        bench.script("9 v1 says H8 15\n 11 end");
        assert_eq!(holder(&bench, "o1").as_deref(), Some("v1"), "{restart}");
        let Some(Event::OrderAssigned { reading, .. }) =
            bench.records.last().and_then(|of| of.events.first())
        else {
            panic!("{:?}", bench.records.last());
        };
        assert_eq!((reading.position, reading.charge.as_percent()), (corner("H8"), 15.0), "{restart}");
    }
}

#[test]
fn a_restart_sends_no_vehicle_to_charge_and_from_no_plug_by_what_it_last_knew() {
    // By the last event v1 is nearly empty and v2, at the plug, full; both have said otherwise.
    let script = "0 charger c1 at D1 plugs 2
         0 vehicle v1 at A1 automatic battery=9
         0 v1 says A1 70
         0 vehicle v2 at D1 automatic battery=95
         0 v2 plugs-in c1
         0 v2 says D1 20
         2 restart
         30 v1 says A1 70
         30 v2 says D1 30
         40 end";
    let bench = after(script);
    let decided =
        bench.transcript.lines().filter(|line| line.contains("sent to c1") || line.contains("ends charging"));
    assert_eq!(decided.collect::<Vec<_>>(), ["0s   v2 sent to c1"], "{}", bench.transcript);
}

#[test]
fn of_a_large_fleet_that_has_not_spoken_the_one_that_has_is_found() {
    let mut bench = Bench::new(FleetOptions::default());
    for number in 0..4_100 {
        bench.command(vehicle(&format!("v{number}"), "A1", &["automatic"], bench.now));
    }
    bench.script("1 restart\n 1 v4099 says H8 60\n 2 order o1 from A1 to B1\n 4 end");
    assert_eq!(holder(&bench, "o1").as_deref(), Some("v4099"));
    bench.script("4 order o2 from A1 to B1\n 6 end");
    let said =
        "v0, v1, v2, v3, v4 and 4094 more are free, but have not said where they are since the last start.";
    assert!(words(&bench, "o2").iter().any(|word| word == said), "{:?}", words(&bench, "o2"));
}

#[test]
fn riders_of_whom_a_restart_knows_nothing_since_they_got_in_are_fetched_from_there() {
    let aboard = "0 vehicle v1 at A1 automatic
         0 order o1 from D1 to H8
         2 v1 arrives o1
         3 v1 picks-up o1
         9 v1 says F1 70";
    let pickup = |script: &str| {
        let bench = after(&format!("{aboard}\n{script}"));
        bench.fleet.world().order(&order_id("o1")).expect("it was placed").spec.pickup
    };
    assert_eq!(pickup("10 v1 faults"), corner("F1"), "where it said that it was");
    assert_eq!(pickup("10 restart\n 11 v1 faults"), corner("D1"), "not A1, where it was given the order");
    assert_eq!(pickup("10 restart\n 11 v1 says null 69\n 12 v1 faults"), corner("D1"));
    assert_eq!(pickup("10 restart\n 11 v1 says G1 69\n 12 v1 faults"), corner("G1"));
}

#[test]
fn riders_whose_vehicle_lost_its_fix_are_fetched_from_its_last_good_place() {
    for lost in ["null", "Z1"] {
        let script = format!(
            "0 vehicle v1 at C1 automatic
             0 order o1 from C1 to H8
             2 v1 arrives o1
             3 v1 picks-up o1
             9 v1 says E1 70
             10 v1 says {lost} 69
             11 v1 faults
             12 vehicle v2 at F1 automatic
             14 end"
        );
        let bench = after(&script);
        let world = bench.fleet.world();
        assert_eq!(world.order(&order_id("o1")).expect("it was placed").spec.pickup, corner("E1"), "{lost}");
        assert_eq!(holder(&bench, "o1").as_deref(), Some("v2"), "{lost}");
    }
}

#[test]
fn a_vehicle_without_a_fix_is_matched_from_its_last_good_place_by_its_newest_battery() {
    let bench = after("0 vehicle v1 at C1 automatic\n 1 v1 says D1 70\n 2 v1 says null 55");
    assert_eq!((known(&bench, "v1"), fix(&bench, "v1")), ((corner("D1"), 55.0), PositionFix::Missing));
    let bench = after("0 vehicle v1 at C1 automatic\n 1 v1 says null 55\n 2 order o1 from D1 to F1\n 4 end");
    assert_eq!(holder(&bench, "o1").as_deref(), Some("v1"));
}

#[test]
fn a_vehicle_off_the_map_is_not_moved_nor_matched_and_explain_names_it_until_it_is_back() {
    let mut bench =
        after("0 vehicle v1 at C1 automatic\n 1 v1 says Z1 55\n 2 order o1 from C1 to F1\n 4 end");
    assert_eq!((known(&bench, "v1"), fix(&bench, "v1")), ((corner("C1"), 55.0), PositionFix::OffMap));
    let said = "v1 is free, but off the map: the newest position that it gave is near no street.";
    assert_eq!(holder(&bench, "o1"), None);
    assert!(words(&bench, "o1").iter().any(|word| word == said), "{:?}", words(&bench, "o1"));
    bench.script("5 v1 says null 54\n 6 end");
    assert_eq!(fix(&bench, "v1"), PositionFix::OffMap, "no word of where it is instead");
    bench.script("6 v1 says D1 54\n 8 end");
    assert_eq!(holder(&bench, "o1").as_deref(), Some("v1"));
    assert!(!words(&bench, "o1").iter().any(|word| word == said));
}

#[test]
fn a_ride_and_a_charge_end_whatever_the_receiver_says_and_where_the_vehicle_was_last() {
    for nowhere in ["null", "Z1"] {
        let script = format!(
            "0 charger c1 at E1 plugs 1
             0 vehicle v1 at C1 automatic
             0 order o1 from C1 to E1
             2 v1 arrives o1
             3 v1 picks-up o1
             9 v1 says E1 70
             10 v1 drops-off o1 at {nowhere}
             11 v1 says E1 68
             12 v1 plugs-in c1
             13 v1 unplugs at {nowhere} 72"
        );
        let bench = after(&script);
        let events = bench.records.iter().flat_map(|record| &record.events);
        let readings = events.filter_map(|event| match event {
            Event::RidersDroppedOff { reading, .. } | Event::ChargeEnded { reading, .. } => Some(reading),
            _ => None,
        });
        let ends: Vec<_> = readings.map(|reading| (reading.position, reading.charge.as_percent())).collect();
        assert_eq!(ends, [(corner("E1"), 70.0), (corner("E1"), 72.0)], "{nowhere}");
        assert_eq!(known(&bench, "v1"), (corner("E1"), 72.0), "{nowhere}");
    }
}

#[test]
fn a_lost_vehicle_that_is_heard_again_without_a_fix_is_where_it_was() {
    let mut bench = after("0 vehicle v1 at C1 automatic\n 1 v1 says D1 70\n 70 end");
    bench.input(Input::Telemetry(vec![(vehicle_id("v1"), reading("null", 60.0, bench.now))]));
    let restored = bench.records.iter().flat_map(|record| &record.events).find_map(|event| match event {
        Event::ContactRestored { reading, .. } => Some((reading.position, reading.charge.as_percent())),
        _ => None,
    });
    assert_eq!(restored, Some((corner("D1"), 60.0)));
}

#[test]
fn an_older_reading_from_off_the_map_changes_nothing() {
    let mut bench = after("0 vehicle v1 at C1 automatic\n 5 v1 says D1 70");
    let older = reading("Z1", 40.0, paceline_model::Instant(bench.now.0 - 2_000));
    bench.input(Input::Telemetry(vec![(vehicle_id("v1"), older)]));
    assert_eq!((known(&bench, "v1"), fix(&bench, "v1")), ((corner("D1"), 70.0), PositionFix::Current));
}

#[test]
fn a_vehicle_whose_clock_is_slow_is_believed_once_nothing_newer_came_for_as_long_as_it_may_be_silent() {
    let mut bench = after("0 vehicle v1 at C1 automatic");
    let mut slow = |seconds: u64, corner_name: &str| {
        bench.run_until(seconds);
        let at = paceline_model::Instant(bench.now.0 - 600_000);
        bench.input(Input::Telemetry(vec![(vehicle_id("v1"), reading(corner_name, 12.0, at))]));
        known(&bench, "v1")
    };
    assert_eq!(slow(30, "H8"), (corner("C1"), 80.0), "it may have been on its way for long");
    assert_eq!(slow(60, "H8"), (corner("C1"), 80.0));
    assert_eq!(slow(61, "H8"), (corner("H8"), 12.0), "nothing newer came");
    assert_eq!(slow(62, "G8"), (corner("G8"), 12.0), "from then on by its own clock");
}

#[test]
fn a_place_off_the_map_is_refused_of_a_vehicle_that_nobody_knows_yet() {
    check(
        "0 vehicle v1 at null automatic",
        expect![[r#"
            0s   refused: E0102 position is 0, 0: must lie within 500 m of a road of this region
        "#]],
    );
}
