//! What a scenario file may hold, and how it is refused.

mod common;

use common::{RULES, Town};
use expect_test::{Expect, expect};
use paceline_sim::{Day, Draw, Scenario};
use std::path::Path;

fn refused(from: &str, to: &str, expected: Expect) {
    assert!(RULES.contains(from), "{from} is not in the rules");
    let error =
        Scenario::parse(&RULES.replace(from, to), Path::new("town.toml")).expect_err("it must be refused");
    expected.assert_eq(error.to_string().trim());
}

#[test]
fn a_field_that_does_not_exist_is_refused() {
    refused(
        "seats = 4",
        "seats = 4\nwheels = 3",
        expect![[r#"
            town.toml: TOML parse error at line 16, column 1
               |
            16 | wheels = 3
               | ^^^^^^
            unknown field `wheels`, expected one of `seats`, `attributes`, `battery_kwh`, `consumption_wh_per_km`, `idle_kw`, `charge_kw_max`, `power_curve`, `grid_g_per_kwh`"#]],
    );
}

#[test]
fn a_value_out_of_bounds_names_field_value_and_rule() {
    refused(
        "accept = 0.8",
        "accept = 1.5",
        expect!["town.toml: drivers.accept is 1.5: must lie within 0 and 1"],
    );
}

#[test]
fn a_battery_that_no_vehicle_has_is_refused() {
    refused(
        "battery_kwh = 6.0",
        "battery_kwh = -6.0",
        expect!["town.toml: vehicle.battery_kwh is -6: must lie within 0.1 and 2000"],
    );
}

#[test]
fn a_day_that_ends_before_it_starts_is_refused() {
    refused(
        "end = 2026-03-01T08:30:00",
        "end = 2026-03-01T07:30:00",
        expect![
            "town.toml: end is 2026-03-01T07:30:00: must not be earlier than start (2026-03-01T08:00:00)"
        ],
    );
}

#[test]
fn thresholds_out_of_order_are_refused() {
    refused(
        "charge_below_percent = 30.0",
        "charge_below_percent = 85.0",
        expect!["town.toml: fleet.charge_below_percent is 85: must lie within 0 and 80"],
    );
}

#[test]
fn a_trip_that_cannot_be_read_is_left_out_with_line_field_value_and_rule() {
    let town = Town::new();
    let path = town.dir.path().join("trips.csv");
    let broken =
        std::fs::read_to_string(&path).expect("trips").replacen("2026-03-01 08:00:16", "yesterday", 1);
    std::fs::write(&path, broken).expect("a writable folder");
    let day = Day::draw(&town.scenario, &town.roads, &Draw::default()).expect("a day");
    let [one] = &day.notes.left_out[..] else { panic!("{:?}", day.notes.left_out) };
    assert_eq!(
        (day.trips.len(), one.line, one.trip.as_str(), one.value.as_str()),
        (219, 4, "2", "yesterday")
    );
    assert!(one.reason.0.starts_with("departure_time must be a time: "), "{:?}", one.reason);
}

#[test]
fn demand_and_fleet_scale_to_the_number_asked_for() {
    let town = Town::new();
    let draw = Draw { demand_scale: 5.0, vehicles: Some(77), ..Draw::default() };
    let day = Day::draw(&town.scenario, &town.roads, &draw).expect("a day");
    assert_eq!((day.trips.len(), day.vehicles.len()), (1_100, 77));
    assert!(
        day.trips.windows(2).all(|pair| pair[0].at <= pair[1].at),
        "trips come in the order of their times"
    );
    let again = Day::draw(&town.scenario, &town.roads, &draw).expect("a day");
    assert_eq!(day.trips, again.trips);
}

#[test]
fn a_window_keeps_the_orders_within_it() {
    let town = Town::new();
    let (from, until) = ("08:10".parse().ok(), "08:20".parse().ok());
    let day =
        Day::draw(&town.scenario, &town.roads, &Draw { from, until, ..Draw::default() }).expect("a day");
    assert_eq!(day.trips.len(), 75);
    assert!(day.trips.iter().all(|trip| trip.at >= day.start && trip.at < day.end));
}

#[test]
fn chargers_of_kinds_that_are_not_named_are_left_out_and_counted() {
    let town = Town::new();
    let day = Day::draw(&town.scenario, &town.roads, &Draw::default()).expect("a day");
    assert_eq!((day.chargers.len(), day.notes.left_out_chargers), (2, 1));
}

#[test]
fn rules_and_areas_are_held_to_each_other() {
    let rule =
        |text: &str| format!("[[fleet.policy_rules]]\npolicy.kind = \"least-wait\"\n{text}\n\n[faults]");
    refused(
        "[faults]",
        &rule("name = \"port\"\npickup_area = \"harbour\""),
        expect![
            "town.toml: fleet.policy_rules[0].pickup_area is harbour: must be one of the scenario's areas ()"
        ],
    );
    refused(
        "[faults]",
        &rule("name = \"rush\"\nfrom = \"25:00\""),
        expect![[r#"
        town.toml: TOML parse error at line 42, column 8
           |
        42 | from = "25:00"
           |        ^^^^^^^
        the time is 25:00: must be a time of day from 00:00 to 23:59, such as 18:30"#]],
    );
    refused(
        "[faults]",
        "[[areas]]\nid = \"port\"\nring = [[40.0, -74.0], [40.1, -74.0]]\n[faults]",
        expect!["town.toml: areas[0].ring is 2 corners: must have between 3 and 10000 corners"],
    );
}

#[test]
fn places_that_lie_where_no_street_is_are_refused_when_the_day_is_drawn() {
    let off = |from: &str, to: &str| {
        assert!(RULES.contains(from), "{from} is not in the rules");
        let town = Town::with(&RULES.replace(from, to));
        let error = Day::draw(&town.scenario, &town.roads, &Draw::default()).expect_err("it must be refused");
        error.to_string().rsplit_once('/').map_or_else(String::new, |(_, said)| said.to_owned())
    };
    // Latitude and longitude exchanged.
    let ring = "[[areas]]\nid = \"port\"\nring = [[-74.0, 40.0], [-74.0, 40.1], [-73.9, 40.1]]\n[faults]";
    expect!["town.toml: areas[0].ring is an area of latitudes -74 to -73.9 and longitudes 40 to 40.1: must come within 500 m of a road of this region"].assert_eq(&off("[faults]", ring));
    expect!["town.toml: idle.ranks[1] is -73.988, 40.009: must lie within 400 m of a road of this scenario"]
        .assert_eq(&off("ranks = [[40.009, -73.988]]", "ranks = [[40.009, -73.988], [-73.988, 40.009]]"));
}

#[test]
fn a_time_without_a_unit_is_refused_with_key_and_value() {
    refused(
        "tick = \"1 s\"",
        "tick = 1000",
        expect![[r#"
        town.toml: TOML parse error at line 44, column 8
           |
        44 | tick = 1000
           |        ^^^^
        invalid type: integer `1000`, expected a time with its unit, such as "200 ms", "12 s", "5 min" or "1 h""#]],
    );
    refused(
        "tick = \"1 s\"",
        "tick = \"1 parsec\"",
        expect![[r#"
        town.toml: TOML parse error at line 44, column 8
           |
        44 | tick = "1 parsec"
           |        ^^^^^^^^^^
        duration is 1 parsec: must be a time with its unit, such as "200 ms", "12 s", "5 min" or "1 h""#]],
    );
    refused(
        "tick = \"1 s\"",
        "tick = \"1 ms\"",
        expect!["town.toml: engine.tick is 1 ms: must lie within 10 ms and 10 min"],
    );
}

#[test]
fn a_policy_by_another_spelling_is_refused_with_those_there_are() {
    refused(
        "[fleet]",
        "[fleet]\npolicy.kind = \"least_wait\"",
        expect![[r#"
        town.toml: TOML parse error at line 22, column 15
           |
        22 | policy.kind = "least_wait"
           |               ^^^^^^^^^^^^
        policy is least_wait: must be one of nearest, least-wait, low-carbon, weighted, pooled"#]],
    );
}

#[test]
fn the_fleet_is_held_to_the_city_that_it_serves() {
    refused(
        "reserve_kwh = 0.5",
        "reserve_kwh = 7.0",
        expect!["town.toml: fleet.reserve_kwh is 7: must lie within 0 and 6"],
    );
    refused(
        "idle = \"1 min\"",
        "idle = \"5 min\"",
        expect!["town.toml: reports.idle is 5 min: must lie within 1 s and 2 min"],
    );
    let profiled = RULES.replace("trips = ", "speed_profile = \"speeds.csv\"\ntrips = ");
    let profiled = profiled.replace("[fleet]", "[fleet]\ntime_zone = \"Asia/Kolkata\"");
    let error = Scenario::parse(&profiled, Path::new("town.toml")).expect_err("it must be refused");
    expect!["town.toml: fleet.time_zone is +05:30: must be whole hours, because a speed profile has a row for each"].assert_eq(&error.to_string());
}

#[test]
fn what_is_read_and_written_again_is_the_same_scenario() {
    let read = Scenario::parse(RULES, Path::new("town.toml")).expect("well-formed");
    let written = toml::to_string(&read).expect("it can be written");
    let again = Scenario::parse(&written, Path::new("town.toml")).expect("what is written can be read");
    assert_eq!(read, again);
    assert_eq!(written, toml::to_string(&again).expect("it can be written"));
}
