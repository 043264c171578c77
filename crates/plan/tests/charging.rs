//! Vehicles low on charge and free plugs in a small town.

mod common;

use common::{Town, check, describe};
use expect_test::expect;
use paceline_plan::{Budget, PolicyKind, PolicySpec, Stage};
use std::fmt::Write as _;

#[test]
fn a_low_vehicle_goes_to_the_nearest_free_plug_by_road() {
    check(
        "low v1 at A1 charge 10
         site c1 at C1 free 1
         site c2 at F1 free 1",
        expect![[r#"
            v1 charges at c1 after 20.001 s, 0.96 kWh left
        "#]],
    );
}

#[test]
fn plugs_are_given_out_so_that_all_drives_together_are_shortest() {
    check(
        "low v1 at C1 charge 10
         low v2 at B1 charge 10
         site c1 at A1 free 1
         site c2 at H1 free 1",
        expect![[r#"
            v1 charges at c2 after 50 s, 0.90 kWh left
            v2 charges at c1 after 10 s, 0.98 kWh left
        "#]],
    );
}

#[test]
fn a_site_takes_no_more_vehicles_than_it_has_free_plugs() {
    check(
        "low v1 at A1 charge 10
         low v2 at A2 charge 10
         low v3 at A3 charge 10
         site c1 at A1 free 2",
        expect![[r#"
            v1 charges at c1 after 0 s, 1.00 kWh left
            v2 charges at c1 after 9.999 s, 0.98 kWh left
        "#]],
    );
}

#[test]
fn without_a_site_in_reach_with_reserve_one_in_reach_will_do() {
    check(
        "low v1 at A1 charge 1.5
         site c1 at F1 free 1",
        expect![[r#"
            v1 charges at c1 after 50.001 s, 0.05 kWh left
        "#]],
    );
}

#[test]
fn a_vehicle_that_reaches_no_plug_is_reported() {
    check(
        "low v1 at A1 charge 0.5
         low v2 at G1 charge 10
         site c1 at H8 free 1",
        expect![[r#"
            v2 charges at c1 after 79.999 s, 0.85 kWh left
            v1 is stranded
        "#]],
    );
}

#[test]
fn without_any_plug_every_low_vehicle_is_reported() {
    check(
        "low v1 at A1",
        expect![[r#"
        v1 is stranded
    "#]],
    );
}

#[test]
fn when_the_budget_ends_the_report_says_so() {
    let script = "low v1 at A1 charge 10
                  low v2 at B1 charge 10
                  site c1 at A1 free 2";
    let plan = Town::new(script).solve(Budget::steps(1));
    expect![[r#"
        v1 charges at c1 after 0 s, 1.00 kWh left
        Charging: the budget ended after 1 of 2 vehicles had looked for a plug
        Charging: the budget ended before the drives were shortest; the rest was taken greedily
    "#]]
    .assert_eq(&describe(&plan));
}

/// More riders wait than a round can look at; who charges is decided all the same.
#[test]
fn shared_rides_leave_time_to_charge() {
    let corner = |at: usize| format!("{}{}", char::from(b'A' + (at % 8) as u8), 1 + at / 8 % 8);
    let mut script = String::from(
        "low v1 at A1 charge 10
         low v2 at B1 charge 10
         site c1 at A1 free 2\n",
    );
    for ride in 0..60 {
        writeln!(script, "order o{ride:02} from {} to {}", corner(ride * 7), corner(ride * 11 + 5)).unwrap();
        writeln!(script, "vehicle w{ride:02} at {}", corner(ride * 13)).unwrap();
    }
    let pooled = PolicySpec::from(PolicyKind::Pooled);
    let mut town = Town::new(&script).with(pooled);
    town.share();
    let plan = town.solve(Budget::steps(8_000));
    let stages: Vec<Stage> = plan.report.degraded.iter().map(|cut| cut.stage).collect();
    assert_eq!(stages, [Stage::Pooling], "{:?}", plan.report.degraded);
    assert_eq!(plan.charges.len(), 2);
}

#[test]
fn the_check_names_each_broken_rule() {
    let mut town = Town::new(
        "low v1 at A1 charge 10
         low v2 at B1 charge 10
         site c1 at A1 free 1
         site c2 at H1 free 1",
    );
    let mut plan = town.solve(Budget::unlimited());
    plan.charges[1].decision.charger = plan.charges[0].decision.charger;
    plan.charges.push(plan.charges[0].clone());
    town.snapshot.low[1].energy.0 = 0;
    expect![[r#"
        vehicle #2 to charger #1: more vehicles than free plugs
        vehicle #2 to charger #1: the battery does not last
        vehicle #2 to charger #1: the recorded drive is not the drive
        vehicle #1 to charger #1: the vehicle is sent twice
        vehicle #1 to charger #1: more vehicles than free plugs
    "#]]
    .assert_eq(&town.notes(&plan));
}
