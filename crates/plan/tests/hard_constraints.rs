//! Whole rounds in a small town: seats, attributes, time, range, areas and refusals rule vehicles out, and are counted.

#![allow(clippy::unwrap_used, reason = "a script that does not parse is a broken test")]

mod common;

use common::{Town, check, describe};
use expect_test::expect;
use paceline_model::{GeofenceId, Millis};
use paceline_plan::{Budget, PolicySpec};

#[test]
fn a_party_needs_its_seats() {
    check(
        "order r1 from A1 to A5 party 5
         vehicle v1 at A1 seats 4
         vehicle v2 at C1 seats 6",
        expect![[r#"
            r1 -> v2
                v2 in 20 s at 20000: taken
                1 out: Seats
        "#]],
    );
}

#[test]
fn a_wheelchair_finds_its_vehicle_behind_many_others() {
    let mut script =
        String::from("order r1 from A1 to A5 asks wheelchair\nvehicle v99 at H8 offers wheelchair\n");
    for number in 10..60 {
        script += &format!("vehicle v{number} at A1\n");
    }
    check(
        &script,
        expect![[r#"
        r1 -> v99
            v99 in 139.999 s at 139999: taken
            50 out: Attributes
    "#]],
    );
}

#[test]
fn scarce_vehicles_that_offer_more_look_at_all_orders_and_others_only_at_theirs() {
    check(
        "order r1 from A1 to A5 asks wheelchair
         order r2 from A1 to A5 party 5
         order r3 from B1 to A5
         vehicle v1 at A1
         vehicle v99 at D1 offers wheelchair",
        expect![[r#"
            r1 -> v99
                v99 in 30 s at 30000: taken
                1 out: Attributes
            r3 -> v1
                v1 in 10.001 s at 10001: taken
                v99 in 20 s at 20000: dearer
            r2 stays open
                2 out: Seats
        "#]],
    );
}

#[test]
fn a_pickup_after_the_latest_one_is_out_of_the_question() {
    check(
        "order r1 from A1 to A5 within 30
         vehicle v1 at D1
         vehicle v2 at E1",
        expect![[r#"
            r1 -> v1
                v1 in 30 s at 30000: taken
                1 out: TooFar
        "#]],
    );
}

#[test]
fn a_vehicle_looking_for_orders_heeds_their_latest_pickup_too() {
    check(
        "order r1 from C1 to A5 within 30
         order r2 from E1 to A5 within 30
         vehicle v1 at B2",
        expect![[r#"
            r1 -> v1
                v1 in 20 s at 20000: taken
            r2 stays open
                1 out: TooFar
        "#]],
    );
}

#[test]
fn the_policys_longest_drive_bounds_the_search() {
    let script = "order r1 from A1 to A5
                  vehicle v1 at F1";
    let policy = PolicySpec { pickup_time_max: Millis::from_secs(40), ..PolicySpec::default() };
    let plan = Town::new(script).with(policy).solve(Budget::unlimited());
    expect![[r#"
        r1 stays open
            1 out: TooFar
    "#]]
    .assert_eq(&describe(&plan));
}

#[test]
fn a_battery_must_last_for_the_ride_and_on_to_a_charger_with_reserve() {
    // Four blocks of ride and four on to the site take 0.15 kWh, the reserve is 0.1 kWh: 2.5 % of 10 kWh.
    check(
        "site c1 at A1 free 1
         order r1 from A1 to A5
         vehicle v1 at A1 charge 2.4
         vehicle v2 at C1 charge 2.7
         vehicle v3 at D1 charge 5",
        expect![[r#"
            r1 -> v3
                v3 in 30 s at 30000: taken
                2 out: Range
        "#]],
    );
}

#[test]
fn heating_counts_by_time_driving_and_waiting_for_riders_who_are_not_ready() {
    // The ride and the way on take 80 s: at 9 kW 0.2 kWh, on top of 0.15 kWh for the wheels and 0.1 kWh of reserve.
    check(
        "heating 9000
         site c1 at A1 free 1
         order r1 from A1 to A5
         vehicle v1 at A1 charge 4.3
         vehicle v2 at A1 charge 4.7",
        expect![[r#"
            r1 -> v2
                v2 in 0 s at 0: taken
                1 out: Range
        "#]],
    );
    // Riders who are ready in two minutes cost 0.3 kWh more.
    check(
        "heating 9000
         site c1 at A1 free 1
         order r1 from A1 to A5 ahead 120
         vehicle v1 at A1 charge 7.3
         vehicle v2 at A1 charge 7.7",
        expect![[r#"
            r1 -> v2
                v2 in 0 s at 0: taken
                1 out: Range
        "#]],
    );
}

#[test]
fn an_order_behind_many_empty_batteries_looks_further() {
    let mut script = String::from("order r1 from A1 to H8\nvehicle v99 at H8\n");
    for number in 10..60 {
        script += &format!("vehicle v{number} at A1 charge 1.5\n");
    }
    check(
        &script,
        expect![[r#"
        r1 -> v99
            v99 in 139.999 s at 139999: taken
            50 out: Range
    "#]],
    );
}

#[test]
fn an_order_that_names_an_area_gets_a_vehicle_inside_it() {
    check(
        "area centre A1 D1 D4 A4
         order r1 from E2 to A5 inside centre
         order r2 from E2 to A5
         vehicle v1 at F2
         vehicle v2 at B2
         vehicle v3 at H8",
        expect![[r#"
            r1 -> v2
                v2 in 30 s at 30000: taken
                2 out: Geofence
            r2 -> v1
                v1 in 10 s at 10000: taken
                v2 in 30 s at 30000: dearer
                v3 in 90 s at 90000: dearer
        "#]],
    );
}

#[test]
fn scarce_vehicles_heed_the_orders_areas() {
    check(
        "area centre A1 D1 D4 A4
         order r1 from E2 to A5 inside centre
         order r2 from H2 to A5
         vehicle v1 at F2",
        expect![[r#"
            r2 -> v1
                v1 in 20 s at 20000: taken
            r1 stays open
                1 out: Geofence
        "#]],
    );
}

#[test]
fn a_policy_that_names_an_area_dispatches_only_vehicles_inside_it() {
    let script = "area centre A1 D1 D4 A4
                  order r1 from E2 to A5
                  vehicle v1 at F2
                  vehicle v2 at B2";
    let policy = PolicySpec { geofence: Some(GeofenceId::new("centre").unwrap()), ..PolicySpec::default() };
    let plan = Town::new(script).with(policy).solve(Budget::unlimited());
    expect![[r#"
        r1 -> v2
            v2 in 30 s at 30000: taken
            1 out: Geofence
    "#]]
    .assert_eq(&describe(&plan));
}

#[test]
fn an_area_that_nobody_knows_holds_no_vehicle() {
    check(
        "order r1 from E2 to A5 inside atlantis
         vehicle v1 at E2",
        expect![[r#"
            r1 stays open
                1 out: Geofence
        "#]],
    );
}

#[test]
fn a_vehicle_that_declined_is_not_asked_again() {
    check(
        "order r1 from A1 to A5 declined v1
         vehicle v1 at A1
         vehicle v2 at D1",
        expect![[r#"
            r1 -> v2
                v2 in 30 s at 30000: taken
                1 out: Declined
        "#]],
    );
}
