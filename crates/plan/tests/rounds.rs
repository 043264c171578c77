//! Whole rounds in a small town: who serves whom, who goes first, the reasons given, and what the check finds.

#![allow(clippy::unwrap_used, reason = "a script that does not parse is a broken test")]

mod common;

use common::{Town, check, describe};
use expect_test::expect;
use paceline_model::{GeofenceId, Millis, Tag};
use paceline_plan::{Budget, PolicySpec};

#[test]
fn the_nearest_vehicle_by_road_is_taken_and_the_next_three_are_named() {
    check(
        "order r1 from C1 to C5
         vehicle v1 at A1
         vehicle v2 at D1
         vehicle v3 at H1
         vehicle v4 at C4
         vehicle v5 at F1",
        expect![[r#"
            r1 -> v2
                v2 in 10 s at 10000: taken
                v1 in 20.001 s at 20001: dearer
                v4 in 30 s at 30000: dearer
                v5 in 30 s at 30000: dearer
                1 more
        "#]],
    );
}

#[test]
fn a_vehicle_goes_to_the_further_order_if_that_makes_the_batch_cheaper() {
    check(
        "order r1 from B1 to B5
         order r2 from A1 to A5
         vehicle v1 at C1
         vehicle v2 at H1",
        expect![[r#"
            r1 -> v1
                v1 in 10 s at 10000: taken
                v2 in 60.001 s at 60001: dearer
            r2 -> v2
                v1 in 20 s at 20000: serves r1 instead
                v2 in 70.001 s at 70001: taken
        "#]],
    );
}

#[test]
fn when_vehicles_are_scarce_one_order_stays_open_and_learns_why() {
    check(
        "order r1 from B1 to B5
         order r2 from D1 to A5
         vehicle v1 at A1",
        expect![[r#"
            r1 -> v1
                v1 in 10.001 s at 10001: taken
            r2 stays open
                v1 in 30.001 s at 30001: serves r1 instead
        "#]],
    );
}

#[test]
fn an_order_that_was_failed_goes_first() {
    check(
        "order r1 from A1 to A5
         order r2 from H1 to A5 failures 1
         vehicle v1 at A1",
        expect![[r#"
            r2 -> v1
                v1 in 70.001 s at 70001: taken
            r1 stays open
                v1 in 0 s at 0: serves r2 instead
        "#]],
    );
}

#[test]
fn a_priority_tag_goes_first_as_far_as_the_policy_says() {
    let script = "order r1 from A1 to A5
                  order r2 from H1 to A5 tag medical
                  vehicle v1 at A1";
    let urgent = [(Tag::new("medical").unwrap(), 100)].into();
    let policy = PolicySpec { priority_percent: urgent, ..PolicySpec::default() };
    let plan = Town::new(script).with(policy).solve(Budget::unlimited());
    expect![[r#"
        r2 -> v1
            v1 in 70.001 s at 70001: taken
        r1 stays open
            v1 in 0 s at 0: serves r2 instead
    "#]]
    .assert_eq(&describe(&plan));
}

#[test]
fn of_two_orders_equally_near_the_older_goes_first() {
    check(
        "order r1 from A1 to A5 waited 10
         order r2 from C1 to A5 waited 60
         vehicle v1 at B1",
        expect![[r#"
            r2 -> v1
                v1 in 10 s at 70000: taken
            r1 stays open
                v1 in 10 s at 20000: serves r2 instead
        "#]],
    );
}

#[test]
fn nobody_waits_before_the_earliest_pickup() {
    check(
        "order r1 from A1 to A5 ahead 60
         vehicle v1 at B1
         vehicle v2 at H1",
        expect![[r#"
            r1 -> v1
                v1 in 10 s at 0: taken
                v2 in 70.001 s at 10001: dearer
        "#]],
    );
}

#[test]
fn a_vehicle_without_orders_and_orders_without_vehicles_make_an_empty_plan() {
    check("vehicle v1 at A1", expect![""]);
    check("order r1 from A1 to B1", expect![""]);
}

#[test]
fn policies_disagree_as_their_names_say() {
    // The heavy weight on the vehicle's time makes the short ride win the only vehicle.
    let script = "order r1 from A1 to H8
                  order r2 from C1 to C2
                  vehicle v1 at A1";
    let mut text = String::new();
    for name in ["nearest", "least-wait", "low-carbon", "weighted"] {
        let policy = PolicySpec::parse(name).unwrap();
        let plan = Town::new(script).with(policy).solve(Budget::unlimited());
        text += &format!("{name}\n{}", describe(&plan));
    }
    expect![[r#"
        nearest
        r1 -> v1
            v1 in 0 s at 0: taken
        r2 stays open
            v1 in 20.001 s at 20001: serves r1 instead
        least-wait
        r1 -> v1
            v1 in 0 s at 0: taken
        r2 stays open
            v1 in 20.001 s at 20001: serves r1 instead
        low-carbon
        r1 -> v1
            v1 in 0 s at 0: taken
        r2 stays open
            v1 in 20.001 s at 15274: serves r1 instead
        weighted
        r2 -> v1
            v1 in 20.001 s at 41152: taken
        r1 stays open
            v1 in 0 s at 116665: serves r2 instead
    "#]]
    .assert_eq(&text);
}

#[test]
fn the_check_names_each_broken_rule() {
    let mut town = Town::new(
        "area centre A1 D1 D4 A4
         order r1 from A1 to A5
         order r2 from H1 to A5
         order r3 from A3 to A5
         vehicle v1 at B1
         vehicle v2 at G1
         vehicle v3 at B3",
    );
    let mut plan = town.solve(Budget::unlimited());
    let spec = |town: &Town, row: usize| (*town.snapshot.orders[row].spec).clone();
    let mut impossible = spec(&town, 0);
    impossible.party = 9;
    impossible.attributes = [Tag::new("wheelchair").unwrap()].into();
    impossible.latest_pickup = common::NOW;
    town.snapshot.orders[0].spec = impossible.into();
    town.snapshot.orders[0].declined = vec![plan.assignments[0].vehicle];
    town.snapshot.vehicles[0].energy.0 = 0;
    let mut elsewhere = spec(&town, 1);
    elsewhere.geofence = Some(GeofenceId::new("centre").unwrap());
    town.snapshot.orders[1].spec = elsewhere.into();
    plan.assignments[1].weighing.candidates[0].pickup_time = Millis::from_secs(1);
    plan.assignments[1].weighing.candidates[0].price[0].amount *= 2;
    plan.assignments[2].weighing.candidates.clear();
    plan.assignments.push(plan.assignments[2].clone());
    town.snapshot.vehicles.truncate(2);
    expect![[r#"
        order #1 to vehicle #1: too few seats
        order #1 to vehicle #1: an attribute is missing
        order #1 to vehicle #1: the vehicle has declined the order
        order #1 to vehicle #1: the pick-up comes too late
        order #1 to vehicle #1: the battery does not last
        order #2 to vehicle #2: the vehicle is outside the area
        order #2 to vehicle #2: the recorded drive is not the drive
        order #2 to vehicle #2: the recorded price is not the price
        order #3 to vehicle #3: the vehicle is not free
        order #3 to vehicle #3: the order is given twice
        order #3 to vehicle #3: the vehicle is given twice
        order #3 to vehicle #3: the vehicle is not free
    "#]]
    .assert_eq(&town.notes(&plan));
}
