//! Orders that wait a moment for a vehicle that will soon be free: when it is worth it, and that nothing is given to one
//! that still has riders.

#![allow(clippy::unwrap_used, reason = "a script that does not parse is a broken test")]

mod common;

use common::{Town, describe};
use expect_test::{Expect, expect};
use paceline_model::Millis;
use paceline_plan::policy::HoldSpec;
use paceline_plan::{Budget, PolicySpec};

fn check(script: &str, expected: Expect) {
    let spec =
        HoldSpec { wait_max: Millis::from_secs(30), gain_min: Millis::from_secs(10), ..HoldSpec::default() };
    let policy = PolicySpec { hold: Some(spec), ..PolicySpec::default() };
    let plan = Town::new(script).with(policy).solve(Budget::unlimited());
    let held_back = plan.report.held_back;
    expected.assert_eq(&format!("{}{held_back} held back\n", describe(&plan)));
}

#[test]
fn an_order_waits_for_a_vehicle_that_will_be_there_sooner_than_any_that_is_free() {
    check(
        "order r1 from A1 to A5
         vehicle v1 at H1
         vehicle v2 at B1 free-in 20",
        expect![[r#"
            r1 stays open
                v2 in 30 s at 40000: waited for
                v1 in 70.001 s at 70001: dearer
            1 held back
        "#]],
    );
}

#[test]
fn it_does_not_wait_for_a_gain_that_is_small() {
    check(
        "order r1 from A1 to A5
         vehicle v1 at E1
         vehicle v2 at B1 free-in 25",
        expect![[r#"
            r1 -> v1
                v1 in 40 s at 40000: taken
                v2 in 35 s at 45000: dearer
            0 held back
        "#]],
    );
}

#[test]
fn it_does_not_wait_longer_than_allowed_counted_from_when_it_was_placed() {
    check(
        "order r1 from A1 to A5 waited 15
         vehicle v1 at H1
         vehicle v2 at B1 free-in 20",
        expect![[r#"
            r1 -> v1
                v1 in 70.001 s at 85001: taken
                1 out: TooFar
            0 held back
        "#]],
    );
}

#[test]
fn one_that_was_failed_before_waits_for_nobody() {
    check(
        "order r1 from A1 to A5 failures 1
         vehicle v1 at H1
         vehicle v2 at B1 free-in 20",
        expect![[r#"
            r1 -> v1
                v1 in 70.001 s at 70001: taken
                1 out: TooFar
            0 held back
        "#]],
    );
}

#[test]
fn a_vehicle_is_waited_for_by_one_order_only() {
    check(
        "order r1 from A1 to A5
         order r2 from A2 to A5
         vehicle v1 at H1
         vehicle v2 at B1 free-in 20
         vehicle v3 at H2",
        expect![[r#"
            r2 -> v3
                v2 in 40 s at 50000: serves r1 instead
                v3 in 70 s at 70000: taken
                v1 in 80 s at 80000: dearer
            r1 stays open
                v2 in 30 s at 40000: waited for
                v1 in 70.001 s at 70001: dearer
                v3 in 79.999 s at 79999: dearer
            1 held back
        "#]],
    );
}

#[test]
fn without_such_a_policy_nobody_waits() {
    let script = "order r1 from A1 to A5
                  vehicle v1 at H1
                  vehicle v2 at B1 free-in 20";
    let plan = Town::new(script).solve(Budget::unlimited());
    assert_eq!(plan.assignments[0].vehicle, common::row("v1"));
}
